/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the contract's tests have in common: rows, versions, values, calls. */

#include "tests/contract/contract.h"

#include <apr_general.h>

#define DEADLINE apr_time_from_sec(60)
#define LIFE_S 3600

int contract_teardown(void **state)
{
    fixture_t *fixture = *state;

    apr_pool_destroy(fixture->pool);
    *state = NULL;
    return 0;
}

sst_row_t contract_row(void)
{
    sst_row_t row;

    assert_int_equal(apr_generate_random_bytes(row.bytes, sizeof(row.bytes)),
                     APR_SUCCESS);
    return row;
}

sst_version_t contract_version(apr_uint64_t revision)
{
    sst_version_t version;

    assert_int_equal(apr_generate_random_bytes(version.token,
                                               sizeof(version.token)),
                     APR_SUCCESS);
    version.revision = revision;
    return version;
}

sst_span_t contract_value(const sst_version_t *version, sst_span_t body,
                          apr_pool_t *pool)
{
    apr_size_t size = SST_VERSION_LEN + body.len;
    sst_writer_t writer = sst_writer(apr_palloc(pool, size), size);

    sst_write_bytes(&writer, sst_span(version->token,
                                      sizeof(version->token)));
    sst_write_u64(&writer, version->revision);
    sst_write_bytes(&writer, body);
    return sst_written(&writer);
}

sst_span_t contract_body(sst_span_t value)
{
    return sst_span(value.data + SST_VERSION_LEN,
                    value.len - SST_VERSION_LEN);
}

apr_int64_t contract_now_s(void)
{
    return apr_time_sec(apr_time_now());
}

apr_time_t contract_deadline(void)
{
    return apr_time_now() + DEADLINE;
}

sst_status_t contract_get(sst_value_t *out, fixture_t *fixture,
                          const sst_row_t *row)
{
    sst_store_t *store = fixture->store;

    /* So that a backend which forgets to set it is seen. */
    memset(out, 0xa5, sizeof(*out));
    return store->ops->get(out, store, row, 0, contract_deadline(),
                           &fixture->err, fixture->pool);
}

sst_status_t contract_put(fixture_t *fixture, const sst_row_t *row,
                          const sst_version_t *version, const char *body,
                          const sst_version_t *expected)
{
    sst_store_t *store = fixture->store;

    return store->ops->put(store, row,
                           contract_value(version, sst_span_text(body),
                                          fixture->pool),
                           contract_now_s() + LIFE_S, expected,
                           contract_deadline(), &fixture->err, fixture->pool);
}

sst_status_t contract_touch(fixture_t *fixture, const sst_row_t *row,
                            apr_int64_t expires_s)
{
    sst_store_t *store = fixture->store;

    return store->ops->touch(store, row, expires_s, contract_deadline(),
                             &fixture->err, fixture->pool);
}

sst_status_t contract_remove(fixture_t *fixture, const sst_row_t *row,
                             const sst_version_t *expected)
{
    sst_store_t *store = fixture->store;

    return store->ops->remove(store, row, expected, contract_deadline(),
                              &fixture->err, fixture->pool);
}

void contract_check(fixture_t *fixture, sst_status_t got,
                    sst_status_t expected, const char *file, int line)
{
    if (got != expected && fixture->err.status != SST_OK) {
        print_error("%s\n", fixture->err.text);
    }
    _assert_string_equal(sst_status_name(got), sst_status_name(expected),
                         file, line);
    if (got == SST_OK || got == SST_NOT_FOUND || got == SST_CONFLICT) {
        _assert_string_equal(sst_status_name(fixture->err.status),
                             sst_status_name(SST_OK), file, line);
    }
    else {
        unit_assert_error(&fixture->err, expected, file, line);
    }
}

void contract_assert_stored(fixture_t *fixture, const sst_row_t *row,
                            const sst_version_t *version, const char *body)
{
    sst_value_t value;

    assert_answer(fixture, contract_get(&value, fixture, row), SST_OK);
    assert_true(sst_version_equal(&value.version, version));
    assert_span_equal(contract_body(value.bytes), sst_span_text(body));
}
