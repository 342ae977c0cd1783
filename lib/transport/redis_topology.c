/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The part that all topologies share, and the topology of one node. */

#include "lib/transport/redis_topology.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/clock.h"

#define SENTINEL_POOL_MAX 4     /* the watcher's questions, and those of
                                 * whoever looks anew */

/* --- One node --- */

static sst_status_t single_create(sst_redis_topology_t *topology,
                                  sst_error_t *err)
{
    const sst_redis_address_t *address
        = &APR_ARRAY_IDX(topology->config->seeds, 0, sst_redis_address_t);
    sst_redis_node_t *node;
    sst_status_t status = sst_redis_topology_node(&node, topology,
                                                  &topology->data, address,
                                                  err);

    topology->impl = node;
    return status;
}

static sst_redis_node_t *single_find(sst_redis_topology_t *topology,
                                     unsigned int slot)
{
    return topology->impl;
}

/* The node's name may point to another server by now. */
static sst_status_t single_refresh(sst_redis_topology_t *topology,
                                   apr_time_t deadline, sst_error_t *err,
                                   apr_pool_t *pool)
{
    sst_redis_node_doubt(topology->impl);
    return SST_OK;
}

static void single_moved(sst_redis_topology_t *topology, unsigned int slot,
                         sst_redis_node_t *node)
{
}

static void single_primaries(apr_array_header_t *out,
                             sst_redis_topology_t *topology)
{
    APR_ARRAY_PUSH(out, sst_redis_node_t *) = topology->impl;
}

const sst_redis_topology_ops_t sst_redis_single_ops = {
    .create = single_create,
    .find = single_find,
    .refresh = single_refresh,
    .moved = single_moved,
    .primaries = single_primaries
};

/* --- All forms --- */

static const sst_redis_topology_ops_t *const all_ops[] = {
    &sst_redis_single_ops,      /* SST_REDIS_SINGLE */
    &sst_redis_sentinel_ops,    /* SST_REDIS_SENTINEL */
    &sst_redis_cluster_ops      /* SST_REDIS_CLUSTER */
};

static void set_profiles(sst_redis_topology_t *topology,
                         const sst_redis_access_t *access,
                         sst_redis_resolver_t *resolver)
{
    const sst_redis_config_t *config = topology->config;
    sst_redis_profile_t *data = &topology->data;

    data->resolver = resolver;
    data->tls = access->tls;
    data->login = access->login;
    data->db = config->db;
    data->primary_only = config->form == SST_REDIS_SENTINEL;
    data->pool_max = config->pool_max;
    data->idle_age = config->idle_age;
    data->connect_timeout = config->connect_timeout;
    topology->sentinel = *data;
    topology->sentinel.login = access->sentinel_login;
    topology->sentinel.db = 0;
    topology->sentinel.primary_only = 0;
    topology->sentinel.pool_max = SENTINEL_POOL_MAX;
}

sst_status_t sst_redis_topology_create(sst_redis_topology_t **out,
                                       const sst_redis_config_t *config,
                                       const sst_redis_access_t *access,
                                       sst_redis_resolver_t *resolver,
                                       sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_topology_t *topology = apr_pcalloc(pool, sizeof(*topology));
    sst_status_t status;

    *out = NULL;
    topology->ops = all_ops[config->form];
    topology->config = config;
    topology->pool = pool;
    topology->nodes = apr_hash_make(pool);
    set_profiles(topology, access, resolver);
    status = sst_monitor_create(&topology->monitor, "the Redis topology", err,
                                pool);
    if (status == SST_OK) {
        status = topology->ops->create(topology, err);
    }
    if (status == SST_OK) {
        *out = topology;
    }
    return status;
}

static void copy_address(sst_redis_address_t *out,
                         const sst_redis_address_t *address,
                         apr_pool_t *pool)
{
    if (address->path != NULL) {
        sst_redis_address_unix(out, address->path, pool);
    }
    else {
        sst_redis_address_tcp(out, sst_span_text(address->host),
                              address->port, pool);
    }
}

