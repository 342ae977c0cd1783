/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The topology that Sentinel describes. That a node really is the primary is
 * seen when a connection to it is opened, from its own ROLE.
 */

#include "lib/transport/redis_sentinel.h"

#include <string.h>

#include <apr_atomic.h>

#include "lib/clock.h"

#define ANSWER_MAX 65536

typedef struct sentinel_t {
    sst_redis_node_t *primary;      /* NULL until one was named */
    apr_uint64_t epoch;             /* of that */
    int count;
    sst_redis_node_t **sentinels;
} sentinel_t;

int sst_redis_sentinel_count(const sst_redis_topology_t *topology)
{
    const sentinel_t *sentinel = topology->impl;

    return sentinel->count;
}

sst_redis_node_t *sst_redis_sentinel_at(const sst_redis_topology_t *topology,
                                        int index)
{
    const sentinel_t *sentinel = topology->impl;

    return sentinel->sentinels[index];
}

static sst_status_t sentinel_create(sst_redis_topology_t *topology,
                                    sst_error_t *err)
{
    const apr_array_header_t *seeds = topology->config->seeds;
    sentinel_t *sentinel = apr_pcalloc(topology->pool, sizeof(*sentinel));
    sst_status_t status = SST_OK;
    int i;

    sentinel->count = seeds->nelts;
    /* NOLINTBEGIN(bugprone-sizeof-expression): it holds pointers */
    sentinel->sentinels = apr_pcalloc(topology->pool,
                                      (apr_size_t) seeds->nelts
                                      * sizeof(*sentinel->sentinels));
    /* NOLINTEND(bugprone-sizeof-expression) */
    /* Not in topology->nodes: those are spoken to as data nodes. */
    for (i = 0; i < seeds->nelts && status == SST_OK; i++) {
        status = sst_redis_node_create(&sentinel->sentinels[i],
                                       &topology->sentinel,
                                       &APR_ARRAY_IDX(seeds, i,
                                                      sst_redis_address_t),
                                       err, topology->pool);
    }
    topology->impl = sentinel;
    return status;
}

static sst_redis_node_t *sentinel_find(sst_redis_topology_t *topology,
                                       unsigned int slot)
{
    const sentinel_t *sentinel = topology->impl;

    return sentinel->primary;
}

static void sentinel_moved(sst_redis_topology_t *topology, unsigned int slot,
                           sst_redis_node_t *node)
{
}

static void sentinel_primaries(apr_array_header_t *out,
                               sst_redis_topology_t *topology)
{
    const sentinel_t *sentinel = topology->impl;

    APR_ARRAY_PUSH(out, sst_redis_node_t *) = sentinel->primary;
}

sst_status_t sst_redis_sentinel_adopt(sst_redis_topology_t *topology,
                                      const sst_redis_primary_t *found,
                                      int certain, sst_error_t *err)
{
    sentinel_t *sentinel = topology->impl;
    sst_redis_node_t *before;
    sst_redis_node_t *node = NULL;
    sst_status_t status = SST_OK;

    sst_monitor_enter(topology->monitor);
    before = sentinel->primary;
    node = before;
    if (before == NULL || certain || found->epoch >= sentinel->epoch) {
        status = sst_redis_topology_node(&node, topology, &topology->data,
                                         &found->address, err);
        if (status == SST_OK) {
            sentinel->primary = node;
            sentinel->epoch = found->epoch;
        }
    }
    sst_monitor_leave(topology->monitor);
    if (status == SST_OK && before != NULL && before != node) {
        sst_redis_node_flush(before);
    }
    return status;
}

/* --- Asking --- */

static sst_status_t read_address(sst_redis_address_t *out,
                                 const redisReply *answer,
                                 const char *master,
                                 const sst_redis_node_t *sentinel,
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t host = sst_redis_reply_text(sst_redis_reply_at(answer, 0));
    sst_span_t digits = sst_redis_reply_text(sst_redis_reply_at(answer, 1));
    apr_uint64_t port = 0;

    if (answer->type == REDIS_REPLY_NIL) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "Sentinel %s does not know a primary named "
                             "\"%s\": compare the URL's path with SENTINEL "
                             "MASTERS", sst_redis_node_name(sentinel),
                             master);
    }
    if (host.len == 0 || sst_decimal_decode(&port, digits) != SST_OK
        || port < 1 || port > 65535) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "what answers at %s is no Sentinel",
                             sst_redis_node_name(sentinel));
    }
    sst_redis_address_tcp(out, host, (apr_uint16_t) port, pool);
    return SST_OK;
}

/* The config-epoch in the list of names and values that SENTINEL MASTER
 * answers; 0 when there is none.
 */
static apr_uint64_t read_epoch(const redisReply *list)
{
    sst_span_t wanted = sst_span_text("config-epoch");
    apr_uint64_t epoch = 0;
    int i;

    for (i = 0; sst_redis_reply_at(list, i + 1) != NULL; i += 2) {
        if (sst_bytes_equal(sst_redis_reply_text(sst_redis_reply_at(list, i)),
                            wanted)
            && sst_decimal_decode(&epoch,
                                  sst_redis_reply_text(
                                      sst_redis_reply_at(list, i + 1)))
               == SST_OK) {
            break;
        }
    }
    return epoch;
}

/* The address comes from the first command, because the sentinel that leads a
 * failover names the new primary there first; the epoch from the second.
 */
