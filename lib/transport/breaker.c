/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The circuit breaker: a counter and a time under a mutex. */

#include "lib/transport/breaker.h"

#include <apr_thread_mutex.h>

struct sst_breaker_t {
    apr_thread_mutex_t *mutex;      /* guards what follows */
    int limit;
    apr_interval_time_t pause;
    int failures;                   /* in a row */
    apr_time_t closed_until;        /* no call before; while failures >= limit */
};

sst_status_t sst_breaker_make(sst_breaker_t **out, int failures,
                              apr_interval_time_t pause, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_breaker_t *breaker = apr_pcalloc(pool, sizeof(*breaker));
    apr_status_t rv;

    *out = NULL;
    breaker->limit = failures;
    breaker->pause = pause;
    rv = apr_thread_mutex_create(&breaker->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pool);
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv, "no mutex could be made");
    }
    *out = breaker;
    return SST_OK;
}

int sst_breaker_allow(sst_breaker_t *breaker, apr_time_t now)
{
    int allowed = 1;

    (void) apr_thread_mutex_lock(breaker->mutex);
    if (breaker->failures >= breaker->limit) {
        allowed = now >= breaker->closed_until;
        if (allowed) {
            /* This caller tries; the others wait for one more pause. */
            breaker->closed_until = now + breaker->pause;
        }
    }
    (void) apr_thread_mutex_unlock(breaker->mutex);
    return allowed;
}

void sst_breaker_report(sst_breaker_t *breaker, int answered, apr_time_t now)
{
    (void) apr_thread_mutex_lock(breaker->mutex);
    if (answered) {
        breaker->failures = 0;
    }
    else if (breaker->failures < breaker->limit) {
        breaker->failures++;
        breaker->closed_until = now + breaker->pause;
    }
    (void) apr_thread_mutex_unlock(breaker->mutex);
}
