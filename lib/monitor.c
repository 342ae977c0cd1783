/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* APR does not let us choose a condition's clock. */

#include "lib/monitor.h"

#include <pthread.h>
#include <time.h>

#include "lib/clock.h"

#define WAIT_MAX apr_time_from_sec(3600)    /* far from any overflow */

struct sst_monitor_t {
    pthread_mutex_t mutex;
    pthread_cond_t called;
};

static apr_status_t monitor_end(void *data)
{
    sst_monitor_t *monitor = data;

    (void) pthread_cond_destroy(&monitor->called);
    (void) pthread_mutex_destroy(&monitor->mutex);
    return APR_SUCCESS;
}

static int make_condition(pthread_cond_t *called)
{
    pthread_condattr_t attributes;
    int failure = pthread_condattr_init(&attributes);

    if (failure == 0) {
        failure = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (failure == 0) {
            failure = pthread_cond_init(called, &attributes);
        }
        (void) pthread_condattr_destroy(&attributes);
    }
    return failure;
}

sst_status_t sst_monitor_create(sst_monitor_t **out, const char *what,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_monitor_t *monitor = apr_pcalloc(pool, sizeof(*monitor));
    int failure = pthread_mutex_init(&monitor->mutex, NULL);

    *out = NULL;
    if (failure == 0) {
        failure = make_condition(&monitor->called);
        if (failure != 0) {
            (void) pthread_mutex_destroy(&monitor->mutex);
        }
    }
    if (failure != 0) {
        return sst_error_set(err, SST_INTERNAL, failure,
                             "cannot make the lock of %s", what);
    }
    apr_pool_cleanup_register(pool, monitor, monitor_end,
                              apr_pool_cleanup_null);
    *out = monitor;
    return SST_OK;
}

void sst_monitor_enter(sst_monitor_t *monitor)
{
    (void) pthread_mutex_lock(&monitor->mutex);
}

void sst_monitor_leave(sst_monitor_t *monitor)
{
    (void) pthread_mutex_unlock(&monitor->mutex);
}

void sst_monitor_wait(sst_monitor_t *monitor, apr_time_t deadline)
{
    apr_interval_time_t left = deadline - sst_clock();
    struct timespec until = { 0, 0 };

    if (left <= 0) {
        return;
    }
    left = left < WAIT_MAX ? left : WAIT_MAX;
    (void) clock_gettime(CLOCK_MONOTONIC, &until);
    left += until.tv_nsec / 1000;
    until.tv_sec += (time_t) apr_time_sec(left);
    until.tv_nsec = (long) apr_time_usec(left) * 1000;
    (void) pthread_cond_timedwait(&monitor->called, &monitor->mutex, &until);
}

void sst_monitor_call_one(sst_monitor_t *monitor)
{
    (void) pthread_cond_signal(&monitor->called);
}

void sst_monitor_call_all(sst_monitor_t *monitor)
{
    (void) pthread_cond_broadcast(&monitor->called);
}
