/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The audit log: who signed in and out, and where, one JSON object a line
 * (docs/operations.md describes them). Users are named; sessions by the digest
 * of their row; ids, tickets and entries never stand in it.
 */
#ifndef SST_AUDIT_H
#define SST_AUDIT_H

#include <httpd.h>

#include "lib/session.h"
#include "mod_session_store/request.h"

/* Opens the logs of all servers: httpd's hook open_logs, at each start and
 * restart, as root. Answers OK, or an error after it said so on the log.
 */
int sst_audit_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                   server_rec *main_server);

/* What a session was before a save. */
typedef struct sst_audit_t {
    char name[SST_ROW_NAME_LEN + 1];
    const apr_array_header_t *users;    /* const char * */
} sst_audit_t;

/* Before a save: NULL where nothing is audited. Lives in the request. */
sst_audit_t *sst_audit_begin(request_rec *r, const sst_request_t *state);

/* After it: writes what has happened, if that is worth a line. `before` may be
 * NULL. In the thread of the request.
 */
void sst_audit_end(const sst_audit_t *before, request_rec *r,
                   const sst_request_t *state, sst_status_t status,
                   const sst_outcome_t *outcome);

/* A line for each of the sessions (sst_summary_t) that this request has ended,
 * none of which is its own. `reason` is one word: "self", "limit".
 */
void sst_audit_revoked(request_rec *r, const sst_request_t *state,
                       const apr_array_header_t *sessions,
                       const char *reason);

#endif
