/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The user index: one sorted set for each user, its rows scored by when they
 * expire. It may list rows that have ended; it never misses one that lives.
 */

#include "lib/backends/redis.h"

#include <apr_strings.h>

/* Entries stay so much longer than their records, because the clocks of
 * several hosts and of the server do not agree.
 */
#define SLACK_S 3600


static sst_span_t hex_of(const sst_row_t *row, apr_pool_t *pool)
{
    char *hex = apr_palloc(pool, SST_ROW_HEX_LEN + 1);

    sst_row_hex(hex, row);
    return sst_span(hex, SST_ROW_HEX_LEN);
}

static sst_span_t oldest_score(apr_pool_t *pool)
{
    return sst_redis_number(apr_time_sec(apr_time_now()) - SLACK_S, pool);
}

static sst_status_t run(const sst_redis_t *redis, int argc,
                        const sst_span_t *argv, apr_time_t deadline,
                        sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_write(&replies, redis, argv[1], argc,
                                          argv, deadline, err, pool);

    sst_redis_replies_clear(&replies);
    return status;
}

/* Sets when the set ends, on a condition that Redis knows from 7.0 on. A
 * server that refuses it leaves the set without an end, to be trimmed by the
 * user's next login.
 */
static sst_status_t plain_expire(const sst_redis_t *redis, sst_span_t key,
                                 apr_int64_t end_s, const char *condition,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("EXPIREAT"), key,
                                sst_redis_number(end_s, pool),
                                sst_span_text(condition) };
    sst_redis_replies_t replies;
    sst_error_t trial;
    sst_status_t status;

    sst_error_clear(&trial);
    status = sst_redis_command(&replies, redis, key, 4, argv, deadline,
                               &trial, pool);
    if (replies.fault != SST_REDIS_FAULT_NONE) {
        status = SST_OK;
    }
    if (status != SST_OK) {
        (void) sst_error_set(err, status, trial.os, "%s", trial.text);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* Without a script: the set's life is prolonged before the entry is there, so
 * that it cannot end in between.
 */
static sst_status_t plain_add(const sst_redis_t *redis, sst_span_t key,
                              sst_span_t row, apr_int64_t expires_s,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    const sst_span_t trim[] = { sst_span_text("ZREMRANGEBYSCORE"), key,
                                sst_span_text("-inf"), oldest_score(pool) };
    const sst_span_t add[] = { sst_span_text("ZADD"), key,
                               sst_redis_number(expires_s, pool), row };
    apr_int64_t end_s = expires_s + SLACK_S;
    sst_status_t status = plain_expire(redis, key, end_s, "GT", deadline, err,
                                       pool);

    if (status == SST_OK) {
        status = run(redis, 4, trim, deadline, err, pool);
    }
    if (status == SST_OK) {
        status = run(redis, 4, add, deadline, err, pool);
    }
    if (status == SST_OK) {
        status = plain_expire(redis, key, end_s, "NX", deadline, err, pool);
    }
    return status;
}

sst_status_t sst_redis_index_add(sst_store_t *store, const sst_row_t *user,
                                 const sst_row_t *row, apr_int64_t expires_s,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    sst_span_t key = sst_redis_user_key(redis, user, pool);
    sst_span_t hex = hex_of(row, pool);
    const sst_span_t argv[] = { hex, sst_redis_number(expires_s, pool),
                                oldest_score(pool) };
    apr_int64_t answer = 0;
    int replayed;
    int forbidden;
    sst_status_t status = sst_redis_script_run(&answer, &replayed, &forbidden,
                                               store, SST_REDIS_SCRIPT_INDEX,
                                               key, 3, argv, deadline, err,
                                               pool);

    if (forbidden) {
        status = plain_add(redis, key, hex, expires_s, deadline, err, pool);
    }
    return status;
}

static sst_status_t read_rows(apr_array_header_t *out,
                              const redisReply *list, sst_error_t *err)
{
    int i;

    if (list->type != REDIS_REPLY_ARRAY) {
        return sst_redis_odd_reply("ZRANGEBYSCORE", err);
    }
    for (i = 0; i < (int) list->elements; i++) {
        sst_row_t row;

        /* What is no row was put there by somebody else, and is passed over:
         * it must not keep an administrator from ending the others.
         */
        if (sst_row_from_hex(&row, sst_redis_reply_text(
                                 sst_redis_reply_at(list, i))) == SST_OK) {
            APR_ARRAY_PUSH(out, sst_row_t) = row;
        }
    }
    return SST_OK;
}

sst_status_t sst_redis_index_list(apr_array_header_t **out,
                                  sst_store_t *store, const sst_row_t *user,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    sst_span_t key = sst_redis_user_key(redis, user, pool);
    const sst_span_t argv[] = { sst_span_text("ZRANGEBYSCORE"), key,
                                oldest_score(pool), sst_span_text("+inf") };
    sst_redis_replies_t replies;
    sst_status_t status = sst_redis_command(&replies, redis, key, 4, argv,
                                            deadline, err, pool);

    *out = apr_array_make(pool, 8, sizeof(sst_row_t));
    if (status == SST_OK) {
        status = read_rows(*out, replies.items[0], err);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

sst_status_t sst_redis_index_remove(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row, apr_time_t deadline,
                                    sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    const sst_span_t argv[] = { sst_span_text("ZREM"),
                                sst_redis_user_key(redis, user, pool),
                                hex_of(row, pool) };

    return run(redis, 3, argv, deadline, err, pool);
}
