/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Statuses have names; an error record keeps the first failure. */

#include "tests/unit/unit.h"

static void every_status_has_a_name_of_its_own(void **state)
{
    int a;
    int b;

    (void) state;
    for (a = SST_OK; a <= SST_INTERNAL; a++) {
        assert_string_not_equal(sst_status_name(a), "unknown");
        for (b = SST_OK; b < a; b++) {
            assert_string_not_equal(sst_status_name(a), sst_status_name(b));
        }
    }
    assert_string_equal(sst_status_name(SST_NOT_FOUND), "not found");
}

static void a_number_that_is_no_status_is_unknown(void **state)
{
    (void) state;
    assert_string_equal(sst_status_name((sst_status_t) 99), "unknown");
    assert_string_equal(sst_status_name((sst_status_t) -1), "unknown");
}

static void setting_an_error_answers_its_status(void **state)
{
    sst_error_t err;

    (void) state;
    sst_error_clear(&err);
    assert_status(sst_error_set(&err, SST_DENIED, APR_EACCES, "%s: %d",
                                "rights", 7), SST_DENIED);
    assert_status(err.status, SST_DENIED);
    assert_int_equal(err.os, APR_EACCES);
    assert_string_equal(err.text, "rights: 7");
}

static void a_message_is_one_line_whatever_it_quotes(void **state)
{
    sst_error_t err;

    (void) state;
    sst_error_clear(&err);
    (void) sst_error_set(&err, SST_INVALID, APR_SUCCESS, "\"%s\" is wrong",
                         "a\r\n\033[2J\x7f\xc3\xa4");
    assert_string_equal(err.text, "\"a???[2J?\xc3\xa4\" is wrong");
}

static void the_first_error_wins(void **state)
{
    sst_error_t err;

    (void) state;
    sst_error_clear(&err);
    (void) sst_error_set(&err, SST_TIMEOUT, APR_TIMEUP, "the cause");
    assert_status(sst_error_set(&err, SST_INTERNAL, APR_SUCCESS, "later"),
                  SST_INTERNAL);
    assert_status(err.status, SST_TIMEOUT);
    assert_int_equal(err.os, APR_TIMEUP);
    assert_string_equal(err.text, "the cause");
}

static void a_cleared_error_records_again(void **state)
{
    sst_error_t err;

    (void) state;
    memset(&err, 0x5a, sizeof(err));
    sst_error_clear(&err);
    assert_status(err.status, SST_OK);
    assert_int_equal(err.os, APR_SUCCESS);
    assert_string_equal(err.text, "");
    (void) sst_error_set(&err, SST_CORRUPT, APR_SUCCESS, "second");
    assert_string_equal(err.text, "second");
}

static void without_a_record_only_the_status_is_answered(void **state)
{
    (void) state;
    assert_status(sst_error_set(NULL, SST_TOO_BIG, APR_SUCCESS, "nobody"),
                  SST_TOO_BIG);
}

static void a_long_text_is_cut_and_terminated(void **state)
{
    char text[2 * SST_ERROR_TEXT_MAX];
    sst_error_t err;

    (void) state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    sst_error_clear(&err);
    (void) sst_error_set(&err, SST_INVALID, APR_SUCCESS, "%s", text);
    assert_int_equal(strlen(err.text), SST_ERROR_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(a_number_that_is_no_status_is_unknown),
        cmocka_unit_test(setting_an_error_answers_its_status),
        cmocka_unit_test(a_message_is_one_line_whatever_it_quotes),
        cmocka_unit_test(a_message_is_one_line_whatever_it_quotes),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(a_cleared_error_records_again),
        cmocka_unit_test(without_a_record_only_the_status_is_answered),
        cmocka_unit_test(a_long_text_is_cut_and_terminated)
    };

    return cmocka_run_group_tests_name("status", tests, unit_start,
                                       unit_stop);
}
