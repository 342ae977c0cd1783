/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Redis: keys, calls, touching a record, and the table. */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/backends/backends.h"

/* Longest time to live, some 35,000 years: Redis adds it to its clock. */
#define TTL_MS_MAX ((apr_int64_t) 1 << 50)

/* What is smaller comes in one read whether deflated or not, and inflating it
 * would cost httpd more than all the rest of a page view (2 KB: 81 thousand
 * instructions, beside 65 thousand).
 */
#define DEFLATE_MIN 16384

/* --- Keys and calls --- */

static sst_span_t make_key(const sst_redis_t *redis, const char *kind,
                           const sst_row_t *row, apr_pool_t *pool)
{
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, row);
    return sst_span_text(apr_pstrcat(pool, redis->prefix, kind, hex, NULL));
}

sst_span_t sst_redis_row_key(const sst_redis_t *redis, const sst_row_t *row,
                             apr_pool_t *pool)
{
    return make_key(redis, "s:", row, pool);
}

sst_span_t sst_redis_user_key(const sst_redis_t *redis, const sst_row_t *user,
                              apr_pool_t *pool)
{
    return make_key(redis, "u:", user, pool);
}

/* Within a cluster, what stands in braces says where a key is: all of the first
 * key, or, where the prefix has braces, what stands in those.
 */
sst_span_t sst_redis_witness_key(const sst_redis_t *redis, sst_span_t key,
                                 apr_pool_t *pool)
{
    return sst_span_text(apr_psprintf(pool, "%sw:{%.*s}", redis->prefix,
                                      (int) key.len,
                                      (const char *) key.data));
}

sst_span_t sst_redis_number(apr_int64_t number, apr_pool_t *pool)
{
    return sst_span_text(apr_off_t_toa(pool, number));
}

sst_span_t sst_redis_ttl(apr_int64_t expires_s, apr_pool_t *pool)
{
    apr_int64_t now_ms = apr_time_as_msec(apr_time_now());
    apr_int64_t ttl_ms = 1;

    if (expires_s > TTL_MS_MAX / 1000) {
        ttl_ms = TTL_MS_MAX;
    }
    else if (expires_s * 1000 > now_ms) {
        ttl_ms = expires_s * 1000 - now_ms;
    }
    return sst_redis_number(ttl_ms, pool);
}

sst_status_t sst_redis_send(sst_redis_replies_t *out,
                            const sst_redis_t *redis, sst_span_t key,
                            sst_redis_request_t *request,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    sst_redis_replies_init(out);
    if (redis->client == NULL) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "the Redis store did not start in this process: "
                             "see the log of its start");
    }
    request->replicas = sst_redis_client_replicas(redis->client, deadline,
                                                  pool);
    if (request->replicas > 0) {
        request->witness = sst_redis_witness_key(redis, key, pool);
    }
    return sst_redis_call(out, redis->client, key, request,
                          SST_REDIS_REPLY_MAX, deadline, err, pool);
}

static sst_status_t send_one(sst_redis_replies_t *out,
                             const sst_redis_t *redis, sst_span_t key,
                             int argc, const sst_span_t *argv,
                             sst_redis_confirm_t confirm, apr_time_t deadline,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_request_t request;
    sst_status_t status;

    sst_redis_replies_init(out);
    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, argc, argv, err);
    request.confirm = confirm;
    if (status == SST_OK) {
        status = sst_redis_send(out, redis, key, &request, deadline, err,
                                pool);
    }
    return status;
}

sst_status_t sst_redis_command(sst_redis_replies_t *out,
                               const sst_redis_t *redis, sst_span_t key,
                               int argc, const sst_span_t *argv,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    return send_one(out, redis, key, argc, argv, SST_REDIS_CONFIRM_NOTHING,
                    deadline, err, pool);
}

sst_status_t sst_redis_write(sst_redis_replies_t *out,
                             const sst_redis_t *redis, sst_span_t key,
                             int argc, const sst_span_t *argv,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    return send_one(out, redis, key, argc, argv, SST_REDIS_CONFIRM_WRITE,
                    deadline, err, pool);
}

sst_status_t sst_redis_odd_reply(const char *command, sst_error_t *err)
{
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "Redis answers %s with a reply of another kind",
                         command);
}

/* --- Operations --- */

static sst_status_t redis_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    sst_span_t key = sst_redis_row_key(redis, row, pool);
    const sst_span_t argv[] = { sst_span_text("PEXPIRE"), key,
                                sst_redis_ttl(expires_s, pool) };
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_command(&replies, redis, key, 3, argv,
                                            deadline, err, pool);

    if (status == SST_OK
        && sst_redis_reply_number(replies.items[0], 0) == 0) {
        status = SST_NOT_FOUND;
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static sst_status_t redis_start(sst_store_t *store, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    sst_status_t status = SST_OK;

    if (redis->access == NULL) {
        status = sst_redis_access_create(&redis->access, &redis->config, err,
                                         pool);
    }
    if (status == SST_OK) {
        status = sst_redis_client_create(&redis->client, &redis->config,
                                         redis->access, 1, err, pool);
    }
    return status;
}

static void redis_usage(sst_usage_t *out, sst_store_t *store,
                        apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    sst_redis_usage_t usage;

    memset(out, 0, sizeof(*out));
    if (redis->client == NULL) {
        return;
    }
    sst_redis_client_usage(&usage, redis->client, pool);
    out->servers = usage.nodes;
    out->left_alone = usage.left_alone;
    out->connections_max = usage.connections_max;
    out->connections_open = usage.connections_open;
    out->connections_used = usage.connections_used;
    out->waits = usage.waits;
}

static void redis_spent(sst_spent_t *out, sst_store_t *store,
                        apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;

    memset(out, 0, sizeof(*out));
    out->servers = apr_array_make(pool, 4, sizeof(sst_server_times_t));
    if (redis->client != NULL) {
        sst_redis_client_spent(out->servers, redis->client, pool);
    }
}

const sst_store_ops_t sst_backend_redis = {
    .schemes = "redis://|rediss://|redis+unix:/|redis+sentinel://"
               "|rediss+sentinel://|redis+cluster://|rediss+cluster://",
    .options = sst_redis_options,
    .value_max = SST_REDIS_VALUE_MAX,
    .deflate_min = DEFLATE_MIN,
    .touch_max = apr_time_from_sec(600),
    .touch_divisor = 10,
    .copies = SST_COPIES_WATCHED,
    .open = sst_redis_open,
    .prepare = sst_redis_prepare,
    .start = redis_start,
    .bind = sst_store_default_bind,
    .get = sst_redis_get,
    .put = sst_redis_put,
    .touch = redis_touch,
    .remove = sst_redis_remove,
    .index_add = sst_redis_index_add,
    .index_list = sst_redis_index_list,
    .index_remove = sst_redis_index_remove,
    .scan = sst_redis_scan,
    .purge = sst_store_default_purge,
    .examine = sst_redis_examine,
    .usage = redis_usage,
    .spent = redis_spent,
    .watch = sst_redis_copies_watch
};
