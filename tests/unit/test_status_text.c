/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Numbers on the status page, at the edges of what is written alike. */

#include "tests/unit/unit.h"

#include "mod_session_store/status_text.h"

static void thousands_are_kept_apart(void **state)
{
    assert_string_equal(sst_text_grouped(0, *state), "0");
    assert_string_equal(sst_text_grouped(999, *state), "999");
    assert_string_equal(sst_text_grouped(1000, *state), "1,000");
    assert_string_equal(sst_text_grouped(1002003, *state), "1,002,003");
    assert_string_equal(sst_text_grouped(UINT64_MAX, *state),
                        "18,446,744,073,709,551,615");
}

static void large_numbers_are_cut_to_three_digits(void **state)
{
    assert_string_equal(sst_text_compact(9999, *state), "9,999");
    assert_string_equal(sst_text_compact(10000, *state), "10.0 k");
    assert_string_equal(sst_text_compact(99949, *state), "99.9 k");
    assert_string_equal(sst_text_compact(99950, *state), "100 k");
    assert_string_equal(sst_text_compact(999499, *state), "999 k");
    assert_string_equal(sst_text_compact(999500, *state), "1.00 M");
    assert_string_equal(sst_text_compact(1234567, *state), "1.23 M");
    assert_string_equal(sst_text_compact(9994999999ULL, *state), "9.99 G");
    assert_string_equal(sst_text_compact(UINT64_MAX, *state), "18.4 E");
}

static void short_times_have_the_unit_that_fits(void **state)
{
    assert_string_equal(sst_text_duration(50, *state), "50 µs");
    assert_string_equal(sst_text_duration(999, *state), "999 µs");
    assert_string_equal(sst_text_duration(1000, *state), "1 ms");
    assert_string_equal(sst_text_duration(apr_time_from_sec(1), *state),
                        "1 s");
}

static void long_times_are_told_in_what_has_begun_twice(void **state)
{
    assert_string_equal(sst_text_ago(apr_time_from_sec(0), *state), "0 s");
    assert_string_equal(sst_text_ago(apr_time_from_sec(119), *state),
                        "119 s");
    assert_string_equal(sst_text_ago(apr_time_from_sec(120), *state),
                        "2 min");
    assert_string_equal(sst_text_ago(apr_time_from_sec(7199), *state),
                        "119 min");
    assert_string_equal(sst_text_ago(apr_time_from_sec(7200), *state), "2 h");
    assert_string_equal(sst_text_ago(apr_time_from_sec(172799), *state),
                        "47 h");
    assert_string_equal(sst_text_ago(apr_time_from_sec(172800), *state),
                        "2 days");
}

static void a_share_of_times_lies_below_a_bound_or_beyond_all(void **state)
{
    apr_uint64_t buckets[SST_BUCKETS] = { 0 };

    buckets[sst_times_bucket(1500)] = 98;
    buckets[SST_BUCKETS - 1] = 2;
    assert_string_equal(sst_text_quantile(buckets, 500, *state), "≤ 2 ms");
    assert_string_equal(sst_text_quantile(buckets, 990, *state), "over 5 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(thousands_are_kept_apart),
        UNIT_TEST(large_numbers_are_cut_to_three_digits),
        UNIT_TEST(short_times_have_the_unit_that_fits),
        UNIT_TEST(long_times_are_told_in_what_has_begun_twice),
        UNIT_TEST(a_share_of_times_lies_below_a_bound_or_beyond_all)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
