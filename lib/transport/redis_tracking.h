/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Hearing of changes: a thread that has each primary tell which keys change
 * (redis.io, "Client-side caching in Redis", broadcasting mode), and that
 * proves again and again that it hears of all of them.
 *
 * A track is one connection that redirects its own tracking to itself, as a
 * subscriber: that is how RESP2 has it, and what breaks one breaks the other.
 * What proves is a PING on the same connection: Redis hands out what has
 * changed at the end of each turn of its event loop, in which it has read the
 * PING, so that the answer comes behind all that changed before the PING was
 * sent.
 */
#ifndef SST_REDIS_TRACKING_H
#define SST_REDIS_TRACKING_H

#include "lib/transport/redis_topology.h"

typedef enum {
    SST_REDIS_TRACK_NOT,        /* not now: asks again after a pause */
    SST_REDIS_TRACK_ON,
    SST_REDIS_TRACK_ANEW        /* with new connections */
} sst_redis_wish_t;

/* Whom the thread tells; all of it is called by that thread alone. */
typedef struct sst_redis_listener_t {
    void *baton;
    sst_span_t prefix;          /* of the keys that count */
    apr_interval_time_t pause;  /* between two proofs */

    /* Asked before each attempt, and at each pause. */
    sst_redis_wish_t (*wanted)(void *baton);

    /* The connections are there, to servers of these numbers (redis_conn.h). */
    void (*armed)(void *baton, const apr_uint64_t *servers, int count);

    /* A key has changed or ended; or, with an empty key, all may have. */
    void (*changed)(void *baton, sst_span_t key);

    /* All that had changed at `asked_at` (sst_uptime's) was told. */
    void (*proved)(void *baton, apr_time_t asked_at);

    /* Nothing is told until it is armed again. */
    void (*lost)(void *baton);

    /* A server does not let us listen; tried again after a longer while. */
    void (*refused)(void *baton, const char *text);
} sst_redis_listener_t;

/* Starts the thread. `pool` is a shared one (redis_thread.h), in which the
 * topology lives; the thread ends before that does, within the time of one
 * connect. The listener is copied. Expected: OK.
 */
sst_status_t sst_redis_tracking_start(sst_redis_topology_t *topology,
                                      const sst_redis_listener_t *listener,
                                      sst_error_t *err,
                                      apr_pool_t *pool) SST_CHECKED;

#endif
