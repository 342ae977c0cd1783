/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The thread that hears of changes. */

#include "lib/transport/redis_tracking.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/transport/redis_thread.h"
#include "lib/transport/redis_tracks.h"

#define PATIENCE 3          /* pauses that a proof may take to come */
#define REFUSED_PAUSES 20   /* until a server that refused is asked again */
#define INFO_MAX 65536

typedef struct tracking_t {
    sst_redis_topology_t *topology;
    sst_redis_listener_t listener;
    sst_redis_tracks_t tracks;
    apr_thread_t *thread;
    int wake[2];            /* a pipe: written to when it has to end */
    int pauses;             /* to go until the next attempt */
    int eager;              /* the next attempt may come soon */
    apr_pool_t *pool;
} tracking_t;

/* --- Which nodes --- */

/* The primaries: those that are known, where somebody else keeps that up to
 * date; a cluster is asked.
 */
static sst_status_t primaries(apr_array_header_t **out, tracking_t *tracking,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_time_t deadline = sst_clock() + tracking->listener.pause;
    sst_redis_node_t *node;
    sst_status_t status;

    if (tracking->topology->config->form == SST_REDIS_CLUSTER) {
        return sst_redis_topology_primaries(out, tracking->topology, deadline,
                                            err, pool);
    }
    *out = apr_array_make(pool, 1, sizeof(sst_redis_node_t *));
    status = sst_redis_topology_find(&node, tracking->topology, 0, deadline,
                                     err, pool);
    if (status == SST_OK) {
        APR_ARRAY_PUSH(*out, sst_redis_node_t *) = node;
    }
    return status;
}

/* 1 when a node of a cluster serves: one that is cut off from the others goes
 * on telling us of changes, of which there are none.
 */
