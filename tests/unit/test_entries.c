/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries: as bytes and back, compared, merged, overlaid, and the users that
 * they name. Tables are written here as texts: "a=1 b=2".
 */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/entries.h"

static apr_table_t *table(const char *text, apr_pool_t *pool)
{
    return unit_table(text, pool);
}

static const char *text_of(const apr_table_t *entries, apr_pool_t *pool)
{
    return unit_table_text(entries, pool);
}

static const char *joined(const apr_array_header_t *texts, apr_pool_t *pool)
{
    return apr_array_pstrcat(pool, texts, ' ');
}

static apr_table_t *many(int count, apr_pool_t *pool)
{
    apr_table_t *entries = apr_table_make(pool, count);
    int i;

    for (i = 0; i < count; i++) {
        apr_table_addn(entries, apr_psprintf(pool, "key-%d", i),
                       apr_psprintf(pool, "value %d", i));
    }
    return entries;
}

/* --- Bytes --- */

static void entries_are_written_as_count_and_cstrings(void **state)
{
    sst_span_t bytes = sst_entries_encode(table("name=v empty= n=2", *state),
                                          *state);

    assert_span_equal(bytes, sst_span("\0\0\0\3name\0v\0empty\0\0n\0" "2\0",
                                      4 + 5 + 2 + 6 + 1 + 2 + 2));
}

static void no_entries_are_four_bytes(void **state)
{
    assert_span_equal(sst_entries_encode(table("", *state), *state),
                      unit_hex("00000000", *state));
}

static void what_is_written_is_read(void **state)
{
    static const char *const texts[] = {
        "", "a=", "a=1", "a=1 b=2", "b=2 a=1", "=x", "A=1 b=\xff\x01%26"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        apr_table_t *entries = table(texts[i], *state);
        sst_span_t bytes = sst_entries_encode(entries, *state);
        sst_span_t copy = unit_exact_copy(bytes);
        apr_table_t *read;

        assert_int_equal(bytes.len, sst_entries_size(entries));
        assert_status(sst_entries_decode(&read, copy, NULL, *state), SST_OK);
        assert_string_equal(text_of(read, *state), text_of(entries, *state));
        unit_exact_free(copy);
    }
}

static void the_order_is_kept(void **state)
{
    apr_table_t *read;

    assert_status(sst_entries_decode(&read,
                                     sst_entries_encode(table("b=1 a=2 c=3",
                                                              *state),
                                                        *state),
                                     NULL, *state), SST_OK);
    assert_string_equal(joined(sst_entries_names(read, *state), *state),
                        "b a c");
}

static void assert_unreadable(sst_span_t bytes, apr_pool_t *pool)
{
    sst_span_t copy = unit_exact_copy(bytes);
    apr_table_t *read = NULL;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_entries_decode(&read, copy, &err, pool), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_true(apr_is_empty_table(read));
    unit_exact_free(copy);
}

static void every_truncation_is_corrupt(void **state)
{
    sst_span_t bytes = sst_entries_encode(table("a=1 bb=22 c=", *state),
                                          *state);
    apr_size_t len;

    for (len = 0; len < bytes.len; len++) {
        assert_unreadable(sst_span(bytes.data, len), *state);
    }
}

static void bytes_behind_the_last_entry_are_corrupt(void **state)
{
    assert_unreadable(sst_span("\0\0\0\0\0", 5), *state);
    assert_unreadable(sst_span("\0\0\0\1a\0b\0c", 9), *state);
    assert_unreadable(sst_span("\0\0\0\1a\0b\0c\0d\0", 12), *state);
}

/* Must answer at once and must not ask for memory by the count. */
static void a_count_that_lies_is_corrupt(void **state)
{
    assert_unreadable(sst_span("\xff\xff\xff\xff", 4), *state);
    assert_unreadable(sst_span("\x7f\xff\xff\xff" "a\0b\0", 8), *state);
    assert_unreadable(sst_span("\0\0\0\2a\0b\0", 8), *state);
}

static void httpds_expiry_is_not_stored(void **state)
{
    apr_table_t *entries = table("expiry=123 a=1 EXPIRY=4", *state);

    assert_int_equal(sst_entries_size(entries), 4 + 4);
    assert_span_equal(sst_entries_encode(entries, *state),
                      sst_span("\0\0\0\1a\0" "1\0", 8));
    assert_string_equal(joined(sst_entries_names(entries, *state), *state),
                        "a");
}

