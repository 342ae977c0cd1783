/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The steps of all histograms of times, so that those of operations and those
 * of servers can be laid side by side.
 */
#ifndef SST_TIMES_H
#define SST_TIMES_H

#include <apr.h>
#include <apr_time.h>

#define SST_BOUNDS 16
#define SST_BUCKETS (SST_BOUNDS + 1)    /* the last one is open */

/* The upper bounds of the buckets, in microseconds, rising: 50 us to 5 s. */
extern const apr_interval_time_t sst_times_bounds[SST_BOUNDS];

/* The bucket that a time belongs to. Any thread. */
int sst_times_bucket(apr_interval_time_t taken);

/* How many times there are, and the bound below which a share of them (per
 * mille) lies: microseconds, -1 when it is beyond the last bound, 0 when there
 * is none.
 */
apr_uint64_t sst_times_count(const apr_uint64_t buckets[SST_BUCKETS]);
apr_interval_time_t sst_times_quantile(const apr_uint64_t buckets[SST_BUCKETS],
                                       int per_mille);

/* Times of one kind of call. Whoever owns it locks. */
typedef struct sst_times_t {
    apr_uint64_t failed;        /* how many of them brought nothing */
    apr_uint64_t total_us;      /* of all together */
    apr_uint64_t buckets[SST_BUCKETS];  /* each its own */
} sst_times_t;

/* Notes one of them. */
void sst_times_note(sst_times_t *times, apr_interval_time_t taken,
                    int has_failed);

/* Times of one server, which `name` ("127.0.0.1:6379") tells from others. */
typedef struct sst_server_times_t {
    const char *name;
    sst_times_t times;
} sst_server_times_t;

#endif
