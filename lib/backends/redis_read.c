/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading a record: the one call of a page view. Its commands differ from row
 * to row in the key's last 64 characters only, so they are formatted once.
 */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_strings.h>

/* Where `text` stands in the bytes behind `from`; it does. */
static apr_size_t find(sst_span_t bytes, apr_size_t from, sst_span_t text)
{
    while (memcmp(bytes.data + from, text.data, text.len) != 0) {
        from++;
    }
    return from;
}

sst_status_t sst_redis_reading_init(sst_redis_t *redis, sst_error_t *err)
{
    static const sst_row_t zeros;
    sst_redis_reading_t *reading = &redis->reading;
    sst_span_t key = sst_redis_row_key(redis, &zeros, redis->pool);
    const sst_span_t get[] = { sst_span_text("GET"), key };
    const sst_span_t pttl[] = { sst_span_text("PTTL"), key };
    sst_redis_request_t request;
    sst_status_t status;

    sst_redis_request_init(&request, redis->pool);
    status = sst_redis_request_add(&request, 2, get, err);
    if (status == SST_OK) {
        status = sst_redis_request_add(&request, 2, pttl, err);
    }
    if (status == SST_OK) {
        reading->bytes = sst_redis_request_bytes(&request, 0);
        reading->second = request.commands[0].len;
        reading->keys[0] = find(reading->bytes, 0, key);
        reading->keys[1] = find(reading->bytes, reading->second, key);
        reading->key_len = key.len;
    }
    return status;
}

/* The commands with the row in both keys; *key is one of them. */
static sst_status_t make_request(sst_redis_request_t *out, sst_span_t *key,
                                 const sst_redis_reading_t *reading,
                                 const sst_row_t *row, sst_error_t *err,
                                 apr_pool_t *pool)
{
    unsigned char *bytes = apr_pmemdup(pool, reading->bytes.data,
                                       reading->bytes.len);
    apr_size_t prefix_len = reading->key_len - SST_ROW_HEX_LEN;
    char hex[SST_ROW_HEX_LEN + 1];
    sst_status_t status;
    int i;

    sst_row_hex(hex, row);
    for (i = 0; i < 2; i++) {
        memcpy(bytes + reading->keys[i] + prefix_len, hex, SST_ROW_HEX_LEN);
    }
    *key = sst_span(bytes + reading->keys[0], reading->key_len);
    sst_redis_request_init(out, pool);
    status = sst_redis_request_add_formatted(
        out, sst_span(bytes, reading->second), err);
    if (status == SST_OK) {
        status = sst_redis_request_add_formatted(
            out, sst_span(bytes + reading->second,
                          reading->bytes.len - reading->second), err);
    }
    return status;
}

/* PTTL says -2: ended between the two commands, -1: lives for ever, which no
 * record of ours does. Whoever took its end away does not make a session
 * immortal.
 */
static sst_status_t read_value(sst_value_t *out, const redisReply *value,
                               apr_int64_t ttl_ms, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_span_t text = sst_redis_reply_text(value);
    apr_int64_t now_ms = apr_time_as_msec(apr_time_now());
    apr_int64_t most_ms = APR_INT64_MAX - now_ms - 500;
    sst_status_t status;

    if (value->type == REDIS_REPLY_NIL || ttl_ms == -2) {
        return SST_NOT_FOUND;
    }
    if (value->type != REDIS_REPLY_STRING || ttl_ms < -2) {
        return sst_redis_odd_reply("GET", err);
    }
    ttl_ms = ttl_ms < most_ms ? ttl_ms : most_ms;
    out->expires_s = ttl_ms < 0 ? 0 : (now_ms + ttl_ms + 500) / 1000;
    status = sst_redis_stored_value(&out->bytes, text, err, pool);
    return status == SST_OK
        ? sst_version_read(&out->version, out->bytes, err) : status;
}

static sst_status_t get_once(sst_value_t *out, const sst_redis_t *redis,
                             const sst_row_t *row,
                             sst_redis_confirm_t confirm,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    static const sst_value_t nothing;
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_span_t key;
    sst_status_t status = make_request(&request, &key, &redis->reading, row,
                                       err, pool);

    *out = nothing;
    sst_redis_replies_init(&replies);
    if (status == SST_OK) {
        request.confirm = confirm;
        status = sst_redis_send(&replies, redis, key, &request, deadline,
                                err, pool);
    }
    if (status == SST_OK) {
        status = read_value(out, replies.items[0],
                            sst_redis_reply_number(replies.items[1], -3),
                            err, pool);
        out->source = replies.server;
    }
    if (status != SST_OK) {
        *out = nothing;
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* A primary that was cut off from the others, and replaced, has older states
 * than they: what is older than the caller knows has to be confirmed.
 */
sst_status_t sst_redis_get(sst_value_t *out, sst_store_t *store,
                           const sst_row_t *row, apr_uint64_t min_revision,
                           apr_time_t deadline, sst_error_t *err,
                           apr_pool_t *pool)
{
    int latest = min_revision == SST_REVISION_LATEST;
    sst_status_t status = get_once(out, store->impl, row,
                                   latest ? SST_REDIS_CONFIRM_STATE
                                   : SST_REDIS_CONFIRM_NOTHING,
                                   deadline, err, pool);

    if (status == SST_OK && !latest && out->version.revision < min_revision) {
        status = get_once(out, store->impl, row, SST_REDIS_CONFIRM_STATE,
                          deadline, err, pool);
    }
    return status;
}
