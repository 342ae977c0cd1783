/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The contract of what walks through a whole store: scan and purge. */

#include "tests/contract/contract.h"

#define RECORDS 200

/* --- scan --- */

/* Counts how often each of our own rows is seen. */
typedef struct sighting_t {
    sst_row_t rows[RECORDS];
    sst_version_t versions[RECORDS];
    int seen[RECORDS];
    int wrong;              /* values that are not what was put */
    int calls;
    sst_status_t answer;    /* what the function answers */
    sst_store_t *store;
} sighting_t;

static sst_status_t note_row(void *baton, const sst_row_t *row,
                             const sst_value_t *value, apr_pool_t *pool)
{
    sighting_t *sighting = baton;
    int i;

    assert_non_null(pool);
    sighting->calls++;
    for (i = 0; i < RECORDS; i++) {
        if (sst_row_equal(&sighting->rows[i], row)) {
            sighting->seen[i]++;
            sighting->wrong += !sst_version_equal(&sighting->versions[i],
                                                  &value->version)
                               || contract_body(value->bytes).len != 1;
        }
    }
    return sighting->answer;
}

/* Every other record has been replaced once. */
static void fill(fixture_t *fixture, sighting_t *sighting)
{
    sst_version_t first;
    int i;

    memset(sighting, 0, sizeof(*sighting));
    sighting->store = fixture->store;
    for (i = 0; i < RECORDS; i++) {
        sighting->rows[i] = contract_row();
        sighting->versions[i] = contract_version(1);
        assert_answer(fixture, contract_put(fixture, &sighting->rows[i],
                                            &sighting->versions[i], "x",
                                            NULL), SST_OK);
        if (i % 2 == 0) {
            first = sighting->versions[i];
            sighting->versions[i] = contract_version(2);
            assert_answer(fixture, contract_put(fixture, &sighting->rows[i],
                                                &sighting->versions[i], "y",
                                                &first), SST_OK);
        }
    }
}

static void scan_sees_each_record_once(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sighting_t sighting;
    int i;

    fill(fixture, &sighting);
    assert_answer(fixture, store->ops->scan(store, note_row, &sighting,
                                            &fixture->err, fixture->pool),
                  SST_OK);
    for (i = 0; i < RECORDS; i++) {
        assert_int_equal(sighting.seen[i], 1);
    }
    assert_int_equal(sighting.wrong, 0);
}

static void scan_ends_with_what_the_function_answers(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sighting_t sighting;

    fill(fixture, &sighting);
    sighting.answer = SST_CONFLICT;
    assert_answer(fixture, store->ops->scan(store, note_row, &sighting,
                                            &fixture->err, fixture->pool),
                  SST_CONFLICT);
    assert_int_equal(sighting.calls, 1);
}

/* Removes each of our records that it is shown, as the tool does. */
static sst_status_t end_row(void *baton, const sst_row_t *row,
                            const sst_value_t *value, apr_pool_t *pool)
{
    sighting_t *sighting = baton;
    sst_store_t *store = sighting->store;
    int i;

    for (i = 0; i < RECORDS; i++) {
        if (sst_row_equal(&sighting->rows[i], row)) {
            return store->ops->remove(store, row, &value->version,
                                      contract_deadline(), NULL, pool);
        }
    }
    return SST_OK;
}

static void records_may_be_removed_while_scan_runs(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sighting_t sighting;
    sst_value_t value;
    int i;

    fill(fixture, &sighting);
    assert_answer(fixture, store->ops->scan(store, end_row, &sighting,
                                            &fixture->err, fixture->pool),
                  SST_OK);
    for (i = 0; i < RECORDS; i++) {
        assert_answer(fixture, contract_get(&value, fixture,
                                            &sighting.rows[i]),
                      SST_NOT_FOUND);
    }
}

/* --- purge --- */

