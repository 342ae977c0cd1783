/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions that browsers carry: the part of session.c that takes the value out
 * of a cookie's text, and puts it back in, and nothing for others. In between,
 * the session works on its own store (see `bind` in store.h) as on any other.
 *
 * All of them work on a session with a ticket and a row, whose store carries,
 * in the thread of its request.
 */
#ifndef SST_SESSION_CARRIED_H
#define SST_SESSION_CARRIED_H

#include "lib/session.h"

/* Puts what stands behind the ticket in `text` into the session's store.
 * Expected: OK; INVALID when nothing does that was sealed with it.
 */
sst_status_t sst_session_carried_take(sst_session_t *session, sst_span_t text,
                                      apr_time_t deadline,
                                      sst_error_t *err) SST_CHECKED;

/* The session's ticket, and behind it what its store holds. Expected: OK. */
sst_status_t sst_session_carried_text(const char **out,
                                      const sst_session_t *session,
                                      sst_error_t *err,
                                      apr_pool_t *pool) SST_CHECKED;

/* Whether the sessions of a user that the loaded session names were ended
 * after it began: one read of the second store for each user. Expected: OK;
 * NOT_FOUND when they were.
 */
sst_status_t sst_session_carried_check(const sst_session_t *session,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

/* The same once more, when the session is about to begin anew because its users
 * change, which would take it out of reach; `began_s` is when it began before.
 * If sessions of its users were ended meanwhile, its record is removed from the
 * session's store, as an administrator does it in others. Expected: OK.
 */
sst_status_t sst_session_carried_recheck(const sst_session_t *session,
                                         apr_int64_t began_s,
                                         apr_time_t deadline, sst_error_t *err,
                                         apr_pool_t *pool) SST_CHECKED;

/* Whether a value of `len` bytes has room in the place's cookies. Expected:
 * OK; TOO_BIG.
 */
sst_status_t sst_session_carried_fits(const sst_session_t *session,
                                      apr_size_t len,
                                      sst_error_t *err) SST_CHECKED;

#endif
