/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The input in pieces, and the clock. */

#include "tests/fuzz/feed.h"

#include <string.h>

#define BEGINS_AT apr_time_from_sec(1800000000)
#define READING_TAKES 10        /* us */

static const char separator[] = "\xff\xfe";

static sst_span_t rest;
static int used_up;
static apr_time_t now = BEGINS_AT;

void feed_begin(const uint8_t *data, size_t size)
{
    rest = sst_span(data, size);
    used_up = 0;
    now = BEGINS_AT;
}

unsigned int feed_byte(void)
{
    unsigned int byte = 0;

    if (rest.len > 0) {
        byte = rest.data[0];
        rest = sst_span(rest.data + 1, rest.len - 1);
    }
    return byte;
}

int feed_piece(sst_span_t *out)
{
    apr_size_t len = 0;

    *out = sst_span(NULL, 0);
    if (used_up) {
        return 0;
    }
    while (len < rest.len
           && (rest.len - len < 2
               || memcmp(rest.data + len, separator, 2) != 0)) {
        len++;
    }
    *out = sst_span(rest.data, len);
    used_up = len == rest.len;
    if (!used_up) {
        rest = sst_span(rest.data + len + 2, rest.len - len - 2);
    }
    return 1;
}

apr_time_t __wrap_apr_time_now(void)
{
    now += READING_TAKES;
    return now;
}

apr_time_t __wrap_sst_clock(void)
{
    return __wrap_apr_time_now();
}

apr_time_t __wrap_sst_uptime(void)
{
    return __wrap_apr_time_now() - BEGINS_AT;
}

void __wrap_apr_sleep(apr_interval_time_t time)
{
    now += time;
}

void __wrap_sst_monitor_wait(sst_monitor_t *monitor, apr_time_t deadline)
{
    (void) monitor;
    now = now < deadline ? deadline : now;
}
