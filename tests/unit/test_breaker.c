/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The circuit breaker, with a clock of the test's own. */

#include "lib/transport/breaker.h"
#include "tests/unit/unit.h"

#define START ((apr_time_t) 1000000000)

static void fail_times(sst_breaker_t *breaker, int count,
                       apr_time_t now)
{
    while (count-- > 0) {
        sst_pass_t pass = sst_breaker_enter(breaker, now);

        assert_int_equal(pass, SST_PASS_YES);
        sst_breaker_leave(breaker, pass, SST_VERDICT_BAD, now);
    }
}

static sst_breaker_t opened(apr_time_t now)
{
    sst_breaker_t breaker;

    memset(&breaker, 0, sizeof(breaker));
    fail_times(&breaker, SST_BREAKER_FAILURES, now);
    return breaker;
}

static void failures_in_a_row_open_it(void **state)
{
    sst_breaker_t breaker;

    memset(&breaker, 0, sizeof(breaker));
    fail_times(&breaker, SST_BREAKER_FAILURES - 1, START);
    assert_int_equal(sst_breaker_enter(&breaker, START),
                     SST_PASS_YES);
    sst_breaker_leave(&breaker, SST_PASS_YES,
                            SST_VERDICT_BAD, START);
    assert_int_equal(sst_breaker_enter(&breaker, START),
                     SST_PASS_NO);
}

static void a_success_in_between_begins_anew(void **state)
{
    sst_breaker_t breaker;

    memset(&breaker, 0, sizeof(breaker));
    fail_times(&breaker, SST_BREAKER_FAILURES - 1, START);
    sst_breaker_leave(&breaker, SST_PASS_YES,
                            SST_VERDICT_GOOD, START);
    fail_times(&breaker, SST_BREAKER_FAILURES - 1, START);
    assert_int_equal(sst_breaker_enter(&breaker, START),
                     SST_PASS_YES);
}

static void what_says_nothing_changes_nothing(void **state)
{
    sst_breaker_t breaker;
    int i;

    memset(&breaker, 0, sizeof(breaker));
    for (i = 0; i < 10 * SST_BREAKER_FAILURES; i++) {
        assert_int_equal(sst_breaker_enter(&breaker, START),
                         SST_PASS_YES);
        sst_breaker_leave(&breaker, SST_PASS_YES,
                                SST_VERDICT_NONE, START);
    }
}

static void it_is_open_until_somebody_succeeds(void **state)
{
    sst_breaker_t breaker;
    sst_pass_t pass;

    memset(&breaker, 0, sizeof(breaker));
    fail_times(&breaker, SST_BREAKER_FAILURES - 1, START);
    assert_false(sst_breaker_is_open(&breaker));
    fail_times(&breaker, 1, START);
    assert_true(sst_breaker_is_open(&breaker));
    pass = sst_breaker_enter(&breaker, START + SST_BREAKER_PAUSE_MAX);
    assert_int_equal(pass, SST_PASS_PROBE);
    assert_true(sst_breaker_is_open(&breaker));
    sst_breaker_leave(&breaker, pass, SST_VERDICT_GOOD,
                      START + SST_BREAKER_PAUSE_MAX);
    assert_false(sst_breaker_is_open(&breaker));
}

static void one_at_a_time_tries_when_the_pause_is_over(void **state)
{
    sst_breaker_t breaker = opened(START);
    apr_time_t later = START + SST_BREAKER_PAUSE_MAX;

    assert_int_equal(sst_breaker_enter(&breaker, later),
                     SST_PASS_PROBE);
    assert_int_equal(sst_breaker_enter(&breaker, later),
                     SST_PASS_NO);
    sst_breaker_leave(&breaker, SST_PASS_PROBE,
                            SST_VERDICT_GOOD, later);
    assert_int_equal(sst_breaker_enter(&breaker, later),
                     SST_PASS_YES);
}

static void a_try_that_says_nothing_lets_the_next_one_try(void **state)
{
    sst_breaker_t breaker = opened(START);
    apr_time_t later = START + SST_BREAKER_PAUSE_MAX;

    assert_int_equal(sst_breaker_enter(&breaker, later),
                     SST_PASS_PROBE);
    sst_breaker_leave(&breaker, SST_PASS_PROBE,
                            SST_VERDICT_NONE, later);
    assert_int_equal(sst_breaker_enter(&breaker, later),
                     SST_PASS_PROBE);
}

static void the_pause_grows_to_its_limit(void **state)
{
    sst_breaker_t breaker = opened(START);
    apr_interval_time_t limit = SST_BREAKER_PAUSE_MAX * 5 / 4;
    apr_time_t now = START;
    int i;

    assert_true(breaker.open_until - now
                >= SST_BREAKER_PAUSE_MIN * 3 / 4);
    for (i = 0; i < 20; i++) {
        apr_interval_time_t before = breaker.pause;

        now = breaker.open_until;
        assert_int_equal(sst_breaker_enter(&breaker, now),
                         SST_PASS_PROBE);
        sst_breaker_leave(&breaker, SST_PASS_PROBE,
                                SST_VERDICT_BAD, now);
        assert_true(breaker.pause >= before);
        assert_true(breaker.open_until > now);
        assert_true(breaker.open_until - now <= limit);
    }
    assert_true(breaker.pause == SST_BREAKER_PAUSE_MAX);
}

static void those_who_were_under_way_do_not_prolong_it(void **state)
{
    sst_breaker_t breaker = opened(START);
    apr_time_t before = breaker.open_until;
    int i;

    for (i = 0; i < 50; i++) {
        sst_breaker_leave(&breaker, SST_PASS_YES,
                                SST_VERDICT_BAD, START + i);
    }
    assert_true(breaker.open_until == before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_open_it),
        cmocka_unit_test(a_success_in_between_begins_anew),
        cmocka_unit_test(what_says_nothing_changes_nothing),
        cmocka_unit_test(one_at_a_time_tries_when_the_pause_is_over),
        cmocka_unit_test(a_try_that_says_nothing_lets_the_next_one_try),
        cmocka_unit_test(it_is_open_until_somebody_succeeds),
        cmocka_unit_test(the_pause_grows_to_its_limit),
        cmocka_unit_test(those_who_were_under_way_do_not_prolong_it)
    };

    return cmocka_run_group_tests_name("redis breaker", tests, unit_start,
                                       unit_stop);
}