static void a_session_with_only_an_expiry_is_empty(void **state)
{
    assert_true(sst_entries_empty(table("", *state)));
    assert_true(sst_entries_empty(table("expiry=123", *state)));
    assert_true(sst_entries_empty(table("Expiry=123", *state)));
    assert_false(sst_entries_empty(table("expiry=1 a=1", *state)));
    assert_false(sst_entries_empty(table("expiry2=1", *state)));
    assert_false(sst_entries_empty(table("a=", *state)));
}

/* --- Comparing --- */

typedef struct equal_case_t {
    const char *a;
    const char *b;
    int equal;
} equal_case_t;

static const equal_case_t equal_cases[] = {
    { "", "", 1 },
    { "a=1", "a=1", 1 },
    { "a=1 b=2", "b=2 a=1", 1 },
    { "A=1", "a=1", 1 },
    { "a=1 B=2", "b=2 A=1", 1 },
    { "expiry=1 a=1", "a=1", 1 },
    { "a=1 expiry=1", "expiry=2 a=1", 1 },
    { "expiry=1", "", 1 },
    { "a=1", "", 0 },
    { "a=1", "a=2", 0 },
    { "a=1", "a=", 0 },
    { "a=1", "b=1", 0 },
    { "a=x", "a=X", 0 },
    { "a=1 b=2", "a=2 b=1", 0 },
    { "a=1 b=2", "b=1 a=2", 0 },
    { "a=1 b=2", "a=1", 0 },
    { "a=1 b=2", "a=1 c=2", 0 },
    { "a=1 b=2 c=3", "c=3 b=2 d=1", 0 }
};

static void equal_means_the_same_names_and_values(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(equal_cases) / sizeof(equal_case_t); i++) {
        apr_table_t *a = table(equal_cases[i].a, *state);
        apr_table_t *b = table(equal_cases[i].b, *state);

        assert_int_equal(sst_entries_equal(a, b, *state),
                         equal_cases[i].equal);
        assert_int_equal(sst_entries_equal(b, a, *state),
                         equal_cases[i].equal);
    }
}

/* --- Merging --- */

typedef struct merge_case_t {
    const char *base;
    const char *mine;
    const char *theirs;
    const char *result;
    int clashes;
} merge_case_t;

static const merge_case_t merge_cases[] = {
    /* nobody did anything */
    { "", "", "", "", 0 },
    { "a=1", "a=1", "a=1", "a=1", 0 },
    /* one side only */
    { "", "a=1", "", "a=1", 0 },
    { "", "", "a=1", "a=1", 0 },
    { "a=1", "a=2", "a=1", "a=2", 0 },
    { "a=1", "a=1", "a=2", "a=2", 0 },
    { "a=1", "", "a=1", "", 0 },
    { "a=1", "a=1", "", "", 0 },
    /* different names: both are kept */
    { "", "a=1", "b=2", "a=1 b=2", 0 },
    { "a=1 b=1", "a=2 b=1", "a=1 b=2", "a=2 b=2", 0 },
    { "a=1 b=1", "b=1", "a=1", "", 0 },
    { "a=1", "a=1 b=1", "a=1 c=1", "a=1 b=1 c=1", 0 },
    { "a=1 b=1", "b=2", "a=1 b=1 c=1", "b=2 c=1", 0 },
    { "a=1 b=1 c=1", "a=2 c=1 d=4", "a=1 b=1 e=5", "a=2 d=4 e=5", 0 },
    /* the same name, the same change */
    { "", "a=1", "a=1", "a=1", 0 },
    { "a=1", "a=2", "a=2", "a=2", 0 },
    { "a=1", "", "", "", 0 },
    /* the same name, different changes: mine, counted */
    { "", "a=1", "a=2", "a=1", 1 },
    { "a=1", "a=2", "a=3", "a=2", 1 },
    { "a=1", "a=2", "", "a=2", 1 },
    { "a=1", "", "a=2", "", 1 },
    { "a=1 b=1 c=1", "a=2 b=2 c=2", "a=3 b=3 c=1", "a=2 b=2 c=2", 2 },
    /* names without regard to case */
    { "a=1", "A=2", "a=1", "A=2", 0 },
    { "a=1", "A=1", "a=2", "a=2", 0 },
    { "Key=1", "KEY=1 x=1", "key=1 y=1", "key=1 x=1 y=1", 0 },
    { "", "A=1", "a=2", "A=1", 1 },
    { "A=1", "", "a=1", "", 0 },
    /* httpd's expiry is nobody's change */
    { "expiry=1", "expiry=2 a=1", "expiry=3 b=1", "a=1 b=1", 0 },
    { "", "expiry=2", "expiry=3", "", 0 }
};

