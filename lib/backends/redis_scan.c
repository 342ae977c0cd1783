/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Walking over all records: SCAN on each primary, and a read of each key that
 * is one of ours. A record that moves to another node meanwhile may be missed
 * or seen twice; SCAN itself promises no more.
 */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/clock.h"

#define BATCH "200"
#define CURSOR_MAX 24
#define CALL_S 10       /* for each call: an administrator waits longer */

typedef struct scan_t {
    sst_store_t *store;
    sst_scan_fn_t *each;
    void *baton;
    const char *prefix;         /* of a record's key */
    const char *pattern;
    char cursor[CURSOR_MAX];
} scan_t;

static apr_time_t call_deadline(void)
{
    return sst_clock() + apr_time_from_sec(CALL_S);
}

/* The prefix as a pattern that fits it alone. */
static const char *escape_pattern(const char *text, apr_pool_t *pool)
{
    char *escaped = apr_palloc(pool, 2 * strlen(text) + 2);
    apr_size_t len = 0;

    for (; *text != '\0'; text++) {
        if (strchr("*?[]^\\", *text) != NULL) {
            escaped[len++] = '\\';
        }
        escaped[len++] = *text;
    }
    escaped[len++] = '*';
    escaped[len] = '\0';
    return escaped;
}

static sst_status_t visit(scan_t *scan, sst_span_t key, sst_error_t *err,
                          apr_pool_t *pool)
{
    apr_size_t skip = strlen(scan->prefix);
    sst_value_t value;
    sst_row_t row;
    sst_status_t status;

    if (key.len != skip + SST_ROW_HEX_LEN
        || sst_row_from_hex(&row, sst_span(key.data + skip, key.len - skip))
           != SST_OK) {
        return SST_OK;
    }
    status = sst_redis_get(&value, scan->store, &row, 0, call_deadline(), err,
                           pool);
    if (status == SST_OK) {
        return scan->each(scan->baton, &row, &value, pool);
    }
    if (status == SST_NOT_FOUND || status == SST_CORRUPT) {
        sst_error_clear(err);
        return SST_OK;
    }
    return status;
}

static sst_status_t visit_all(scan_t *scan, const redisReply *keys,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    apr_pool_t *turn = NULL;
    int i;

    if (keys == NULL || keys->type != REDIS_REPLY_ARRAY) {
        return sst_redis_odd_reply("SCAN", err);
    }
    if (apr_pool_create(&turn, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                             "no memory to scan Redis");
    }
    for (i = 0; i < (int) keys->elements && status == SST_OK; i++) {
        apr_pool_clear(turn);
        status = visit(scan, sst_redis_reply_text(sst_redis_reply_at(keys,
                                                                     i)),
                       err, turn);
    }
    apr_pool_destroy(turn);
    return status;
}

static sst_status_t ask_node(sst_redis_replies_t *replies, scan_t *scan,
                             sst_redis_node_t *node, sst_error_t *err,
                             apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("SCAN"),
                                sst_span_text(scan->cursor),
                                sst_span_text("MATCH"),
                                sst_span_text(scan->pattern),
                                sst_span_text("COUNT"),
                                sst_span_text(BATCH) };
    sst_redis_request_t request;
    sst_status_t status;

    sst_redis_replies_init(replies);
    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 6, argv, err);
    if (status == SST_OK) {
        status = sst_redis_node_ask(replies, node, &request,
                                    SST_REDIS_REPLY_MAX, call_deadline(), err,
                                    pool);
    }
    if (status == SST_OK && replies->fault != SST_REDIS_FAULT_NONE) {
        status = sst_redis_fault_error(
            sst_redis_reply_text(sst_redis_replies_error(replies)),
            sst_redis_node_name(node), sst_redis_node_user(node), err);
    }
    return status;
}

static sst_status_t scan_batch(scan_t *scan, sst_redis_node_t *node,
                               sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_replies_t replies;
    sst_status_t status = ask_node(&replies, scan, node, err, pool);

    if (status == SST_OK) {
        const redisReply *answer = replies.items[0];
        sst_span_t cursor = sst_redis_reply_text(sst_redis_reply_at(answer,
                                                                    0));

        if (cursor.len == 0 || cursor.len >= sizeof(scan->cursor)) {
            status = sst_redis_odd_reply("SCAN", err);
        }
        else {
            memcpy(scan->cursor, cursor.data, cursor.len);
            scan->cursor[cursor.len] = '\0';
            status = visit_all(scan, sst_redis_reply_at(answer, 1), err,
                               pool);
        }
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static sst_status_t scan_node(scan_t *scan, sst_redis_node_t *node,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_pool_t *batch = NULL;
    sst_status_t status;

    if (apr_pool_create(&batch, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                             "no memory to scan Redis");
    }
    apr_cpystrn(scan->cursor, "0", sizeof(scan->cursor));
    do {
        apr_pool_clear(batch);
        status = scan_batch(scan, node, err, batch);
    } while (status == SST_OK && strcmp(scan->cursor, "0") != 0);
    apr_pool_destroy(batch);
    return status;
}

sst_status_t sst_redis_scan(sst_store_t *store, sst_scan_fn_t *each,
                            void *baton, sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    apr_array_header_t *nodes;
    sst_status_t status;
    scan_t scan;
    int i;

    memset(&scan, 0, sizeof(scan));
    scan.store = store;
    scan.each = each;
    scan.baton = baton;
    scan.prefix = apr_pstrcat(pool, redis->prefix, "s:", NULL);
    scan.pattern = escape_pattern(scan.prefix, pool);
    status = redis->client == NULL
        ? sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                        "the Redis store has not been started")
        : sst_redis_client_primaries(&nodes, redis->client, call_deadline(),
                                     err, pool);
    for (i = 0; status == SST_OK && i < nodes->nelts; i++) {
        status = scan_node(&scan, APR_ARRAY_IDX(nodes, i, sst_redis_node_t *),
                           err, pool);
    }
    return status;
}
