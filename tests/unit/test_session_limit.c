/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How many sessions a user may have. */

#include <apr_strings.h>

#include "tests/unit/session_rig.h"

#include "lib/admin.h"
#include "lib/clock.h"

static void make(rig_t *rig, int max, sst_limit_t at_limit, apr_pool_t *pool)
{
    rig_make(rig, pool);
    rig->site.max_per_user = max;
    rig->site.at_limit = at_limit;
}

static void next_second(void)
{
    apr_int64_t now_s = rig_now_s();

    while (rig_now_s() == now_s) {
        apr_sleep(apr_time_from_msec(20));
    }
}

/* A login by a visitor who has an anonymous session: its outcome, and in
 * *ticket what the browser holds then.
 */
static sst_saved_t log_in(const char **ticket, rig_t *rig, const char *entries)
{
    sst_session_t *session = sst_session_new(&rig->site, rig->pool);
    sst_outcome_t outcome;

    rig_saves(rig, session, "basket=1", 0, SST_SAVED_CREATED);
    assert_status(rig_save(&outcome, rig, session, entries, 0), SST_OK);
    *ticket = rig_ticket(rig, session);
    return outcome.saved;
}

/* --- Without a limit --- */

static void without_a_limit_nobody_is_counted(void **state)
{
    rig_t rig;

    make(&rig, 0, SST_LIMIT_REFUSE, *state);
    (void) rig_login(&rig, "s-user=alice");
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_INDEX_LIST), 0);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_GET), 0);
}

static void only_a_login_counts_sessions(void **state)
{
    sst_session_t *session;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    (void) rig_login(&rig, "basket=1");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_INDEX_LIST), 0);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    sst_memory_calls_reset(rig.store);
    rig_saves(&rig, session, "s-user=alice a=1", 0, SST_SAVED_UPDATED);
    rig_saves(&rig, session, "s-user=alice a=1", SST_SAVE_ROTATE,
              SST_SAVED_ROTATED);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_ROTATED);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_INDEX_LIST), 0);
}

/* --- The oldest ends --- */

static void what_made_room_is_handed_up(void **state)
{
    const sst_summary_t *ended;
    sst_outcome_t outcome;
    sst_session_t *first;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_END_OLDEST, *state);
    first = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    next_second();
    assert_status(rig_save(&outcome, &rig, sst_session_new(&rig.site, *state),
                           "s-user=alice n=2", 0), SST_OK);
    assert_non_null(outcome.displaced);
    assert_int_equal(outcome.displaced->nelts, 1);
    ended = &APR_ARRAY_IDX(outcome.displaced, 0, sst_summary_t);
    assert_true(sst_row_equal(&ended->row, &first->row));
    assert_string_equal(APR_ARRAY_IDX(ended->meta.users, 0, const char *),
                        "alice");
}

static void the_oldest_session_ends(void **state)
{
    const char *tickets[3];
    rig_t rig;

    make(&rig, 2, SST_LIMIT_END_OLDEST, *state);
    assert_int_equal(log_in(&tickets[0], &rig, "s-user=alice n=0"),
                     SST_SAVED_ROTATED);
    next_second();
    assert_int_equal(log_in(&tickets[1], &rig, "s-user=alice n=1"),
                     SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, tickets[0]), "n=0 s-user=alice");
    next_second();
    assert_int_equal(log_in(&tickets[2], &rig, "s-user=alice n=2"),
                     SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, tickets[0]), "not found");
    assert_string_equal(rig_finds(&rig, tickets[1]), "n=1 s-user=alice");
    assert_string_equal(rig_finds(&rig, tickets[2]), "n=2 s-user=alice");
    assert_int_equal(rig_noted(&rig, "alice"), 2);
}

static void a_limit_that_was_lowered_holds_at_the_next_login(void **state)
{
    const char *ticket;
    int i;
    rig_t rig;

    make(&rig, 0, SST_LIMIT_END_OLDEST, *state);
    for (i = 0; i < 5; i++) {
        (void) rig_login(&rig, "s-user=alice");
    }
    rig.site.max_per_user = 1;
    next_second();
    ticket = rig_login(&rig, "s-user=alice last=1");
    assert_int_equal(sst_memory_records(rig.store), 1);
    assert_string_equal(rig_finds(&rig, ticket), "last=1 s-user=alice");
}

