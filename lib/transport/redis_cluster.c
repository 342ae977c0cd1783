/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Redis Cluster: the map of slots, from CLUSTER SLOTS (which every version
 * has, and which gives the port of the connection's kind, plain or TLS).
 */

#include "lib/clock.h"
#include "lib/transport/redis_slots.h"
#include "lib/transport/redis_topology.h"

#define MAP_MAX (4 * 1024 * 1024)   /* bytes of an answer */

typedef struct cluster_t {
    sst_redis_node_t *slots[SST_REDIS_SLOTS];
    sst_redis_node_t *guide;        /* answered last when asked for the map */
} cluster_t;

static sst_status_t cluster_create(sst_redis_topology_t *topology,
                                   sst_error_t *err)
{
    const apr_array_header_t *seeds = topology->config->seeds;
    sst_status_t status = SST_OK;
    sst_redis_node_t *node;
    int i;

    topology->impl = apr_pcalloc(topology->pool, sizeof(cluster_t));
    for (i = 0; i < seeds->nelts && status == SST_OK; i++) {
        status = sst_redis_topology_node(&node, topology, &topology->data,
                                         &APR_ARRAY_IDX(seeds, i,
                                                        sst_redis_address_t),
                                         err);
    }
    return status;
}

static sst_redis_node_t *cluster_find(sst_redis_topology_t *topology,
                                      unsigned int slot)
{
    cluster_t *cluster = topology->impl;

    return cluster->slots[slot % SST_REDIS_SLOTS];
}

static void cluster_moved(sst_redis_topology_t *topology, unsigned int slot,
                          sst_redis_node_t *node)
{
    cluster_t *cluster = topology->impl;

    cluster->slots[slot % SST_REDIS_SLOTS] = node;
}

static int is_listed(const apr_array_header_t *nodes,
                     const sst_redis_node_t *node)
{
    int i;

    for (i = 0; i < nodes->nelts; i++) {
        if (APR_ARRAY_IDX(nodes, i, sst_redis_node_t *) == node) {
            return 1;
        }
    }
    return 0;
}

static void cluster_primaries(apr_array_header_t *out,
                              sst_redis_topology_t *topology)
{
    const cluster_t *cluster = topology->impl;
    const sst_redis_node_t *last = NULL;
    int i;

    for (i = 0; i < SST_REDIS_SLOTS; i++) {
        sst_redis_node_t *node = cluster->slots[i];

        if (node != NULL && node != last && !is_listed(out, node)) {
            APR_ARRAY_PUSH(out, sst_redis_node_t *) = node;
        }
        last = node;
    }
}

/* --- Reading the map --- */

/* The address of a node in the map; one without a host is at the host that
 * was asked.
 */
static int read_address(sst_redis_address_t *out, const redisReply *entry,
                        const sst_redis_node_t *asked, apr_pool_t *pool)
{
    sst_span_t host = sst_redis_reply_text(sst_redis_reply_at(entry, 0));
    apr_int64_t port = sst_redis_reply_number(sst_redis_reply_at(entry, 1),
                                              0);

    if (host.len == 0 || sst_bytes_equal(host, sst_span_text("?"))) {
        host = sst_span_text(sst_redis_node_address(asked)->host);
    }
    if (host.len == 0 || port < 1 || port > 65535) {
        return 0;
    }
    sst_redis_address_tcp(out, host, (apr_uint16_t) port, pool);
    return 1;
}

/* With the lock held: takes over [first, last, [host, port, ...], ...]. */
static sst_status_t take_range(sst_redis_topology_t *topology,
                               const redisReply *range,
                               const sst_redis_node_t *asked,
                               sst_error_t *err, apr_pool_t *pool)
{
    cluster_t *cluster = topology->impl;
    apr_int64_t first = sst_redis_reply_number(sst_redis_reply_at(range, 0),
                                               -1);
    apr_int64_t last = sst_redis_reply_number(sst_redis_reply_at(range, 1),
                                              -1);
    sst_redis_address_t address;
    sst_redis_node_t *node = NULL;
    sst_status_t status;

    if (first < 0 || last >= SST_REDIS_SLOTS
        || !read_address(&address, sst_redis_reply_at(range, 2), asked,
                         pool)) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "Redis %s answers CLUSTER SLOTS with a map that "
                             "makes no sense", sst_redis_node_name(asked));
    }
    status = sst_redis_topology_node(&node, topology, &topology->data,
                                     &address, err);
    for (; status == SST_OK && first <= last; first++) {
        cluster->slots[first] = node;
    }
    return status;
}