sst_status_t sst_redis_topology_node(sst_redis_node_t **out,
                                     sst_redis_topology_t *topology,
                                     const sst_redis_profile_t *profile,
                                     const sst_redis_address_t *address,
                                     sst_error_t *err)
{
    sst_redis_address_t own;
    sst_status_t status;

    *out = apr_hash_get(topology->nodes, address->name, APR_HASH_KEY_STRING);
    if (*out != NULL) {
        return SST_OK;
    }
    copy_address(&own, address, topology->pool);
    status = sst_redis_node_create(out, profile, &own, err, topology->pool);
    if (status == SST_OK) {
        apr_hash_set(topology->nodes, own.name, APR_HASH_KEY_STRING, *out);
    }
    return status;
}

/* --- Looking anew --- */

/* 1 when the caller is the one to look, and has to call end_refresh. With
 * `patient`, waits for a thread that is at it already.
 */
static int begin_refresh(sst_redis_topology_t *topology, int patient,
                         apr_time_t deadline)
{
    apr_time_t now = sst_clock();
    int mine;

    sst_monitor_enter(topology->monitor);
    while (patient && topology->refreshing && sst_clock() < deadline) {
        sst_monitor_wait(topology->monitor, deadline);
    }
    mine = !topology->refreshing
        && now - topology->refreshed_at >= SST_REDIS_REFRESH_MIN;
    if (mine) {
        topology->refreshing = 1;
        topology->doubtful = 0;
    }
    sst_monitor_leave(topology->monitor);
    return mine;
}

static void end_refresh(sst_redis_topology_t *topology,
                        const sst_error_t *failure)
{
    sst_monitor_enter(topology->monitor);
    topology->refreshing = 0;
    topology->refreshed_at = sst_clock();
    topology->failure = *failure;
    sst_monitor_call_all(topology->monitor);
    sst_monitor_leave(topology->monitor);
}

static void refresh(sst_redis_topology_t *topology, int patient,
                    apr_time_t deadline, apr_pool_t *pool)
{
    sst_error_t failure;

    if (begin_refresh(topology, patient, deadline)) {
        sst_error_clear(&failure);
        (void) topology->ops->refresh(topology, deadline, &failure, pool);
        end_refresh(topology, &failure);
    }
}

void sst_redis_topology_refresh(sst_redis_topology_t *topology,
                                apr_time_t deadline, apr_pool_t *pool)
{
    refresh(topology, 1, deadline, pool);
}

void sst_redis_topology_doubt(sst_redis_topology_t *topology)
{
    sst_monitor_enter(topology->monitor);
    topology->doubtful = 1;
    sst_monitor_leave(topology->monitor);
}

void sst_redis_topology_misled(sst_redis_topology_t *topology)
{
    sst_monitor_enter(topology->monitor);
    topology->doubtful = 1;
    topology->misled = 1;
    sst_monitor_leave(topology->monitor);
}

static sst_redis_node_t *find_known(sst_redis_topology_t *topology,
                                    unsigned int slot, int *doubtful)
{
    sst_redis_node_t *node;

    sst_monitor_enter(topology->monitor);
    node = topology->ops->find(topology, slot);
    *doubtful = topology->doubtful;
    sst_monitor_leave(topology->monitor);
    return node;
}

static void last_failure(sst_error_t *out, sst_redis_topology_t *topology)
{
    sst_monitor_enter(topology->monitor);
    *out = topology->failure;
    sst_monitor_leave(topology->monitor);
}