static void users_do_not_count_for_each_other(void **state)
{
    rig_t rig;

    make(&rig, 1, SST_LIMIT_END_OLDEST, *state);
    (void) rig_login(&rig, "s-user=alice");
    (void) rig_login(&rig, "s-user=bob");
    assert_int_equal(sst_memory_records(rig.store), 2);
}

static void sessions_under_an_older_key_count(void **state)
{
    const char *old;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_END_OLDEST, *state);
    old = rig_login(&rig, "s-user=alice");
    rig.site.ring = unit_ring("21", *state);
    next_second();
    (void) rig_login(&rig, "s-user=alice");
    assert_string_equal(rig_finds(&rig, old), "not found");
}

static void what_has_ended_or_expired_does_not_count(void **state)
{
    const char *expired;
    const char *other;
    rig_t rig;

    make(&rig, 2, SST_LIMIT_REFUSE, *state);
    expired = rig_login(&rig, "s-user=alice");
    rig_expire(&rig, rig_session(&rig, expired), rig_now_s() - 1);
    rig_remove(&rig, rig_session(&rig, rig_login(&rig, "s-user=alice")));
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(log_in(&other, &rig, "s-user=alice"),
                     SST_SAVED_ROTATED);
}

static void a_record_that_cannot_be_read_is_the_oldest(void **state)
{
    const sst_session_t *broken;
    const char *good;
    rig_t rig;

    make(&rig, 2, SST_LIMIT_END_OLDEST, *state);
    good = rig_login(&rig, "s-user=alice");
    next_second();
    broken = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    rig_overwrite(&rig, &broken->row, unit_noise(1, 100, *state));
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(sst_memory_records(rig.store), 2);
    assert_string_equal(rig_finds(&rig, good), "s-user=alice");
}

/* A second user in one session: its own record, on its way out, is no other. */
static void the_session_that_is_left_does_not_count(void **state)
{
    sst_session_t *session;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    rig_saves(&rig, session, "s-user=alice t-user=al", 0, SST_SAVED_ROTATED);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* Who is signed in already has no session more, and loses none. */
static void a_login_counts_for_the_user_who_signs_in_alone(void **state)
{
    const char *ticket;
    rig_t rig;

    make(&rig, 0, SST_LIMIT_END_OLDEST, *state);
    rig.site.user_keys = unit_user_keys("auto login", *state);
    (void) rig_login(&rig, "s-user=alice");
    ticket = rig_login(&rig, "s-user=alice");
    (void) rig_login(&rig, "login=carol");
    rig.site.max_per_user = 1;
    next_second();
    rig_saves(&rig, rig_session(&rig, ticket), "s-user=alice login=carol", 0,
              SST_SAVED_ROTATED);
    assert_int_equal(rig_noted(&rig, "alice"), 2);
    assert_int_equal(rig_noted(&rig, "carol"), 1);
}

/* --- The login is refused --- */

static void a_login_beyond_the_limit_is_refused(void **state)
{
    const char *tickets[3];
    rig_t rig;

    make(&rig, 2, SST_LIMIT_REFUSE, *state);
    (void) log_in(&tickets[0], &rig, "s-user=alice n=0");
    (void) log_in(&tickets[1], &rig, "s-user=alice n=1");
    assert_int_equal(log_in(&tickets[2], &rig, "s-user=alice n=2"),
                     SST_SAVED_REFUSED);
    assert_string_equal(rig_finds(&rig, tickets[0]), "n=0 s-user=alice");
    assert_string_equal(rig_finds(&rig, tickets[1]), "n=1 s-user=alice");
    assert_string_equal(rig_finds(&rig, tickets[2]), "basket=1");
    assert_int_equal(sst_memory_records(rig.store), 3);
    assert_int_equal(rig_noted(&rig, "alice"), 2);
}

static void a_refused_visitor_without_a_session_still_has_none(void **state)
{
    sst_session_t *session;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    (void) rig_login(&rig, "s-user=alice");
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "s-user=alice", 0, SST_SAVED_REFUSED);
    assert_false(session->exists);
    assert_int_equal(sst_memory_records(rig.store), 1);
    rig_saves(&rig, session, "basket=1", 0, SST_SAVED_CREATED);
}

