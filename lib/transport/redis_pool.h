/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The connections of one process to one node: at most so many, the one used
 * last first, none older than its idle age, none from before a flush.
 *
 * Its monitor is entered for a few instructions only: never while connecting,
 * closing, reading or writing, and never together with another lock.
 */
#ifndef SST_REDIS_POOL_H
#define SST_REDIS_POOL_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/redis_conn.h"

#define SST_REDIS_POOL_MAX 1024     /* largest size of a pool */

typedef struct sst_redis_pool_t sst_redis_pool_t;

/* What is open, summed over nodes. */
typedef struct sst_redis_usage_t {
    apr_uint32_t nodes;
    apr_uint32_t left_alone;        /* of them, by their breakers */
    apr_uint32_t connections_max;
    apr_uint32_t connections_open;  /* those in use among them */
    apr_uint32_t connections_used;
    apr_uint32_t waits;             /* how often, ever, none was free */
} sst_redis_usage_t;

/* An empty pool of `max` connections, from and ended with `pool`. */
sst_status_t sst_redis_pool_create(sst_redis_pool_t **out, int max,
                                   apr_interval_time_t idle_age,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

/* Takes a connection: one that is open and was quiet a moment ago, or a closed
 * one, with its generation set, for the caller to open. Waits while all are
 * taken. Expected: OK; TIMEOUT. To be given back either way.
 */
sst_status_t sst_redis_pool_take(sst_redis_conn_t **out,
                                 sst_redis_pool_t *conns, const char *name,
                                 apr_time_t deadline,
                                 sst_error_t *err) SST_CHECKED;

/* Gives a connection back: to be used again when it is open and `reusable`. */
void sst_redis_pool_give(sst_redis_pool_t *conns, sst_redis_conn_t *conn,
                         int reusable);

/* Closes the connections that nobody uses, and those in use when they are
 * given back.
 */
void sst_redis_pool_flush(sst_redis_pool_t *conns);

/* Adds the pool's connections to *sum. */
void sst_redis_pool_usage(sst_redis_usage_t *sum, sst_redis_pool_t *conns);

#endif
