/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The contract of get, put, touch and remove. */

#include "tests/contract/contract.h"

#define LARGE (1024 * 1024)

/* --- get --- */

static void get_of_an_absent_row_is_not_found_and_no_failure(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_value_t value;

    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
    assert_null(value.bytes.data);
    assert_int_equal(value.bytes.len, 0);
    assert_int_equal(value.version.revision, 0);
    assert_zero(value.version.token, sizeof(value.version.token));
    assert_int_equal(value.expires_s, 0);
}

static void get_answers_value_version_and_expiry(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_span_t put = contract_value(&version, unit_text("body"),
                                    fixture->pool);
    apr_int64_t expires_s = contract_now_s() + 1234;
    sst_value_t value;

    assert_answer(fixture, store->ops->put(store, &row, put, expires_s, NULL,
                                           contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_span_equal(value.bytes, put);
    assert_true(sst_version_equal(&value.version, &version));
    assert_in_range(value.expires_s, expires_s - 1, expires_s + 1);
}

static void get_satisfies_the_revision_that_the_caller_knows(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    assert_answer(fixture, store->ops->get(&value, store, &row, 2,
                                           contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_OK);
    assert_true(sst_version_equal(&value.version, &second));
}

/* --- Values --- */

static void assert_comes_back(fixture_t *fixture, sst_span_t body)
{
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_value_t value;

    assert_answer(fixture, store->ops->put(store, &row,
                                           contract_value(&version, body,
                                                          fixture->pool),
                                           contract_now_s() + 60, NULL,
                                           contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_span_equal(contract_body(value.bytes), body);
    assert_answer(fixture, contract_remove(fixture, &row, NULL), SST_OK);
}

static void a_value_may_hold_every_byte(void **state)
{
    unsigned char bytes[512];
    apr_size_t i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char) i;
    }
    assert_comes_back(*state, sst_span(bytes, sizeof(bytes)));
}

static void a_value_may_be_its_version_alone(void **state)
{
    assert_comes_back(*state, sst_span("", 0));
}

static void a_value_may_be_as_large_as_the_store_says(void **state)
{
    fixture_t *fixture = *state;
    apr_size_t most = fixture->store->ops->value_max;
    apr_size_t size = most > 0 && most < LARGE ? most : LARGE;

    assert_comes_back(fixture, unit_noise(1, size - SST_VERSION_LEN,
                                          fixture->pool));
}

static void rows_that_differ_in_one_bit_are_apart(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_row_t first = row;
    sst_row_t last = row;
    sst_version_t version = contract_version(1);
    sst_value_t value;

    first.bytes[0] ^= 1;
    last.bytes[SST_ROW_LEN - 1] ^= 1;
    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &first),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_get(&value, fixture, &last),
                  SST_NOT_FOUND);
}

/* --- put --- */

static void put_of_a_new_record_refuses_a_row_that_is_taken(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t other = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &row, &first, "first", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &other, "other", NULL),
                  SST_CONFLICT);
    contract_assert_stored(fixture, &row, &first, "first");
}

static void put_replaces_the_version_that_it_expects(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);

    assert_answer(fixture, contract_put(fixture, &row, &first, "a longer one",
                                        NULL), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "short",
                                        &first), SST_OK);
    contract_assert_stored(fixture, &row, &second, "short");
}

static void put_on_another_version_is_a_conflict_and_changes_nothing(
    void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);
    sst_version_t late = contract_version(2);

    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &late, "late", &first),
                  SST_CONFLICT);
    contract_assert_stored(fixture, &row, &second, "two");
}

static void put_on_a_row_that_never_was_is_not_found(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t expected = contract_version(1);
    sst_version_t version = contract_version(2);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x",
                                        &expected), SST_NOT_FOUND);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

static void what_has_ended_stays_ended(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t late = contract_version(2);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &first, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, NULL), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &late, "late", &first),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

static void the_repeat_of_a_first_write_is_ok(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    contract_assert_stored(fixture, &row, &version, "x");
}

static void the_repeat_of_a_later_write_is_ok(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);

    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    contract_assert_stored(fixture, &row, &second, "two");
}

static void the_repeat_of_an_overwritten_write_is_a_conflict(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);

    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_CONFLICT);
    contract_assert_stored(fixture, &row, &second, "two");
}

/* Whatever a store keeps of the writes before. */
static void a_value_comes_back_however_often_it_was_replaced(void **state)
{
    static const char *const bodies[] = { "", "short", "a longer one" };
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t versions[24];
    int i;

    for (i = 0; i < (int) (sizeof(versions) / sizeof(versions[0])); i++) {
        versions[i] = contract_version((apr_uint64_t) i + 1);
        assert_answer(fixture, contract_put(fixture, &row, &versions[i],
                                            bodies[i % 3],
                                            i > 0 ? &versions[i - 1] : NULL),
                      SST_OK);
        contract_assert_stored(fixture, &row, &versions[i], bodies[i % 3]);
    }
}

static void put_sets_when_the_record_expires(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t second = contract_version(2);
    apr_int64_t expires_s = contract_now_s() + 500;
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &first, "one", NULL),
                  SST_OK);
    assert_answer(fixture,
                  store->ops->put(store, &row,
                                  contract_value(&second, unit_text("two"),
                                                 fixture->pool),
                                  expires_s, &first, contract_deadline(),
                                  &fixture->err, fixture->pool), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_in_range(value.expires_s, expires_s - 1, expires_s + 1);
}

