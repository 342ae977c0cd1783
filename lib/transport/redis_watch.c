/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The Sentinel watcher's thread. */

#include "lib/transport/redis_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/transport/redis_sentinel.h"
#include "lib/transport/redis_thread.h"

#define MESSAGE_MAX 65536

typedef struct watch_t {
    sst_redis_topology_t *topology;
    apr_thread_t *thread;
    int wake[2];                /* a pipe: written to when it has to end */
    apr_pool_t *pool;
    int listens_to;             /* index of a sentinel */
    int asks;                   /* of the one that was asked last besides */
} watch_t;

/* Asks a sentinel, for `patience` at most. What it answers is adopted unless
 * somebody knows better by now. Answers 0 when the sentinel fails.
 */
static int poll_sentinel(watch_t *watch, sst_redis_node_t *sentinel,
                         apr_interval_time_t patience, apr_pool_t *pool)
{
    sst_redis_primary_t found;
    sst_status_t status
        = sst_redis_sentinel_ask(&found, watch->topology, sentinel,
                                 sst_clock() + patience, NULL, pool);

    if (status == SST_OK) {
        (void) sst_redis_sentinel_adopt(watch->topology, &found, 0, NULL);
    }
    return status == SST_OK;
}

/* Asks one of the other sentinels, the next one each time. The one that is
 * listened to may have been cut off together with a primary of old, and would
 * go on naming that one: reads from there succeed, so that nothing else would
 * ever tell.
 */
static void ask_another(watch_t *watch, apr_pool_t *pool)
{
    int count = sst_redis_sentinel_count(watch->topology);

    watch->asks = (watch->asks + 1) % count;
    if (watch->asks == watch->listens_to) {
        watch->asks = (watch->asks + 1) % count;
    }
    if (watch->asks != watch->listens_to) {
        (void) poll_sentinel(watch, sst_redis_sentinel_at(watch->topology,
                                                          watch->asks),
                             SST_REDIS_WATCH_POLL / 4, pool);
    }
}

/* --- Listening --- */

static sst_redis_fate_t subscribe(sst_redis_replies_t *replies,
                                  sst_redis_conn_t *conn, const char *name,
                                  apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("SUBSCRIBE"),
                                sst_span_text("+switch-master") };
    sst_redis_request_t request;

    sst_redis_request_init(&request, pool);
    if (sst_redis_request_add(&request, 2, argv, NULL) != SST_OK) {
        return SST_REDIS_FATE_GARBLED;
    }
    return sst_redis_conn_exchange(replies, conn,
                                   sst_redis_request_bytes(&request, 0), 1,
                                   MESSAGE_MAX, name,
                                   sst_clock() + SST_REDIS_WATCH_POLL,
                                   NULL);
}

/* Waits for a message, at most until the next poll is due. What it says does
 * not matter: the sentinel is asked after each.
 */
static sst_redis_fate_t listen_once(sst_redis_conn_t *conn, const char *name)
{
    sst_redis_replies_t replies;
    sst_redis_fate_t fate;

    sst_redis_replies_init(&replies);
    fate = sst_redis_conn_receive(&replies, conn, 1, MESSAGE_MAX, name,
                                  sst_clock() + SST_REDIS_WATCH_POLL, NULL);
    sst_redis_replies_clear(&replies);
    return fate == SST_REDIS_FATE_LATE ? SST_REDIS_FATE_FINE : fate;
}