static sst_status_t take_map(sst_redis_topology_t *topology,
                             const redisReply *map, sst_redis_node_t *asked,
                             sst_error_t *err, apr_pool_t *pool)
{
    cluster_t *cluster = topology->impl;
    sst_status_t status = SST_OK;
    int i;

    if (map->type != REDIS_REPLY_ARRAY || map->elements == 0) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "Redis %s knows no slots: has the cluster been "
                             "made?", sst_redis_node_name(asked));
    }
    sst_monitor_enter(topology->monitor);
    for (i = 0; i < (int) map->elements && status == SST_OK; i++) {
        status = take_range(topology, sst_redis_reply_at(map, i), asked, err,
                            pool);
    }
    if (status == SST_OK) {
        cluster->guide = asked;
    }
    sst_monitor_leave(topology->monitor);
    return status;
}

static sst_status_t ask_for_map(sst_redis_topology_t *topology,
                                sst_redis_node_t *node, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("CLUSTER"),
                                sst_span_text("SLOTS") };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status;

    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 2, argv, err);
    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_node_ask(&replies, node, &request, MAP_MAX, deadline,
                                err, pool);
    if (status == SST_OK && replies.fault != SST_REDIS_FAULT_NONE) {
        status = sst_redis_fault_error(
            sst_redis_reply_text(replies.items[0]),
            sst_redis_node_name(node), sst_redis_node_user(node), err);
    }
    if (status == SST_OK) {
        status = take_map(topology, replies.items[0], node, err, pool);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* Adds every node that is not among them: those of former maps, too, which may
 * be gone.
 */
static void add_others(apr_array_header_t *nodes,
                       sst_redis_topology_t *topology, apr_pool_t *pool)
{
    apr_hash_index_t *index;

    for (index = apr_hash_first(pool, topology->nodes); index != NULL;
         index = apr_hash_next(index)) {
        sst_redis_node_t *node = apr_hash_this_val(index);

        if (!is_listed(nodes, node)) {
            APR_ARRAY_PUSH(nodes, sst_redis_node_t *) = node;
        }
    }
}

/* Adds the primaries of the map, in a ring that begins behind the guide. */
static void add_primaries(apr_array_header_t *nodes,
                          sst_redis_topology_t *topology, apr_pool_t *pool)
{
    const cluster_t *cluster = topology->impl;
    apr_array_header_t *ring = apr_array_make(pool, 8, sizeof(void *));
    int first = 0;
    int i;

    cluster_primaries(ring, topology);
    for (i = 0; i < ring->nelts; i++) {
        if (APR_ARRAY_IDX(ring, i, sst_redis_node_t *) == cluster->guide) {
            first = i + 1;
        }
    }
    for (i = 0; i < ring->nelts; i++) {
        sst_redis_node_t *node = APR_ARRAY_IDX(ring, (first + i)
                                                     % ring->nelts,
                                               sst_redis_node_t *);

        if (!is_listed(nodes, node)) {
            APR_ARRAY_PUSH(nodes, sst_redis_node_t *) = node;
        }
    }
}

/* Whom to ask: the guide, the primaries that it has told, all others; but the
 * guide later, when its map led to a node that cannot serve. A node that was
 * cut off from the others goes on telling the map of before, and so does each
 * one that was cut off with it.
 */
static apr_array_header_t *list_nodes(sst_redis_topology_t *topology,
                                      apr_pool_t *pool)
{
    const cluster_t *cluster = topology->impl;
    apr_array_header_t *nodes = apr_array_make(pool, 8, sizeof(void *));

    sst_monitor_enter(topology->monitor);
    if (cluster->guide != NULL && !topology->misled) {
        APR_ARRAY_PUSH(nodes, sst_redis_node_t *) = cluster->guide;
    }
    add_primaries(nodes, topology, pool);
    add_others(nodes, topology, pool);
    topology->misled = 0;
    sst_monitor_leave(topology->monitor);
    return nodes;
}

static sst_status_t cluster_refresh(sst_redis_topology_t *topology,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    const apr_array_header_t *nodes = list_nodes(topology, pool);
    sst_status_t status = SST_UNAVAILABLE;
    sst_error_t trial;
    int i;

    sst_error_clear(&trial);
    for (i = 0; i < nodes->nelts && status != SST_OK; i++) {
        apr_time_t now = sst_clock();
        apr_time_t limit = now + topology->config->connect_timeout;

        sst_error_clear(&trial);
        status = ask_for_map(topology,
                             APR_ARRAY_IDX(nodes, i, sst_redis_node_t *),
                             limit < deadline ? limit : deadline, &trial,
                             pool);
        if (now >= deadline) {
            break;
        }
    }
    if (status != SST_OK) {
        (void) sst_error_set(err, status, trial.os, "%s", trial.text);
    }
    return status;
}

const sst_redis_topology_ops_t sst_redis_cluster_ops = {
    .create = cluster_create,
    .find = cluster_find,
    .refresh = cluster_refresh,
    .moved = cluster_moved,
    .primaries = cluster_primaries
};
