/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Records on their way from one store to another: what others do at the worst
 * moment, and what is left when a call fails half-way. The contract's suite
 * runs over the same store, see tests/contract/moving.h.
 */

#include "tests/unit/session_rig.h"

#include <apr_strings.h>

#include "lib/admin.h"
#include "lib/migrate.h"
#include "lib/migrate_mark.h"
#include "tests/contract/contract.h"

#define LIFE_S 3600
#define HOUR apr_time_from_sec(3600)

/* Two stores in memory; a store that moves records from one to the other, and
 * one that has not settled yet, as another server may have.
 */
typedef struct stores_t {
    apr_pool_t *pool;
    sst_store_t *to;
    sst_store_t *from;
    sst_store_t *moving;
    sst_store_t *settling;
    sst_row_t row;
    sst_version_t first;        /* of the record in the old store */
    apr_int64_t expires_s;
    sst_error_t err;
} stores_t;

static sst_store_t *open_memory(apr_pool_t *pool)
{
    sst_store_t *store;

    assert_status(sst_store_open_with(&store, &sst_backend_memory, "memory:",
                                      0, NULL, NULL, pool), SST_OK);
    return store;
}

static sst_store_t *make_moving(stores_t *stores, int miss,
                                apr_interval_time_t settle)
{
    sst_migrate_conf_t conf = { miss, settle };

    return sst_migrate_make(stores->to, stores->from, &conf, stores->pool);
}

static sst_status_t put(stores_t *stores, sst_store_t *store,
                        const sst_version_t *version, const char *body,
                        const sst_version_t *expected)
{
    sst_error_clear(&stores->err);
    return store->ops->put(store, &stores->row,
                           contract_value(version, sst_span_text(body),
                                          stores->pool),
                           stores->expires_s, expected, contract_deadline(),
                           &stores->err, stores->pool);
}

static sst_status_t get(sst_value_t *out, stores_t *stores,
                        sst_store_t *store)
{
    sst_error_clear(&stores->err);
    return store->ops->get(out, store, &stores->row, 0, contract_deadline(),
                           &stores->err, stores->pool);
}

static sst_status_t end(stores_t *stores, sst_store_t *store,
                        const sst_version_t *expected)
{
    sst_error_clear(&stores->err);
    return store->ops->remove(store, &stores->row, expected,
                              contract_deadline(), &stores->err,
                              stores->pool);
}

static sst_status_t touch(stores_t *stores, sst_store_t *store,
                          apr_int64_t expires_s)
{
    sst_error_clear(&stores->err);
    return store->ops->touch(store, &stores->row, expires_s,
                             contract_deadline(), &stores->err,
                             stores->pool);
}

/* The body that a store has, or the name of its answer. */
static const char *body(stores_t *stores, sst_store_t *store)
{
    sst_value_t value;
    sst_status_t status = get(&value, stores, store);
    sst_span_t text;

    if (status != SST_OK) {
        return sst_status_name(status);
    }
    text = contract_body(value.bytes);
    return apr_pstrmemdup(stores->pool, (const char *) text.data, text.len);
}

/* The mark of the record in a part; NONE when there is no record. */
static sst_mark_t mark(stores_t *stores, sst_store_t *part)
{
    sst_value_t value;

    return get(&value, stores, part) == SST_OK ? sst_mark_of(&value.version)
                                               : SST_MARK_NONE;
}

/* A record "old" in the old store. */
static stores_t *make(void **state)
{
    stores_t *stores = apr_pcalloc(*state, sizeof(*stores));

    stores->pool = *state;
    stores->to = open_memory(*state);
    stores->from = open_memory(*state);
    stores->moving = make_moving(stores, 0, 0);
    stores->settling = make_moving(stores, 0, HOUR);
    stores->row = contract_row();
    stores->first = contract_version(7);
    stores->expires_s = contract_now_s() + LIFE_S;
    assert_status(put(stores, stores->from, &stores->first, "old", NULL),
                  SST_OK);
    return stores;
}

/* --- Moving --- */

