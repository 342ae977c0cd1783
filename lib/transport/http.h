/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* An HTTP client for calls to web services: one request, one complete answer
 * in memory, connections kept for the next call. HTTP/1.1, no redirects, no
 * cookies, no compression.
 *
 * The client repeats a request by itself when a kept connection turns out to
 * be dead before the first byte of an answer; so whatever is sent has to be
 * harmless when it is carried out twice.
 */
#ifndef SST_HTTP_H
#define SST_HTTP_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/status.h"

/* A client: a stack of idle connections under a mutex. Any thread may call.
 * Each call takes what lies on top, or makes a new one, so that there are
 * never more than calls at the same time.
 */
typedef struct sst_http_t sst_http_t;

typedef struct sst_http_request_t {
    const char *method;             /* "GET", "POST", "PUT" */
    const char *url;                /* http: or https: */
    const char *const *headers;     /* "Name: value" each, NULL at the end */
    sst_span_t body;                /* of POST and PUT */
    apr_time_t deadline;            /* absolute, for all of the call */
    apr_interval_time_t connect_timeout;
    apr_size_t answer_max;          /* a longer body is a failure */
    int direct;                     /* never through a proxy */
} sst_http_request_t;

typedef struct sst_http_answer_t {
    int code;                       /* 200 ... */
    apr_table_t *headers;
    int reconnected;                /* a kept connection was given up for
                                     * another one: the request may have been
                                     * sent, and carried out, twice */
    sst_span_t body;                /* from the pool; may be wiped by its
                                     * owner, and a NUL stands behind it */
} sst_http_answer_t;

/* Makes a client that lives as long as `pool`, in one process. `ca` is a file
 * with the certificates to trust, and no others, or NULL for the system's. Call
 * it before threads are started. Expected: OK.
 */
sst_status_t sst_http_make(sst_http_t **out, const char *ca, sst_error_t *err,
                           apr_pool_t *pool) SST_CHECKED;

/* Makes a call. Expected: OK with a complete answer, whatever its code.
 * TIMEOUT: the deadline passed. UNAVAILABLE: no connection, or none that
 * lasted to the end of the answer. In both cases the request may have been
 * carried out. *out is zero unless the answer is OK.
 */
sst_status_t sst_http_call(sst_http_answer_t *out, sst_http_t *http,
                           const sst_http_request_t *request,
                           sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* How many connections the client keeps, and how many of them serve a call now.
 * One that the server has closed meanwhile is among them until its next use.
 */
void sst_http_usage(apr_uint32_t *open, apr_uint32_t *used, sst_http_t *http);

/* The beginning of an answer as one printable line, for a message. */
const char *sst_http_line(sst_span_t body, apr_pool_t *pool);

/* Makes calls that are running end soon, and later ones at once, as
 * UNAVAILABLE: for the end of a process. Any thread.
 */
void sst_http_cancel(sst_http_t *http);

/* 1 after sst_http_cancel: nothing is worth another try. */
int sst_http_is_cancelled(sst_http_t *http);

/* The scheme and the host of a URL in lower case, taken apart as the client
 * does; an IPv6 address keeps its brackets. `host_port` is the value for a
 * Host header: the port is part of it unless it is the scheme's own.
 */
typedef struct sst_http_url_t {
    const char *scheme;
    const char *host;
    const char *host_port;
    const char *path;
} sst_http_url_t;

/* Expected: OK; INVALID when `url` is not an http or https URL, or names a
 * user, a query or a fragment (*out is then zero).
 */
sst_status_t sst_http_url_parse(sst_http_url_t *out, const char *url,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

#endif
