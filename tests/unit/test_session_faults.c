/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store that fails at its nth call, for every n of every operation, before
 * the call takes effect or after it. Whatever happens: a failure is never
 * called success, a session that somebody holds a ticket for is whole, and
 * what failed can be asked for again.
 */

#include "tests/unit/session_rig.h"

/* An operation of one request: from these entries to those. */
typedef struct operation_t {
    const char *before;         /* NULL: a visitor without a session */
    const char *after;
    int flags;
    int ends;                   /* by sst_session_end, not by a save */
    int notes;                  /* entries of the user index afterwards */
} operation_t;

static const operation_t operations[] = {
    { NULL, "a=1", 0, 0, 0 },                       /* create */
    { NULL, "a=1 s-user=alice", 0, 0, 1 },          /* create, signed in */
    { NULL, "a-user=x b-user=y", 0, 0, 2 },
    { "a=1", "a=2", 0, 0, 0 },                      /* update */
    { "a=1 s-user=alice", "a=2 s-user=alice", 0, 0, 1 },
    { "a=1", "a=1 s-user=alice", 0, 0, 1 },         /* login */
    { "a=1 s-user=alice", "a=1 s-user=bob", 0, 0, 1 },
    { "a=1 s-user=alice", "a=1", 0, 0, 0 },         /* logout */
    { "a=1 s-user=alice", "a=1 s-user=alice", SST_SAVE_ROTATE, 0, 1 },
    { "a=1 s-user=alice", "", 0, 0, 0 },            /* nothing left: end */
    { "a=1", "b=2", SST_SAVE_END, 0, 0 },           /* end, and begin anew */
    { "a=1 s-user=alice", "b=2", SST_SAVE_END, 0, 0 },
    { "a=1 s-user=alice", "s-user=bob", SST_SAVE_END, 0, 1 },
    { "a=1 s-user=alice", "", SST_SAVE_END, 0, 0 },
    { "a=1", "", 0, 1, 0 },                         /* end */
    { "a=1 s-user=alice", "", 0, 1, 0 }
};

#define OPERATIONS ((int) (sizeof(operations) / sizeof(operations[0])))

/* One request under way. */
typedef struct request_t {
    const operation_t *operation;
    rig_t rig;
    const char *ticket;         /* NULL for a visitor */
    sst_session_t *session;
} request_t;

static void arrive(request_t *request, const operation_t *operation,
                   apr_pool_t *pool)
{
    rig_make(&request->rig, pool);
    request->operation = operation;
    request->ticket = NULL;
    request->session = sst_session_new(&request->rig.site, pool);
    if (operation->before != NULL) {
        request->ticket = rig_login(&request->rig, operation->before);
        request->session = rig_session(&request->rig, request->ticket);
    }
    sst_memory_calls_reset(request->rig.store);
}

static sst_status_t act(request_t *request)
{
    sst_outcome_t outcome;
    sst_status_t status;

    if (request->operation->ends) {
        return sst_session_end(request->session, rig_deadline(), NULL,
                               request->rig.pool);
    }
    status = rig_save(&outcome, &request->rig, request->session,
                      request->operation->after, request->operation->flags);
    if (status != SST_OK) {
        assert_int_equal(outcome.saved, SST_SAVED_NOTHING);
    }
    return status;
}

/* What the request sends to its browser, NULL for nothing. */
static const char *ticket_now(request_t *request)
{
    return request->session->exists
        ? rig_ticket(&request->rig, request->session) : NULL;
}

/* The store is as the operation wants it. */
static void assert_done(request_t *request, int exact_notes)
{
    const operation_t *operation = request->operation;
    const char *ticket = ticket_now(request);
    int stored = operation->after[0] != '\0';

    assert_int_equal(request->session->exists, stored);
    assert_int_equal(sst_memory_records(request->rig.store), stored);
    if (stored) {
        assert_string_equal(rig_finds(&request->rig, ticket),
                            operation->after);
    }
    else {
        assert_string_equal(rig_finds(&request->rig, request->ticket),
                            "not found");
    }
    if (exact_notes) {
        assert_int_equal(sst_memory_index_entries(request->rig.store),
                         operation->notes);
    }
    else {
        assert_in_range(sst_memory_index_entries(request->rig.store),
                        operation->notes, 100);
    }
}

/* The browser's session is as it was, and the session object says so. */
static void assert_untouched(request_t *request)
{
    const operation_t *operation = request->operation;

    assert_int_equal(request->session->exists, operation->before != NULL);
    assert_int_equal(sst_memory_records(request->rig.store),
                     operation->before != NULL);
    if (operation->before != NULL) {
        assert_string_equal(ticket_now(request), request->ticket);
        assert_string_equal(rig_finds(&request->rig, request->ticket),
                            operation->before);
        assert_string_equal(unit_table_text(request->session->base,
                                            request->rig.pool),
                            operation->before);
    }
}

