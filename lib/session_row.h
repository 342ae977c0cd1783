/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session and its row in the store: the part of session.c that speaks with
 * the store about one session, and nothing for others. What the functions do
 * together, and in which order, is session.c's.
 *
 * All of them work on a session with a ticket and a row, in the thread of its
 * request.
 */
#ifndef SST_SESSION_ROW_H
#define SST_SESSION_ROW_H

#include "lib/session.h"

/* Reads the row and makes the session what is stored. Expected: OK; NOT_FOUND;
 * EXPIRED; CORRUPT.
 */
sst_status_t sst_session_row_read(sst_session_t *session, apr_time_t deadline,
                                  sst_error_t *err) SST_CHECKED;

/* When a session that is used at `now` expires: after idle time and touch
 * interval, but not beyond its absolute end.
 */
apr_int64_t sst_session_row_expiry(const sst_session_t *session,
                                   apr_time_t now);

/* Writes the entries as the session's next revision, over what the session
 * knows to be stored, and makes the session what is stored then. Expected: OK;
 * CONFLICT; NOT_FOUND; TOO_BIG. Unless the answer is OK, the session is as it
 * was.
 */
sst_status_t sst_session_row_put(sst_session_t *session,
                                 const apr_table_t *entries,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

/* Notes the row with every user that the entries name. Expected: OK. */
sst_status_t sst_session_row_note(const sst_session_t *session,
                                  const apr_table_t *entries,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* Takes these notes back. A note left behind is harmless, so that failures are
 * not passed on.
 */
void sst_session_row_forget(const sst_session_t *session,
                            const apr_table_t *entries, apr_time_t deadline,
                            apr_pool_t *pool);

#endif