static void a_change_moves_a_record(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    sst_value_t value;

    assert_status(get(&value, stores, stores->moving), SST_OK);
    assert_true(value.elsewhere);
    assert_true(sst_version_equal(&value.version, &stores->first));
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_OK);
    assert_int_equal(sst_memory_records(stores->from), 0);
    assert_string_equal(body(stores, stores->to), "new");
    assert_status(get(&value, stores, stores->moving), SST_OK);
    assert_false(value.elsewhere);
    assert_true(sst_version_equal(&value.version, &next));
}

static void a_touch_moves_a_record_as_it_is(void **state)
{
    stores_t *stores = make(state);
    sst_value_t value;

    assert_status(touch(stores, stores->moving, stores->expires_s + 60),
                  SST_OK);
    assert_int_equal(sst_memory_records(stores->from), 0);
    assert_status(get(&value, stores, stores->to), SST_OK);
    assert_true(sst_version_equal(&value.version, &stores->first));
    assert_int_equal(value.expires_s, stores->expires_s + 60);
    assert_string_equal(body(stores, stores->to), "old");
}

static void a_read_moves_nothing(void **state)
{
    stores_t *stores = make(state);

    assert_string_equal(body(stores, stores->moving), "old");
    assert_int_equal(sst_memory_records(stores->to), 0);
    assert_int_equal(sst_memory_calls(stores->from, SST_MEMORY_PUT), 1);
}

static void a_moved_record_costs_the_old_store_no_call(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    sst_version_t third = contract_version(9);

    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_OK);
    sst_memory_calls_reset(stores->from);
    assert_string_equal(body(stores, stores->moving), "new");
    assert_status(put(stores, stores->moving, &third, "3", &next), SST_OK);
    assert_status(touch(stores, stores->moving, stores->expires_s), SST_OK);
    assert_int_equal(sst_memory_calls(stores->from, SST_MEMORY_ANY), 0);
}

static void what_is_too_large_for_the_new_store_stays_when_touched(
    void **state)
{
    stores_t *stores = make(state);
    sst_store_ops_t small = *stores->to->ops;
    sst_value_t value;

    small.value_max = SST_VERSION_LEN + 2;
    stores->to->ops = &small;
    stores->moving = make_moving(stores, 0, 0);
    assert_int_equal(stores->moving->ops->value_max, small.value_max);
    assert_status(touch(stores, stores->moving, stores->expires_s + 60),
                  SST_OK);
    assert_status(get(&value, stores, stores->from), SST_OK);
    assert_int_equal(value.expires_s, stores->expires_s + 60);
    assert_int_equal(sst_memory_records(stores->to), 0);
}

static void until_it_is_settled_all_is_written_to_the_old_store(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);

    assert_status(put(stores, stores->settling, &next, "new", &stores->first),
                  SST_OK);
    assert_status(touch(stores, stores->settling, stores->expires_s + 9),
                  SST_OK);
    assert_string_equal(body(stores, stores->from), "new");
    stores->row = contract_row();
    assert_status(put(stores, stores->settling, &next, "begun", NULL),
                  SST_OK);
    assert_string_equal(body(stores, stores->from), "begun");
    assert_int_equal(sst_memory_records(stores->to), 0);
}

static void what_has_moved_is_written_where_it_is_by_all(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    sst_version_t third = contract_version(9);

    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_OK);
    assert_string_equal(body(stores, stores->settling), "new");
    assert_status(put(stores, stores->settling, &third, "3", &next), SST_OK);
    assert_string_equal(body(stores, stores->to), "3");
    assert_int_equal(sst_memory_records(stores->from), 0);
}

/* --- At the worst moment --- */

/* What another one does when a put is about to take effect, once. A change
 * tries the new store first, so that the put which moves is its second there.
 */
typedef struct other_t {
    stores_t *stores;
    sst_store_t *store;         /* that the other one calls */
    sst_status_t answer;        /* that the other one got */
    sst_version_t version;      /* of what the other one writes */
    int turn;                   /* at which put, 1 is the first */
    int puts;                   /* so far */
} other_t;

static void plan(other_t *other, stores_t *stores, sst_store_t *store,
                 int turn)
{
    memset(other, 0, sizeof(*other));
    other->stores = stores;
    other->store = store;
    other->turn = turn;
    other->version = contract_version(8);
}

