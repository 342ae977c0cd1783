/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Login, logout and change of user: another id, another secret, another
 * record, and the old record ends at once. What is noted of a user.
 */

#include <apr_strings.h>

#include "tests/unit/session_rig.h"

/* --- When --- */

typedef struct change_t {
    const char *keys;
    const char *before;
    const char *after;
    sst_saved_t saved;
} change_t;

static const change_t changes[] = {
    { "auto", "a=1", "a=1 s-user=alice", SST_SAVED_ROTATED },
    { "auto", "a=1 s-user=alice", "a=1", SST_SAVED_ROTATED },
    { "auto", "s-user=alice", "s-user=bob", SST_SAVED_ROTATED },
    { "auto", "s-user=alice", "s-user=Alice", SST_SAVED_ROTATED },
    { "auto", "a-user=x", "a-user=x b-user=y", SST_SAVED_ROTATED },
    { "auto", "a-user=x b-user=y", "b-user=y", SST_SAVED_ROTATED },
    { "auto", "s-user=alice a=1", "s-user=alice a=2", SST_SAVED_UPDATED },
    { "auto", "a-user=x", "a-user=x b-user=x", SST_SAVED_UPDATED },
    { "auto", "a-user=x", "b-user=x", SST_SAVED_UPDATED },
    { "auto", "login=alice", "login=bob", SST_SAVED_UPDATED },
    { "login", "login=alice", "login=bob", SST_SAVED_ROTATED },
    { "login", "a=1", "a=1 LOGIN=bob", SST_SAVED_ROTATED },
    { "login", "s-user=alice", "s-user=bob", SST_SAVED_UPDATED },
    { "auto login", "s-user=alice", "s-user=alice login=carol",
      SST_SAVED_ROTATED },
    { "auto login", "login=carol", "login=carol s-user=alice",
      SST_SAVED_ROTATED },
    { "auto login", "login=carol s-user=alice", "login=carol",
      SST_SAVED_ROTATED },
    { "auto login", "login=carol s-user=alice a=1",
      "login=carol s-user=alice a=2", SST_SAVED_UPDATED }
};

static void another_user_means_another_session(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const change_t *one = &changes[i];
        sst_session_t *session;
        sst_session_t before;
        const char *ticket;
        rig_t rig;
        int rotated = one->saved == SST_SAVED_ROTATED;

        rig_make(&rig, *state);
        rig.site.user_keys = unit_user_keys(one->keys, *state);
        ticket = rig_login(&rig, one->before);
        session = rig_session(&rig, ticket);
        before = *session;
        rig_saves(&rig, session, one->after, 0, one->saved);
        assert_int_equal(rotated, !sst_row_equal(&session->row,
                                                 &before.row));
        assert_int_equal(rotated, memcmp(session->ticket.id,
                                         before.ticket.id, SST_ID_LEN) != 0);
        assert_int_equal(rotated, memcmp(session->ticket.secret,
                                         before.ticket.secret,
                                         SST_SECRET_LEN) != 0);
        if (rotated) {
            assert_string_equal(rig_finds(&rig, ticket), "not found");
        }
        assert_true(session->version.revision == (rotated ? 1 : 2));
        assert_int_equal(sst_memory_records(rig.store), 1);
        assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                            unit_table_text(unit_table(one->after, *state),
                                            *state));
    }
}

static void a_rotation_that_is_asked_for_keeps_entries_and_end(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    rig.site.absolute_s += 100;
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "s-user=alice a=1", SST_SAVE_ROTATE,
              SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                        "a=1 s-user=alice");
    assert_int_equal(sst_memory_records(rig.store), 1);
    assert_int_equal(rig_noted(&rig, "alice"), 1);
    /* The user is the same, and so is the session that has to end one day. */
    assert_true(session->deadline_s == session->created_s + RIG_ABSOLUTE_S);
}

