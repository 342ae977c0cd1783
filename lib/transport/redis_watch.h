/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The Sentinel watcher: a thread per process that hears of a planned failover
 * at once. Without it the old primary would go on taking our writes for
 * seconds, all of them lost when it becomes a replica.
 *
 * It subscribes to +switch-master at one sentinel, and asks it each second as
 * a backstop, and one of the others in turn, so that a sentinel that was cut
 * off with a primary of old is not believed for long. It ends, within the time
 * of one connect, with its pool.
 */
#ifndef SST_REDIS_WATCH_H
#define SST_REDIS_WATCH_H

#include "lib/transport/redis_topology.h"

#define SST_REDIS_WATCH_POLL apr_time_from_sec(1)

/* Starts the watcher of a Sentinel topology; `pool` is a shared one. */
sst_status_t sst_redis_watch_start(sst_redis_topology_t *topology,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

#endif