/* Changes the record as it finds it. */
static void other_changes(void *baton, sst_store_t *store,
                          const sst_row_t *row)
{
    other_t *other = baton;
    sst_value_t value;

    if (++other->puts == other->turn) {
        assert_status(get(&value, other->stores, other->store), SST_OK);
        other->answer = put(other->stores, other->store, &other->version,
                            "other", &value.version);
    }
}

/* Changes the record as it was at first. */
static void other_is_late(void *baton, sst_store_t *store,
                          const sst_row_t *row)
{
    other_t *other = baton;

    if (++other->puts == other->turn) {
        other->answer = put(other->stores, other->store, &other->version,
                            "other", &other->stores->first);
    }
}

static void other_ends(void *baton, sst_store_t *store, const sst_row_t *row)
{
    other_t *other = baton;

    if (++other->puts == other->turn) {
        other->answer = end(other->stores, other->store, NULL);
    }
}

static void a_write_before_the_claim_is_not_lost(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    plan(&other, stores, stores->from, 1);
    sst_memory_before_put(stores->from, other_changes, &other);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_CONFLICT);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "other");
    assert_status(put(stores, stores->moving, &next, "new", &other.version),
                  SST_OK);
    assert_string_equal(body(stores, stores->moving), "new");
}

static void a_write_after_the_claim_is_refused_and_then_moves_it(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    /* Of another server, which would write to the old store. */
    plan(&other, stores, stores->settling, 2);
    sst_memory_before_put(stores->to, other_is_late, &other);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_OK);
    assert_status(other.answer, SST_CONFLICT);
    assert_string_equal(body(stores, stores->settling), "new");
}

static void of_two_who_move_one_writes_and_one_finds_a_conflict(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    plan(&other, stores, stores->settling, 2);
    sst_memory_before_put(stores->to, other_changes, &other);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_CONFLICT);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "other");
    assert_int_equal(sst_memory_records(stores->from), 0);
}

static void what_ends_before_the_claim_does_not_come_back(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    plan(&other, stores, stores->moving, 1);
    sst_memory_before_put(stores->from, other_ends, &other);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_CONFLICT);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "not found");
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_NOT_FOUND);
}

static void what_ends_while_it_moves_does_not_come_back(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    plan(&other, stores, stores->moving, 2);
    sst_memory_before_put(stores->to, other_ends, &other);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_CONFLICT);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "not found");
    assert_string_equal(body(stores, stores->settling), "not found");
    assert_int_equal(sst_memory_records(stores->from), 0);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_NOT_FOUND);
    assert_status(touch(stores, stores->moving, stores->expires_s),
                  SST_NOT_FOUND);
    assert_status(end(stores, stores->moving, NULL), SST_NOT_FOUND);
}

static void a_touch_does_not_bring_back_what_ends_meanwhile(void **state)
{
    stores_t *stores = make(state);
    other_t other;

    plan(&other, stores, stores->moving, 1);
    sst_memory_before_put(stores->to, other_ends, &other);
    assert_status(touch(stores, stores->moving, stores->expires_s),
                  SST_NOT_FOUND);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "not found");
}

static void an_end_meets_a_move_and_ends_what_has_moved(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    other_t other;

    /* The record is claimed, and its mover has stopped there. */
    sst_memory_fail(stores->to, SST_MEMORY_PUT, 2, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_UNAVAILABLE);
    assert_int_equal(mark(stores, stores->from), SST_MARK_CLAIMED);
    plan(&other, stores, stores->moving, 1);
    sst_memory_before_put(stores->to, other_changes, &other);
    assert_status(end(stores, stores->moving, NULL), SST_OK);
    assert_status(other.answer, SST_OK);
    assert_string_equal(body(stores, stores->moving), "not found");
    assert_int_equal(sst_memory_records(stores->from), 0);
}

/* A store whose get lets somebody else in, once, before it looks. */
static other_t *before_get;

static sst_status_t late_get(sst_value_t *out, sst_store_t *store,
                             const sst_row_t *row, apr_uint64_t min_revision,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    other_t *other = before_get;

    before_get = NULL;
    if (other != NULL) {
        other_is_late(other, store, row);
    }
    return sst_backend_memory.get(out, store, row, min_revision, deadline,
                                  err, pool);
}

