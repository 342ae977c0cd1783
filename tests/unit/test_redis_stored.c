/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A value as Redis keeps it, and back. */

#include "lib/backends/redis.h"
#include "tests/unit/unit.h"

#define TOKEN "0123456789abcdef"
#define REVISION "\0\0\0\0\0\0\0\7"
#define EARLIER "123456abcdef"      /* of two writes */

/* A text with NULs in it. */
#define BYTES(text) sst_span((text), sizeof(text) - 1)

static void a_value_without_earlier_writes_is_stored_as_it_is(void **state)
{
    sst_span_t stored = unit_exact_copy(BYTES(TOKEN REVISION "body"));
    sst_span_t value;

    assert_status(sst_redis_stored_value(&value, stored, NULL, *state),
                  SST_OK);
    assert_span_equal(value, stored);
    assert_ptr_not_equal(value.data, stored.data);
    unit_exact_free(stored);
}

static void the_tokens_of_earlier_writes_are_no_part_of_the_value(
    void **state)
{
    sst_span_t stored = unit_exact_copy(
        BYTES(TOKEN "\2" EARLIER "\0\0\0\0\0\0\7" "body"));
    sst_span_t value;

    assert_status(sst_redis_stored_value(&value, stored, NULL, *state),
                  SST_OK);
    assert_span_equal(value, BYTES(TOKEN REVISION "body"));
    unit_exact_free(stored);
}

static void what_is_shorter_than_it_says_is_corrupt(void **state)
{
    sst_span_t stored = unit_exact_copy(
        BYTES(TOKEN "\7" EARLIER "\0\0\0\0\0\0\7" "body"));
    sst_span_t value;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_redis_stored_value(&value, stored, &err, *state),
                  SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_int_equal(value.len, 0);
    unit_exact_free(stored);
}

/* Whether it is long enough for a version is for others to say. */
static void what_ends_before_the_mark_has_none(void **state)
{
    apr_size_t len;

    for (len = 0; len <= SST_TOKEN_LEN; len++) {
        sst_span_t stored = unit_exact_copy(sst_span(TOKEN, len));
        sst_span_t value;

        assert_status(sst_redis_stored_value(&value, stored, NULL, *state),
                      SST_OK);
        assert_span_equal(value, stored);
        unit_exact_free(stored);
    }
}

static void a_script_gets_what_stands_around_the_mark(void **state)
{
    sst_span_t token;
    sst_span_t rest;

    (void) state;
    assert_status(sst_redis_stored_parts(&token, &rest,
                                         BYTES(TOKEN REVISION "body"), NULL),
                  SST_OK);
    assert_span_equal(token, BYTES(TOKEN));
    assert_span_equal(rest, BYTES("\0\0\0\0\0\0\7" "body"));
}

static void a_value_that_cannot_be_stored_is_refused(void **state)
{
    const struct {
        sst_span_t value;
        sst_status_t status;
    } cases[] = {
        { BYTES(TOKEN "\0\0\0\0\0\0\7"), SST_INTERNAL },
        { BYTES(TOKEN "\1" "\0\0\0\0\0\0\7"), SST_INTERNAL },
        { unit_noise(1, SST_REDIS_VALUE_MAX + 1, *state), SST_TOO_BIG }
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_span_t token;
        sst_span_t rest;
        sst_error_t err;

        sst_error_clear(&err);
        assert_status(sst_redis_stored_parts(&token, &rest, cases[i].value,
                                             &err), cases[i].status);
        assert_error(&err, cases[i].status);
        assert_int_equal(token.len, 0);
        assert_int_equal(rest.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_value_without_earlier_writes_is_stored_as_it_is),
        UNIT_TEST(the_tokens_of_earlier_writes_are_no_part_of_the_value),
        UNIT_TEST(what_is_shorter_than_it_says_is_corrupt),
        UNIT_TEST(what_ends_before_the_mark_has_none),
        UNIT_TEST(a_script_gets_what_stands_around_the_mark),
        UNIT_TEST(a_value_that_cannot_be_stored_is_refused)
    };

    return cmocka_run_group_tests_name("values in redis", tests, unit_start,
                                       unit_stop);
}
