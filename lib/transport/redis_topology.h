/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which node has a key: one node, the primary that Sentinel names, or a slot's
 * primary in a cluster. One ops table per form; the nodes and the rule that
 * one thread at a time looks anew are common to all.
 *
 * The topology's lock guards its picture and is never held during I/O, nor
 * together with a lock of a node. Any thread may call.
 */
#ifndef SST_REDIS_TOPOLOGY_H
#define SST_REDIS_TOPOLOGY_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "lib/monitor.h"
#include "lib/status.h"
#include "lib/transport/redis_config.h"
#include "lib/transport/redis_node.h"

/* Nobody looks anew more often than this. */
#define SST_REDIS_REFRESH_MIN apr_time_from_msec(100)

typedef struct sst_redis_topology_t sst_redis_topology_t;

typedef struct sst_redis_topology_ops_t {
    /* Sets topology->impl, without I/O; the lock is not held. */
    sst_status_t (*create)(sst_redis_topology_t *topology, sst_error_t *err);

    /* The node of a slot as far as is known, or NULL. The lock is held. */
    sst_redis_node_t *(*find)(sst_redis_topology_t *topology,
                              unsigned int slot);

    /* Asks servers how things are, and takes over what they say. One thread at
     * a time; the lock is not held. Expected: OK.
     */
    sst_status_t (*refresh)(sst_redis_topology_t *topology,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool);

    /* A node said that the slot has moved to `node`. The lock is held. */
    void (*moved)(sst_redis_topology_t *topology, unsigned int slot,
                  sst_redis_node_t *node);

    /* Adds each primary (sst_redis_node_t *) once. The lock is held. */
    void (*primaries)(apr_array_header_t *out,
                      sst_redis_topology_t *topology);
} sst_redis_topology_ops_t;

/* Whether the primary refuses writes that no replica gets. */
typedef enum {
    SST_REDIS_GUARD_UNKNOWN,
    SST_REDIS_GUARD_NONE,
    SST_REDIS_GUARD_REPLICAS        /* it has min-replicas-to-write */
} sst_redis_guard_t;

/* Written by the topology's own files only. */
struct sst_redis_topology_t {
    const sst_redis_topology_ops_t *ops;
    const sst_redis_config_t *config;
    sst_redis_profile_t data;       /* how to speak to nodes with sessions */
    sst_redis_profile_t sentinel;   /* and to sentinels */
    apr_pool_t *pool;               /* allocated from with the lock held */
    sst_monitor_t *monitor;         /* guards what follows; calls when a thread
                                     * has looked anew */
    int refreshing;                 /* a thread is at it */
    int doubtful;                   /* the picture may be out of date */
    int misled;                     /* and whoever drew it, with it */
    apr_time_t refreshed_at;
    sst_error_t failure;            /* of the last refresh, or clear */
    apr_hash_t *nodes;              /* sst_redis_node_t * by name */
    void *impl;
    apr_uint32_t guard;             /* atomic, sst_redis_guard_t (Sentinel) */
};

extern const sst_redis_topology_ops_t sst_redis_single_ops;
extern const sst_redis_topology_ops_t sst_redis_sentinel_ops;
extern const sst_redis_topology_ops_t sst_redis_cluster_ops;

/* `pool` has to be a shared one (redis_thread.h). No I/O. */
sst_status_t sst_redis_topology_create(sst_redis_topology_t **out,
                                       const sst_redis_config_t *config,
                                       const sst_redis_access_t *access,
                                       sst_redis_resolver_t *resolver,
                                       sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

/* The node of a slot; looks for it when it is not known. Expected: OK;
 * UNAVAILABLE, TIMEOUT, DENIED with a message.
 */
sst_status_t sst_redis_topology_find(sst_redis_node_t **out,
                                     sst_redis_topology_t *topology,
                                     unsigned int slot, apr_time_t deadline,
                                     sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;

/* Looks anew, or waits for the thread that does. Its failure is found out by
 * the next find.
 */
void sst_redis_topology_refresh(sst_redis_topology_t *topology,
                                apr_time_t deadline, apr_pool_t *pool);

/* The picture may be out of date: the next find looks anew. */
void sst_redis_topology_doubt(sst_redis_topology_t *topology);

/* The picture led to a node that cannot serve: the same, but another server is
 * asked for it first, since the last one may be cut off from the others.
 */
void sst_redis_topology_misled(sst_redis_topology_t *topology);

/* The node at `target` (host:port, the host may be empty: that of `from`),
 * where a slot moved to, or only one of its keys. Expected: OK; UNAVAILABLE.
 */
sst_status_t sst_redis_topology_redirect(sst_redis_node_t **out,
                                         sst_redis_topology_t *topology,
                                         const sst_redis_node_t *from,
                                         sst_span_t target,
                                         unsigned int slot, int moved,
                                         sst_error_t *err,
                                         apr_pool_t *pool) SST_CHECKED;

/* All primaries (array of sst_redis_node_t *). Expected: OK. */
sst_status_t sst_redis_topology_primaries(apr_array_header_t **out,
                                          sst_redis_topology_t *topology,
                                          apr_time_t deadline,
                                          sst_error_t *err,
                                          apr_pool_t *pool) SST_CHECKED;

/* What is open to all nodes that are known, Sentinels among them. No I/O. */
void sst_redis_topology_usage(sst_redis_usage_t *out,
                              sst_redis_topology_t *topology,
                              apr_pool_t *pool);

/* The node at an address, made when it is new. With the lock held. */
sst_status_t sst_redis_topology_node(sst_redis_node_t **out,
                                     sst_redis_topology_t *topology,
                                     const sst_redis_profile_t *profile,
                                     const sst_redis_address_t *address,
                                     sst_error_t *err) SST_CHECKED;

/* Adds the times of its nodes (sst_server_times_t) since the last call. */
void sst_redis_topology_spent(apr_array_header_t *out,
                              sst_redis_topology_t *topology,
                              apr_pool_t *pool);

#endif
