/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What is looked at when the server starts: conditions under which sessions
 * would be lost or refused later, each told once, with its remedy. A Redis that
 * does not answer yet keeps nobody from starting.
 */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_strings.h>

#define INFO_MAX (1024 * 1024)

/* The value of a line "field:value" of INFO, or NULL. */
static const char *field(const char *info, const char *name,
                         apr_pool_t *pool)
{
    const char *wanted = apr_pstrcat(pool, "\n", name, ":", NULL);
    const char *line = strstr(info, wanted);

    if (line == NULL) {
        return NULL;
    }
    line += strlen(wanted);
    return apr_pstrmemdup(pool, line, strcspn(line, "\r\n"));
}

/* 1 when a version such as "6.0.16" is older than 6.2. Valkey gives 7.2.4. */
static int is_old(const char *version)
{
    const char *dot = strchr(version, '.');
    apr_uint64_t major = 0;
    apr_uint64_t minor = 0;

    if (dot == NULL
        || sst_decimal_decode(&major, sst_span(version, (apr_size_t)
                                               (dot - version))) != SST_OK
        || sst_decimal_decode(&minor, sst_span(dot + 1,
                                               strspn(dot + 1, "0123456789")))
           != SST_OK) {
        return 0;
    }
    return major < 6 || (major == 6 && minor < 2);
}

static void check_version(sst_store_t *store, const char *name,
                          const char *info, apr_pool_t *pool)
{
    const char *version = field(info, "redis_version", pool);

    if (version != NULL && is_old(version)) {
        sst_store_notify(store, SST_INVALID,
                         "Redis %s is version %s; supported is 6.2 and later"
                         "%s", name, version, version[0] < '6'
                         ? " (before 6.0 there are neither users nor TLS)"
                         : "");
    }
}

static void check_memory(sst_store_t *store, const char *name,
                         const char *info, apr_pool_t *pool)
{
    const char *policy = field(info, "maxmemory_policy", pool);
    const char *limit = field(info, "maxmemory", pool);

    if (policy != NULL && limit != NULL && strcmp(limit, "0") != 0
        && strcmp(policy, "noeviction") != 0) {
        sst_store_notify(store, SST_INVALID,
                         "Redis %s drops live sessions when its memory is "
                         "full (maxmemory-policy %s): set noeviction", name,
                         policy);
    }
}

static void check_role(sst_store_t *store, const char *name, const char *info,
                       apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    const char *role = field(info, "role", pool);
    const char *cluster = field(info, "cluster_enabled", pool);

    if (role != NULL && strcmp(role, "master") != 0) {
        sst_store_notify(store, SST_INVALID,
                         "Redis %s is a replica and will refuse sessions: "
                         "name the primary, or use redis+sentinel://", name);
    }
    if (redis->config.form == SST_REDIS_SINGLE && cluster != NULL
        && strcmp(cluster, "1") == 0) {
        sst_store_notify(store, SST_INVALID,
                         "Redis %s belongs to a cluster: use "
                         "redis+cluster://", name);
    }
    /* INFO has this line only where both settings are given. */
    if (redis->config.form == SST_REDIS_SENTINEL
        && field(info, "min_slaves_good_slaves", pool) == NULL) {
        sst_store_notify(store, SST_INVALID,
                         "Redis %s has no min-replicas-to-write: a failover "
                         "can bring back sessions that were ended; set "
                         "min-replicas-to-write 1", name);
    }
}

static sst_status_t check_node(sst_store_t *store, sst_redis_node_t *node,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    const char *name = sst_redis_node_name(node);
    const sst_span_t argv[] = { sst_span_text("INFO") };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status;

    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 1, argv, err);
    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_node_ask(&replies, node, &request, INFO_MAX, deadline,
                                err, pool);
    /* A user without the right to ask is none the worse for it. */
    if (status == SST_OK && replies.fault == SST_REDIS_FAULT_NONE) {
        sst_span_t text = sst_redis_reply_text(replies.items[0]);
        const char *info = apr_psprintf(pool, "\n%.*s", (int) text.len,
                                        text.len > 0
                                        ? (const char *) text.data : "");

        check_version(store, name, info, pool);
        check_memory(store, name, info, pool);
        check_role(store, name, info, pool);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* With a client of its own, whose connections end with `pool`. */
static sst_status_t check_servers(sst_store_t *store, apr_time_t deadline,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    sst_redis_client_t *client;
    apr_array_header_t *nodes = NULL;
    sst_status_t status;
    int i;

    status = sst_redis_client_create(&client, &redis->config, redis->access,
                                     0, err, pool);
    if (status == SST_OK) {
        status = sst_redis_client_primaries(&nodes, client, deadline, err,
                                            pool);
    }
    for (i = 0; status == SST_OK && i < nodes->nelts; i++) {
        status = check_node(store,
                            APR_ARRAY_IDX(nodes, i, sst_redis_node_t *),
                            deadline, err, pool);
    }
    return status;
}

sst_status_t sst_redis_prepare(sst_store_t *store, apr_uid_t uid,
                               apr_gid_t gid, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    apr_time_t deadline = apr_time_now() + store->timeout;
    apr_pool_t *scratch = NULL;
    sst_error_t trial;
    sst_status_t status = SST_OK;

    if (redis->access == NULL) {
        status = sst_redis_access_create(&redis->access, &redis->config, err,
                                         redis->pool);
    }
    if (status != SST_OK
        || apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return status;
    }
    sst_error_clear(&trial);
    if (check_servers(store, deadline, &trial, scratch) != SST_OK) {
        sst_store_notify(store, trial.status, "%s", trial.text);
    }
    apr_pool_destroy(scratch);
    return SST_OK;
}
