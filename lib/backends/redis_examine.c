/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Is Redis set up so that sessions last? A table of checks of what a server
 * says about itself; some of them are made at each start of httpd, all of them
 * for the tool.
 */

#include "lib/backends/redis.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "lib/transport/loopback.h"

#define INFO_MAX (1024 * 1024)

/* Clocks that differ by more make sessions end at another time on each server.
 */
#define SKEW_MAX_S 5

/* One server while it is looked at. */
typedef struct look_t {
    sst_store_t *store;
    sst_redis_node_t *node;
    const char *name;           /* of the node */
    const char *info;           /* what INFO said, behind a line's end */
    const sst_examiner_t *examiner;
    apr_time_t deadline;
    apr_pool_t *pool;
} look_t;

/* The value of a line "field:value" of INFO, or "". */
static const char *field(const look_t *look, const char *name)
{
    const char *wanted = apr_pstrcat(look->pool, "\n", name, ":", NULL);
    const char *line = strstr(look->info, wanted);

    if (line == NULL) {
        return "";
    }
    line += strlen(wanted);
    return apr_pstrmemdup(look->pool, line, strcspn(line, "\r\n"));
}

static int says(const look_t *look, const char *name, const char *value)
{
    return strcmp(field(look, name), value) == 0;
}

/* --- Checks --- */

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

static void check_version(const look_t *look)
{
    const char *version = field(look, "redis_version");

    if (is_old(version)) {
        sst_examiner_tell(look->examiner, SST_FINDING_FAILED, "version",
                          "Redis %s is version %s; supported is 6.2 and later"
                          "%s", look->name, version, version[0] < '6'
                          ? " (before 6.0 there are neither users nor TLS)"
                          : "");
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "version",
                      "Redis %s is version %s", look->name, version);
}

static void check_policy(const look_t *look)
{
    const char *policy = field(look, "maxmemory_policy");

    if (*policy != '\0' && *field(look, "maxmemory") != '\0'
        && !says(look, "maxmemory", "0")
        && strcmp(policy, "noeviction") != 0) {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING,
                          "maxmemory-policy",
                          "Redis %s drops live sessions when its memory is "
                          "full (maxmemory-policy %s): set noeviction",
                          look->name, policy);
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "maxmemory-policy",
                      "Redis %s drops no live sessions when its memory is "
                      "full", look->name);
}

static void check_evictions(const look_t *look)
{
    const char *evicted = field(look, "evicted_keys");

    if (*evicted != '\0' && strcmp(evicted, "0") != 0) {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING, "evictions",
                          "Redis %s has dropped %s live keys since it was "
                          "started: give it more memory, and set "
                          "maxmemory-policy noeviction", look->name, evicted);
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "evictions",
                      "Redis %s has dropped no live key", look->name);
}

static void check_role(const look_t *look)
{
    if (*field(look, "role") != '\0' && !says(look, "role", "master")) {
        sst_examiner_tell(look->examiner, SST_FINDING_FAILED, "role",
                          "Redis %s is a replica and will refuse sessions: "
                          "name the primary, or use redis+sentinel://",
                          look->name);
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "role",
                      "Redis %s is a primary", look->name);
}

static void check_form(const look_t *look)
{
    const sst_redis_t *redis = look->store->impl;

    if (redis->config.form == SST_REDIS_SINGLE
        && says(look, "cluster_enabled", "1")) {
        sst_examiner_tell(look->examiner, SST_FINDING_FAILED, "cluster",
                          "Redis %s belongs to a cluster: use "
                          "redis+cluster://", look->name);
    }
}

/* INFO has this line only where both settings are given. */
static void check_replicas(const look_t *look)
{
    const sst_redis_t *redis = look->store->impl;

    if (redis->config.form != SST_REDIS_SENTINEL) {
        return;
    }
    if (*field(look, "min_slaves_good_slaves") == '\0') {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING,
                          "min-replicas-to-write",
                          "Redis %s has no min-replicas-to-write: a failover "
                          "can bring back sessions that were ended; set "
                          "min-replicas-to-write 1", look->name);
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "min-replicas-to-write",
                      "Redis %s takes no write without a replica",
                      look->name);
}

static void check_persistence(const look_t *look)
{
    if (says(look, "rdb_last_bgsave_status", "err")
        || says(look, "aof_last_write_status", "err")) {
        sst_examiner_tell(look->examiner, SST_FINDING_FAILED, "persistence",
                          "Redis %s could not write to its disk, and refuses "
                          "sessions until it can: see to the disk, and to "
                          "Redis' log", look->name);
    }
    else if (!says(look, "aof_enabled", "1")) {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING, "persistence",
                          "Redis %s writes no append-only file: a restart "
                          "forgets sessions, or brings back ended ones; set "
                          "appendonly yes", look->name);
    }
    else {
        sst_examiner_tell(look->examiner, SST_FINDING_OK, "persistence",
                          "Redis %s writes an append-only file", look->name);
    }
}

