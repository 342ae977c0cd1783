/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The pool: a stack of open connections beside a stack of closed ones. */

#include "lib/transport/redis_pool.h"

#include "lib/clock.h"
#include "lib/monitor.h"

struct sst_redis_pool_t {
    sst_monitor_t *monitor;         /* guards what follows; calls when somebody
                                     * gave a connection back */
    apr_uint32_t generation;
    apr_uint32_t waits;
    int open_count;
    int closed_count;
    sst_redis_conn_t **open;        /* the one used last is on top */
    sst_redis_conn_t **closed;
    int max;
    apr_interval_time_t idle_age;
    sst_redis_conn_t *conns;        /* all of them */
};

static apr_status_t pool_end(void *data)
{
    sst_redis_pool_t *conns = data;
    int i;

    for (i = 0; i < conns->max; i++) {
        sst_redis_conn_close(&conns->conns[i]);
    }
    return APR_SUCCESS;
}

sst_status_t sst_redis_pool_create(sst_redis_pool_t **out, int max,
                                   apr_interval_time_t idle_age,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_pool_t *conns = apr_pcalloc(pool, sizeof(*conns));
    apr_size_t slots = (apr_size_t) max;
    sst_status_t status = sst_monitor_create(&conns->monitor,
                                             "a connection pool", err, pool);
    int i;

    *out = NULL;
    if (status != SST_OK) {
        return status;
    }
    conns->max = max;
    conns->idle_age = idle_age;
    conns->conns = apr_pcalloc(pool, slots * sizeof(*conns->conns));
    /* NOLINTBEGIN(bugprone-sizeof-expression): they hold pointers */
    conns->open = apr_pcalloc(pool, slots * sizeof(*conns->open));
    conns->closed = apr_pcalloc(pool, slots * sizeof(*conns->closed));
    /* NOLINTEND(bugprone-sizeof-expression) */
    for (i = 0; i < max; i++) {
        sst_redis_conn_init(&conns->conns[i]);
        conns->closed[conns->closed_count++] = &conns->conns[i];
    }
    apr_pool_cleanup_register(pool, conns, pool_end, apr_pool_cleanup_null);
    *out = conns;
    return SST_OK;
}

/* Inside the monitor: the best connection there is, or NULL by the deadline.
 */
static sst_redis_conn_t *take_any(sst_redis_pool_t *conns,
                                  apr_time_t deadline)
{
    if (conns->open_count == 0 && conns->closed_count == 0) {
        conns->waits++;
    }
    while (conns->open_count == 0 && conns->closed_count == 0) {
        if (sst_clock() >= deadline) {
            return NULL;
        }
        sst_monitor_wait(conns->monitor, deadline);
    }
    if (conns->open_count > 0) {
        return conns->open[--conns->open_count];
    }
    return conns->closed[--conns->closed_count];
}

static int is_usable(const sst_redis_conn_t *conn, apr_uint32_t generation,
                     apr_interval_time_t idle_age)
{
    apr_time_t now = sst_clock();

    return conn->fd >= 0 && conn->generation == generation
        && now - conn->used_at < idle_age
        && sst_redis_conn_is_quiet(conn, now);
}

sst_status_t sst_redis_pool_take(sst_redis_conn_t **out,
                                 sst_redis_pool_t *conns, const char *name,
                                 apr_time_t deadline, sst_error_t *err)
{
    apr_uint32_t generation;

    sst_monitor_enter(conns->monitor);
    *out = take_any(conns, deadline);
    generation = conns->generation;
    sst_monitor_leave(conns->monitor);
    if (*out == NULL) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "no connection to Redis %s became free in time: "
                             "all %d of pool= are in use", name, conns->max);
    }
    if (!is_usable(*out, generation, conns->idle_age)) {
        sst_redis_conn_close(*out);
        (*out)->generation = generation;
    }
    return SST_OK;
}

/* Inside the monitor: takes out the connection that was idle for longest,
 * when it is past its age or from before a flush; or NULL.
 */
static sst_redis_conn_t *take_stale(sst_redis_pool_t *conns, apr_time_t now)
{
    sst_redis_conn_t *oldest = conns->open_count > 0 ? conns->open[0] : NULL;
    int i;

    if (oldest == NULL
        || (oldest->generation == conns->generation
            && now - oldest->used_at < conns->idle_age)) {
        return NULL;
    }
    conns->open_count--;
    for (i = 0; i < conns->open_count; i++) {
        conns->open[i] = conns->open[i + 1];
    }
    return oldest;
}

/* Inside the monitor. */
static void put_closed(sst_redis_pool_t *conns, sst_redis_conn_t *conn)
{
    conns->closed[conns->closed_count++] = conn;
    sst_monitor_call_one(conns->monitor);
}

void sst_redis_pool_give(sst_redis_pool_t *conns, sst_redis_conn_t *conn,
                         int reusable)
{
    apr_time_t now = sst_clock();
    sst_redis_conn_t *stale = NULL;

    if (!reusable) {
        sst_redis_conn_close(conn);
    }
    sst_monitor_enter(conns->monitor);
    conn->used_at = now;
    if (conn->fd < 0) {
        put_closed(conns, conn);
    }
    else if (conn->generation != conns->generation) {
        stale = conn;
    }
    else {
        conns->open[conns->open_count++] = conn;
        sst_monitor_call_one(conns->monitor);
        stale = take_stale(conns, now);
    }
    sst_monitor_leave(conns->monitor);
    if (stale != NULL) {
        sst_redis_conn_close(stale);
        sst_monitor_enter(conns->monitor);
        put_closed(conns, stale);
        sst_monitor_leave(conns->monitor);
    }
}

void sst_redis_pool_flush(sst_redis_pool_t *conns)
{
    sst_redis_conn_t *stale;

    sst_monitor_enter(conns->monitor);
    conns->generation++;
    stale = take_stale(conns, sst_clock());
    while (stale != NULL) {
        sst_monitor_leave(conns->monitor);
        sst_redis_conn_close(stale);
        sst_monitor_enter(conns->monitor);
        put_closed(conns, stale);
        stale = take_stale(conns, sst_clock());
    }
    sst_monitor_leave(conns->monitor);
}

void sst_redis_pool_usage(sst_redis_usage_t *sum, sst_redis_pool_t *conns)
{
    int used;

    sst_monitor_enter(conns->monitor);
    used = conns->max - conns->open_count - conns->closed_count;
    sum->connections_max += (apr_uint32_t) conns->max;
    sum->connections_open += (apr_uint32_t) (used + conns->open_count);
    sum->connections_used += (apr_uint32_t) used;
    sum->waits += conns->waits;
    sst_monitor_leave(conns->monitor);
}