static sst_status_t make_question(sst_redis_request_t *request,
                                  const char *master, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const sst_span_t address[] = { sst_span_text("SENTINEL"),
                                   sst_span_text("get-master-addr-by-name"),
                                   sst_span_text(master) };
    const sst_span_t details[] = { sst_span_text("SENTINEL"),
                                   sst_span_text("MASTER"),
                                   sst_span_text(master) };
    sst_status_t status;

    sst_redis_request_init(request, pool);
    status = sst_redis_request_add(request, 3, address, err);
    if (status == SST_OK) {
        status = sst_redis_request_add(request, 3, details, err);
    }
    return status;
}

sst_status_t sst_redis_sentinel_ask(sst_redis_primary_t *out,
                                    sst_redis_topology_t *topology,
                                    sst_redis_node_t *sentinel,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    const char *master = topology->config->master;
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status = make_question(&request, master, err, pool);

    memset(out, 0, sizeof(*out));
    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_node_ask(&replies, sentinel, &request, ANSWER_MAX,
                                deadline, err, pool);
    if (status == SST_OK
        && replies.items[0]->type == REDIS_REPLY_ERROR) {
        status = sst_redis_fault_error(
            sst_redis_reply_text(replies.items[0]),
            sst_redis_node_name(sentinel), sst_redis_node_user(sentinel),
            err);
    }
    if (status == SST_OK) {
        status = read_address(&out->address, replies.items[0], master,
                              sentinel, err, pool);
        out->epoch = read_epoch(replies.items[1]);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* 1 when nobody else has to be asked: `found`, the best of so many answers, is
 * newer than what is known; or it is that of most sentinels, and nothing is.
 */
static int is_enough(sst_redis_topology_t *topology,
                     const sst_redis_primary_t *found, int answers)
{
    const sentinel_t *sentinel = topology->impl;
    int enough;

    sst_monitor_enter(topology->monitor);
    enough = sentinel->primary == NULL ? answers > sentinel->count / 2
        : found->epoch > sentinel->epoch;
    sst_monitor_leave(topology->monitor);
    return enough;
}

/* Asks one sentinel after the other until one has news, and believes the
 * newest answer: one that lags behind, or was cut off together with a primary
 * of old, still names that. When most of them have answered, theirs is the
 * truth whatever we knew (somebody may have set up the sentinels anew, whose
 * epochs then begin at 0).
 */
static sst_status_t sentinel_refresh(sst_redis_topology_t *topology,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    const sentinel_t *sentinel = topology->impl;
    sst_status_t status = SST_UNAVAILABLE;
    sst_redis_primary_t best;
    sst_error_t trial;
    int answers = 0;
    int i;

    memset(&best, 0, sizeof(best));
    sst_error_clear(&trial);
    for (i = 0; i < sentinel->count && sst_clock() < deadline; i++) {
        apr_time_t limit = sst_clock() + topology->config->connect_timeout;
        sst_redis_primary_t found;

        sst_error_clear(&trial);
        status = sst_redis_sentinel_ask(&found, topology,
                                        sentinel->sentinels[i],
                                        limit < deadline ? limit : deadline,
                                        &trial, pool);
        if (status != SST_OK) {
            continue;
        }
        if (answers++ == 0 || found.epoch > best.epoch) {
            best = found;
        }
        if (is_enough(topology, &best, answers)) {
            break;
        }
    }
    if (answers > 0) {
        return sst_redis_sentinel_adopt(topology, &best,
                                        answers > sentinel->count / 2, err);
    }
    return sst_error_set(err, status, trial.os, "%s", trial.text);
}

/* INFO has this line only where min-replicas-to-write is set. */
static void note_guard(sst_redis_topology_t *topology,
                       const sst_redis_replies_t *replies)
{
    if (replies->fault == SST_REDIS_FAULT_NONE) {
        apr_atomic_set32(&topology->guard, sst_redis_reply_mentions(
                             replies->items[0], "\nmin_slaves_good_slaves:")
                         ? SST_REDIS_GUARD_REPLICAS : SST_REDIS_GUARD_NONE);
    }
    else if (replies->fault == SST_REDIS_FAULT_RIGHTS) {
        (void) apr_atomic_cas32(&topology->guard, SST_REDIS_GUARD_NONE,
                                SST_REDIS_GUARD_UNKNOWN);
    }
}

sst_redis_guard_t sst_redis_sentinel_guard(sst_redis_topology_t *topology,
                                           apr_time_t deadline,
                                           apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("INFO"),
                                sst_span_text("replication") };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_redis_node_t *node = NULL;

    sst_redis_replies_init(&replies);
    sst_redis_request_init(&request, pool);
    if (sst_redis_request_add(&request, 2, argv, NULL) == SST_OK
        && sst_redis_topology_find(&node, topology, 0, deadline, NULL, pool)
           == SST_OK
        && sst_redis_node_ask(&replies, node, &request, ANSWER_MAX, deadline,
                              NULL, pool) == SST_OK) {
        note_guard(topology, &replies);
    }
    sst_redis_replies_clear(&replies);
    return (sst_redis_guard_t) apr_atomic_read32(&topology->guard);
}

const sst_redis_topology_ops_t sst_redis_sentinel_ops = {
    .create = sentinel_create,
    .find = sentinel_find,
    .refresh = sentinel_refresh,
    .moved = sentinel_moved,
    .primaries = sentinel_primaries
};
