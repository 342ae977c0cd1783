/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a session does to the response, in an output filter that runs behind
 * mod_session's own: after the save and before the headers leave.
 */
#ifndef SST_RESPONSE_H
#define SST_RESPONSE_H

#include <httpd.h>
#include <util_filter.h>

/* What a client is asked to wait after a failure of the store: seconds. */
#define SST_RETRY_AFTER_S "5"

/* Once each time the configuration is read. */
void sst_response_register(void);

/* Puts the filter on the response of a main request in a place with a
 * SessionStore, or on the error that takes its place.
 */
void sst_response_insert(request_rec *r);

/* The filter. When the save was refused, it throws away what the handler says
 * and sends the error instead; else, it keeps shared caches off a response
 * that depends on a session.
 */
apr_status_t sst_response_filter(ap_filter_t *filter,
                                 apr_bucket_brigade *brigade);

#endif