static sst_status_t check_serves(sst_redis_node_t *node, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("CLUSTER"),
                                sst_span_text("INFO") };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status;

    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 2, argv, err);
    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_node_ask(&replies, node, &request, INFO_MAX, deadline,
                                err, pool);
    if (status == SST_OK && replies.fault == SST_REDIS_FAULT_RIGHTS) {
        status = sst_error_set(err, SST_DENIED, APR_SUCCESS,
                               "not cached, because Redis %s does not tell "
                               "whether it serves: allow ACL SETUSER %s "
                               "+cluster|info", sst_redis_node_name(node),
                               sst_redis_node_user(node));
    }
    if (status == SST_OK) {
        status = sst_redis_reply_mentions(replies.items[0],
                                          "cluster_state:ok")
            ? SST_OK : SST_UNAVAILABLE;
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* The primaries, if all of them serve. */
static sst_status_t serving(apr_array_header_t **out, tracking_t *tracking,
                            sst_error_t *err, apr_pool_t *pool)
{
    apr_time_t deadline = sst_clock() + tracking->listener.pause;
    sst_status_t status = primaries(out, tracking, err, pool);
    int i;

    if (tracking->topology->config->form != SST_REDIS_CLUSTER) {
        return status;
    }
    for (i = 0; status == SST_OK && i < (*out)->nelts; i++) {
        status = check_serves(APR_ARRAY_IDX(*out, i, sst_redis_node_t *),
                              deadline, err, pool);
    }
    return status;
}

/* --- Listening --- */

static void tell_armed(tracking_t *tracking)
{
    apr_uint64_t servers[SST_REDIS_TRACKS_MAX];
    int i;

    for (i = 0; i < tracking->tracks.count; i++) {
        servers[i] = tracking->tracks.items[i].conn.server;
    }
    tracking->listener.armed(tracking->listener.baton, servers,
                             tracking->tracks.count);
}

/* One pause long. Answers 0 when listening is over. */
static int listen_once(tracking_t *tracking, apr_pool_t *pool)
{
    const sst_redis_listener_t *listener = &tracking->listener;
    apr_time_t until = sst_uptime() + listener->pause;
    apr_array_header_t *nodes;

    return sst_redis_tracks_ask(&tracking->tracks,
                                PATIENCE * listener->pause, pool)
           == SST_REDIS_FATE_FINE
        && sst_redis_tracks_hear(&tracking->tracks, until)
           == SST_REDIS_FATE_FINE
        && listener->wanted(listener->baton) == SST_REDIS_TRACK_ON
        && serving(&nodes, tracking, NULL, pool) == SST_OK
        && sst_redis_tracks_match(&tracking->tracks, nodes);
}

static void listen_long(tracking_t *tracking)
{
    apr_pool_t *turn = NULL;
    int on = 1;

    tracking->eager = 1;
    tell_armed(tracking);
    while (on && apr_pool_create(&turn, tracking->pool) == APR_SUCCESS) {
        on = listen_once(tracking, turn);
        apr_pool_destroy(turn);
    }
    tracking->listener.lost(tracking->listener.baton);
}

/* Names may point elsewhere by now. */
static void doubt_names(const tracking_t *tracking)
{
    int i;

    for (i = 0; i < tracking->tracks.count; i++) {
        sst_redis_node_doubt(tracking->tracks.items[i].node);
    }
}

static void attempt(tracking_t *tracking, apr_pool_t *pool)
{
    const sst_redis_listener_t *listener = &tracking->listener;
    apr_time_t deadline = sst_clock() + 4 * listener->pause;
    apr_array_header_t *nodes;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = serving(&nodes, tracking, &err, pool);
    if (status == SST_OK) {
        status = sst_redis_tracks_open(&tracking->tracks, nodes, listener,
                                       tracking->wake[0], deadline, &err,
                                       pool);
    }
    if (status == SST_OK) {
        listen_long(tracking);
        doubt_names(tracking);
    }
    else if (status == SST_DENIED && err.status == SST_DENIED) {
        tracking->pauses = REFUSED_PAUSES;
        listener->refused(listener->baton, err.text);
    }
    sst_redis_tracks_close(&tracking->tracks);
}

static void turn(tracking_t *tracking)
{
    const sst_redis_listener_t *listener = &tracking->listener;
    apr_pool_t *pool = NULL;

    if (listener->wanted(listener->baton) == SST_REDIS_TRACK_NOT
        || tracking->pauses-- > 0
        || apr_pool_create(&pool, tracking->pool) != APR_SUCCESS) {
        return;
    }
    tracking->pauses = 0;
    tracking->eager = 0;
    attempt(tracking, pool);
    apr_pool_destroy(pool);
}

/* Answers 1 when the thread has to end. */
static int pause_between(const tracking_t *tracking)
{
    struct pollfd wake = { tracking->wake[0], POLLIN, 0 };
    int ms = (int) apr_time_as_msec(tracking->listener.pause);

    return poll(&wake, 1, tracking->eager ? ms / 8 : ms) > 0;
}

static void *APR_THREAD_FUNC tracking_main(apr_thread_t *thread, void *data)
{
    do {
        turn(data);
    } while (!pause_between(data));
    return NULL;
}

/* --- Beginning and end --- */

static apr_status_t tracking_stop(void *data)
{
    tracking_t *tracking = data;
    apr_status_t result;
    ssize_t written = write(tracking->wake[1], "", 1);

    if (tracking->thread != NULL && written == 1) {
        apr_thread_join(&result, tracking->thread);
    }
    close(tracking->wake[0]);
    close(tracking->wake[1]);
    return APR_SUCCESS;
}

sst_status_t sst_redis_tracking_start(sst_redis_topology_t *topology,
                                      const sst_redis_listener_t *listener,
                                      sst_error_t *err, apr_pool_t *pool)
{
    tracking_t *tracking;
    apr_pool_t *own = NULL;
    apr_status_t os = apr_pool_create(&own, pool);

    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "no memory for the Redis tracking");
    }
    tracking = apr_pcalloc(own, sizeof(*tracking));
    tracking->topology = topology;
    tracking->listener = *listener;
    tracking->pool = own;
    if (pipe(tracking->wake) < 0) {
        return sst_error_set(err, SST_INTERNAL, apr_get_os_error(),
                             "cannot make the pipe of the Redis tracking");
    }
    (void) fcntl(tracking->wake[0], F_SETFD, FD_CLOEXEC);
    (void) fcntl(tracking->wake[1], F_SETFD, FD_CLOEXEC);
    apr_pool_pre_cleanup_register(own, tracking, tracking_stop);
    os = sst_redis_thread_start(&tracking->thread, tracking_main, tracking,
                                own);
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot start the thread of the Redis "
                             "tracking");
    }
    return SST_OK;
}
