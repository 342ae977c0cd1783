/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications may say, and what it does. */

#include "tests/unit/unit.h"

#include <apr_strings.h>
#include <apr_time.h>

#include "lib/verbs.h"

#define SESSION "cart=3 colour=red site-pw=x site-user=alice"

static apr_array_header_t *hide(apr_pool_t *pool)
{
    apr_array_header_t *array = apr_array_make(pool, 1, sizeof(const char *));

    APR_ARRAY_PUSH(array, const char *) = "*-pw";
    APR_ARRAY_PUSH(array, const char *) = "internal-*";
    return array;
}

static sst_status_t run(sst_verbs_t *out, const char *session,
                        const char *said, sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t copy = unit_exact_copy(unit_text(said));
    apr_table_t *entries = unit_table(session, pool);
    const char *before = unit_table_text(entries, pool);
    sst_status_t status;

    sst_error_clear(err);
    memset(out, 7, sizeof(*out));
    status = sst_verbs_run(out, entries, copy, hide(pool), err, pool);
    unit_exact_free(copy);
    assert_string_equal(unit_table_text(entries, pool), before);
    return status;
}

/* What is said turns `session` into `expected`. */
static void assert_becomes(const char *session, const char *said,
                           const char *expected, apr_pool_t *pool)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, session, said, &err, pool), SST_OK);
    assert_string_equal(unit_table_text(out.entries, pool),
                        unit_table_text(unit_table(expected, pool), pool));
}

static void assert_refused(const char *said, sst_status_t expected,
                           apr_pool_t *pool)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, SESSION, said, &err, pool), expected);
    assert_error(&err, expected);
    assert_string_equal(unit_table_text(out.entries, pool), SESSION);
    assert_false(out.said || out.regenerate || out.end);
}

static void set_adds_and_replaces(void **state)
{
    assert_becomes("a=1 b=2", "set &b=3&c=4&", "a=1 b=3 c=4", *state);
    assert_becomes("a=1", "set A=2", "a=2", *state);
    assert_becomes("", "set &a=&", "a=", *state);
    assert_becomes("", "set a=b=c", "a=b=c", *state);
    assert_becomes("", "set &a=1&a=2&", "a=2", *state);
    assert_becomes("", "set &%61=%41%2C&", "a=A,", *state);
}

static void lines_that_were_joined_are_commands_in_their_order(void **state)
{
    assert_becomes("a=1", "set &b=1&, delete a, set &b=2&", "b=2", *state);
    assert_becomes("a=1", "delete a,set &a=2&", "a=2", *state);
    assert_becomes("a=1", " ,\tset &a=2& , , clear ,set c=3,", "c=3", *state);
    assert_becomes("a=1", "", "a=1", *state);
    assert_becomes("a=1", " , ", "a=1", *state);
}

static void append_continues_what_this_response_has_set(void **state)
{
    assert_becomes("", "set &a=1&b=x&, append &a=2&, append &a=3&b=y&",
                   "a=123 b=xy", *state);
    assert_becomes("a=9", "set a=1, append A=2", "a=12", *state);
    assert_becomes("", "set a=1, append a=2, set a=3", "a=3", *state);
}

static void append_to_anything_else_is_refused(void **state)
{
    assert_refused("append &cart=4&", SST_INVALID, *state);
    assert_refused("append &new=4&", SST_INVALID, *state);
    assert_refused("set new=1, delete new, append new=2", SST_INVALID, *state);
    assert_refused("set new=1, clear, append new=2", SST_INVALID, *state);
    assert_refused("set new=1, end, append new=2", SST_INVALID, *state);
}

static void delete_removes_what_is_there(void **state)
{
    assert_becomes("a=1 b=2 c=3", "delete a", "b=2 c=3", *state);
    assert_becomes("a=1 b=2 c=3", "delete &A&c&nothing&", "b=2", *state);
}

static void clear_keeps_what_is_not_the_applications(void **state)
{
    assert_becomes(SESSION " internal-x=1", "set &n=1&, clear",
                   "internal-x=1 site-pw=x site-user=alice", *state);
    assert_becomes(SESSION, "clear, set &n=1&, clear, set &m=1&",
                   "m=1 site-pw=x site-user=alice", *state);
}

static void regenerate_asks_for_a_new_id(void **state)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, SESSION, "regenerate", &err, *state), SST_OK);
    assert_true(out.said && out.regenerate && !out.end);
    assert_string_equal(unit_table_text(out.entries, *state), SESSION);
    assert_status(run(&out, SESSION, "set &a=1&", &err, *state), SST_OK);
    assert_true(out.said && !out.regenerate && !out.end);
    assert_status(run(&out, SESSION, ",", &err, *state), SST_OK);
    assert_false(out.said);
}

static void end_ends_all_and_what_follows_is_new(void **state)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, SESSION, "set &a=1&, end", &err, *state), SST_OK);
    assert_true(out.end);
    assert_true(apr_is_empty_table(out.entries));
    assert_status(run(&out, SESSION, "end, set &a=1&", &err, *state), SST_OK);
    assert_true(out.end);
    assert_string_equal(unit_table_text(out.entries, *state), "a=1");
}

