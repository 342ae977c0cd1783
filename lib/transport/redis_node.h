/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One node: its address, the connections to it, and its breaker. Opening a
 * connection includes everything up to its first answer: name, socket, TLS,
 * login, database, role.
 *
 * A node lives as long as the process' client, since connections to it may be
 * in use when the topology has forgotten it. Any thread may use it. Of its two
 * locks (the pool's, the breaker's) neither is held while the other is taken,
 * nor during I/O.
 */
#ifndef SST_REDIS_NODE_H
#define SST_REDIS_NODE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/times.h"
#include "lib/transport/redis_address.h"
#include "lib/transport/breaker.h"
#include "lib/transport/redis_conn.h"
#include "lib/transport/redis_login.h"
#include "lib/transport/redis_pool.h"
#include "lib/transport/redis_resolver.h"
#include "lib/transport/redis_tls.h"

/* How to speak to nodes of one kind (data nodes, sentinels). Does not change
 * once a node was made with it.
 */
typedef struct sst_redis_profile_t {
    sst_redis_resolver_t *resolver;
    sst_redis_tls_t *tls;           /* NULL: plain text */
    sst_redis_login_t *login;
    int db;
    int primary_only;               /* the node has to say it is a primary */
    int pool_max;
    apr_interval_time_t idle_age;
    apr_interval_time_t connect_timeout;    /* until the first answer */
} sst_redis_profile_t;

typedef struct sst_redis_node_t sst_redis_node_t;

/* From `pool`, in which the address has to live too. Connects to nothing. */
sst_status_t sst_redis_node_create(sst_redis_node_t **out,
                                   const sst_redis_profile_t *profile,
                                   const sst_redis_address_t *address,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

/* Where it is. */
const sst_redis_address_t *sst_redis_node_address(const sst_redis_node_t *n);

/* For messages. */
const char *sst_redis_node_name(const sst_redis_node_t *node);
const char *sst_redis_node_user(const sst_redis_node_t *node);

/* One exchange with the node on a connection of its pool. */
typedef struct sst_redis_trip_t {
    sst_redis_node_t *node;
    sst_redis_conn_t *conn;
    sst_pass_t pass;
    apr_time_t began_at;
    sst_redis_fault_t fault;        /* why the node refused the opening */
} sst_redis_trip_t;

/* Begins a trip: passes the breaker, takes a connection, opens it where
 * needed. Nothing of the caller's was sent when this fails. Expected: OK;
 * UNAVAILABLE, TIMEOUT, DENIED with a message; trip->fault is PRIMARY when the
 * node is a replica, WAIT when it cannot serve yet, as when it is busy.
 */
sst_status_t sst_redis_trip_begin(sst_redis_trip_t *trip,
                                  sst_redis_node_t *node,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* What a deadline that passed on this trip says about the node: nothing when
 * there was hardly any time left for it.
 */
sst_verdict_t sst_redis_trip_late(const sst_redis_trip_t *trip);

/* Ends a trip that has begun. The connection is kept when it is `reusable`. */
void sst_redis_trip_end(sst_redis_trip_t *trip, int reusable,
                        sst_verdict_t verdict);

/* Sends a request to this very node and reads its replies, which the caller
 * clears; no retry, no redirection. Expected: OK (also when there are error
 * replies: out->fault has the first); UNAVAILABLE, TIMEOUT, DENIED.
 */
sst_status_t sst_redis_node_ask(sst_redis_replies_t *out,
                                sst_redis_node_t *node,
                                const sst_redis_request_t *request,
                                apr_size_t max, apr_time_t deadline,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* Opens a connection of the caller's own, beside the pool and the breaker; the
 * caller closes it, whatever the answer. Expected: OK; UNAVAILABLE, TIMEOUT,
 * DENIED with a message.
 */
sst_status_t sst_redis_node_connect(sst_redis_conn_t *out,
                                    sst_redis_node_t *node,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* Closes the node's idle connections, and those in use after their use. */
void sst_redis_node_flush(sst_redis_node_t *node);

/* The node's name may point elsewhere by now: look it up again soon. */
void sst_redis_node_doubt(sst_redis_node_t *node);

/* Adds the node to *sum. */
void sst_redis_node_usage(sst_redis_usage_t *sum, sst_redis_node_t *node);

/* Hands over the times of trips that have ended since the last call: 1, or 0
 * when there were none. The name lives as long as the node.
 */
int sst_redis_node_spent(sst_server_times_t *out, sst_redis_node_t *node);

#endif
