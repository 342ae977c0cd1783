/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Numbers as people read them. */

#include "mod_session_store/status_text.h"

#include <apr_strings.h>

const char *sst_text_grouped(apr_uint64_t value, apr_pool_t *pool)
{
    const char *text = "";

    while (value >= 1000) {
        text = apr_psprintf(pool, ",%03u%s", (unsigned) (value % 1000), text);
        value /= 1000;
    }
    text = apr_psprintf(pool, "%u%s", (unsigned) value, text);
    return text;
}

const char *sst_text_compact(apr_uint64_t value, apr_pool_t *pool)
{
    static const char units[] = "kMGTPE";
    double scaled = (double) value / 1000;
    int unit = 0;

    if (value < 10000) {
        return sst_text_grouped(value, pool);
    }
    /* What would be rounded up to 1000 belongs to the next unit. */
    while (scaled >= 999.5 && units[unit + 1] != '\0') {
        scaled /= 1000;
        unit++;
    }
    return apr_psprintf(pool, "%.*f %c",
                        scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0, scaled,
                        units[unit]);
}

const char *sst_text_duration(apr_interval_time_t us, apr_pool_t *pool)
{
    if (us >= APR_USEC_PER_SEC) {
        return apr_psprintf(pool, "%" APR_TIME_T_FMT " s",
                            us / APR_USEC_PER_SEC);
    }
    if (us >= 1000) {
        return apr_psprintf(pool, "%" APR_TIME_T_FMT " ms", us / 1000);
    }
    return apr_psprintf(pool, "%" APR_TIME_T_FMT " µs", us);
}

const char *sst_text_ago(apr_interval_time_t time, apr_pool_t *pool)
{
    apr_int64_t s = apr_time_sec(time);

    if (s < 120) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT " s", s);
    }
    if (s < 2 * 60 * 60) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT " min", s / 60);
    }
    if (s < 2 * 24 * 60 * 60) {
        return apr_psprintf(pool, "%" APR_INT64_T_FMT " h", s / (60 * 60));
    }
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " days",
                        s / (24 * 60 * 60));
}

const char *sst_text_quantile(const apr_uint64_t buckets[SST_BUCKETS],
                              int per_mille, apr_pool_t *pool)
{
    apr_interval_time_t bound = sst_times_quantile(buckets, per_mille);

    return bound < 0
        ? apr_pstrcat(pool, "over ", sst_text_duration(
            sst_times_bounds[SST_BOUNDS - 1], pool), NULL)
        : apr_pstrcat(pool, "≤ ", sst_text_duration(bound, pool), NULL);
}
