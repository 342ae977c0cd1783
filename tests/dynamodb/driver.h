/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the parts of the test driver share. */
#ifndef SST_TESTS_DYNAMODB_DRIVER_H
#define SST_TESTS_DYNAMODB_DRIVER_H

#include <apr_pools.h>

#include <jansson.h>

#include "lib/store.h"

/* {"status": ..., "error": ...} */
json_t *driver_answer(sst_status_t status, const sst_error_t *err);

/* A value: the version, then the body. */
sst_span_t driver_value(const sst_version_t *version, sst_span_t body,
                        apr_pool_t *pool);

/* `threads` threads make `updates` increments of the number that the record at
 * `row` holds (it is created), each by reading and a compare-and-set until it
 * is in. Answers the count that is stored at the end, and what failed.
 */
json_t *driver_hammer(sst_store_t *store, const sst_row_t *row, int threads,
                      int updates, apr_int64_t timeout_ms, apr_pool_t *pool);

/* `threads` threads read and touch the record at `row` for `ms`. Answers how
 * many calls were made, how many failed, the first failure, and the longest
 * call in milliseconds.
 */
json_t *driver_load(sst_store_t *store, const sst_row_t *row, int threads,
                    apr_int64_t ms, apr_int64_t timeout_ms, apr_pool_t *pool);

typedef struct driver_visit_t {
    const json_t *entries;      /* of each session */
    int noise;                  /* bytes of one more, which deflate badly */
    int user;                   /* each signs in under a name of his own */
    int visitors;
    int views;                  /* pages; each seventh changes the session */
    int apart_s;                /* between two, as the touch rule sees it */
} driver_visit_t;

/* Visitors sign in and look at pages. Answers OK, or what failed. */
json_t *driver_views(sst_store_t *store, const driver_visit_t *visit,
                     apr_pool_t *pool);

#endif