static void purge_all(fixture_t *fixture, sst_purge_t *purge,
                      apr_int64_t now_s, apr_interval_time_t budget)
{
    sst_store_t *store = fixture->store;
    int slices = 0;

    memset(purge, 0, sizeof(*purge));
    while (!purge->done) {
        assert_answer(fixture, store->ops->purge(purge, store, now_s, budget,
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
        slices++;
        assert_true(slices < 100000);
    }
}

static void purge_removes_what_has_expired_and_nothing_else(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t dead = contract_row();
    sst_row_t alive = contract_row();
    sst_version_t version = contract_version(1);
    apr_int64_t now_s = contract_now_s();
    sst_purge_t purge;
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &dead, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &alive, &version, "x",
                                        NULL), SST_OK);
    assert_answer(fixture, contract_touch(fixture, &dead, now_s + 100),
                  SST_OK);
    assert_answer(fixture, contract_touch(fixture, &alive, now_s + 1000),
                  SST_OK);
    purge_all(fixture, &purge, now_s + 500, apr_time_from_sec(10));
    assert_true(purge.removed >= 1);
    assert_answer(fixture, contract_get(&value, fixture, &dead),
                  SST_NOT_FOUND);
    contract_assert_stored(fixture, &alive, &version, "x");
}

static void purge_comes_to_an_end_in_the_smallest_slices(void **state)
{
    fixture_t *fixture = *state;
    sighting_t sighting;
    sst_purge_t purge;
    sst_value_t value;
    int i;

    fill(fixture, &sighting);
    for (i = 0; i < RECORDS; i++) {
        assert_answer(fixture, contract_touch(fixture, &sighting.rows[i],
                                              contract_now_s() - 10),
                      SST_OK);
    }
    purge_all(fixture, &purge, contract_now_s(), 0);
    assert_true(purge.removed >= RECORDS);
    for (i = 0; i < RECORDS; i++) {
        assert_answer(fixture, contract_get(&value, fixture,
                                            &sighting.rows[i]),
                      SST_NOT_FOUND);
    }
}

static int listed(fixture_t *fixture, const sst_row_t *user)
{
    sst_store_t *store = fixture->store;
    apr_array_header_t *rows = NULL;

    assert_answer(fixture, store->ops->index_list(&rows, store, user,
                                                  contract_deadline(),
                                                  &fixture->err,
                                                  fixture->pool), SST_OK);
    return rows->nelts;
}

static void purge_removes_index_entries_that_have_expired(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t user = contract_row();
    sst_row_t dead = contract_row();
    sst_row_t alive = contract_row();
    apr_int64_t now_s = contract_now_s();
    sst_purge_t purge;

    assert_answer(fixture, store->ops->index_add(store, &user, &dead,
                                                 now_s + 100,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    assert_answer(fixture, store->ops->index_add(store, &user, &alive,
                                                 now_s + 1000,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    purge_all(fixture, &purge, now_s + 500, apr_time_from_sec(10));
    assert_int_equal(listed(fixture, &user), 1);
    purge_all(fixture, &purge, now_s + 1000, apr_time_from_sec(10));
    assert_int_equal(listed(fixture, &user), 0);
}

/* A store that expires by itself has a purge that is done at once. */
static void purge_has_nothing_to_do(void **state)
{
    sst_purge_t purge;

    purge_all(*state, &purge, contract_now_s(), 0);
    assert_int_equal(purge.removed, 0);
}

void contract_add_walks(apr_array_header_t *tests, const sst_store_t *store)
{
    const struct CMUnitTest scans[] = {
        CONTRACT_TEST(scan_sees_each_record_once),
        CONTRACT_TEST(scan_ends_with_what_the_function_answers),
        CONTRACT_TEST(records_may_be_removed_while_scan_runs)
    };
    const struct CMUnitTest purges[] = {
        CONTRACT_TEST(purge_removes_what_has_expired_and_nothing_else),
        CONTRACT_TEST(purge_comes_to_an_end_in_the_smallest_slices),
        CONTRACT_TEST(purge_removes_index_entries_that_have_expired)
    };
    const struct CMUnitTest no_purge[] = {
        CONTRACT_TEST(purge_has_nothing_to_do)
    };

    contract_add(tests, scans);
    if (store->ops->purge == sst_store_default_purge) {
        contract_add(tests, no_purge);
    }
    else {
        contract_add(tests, purges);
    }
}
