/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Responses whose headers httpd shows to no filter of the request: those of
 * nph- programs, which speak HTTP by themselves, and the interim ones of a
 * proxied server, 101 among them. Behind all that, on the way to the
 * connection, the headers by which applications speak are taken out of the
 * bytes; nothing else of them is changed. A response that begins there, and is
 * no interim one, comes too late for every save: its request's turn ends.
 */
#ifndef SST_RAW_H
#define SST_RAW_H

#include <httpd.h>
#include <util_filter.h>

#define SST_RAW_FILTER "SESSION_STORE_RAW"

/* Puts the filter on the connection of a request that may be answered so, in a
 * place with a SessionStore or behind one.
 */
void sst_raw_insert(request_rec *r);

/* The filter, up to the end of the headers of the first response that is final
 * or changes the protocol. A line that is too long to be a header's ends the
 * connection.
 */
apr_status_t sst_raw_filter(ap_filter_t *filter, apr_bucket_brigade *brigade);

#endif