static void a_merge_does_my_changes_again_to_theirs(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(merge_cases) / sizeof(merge_case_t); i++) {
        const merge_case_t *one = &merge_cases[i];
        apr_table_t *base = table(one->base, *state);
        apr_table_t *mine = table(one->mine, *state);
        apr_table_t *theirs = table(one->theirs, *state);
        int clashes = 77;
        apr_table_t *result = sst_entries_merge(&clashes, base, mine, theirs,
                                                *state);

        assert_string_equal(text_of(result, *state), one->result);
        assert_int_equal(clashes, one->clashes);
        assert_string_equal(text_of(base, *state),
                            text_of(table(one->base, *state), *state));
        assert_string_equal(text_of(mine, *state),
                            text_of(table(one->mine, *state), *state));
        assert_string_equal(text_of(theirs, *state),
                            text_of(table(one->theirs, *state), *state));
    }
}

/* A merge that walked a table for each name would take minutes here. */
static void large_sessions_are_merged(void **state)
{
    static const int counts[] = { 5000, 20000 };
    apr_size_t i;

    for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        apr_table_t *base = many(counts[i], *state);
        apr_table_t *mine = many(counts[i], *state);
        apr_table_t *theirs = many(counts[i], *state);
        apr_table_t *result;
        int clashes;

        apr_table_setn(mine, "key-7", "mine");
        apr_table_setn(mine, "new", "mine");
        apr_table_unset(mine, "key-8");
        apr_table_setn(theirs, "key-9", "theirs");
        apr_table_setn(theirs, "other", "theirs");
        result = sst_entries_merge(&clashes, base, mine, theirs, *state);
        assert_int_equal(clashes, 0);
        assert_int_equal(apr_table_elts(result)->nelts, counts[i] + 1);
        assert_string_equal(apr_table_get(result, "key-7"), "mine");
        assert_string_equal(apr_table_get(result, "new"), "mine");
        assert_null(apr_table_get(result, "key-8"));
        assert_string_equal(apr_table_get(result, "key-9"), "theirs");
        assert_string_equal(apr_table_get(result, "other"), "theirs");
    }
}

static void large_sessions_are_written_read_and_compared(void **state)
{
    apr_table_t *entries = many(20000, *state);
    apr_table_t *moved = many(20000, *state);
    apr_table_t *read;

    assert_status(sst_entries_decode(&read, sst_entries_encode(entries,
                                                               *state),
                                     NULL, *state), SST_OK);
    assert_int_equal(apr_table_elts(read)->nelts, 20000);
    assert_true(sst_entries_equal(entries, read, *state));
    apr_table_unset(moved, "key-0");
    apr_table_setn(moved, "key-0", "value 0");
    assert_true(sst_entries_equal(entries, moved, *state));
    apr_table_setn(moved, "key-19999", "another");
    assert_false(sst_entries_equal(entries, moved, *state));
}

/* More than any store takes; to look a name up by walking would take days. */
static void a_million_names_are_written_read_and_compared(void **state)
{
    apr_table_t *entries = many(1000000, *state);
    apr_table_t *read;

    assert_status(sst_entries_decode(&read, sst_entries_encode(entries,
                                                               *state),
                                     NULL, *state), SST_OK);
    assert_int_equal(apr_table_elts(read)->nelts, 1000000);
    assert_true(sst_entries_equal(entries, read, *state));
}

/* --- Overlay --- */

typedef struct overlay_case_t {
    const char *entries;
    const char *overlay;
    const char *result;
} overlay_case_t;

static const overlay_case_t overlay_cases[] = {
    { "a=1", "", "a=1" },
    { "a=1", "+a=2", "a=2" },
    { "a=1", "+b=2", "a=1 b=2" },
    { "a=1 b=2", "-a=", "b=2" },
    { "a=1", "-b=", "a=1" },
    { "a=1", "+A=2", "A=2" },
    { "a=1", "-A=", "" },
    { "", "+a=1 -a= +a=2", "a=2" },
    { "a=1", "+a=2 -a=", "" },
    { "a=1", "+a=", "a=" },
    { "-a=1", "--a=", "" },
    /* neither set nor remove: not ours */
    { "a=1", "a=2 *a=3 =4", "a=1" },
    /* httpd's own */
    { "expiry=5 a=1", "+expiry=7", "a=1 expiry=5" },
    { "expiry=5 a=1", "-EXPIRY=", "a=1 expiry=5" }
};

static void an_overlay_sets_and_removes(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(overlay_cases) / sizeof(overlay_case_t); i++) {
        apr_table_t *entries = table(overlay_cases[i].entries, *state);

        sst_entries_apply(entries, table(overlay_cases[i].overlay, *state));
        /* apr_table_setn keeps the name's first spelling. */
        assert_true(sst_entries_equal(entries,
                                      table(overlay_cases[i].result, *state),
                                      *state));
        assert_string_equal(apr_table_get(entries, "expiry")
                            ? apr_table_get(entries, "expiry") : "none",
                            strstr(overlay_cases[i].entries, "expiry")
                            ? "5" : "none");
    }
}

