/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries as a form, and a form's texts read. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/form.h"

static apr_array_header_t *patterns(apr_pool_t *pool, const char *pattern)
{
    apr_array_header_t *array = apr_array_make(pool, 1, sizeof(pattern));

    if (pattern != NULL) {
        APR_ARRAY_PUSH(array, const char *) = pattern;
    }
    return array;
}

static const char *form(const apr_table_t *entries, const char *hide,
                        apr_pool_t *pool)
{
    sst_span_t text = sst_form_encode(entries, patterns(pool, hide), pool);

    assert_int_equal(strlen((const char *) text.data), text.len);
    return (const char *) text.data;
}

static void entries_are_joined_in_their_order(void **state)
{
    assert_string_equal(form(unit_table("b=2 a=1", *state), NULL, *state),
                        "b=2&a=1");
    assert_string_equal(form(unit_table("", *state), NULL, *state), "");
}

static void everything_but_plain_characters_is_escaped(void **state)
{
    apr_table_t *entries = apr_table_make(*state, 1);

    apr_table_setn(entries, "a&=", "x y\n%+,;\"'{}\x80\xff~-._*Az09");
    assert_string_equal(form(entries, NULL, *state),
                        "a%26%3D=x+y%0A%25%2B%2C%3B%22%27%7B%7D%80%FF%7E-._*"
                        "Az09");
}

static void hidden_entries_and_httpds_expiry_are_left_out(void **state)
{
    apr_table_t *entries = unit_table("expiry=1 A-PW=2 b=3 Expiry=4 c-pw=5",
                                      *state);

    assert_string_equal(form(entries, "*-pw", *state), "b=3");
    assert_string_equal(form(entries, NULL, *state), "A-PW=2&b=3&c-pw=5");
}

static void assert_decodes(const char *text, const char *expected,
                           apr_pool_t *pool)
{
    sst_span_t copy = unit_exact_copy(unit_text(text));
    char *out = (char *) "stale";

    if (expected == NULL) {
        assert_status(sst_form_decode(&out, copy, pool), SST_INVALID);
        assert_null(out);
    }
    else {
        assert_status(sst_form_decode(&out, copy, pool), SST_OK);
        assert_string_equal(out, expected);
    }
    unit_exact_free(copy);
}

static void escapes_are_read(void **state)
{
    assert_decodes("", "", *state);
    assert_decodes("a+b%2bc%2C%0a", "a b+c,\n", *state);
    assert_decodes("{\"x\":1}~\xc3\xa9", "{\"x\":1}~\xc3\xa9", *state);
    assert_decodes("%ff%FF", "\xff\xff", *state);
}

static void what_is_no_escape_is_refused(void **state)
{
    assert_decodes("%", NULL, *state);
    assert_decodes("a%2", NULL, *state);
    assert_decodes("%g0", NULL, *state);
    assert_decodes("%0g", NULL, *state);
    assert_decodes("%%30", NULL, *state);
}

static void nul_and_raw_control_characters_are_refused(void **state)
{
    assert_decodes("a%00b", NULL, *state);
    assert_decodes("a\tb", NULL, *state);
    assert_decodes("a\x7f", NULL, *state);
    assert_decodes("a b", "a b", *state);
}

static void every_byte_survives_both_ways(void **state)
{
    apr_table_t *entries = apr_table_make(*state, 1);
    char bytes[256];
    char *out;
    int i;

    for (i = 0; i < 255; i++) {
        bytes[i] = (char) (i + 1);
    }
    bytes[255] = '\0';
    apr_table_setn(entries, "n", bytes);
    assert_status(sst_form_decode(&out, unit_text(form(entries, NULL, *state)
                                                  + 2), *state), SST_OK);
    assert_string_equal(out, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(entries_are_joined_in_their_order),
        UNIT_TEST(everything_but_plain_characters_is_escaped),
        UNIT_TEST(hidden_entries_and_httpds_expiry_are_left_out),
        UNIT_TEST(escapes_are_read),
        UNIT_TEST(what_is_no_escape_is_refused),
        UNIT_TEST(nul_and_raw_control_characters_are_refused),
        UNIT_TEST(every_byte_survives_both_ways)
    };

    return cmocka_run_group_tests_name("form", tests, unit_start, unit_stop);
}
