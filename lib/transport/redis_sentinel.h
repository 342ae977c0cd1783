/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Redis Sentinel: who is the primary of a name. */
#ifndef SST_REDIS_SENTINEL_H
#define SST_REDIS_SENTINEL_H

#include "lib/transport/redis_topology.h"

/* Number of sentinels, and each of them. */
int sst_redis_sentinel_count(const sst_redis_topology_t *topology);
sst_redis_node_t *sst_redis_sentinel_at(const sst_redis_topology_t *topology,
                                        int index);

/* What a sentinel says. Each failover raises the epoch, so that of two answers
 * the one with the higher is the newer.
 */
typedef struct sst_redis_primary_t {
    sst_redis_address_t address;
    apr_uint64_t epoch;
} sst_redis_primary_t;

/* Asks one sentinel for the primary; *out lives in `pool`. Expected: OK;
 * UNAVAILABLE, TIMEOUT, DENIED; INVALID when it does not know the name.
 */
sst_status_t sst_redis_sentinel_ask(sst_redis_primary_t *out,
                                    sst_redis_topology_t *topology,
                                    sst_redis_node_t *sentinel,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* Takes `found` for the primary from now on, unless a newer one is known, and
 * uses no connection to another one again. With `certain`, the epoch does not
 * matter. Expected: OK; otherwise everything is as it was.
 */
sst_status_t sst_redis_sentinel_adopt(sst_redis_topology_t *topology,
                                      const sst_redis_primary_t *found,
                                      int certain, sst_error_t *err);

/* Asks the primary whether it has min-replicas-to-write, and notes it in
 * topology->guard. One that does not answer leaves that as it was; one that
 * does not tell the user counts as one without. Answers what is noted.
 */
sst_redis_guard_t sst_redis_sentinel_guard(sst_redis_topology_t *topology,
                                           apr_time_t deadline,
                                           apr_pool_t *pool);

#endif
