/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the unit tests have in common. */

#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/entries.h"

int unit_start(void **state)
{
    (void) state;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

int unit_stop(void **state)
{
    (void) state;
    apr_terminate();
    return 0;
}

int unit_make_pool(void **state)
{
    apr_pool_t *pool = NULL;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    *state = pool;
    return 0;
}

int unit_drop_pool(void **state)
{
    apr_pool_destroy(*state);
    *state = NULL;
    return 0;
}

void unit_assert_span_equal(sst_span_t got, sst_span_t expected,
                            const char *file, int line)
{
    _assert_int_equal(got.len, expected.len, file, line);
    if (got.len > 0) {
        _assert_memory_equal((const char *) got.data,
                             (const char *) expected.data, got.len, file,
                             line);
    }
}

void unit_assert_zero(const void *data, apr_size_t len, const char *file,
                      int line)
{
    const unsigned char *bytes = data;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        _assert_int_equal(bytes[i], 0, file, line);
    }
}

void unit_assert_error(const sst_error_t *err, sst_status_t expected,
                       const char *file, int line)
{
    _assert_string_equal(sst_status_name(err->status),
                         sst_status_name(expected), file, line);
    _assert_true(err->text[0] != '\0', "an error has a text", file, line);
    _assert_true(strchr(err->text, '\n') == NULL, "a text is one line", file,
                 line);
}

static unsigned char digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, tolower((unsigned char) c));

    assert_non_null(found);
    return (unsigned char) (found - digits);
}

sst_span_t unit_hex(const char *digits, apr_pool_t *pool)
{
    unsigned char *bytes = apr_pcalloc(pool, strlen(digits) / 2 + 1);
    apr_size_t count = 0;

    for (; *digits != '\0'; digits++) {
        if (*digits != ' ') {
            bytes[count / 2] = (unsigned char) (bytes[count / 2] << 4
                                                | digit(*digits));
            count++;
        }
    }
    assert_int_equal(count % 2, 0);
    return sst_span(bytes, count / 2);
}

sst_span_t unit_text(const char *text)
{
    return sst_span(text, strlen(text));
}

sst_span_t unit_exact_copy(sst_span_t bytes)
{
    unsigned char *copy = malloc(bytes.len > 0 ? bytes.len : 1);

    assert_non_null(copy);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return sst_span(copy, bytes.len);
}

void unit_exact_free(sst_span_t copy)
{
    free((void *) copy.data);
}

sst_span_t unit_noise(apr_uint32_t seed, apr_size_t len, apr_pool_t *pool)
{
    unsigned char *bytes = apr_palloc(pool, len + 1);
    apr_uint32_t state = seed * 2654435761U + 1;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes[i] = (unsigned char) (state >> 24);
    }
    return sst_span(bytes, len);
}

sst_keyring_t *unit_ring(const char *numbers, apr_pool_t *pool)
{
    sst_keyring_t *ring = NULL;
    char *text = apr_pstrdup(pool, "");
    sst_error_t err;

    for (; *numbers != '\0'; numbers++) {
        unsigned char raw[SST_KEY_LEN];
        char line[SST_BASE64URL_LEN(SST_KEY_LEN) + 1];

        memset(raw, *numbers - '0', sizeof(raw));
        sst_base64url_encode(line, sst_span(raw, sizeof(raw)));
        text = apr_pstrcat(pool, text, "key1:", line, "\n", NULL);
    }
    sst_error_clear(&err);
    assert_status(sst_keyring_parse(&ring, unit_text(text), "test keys", &err,
                                    pool), SST_OK);
    return ring;
}

apr_table_t *unit_table(const char *text, apr_pool_t *pool)
{
    apr_table_t *entries = apr_table_make(pool, 4);
    char *copy = apr_pstrdup(pool, text);
    char *rest = NULL;
    char *pair = apr_strtok(copy, " ", &rest);

    while (pair != NULL) {
        char *value = strchr(pair, '=');

        assert_non_null(value);
        *value++ = '\0';
        apr_table_addn(entries, pair, value);
        pair = apr_strtok(NULL, " ", &rest);
    }
    return entries;
}

const apr_array_header_t *unit_user_keys(const char *text, apr_pool_t *pool)
{
    const apr_array_header_t *keys = NULL;
    char *rest = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, text), " ", &rest);

    while (word != NULL) {
        keys = sst_user_keys_with(keys, word, pool);
        word = apr_strtok(NULL, " ", &rest);
    }
    return keys;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

const char *unit_table_text(const apr_table_t *entries, apr_pool_t *pool)
{
    const apr_array_header_t *array = apr_table_elts(entries);
    const apr_table_entry_t *entry = (apr_table_entry_t *) array->elts;
    apr_array_header_t *pairs = apr_array_make(pool, 4, sizeof(char *));
    int i;

    for (i = 0; i < array->nelts; i++) {
        APR_ARRAY_PUSH(pairs, char *) = apr_pstrcat(pool, entry[i].key, "=",
                                                    entry[i].val, NULL);
    }
    qsort(pairs->elts, (size_t) pairs->nelts, sizeof(char *), compare_texts);
    return apr_array_pstrcat(pool, pairs, ' ');
}

const char *unit_source_path(const char *path, apr_pool_t *pool)
{
    const char *top = getenv("srcdir");

    return apr_pstrcat(pool, top ? top : ".", "/", path, NULL);
}
