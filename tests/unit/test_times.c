/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Histograms of times. */

#include "tests/unit/unit.h"

#include "lib/times.h"

static void a_time_belongs_to_the_first_bound_that_is_not_below(void **state)
{
    int i;

    (void) state;
    for (i = 0; i < SST_BOUNDS; i++) {
        assert_int_equal(sst_times_bucket(sst_times_bounds[i]), i);
        assert_int_equal(sst_times_bucket(sst_times_bounds[i] + 1), i + 1);
    }
    assert_int_equal(sst_times_bucket(0), 0);
    for (i = 1; i < SST_BOUNDS; i++) {
        assert_true(sst_times_bounds[i] > sst_times_bounds[i - 1]);
    }
}

static void times_add_up(void **state)
{
    sst_times_t times = { 0 };

    (void) state;
    sst_times_note(&times, 40, 0);
    sst_times_note(&times, 300, 1);
    sst_times_note(&times, 60000000, 1);
    assert_int_equal(times.total_us, 60000340);
    assert_int_equal(times.failed, 2);
    assert_int_equal(sst_times_count(times.buckets), 3);
    assert_int_equal(times.buckets[SST_BOUNDS], 1);
}

static void a_quantile_is_the_bound_above_its_share(void **state)
{
    apr_uint64_t buckets[SST_BUCKETS] = { 0 };

    (void) state;
    assert_int_equal(sst_times_quantile(buckets, 500), 0);
    buckets[2] = 98;
    buckets[5] = 1;
    buckets[SST_BOUNDS] = 1;
    assert_int_equal(sst_times_quantile(buckets, 500), sst_times_bounds[2]);
    assert_int_equal(sst_times_quantile(buckets, 980), sst_times_bounds[2]);
    assert_int_equal(sst_times_quantile(buckets, 990), sst_times_bounds[5]);
    assert_int_equal(sst_times_quantile(buckets, 999), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_time_belongs_to_the_first_bound_that_is_not_below),
        UNIT_TEST(times_add_up),
        UNIT_TEST(a_quantile_is_the_bound_above_its_share)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
