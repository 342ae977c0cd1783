/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How many sessions a user may have: the part of session_save.c that looks at
 * the others when one begins, and nothing for others. In the thread of its
 * request.
 */
#ifndef SST_SESSION_LIMIT_H
#define SST_SESSION_LIMIT_H

#include "lib/session.h"

/* Keeps the site's limit for every user who signs in with these entries, once
 * the session's record is written: it is counted with the others, so that of
 * logins at the same time the last one to look sees all of them. The session
 * `old` (NULL: none) is about to end and does not count, and its users do not
 * sign in: they have one session as before. *refused is 1 when this session is
 * the one that has to go; the caller ends it. The sessions that were ended are
 * in *displaced (sst_summary_t, from `pool`; NULL without a limit), whatever
 * the answer. Expected: OK.
 */
sst_status_t sst_session_limit(int *refused, apr_array_header_t **displaced,
                               const sst_session_t *session,
                               const apr_table_t *entries,
                               const sst_session_t *old, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

#endif