static void a_login_begins_a_new_absolute_time(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    rig.site.absolute_s += 100;
    rig_saves(&rig, session, "a=1 s-user=alice", 0, SST_SAVED_ROTATED);
    assert_true(session->deadline_s
                == session->created_s + RIG_ABSOLUTE_S + 100);
}

static void a_rotation_without_a_session_makes_one(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "a=1", SST_SAVE_ROTATE, SST_SAVED_CREATED);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* --- The index of users --- */

static void each_user_is_noted_once(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a-user=x b-user=y c-user=x"));
    assert_int_equal(rig_noted(&rig, "x"), 1);
    assert_int_equal(rig_noted(&rig, "y"), 1);
    assert_int_equal(sst_memory_index_entries(rig.store), 2);
    rig_saves(&rig, session, "a-user=y", 0, SST_SAVED_ROTATED);
    assert_int_equal(rig_noted(&rig, "x"), 0);
    assert_int_equal(rig_noted(&rig, "y"), 1);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_ROTATED);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
}

static void a_session_without_a_user_is_not_noted(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "a=1");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_INDEX_ADD), 0);
}

static void updates_do_not_note_again(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    sst_memory_calls_reset(rig.store);
    rig_saves(&rig, session, "s-user=alice a=1", 0, SST_SAVED_UPDATED);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
}

typedef struct order_t {
    int noted;                  /* entries of the index at the put */
    int records;                /* records at the put */
} order_t;

static void look_at_order(void *baton, sst_store_t *store,
                          const sst_row_t *row)
{
    order_t *order = baton;

    (void) row;
    order->noted = sst_memory_index_entries(store);
    order->records = sst_memory_records(store);
}

/* A crash in between leaves a note without a record, never a session that
 * ending a user's sessions would miss.
 */
static void a_user_is_noted_before_the_record_is_written(void **state)
{
    sst_session_t *session;
    order_t order;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    sst_memory_before_put(rig.store, look_at_order, &order);
    rig_saves(&rig, session, "s-user=alice", 0, SST_SAVED_CREATED);
    assert_int_equal(order.noted, 1);
    assert_int_equal(order.records, 0);
    rig_saves(&rig, session, "s-user=bob", 0, SST_SAVED_ROTATED);
    assert_int_equal(order.noted, 2);
    assert_int_equal(order.records, 1);
    assert_int_equal(sst_memory_index_entries(rig.store), 1);
}

/* --- Requests that meet --- */

/* Another request with the same ticket saves right before our write. */
typedef struct other_t {
    rig_t *rig;
    const char *ticket;
    const char *entries;
    int left;
} other_t;

static void write_in_between(void *baton, sst_store_t *store,
                             const sst_row_t *row)
{
    other_t *other = baton;
    sst_outcome_t outcome;

    (void) store;
    (void) row;
    if (other->left > 0) {
        other->left--;
        assert_status(rig_save(&outcome, other->rig,
                               rig_session(other->rig, other->ticket),
                               other->entries, 0), SST_OK);
    }
}

typedef struct meeting_t {
    const char *base;
    const char *theirs;
    const char *mine;
    int flags;
    sst_saved_t saved;
    int conflicts;
    int clashes;
    const char *result;         /* NULL: no record is left */
} meeting_t;

