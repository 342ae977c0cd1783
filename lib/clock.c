/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* APR has no clock but the time of day. */

#include "lib/clock.h"

#include <time.h>

#include <apr_atomic.h>

/* What is added to the monotonic time; 0 before the first use. */
static apr_uint64_t begun_at;

static apr_time_t monotonic(void)
{
    struct timespec now;

    /* It cannot fail: every Linux has this clock. */
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

apr_time_t sst_clock(void)
{
    apr_uint64_t begin = apr_atomic_read64(&begun_at);

    if (begin == 0) {
        /* Of several threads that come here at once, one sets it for all. */
        begin = (apr_uint64_t) (apr_time_now() - monotonic());
        (void) apr_atomic_cas64(&begun_at, begin, 0);
        begin = apr_atomic_read64(&begun_at);
    }
    return (apr_time_t) begin + monotonic();
}