static int calls_of(const operation_t *operation, apr_pool_t *pool)
{
    request_t request;

    arrive(&request, operation, pool);
    assert_status(act(&request), SST_OK);
    assert_done(&request, 1);
    return sst_memory_calls(request.rig.store, SST_MEMORY_ANY) - 1;
}

/* Only forgetting a user may fail unseen: a note without a record is harmless;
 * and a removal that fails is repeated. Every other failure is reported, and
 * nothing has happened.
 */
static void a_call_that_fails_before_it_takes_effect_changes_nothing(
    void **state)
{
    int i;

    for (i = 0; i < OPERATIONS; i++) {
        int calls = calls_of(&operations[i], *state);
        int nth;

        for (nth = 1; nth <= calls; nth++) {
            request_t request;
            sst_status_t status;

            arrive(&request, &operations[i], *state);
            sst_memory_fail(request.rig.store, SST_MEMORY_ANY, nth,
                            SST_UNAVAILABLE, SST_MEMORY_BEFORE);
            status = act(&request);
            sst_memory_heal(request.rig.store);
            if (status == SST_OK) {
                assert_true(sst_memory_calls(request.rig.store,
                                             SST_MEMORY_INDEX_REMOVE) > 0
                            || sst_memory_calls(request.rig.store,
                                                SST_MEMORY_REMOVE) > 1);
                assert_done(&request, 0);
            }
            else {
                assert_status(status, SST_UNAVAILABLE);
                assert_untouched(&request);
                assert_status(act(&request), SST_OK);
                assert_done(&request, 0);
            }
        }
    }
}

/* What a browser may find once an answer was lost: what it had, what it asked
 * for, or nothing; never something in between.
 */
static void assert_whole(request_t *request)
{
    const operation_t *operation = request->operation;
    const char *found;

    if (request->ticket == NULL) {
        return;
    }
    found = rig_finds(&request->rig, request->ticket);
    assert_true(strcmp(found, operation->before) == 0
                || strcmp(found, operation->after) == 0
                || strcmp(found, "not found") == 0);
}

/* The ticket that the request sends has a session. */
static void assert_opens(request_t *request)
{
    const char *ticket = ticket_now(request);

    if (ticket != NULL) {
        (void) rig_session(&request->rig, ticket);
    }
}

static void a_call_whose_answer_is_lost_is_reported_and_can_be_repeated(
    void **state)
{
    int i;

    for (i = 0; i < OPERATIONS; i++) {
        int calls = calls_of(&operations[i], *state);
        int nth;

        for (nth = 1; nth <= calls; nth++) {
            request_t request;
            sst_status_t status;

            arrive(&request, &operations[i], *state);
            sst_memory_fail(request.rig.store, SST_MEMORY_ANY, nth,
                            SST_TIMEOUT, SST_MEMORY_AFTER);
            status = act(&request);
            sst_memory_heal(request.rig.store);
            assert_whole(&request);
            if (status != SST_OK) {
                assert_status(status, SST_TIMEOUT);
                assert_status(act(&request), SST_OK);
                assert_whole(&request);
                assert_opens(&request);
            }
        }
    }
}

static void a_store_that_always_fails_never_lets_a_save_succeed(void **state)
{
    int i;

    for (i = 0; i < OPERATIONS; i++) {
        request_t request;

        arrive(&request, &operations[i], *state);
        sst_memory_fail(request.rig.store, SST_MEMORY_ANY, 0,
                        SST_UNAVAILABLE, SST_MEMORY_BEFORE);
        assert_status(act(&request), SST_UNAVAILABLE);
        sst_memory_heal(request.rig.store);
        assert_untouched(&request);
    }
}

/* --- Login --- */

/* The old session cannot be ended, and the new one can then not be taken back
 * either: nobody is told of a login, nobody holds the new ticket, and whoever
 * ends all of the user's sessions finds the one that was left.
 */