sst_status_t sst_redis_topology_find(sst_redis_node_t **out,
                                     sst_redis_topology_t *topology,
                                     unsigned int slot, apr_time_t deadline,
                                     sst_error_t *err, apr_pool_t *pool)
{
    sst_error_t failure;
    int doubtful;

    *out = find_known(topology, slot, &doubtful);
    if (*out == NULL || doubtful) {
        refresh(topology, *out == NULL, deadline, pool);
        *out = find_known(topology, slot, &doubtful);
    }
    if (*out != NULL) {
        return SST_OK;
    }
    last_failure(&failure, topology);
    if (failure.status != SST_OK) {
        return sst_error_set(err, failure.status, failure.os, "%s",
                             failure.text);
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "no Redis node is known to serve slot %u", slot);
}

sst_status_t sst_redis_topology_redirect(sst_redis_node_t **out,
                                         sst_redis_topology_t *topology,
                                         const sst_redis_node_t *from,
                                         sst_span_t target,
                                         unsigned int slot, int moved,
                                         sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_address_t *here = sst_redis_node_address(from);
    sst_redis_address_t address;
    sst_status_t status;

    *out = NULL;
    if (target.len > 0 && target.data[0] == ':' && here->host != NULL) {
        target = sst_span_text(apr_psprintf(pool, "%s%.*s", here->host,
                                            (int) target.len, target.data));
    }
    status = sst_redis_address_parse(&address, target, SST_REDIS_PORT, 1, err,
                                     pool);
    if (status != SST_OK) {
        return SST_UNAVAILABLE;
    }
    sst_monitor_enter(topology->monitor);
    status = sst_redis_topology_node(out, topology, &topology->data,
                                     &address, err);
    if (status == SST_OK && moved) {
        topology->ops->moved(topology, slot, *out);
        topology->doubtful = 1;
    }
    sst_monitor_leave(topology->monitor);
    return status;
}

sst_status_t sst_redis_topology_primaries(apr_array_header_t **out,
                                          sst_redis_topology_t *topology,
                                          apr_time_t deadline,
                                          sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_node_t *any;
    sst_status_t status;

    *out = apr_array_make(pool, 8, sizeof(sst_redis_node_t *));
    sst_redis_topology_doubt(topology);
    status = sst_redis_topology_find(&any, topology, 0, deadline, err, pool);
    if (status != SST_OK) {
        return status;
    }
    sst_monitor_enter(topology->monitor);
    topology->ops->primaries(*out, topology);
    sst_monitor_leave(topology->monitor);
    return SST_OK;
}

/* All of them, from `pool`. They live as long as the topology: their own locks
 * are taken after its.
 */
static apr_array_header_t *all_nodes(sst_redis_topology_t *topology,
                                     apr_pool_t *pool)
{
    apr_array_header_t *nodes = apr_array_make(pool, 8,
                                               sizeof(sst_redis_node_t *));
    apr_hash_index_t *each;

    sst_monitor_enter(topology->monitor);
    for (each = apr_hash_first(pool, topology->nodes); each != NULL;
         each = apr_hash_next(each)) {
        APR_ARRAY_PUSH(nodes, void *) = apr_hash_this_val(each);
    }
    sst_monitor_leave(topology->monitor);
    return nodes;
}

void sst_redis_topology_usage(sst_redis_usage_t *out,
                              sst_redis_topology_t *topology,
                              apr_pool_t *pool)
{
    apr_array_header_t *nodes = all_nodes(topology, pool);
    int i;

    memset(out, 0, sizeof(*out));
    for (i = 0; i < nodes->nelts; i++) {
        sst_redis_node_usage(out, APR_ARRAY_IDX(nodes, i,
                                                sst_redis_node_t *));
    }
}

void sst_redis_topology_spent(apr_array_header_t *out,
                              sst_redis_topology_t *topology,
                              apr_pool_t *pool)
{
    apr_array_header_t *nodes = all_nodes(topology, pool);
    sst_server_times_t times;
    int i;

    for (i = 0; i < nodes->nelts; i++) {
        if (sst_redis_node_spent(&times, APR_ARRAY_IDX(
                nodes, i, sst_redis_node_t *))) {
            APR_ARRAY_PUSH(out, sst_server_times_t) = times;
        }
    }
}
