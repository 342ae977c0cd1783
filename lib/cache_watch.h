/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the watcher of a cached store tells, written down for all processes of
 * the host; and which process has the watcher.
 *
 * A watcher in each process offers itself; the one that owns the board watches,
 * and another takes over when that is gone, or has not been heard of. Two that
 * watch at the same time (one was stopped, given up, and goes on) do no harm:
 * what each of them proves is true.
 */
#ifndef SST_CACHE_WATCH_H
#define SST_CACHE_WATCH_H

#include "lib/cache_memory.h"

typedef struct sst_cache_watch_t {
    sst_cache_place_t place;
    apr_interval_time_t lease;
    const sst_store_t *store;       /* for notices */
    apr_uint64_t self;              /* this process */
    sst_watcher_t watcher;          /* its baton is this struct */
} sst_cache_watch_t;

/* Fills *out, in the process that will watch. */
void sst_cache_watch_init(sst_cache_watch_t *out,
                          const sst_cache_place_t *place,
                          apr_interval_time_t lease,
                          const sst_store_t *store);

/* Gives the board up, when this process has it. */
void sst_cache_watch_leave(sst_cache_watch_t *watch);

/* The process that has the board, or 0. */
apr_uint32_t sst_cache_watch_owner(const sst_cache_place_t *place);

/* 1 while copies may stand for their records. */
int sst_cache_watch_holds(const sst_cache_place_t *place);

/* 1 when what a server has answered, after `mark`, may be kept: the server is
 * watched. Else the watcher is told to look anew.
 */
int sst_cache_watch_knows(const sst_cache_place_t *place,
                          apr_uint64_t server);

#endif