static void a_login_whose_old_session_cannot_be_ended_is_no_login(
    void **state)
{
    static const operation_t login = { "a=1", "a=1 s-user=alice", 0, 0, 1 };
    request_t request;
    sst_session_t *session;

    arrive(&request, &login, *state);
    sst_memory_fail(request.rig.store, SST_MEMORY_REMOVE, 0, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(act(&request), SST_UNAVAILABLE);
    sst_memory_heal(request.rig.store);
    session = request.session;
    assert_string_equal(rig_ticket(&request.rig, session), request.ticket);
    assert_string_equal(rig_finds(&request.rig, request.ticket), "a=1");
    assert_int_equal(sst_memory_records(request.rig.store), 2);
    assert_int_equal(rig_noted(&request.rig, "alice"), 1);
}

static void a_login_that_failed_leaves_no_signed_in_record(void **state)
{
    static const operation_t login = { "a=1", "a=1 s-user=alice", 0, 0, 1 };
    static const sst_memory_op_t steps[] = {
        SST_MEMORY_INDEX_ADD, SST_MEMORY_PUT
    };
    apr_size_t i;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        request_t request;

        arrive(&request, &login, *state);
        sst_memory_fail(request.rig.store, steps[i], 1, SST_UNAVAILABLE,
                        SST_MEMORY_BEFORE);
        assert_status(act(&request), SST_UNAVAILABLE);
        assert_untouched(&request);
    }
}

static void a_login_ends_the_old_session_at_the_second_try(void **state)
{
    static const operation_t login = { "a=1", "a=1 s-user=alice", 0, 0, 1 };
    request_t request;

    arrive(&request, &login, *state);
    sst_memory_fail(request.rig.store, SST_MEMORY_REMOVE, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(act(&request), SST_OK);
    assert_done(&request, 1);
    assert_string_equal(rig_finds(&request.rig, request.ticket), "not found");
}

/* The record was written, and nobody was told: nobody will ever hold its
 * ticket, and it would count as one of the user's sessions.
 */
static void a_login_that_was_not_answered_leaves_nothing(void **state)
{
    static const operation_t login = { NULL, "a=1 s-user=alice", 0, 0, 1 };
    static const sst_memory_op_t steps[] = {
        SST_MEMORY_INDEX_ADD, SST_MEMORY_PUT
    };
    apr_size_t i;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        request_t request;

        arrive(&request, &login, *state);
        sst_memory_fail(request.rig.store, steps[i], 1, SST_TIMEOUT,
                        SST_MEMORY_AFTER);
        assert_status(act(&request), SST_TIMEOUT);
        assert_int_equal(sst_memory_records(request.rig.store), 0);
        assert_int_equal(sst_memory_index_entries(request.rig.store), 0);
    }
}

/* The old record was removed, and nobody was told: with the new one gone as
 * well, the visitor would have lost everything.
 */
static void a_rotation_that_removed_the_old_record_unanswered_is_done(
    void **state)
{
    static const operation_t turns[] = {
        { "a=1", "a=1 s-user=alice", 0, 0, 1 },
        { "a=1 s-user=alice", "a=1", 0, 0, 0 },
        { "a=1 s-user=alice", "a=1 s-user=alice", SST_SAVE_ROTATE, 0, 1 },
        { "a=1 s-user=alice", "b=2", SST_SAVE_END, 0, 0 },
        { "a=1 s-user=alice", "s-user=bob", SST_SAVE_END, 0, 1 }
    };
    apr_size_t i;

    for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
        request_t request;

        arrive(&request, &turns[i], *state);
        sst_memory_fail(request.rig.store, SST_MEMORY_REMOVE, 1, SST_TIMEOUT,
                        SST_MEMORY_AFTER);
        assert_status(act(&request), SST_OK);
        assert_done(&request, 1);
    }
}

/* --- An id that exists --- */

static void occupy(void *baton, sst_store_t *store, const sst_row_t *row)
{
    rig_t *rig = baton;

    assert_status(store->ops->put(store, row, unit_noise(3, 100, rig->pool),
                                  rig_now_s() + 100, NULL, rig_deadline(),
                                  NULL, rig->pool), SST_OK);
}

/* It does not happen by chance: a store that says so is not trusted, and what
 * is there is not overwritten.
 */