/* Listens until the sentinel fails or the watcher has to end. */
static sst_redis_fate_t listen_long(watch_t *watch, sst_redis_conn_t *conn,
                                    sst_redis_node_t *sentinel,
                                    apr_pool_t *pool)
{
    const char *name = sst_redis_node_name(sentinel);
    sst_redis_replies_t replies;
    sst_redis_fate_t fate;

    conn->wake_fd = watch->wake[0];
    sst_redis_replies_init(&replies);
    fate = subscribe(&replies, conn, name, pool);
    if (fate == SST_REDIS_FATE_FINE
        && replies.items[0]->type != REDIS_REPLY_ARRAY) {
        fate = SST_REDIS_FATE_GARBLED;
    }
    sst_redis_replies_clear(&replies);
    while (fate == SST_REDIS_FATE_FINE) {
        apr_pool_t *turn = NULL;

        if (apr_pool_create(&turn, watch->pool) != APR_SUCCESS) {
            break;
        }
        fate = SST_REDIS_FATE_LOST;
        if (poll_sentinel(watch, sentinel, SST_REDIS_WATCH_POLL, turn)) {
            ask_another(watch, turn);
            (void) sst_redis_sentinel_guard(watch->topology,
                                            sst_clock()
                                            + SST_REDIS_WATCH_POLL / 4, turn);
            fate = listen_once(conn, name);
        }
        apr_pool_destroy(turn);
    }
    return fate;
}

/* Answers 1 when the watcher has to end. Its connection lies beside the
 * sentinel's pool and breaker: with the breaker's pass, as the one that tries
 * whether the sentinel is back, it would keep itself from asking while it
 * listens. A question that the breaker lets pass comes first, so that one that
 * hangs, or refuses the login, is left alone like any other.
 */
static int watch_one(watch_t *watch, sst_redis_node_t *sentinel)
{
    sst_redis_fate_t fate = SST_REDIS_FATE_LOST;
    sst_redis_conn_t conn;
    apr_pool_t *pool = NULL;

    if (apr_pool_create(&pool, watch->pool) != APR_SUCCESS) {
        return 0;
    }
    sst_redis_conn_init(&conn);
    if (poll_sentinel(watch, sentinel, SST_REDIS_WATCH_POLL, pool)
        && sst_redis_node_connect(&conn, sentinel,
                                  sst_clock() + SST_REDIS_WATCH_POLL, NULL,
                                  pool) == SST_OK) {
        fate = listen_long(watch, &conn, sentinel, pool);
    }
    sst_redis_conn_close(&conn);
    apr_pool_destroy(pool);
    return fate == SST_REDIS_FATE_WOKEN;
}

/* Answers 1 when the watcher has to end. */
static int pause_between(const watch_t *watch)
{
    struct pollfd wake;

    wake.fd = watch->wake[0];
    wake.events = POLLIN;
    wake.revents = 0;
    return poll(&wake, 1, (int) apr_time_as_msec(SST_REDIS_WATCH_POLL) / 4)
        > 0;
}

static void *APR_THREAD_FUNC watch_main(apr_thread_t *thread, void *data)
{
    watch_t *watch = data;
    int count = sst_redis_sentinel_count(watch->topology);

    while (!watch_one(watch, sst_redis_sentinel_at(watch->topology,
                                                   watch->listens_to))
           && !pause_between(watch)) {
        watch->listens_to = (watch->listens_to + 1) % count;
    }
    return NULL;
}

/* --- Beginning and end --- */

static apr_status_t watch_stop(void *data)
{
    watch_t *watch = data;
    apr_status_t result;
    ssize_t written = write(watch->wake[1], "", 1);

    if (watch->thread != NULL && written == 1) {
        apr_thread_join(&result, watch->thread);
    }
    close(watch->wake[0]);
    close(watch->wake[1]);
    return APR_SUCCESS;
}

sst_status_t sst_redis_watch_start(sst_redis_topology_t *topology,
                                   sst_error_t *err, apr_pool_t *pool)
{
    watch_t *watch = apr_pcalloc(pool, sizeof(*watch));
    apr_status_t os;

    watch->topology = topology;
    watch->pool = pool;
    if (pipe(watch->wake) < 0) {
        return sst_error_set(err, SST_INTERNAL, apr_get_os_error(),
                             "cannot make the pipe of the Sentinel watcher");
    }
    (void) fcntl(watch->wake[0], F_SETFD, FD_CLOEXEC);
    (void) fcntl(watch->wake[1], F_SETFD, FD_CLOEXEC);
    apr_pool_pre_cleanup_register(pool, watch, watch_stop);
    os = sst_redis_thread_start(&watch->thread, watch_main, watch, pool);
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot start the thread of the Sentinel "
                             "watcher");
    }
    return SST_OK;
}