typedef struct check_t {
    void (*run)(const look_t *look);
    int at_start;               /* at each start of httpd too */
} check_t;

static const check_t checks[] = {
    { check_version, 1 },
    { check_policy, 1 },
    { check_role, 1 },
    { check_form, 1 },
    { check_replicas, 1 },
    { check_evictions, 0 },
    { check_persistence, 0 }
};

#define CHECKS ((int) (sizeof(checks) / sizeof(checks[0])))

/* --- Asking --- */

static sst_status_t ask(sst_redis_replies_t *replies, const look_t *look,
                        const char *command, sst_error_t *err)
{
    const sst_span_t argv[] = { sst_span_text(command) };
    sst_redis_request_t request;
    sst_status_t status;

    sst_redis_replies_init(replies);
    sst_redis_request_init(&request, look->pool);
    status = sst_redis_request_add(&request, 1, argv, err);
    if (status == SST_OK) {
        status = sst_redis_node_ask(replies, look->node, &request, INFO_MAX,
                                    look->deadline, err, look->pool);
    }
    return status;
}

static void tell_clock(const look_t *look, apr_int64_t theirs_s)
{
    apr_int64_t skew_s = theirs_s - apr_time_sec(apr_time_now());

    if (skew_s > SKEW_MAX_S || skew_s < -SKEW_MAX_S) {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING, "clock",
                          "the clock of Redis %s differs from this one by %"
                          APR_INT64_T_FMT " s: set both by NTP", look->name,
                          skew_s);
        return;
    }
    sst_examiner_tell(look->examiner, SST_FINDING_OK, "clock",
                      "Redis %s has the same time", look->name);
}

/* A user without the right to ask for the time is none the worse for it. */
static sst_status_t check_clock(const look_t *look, sst_error_t *err)
{
    sst_redis_replies_t replies;
    sst_status_t status = ask(&replies, look, "TIME", err);
    apr_uint64_t seconds;

    if (status == SST_OK && replies.fault == SST_REDIS_FAULT_NONE
        && sst_decimal_decode(&seconds, sst_redis_reply_text(
               sst_redis_reply_at(replies.items[0], 0))) == SST_OK) {
        tell_clock(look, (apr_int64_t) seconds);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static void run_checks(look_t *look, sst_span_t info, int all)
{
    int i;

    look->info = apr_psprintf(look->pool, "\n%.*s", (int) info.len,
                              info.len > 0 ? (const char *) info.data : "");
    for (i = 0; i < CHECKS; i++) {
        if (all || checks[i].at_start) {
            checks[i].run(look);
        }
    }
}

static sst_status_t check_node(look_t *look, int all, sst_error_t *err)
{
    sst_redis_replies_t replies;
    sst_status_t status = ask(&replies, look, "INFO", err);

    if (status == SST_OK && replies.fault == SST_REDIS_FAULT_NONE) {
        run_checks(look, sst_redis_reply_text(replies.items[0]), all);
    }
    else if (status == SST_OK && all) {
        sst_examiner_tell(look->examiner, SST_FINDING_WARNING, "info",
                          "Redis %s does not tell us how it is set up: give "
                          "its user the right +info", look->name);
    }
    sst_redis_replies_clear(&replies);
    return status == SST_OK && all ? check_clock(look, err) : status;
}

sst_status_t sst_redis_check_servers(sst_store_t *store,
                                     const sst_examiner_t *examiner, int all,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
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
        look_t look = { store, APR_ARRAY_IDX(nodes, i, sst_redis_node_t *),
                        NULL, "", examiner, deadline, pool };

        look.name = sst_redis_node_name(look.node);
        status = check_node(&look, all, err);
    }
    return status;
}

/* --- On the way --- */

static int is_near(const sst_redis_address_t *address)
{
    return address->path != NULL || sst_loopback(address->host);
}

static void check_tls(const sst_redis_t *redis,
                      const sst_examiner_t *examiner)
{
    const apr_array_header_t *seeds = redis->config.seeds;
    int i;

    for (i = 0; i < seeds->nelts && !redis->config.secure; i++) {
        const sst_redis_address_t *seed = &APR_ARRAY_IDX(seeds, i,
                                                         sst_redis_address_t);

        if (!is_near(seed)) {
            sst_examiner_tell(examiner, SST_FINDING_WARNING, "tls",
                              "what goes to Redis %s can be read and changed "
                              "on the way: use rediss:// or the like",
                              seed->name);
            return;
        }
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "tls", redis->config.secure
                      ? "connections are encrypted"
                      : "connections stay on this host");
}

sst_status_t sst_redis_examine(sst_store_t *store,
                               const sst_examiner_t *examiner,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    check_tls(store->impl, examiner);
    return sst_redis_check_servers(store, examiner, 1, deadline, err, pool);
}