static void a_change_of_user_that_is_refused_leaves_the_first_signed_in(
    void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    (void) rig_login(&rig, "s-user=alice");
    ticket = rig_login(&rig, "s-user=bob");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "s-user=alice", 0, SST_SAVED_REFUSED);
    assert_string_equal(rig_finds(&rig, ticket), "s-user=bob");
    assert_int_equal(rig_noted(&rig, "bob"), 1);
}

static void after_a_logout_there_is_room(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    rig_saves(&rig, session, "", 0, SST_SAVED_ENDED);
    assert_int_equal(log_in(&ticket, &rig, "s-user=alice"),
                     SST_SAVED_ROTATED);
}

/* --- Logins at the same time --- */

typedef struct meeting_t {
    rig_t *rig;
    const char *entries;
    sst_saved_t saved;
} meeting_t;

/* Another login from beginning to end, between our note and our record. */
static void other_login(void *baton, sst_store_t *store, const sst_row_t *row)
{
    meeting_t *meeting = baton;
    sst_session_t *session = sst_session_new(&meeting->rig->site,
                                             meeting->rig->pool);
    sst_outcome_t outcome;

    sst_memory_before_put(store, NULL, NULL);
    assert_status(rig_save(&outcome, meeting->rig, session, meeting->entries,
                           0), SST_OK);
    meeting->saved = outcome.saved;
}

static void of_two_logins_for_the_last_place_one_gets_it(void **state)
{
    meeting_t meeting = { .entries = "s-user=alice" };
    sst_session_t *session;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    meeting.rig = &rig;
    session = sst_session_new(&rig.site, *state);
    sst_memory_before_put(rig.store, other_login, &meeting);
    rig_saves(&rig, session, "s-user=alice", 0, SST_SAVED_REFUSED);
    assert_int_equal(meeting.saved, SST_SAVED_CREATED);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* Both are there before either has looked: they must not end each other. */
static void of_two_logins_that_make_room_one_stays(void **state)
{
    sst_outcome_t outcome;
    const char *first;
    const char *second;
    sst_session_t *later;
    int i;

    /* Who is older within a second is a matter of the ids' chance. */
    for (i = 0; i < 16; i++) {
        rig_t rig;

        make(&rig, 0, SST_LIMIT_END_OLDEST, *state);
        first = rig_login(&rig, "s-user=alice n=1");
        rig.site.max_per_user = 1;
        later = sst_session_new(&rig.site, *state);
        assert_status(rig_save(&outcome, &rig, later, "s-user=alice n=2", 0),
                      SST_OK);
        assert_int_equal(sst_memory_records(rig.store), 1);
        if (outcome.saved == SST_SAVED_REFUSED) {
            assert_string_equal(rig_finds(&rig, first), "n=1 s-user=alice");
        }
        else {
            assert_int_equal(outcome.saved, SST_SAVED_CREATED);
            second = rig_ticket(&rig, later);
            assert_string_equal(rig_finds(&rig, second), "n=2 s-user=alice");
        }
    }
}

/* --- A store that fails --- */

static void a_login_that_cannot_be_counted_fails(void **state)
{
    static const sst_memory_op_t steps[] = {
        SST_MEMORY_INDEX_LIST, SST_MEMORY_GET, SST_MEMORY_REMOVE
    };
    apr_size_t i;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sst_session_t *session;
        sst_outcome_t outcome;
        const char *first;
        rig_t rig;

        make(&rig, 1, SST_LIMIT_END_OLDEST, *state);
        first = rig_login(&rig, "s-user=alice");
        next_second();
        session = sst_session_new(&rig.site, *state);
        sst_memory_fail(rig.store, steps[i], 1, SST_UNAVAILABLE,
                        SST_MEMORY_BEFORE);
        assert_status(rig_save(&outcome, &rig, session, "s-user=alice", 0),
                      SST_UNAVAILABLE);
        assert_int_equal(outcome.saved, SST_SAVED_NOTHING);
        assert_false(session->exists);
        assert_int_equal(sst_memory_records(rig.store), 1);
        assert_string_equal(rig_finds(&rig, first), "s-user=alice");
    }
}

/* A user with many sessions, from before there was a limit. They are more than
 * one login can look at: each looks at some, and what is too many among those
 * ends, so that there are fewer for the next one. None of the newest does.
 */
