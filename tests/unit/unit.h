/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the unit tests have in common: a pool for each test, spans to compare,
 * a key ring and hex texts. Includes cmocka and what cmocka wants before it.
 */
#ifndef SST_TESTS_UNIT_H
#define SST_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/bytes.h"
#include "lib/keyring.h"
#include "lib/status.h"

/* A test whose *state is a pool of its own, of type apr_pool_t. */
#define UNIT_TEST(test) \
    cmocka_unit_test_setup_teardown(test, unit_make_pool, unit_drop_pool)

int unit_make_pool(void **state);
int unit_drop_pool(void **state);

/* For cmocka_run_group_tests: starts and ends APR. */
int unit_start(void **state);
int unit_stop(void **state);

/* Compares statuses by name, so that a failure is readable. */
#define assert_status(got, expected) \
    assert_string_equal(sst_status_name(got), sst_status_name(expected))

/* Both spans hold the same bytes. */
#define assert_span_equal(got, expected) \
    unit_assert_span_equal((got), (expected), __FILE__, __LINE__)
void unit_assert_span_equal(sst_span_t got, sst_span_t expected,
                            const char *file, int line);

/* All `len` bytes are zero. */
#define assert_zero(data, len) \
    unit_assert_zero((data), (len), __FILE__, __LINE__)
void unit_assert_zero(const void *data, apr_size_t len, const char *file,
                      int line);

/* *err holds this status and a text of one line. */
#define assert_error(err, expected) \
    unit_assert_error((err), (expected), __FILE__, __LINE__)
void unit_assert_error(const sst_error_t *err, sst_status_t expected,
                       const char *file, int line);

/* The bytes that hex digits stand for; blanks between them are passed over. */
sst_span_t unit_hex(const char *digits, apr_pool_t *pool);

/* The bytes of a C string, without its NUL. */
sst_span_t unit_text(const char *text);

/* A copy in a block of exactly its size from malloc: there a sanitizer sees
 * the first byte that is read beyond it, which in a pool it does not.
 */
sst_span_t unit_exact_copy(sst_span_t bytes);
void unit_exact_free(sst_span_t copy);

/* `len` bytes that look random, the same for the same `seed`. */
sst_span_t unit_noise(apr_uint32_t seed, apr_size_t len, apr_pool_t *pool);

/* A ring of the keys with these numbers, of which each is 32 times the same
 * byte: "12" is the ring of key 1 (which seals) and key 2.
 */
sst_keyring_t *unit_ring(const char *numbers, apr_pool_t *pool);

/* A table as a text and back: "a=1 b=2". The text of a table has its entries
 * sorted, so that order plays no part.
 */
apr_table_t *unit_table(const char *text, apr_pool_t *pool);
const char *unit_table_text(const apr_table_t *entries, apr_pool_t *pool);

/* The words of a text as a list of keys (lib/entries.h). */
const apr_array_header_t *unit_user_keys(const char *text, apr_pool_t *pool);

/* The path of a file of the source tree, wherever the test was built. */
const char *unit_source_path(const char *path, apr_pool_t *pool);

#endif
