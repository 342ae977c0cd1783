/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The clock that nobody can set. What it is for shows where the other one is
 * set: tests/httpd/test_clock.py, tests/trust/test_faults.py.
 */

#include <apr_thread_proc.h>

#include "lib/clock.h"
#include "tests/unit/unit.h"

#define THREADS 8
#define MINUTE (60 * APR_USEC_PER_SEC)

static void it_begins_at_the_time_of_day(void **state)
{
    apr_time_t now = apr_time_now();

    assert_in_range(sst_clock(), now - MINUTE, now + MINUTE);
}

static void it_only_grows(void **state)
{
    apr_time_t before = sst_clock();
    int i;

    for (i = 0; i < 100000; i++) {
        apr_time_t now = sst_clock();

        assert_true(now >= before);
        before = now;
    }
}

static void a_wait_takes_as_long_as_it_says(void **state)
{
    apr_time_t before = sst_clock();

    apr_sleep(20 * 1000);
    assert_in_range(sst_clock() - before, 20 * 1000, MINUTE);
}

static void *APR_THREAD_FUNC look(apr_thread_t *thread, void *data)
{
    *(apr_time_t *) data = sst_clock();
    return NULL;
}

static void all_threads_have_the_same_one(void **state)
{
    apr_pool_t *pool = *state;
    apr_thread_t *threads[THREADS];
    apr_time_t seen[THREADS];
    apr_time_t before = sst_clock();
    apr_status_t rv;
    int i;

    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, look, &seen[i],
                                           pool), APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
        assert_in_range(seen[i], before, sst_clock());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_at_the_time_of_day),
        cmocka_unit_test(it_only_grows),
        cmocka_unit_test(a_wait_takes_as_long_as_it_says),
        UNIT_TEST(all_threads_have_the_same_one)
    };

    return cmocka_run_group_tests_name("clock", tests, unit_start, unit_stop);
}