static const meeting_t meetings[] = {
    /* what the other changed moves along */
    { "cart=1", "cart=2", "cart=1 s-user=alice", 0,
      SST_SAVED_ROTATED, 1, 0, "cart=2 s-user=alice" },
    { "cart=1", "cart=2", "cart=3 s-user=alice", 0,
      SST_SAVED_ROTATED, 1, 1, "cart=3 s-user=alice" },
    { "s-user=alice cart=1", "s-user=alice cart=1 x=1", "cart=1", 0,
      SST_SAVED_ROTATED, 1, 0, "cart=1 x=1" },
    { "a=1", "a=2", "a=1", SST_SAVE_ROTATE,
      SST_SAVED_ROTATED, 1, 0, "a=2" },
    /* the other ended it: only what this request set itself lives on */
    { "cart=1", "", "cart=1 s-user=alice", 0,
      SST_SAVED_ROTATED, 0, 0, "s-user=alice" },
    { "s-user=alice cart=1", "", "s-user=bob cart=1 x=1", 0,
      SST_SAVED_ROTATED, 0, 0, "s-user=bob x=1" },
    { "s-user=alice cart=1", "", "s-user=alice cart=2", SST_SAVE_ROTATE,
      SST_SAVED_ROTATED, 0, 0, "cart=2" },
    /* and when that is nothing, nothing does */
    { "s-user=alice cart=1", "", "s-user=alice cart=1", SST_SAVE_ROTATE,
      SST_SAVED_GONE, 0, 0, NULL },
    { "s-user=alice cart=1", "", "cart=1", 0,
      SST_SAVED_GONE, 0, 0, NULL },
    /* each took away what the other one kept */
    { "a=1 b=2", "b=2", "a=1", SST_SAVE_ROTATE,
      SST_SAVED_ENDED, 1, 0, NULL }
};

static void assert_meeting(const meeting_t *one, apr_pool_t *pool)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, pool);
    ticket = rig_login(&rig, one->base);
    session = rig_session(&rig, ticket);
    other.rig = &rig;
    other.ticket = ticket;
    other.entries = one->theirs;
    other.left = 1;
    sst_memory_before_put(rig.store, write_in_between, &other);
    assert_status(rig_save(&outcome, &rig, session, one->mine, one->flags),
                  SST_OK);
    assert_int_equal(outcome.saved, one->saved);
    assert_int_equal(outcome.conflicts, one->conflicts);
    assert_int_equal(outcome.clashes, one->clashes);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(session->exists, one->result != NULL);
    assert_int_equal(sst_memory_records(rig.store), one->result != NULL);
    if (one->result != NULL) {
        assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                            one->result);
    }
    else {
        assert_int_equal(sst_memory_index_entries(rig.store), 0);
    }
}

static void requests_that_meet_a_rotation_are_merged(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(meetings) / sizeof(meetings[0]); i++) {
        assert_meeting(&meetings[i], *state);
    }
}

/* Two login forms sent at once: both are signed in, each in a session of its
 * own, and the anonymous one is gone.
 */
static void two_logins_at_once_give_two_sessions(void **state)
{
    sst_session_t *a;
    sst_session_t *b;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "cart=1");
    a = rig_session(&rig, ticket);
    b = rig_session(&rig, ticket);
    rig_saves(&rig, a, "cart=1 s-user=alice", 0, SST_SAVED_ROTATED);
    rig_saves(&rig, b, "cart=1 s-user=alice", 0, SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, a)),
                        "cart=1 s-user=alice");
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, b)),
                        "s-user=alice");
    assert_int_equal(rig_noted(&rig, "alice"), 2);
}

static void a_slow_request_of_the_old_session_is_dropped(void **state)
{
    sst_session_t *slow;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice cart=1");
    slow = rig_session(&rig, ticket);
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "cart=1", 0, SST_SAVED_ROTATED);
    rig_saves(&rig, slow, "s-user=alice cart=2", 0, SST_SAVED_GONE);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 1);
    assert_int_equal(rig_noted(&rig, "alice"), 0);
}

/* --- The end, as an application asks for it --- */

static void an_end_takes_along_what_others_have_set(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, rig_session(&rig, ticket), "s-user=alice a=1 b=2", 0,
              SST_SAVED_UPDATED);
    rig_saves(&rig, session, "", SST_SAVE_END, SST_SAVED_ENDED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(rig_noted(&rig, "alice"), 0);
    rig_saves(&rig, session, "", SST_SAVE_END, SST_SAVED_NOTHING);
}

static void what_is_set_behind_an_end_is_a_new_session(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    session = rig_session(&rig, ticket);
    rig.site.absolute_s += 100;
    rig_saves(&rig, session, "a=2", SST_SAVE_END, SST_SAVED_CREATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)), "a=2");
    assert_int_equal(sst_memory_records(rig.store), 1);
    assert_true(session->deadline_s
                == session->created_s + RIG_ABSOLUTE_S + 100);
}

