/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Threads of our own inside somebody else's process, and the pools that they
 * may share.
 */
#ifndef SST_REDIS_THREAD_H
#define SST_REDIS_THREAD_H

#include <apr_pools.h>
#include <apr_thread_proc.h>

#include "lib/status.h"

/* A pool below `parent` with an allocator and a lock of its own, so that any
 * thread may make and destroy subpools of it. (Allocating from the pool itself
 * still needs a lock of the caller's.)
 */
sst_status_t sst_redis_shared_pool(apr_pool_t **out, sst_error_t *err,
                                   apr_pool_t *parent) SST_CHECKED;

/* Starts a thread that leaves every signal to the host's own threads. *out is
 * NULL when it could not be started.
 */
apr_status_t sst_redis_thread_start(apr_thread_t **out,
                                    apr_thread_start_t function, void *data,
                                    apr_pool_t *pool);

#endif
