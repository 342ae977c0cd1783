/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where mod_session and a request meet the library: the bodies of the hooks
 * that mod_session_store.c registers. Each is called by httpd, in the thread
 * of its request; the answers are httpd's (OK, DECLINED, an HTTP status).
 */
#ifndef SST_HOOKS_H
#define SST_HOOKS_H

#include <httpd.h>
#include <util_filter.h>

#include <mod_session.h>

#define SST_FILTER "SESSION_STORE_OUT"

/* mod_session's provider hooks. */
apr_status_t sst_hook_session_load(request_rec *r, session_rec **z);
apr_status_t sst_hook_session_save(request_rec *r, session_rec *z);

/* Takes the cookie, loads the session before anybody decides on the request,
 * and answers 503 when the store fails.
 */
int sst_hook_header_parser(request_rec *r);

/* Put the filter below behind mod_session's. */
void sst_hook_insert_filter(request_rec *r);

/* Notes, behind the response, that the session is in use. */
int sst_hook_log_transaction(request_rec *r);

/* The filter: runs behind mod_session's own, that is, after the save and
 * before the headers leave. Replaces the response when the save failed, and
 * keeps caches from sharing what depends on a session.
 */
apr_status_t sst_hook_filter(ap_filter_t *filter, apr_bucket_brigade *brigade);

#endif