static void a_new_id_that_is_taken_is_an_error(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    rig_t rig;

    rig_make(&rig, *state);
    sst_memory_before_put(rig.store, occupy, &rig);
    session = sst_session_new(&rig.site, *state);
    assert_status(rig_save(&outcome, &rig, session, "a=1", 0), SST_INTERNAL);
    assert_false(session->exists);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* --- Lost answers --- */

/* Our write landed and we were not told: the next try finds a revision that it
 * does not know, and in it nothing but our own change.
 */
static void our_own_write_is_no_clash_when_its_answer_was_lost(void **state)
{
    static const operation_t update = { "a=1 b=1", "a=2", 0, 0, 0 };
    request_t request;
    sst_outcome_t outcome;

    arrive(&request, &update, *state);
    sst_memory_fail(request.rig.store, SST_MEMORY_PUT, 1, SST_TIMEOUT,
                    SST_MEMORY_AFTER);
    assert_status(act(&request), SST_TIMEOUT);
    assert_status(rig_save(&outcome, &request.rig, request.session, "a=2",
                           0), SST_OK);
    assert_int_equal(outcome.saved, SST_SAVED_UPDATED);
    assert_int_equal(outcome.clashes, 0);
    assert_string_equal(rig_finds(&request.rig, request.ticket), "a=2");
}

/* --- Failures on the way of a merge --- */

static void write_in_between(void *baton, sst_store_t *store,
                             const sst_row_t *row)
{
    request_t *request = baton;

    (void) row;
    sst_memory_before_put(store, NULL, NULL);
    rig_saves(&request->rig, rig_session(&request->rig, request->ticket),
              "a=1 theirs=1", 0, SST_SAVED_UPDATED);
}

static int calls_with_conflict(const operation_t *operation,
                               apr_pool_t *pool)
{
    request_t request;

    arrive(&request, operation, pool);
    sst_memory_before_put(request.rig.store, write_in_between, &request);
    assert_status(act(&request), SST_OK);
    return sst_memory_calls(request.rig.store, SST_MEMORY_ANY);
}

/* The other's change is never lost, whichever call of the merge fails. The
 * other's own calls are among those that are made to fail; it then changes
 * nothing, and that is no case of ours.
 */
static void a_failure_during_a_merge_loses_nothing(void **state)
{
    static const operation_t met[] = {
        { "a=1", "a=1 mine=1", 0, 0, 0 },
        { "a=1", "a=1 s-user=alice", 0, 0, 1 }
    };
    static const int others_calls = 2;      /* get, put */
    int i;

    for (i = 0; i < 2; i++) {
        int calls = calls_with_conflict(&met[i], *state);
        int ours = i == 0 ? 0 : 1;          /* index_add comes first */
        int nth;

        for (nth = ours + others_calls + 1; nth <= calls; nth++) {
            request_t request;
            sst_status_t status;
            const char *found;

            arrive(&request, &met[i], *state);
            sst_memory_before_put(request.rig.store, write_in_between,
                                  &request);
            sst_memory_fail(request.rig.store, SST_MEMORY_ANY, nth,
                            SST_UNAVAILABLE, SST_MEMORY_BEFORE);
            status = act(&request);
            sst_memory_heal(request.rig.store);
            if (status != SST_OK) {
                assert_string_equal(rig_finds(&request.rig, request.ticket),
                                    "a=1 theirs=1");
                assert_status(act(&request), SST_OK);
            }
            found = rig_finds(&request.rig, ticket_now(&request));
            assert_string_equal(found, i == 0
                                ? "a=1 mine=1 theirs=1"
                                : "a=1 s-user=alice theirs=1");
        }
    }
}

/* --- Touch --- */

static void a_touch_that_fails_says_so(void **state)
{
    static const operation_t page = { "a=1", "a=1", 0, 0, 0 };
    request_t request;
    apr_int64_t expires_s;

    arrive(&request, &page, *state);
    expires_s = request.session->expires_s;
    rig_expire(&request.rig, request.session, expires_s - 500);
    request.session->expires_s -= 500;
    sst_memory_fail(request.rig.store, SST_MEMORY_TOUCH, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(sst_session_touch(request.session, rig_deadline(), NULL,
                                    *state), SST_UNAVAILABLE);
    assert_true(request.session->expires_s == expires_s - 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(
            a_call_that_fails_before_it_takes_effect_changes_nothing),
        UNIT_TEST(
            a_call_whose_answer_is_lost_is_reported_and_can_be_repeated),
        UNIT_TEST(a_store_that_always_fails_never_lets_a_save_succeed),
        UNIT_TEST(a_login_whose_old_session_cannot_be_ended_is_no_login),
        UNIT_TEST(a_login_that_failed_leaves_no_signed_in_record),
        UNIT_TEST(a_login_ends_the_old_session_at_the_second_try),
        UNIT_TEST(a_login_that_was_not_answered_leaves_nothing),
        UNIT_TEST(
            a_rotation_that_removed_the_old_record_unanswered_is_done),
        UNIT_TEST(a_new_id_that_is_taken_is_an_error),
        UNIT_TEST(our_own_write_is_no_clash_when_its_answer_was_lost),
        UNIT_TEST(a_failure_during_a_merge_loses_nothing),
        UNIT_TEST(a_touch_that_fails_says_so)
    };

    return cmocka_run_group_tests_name("session faults", tests, unit_start,
                                       unit_stop);
}
