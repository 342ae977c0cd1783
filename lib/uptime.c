/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The clock that nobody sets. */

#include "lib/uptime.h"

#include <time.h>

#ifdef CLOCK_BOOTTIME
#define CLOCK CLOCK_BOOTTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

apr_time_t sst_uptime(void)
{
    struct timespec now = { 0, 0 };

    (void) clock_gettime(CLOCK, &now);
    return apr_time_make(now.tv_sec, now.tv_nsec / 1000);
}
