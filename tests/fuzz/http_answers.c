/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A piece of the input as the answer to a call. */

#include "tests/fuzz/http_answers.h"

#include <string.h>

#include <apr_strings.h>

#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"

/* Nobody looks into it. */
static char client;

sst_status_t __wrap_sst_http_make(sst_http_t **out, const char *ca,
                                  sst_error_t *err, apr_pool_t *pool)
{
    (void) ca;
    (void) err;
    (void) pool;
    *out = (sst_http_t *) &client;
    return SST_OK;
}

int __wrap_sst_http_is_cancelled(sst_http_t *http)
{
    (void) http;
    return 0;
}

/* Cuts a line off; NULL when there is no whole one. */
static const char *take_line(sst_span_t *rest, apr_pool_t *pool)
{
    const unsigned char *end = rest->len > 0
        ? memchr(rest->data, '\n', rest->len) : NULL;
    const char *line;
    apr_size_t len;

    if (end == NULL) {
        return NULL;
    }
    len = (apr_size_t) (end - rest->data);
    line = apr_pstrmemdup(pool, (const char *) rest->data, len);
    *rest = sst_span(end + 1, rest->len - len - 1);
    return line;
}

/* Answers 0 when the piece is no answer. */
static int read_piece(sst_http_answer_t *out, sst_span_t piece,
                      apr_pool_t *pool)
{
    const char *line = take_line(&piece, pool);
    apr_uint64_t code;

    if (line == NULL || sst_decimal_decode(&code, sst_span_text(line))
        != SST_OK || code < 200 || code > 599) {
        return 0;
    }
    out->code = (int) code;
    out->headers = apr_table_make(pool, 4);
    line = take_line(&piece, pool);
    while (line != NULL && *line != '\0') {
        const char *colon = strstr(line, ": ");

        if (colon != NULL) {
            apr_table_set(out->headers,
                          apr_pstrndup(pool, line,
                                       (apr_size_t) (colon - line)),
                          colon + 2);
        }
        line = take_line(&piece, pool);
    }
    out->body = sst_span(apr_pstrmemdup(pool, piece.len > 0
                                        ? (const char *) piece.data : "",
                                        piece.len), piece.len);
    return line != NULL;
}

sst_status_t __wrap_sst_http_call(sst_http_answer_t *out, sst_http_t *http,
                                  const sst_http_request_t *request,
                                  sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t piece;

    (void) http;
    fuzz_require(request->method != NULL && request->answer_max > 0
                 && strstr(request->url, "://") != NULL,
                 "a request is whole");
    memset(out, 0, sizeof(*out));
    if (feed_piece(&piece) && read_piece(out, piece, pool)
        && out->body.len <= request->answer_max) {
        return SST_OK;
    }
    memset(out, 0, sizeof(*out));
    return piece.len % 2 == 0
        ? sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS, "no connection")
        : sst_error_set(err, SST_TIMEOUT, APR_SUCCESS, "no answer");
}
