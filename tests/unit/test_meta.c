/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an administrator may know of a session: as bytes and back. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/meta.h"

static apr_array_header_t *list(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 1, sizeof(const char *));
    char *rest = NULL;
    char *one = apr_strtok(apr_pstrdup(pool, text), " ", &rest);

    while (one != NULL) {
        APR_ARRAY_PUSH(texts, const char *) = one;
        one = apr_strtok(NULL, " ", &rest);
    }
    return texts;
}

static sst_meta_t example(apr_pool_t *pool)
{
    sst_meta_t meta;

    meta.users = list("alice bob", pool);
    meta.names = list("site-user site-pw cart", pool);
    meta.size = 4711;
    meta.saved_s = 1700000000;
    meta.life_s = 1320;
    meta.client = "192.0.2.7";
    return meta;
}

static void assert_same(const sst_meta_t *a, const sst_meta_t *b,
                        apr_pool_t *pool)
{
    assert_string_equal(apr_array_pstrcat(pool, a->users, ' '),
                        apr_array_pstrcat(pool, b->users, ' '));
    assert_string_equal(apr_array_pstrcat(pool, a->names, ' '),
                        apr_array_pstrcat(pool, b->names, ' '));
    assert_int_equal(a->size, b->size);
    assert_true(a->saved_s == b->saved_s);
    assert_int_equal(a->life_s, b->life_s);
    assert_string_equal(a->client, b->client);
}

static void what_is_written_is_read(void **state)
{
    sst_meta_t meta = example(*state);
    sst_span_t copy = unit_exact_copy(sst_meta_encode(&meta, *state));
    sst_meta_t read;

    assert_status(sst_meta_decode(&read, copy, NULL, *state), SST_OK);
    assert_same(&read, &meta, *state);
    unit_exact_free(copy);
}

static void nothing_is_written_and_read(void **state)
{
    sst_meta_t meta;
    sst_meta_t read;

    meta.users = list("", *state);
    meta.names = list("", *state);
    meta.size = 0;
    meta.saved_s = -1;
    meta.life_s = 0;
    meta.client = "";
    assert_status(sst_meta_decode(&read, sst_meta_encode(&meta, *state), NULL,
                                  *state), SST_OK);
    assert_same(&read, &meta, *state);
}

static void the_layout_is_as_documented(void **state)
{
    sst_meta_t meta;

    meta.users = list("al", *state);
    meta.names = list("a b", *state);
    meta.size = 0x01020304;
    meta.saved_s = 0x05060708;
    meta.life_s = 0x090a0b0c;
    meta.client = "::1";
    assert_span_equal(sst_meta_encode(&meta, *state),
                      unit_hex("02 0000000005060708 01020304 090a0b0c 3a3a3100"
                               "00000001 616c00 00000002 6100 6200",
                               *state));
}

static void assert_unreadable(sst_span_t bytes, apr_pool_t *pool)
{
    sst_span_t copy = unit_exact_copy(bytes);
    sst_meta_t read;
    sst_error_t err;

    memset(&read, 7, sizeof(read));
    sst_error_clear(&err);
    assert_status(sst_meta_decode(&read, copy, &err, pool), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_int_equal(read.users->nelts, 0);
    assert_int_equal(read.names->nelts, 0);
    assert_int_equal(read.size, 0);
    assert_true(read.saved_s == 0);
    assert_int_equal(read.life_s, 0);
    assert_string_equal(read.client, "");
    unit_exact_free(copy);
}

static void every_truncation_is_corrupt(void **state)
{
    sst_meta_t meta = example(*state);
    sst_span_t bytes = sst_meta_encode(&meta, *state);
    apr_size_t len;

    for (len = 0; len < bytes.len; len++) {
        assert_unreadable(sst_span(bytes.data, len), *state);
    }
}

static void a_byte_more_is_corrupt(void **state)
{
    sst_meta_t meta = example(*state);
    sst_span_t bytes = sst_meta_encode(&meta, *state);
    char *longer = apr_pcalloc(*state, bytes.len + 1);

    memcpy(longer, bytes.data, bytes.len);
    assert_unreadable(sst_span(longer, bytes.len + 1), *state);
}

static void another_version_is_corrupt(void **state)
{
    sst_meta_t meta = example(*state);
    sst_span_t bytes = sst_meta_encode(&meta, *state);

    ((unsigned char *) bytes.data)[0] = 1;
    assert_unreadable(bytes, *state);
    ((unsigned char *) bytes.data)[0] = 0;
    assert_unreadable(bytes, *state);
}

static void a_count_that_lies_is_corrupt(void **state)
{
    assert_unreadable(unit_hex("01 0000000000000000 00000000 00"
                               "ffffffff 00000000", *state), *state);
    assert_unreadable(unit_hex("01 0000000000000000 00000000 00"
                               "00000000 ffffffff", *state), *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_written_is_read),
        UNIT_TEST(nothing_is_written_and_read),
        UNIT_TEST(the_layout_is_as_documented),
        UNIT_TEST(every_truncation_is_corrupt),
        UNIT_TEST(a_byte_more_is_corrupt),
        UNIT_TEST(another_version_is_corrupt),
        UNIT_TEST(a_count_that_lies_is_corrupt)
    };

    return cmocka_run_group_tests_name("meta", tests, unit_start, unit_stop);
}