static void a_login_that_cannot_look_at_all_leaves_fewer(void **state)
{
    sst_status_t status;
    const char *newest;
    int tries;
    rig_t rig;

    make(&rig, 0, SST_LIMIT_END_OLDEST, *state);
    for (tries = 0; tries < 12; tries++) {
        (void) rig_login(&rig, "s-user=alice");
    }
    next_second();
    newest = rig_login(&rig, "s-user=alice n=1");
    rig.site.max_per_user = 2;
    next_second();
    for (tries = 0; tries < 12; tries++) {
        sst_session_t *session = sst_session_new(&rig.site, *state);
        int before = sst_memory_records(rig.store);
        sst_outcome_t outcome;

        sst_memory_fail(rig.store, SST_MEMORY_GET, 6, SST_TIMEOUT,
                        SST_MEMORY_BEFORE);
        status = rig_save(&outcome, &rig, session, "s-user=alice n=2", 0);
        sst_memory_heal(rig.store);
        assert_string_equal(rig_finds(&rig, newest), "n=1 s-user=alice");
        if (status == SST_OK) {
            break;
        }
        assert_status(status, SST_TIMEOUT);
        assert_true(sst_memory_records(rig.store) < before);
    }
    assert_status(status, SST_OK);
    assert_int_equal(sst_memory_records(rig.store), 2);
    assert_int_equal(rig_noted(&rig, "alice"), 2);
}

static void who_has_too_many_is_refused_without_looking_at_all(void **state)
{
    const char *ticket;
    rig_t rig;
    int i;

    make(&rig, 0, SST_LIMIT_REFUSE, *state);
    for (i = 0; i < 12; i++) {
        (void) rig_login(&rig, "s-user=alice");
    }
    rig.site.max_per_user = 2;
    sst_memory_calls_reset(rig.store);
    assert_int_equal(log_in(&ticket, &rig, "s-user=alice"),
                     SST_SAVED_REFUSED);
    /* Two, and perhaps its own. */
    assert_in_range(sst_memory_calls(rig.store, SST_MEMORY_GET), 2, 3);
}

/* --- Out of time --- */

static void wait_until_late(void *baton, sst_store_t *store,
                            const sst_row_t *row)
{
    const apr_time_t *deadline = baton;

    while (sst_clock() < *deadline) {
        apr_sleep(apr_time_from_msec(1));
    }
}

/* The record is written when the time is up: what is left of it would keep its
 * user out the next time too.
 */
static void a_login_that_ran_out_of_time_leaves_nothing(void **state)
{
    apr_time_t deadline;
    sst_session_t *session;
    sst_outcome_t outcome;
    rig_t rig;

    make(&rig, 1, SST_LIMIT_REFUSE, *state);
    session = sst_session_new(&rig.site, *state);
    sst_memory_before_put(rig.store, wait_until_late, &deadline);
    deadline = sst_clock() + apr_time_from_msec(200);
    assert_status(sst_session_save(&outcome, session,
                                   unit_table("s-user=alice", *state), 0,
                                   deadline, NULL, *state), SST_TIMEOUT);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_PUT), 1);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(without_a_limit_nobody_is_counted),
        UNIT_TEST(only_a_login_counts_sessions),
        UNIT_TEST(what_made_room_is_handed_up),
        UNIT_TEST(the_oldest_session_ends),
        UNIT_TEST(a_limit_that_was_lowered_holds_at_the_next_login),
        UNIT_TEST(users_do_not_count_for_each_other),
        UNIT_TEST(sessions_under_an_older_key_count),
        UNIT_TEST(what_has_ended_or_expired_does_not_count),
        UNIT_TEST(a_record_that_cannot_be_read_is_the_oldest),
        UNIT_TEST(the_session_that_is_left_does_not_count),
        UNIT_TEST(a_login_counts_for_the_user_who_signs_in_alone),
        UNIT_TEST(a_login_beyond_the_limit_is_refused),
        UNIT_TEST(a_refused_visitor_without_a_session_still_has_none),
        UNIT_TEST(
            a_change_of_user_that_is_refused_leaves_the_first_signed_in),
        UNIT_TEST(after_a_logout_there_is_room),
        UNIT_TEST(of_two_logins_for_the_last_place_one_gets_it),
        UNIT_TEST(of_two_logins_that_make_room_one_stays),
        UNIT_TEST(a_login_that_cannot_be_counted_fails),
        UNIT_TEST(a_login_that_cannot_look_at_all_leaves_fewer),
        UNIT_TEST(who_has_too_many_is_refused_without_looking_at_all),
        UNIT_TEST(a_login_that_ran_out_of_time_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
