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

/* Asks one sentinel for the primary's address; *out lives in `pool`. Expected:
 * OK; UNAVAILABLE, TIMEOUT, DENIED; INVALID when it does not know the name.
 */
sst_status_t sst_redis_sentinel_ask(sst_redis_address_t *out,
                                    sst_redis_topology_t *topology,
                                    sst_redis_node_t *sentinel,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* Takes `address` for the primary from now on; connections to another one are
 * not used again. Expected: OK; otherwise everything is as it was.
 */
sst_status_t sst_redis_sentinel_adopt(sst_redis_topology_t *topology,
                                      const sst_redis_address_t *address,
                                      sst_error_t *err);

#endif
