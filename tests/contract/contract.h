/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The store contract of lib/store.h as tests: each test is one sentence of it,
 * written once and run over every backend (see contract.c for how one is
 * named). The rows are random, so that a server with other data in it, or with
 * what an earlier run has left, is as good as an empty one.
 */
#ifndef SST_TESTS_CONTRACT_H
#define SST_TESTS_CONTRACT_H

#include "lib/store.h"
#include "tests/unit/unit.h"

/* What a store is opened from. */
typedef struct target_t {
    const char *url;
    const char *const *options;     /* name=value */
    int option_count;
    int private;                    /* lives in one process only */
} target_t;

/* The target under test. */
extern const target_t *contract_target;

/* What a test starts with: *state of each test. */
typedef struct fixture_t {
    apr_pool_t *pool;
    sst_store_t *store;
    sst_error_t err;
} fixture_t;

/* A test whose *state is a fixture_t of its own. */
#define CONTRACT_TEST(test) \
    cmocka_unit_test_setup_teardown(test, contract_setup, contract_teardown)

int contract_setup(void **state);
int contract_teardown(void **state);

/* Opens, prepares and starts the target, as a new process does: NULL and a
 * line on stderr when that fails. For processes that a test forks.
 */
sst_store_t *contract_open(apr_pool_t *pool);

/* The groups of tests; each adds its own to the list (struct CMUnitTest). */
void contract_add_records(apr_array_header_t *tests);
void contract_add_index(apr_array_header_t *tests);
void contract_add_walks(apr_array_header_t *tests, const sst_store_t *store);
void contract_add_concurrency(apr_array_header_t *tests);

#define contract_add(tests, some) \
    contract_add_all((tests), (some), sizeof(some) / sizeof((some)[0]))
void contract_add_all(apr_array_header_t *tests,
                      const struct CMUnitTest *some, size_t count);

/* --- Rows, versions, values --- */

sst_row_t contract_row(void);

/* A version with a random token. */
sst_version_t contract_version(apr_uint64_t revision);

/* A value: the version, then the body. */
sst_span_t contract_value(const sst_version_t *version, sst_span_t body,
                          apr_pool_t *pool);

/* The body of a value. */
sst_span_t contract_body(sst_span_t value);

/* Seconds since 1970, and a deadline that no healthy store misses. */
apr_int64_t contract_now_s(void);
apr_time_t contract_deadline(void);

/* --- Calls with the usual arguments --- */

sst_status_t contract_get(sst_value_t *out, fixture_t *fixture,
                          const sst_row_t *row);
sst_status_t contract_put(fixture_t *fixture, const sst_row_t *row,
                          const sst_version_t *version, const char *body,
                          const sst_version_t *expected);
sst_status_t contract_touch(fixture_t *fixture, const sst_row_t *row,
                            apr_int64_t expires_s);
sst_status_t contract_remove(fixture_t *fixture, const sst_row_t *row,
                             const sst_version_t *expected);

/* The answer is the expected one, and only a failure is described in err. */
#define assert_answer(fixture, call, expected) \
    do { \
        sst_error_clear(&(fixture)->err); \
        contract_check((fixture), (call), (expected), __FILE__, __LINE__); \
    } while (0)
void contract_check(fixture_t *fixture, sst_status_t got,
                    sst_status_t expected, const char *file, int line);

/* The row holds this version and body. */
void contract_assert_stored(fixture_t *fixture, const sst_row_t *row,
                            const sst_version_t *version, const char *body);

#endif
