/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Numbers as people read them, for the status page. Texts are from `pool`. */
#ifndef SST_STATUS_TEXT_H
#define SST_STATUS_TEXT_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/times.h"

/* 1234567 as "1,234,567". */
const char *sst_text_grouped(apr_uint64_t value, apr_pool_t *pool);

/* 1234567 as "1.23 M", where there is little room. */
const char *sst_text_compact(apr_uint64_t value, apr_pool_t *pool);

/* 500 as "500 µs", 2000 as "2 ms". */
const char *sst_text_duration(apr_interval_time_t us, apr_pool_t *pool);

/* How long something is over: "90 s", "5 min". */
const char *sst_text_ago(apr_interval_time_t time, apr_pool_t *pool);

/* The bound below which a share of times (per mille) lies: "≤ 2 ms". */
const char *sst_text_quantile(const apr_uint64_t buckets[SST_BUCKETS],
                              int per_mille, apr_pool_t *pool);

#endif