static void what_is_too_big_ends_nothing(void **state)
{
    sst_outcome_t outcome;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_size = 16;
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    assert_status(rig_save(&outcome, &rig, session, "a=12345678901234567",
                           SST_SAVE_END), SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
}

/* A session that is over a limit may shrink; a new one has to keep to it. */
static void what_is_too_big_for_a_new_session_ends_nothing(void **state)
{
    sst_outcome_t outcome;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=123456789012345678901234567890");
    rig.site.max_size = 16;
    session = rig_session(&rig, ticket);
    assert_status(rig_save(&outcome, &rig, session, "a=12345678901234567",
                           SST_SAVE_END), SST_TOO_BIG);
    assert_true(session->exists);
    assert_string_equal(rig_finds(&rig, ticket),
                        "a=123456789012345678901234567890");
    rig_saves(&rig, session, "a=1", SST_SAVE_END, SST_SAVED_CREATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void what_the_store_does_not_hold_ends_nothing(void **state)
{
    sst_store_ops_t ops = sst_backend_memory;
    char *noise = apr_pcalloc(*state, 2000 + 1);
    sst_outcome_t outcome;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ops.value_max = 1000;
    rig.store->ops = &ops;
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    sst_base64url_encode(noise, unit_noise(1, 1400, *state));
    assert_status(rig_save(&outcome, &rig, session,
                           apr_pstrcat(*state, "a=", noise, NULL),
                           SST_SAVE_END), SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* Whoever signs in behind an end has one session as before, not one more. */
static void a_login_behind_an_end_keeps_to_the_limit(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_per_user = 1;
    rig.site.at_limit = SST_LIMIT_REFUSE;
    (void) rig_login(&rig, "s-user=bob");
    ticket = rig_login(&rig, "s-user=alice");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "s-user=bob", SST_SAVE_END, SST_SAVED_REFUSED);
    assert_true(session->exists);
    assert_string_equal(rig_finds(&rig, ticket), "s-user=alice");
    rig_saves(&rig, session, "s-user=alice a=1", SST_SAVE_END,
              SST_SAVED_CREATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 2);
}

static void an_end_of_what_has_ended_begins_anew(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice a=1"));
    rig_remove(&rig, session);
    rig_saves(&rig, session, "a=2", SST_SAVE_END, SST_SAVED_CREATED);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)), "a=2");
    assert_int_equal(sst_memory_records(rig.store), 1);
    assert_int_equal(rig_noted(&rig, "alice"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(another_user_means_another_session),
        UNIT_TEST(a_rotation_that_is_asked_for_keeps_entries_and_end),
        UNIT_TEST(a_login_begins_a_new_absolute_time),
        UNIT_TEST(a_rotation_without_a_session_makes_one),
        UNIT_TEST(each_user_is_noted_once),
        UNIT_TEST(a_session_without_a_user_is_not_noted),
        UNIT_TEST(updates_do_not_note_again),
        UNIT_TEST(a_user_is_noted_before_the_record_is_written),
        UNIT_TEST(requests_that_meet_a_rotation_are_merged),
        UNIT_TEST(two_logins_at_once_give_two_sessions),
        UNIT_TEST(a_slow_request_of_the_old_session_is_dropped),
        UNIT_TEST(an_end_takes_along_what_others_have_set),
        UNIT_TEST(what_is_set_behind_an_end_is_a_new_session),
        UNIT_TEST(what_is_too_big_ends_nothing),
        UNIT_TEST(what_is_too_big_for_a_new_session_ends_nothing),
        UNIT_TEST(what_the_store_does_not_hold_ends_nothing),
        UNIT_TEST(a_login_behind_an_end_keeps_to_the_limit),
        UNIT_TEST(an_end_of_what_has_ended_begins_anew)
    };

    return cmocka_run_group_tests_name("session rotation", tests, unit_start,
                                       unit_stop);
}