static void what_is_no_command_is_refused(void **state)
{
    static const char *const lines[] = {
        "a=1", "&a=1&", "SET &a=1&", "set", "set &", "set &&", "set &a&",
        "set a", "set &=1&", "set &a=%00&", "set &a=%zz&", "set &a=%4",
        "set &a=1\x01&", "set &%=1&", "set &a=1&, junk", "junk, set &a=1&",
        "delete", "delete &&", "delete %", "clear all", "end now",
        "regenerate 1", "append", "sets &a=1&", "set &a=1, b=2&"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_refused(lines[i], SST_INVALID, *state);
    }
}

static void what_httpd_decides_by_is_not_an_applications(void **state)
{
    static const char *const names[] = {
        "site-user", "SITE-USER", "other-user", "-user", "site-pw", "new-Pw",
        "site-site", "internal-x", "INTERNAL-", "expiry", "Expiry",
        "site%2duser", "%73ite-user", "expir%79"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *set = apr_pstrcat(*state, "set &a=1&", names[i], "=x&",
                                      NULL);

        assert_refused(set, SST_DENIED, *state);
        assert_refused(apr_pstrcat(*state, "delete ", names[i], NULL),
                       SST_DENIED, *state);
        assert_refused(apr_pstrcat(*state, "append &", names[i], "=x&", NULL),
                       SST_DENIED, *state);
        assert_refused(apr_pstrcat(*state, "end, set ", names[i], "=x", NULL),
                       SST_DENIED, *state);
    }
}

static void a_refusal_shows_the_command_and_no_value(void **state)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, SESSION, "set &token=s3cret%&", &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "set: "));
    assert_non_null(strstr(err.text, "token"));
    assert_null(strstr(err.text, "s3cret"));
    assert_status(run(&out, SESSION, "s3cret", &err, *state), SST_INVALID);
    assert_null(strstr(err.text, "s3cret"));
}

static void a_long_name_is_not_logged_in_full(void **state)
{
    char *said = apr_pcalloc(*state, 5006);
    sst_verbs_t out;
    sst_error_t err;

    memset(said, 'x', 5000);
    memcpy(said, "set ", 4);
    assert_status(run(&out, SESSION, said, &err, *state), SST_INVALID);
    assert_in_range(strlen(err.text), 64, 120);
}

/* `count` times `text` behind `front`. */
static const char *many(const char *front, const char *text, int count,
                        apr_pool_t *pool)
{
    apr_size_t len = strlen(text);
    char *said = apr_palloc(pool, strlen(front) + len * (apr_size_t) count
                                  + 1);
    char *end = said + strlen(front);

    memcpy(said, front, strlen(front));
    while (count-- > 0) {
        memcpy(end, text, len);
        end += len;
    }
    *end = '\0';
    return said;
}

static void more_names_than_allowed_are_too_big(void **state)
{
    sst_verbs_t out;
    sst_error_t err;

    assert_status(run(&out, "", many("set ", "a=1&", SST_VERBS_NAMES_MAX,
                                     *state), &err, *state), SST_OK);
    assert_refused(many("set ", "a=1&", SST_VERBS_NAMES_MAX + 1, *state),
                   SST_TOO_BIG, *state);
}

static void much_that_is_said_takes_no_longer_for_each(void **state)
{
    static const char *const commands[] = {
        "clear,", "end,", "append a=0123456789,", "delete b,", "set a=1,"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const char *said = many("set a=1,", commands[i], 16000, *state);
        apr_time_t began = apr_time_now();
        sst_verbs_t out;
        sst_error_t err;

        assert_status(run(&out, SESSION, said, &err, *state), SST_OK);
        assert_in_range(apr_time_now() - began, 0, apr_time_from_sec(20));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(set_adds_and_replaces),
        UNIT_TEST(lines_that_were_joined_are_commands_in_their_order),
        UNIT_TEST(append_continues_what_this_response_has_set),
        UNIT_TEST(append_to_anything_else_is_refused),
        UNIT_TEST(delete_removes_what_is_there),
        UNIT_TEST(clear_keeps_what_is_not_the_applications),
        UNIT_TEST(regenerate_asks_for_a_new_id),
        UNIT_TEST(end_ends_all_and_what_follows_is_new),
        UNIT_TEST(what_is_no_command_is_refused),
        UNIT_TEST(what_httpd_decides_by_is_not_an_applications),
        UNIT_TEST(a_refusal_shows_the_command_and_no_value),
        UNIT_TEST(a_long_name_is_not_logged_in_full),
        UNIT_TEST(more_names_than_allowed_are_too_big),
        UNIT_TEST(much_that_is_said_takes_no_longer_for_each)
    };

    return cmocka_run_group_tests_name("verbs", tests, unit_start, unit_stop);
}
