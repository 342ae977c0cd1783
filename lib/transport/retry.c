/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Delays with full jitter, and the quota of retries. */

#include "lib/transport/retry.h"

#include <apr_atomic.h>

#include "lib/clock.h"
#include "lib/crypto.h"

#define QUOTA_TOKENS 500
#define COST_TRANSIENT 14
#define COST_THROTTLED 5
#define BASE_LOST apr_time_from_msec(5)
#define LOST_MAX apr_time_from_msec(50)
#define BASE_TRANSIENT apr_time_from_msec(25)
#define BASE_THROTTLED apr_time_from_msec(50)
#define DELAY_MAX apr_time_from_sec(20)
#define RETRIES_MAX 16
#define ATTEMPT_MIN apr_time_from_msec(300)

static int quota_take(sst_retry_quota_t *quota, apr_uint32_t cost)
{
    apr_uint32_t used = apr_atomic_read32(&quota->used);
    apr_uint32_t seen;

    while (used + cost <= QUOTA_TOKENS) {
        seen = apr_atomic_cas32(&quota->used, used + cost, used);
        if (seen == used) {
            return 1;
        }
        used = seen;
    }
    return 0;
}

static void quota_give(sst_retry_quota_t *quota, apr_uint32_t tokens)
{
    apr_uint32_t used = apr_atomic_read32(&quota->used);
    apr_uint32_t left;
    apr_uint32_t seen;

    for (;;) {
        left = used > tokens ? used - tokens : 0;
        seen = apr_atomic_cas32(&quota->used, left, used);
        if (seen == used) {
            return;
        }
        used = seen;
    }
}

/* A random share of `span`. Without random numbers: all of it. */
static apr_interval_time_t random_share(apr_interval_time_t span)
{
    apr_uint32_t random = APR_UINT32_MAX;

    if (sst_random(&random, sizeof(random), NULL) != SST_OK) {
        return span;
    }
    return (apr_interval_time_t) ((double) span * random / APR_UINT32_MAX);
}

typedef struct pace_t {
    apr_uint32_t cost;              /* tokens */
    apr_interval_time_t base;       /* longest first delay; then twice, ... */
    apr_interval_time_t max;
} pace_t;

static const pace_t paces[] = {
    [SST_RETRY_LOST] = { COST_TRANSIENT, BASE_LOST, LOST_MAX },
    [SST_RETRY_TRANSIENT] = { COST_TRANSIENT, BASE_TRANSIENT, DELAY_MAX },
    [SST_RETRY_THROTTLED] = { COST_THROTTLED, BASE_THROTTLED, DELAY_MAX }
};

static apr_interval_time_t full_jitter(int count, const pace_t *pace)
{
    apr_interval_time_t span = pace->base << count;

    return random_share(span < pace->max ? span : pace->max);
}

int sst_retry_next(apr_interval_time_t *delay, sst_retry_t *retry,
                   sst_retry_quota_t *quota, sst_retry_reason_t reason,
                   apr_interval_time_t asked, apr_time_t deadline)
{
    const pace_t *pace = &paces[reason];
    apr_interval_time_t left = deadline - sst_clock();
    apr_interval_time_t wait;

    *delay = 0;
    if (left <= 0 || retry->count >= RETRIES_MAX
        || !quota_take(quota, pace->cost)) {
        return 0;
    }
    wait = full_jitter(retry->count, pace);
    if (wait < asked) {
        wait = asked;
    }
    retry->count++;
    retry->taken += pace->cost;
    /* Half of what is left stays for the attempt itself. */
    *delay = wait < left / 2 ? wait : left / 2;
    return 1;
}

void sst_retry_succeeded(sst_retry_t *retry, sst_retry_quota_t *quota)
{
    if (apr_atomic_read32(&quota->used) > 0) {
        quota_give(quota, retry->taken + 1);
    }
    retry->taken = 0;
}

apr_time_t sst_retry_attempt_deadline(apr_time_t now, apr_time_t deadline)
{
    apr_interval_time_t left = deadline - now;
    apr_interval_time_t attempt = left / 2;

    if (attempt < ATTEMPT_MIN) {
        attempt = ATTEMPT_MIN;
    }
    return now + (attempt < left ? attempt : left);
}
