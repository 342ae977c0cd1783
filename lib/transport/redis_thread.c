/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Threads without signals, pools with a lock. */

#include "lib/transport/redis_thread.h"

#include <signal.h>

#include <apr_allocator.h>
#include <apr_thread_mutex.h>

sst_status_t sst_redis_shared_pool(apr_pool_t **out, sst_error_t *err,
                                   apr_pool_t *parent)
{
    apr_allocator_t *allocator = NULL;
    apr_thread_mutex_t *mutex;
    apr_status_t os = apr_allocator_create(&allocator);

    *out = NULL;
    if (os == APR_SUCCESS) {
        os = apr_pool_create_ex(out, parent, NULL, allocator);
    }
    if (os == APR_SUCCESS) {
        apr_allocator_owner_set(allocator, *out);
        os = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *out);
    }
    else if (allocator != NULL) {
        apr_allocator_destroy(allocator);
    }
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot make a pool for the Redis store");
    }
    apr_allocator_mutex_set(allocator, mutex);
    return SST_OK;
}

apr_status_t sst_redis_thread_start(apr_thread_t **out,
                                    apr_thread_start_t function, void *data,
                                    apr_pool_t *pool)
{
    sigset_t all;
    sigset_t before;
    apr_status_t os;

    /* A new thread inherits the mask: httpd's handlers expect to run in the
     * threads that httpd made.
     */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    os = apr_thread_create(out, NULL, function, data, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (os != APR_SUCCESS) {
        *out = NULL;
    }
    return os;
}
