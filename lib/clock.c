/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* APR has no clock but the time of day. */

#include "lib/clock.h"

#include <time.h>

#include <apr_atomic.h>

#ifdef CLOCK_BOOTTIME
#define CLOCK CLOCK_BOOTTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

/* What is added to the uptime; 0 before the first use. */
static apr_uint64_t begun_at;

apr_time_t sst_uptime(void)
{
    struct timespec now = { 0, 0 };

    /* It cannot fail: every Linux has this clock. */
    (void) clock_gettime(CLOCK, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

apr_time_t sst_clock(void)
{
    apr_uint64_t begin = apr_atomic_read64(&begun_at);

    if (begin == 0) {
        /* Of several threads that come here at once, one sets it for all. */
        begin = (apr_uint64_t) (apr_time_now() - sst_uptime());
        (void) apr_atomic_cas64(&begun_at, begin, 0);
        begin = apr_atomic_read64(&begun_at);
    }
    return (apr_time_t) begin + sst_uptime();
}
