/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The connections of redis_tracking.h, one to each primary. They belong to one
 * thread.
 */
#ifndef SST_REDIS_TRACKS_H
#define SST_REDIS_TRACKS_H

#include "lib/transport/redis_tracking.h"

#define SST_REDIS_TRACKS_MAX 128

typedef struct sst_redis_track_t {
    sst_redis_node_t *node;
    sst_redis_conn_t conn;
    apr_time_t asked_at;        /* sst_uptime's, when a proof was asked for
                                 * last; 0: it has come */
    apr_time_t proved_at;       /* when the last one that came was asked for;
                                 * 0: none yet */
} sst_redis_track_t;

typedef struct sst_redis_tracks_t {
    const sst_redis_listener_t *listener;
    int wake_fd;
    int count;
    sst_redis_track_t items[SST_REDIS_TRACKS_MAX];
} sst_redis_tracks_t;

/* Connects to each of the nodes (sst_redis_node_t *) and has it tell. Expected:
 * OK; DENIED when a server refuses to, with a message and the remedy;
 * UNAVAILABLE, TIMEOUT. Whatever the answer, the tracks are to be closed.
 */
sst_status_t sst_redis_tracks_open(sst_redis_tracks_t *out,
                                   const apr_array_header_t *nodes,
                                   const sst_redis_listener_t *listener,
                                   int wake_fd, apr_time_t deadline,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;
void sst_redis_tracks_close(sst_redis_tracks_t *tracks);

/* 1 when these are the nodes of the tracks. */
int sst_redis_tracks_match(const sst_redis_tracks_t *tracks,
                           const apr_array_header_t *nodes);

/* Asks each server for a proof, unless it owes one. Answers LOST when one has
 * owed it for `patience`, or cannot be asked; else FINE.
 */
sst_redis_fate_t sst_redis_tracks_ask(sst_redis_tracks_t *tracks,
                                      apr_interval_time_t patience,
                                      apr_pool_t *pool);

/* Hears and tells until `until` (sst_uptime's): FINE; or until something ends
 * it: LOST, GARBLED, WOKEN.
 */
sst_redis_fate_t sst_redis_tracks_hear(sst_redis_tracks_t *tracks,
                                       apr_time_t until);

#endif
