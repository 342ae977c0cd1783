/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The parts of the probe; see probe.c. */
#ifndef SST_TESTS_REDIS_PROBE_H
#define SST_TESTS_REDIS_PROBE_H

#include "lib/store.h"

/* The row of a name: its bytes, then zeros. */
void probe_row(sst_row_t *row, const char *name);

/* A value of `size` bytes with a new token. */
sst_status_t probe_value(sst_span_t *out, sst_version_t *version,
                         apr_uint64_t revision, apr_size_t size,
                         sst_error_t *err, apr_pool_t *pool);

/* Puts a cache in the file `path` in front of the store. */
sst_status_t probe_cache(sst_store_t *store, const char *path,
                         apr_interval_time_t lease, sst_error_t *err,
                         apr_pool_t *pool);

/* What the cache counted and how it stands, as name=number words. */
const char *probe_cache_figures(const sst_store_t *store, apr_pool_t *pool);

typedef struct load_t load_t;

/* Starts `count` threads that read and save, pausing in between. */
load_t *load_start(sst_store_t *store, int count, apr_int64_t pause_us,
                   apr_pool_t *pool);

/* Ends them; answers what they counted, as name=number words. */
const char *load_stop(load_t *load, apr_pool_t *pool);

#endif
