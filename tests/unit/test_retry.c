/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How often and how soon failed calls are repeated. */

#include "tests/unit/unit.h"

#include "lib/clock.h"
#include "lib/transport/retry.h"

#define SECOND apr_time_from_sec(1)

static int retry_once(sst_retry_t *retry, sst_retry_quota_t *quota,
                      sst_retry_reason_t reason)
{
    apr_interval_time_t delay;

    return sst_retry_next(&delay, retry, quota, reason, 0,
                          sst_clock() + 100 * SECOND);
}

static void delays_grow_and_stay_within_their_bounds(void **state)
{
    sst_retry_quota_t quota = { 0 };
    sst_retry_t retry = { 0, 0 };
    apr_interval_time_t delay;
    apr_interval_time_t most = apr_time_from_msec(25);
    int i;

    (void) state;
    for (i = 0; i < 8; i++) {
        assert_true(sst_retry_next(&delay, &retry, &quota,
                                   SST_RETRY_TRANSIENT, 0,
                                   sst_clock() + 1000 * SECOND));
        assert_in_range(delay, 0, most);
        most *= 2;
    }
}

static void a_delay_leaves_half_of_what_is_left(void **state)
{
    sst_retry_quota_t quota = { 0 };
    sst_retry_t retry = { 0, 0 };
    apr_interval_time_t delay;

    (void) state;
    assert_true(sst_retry_next(&delay, &retry, &quota, SST_RETRY_THROTTLED,
                               100 * SECOND, sst_clock() + SECOND));
    assert_in_range(delay, 1, SECOND / 2);
}

static void a_delay_that_the_service_asks_for_is_kept(void **state)
{
    sst_retry_quota_t quota = { 0 };
    sst_retry_t retry = { 0, 0 };
    apr_interval_time_t delay;

    (void) state;
    assert_true(sst_retry_next(&delay, &retry, &quota, SST_RETRY_THROTTLED,
                               3 * SECOND, sst_clock() + 100 * SECOND));
    assert_int_equal(delay, 3 * SECOND);
}

static void nothing_is_repeated_after_the_deadline(void **state)
{
    sst_retry_quota_t quota = { 0 };
    sst_retry_t retry = { 0, 0 };
    apr_interval_time_t delay = 1;

    (void) state;
    assert_false(sst_retry_next(&delay, &retry, &quota, SST_RETRY_LOST, 0,
                                sst_clock() - 1));
    assert_int_equal(delay, 0);
    assert_int_equal(quota.used, 0);
}

static void calls_that_fail_use_the_quota_up(void **state)
{
    sst_retry_quota_t quota = { 0 };
    int retries = 0;
    int i;

    (void) state;
    for (i = 0; i < 100; i++) {
        sst_retry_t retry = { 0, 0 };

        retries += retry_once(&retry, &quota, SST_RETRY_TRANSIENT);
    }
    assert_int_equal(retries, 500 / 14);
}

static void calls_that_succeed_in_the_end_give_back_what_they_took(void **state)
{
    sst_retry_quota_t quota = { 0 };
    int i;

    (void) state;
    for (i = 0; i < 10000; i++) {
        sst_retry_t retry = { 0, 0 };

        assert_true(retry_once(&retry, &quota, SST_RETRY_THROTTLED));
        assert_true(retry_once(&retry, &quota, SST_RETRY_TRANSIENT));
        sst_retry_succeeded(&retry, &quota);
    }
    assert_int_equal(quota.used, 0);
}

static void an_attempt_leaves_time_for_another(void **state)
{
    apr_time_t now = sst_clock();

    (void) state;
    assert_int_equal(sst_retry_attempt_deadline(now, now + 2 * SECOND),
                     now + SECOND);
    assert_int_equal(sst_retry_attempt_deadline(now, now + SECOND / 10),
                     now + SECOND / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(delays_grow_and_stay_within_their_bounds),
        UNIT_TEST(a_delay_leaves_half_of_what_is_left),
        UNIT_TEST(a_delay_that_the_service_asks_for_is_kept),
        UNIT_TEST(nothing_is_repeated_after_the_deadline),
        UNIT_TEST(calls_that_fail_use_the_quota_up),
        UNIT_TEST(calls_that_succeed_in_the_end_give_back_what_they_took),
        UNIT_TEST(an_attempt_leaves_time_for_another)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
