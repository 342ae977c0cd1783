/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where mod_session and a request meet the library: the bodies of the hooks
 * that mod_session_store.c registers. Each is called by httpd, in the thread
 * of its request; the answers are httpd's (OK, DECLINED, an HTTP status), those
 * of the first two OK, DECLINED or an APR status.
 */
#ifndef SST_HOOKS_H
#define SST_HOOKS_H

#include <httpd.h>

#include <mod_session.h>

/* mod_session's provider hooks. */
apr_status_t sst_hook_session_load(request_rec *r, session_rec **z);
apr_status_t sst_hook_session_save(request_rec *r, session_rec *z);

/* The record of the session that `r` has, through mod_session, which knows
 * where sessions are off or excluded; NULL without one, or when the store
 * fails.
 */
session_rec *sst_hook_record(request_rec *r);

/* Saves what mod_session leaves unsaved: it does not call its provider when
 * the request ends in a place without a session, when the application has sent
 * an expiry that is over, and when another module fails to encode.
 */
void sst_hook_save_pending(request_rec *r);

/* Notes that a session is in use, before the headers leave, where that gives
 * the browser another cookie: it carries the session, or keeps the cookie for
 * a time of its own.
 */
void sst_hook_touch_with_response(request_rec *r);

/* Takes the cookies out of a TRACE request. */
int sst_hook_map_to_storage(request_rec *r);

/* Takes the cookie, loads the session before anybody decides on the request,
 * and answers 503 when the store fails.
 */
int sst_hook_header_parser(request_rec *r);

/* Takes the cookie out of subrequests, which have no header parser, and the
 * turn where the place that answers was not known before.
 */
int sst_hook_fixups(request_rec *r);

/* Answers 503 in a place whose turn did not come to fixups; in front of other
 * handlers.
 */
int sst_hook_handler(request_rec *r);

/* Notes, behind the response, that a session is in use where only the store has
 * to know, and what the access log may tell.
 */
int sst_hook_log_transaction(request_rec *r);

#endif
