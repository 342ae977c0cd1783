/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which sessions a command line means. */
#ifndef SST_SELECT_H
#define SST_SELECT_H

#include "support/places.h"

/* The time before which a session has to have begun to be older than what
 * --older-than says: *out is in seconds, 0 without that option. Answers
 * SST_EXIT_DONE; SST_EXIT_USAGE after it said what is wrong.
 */
sst_exit_t sst_select_before(apr_int64_t *out, const sst_cli_t *cli);

/* 1 when the session began before that time, or the time is 0. Of one that is
 * not readable nobody knows; it is not older than anything.
 */
int sst_select_is_older(const sst_summary_t *summary, apr_int64_t before_s);

/* The session that `text` names in one of the places: its row, 64 hex digits,
 * or the beginning of it, 8 digits at least, as httpd's log has it. A
 * beginning is looked for among all sessions, and must not fit two. *place
 * is where it is. Answers SST_EXIT_DONE; another code after it said why not.
 */
sst_exit_t sst_select_row(sst_summary_t *out, const sst_place_t **place,
                          const sst_cli_t *cli, const char *text);

#endif
