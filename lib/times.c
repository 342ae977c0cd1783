/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The steps of histograms. */

#include "lib/times.h"

const apr_interval_time_t sst_times_bounds[SST_BOUNDS] = {
    50, 100, 200, 500,
    1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000,
    1000000, 2000000, 5000000
};

int sst_times_bucket(apr_interval_time_t taken)
{
    int i = 0;

    while (i < SST_BOUNDS && taken > sst_times_bounds[i]) {
        i++;
    }
    return i;
}

apr_uint64_t sst_times_count(const apr_uint64_t buckets[SST_BUCKETS])
{
    apr_uint64_t count = 0;
    int i;

    for (i = 0; i < SST_BUCKETS; i++) {
        count += buckets[i];
    }
    return count;
}

apr_interval_time_t sst_times_quantile(const apr_uint64_t buckets[SST_BUCKETS],
                                       int per_mille)
{
    apr_uint64_t count = sst_times_count(buckets);
    apr_uint64_t wanted = (count * (apr_uint64_t) per_mille + 999) / 1000;
    apr_uint64_t seen = 0;
    int i;

    if (count == 0) {
        return 0;
    }
    for (i = 0; i < SST_BOUNDS; i++) {
        seen += buckets[i];
        if (seen >= wanted) {
            return sst_times_bounds[i];
        }
    }
    return -1;
}

void sst_times_note(sst_times_t *times, apr_interval_time_t taken,
                    int has_failed)
{
    times->failed += has_failed ? 1 : 0;
    times->total_us += (apr_uint64_t) taken;
    times->buckets[sst_times_bucket(taken)]++;
}
