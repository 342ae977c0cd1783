/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The contract of the user index. */

#include "tests/contract/contract.h"

#define MANY 100

static sst_status_t add_until(fixture_t *fixture, const sst_row_t *user,
                              const sst_row_t *row, apr_int64_t expires_s)
{
    sst_store_t *store = fixture->store;

    return store->ops->index_add(store, user, row, expires_s,
                                 contract_deadline(), &fixture->err,
                                 fixture->pool);
}

static sst_status_t add(fixture_t *fixture, const sst_row_t *user,
                        const sst_row_t *row)
{
    return add_until(fixture, user, row, contract_now_s() + 3600);
}

static sst_status_t forget(fixture_t *fixture, const sst_row_t *user,
                           const sst_row_t *row)
{
    sst_store_t *store = fixture->store;

    return store->ops->index_remove(store, user, row, contract_deadline(),
                                    &fixture->err, fixture->pool);
}

static apr_array_header_t *list(fixture_t *fixture, const sst_row_t *user)
{
    sst_store_t *store = fixture->store;
    apr_array_header_t *rows = NULL;

    assert_answer(fixture, store->ops->index_list(&rows, store, user,
                                                  contract_deadline(),
                                                  &fixture->err,
                                                  fixture->pool), SST_OK);
    assert_non_null(rows);
    return rows;
}

static int times_listed(const apr_array_header_t *rows, const sst_row_t *row)
{
    int times = 0;
    int i;

    for (i = 0; i < rows->nelts; i++) {
        times += sst_row_equal(&APR_ARRAY_IDX(rows, i, sst_row_t), row);
    }
    return times;
}

static void a_user_without_rows_has_an_empty_list(void **state)
{
    sst_row_t user = contract_row();

    assert_int_equal(list(*state, &user)->nelts, 0);
}

static void a_row_that_was_added_is_listed(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();
    apr_array_header_t *rows;

    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    rows = list(fixture, &user);
    assert_int_equal(rows->nelts, 1);
    assert_int_equal(times_listed(rows, &row), 1);
}

static void a_row_that_was_added_twice_is_listed_once(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_int_equal(list(fixture, &user)->nelts, 1);
}

static void a_row_of_one_user_is_not_listed_for_another(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t other = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_int_equal(list(fixture, &other)->nelts, 0);
}

static void all_rows_of_a_user_are_listed(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t rows[MANY];
    apr_array_header_t *listed;
    int i;

    for (i = 0; i < MANY; i++) {
        rows[i] = contract_row();
        assert_answer(fixture, add(fixture, &user, &rows[i]), SST_OK);
    }
    listed = list(fixture, &user);
    assert_int_equal(listed->nelts, MANY);
    for (i = 0; i < MANY; i++) {
        assert_int_equal(times_listed(listed, &rows[i]), 1);
    }
}

static void a_row_that_was_removed_is_not_listed_and_others_are(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t gone = contract_row();
    sst_row_t kept = contract_row();
    apr_array_header_t *rows;

    assert_answer(fixture, add(fixture, &user, &gone), SST_OK);
    assert_answer(fixture, add(fixture, &user, &kept), SST_OK);
    assert_answer(fixture, forget(fixture, &user, &gone), SST_OK);
    rows = list(fixture, &user);
    assert_int_equal(rows->nelts, 1);
    assert_int_equal(times_listed(rows, &kept), 1);
}

static void removing_what_is_not_noted_is_ok(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, forget(fixture, &user, &row), SST_OK);
    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_answer(fixture, forget(fixture, &user, &row), SST_OK);
    assert_answer(fixture, forget(fixture, &user, &row), SST_OK);
}

static void a_row_can_be_added_again_after_the_last_was_removed(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_answer(fixture, forget(fixture, &user, &row), SST_OK);
    assert_int_equal(list(fixture, &user)->nelts, 0);
    assert_answer(fixture, add(fixture, &user, &row), SST_OK);
    assert_int_equal(list(fixture, &user)->nelts, 1);
}

/* "Until expires_s at least": a second note never shortens the first. */
static void an_entry_keeps_the_later_of_two_expiries(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, add_until(fixture, &user, &row,
                                     contract_now_s() + 3600), SST_OK);
    assert_answer(fixture, add_until(fixture, &user, &row,
                                     contract_now_s() - 3600), SST_OK);
    assert_int_equal(list(fixture, &user)->nelts, 1);
}

static void an_entry_can_be_prolonged(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, add_until(fixture, &user, &row,
                                     contract_now_s() - 3600), SST_OK);
    assert_answer(fixture, add_until(fixture, &user, &row,
                                     contract_now_s() + 3600), SST_OK);
    assert_int_equal(list(fixture, &user)->nelts, 1);
}

void contract_add_index(apr_array_header_t *tests)
{
    const struct CMUnitTest own[] = {
        CONTRACT_TEST(a_user_without_rows_has_an_empty_list),
        CONTRACT_TEST(a_row_that_was_added_is_listed),
        CONTRACT_TEST(a_row_that_was_added_twice_is_listed_once),
        CONTRACT_TEST(a_row_of_one_user_is_not_listed_for_another),
        CONTRACT_TEST(all_rows_of_a_user_are_listed),
        CONTRACT_TEST(a_row_that_was_removed_is_not_listed_and_others_are),
        CONTRACT_TEST(removing_what_is_not_noted_is_ok),
        CONTRACT_TEST(a_row_can_be_added_again_after_the_last_was_removed),
        CONTRACT_TEST(an_entry_keeps_the_later_of_two_expiries),
        CONTRACT_TEST(an_entry_can_be_prolonged)
    };

    contract_add(tests, own);
}
