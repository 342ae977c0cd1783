/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Writing and removing a record, each on condition of what is stored: by a
 * script, or, where the server lets us run none, by plain commands, between
 * which another write can slip in: then the later one wins. Neither way does a
 * write bring back what has ended.
 */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_strings.h>

static sst_span_t own_token(sst_span_t value)
{
    return sst_span(value.data, SST_TOKEN_LEN);
}

static sst_span_t expected_token(const sst_version_t *expected)
{
    return expected ? sst_span(expected->token, SST_TOKEN_LEN)
                    : sst_span(NULL, 0);
}

/* --- By plain commands --- */

/* The token that is stored, empty when nothing is. */
static sst_status_t read_token(unsigned char token[SST_TOKEN_LEN],
                               apr_size_t *len, const sst_redis_t *redis,
                               sst_span_t key, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("GETRANGE"), key,
                                sst_span_text("0"), sst_span_text("15") };
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_command(&replies, redis, key, 4, argv,
                                            deadline, err, pool);

    *len = 0;
    if (status == SST_OK) {
        sst_span_t text = sst_redis_reply_text(replies.items[0]);

        if (text.len <= SST_TOKEN_LEN) {
            memcpy(token, text.len > 0 ? text.data
                                       : (const unsigned char *) "",
                   text.len);
            *len = text.len;
        }
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* SET key value PX ttl NX|XX; *done is 0 when the condition did not hold. That
 * of a request that was sent twice, *replayed, may be by its own first try.
 */
static sst_status_t set_if(int *done, int *replayed,
                           const sst_redis_t *redis, sst_span_t key,
                           sst_span_t value, sst_span_t ttl,
                           const char *condition, apr_time_t deadline,
                           sst_error_t *err, apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("SET"), key, value,
                                sst_span_text("PX"), ttl,
                                sst_span_text(condition) };
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_write(&replies, redis, key, 6, argv,
                                          deadline, err, pool);

    *done = status == SST_OK && replies.items[0]->type != REDIS_REPLY_NIL;
    *replayed = replies.replayed;
    sst_redis_replies_clear(&replies);
    return status;
}

/* *ours is 1 when this very value is what is stored. Expected: OK then, or when
 * it is what was expected; NOT_FOUND, CONFLICT.
 */
static sst_status_t compare(int *ours, const sst_redis_t *redis,
                            sst_span_t key, sst_span_t value,
                            const sst_version_t *expected,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    unsigned char token[SST_TOKEN_LEN];
    apr_size_t len = 0;
    sst_status_t status = read_token(token, &len, redis, key, deadline, err,
                                     pool);

    *ours = status == SST_OK
        && sst_bytes_equal(sst_span(token, len), own_token(value));
    if (status != SST_OK || *ours
        || sst_bytes_equal(sst_span(token, len), expected_token(expected))) {
        return status;
    }
    return len == 0 ? SST_NOT_FOUND : SST_CONFLICT;
}

/* The tokens of earlier writes are not kept: a repeat is a SET, which looks for
 * none.
 */
static sst_status_t plain_put(const sst_redis_t *redis, sst_span_t key,
                              sst_span_t value, sst_span_t ttl,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    int ours = 0;
    int done = 0;
    int replayed = 0;
    sst_status_t status = compare(&ours, redis, key, value, expected,
                                  deadline, err, pool);

    if (status != SST_OK || ours) {
        return status;
    }
    status = set_if(&done, &replayed, redis, key, value, ttl,
                    expected ? "XX" : "NX", deadline, err, pool);
    if (status == SST_OK && !done && replayed) {
        status = compare(&ours, redis, key, value, expected, deadline, err,
                         pool);
    }
    if (status != SST_OK || done || ours) {
        return status;
    }
    return expected ? SST_NOT_FOUND : SST_CONFLICT;
}

static sst_status_t plain_delete(const sst_redis_t *redis, sst_span_t key,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("DEL"), key };
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_write(&replies, redis, key, 2, argv,
                                          deadline, err, pool);

    /* A repeat that finds nothing: it is gone, most likely by our hand. */
    if (status == SST_OK && !replies.replayed
        && sst_redis_reply_number(replies.items[0], 0) == 0) {
        status = SST_NOT_FOUND;
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static sst_status_t plain_remove(const sst_redis_t *redis, sst_span_t key,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    unsigned char token[SST_TOKEN_LEN];
    apr_size_t len = 0;
    sst_status_t status = read_token(token, &len, redis, key, deadline, err,
                                     pool);

    if (status != SST_OK) {
        return status;
    }
    if (len == 0) {
        return SST_NOT_FOUND;
    }
    if (!sst_bytes_equal(sst_span(token, len), expected_token(expected))) {
        return SST_CONFLICT;
    }
    return plain_delete(redis, key, deadline, err, pool);
}

/* --- The operations --- */

/* What lies beneath another write is of this call only if it was sent twice:
 * the contract has a repeat by the caller be a conflict.
 */
static sst_status_t put_status(apr_int64_t answer, int replayed)
{
    switch (answer) {
    case SST_REDIS_PUT_STORED:
    case SST_REDIS_PUT_THERE:
        return SST_OK;
    case SST_REDIS_PUT_BENEATH:
        return replayed ? SST_OK : SST_CONFLICT;
    case SST_REDIS_PUT_GONE:
        return SST_NOT_FOUND;
    default:
        return SST_CONFLICT;
    }
}

sst_status_t sst_redis_put(sst_store_t *store, const sst_row_t *row,
                           sst_span_t value, apr_int64_t expires_s,
                           const sst_version_t *expected, apr_time_t deadline,
                           sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    sst_span_t key = sst_redis_row_key(redis, row, pool);
    sst_span_t argv[] = { expected_token(expected), { NULL, 0 }, { NULL, 0 },
                          sst_redis_ttl(expires_s, pool) };
    apr_int64_t answer = 0;
    sst_status_t status = sst_redis_stored_parts(&argv[1], &argv[2], value,
                                                 err);
    int replayed;
    int forbidden;

    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_script_run(&answer, &replayed, &forbidden, store,
                                  SST_REDIS_SCRIPT_PUT, key, 4, argv,
                                  deadline, err, pool);
    if (forbidden) {
        return plain_put(redis, key, value, argv[3], expected, deadline, err,
                         pool);
    }
    return status == SST_OK ? put_status(answer, replayed) : status;
}

sst_status_t sst_redis_remove(sst_store_t *store, const sst_row_t *row,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    sst_span_t key = sst_redis_row_key(redis, row, pool);
    const sst_span_t argv[] = { expected_token(expected) };
    apr_int64_t answer = 0;
    sst_status_t status;
    int replayed = 0;
    int forbidden = 0;

    if (expected == NULL) {
        return plain_delete(redis, key, deadline, err, pool);
    }
    status = sst_redis_script_run(&answer, &replayed, &forbidden, store,
                                  SST_REDIS_SCRIPT_REMOVE, key, 1, argv,
                                  deadline, err, pool);
    if (forbidden) {
        return plain_remove(redis, key, expected, deadline, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    if (answer == -1) {
        return replayed ? SST_OK : SST_NOT_FOUND;
    }
    return answer > 0 ? SST_OK : SST_CONFLICT;
}
