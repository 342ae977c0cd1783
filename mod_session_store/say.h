/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications say of their session: SessionStoreHeader, in an output
 * filter that runs in front of mod_session's own, which saves.
 */
#ifndef SST_SAY_H
#define SST_SAY_H

#include <httpd.h>
#include <util_filter.h>

#include "mod_session_store/request.h"

/* Once each time the configuration is read. */
void sst_say_register(void);

/* Puts the filter on a response, that of a subrequest too, in a place with a
 * SessionStore or behind one.
 */
void sst_say_insert(request_rec *r);

/* The filter: takes the header out of the response, and does what it says to
 * the session: all of it, or nothing. What cannot be read, is not for the
 * application to say, or is too large, refuses the response.
 */
apr_status_t sst_say_filter(ap_filter_t *filter, apr_bucket_brigade *brigade);

/* Takes the header, and mod_session's SessionHeader, out of the response,
 * whatever they say: also where the session is off or excluded and mod_session
 * does not listen.
 */
void sst_say_withhold(request_rec *r);

/* Does what a response has said that another will take the place of, by the
 * lines that survive that.
 */
void sst_say_survivors(request_rec *r);

/* The name of mod_session's SessionHeader where `r` is, or NULL. */
const char *sst_say_session_header(const request_rec *r);

/* The state of the session that the program of `r` may change now, or NULL:
 * when there is none, or it is too late, that is logged.
 */
sst_request_t *sst_say_whose(request_rec *r);

#endif