/* --- touch --- */

static void touch_sets_the_expiry_and_nothing_else(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    apr_int64_t later_s = contract_now_s() + 7200;
    apr_int64_t sooner_s = contract_now_s() + 100;
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_touch(fixture, &row, later_s), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_in_range(value.expires_s, later_s - 1, later_s + 1);
    assert_answer(fixture, contract_touch(fixture, &row, sooner_s), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_in_range(value.expires_s, sooner_s - 1, sooner_s + 1);
    contract_assert_stored(fixture, &row, &version, "x");
}

static void touch_near_the_end_prolongs(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    apr_int64_t later_s = contract_now_s() + 7200;
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 30), SST_OK);
    assert_answer(fixture, contract_touch(fixture, &row, later_s), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
    assert_in_range(value.expires_s, later_s - 1, later_s + 1);
}

static void touch_never_creates(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_value_t value;

    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 60),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

static void touch_does_not_bring_back_what_has_ended(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, &version), SST_OK);
    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 60),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

/* --- Expiry --- */

/* Puts a record that lives a moment, and waits until it is over. */
static void let_expire(fixture_t *fixture, const sst_row_t *row,
                       const sst_version_t *version)
{
    sst_store_t *store = fixture->store;
    apr_int64_t expires_s = contract_now_s() + 2;
    sst_span_t value = contract_value(version, unit_text("x"),
                                      fixture->pool);

    assert_answer(fixture, store->ops->put(store, row, value, expires_s, NULL,
                                           contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_OK);
    while (contract_now_s() <= expires_s) {
        apr_sleep(apr_time_from_msec(20));
    }
}

static void what_has_expired_has_ended(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t late = contract_version(2);

    let_expire(fixture, &row, &first);
    assert_answer(fixture, contract_put(fixture, &row, &late, "late", &first),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 60),
                  SST_NOT_FOUND);
}

/* --- remove --- */

static void remove_ends_whatever_is_stored(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(7);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, NULL), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

static void remove_of_an_absent_row_is_not_found(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);

    assert_answer(fixture, contract_remove(fixture, &row, NULL),
                  SST_NOT_FOUND);
    assert_answer(fixture, contract_remove(fixture, &row, &version),
                  SST_NOT_FOUND);
}

static void remove_ends_the_version_that_it_expects(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_value_t value;

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, &version), SST_OK);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

static void remove_of_another_version_is_a_conflict_and_changes_nothing(
    void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_version_t other = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, &other),
                  SST_CONFLICT);
    contract_assert_stored(fixture, &row, &version, "x");
}

static void a_row_can_be_used_again(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = contract_version(1);
    sst_version_t again = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &row, &first, "x", NULL),
                  SST_OK);
    assert_answer(fixture, contract_remove(fixture, &row, NULL), SST_OK);
    assert_answer(fixture, contract_put(fixture, &row, &again, "y", NULL),
                  SST_OK);
    contract_assert_stored(fixture, &row, &again, "y");
}

void contract_add_records(apr_array_header_t *tests)
{
    const struct CMUnitTest own[] = {
        CONTRACT_TEST(get_of_an_absent_row_is_not_found_and_no_failure),
        CONTRACT_TEST(get_answers_value_version_and_expiry),
        CONTRACT_TEST(get_satisfies_the_revision_that_the_caller_knows),
        CONTRACT_TEST(a_value_may_hold_every_byte),
        CONTRACT_TEST(a_value_may_be_its_version_alone),
        CONTRACT_TEST(a_value_may_be_as_large_as_the_store_says),
        CONTRACT_TEST(rows_that_differ_in_one_bit_are_apart),
        CONTRACT_TEST(put_of_a_new_record_refuses_a_row_that_is_taken),
        CONTRACT_TEST(put_replaces_the_version_that_it_expects),
        CONTRACT_TEST(
            put_on_another_version_is_a_conflict_and_changes_nothing),
        CONTRACT_TEST(put_on_a_row_that_never_was_is_not_found),
        CONTRACT_TEST(what_has_ended_stays_ended),
        CONTRACT_TEST(the_repeat_of_a_first_write_is_ok),
        CONTRACT_TEST(the_repeat_of_a_later_write_is_ok),
        CONTRACT_TEST(the_repeat_of_an_overwritten_write_is_a_conflict),
        CONTRACT_TEST(a_value_comes_back_however_often_it_was_replaced),
        CONTRACT_TEST(put_sets_when_the_record_expires),
        CONTRACT_TEST(touch_sets_the_expiry_and_nothing_else),
        CONTRACT_TEST(touch_near_the_end_prolongs),
        CONTRACT_TEST(touch_never_creates),
        CONTRACT_TEST(touch_does_not_bring_back_what_has_ended),
        CONTRACT_TEST(what_has_expired_has_ended),
        CONTRACT_TEST(remove_ends_whatever_is_stored),
        CONTRACT_TEST(remove_of_an_absent_row_is_not_found),
        CONTRACT_TEST(remove_ends_the_version_that_it_expects),
        CONTRACT_TEST(
            remove_of_another_version_is_a_conflict_and_changes_nothing),
        CONTRACT_TEST(a_row_can_be_used_again)
    };

    contract_add(tests, own);
}
