/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A line of the audit log, as httpd and htsession write it: one JSON object
 * (docs/operations.md describes its members). Users are named, a long name cut
 * off; whatever stands in a name, the line stays one line of ASCII, which goes
 * out in one piece, also into a pipe.
 */
#ifndef SST_AUDIT_LINE_H
#define SST_AUDIT_LINE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

/* What one line tells. NULL, and for sessions "-" too, leaves a member out. */
typedef struct sst_audit_line_t {
    const char *event;                  /* one word; never NULL */
    const char *reason;
    const apr_array_header_t *users;    /* const char *; never NULL */
    const char *session;                /* names as sst_row_name makes them */
    const char *before;
    const char *by;
    const char *client;
    const char *server;
    const char *store;
} sst_audit_line_t;

/* The line with its line feed, from `pool`; NULL without memory. Any thread. */
const char *sst_audit_line(const sst_audit_line_t *line, apr_time_t now,
                           apr_pool_t *pool);

#endif