/* --- Users --- */

typedef struct users_case_t {
    const char *entries;
    const char *keys;
    const char *users;
} users_case_t;

static const users_case_t users_cases[] = {
    { "", "auto", "" },
    { "a=1 user=x", "auto", "" },
    { "site-user=alice", "auto", "alice" },
    { "site-USER=alice", "auto", "alice" },
    { "-user=alice", "auto", "" },
    { "site-user=alice site-pw=secret site-users=x", "auto", "alice" },
    { "b-user=bob a-user=alice", "auto", "alice bob" },
    { "b-user=alice a-user=alice", "auto", "alice" },
    { "c-user=b b-user=a a-user=b", "auto", "a b" },
    { "a-user=Alice b-user=alice", "auto", "Alice alice" },
    { "login=alice site-user=bob", "login", "alice" },
    { "LOGIN=alice", "login", "alice" },
    { "login2=alice", "login", "" },
    { "auto=alice", "auto", "" },
    { "site-user=alice", "site-user", "alice" },
    { "expiry=5", "expiry", "" },
    { "login=carol site-user=bob", "auto login", "bob carol" },
    { "login=carol site-user=bob", "login auto", "bob carol" },
    { "login=bob site-user=bob", "auto login", "bob" },
    { "login=carol account=bob site-user=x", "login account", "bob carol" }
};

static void users_are_the_values_that_the_keys_name(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(users_cases) / sizeof(users_case_t); i++) {
        const users_case_t *one = &users_cases[i];
        const apr_array_header_t *keys = unit_user_keys(one->keys, *state);
        apr_table_t *entries = table(one->entries, *state);

        assert_string_equal(joined(sst_entries_users(entries, keys, *state),
                                   *state), one->users);
    }
}

static void a_key_stands_once_in_a_list(void **state)
{
    const apr_array_header_t *one = sst_user_keys_with(NULL, "auto", *state);
    const apr_array_header_t *two = sst_user_keys_with(one, "login", *state);

    assert_ptr_equal(sst_user_keys_with(one, "auto", *state), one);
    assert_ptr_equal(sst_user_keys_with(two, "login", *state), two);
    assert_int_equal(one->nelts, 1);
    assert_int_equal(two->nelts, 2);
}

static int same_users(const char *a, const char *b, apr_pool_t *pool)
{
    const apr_array_header_t *keys = unit_user_keys("auto", pool);

    return sst_users_equal(sst_entries_users(table(a, pool), keys, pool),
                           sst_entries_users(table(b, pool), keys, pool));
}

static void the_same_users_are_equal_whatever_their_order(void **state)
{
    assert_true(same_users("", "", *state));
    assert_true(same_users("a-user=x b-user=y", "c-user=y a-user=x", *state));
    assert_true(same_users("a-user=x b-user=x", "a-user=x", *state));
    assert_false(same_users("a-user=x", "", *state));
    assert_false(same_users("a-user=x", "a-user=y", *state));
    assert_false(same_users("a-user=x", "a-user=X", *state));
    assert_false(same_users("a-user=x", "a-user=x b-user=y", *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(entries_are_written_as_count_and_cstrings),
        UNIT_TEST(no_entries_are_four_bytes),
        UNIT_TEST(what_is_written_is_read),
        UNIT_TEST(the_order_is_kept),
        UNIT_TEST(every_truncation_is_corrupt),
        UNIT_TEST(bytes_behind_the_last_entry_are_corrupt),
        UNIT_TEST(a_count_that_lies_is_corrupt),
        UNIT_TEST(httpds_expiry_is_not_stored),
        UNIT_TEST(a_session_with_only_an_expiry_is_empty),
        UNIT_TEST(equal_means_the_same_names_and_values),
        UNIT_TEST(a_merge_does_my_changes_again_to_theirs),
        UNIT_TEST(large_sessions_are_merged),
        UNIT_TEST(large_sessions_are_written_read_and_compared),
        UNIT_TEST(a_million_names_are_written_read_and_compared),
        UNIT_TEST(an_overlay_sets_and_removes),
        UNIT_TEST(users_are_the_values_that_the_keys_name),
        UNIT_TEST(a_key_stands_once_in_a_list),
        UNIT_TEST(the_same_users_are_equal_whatever_their_order)
    };

    return cmocka_run_group_tests_name("entries", tests, unit_start,
                                       unit_stop);
}
