/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The audit logs of the servers whose sessions a verb ends: what httpd writes
 * there about its requests, the tool adds about itself. A file is appended to;
 * a program is started anew and gets the lines on its standard input, as httpd
 * starts it anew at each restart.
 */
#ifndef SST_AUDIT_LOG_H
#define SST_AUDIT_LOG_H

#include "support/places.h"

/* The logs of one place, open. In cli->pool. */
typedef struct sst_audit_log_t sst_audit_log_t;

/* Opens the logs that the servers of a place have (there may be none).
 * Answers SST_EXIT_DONE; SST_EXIT_FAILED after it said which one cannot be
 * opened: nothing should be done then that could not be seen afterwards.
 */
sst_exit_t sst_audit_log_open(sst_audit_log_t **out, const sst_cli_t *cli,
                              const sst_place_t *place);

/* Notes in all of them that a session was revoked. `row` is NULL where all of
 * the users' (const char *) sessions are meant at once. What cannot be written
 * is told by sst_audit_log_close.
 */
void sst_audit_log_revoked(sst_audit_log_t *log, const sst_row_t *row,
                           const apr_array_header_t *users, apr_pool_t *pool);

/* Closes them. Answers SST_EXIT_FAILED after it said that a line is missing. */
sst_exit_t sst_audit_log_close(sst_audit_log_t *log);

#endif