static void what_moves_between_two_looks_is_found(void **state)
{
    stores_t *stores = make(state);
    sst_store_ops_t late = *stores->from->ops;
    other_t other;

    late.get = late_get;
    stores->from->ops = &late;
    plan(&other, stores, stores->moving, 1);
    before_get = &other;
    assert_string_equal(body(stores, stores->moving), "other");
    assert_status(other.answer, SST_OK);
    assert_int_equal(sst_memory_records(stores->from), 0);
}

/* --- Half-way --- */

static void a_move_that_stops_after_the_claim_loses_nothing(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);
    sst_value_t value;

    sst_memory_fail(stores->to, SST_MEMORY_PUT, 2, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_UNAVAILABLE);
    assert_error(&stores->err, SST_UNAVAILABLE);
    assert_string_equal(body(stores, stores->moving), "old");
    assert_status(get(&value, stores, stores->settling), SST_OK);
    assert_true(value.elsewhere);
    assert_status(put(stores, stores->settling, &next, "new",
                      &value.version), SST_OK);
    assert_string_equal(body(stores, stores->to), "new");
    assert_int_equal(sst_memory_records(stores->from), 0);
}

/* Moves a record so that its old place is not cleared. */
static void leave_behind(stores_t *stores, sst_version_t *next)
{
    *next = contract_version(8);
    sst_memory_fail(stores->from, SST_MEMORY_REMOVE, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(put(stores, stores->moving, next, "new", &stores->first),
                  SST_OK);
    assert_int_equal(stores->err.status, SST_OK);
    assert_int_equal(mark(stores, stores->from), SST_MARK_CLAIMED);
}

static void what_is_left_behind_does_not_count(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next;

    leave_behind(stores, &next);
    assert_string_equal(body(stores, stores->moving), "new");
    assert_string_equal(body(stores, stores->settling), "new");
}

static void what_is_left_behind_ends_with_the_record(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next;

    leave_behind(stores, &next);
    assert_status(end(stores, stores->moving, &next), SST_OK);
    assert_int_equal(sst_memory_records(stores->from), 0);
    assert_string_equal(body(stores, stores->moving), "not found");
}

static void the_mark_of_the_end_outlives_what_is_left_behind(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next;
    sst_value_t ended;
    sst_value_t left;

    leave_behind(stores, &next);
    sst_memory_fail(stores->from, SST_MEMORY_REMOVE, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(end(stores, stores->moving, NULL), SST_OK);
    assert_status(get(&ended, stores, stores->to), SST_OK);
    assert_status(get(&left, stores, stores->from), SST_OK);
    assert_int_equal(sst_mark_of(&ended.version), SST_MARK_ENDED);
    assert_true(ended.expires_s >= left.expires_s);
    assert_string_equal(body(stores, stores->moving), "not found");
}

/* The site goes back to the old store, where a claim was left behind. */
static void what_is_left_behind_is_not_in_the_way_of_a_way_back(void **state)
{
    stores_t *stores = make(state);
    sst_migrate_conf_t conf = { 0, 0 };
    sst_version_t third = contract_version(9);
    sst_version_t next;
    sst_store_t *back;

    leave_behind(stores, &next);
    back = sst_migrate_make(stores->from, stores->to, &conf, stores->pool);
    assert_string_equal(body(stores, back), "new");
    assert_status(put(stores, back, &third, "3", &next), SST_OK);
    assert_string_equal(body(stores, back), "3");
    assert_int_equal(sst_memory_records(stores->to), 0);
    assert_status(end(stores, back, NULL), SST_OK);
    assert_string_equal(body(stores, back), "not found");
}

/* --- An old store that fails --- */

static void an_old_store_that_fails_is_a_failure(void **state)
{
    stores_t *stores = make(state);
    sst_value_t value;

    sst_memory_fail(stores->from, SST_MEMORY_GET, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(get(&value, stores, stores->moving), SST_UNAVAILABLE);
    assert_error(&stores->err, SST_UNAVAILABLE);
}

static void an_old_store_that_fails_has_nothing_where_asked_for(void **state)
{
    stores_t *stores = make(state);
    sst_store_t *lax = make_moving(stores, 1, 0);
    sst_version_t next = contract_version(8);
    sst_value_t value;

    sst_memory_fail(stores->from, SST_MEMORY_ANY, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(get(&value, stores, lax), SST_NOT_FOUND);
    assert_int_equal(stores->err.status, SST_OK);
    /* Who had read it before must not be told that it has ended. */
    assert_status(put(stores, lax, &next, "new", &stores->first),
                  SST_UNAVAILABLE);
    assert_status(end(stores, lax, NULL), SST_UNAVAILABLE);
    assert_status(touch(stores, lax, stores->expires_s), SST_UNAVAILABLE);
}

static void a_session_begins_although_the_old_store_fails_where_asked_for(
    void **state)
{
    stores_t *stores = make(state);
    sst_store_t *lax = make_moving(stores, 1, HOUR);
    sst_version_t version = contract_version(1);

    stores->row = contract_row();
    sst_memory_fail(stores->from, SST_MEMORY_PUT, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(put(stores, stores->settling, &version, "a", NULL),
                  SST_UNAVAILABLE);
    assert_status(put(stores, lax, &version, "a", NULL), SST_OK);
    assert_string_equal(body(stores, stores->to), "a");
}

static void a_new_store_that_fails_is_a_failure(void **state)
{
    stores_t *stores = make(state);
    sst_store_t *lax = make_moving(stores, 1, 0);
    sst_value_t value;

    sst_memory_fail(stores->to, SST_MEMORY_GET, 0, SST_TIMEOUT,
                    SST_MEMORY_BEFORE);
    assert_status(get(&value, stores, lax), SST_TIMEOUT);
    assert_status(end(stores, lax, NULL), SST_TIMEOUT);
}

/* --- Users --- */

static sst_status_t note(stores_t *stores, sst_store_t *store,
                         const sst_row_t *user, const sst_row_t *row)
{
    return store->ops->index_add(store, user, row, stores->expires_s,
                                 contract_deadline(), &stores->err,
                                 stores->pool);
}

static int noted(stores_t *stores, sst_store_t *store, const sst_row_t *user)
{
    apr_array_header_t *rows = NULL;
    sst_status_t status = store->ops->index_list(&rows, store, user,
                                                 contract_deadline(),
                                                 &stores->err, stores->pool);

    return status == SST_OK ? rows->nelts : -1;
}

static void a_users_sessions_are_those_of_both_stores(void **state)
{
    stores_t *stores = make(state);
    sst_row_t user = contract_row();
    sst_row_t old = contract_row();
    sst_row_t new = contract_row();
    sst_row_t both = contract_row();

    assert_status(note(stores, stores->from, &user, &old), SST_OK);
    assert_status(note(stores, stores->moving, &user, &new), SST_OK);
    assert_status(note(stores, stores->settling, &user, &both), SST_OK);
    assert_int_equal(noted(stores, stores->from, &user), 2);
    assert_int_equal(noted(stores, stores->to, &user), 2);
    assert_int_equal(noted(stores, stores->moving, &user), 3);
    assert_status(stores->moving->ops->index_remove(
        stores->moving, &user, &both, contract_deadline(), NULL,
        stores->pool), SST_OK);
    assert_int_equal(noted(stores, stores->from, &user), 1);
    assert_int_equal(noted(stores, stores->to, &user), 1);
    assert_int_equal(noted(stores, stores->moving, &user), 2);
}

static void a_users_sessions_are_not_known_while_the_old_store_fails(
    void **state)
{
    stores_t *stores = make(state);
    sst_row_t user = contract_row();

    assert_status(note(stores, stores->moving, &user, &stores->row), SST_OK);
    sst_memory_fail(stores->from, SST_MEMORY_INDEX_LIST, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_int_equal(noted(stores, stores->moving, &user), -1);
    assert_int_equal(noted(stores, make_moving(stores, 1, 0), &user), 1);
}

/* --- Walking through --- */

static sst_status_t count_row(void *baton, const sst_row_t *row,
                              const sst_value_t *value, apr_pool_t *pool)
{
    (*(int *) baton)++;
    return SST_OK;
}

static int shown(stores_t *stores, sst_store_t *store)
{
    int count = 0;

    assert_status(store->ops->scan(store, count_row, &count, &stores->err,
                                   stores->pool), SST_OK);
    return count;
}

static void what_is_left_behind_is_not_shown(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next;

    assert_int_equal(shown(stores, stores->moving), 1);
    leave_behind(stores, &next);
    assert_int_equal(shown(stores, stores->moving), 1);
    assert_status(end(stores, stores->moving, NULL), SST_OK);
    assert_int_equal(sst_memory_records(stores->to), 1);
    assert_int_equal(shown(stores, stores->moving), 0);
}

static void what_is_claimed_and_has_not_arrived_is_shown(void **state)
{
    stores_t *stores = make(state);
    sst_version_t next = contract_version(8);

    sst_memory_fail(stores->to, SST_MEMORY_PUT, 2, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(put(stores, stores->moving, &next, "new", &stores->first),
                  SST_UNAVAILABLE);
    assert_int_equal(shown(stores, stores->moving), 1);
}

/* --- Sessions --- */

/* A site over these stores, with a session of alice's in the old one. */
static const char *begin_session(rig_t *rig, stores_t *stores)
{
    const char *ticket;

    rig_make(rig, stores->pool);
    rig->store = rig->site.store = stores->from;
    ticket = rig_login(rig, "site-user=alice basket=3");
    rig->store = rig->site.store = stores->moving;
    return ticket;
}

static void a_change_notes_the_user_in_the_new_store_first(void **state)
{
    stores_t *stores = make(state);
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    session = rig_session(&rig, ticket);
    sst_memory_fail(stores->to, SST_MEMORY_INDEX_ADD, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(rig_save(&outcome, &rig, session,
                           "site-user=alice basket=4", 0), SST_UNAVAILABLE);
    assert_int_equal(sst_memory_records(stores->to), 0);
    rig_saves(&rig, session, "site-user=alice basket=4", 0,
              SST_SAVED_UPDATED);
    assert_int_equal(sst_memory_records(stores->to), 1);
    assert_int_equal(sst_memory_index_entries(stores->to), 1);
    assert_string_equal(rig_finds(&rig, ticket),
                        "basket=4 site-user=alice");
    rig_saves(&rig, session, "site-user=alice basket=5", 0,
              SST_SAVED_UPDATED);
    assert_int_equal(sst_memory_calls(stores->to, SST_MEMORY_INDEX_ADD), 2);
}

static void a_touch_notes_the_user_in_the_new_store_too(void **state)
{
    stores_t *stores = make(state);
    sst_session_t *session;
    rig_t rig;

    session = rig_session(&rig, begin_session(&rig, stores));
    assert_status(sst_session_touch(session, rig_deadline(), NULL,
                                    stores->pool), SST_OK);
    assert_int_equal(sst_memory_records(stores->to), 1);
    assert_int_equal(sst_memory_index_entries(stores->to), 1);
}

static void requests_that_meet_while_a_session_moves_lose_nothing(
    void **state)
{
    stores_t *stores = make(state);
    sst_session_t *a;
    sst_session_t *b;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    a = rig_session(&rig, ticket);
    b = rig_session(&rig, ticket);
    rig_saves(&rig, a, "site-user=alice basket=3 a=1", 0, SST_SAVED_UPDATED);
    rig_saves(&rig, b, "site-user=alice basket=3 b=1", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, ticket),
                        "a=1 b=1 basket=3 site-user=alice");
}

static void a_late_request_of_a_session_that_ended_changes_nothing(
    void **state)
{
    stores_t *stores = make(state);
    sst_session_t *late;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    late = rig_session(&rig, ticket);
    session = rig_session(&rig, ticket);
    assert_status(sst_session_end(session, rig_deadline(), NULL,
                                  stores->pool), SST_OK);
    rig_saves(&rig, late, "site-user=alice basket=4", 0, SST_SAVED_GONE);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void a_login_ends_the_old_id_in_the_old_store(void **state)
{
    stores_t *stores = make(state);
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "site-user=bob basket=3", 0, SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                        "basket=3 site-user=bob");
    /* The other record is the one that make() has made. */
    assert_int_equal(sst_memory_records(stores->from), 1);
    assert_int_equal(sst_memory_index_entries(stores->from), 0);
}

static void an_administrators_change_notes_the_user_too(void **state)
{
    stores_t *stores = make(state);
    apr_table_t *changes = apr_table_make(*state, 1);
    sst_admin_t admin;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    session = rig_session(&rig, ticket);
    memset(&admin, 0, sizeof(admin));
    admin.store = stores->moving;
    admin.ring = rig.site.ring;
    admin.scope = rig.site.scope;
    admin.user_keys = rig.site.user_keys;
    apr_table_setn(changes, "+role", "guest");
    assert_status(sst_admin_set(&admin, &session->row, changes, NULL, *state),
                  SST_OK);
    assert_int_equal(sst_memory_records(stores->to), 1);
    assert_int_equal(sst_memory_index_entries(stores->to), 1);
    assert_string_equal(rig_finds(&rig, ticket),
                        "basket=3 role=guest site-user=alice");
}

static void an_administrator_ends_a_users_sessions_in_both_stores(
    void **state)
{
    stores_t *stores = make(state);
    sst_admin_t admin;
    sst_ended_t ended;
    const char *moved;
    const char *old;
    rig_t rig;

    moved = begin_session(&rig, stores);
    rig_saves(&rig, rig_session(&rig, moved), "site-user=alice basket=4", 0,
              SST_SAVED_UPDATED);
    rig.store = rig.site.store = stores->from;
    old = rig_login(&rig, "site-user=alice");
    rig.store = rig.site.store = stores->moving;
    memset(&admin, 0, sizeof(admin));
    admin.store = stores->moving;
    admin.ring = rig.site.ring;
    admin.scope = rig.site.scope;
    admin.user_keys = rig.site.user_keys;
    admin.deadline = rig_deadline();
    assert_status(sst_admin_end_user(&ended, &admin, "alice", NULL, NULL,
                                     *state), SST_OK);
    assert_int_equal(ended.ended, 2);
    assert_string_equal(rig_finds(&rig, moved), "not found");
    assert_string_equal(rig_finds(&rig, old), "not found");
}

/* --- Options --- */

static void a_tool_opens_both_stores_by_their_words(void **state)
{
    static const char *const both[] = {
        "dir:/new", "purge=2h", SST_MIGRATE_WORD, "on-error=miss", "dir:/old",
        "purge=1h"
    };
    static const char *const bad[] = { "dir:/new", SST_MIGRATE_WORD };
    sst_store_t *store;
    sst_error_t err;

    assert_status(sst_migrate_open(&store, 6, both, NULL, *state), SST_OK);
    assert_string_equal(store->name, "dir:/new (moving from dir:/old)");
    assert_status(sst_migrate_open(&store, 2, both, NULL, *state), SST_OK);
    assert_string_equal(store->name, "dir:/new");
    sst_error_clear(&err);
    assert_status(sst_migrate_open(&store, 2, bad, &err, *state),
                  SST_INVALID);
    assert_null(store);
    assert_non_null(strstr(err.text, "old store is missing"));
}

static sst_status_t words(sst_migrate_conf_t *out, apr_array_header_t **rest,
                          const char *text, sst_error_t *err,
                          apr_pool_t *pool)
{
    char **argv;
    int argc = 0;

    assert_int_equal(apr_tokenize_to_argv(text, &argv, pool), APR_SUCCESS);
    while (argv[argc] != NULL) {
        argc++;
    }
    sst_error_clear(err);
    return sst_migrate_words(out, rest, argc, (const char *const *) argv, err,
                             pool);
}

static void options_of_the_migration_are_taken_out_of_the_words(void **state)
{
    apr_array_header_t *rest;
    sst_migrate_conf_t conf;
    sst_error_t err;

    assert_status(words(&conf, &rest, "dir:/a on-error=miss purge=1h "
                        "settle=5m", &err, *state), SST_OK);
    assert_true(conf.miss);
    assert_int_equal(conf.settle, apr_time_from_sec(300));
    assert_string_equal(apr_array_pstrcat(*state, rest, ' '),
                        "dir:/a purge=1h");
    assert_status(words(&conf, &rest, "dir:/a", &err, *state), SST_OK);
    assert_false(conf.miss);
    assert_int_equal(conf.settle, SST_MIGRATE_SETTLE);
    assert_status(words(&conf, &rest, "dir:/a settle=0 on-error=deny", &err,
                        *state), SST_OK);
    assert_int_equal(conf.settle, 0);
}

static void a_wrong_option_says_what_is_allowed(void **state)
{
    apr_array_header_t *rest;
    sst_migrate_conf_t conf;
    sst_error_t err;

    assert_status(words(&conf, &rest, "dir:/a on-error=ignore", &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "deny, miss"));
    assert_status(words(&conf, &rest, "dir:/a settle=soon", &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "0 to 7d"));
    assert_status(words(&conf, &rest, "dir:/a settle=8d", &err, *state),
                  SST_INVALID);
}

/* Under another id, because of the login: the old one would open it again as
 * soon as the old store is back.
 */
static void a_login_fails_whose_old_id_is_in_an_old_store_that_fails(
    void **state)
{
    stores_t *stores = make(state);
    sst_outcome_t outcome;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    ticket = begin_session(&rig, stores);
    rig.site.store = rig.store = make_moving(stores, 1, 0);
    session = rig_session(&rig, ticket);
    sst_memory_fail(stores->from, SST_MEMORY_ANY, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(rig_save(&outcome, &rig, session, "site-user=bob", 0),
                  SST_UNAVAILABLE);
    sst_memory_heal(stores->from);
    assert_string_equal(rig_finds(&rig, ticket), "basket=3 site-user=alice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_change_moves_a_record),
        UNIT_TEST(a_touch_moves_a_record_as_it_is),
        UNIT_TEST(a_read_moves_nothing),
        UNIT_TEST(a_moved_record_costs_the_old_store_no_call),
        UNIT_TEST(what_is_too_large_for_the_new_store_stays_when_touched),
        UNIT_TEST(until_it_is_settled_all_is_written_to_the_old_store),
        UNIT_TEST(what_has_moved_is_written_where_it_is_by_all),
        UNIT_TEST(a_write_before_the_claim_is_not_lost),
        UNIT_TEST(a_write_after_the_claim_is_refused_and_then_moves_it),
        UNIT_TEST(of_two_who_move_one_writes_and_one_finds_a_conflict),
        UNIT_TEST(what_ends_before_the_claim_does_not_come_back),
        UNIT_TEST(what_ends_while_it_moves_does_not_come_back),
        UNIT_TEST(a_touch_does_not_bring_back_what_ends_meanwhile),
        UNIT_TEST(an_end_meets_a_move_and_ends_what_has_moved),
        UNIT_TEST(what_moves_between_two_looks_is_found),
        UNIT_TEST(a_move_that_stops_after_the_claim_loses_nothing),
        UNIT_TEST(what_is_left_behind_does_not_count),
        UNIT_TEST(what_is_left_behind_ends_with_the_record),
        UNIT_TEST(the_mark_of_the_end_outlives_what_is_left_behind),
        UNIT_TEST(what_is_left_behind_is_not_in_the_way_of_a_way_back),
        UNIT_TEST(an_old_store_that_fails_is_a_failure),
        UNIT_TEST(an_old_store_that_fails_has_nothing_where_asked_for),
        UNIT_TEST(a_login_fails_whose_old_id_is_in_an_old_store_that_fails),
        UNIT_TEST(
            a_session_begins_although_the_old_store_fails_where_asked_for),
        UNIT_TEST(a_new_store_that_fails_is_a_failure),
        UNIT_TEST(a_users_sessions_are_those_of_both_stores),
        UNIT_TEST(a_users_sessions_are_not_known_while_the_old_store_fails),
        UNIT_TEST(what_is_left_behind_is_not_shown),
        UNIT_TEST(what_is_claimed_and_has_not_arrived_is_shown),
        UNIT_TEST(a_change_notes_the_user_in_the_new_store_first),
        UNIT_TEST(a_touch_notes_the_user_in_the_new_store_too),
        UNIT_TEST(requests_that_meet_while_a_session_moves_lose_nothing),
        UNIT_TEST(a_late_request_of_a_session_that_ended_changes_nothing),
        UNIT_TEST(a_login_ends_the_old_id_in_the_old_store),
        UNIT_TEST(an_administrators_change_notes_the_user_too),
        UNIT_TEST(an_administrator_ends_a_users_sessions_in_both_stores),
        UNIT_TEST(a_tool_opens_both_stores_by_their_words),
        UNIT_TEST(options_of_the_migration_are_taken_out_of_the_words),
        UNIT_TEST(a_wrong_option_says_what_is_allowed)
    };

    return cmocka_run_group_tests_name("migrate", tests, unit_start,
                                       unit_stop);
}
