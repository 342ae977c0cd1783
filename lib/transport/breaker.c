/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The circuit breaker. */

#include "lib/transport/breaker.h"

sst_pass_t sst_breaker_enter(sst_breaker_t *breaker,
                                         apr_time_t now)
{
    if (breaker->open_until == 0) {
        return SST_PASS_YES;
    }
    if (breaker->probing || now < breaker->open_until) {
        return SST_PASS_NO;
    }
    breaker->probing = 1;
    return SST_PASS_PROBE;
}

/* Between 3/4 and 5/4 of the pause, so that many processes that saw the same
 * failure do not all come back at the same moment.
 */
static apr_interval_time_t jittered(apr_interval_time_t pause, apr_time_t now)
{
    apr_uint32_t mixed = (apr_uint32_t) now * 2654435761U;

    return pause * 3 / 4 + pause / 2 * (mixed >> 16) / 65536;
}

static void open_breaker(sst_breaker_t *breaker, apr_time_t now)
{
    breaker->pause *= 2;
    if (breaker->pause < SST_BREAKER_PAUSE_MIN) {
        breaker->pause = SST_BREAKER_PAUSE_MIN;
    }
    if (breaker->pause > SST_BREAKER_PAUSE_MAX) {
        breaker->pause = SST_BREAKER_PAUSE_MAX;
    }
    breaker->open_until = now + jittered(breaker->pause, now);
}

static void close_breaker(sst_breaker_t *breaker)
{
    breaker->failures = 0;
    breaker->pause = 0;
    breaker->open_until = 0;
}

void sst_breaker_leave(sst_breaker_t *breaker,
                             sst_pass_t pass,
                             sst_verdict_t verdict, apr_time_t now)
{
    if (pass == SST_PASS_PROBE) {
        breaker->probing = 0;
    }
    if (verdict == SST_VERDICT_GOOD) {
        close_breaker(breaker);
        return;
    }
    if (verdict == SST_VERDICT_NONE) {
        return;
    }
    breaker->failures++;
    /* Those who were under way when it opened do not prolong it. */
    if (pass == SST_PASS_PROBE
        || (breaker->open_until == 0
            && breaker->failures >= SST_BREAKER_FAILURES)) {
        open_breaker(breaker, now);
    }
}

int sst_breaker_is_open(const sst_breaker_t *breaker)
{
    return breaker->open_until != 0;
}
