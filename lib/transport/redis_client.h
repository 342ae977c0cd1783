/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Calls to Redis, whatever its form: finds the node of a key, sends, and does
 * what the answer says, until there is a result or the deadline.
 *
 * - Never sent: resent, when there is another node to send to.
 * - The connection ended after sending: sent once more on a new one. Every
 *   request has to bear that: reads, and writes that recognise themselves.
 * - The deadline passed: never sent again.
 *
 * Belongs to the process it was created in; any thread may call.
 */
#ifndef SST_REDIS_CLIENT_H
#define SST_REDIS_CLIENT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/redis_config.h"
#include "lib/transport/redis_node.h"
#include "lib/transport/redis_resp.h"
#include "lib/transport/redis_topology.h"

typedef struct sst_redis_client_t sst_redis_client_t;

/* Makes the client; connects to nothing. With `watch`, a Sentinel watcher is
 * started where there is something to watch. Ends with `parent`.
 */
sst_status_t sst_redis_client_create(sst_redis_client_t **out,
                                     const sst_redis_config_t *config,
                                     const sst_redis_access_t *access,
                                     int watch, sst_error_t *err,
                                     apr_pool_t *parent) SST_CHECKED;

/* Sends a request about one key to the node that has it. The caller clears the
 * replies, whatever the answer. Expected: OK, without an error among the
 * replies; UNAVAILABLE, TIMEOUT, DENIED, CORRUPT with a message, and
 * out->fault when it was Redis that refused.
 */
sst_status_t sst_redis_call(sst_redis_replies_t *out,
                            sst_redis_client_t *client, sst_span_t key,
                            const sst_redis_request_t *request,
                            apr_size_t max, apr_time_t deadline,
                            sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* How many replicas have to confirm an answer: what was configured, or what the
 * primary demands, which is asked once before the watcher has found it out. 1
 * when nobody could tell.
 */
int sst_redis_client_replicas(sst_redis_client_t *client, apr_time_t deadline,
                              apr_pool_t *pool);

/* What the client knows of the nodes. */
sst_redis_topology_t *sst_redis_client_topology(sst_redis_client_t *client);

/* What is open to servers. No I/O. */
void sst_redis_client_usage(sst_redis_usage_t *out,
                            sst_redis_client_t *client, apr_pool_t *pool);

/* Adds the times of the nodes with sessions (sst_server_times_t) since the last
 * call.
 */
void sst_redis_client_spent(apr_array_header_t *out,
                            sst_redis_client_t *client, apr_pool_t *pool);

/* All primaries (array of sst_redis_node_t *). Expected: OK. */
sst_status_t sst_redis_client_primaries(apr_array_header_t **out,
                                        sst_redis_client_t *client,
                                        apr_time_t deadline,
                                        sst_error_t *err,
                                        apr_pool_t *pool) SST_CHECKED;

#endif
