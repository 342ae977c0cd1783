/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions that are saved: what is written and what is not, limits, and other
 * requests that write, or end, the same session at the same time.
 */

#include <apr_strings.h>

#include "lib/entries.h"
#include "tests/unit/session_rig.h"

/* --- What is written --- */

static void an_empty_new_session_is_not_stored(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "", 0, SST_SAVED_NOTHING);
    rig_saves(&rig, session, "expiry=123", 0, SST_SAVED_NOTHING);
    rig_saves(&rig, session, "", SST_SAVE_ROTATE, SST_SAVED_NOTHING);
    assert_false(session->exists);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

static void a_new_session_is_one_write(void **state)
{
    sst_session_t *session;
    apr_int64_t now_s;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    now_s = rig_now_s();
    rig_saves(&rig, session, "a=1 expiry=5", 0, SST_SAVED_CREATED);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_PUT), 1);
    assert_true(session->version.revision == 1);
    assert_true(session->ticket.revision == 1);
    assert_in_range(session->created_s - now_s, 0, 30);
    assert_true(session->deadline_s == session->created_s + RIG_ABSOLUTE_S);
    assert_in_range(session->expires_s - now_s, RIG_IDLE_S + RIG_TOUCH_S,
                    RIG_IDLE_S + RIG_TOUCH_S + 30);
    assert_true(rig_value(&rig, &session->row).expires_s
                == session->expires_s);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)), "a=1");
    assert_string_equal(unit_table_text(session->base, *state), "a=1");
}

static void an_unchanged_session_is_not_written(void **state)
{
    static const char *const same[] = {
        "a=1 b=2", "b=2 a=1", "A=1 b=2", "a=1 b=2 expiry=5",
        "expiry=6 b=2 a=1"
    };
    const char *ticket;
    apr_size_t i;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 b=2");
    for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        sst_session_t *session = rig_session(&rig, ticket);

        sst_memory_calls_reset(rig.store);
        rig_saves(&rig, session, same[i], 0, SST_SAVED_UNCHANGED);
        assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
        assert_string_equal(rig_ticket(&rig, session), ticket);
    }
}

static void a_changed_session_is_one_write_of_the_next_revision(void **state)
{
    sst_session_t *session;
    sst_session_t before;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    before = *session;
    sst_memory_calls_reset(rig.store);
    rig_saves(&rig, session, "a=1 b=2", 0, SST_SAVED_UPDATED);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_PUT), 1);
    assert_true(session->version.revision == 2);
    assert_memory_not_equal(session->version.token, before.version.token,
                            SST_TOKEN_LEN);
    assert_memory_equal(session->ticket.id, before.ticket.id, SST_ID_LEN);
    assert_memory_equal(session->ticket.secret, before.ticket.secret,
                        SST_SECRET_LEN);
    assert_true(session->created_s == before.created_s);
    assert_true(session->deadline_s == before.deadline_s);
    assert_string_not_equal(rig_ticket(&rig, session), ticket);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                        "a=1 b=2");
    assert_string_equal(rig_finds(&rig, ticket), "a=1 b=2");
}

static void each_change_is_kept(void **state)
{
    static const char *const steps[] = {
        "a=1", "a=2", "a=2 b=1", "b=1", "b=", "b= c=3", "c=4"
    };
    const char *ticket;
    apr_size_t i;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "first=1");
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sst_session_t *session = rig_session(&rig, ticket);

        rig_saves(&rig, session, steps[i], 0, SST_SAVED_UPDATED);
        ticket = rig_ticket(&rig, session);
        assert_string_equal(rig_finds(&rig, ticket), steps[i]);
    }
    assert_int_equal(sst_memory_records(rig.store), 1);
}

static void a_session_may_be_saved_twice_by_one_request(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_CREATED);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_UNCHANGED);
    rig_saves(&rig, session, "a=2", 0, SST_SAVED_UPDATED);
    rig_saves(&rig, session, "", 0, SST_SAVED_ENDED);
    rig_saves(&rig, session, "", 0, SST_SAVED_NOTHING);
    rig_saves(&rig, session, "a=3", 0, SST_SAVED_CREATED);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

static void a_session_that_becomes_empty_is_ended(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 s-user=alice");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "expiry=5", 0, SST_SAVED_ENDED);
    assert_false(session->exists);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void what_was_saved_does_not_hang_on_the_callers_texts(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    apr_pool_t *passing;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    assert_int_equal(apr_pool_create(&passing, *state), APR_SUCCESS);
    assert_status(sst_session_save(&outcome, session,
                                   unit_table("a=1 b=2", passing), 0,
                                   rig_deadline(), NULL, passing), SST_OK);
    apr_pool_destroy(passing);
    rig_saves(&rig, session, "a=1 b=2", 0, SST_SAVED_UNCHANGED);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_UPDATED);
}

static void the_administrator_sees_users_names_and_size(void **state)
{
    sst_session_t *session;
    sst_record_t record;
    sst_box_key_t key;
    sst_span_t plain;
    sst_meta_t meta;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice s-pw=x a=1"));
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    key.key = &rig.site.ring->keys[0];
    key.row = &session->row;
    key.secret = NULL;
    assert_status(sst_record_open(&plain, &record, SST_BOX_META, &key, NULL,
                                  *state), SST_OK);
    assert_status(sst_meta_decode(&meta, plain, NULL, *state), SST_OK);
    assert_string_equal(apr_array_pstrcat(*state, meta.users, ' '), "alice");
    assert_string_equal(apr_array_pstrcat(*state, meta.names, ' '),
                        "s-user s-pw a");
    assert_int_equal(meta.size, sst_entries_size(session->base));
    assert_string_equal(meta.client, "192.0.2.7");
    assert_in_range(rig_now_s() - meta.saved_s, 0, 30);
}

/* --- Limits --- */

static void a_session_over_the_limit_is_refused_and_stays_as_it_was(
    void **state)
{
    const char *ticket;
    sst_session_t *session;
    sst_outcome_t outcome;
    sst_value_t before;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_size = sst_entries_size(unit_table("a=12345", *state));
    ticket = rig_login(&rig, "a=12345");
    session = rig_session(&rig, ticket);
    before = rig_value(&rig, &session->row);
    sst_memory_calls_reset(rig.store);
    sst_error_clear(&err);
    assert_status(sst_session_save(&outcome, session,
                                   unit_table("a=123456", *state), 0,
                                   rig_deadline(), &err, *state),
                  SST_TOO_BIG);
    assert_error(&err, SST_TOO_BIG);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
    assert_span_equal(rig_value(&rig, &session->row).bytes, before.bytes);
    assert_string_equal(rig_ticket(&rig, session), ticket);
    assert_string_equal(rig_finds(&rig, ticket), "a=12345");
    rig_saves(&rig, session, "a=54321", 0, SST_SAVED_UPDATED);
}

static void a_session_over_the_limit_is_not_created_or_rotated(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_size = 30;
    session = sst_session_new(&rig.site, *state);
    assert_status(rig_save(&outcome, &rig, session,
                           "a=123456789012345678901234567890", 0),
                  SST_TOO_BIG);
    assert_false(session->exists);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    assert_status(rig_save(&outcome, &rig, session,
                           "s-user=123456789012345678901234567890", 0),
                  SST_TOO_BIG);
    assert_string_equal(rig_ticket(&rig, session), ticket);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* What the store can hold is a limit on the sealed bytes. */
static void a_session_over_the_stores_limit_is_refused(void **state)
{
    sst_store_ops_t ops = sst_backend_memory;
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    char *noise = apr_pcalloc(*state, 2000 + 1);
    rig_t rig;

    rig_make(&rig, *state);
    ops.value_max = 1000;
    rig.store->ops = &ops;
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    sst_base64url_encode(noise, unit_noise(1, 1400, *state));
    assert_status(rig_save(&outcome, &rig, session,
                           apr_pstrcat(*state, "a=", noise, NULL), 0),
                  SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
    assert_status(rig_save(&outcome, &rig, session,
                           apr_pstrcat(*state, "s-user=", noise, NULL), 0),
                  SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
    assert_string_equal(rig_ticket(&rig, session), ticket);
    assert_int_equal(sst_memory_records(rig.store), 1);
    memset(noise, 'x', 1800);
    rig_saves(&rig, session, apr_pstrcat(*state, "a=", noise, NULL), 0,
              SST_SAVED_UPDATED);
}

static void two_hundred_thousand_bytes_are_a_session(void **state)
{
    char *value = apr_pcalloc(*state, 200000 + 1);
    const char *ticket;
    const char *entries;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_size = 262144;
    sst_base64url_encode(value, unit_noise(1, 149998, *state));
    entries = apr_pstrcat(*state, "a=", value, NULL);
    ticket = rig_login(&rig, entries);
    assert_string_equal(rig_finds(&rig, ticket), entries);
}

/* --- Writers that meet --- */

/* Another request with the same ticket, which saves its own entries right
 * before our write lands.
 */
typedef struct other_t {
    rig_t *rig;
    const char *ticket;
    const char *entries;
    int left;                   /* how often it still writes */
} other_t;

static void write_in_between(void *baton, sst_store_t *store,
                             const sst_row_t *row)
{
    other_t *other = baton;
    sst_session_t *session;
    sst_outcome_t outcome;

    (void) store;
    (void) row;
    if (other->left == 0) {
        return;
    }
    other->left--;
    session = rig_session(other->rig, other->ticket);
    assert_status(rig_save(&outcome, other->rig, session, other->entries, 0),
                  SST_OK);
}

static void let_in(other_t *other, rig_t *rig, const char *ticket,
                   const char *entries)
{
    memset(other, 0, sizeof(*other));
    other->rig = rig;
    other->ticket = ticket;
    other->entries = entries;
    other->left = 1;
    sst_memory_before_put(rig->store, write_in_between, other);
}

typedef struct meeting_t {
    const char *base;
    const char *theirs;
    const char *mine;
    const char *result;
    int clashes;
} meeting_t;

static const meeting_t meetings[] = {
    { "a=1", "a=1 b=2", "a=1 c=3", "a=1 b=2 c=3", 0 },
    { "a=1 b=1", "a=2 b=1", "a=1 b=2", "a=2 b=2", 0 },
    { "a=1 b=1", "b=1", "a=1 b=2", "b=2", 0 },
    { "a=1", "a=2", "a=3", "a=3", 1 },
    { "a=1 b=1", "a=2 b=2", "a=3 b=3", "a=3 b=3", 2 },
    { "a=1", "a=2", "a=2", "a=2", 0 },
    { "x=1", "A=2 x=1", "a=3 x=1", "a=3 x=1", 1 }
};

static void changes_that_meet_are_merged_and_counted(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(meetings) / sizeof(meetings[0]); i++) {
        const meeting_t *one = &meetings[i];
        sst_session_t *session;
        sst_outcome_t outcome;
        const char *ticket;
        other_t other;
        rig_t rig;

        rig_make(&rig, *state);
        ticket = rig_login(&rig, one->base);
        session = rig_session(&rig, ticket);
        let_in(&other, &rig, ticket, one->theirs);
        assert_status(rig_save(&outcome, &rig, session, one->mine, 0),
                      SST_OK);
        assert_int_equal(outcome.saved, SST_SAVED_UPDATED);
        assert_int_equal(outcome.conflicts, 1);
        assert_int_equal(outcome.clashes, one->clashes);
        assert_true(session->version.revision == 3);
        assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                            one->result);
        assert_string_equal(unit_table_text(session->base, *state),
                            one->result);
    }
}

/* Each time a little different, so that each time there is a write. */
static void keep_writing_in_between(void *baton, sst_store_t *store,
                                    const sst_row_t *row)
{
    other_t *other = baton;

    (void) store;
    (void) row;
    if (other->left > 0) {
        rig_saves(other->rig, rig_session(other->rig, other->ticket),
                  apr_psprintf(other->rig->pool, "a=1 n=%d", other->left--),
                  0, SST_SAVED_UPDATED);
    }
}

static void many_writers_in_a_row_are_merged(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, NULL);
    other.left = 5;
    sst_memory_before_put(rig.store, keep_writing_in_between, &other);
    assert_status(rig_save(&outcome, &rig, session, "a=1 c=3", 0), SST_OK);
    assert_int_equal(outcome.conflicts, 5);
    assert_int_equal(outcome.clashes, 0);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 c=3 n=1");
}

static void writers_that_never_rest_end_in_a_timeout(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    sst_error_t err;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, NULL);
    other.left = 1000000;
    sst_memory_before_put(rig.store, keep_writing_in_between, &other);
    sst_error_clear(&err);
    assert_status(sst_session_save(&outcome, session,
                                   unit_table("a=2", *state), 0,
                                   apr_time_now() + 50 * 1000, &err, *state),
                  SST_TIMEOUT);
    assert_error(&err, SST_TIMEOUT);
    assert_int_equal(outcome.saved, SST_SAVED_NOTHING);
    assert_in_range(outcome.conflicts, 1, 1000000);
}

static void a_merge_over_the_limit_is_refused(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.max_size = 20;
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, "a=1 b=12345678");
    assert_status(rig_save(&outcome, &rig, session, "a=1 c=12345678", 0),
                  SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 b=12345678");
}

/* Each side took away what the other one kept: nothing is left, and a session
 * of nothing is not stored.
 */
static void who_removes_the_last_entry_leaves_what_others_have_set(void **state)
{
    sst_session_t *mine;
    sst_session_t *theirs;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    mine = rig_session(&rig, ticket);
    theirs = rig_session(&rig, ticket);
    rig_saves(&rig, theirs, "a=1 b=2", 0, SST_SAVED_UPDATED);
    rig_saves(&rig, mine, "", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, ticket), "b=2");
}

static void who_signs_out_ends_what_others_have_set_too(void **state)
{
    sst_session_t *mine;
    sst_session_t *theirs;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "realm-user=alice");
    mine = rig_session(&rig, ticket);
    theirs = rig_session(&rig, ticket);
    rig_saves(&rig, theirs, "realm-user=alice b=2", 0, SST_SAVED_UPDATED);
    rig_saves(&rig, mine, "", 0, SST_SAVED_ENDED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void a_session_over_a_lowered_limit_may_shrink(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "realm-user=alice basket=0123456789012345");
    rig.site.max_size = 16;
    session = rig_session(&rig, ticket);
    assert_status(rig_save(&outcome, &rig, session,
                           "realm-user=alice basket=01234567890123456", 0),
                  SST_TOO_BIG);
    rig_saves(&rig, session, "basket=0123456789012345", 0,
              SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void a_merge_that_leaves_nothing_ends_the_session(void **state)
{
    sst_session_t *session;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 b=2");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, "b=2");
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_ENDED);
    assert_false(session->exists);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

/* The glue may try again with what the request wanted in the first place: the
 * other's change must not look like one that we took back.
 */
static void a_save_that_failed_half_way_can_be_repeated(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, "a=1 theirs=1");
    /* The other's put, ours in conflict, and ours again. */
    sst_memory_fail(rig.store, SST_MEMORY_PUT, 3, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(rig_save(&outcome, &rig, session, "a=1 mine=1", 0),
                  SST_UNAVAILABLE);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 theirs=1");
    assert_status(rig_save(&outcome, &rig, session, "a=1 mine=1", 0),
                  SST_OK);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 mine=1 theirs=1");
}

/* --- Ended is ended --- */

static void a_late_save_does_not_bring_a_session_back(void **state)
{
    sst_session_t *late;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    late = rig_session(&rig, ticket);
    rig_saves(&rig, rig_session(&rig, ticket), "", 0, SST_SAVED_ENDED);
    rig_saves(&rig, late, "s-user=alice a=2", 0, SST_SAVED_GONE);
    assert_false(late->exists);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

/* A request may save more than once: the second time is as late. */
static void a_session_that_is_gone_stays_gone_for_its_request(void **state)
{
    sst_session_t *late;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    late = rig_session(&rig, ticket);
    rig_saves(&rig, rig_session(&rig, ticket), "", 0, SST_SAVED_ENDED);
    rig_saves(&rig, late, "s-user=alice a=2", 0, SST_SAVED_GONE);
    rig_saves(&rig, late, "s-user=alice a=3", 0, SST_SAVED_GONE);
    rig_saves(&rig, late, "s-user=alice a=3", SST_SAVE_ROTATE,
              SST_SAVED_GONE);
    rig_saves(&rig, late, "", 0, SST_SAVED_GONE);
    assert_int_equal(sst_memory_records(rig.store), 0);
}

static void a_session_ended_during_the_write_stays_ended(void **state)
{
    sst_session_t *session;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, "");
    rig_saves(&rig, session, "a=2", 0, SST_SAVED_GONE);
    assert_int_equal(sst_memory_records(rig.store), 0);
}

/* Changed by somebody, and over before we could merge. */
static void change_and_expire(void *baton, sst_store_t *store,
                              const sst_row_t *row)
{
    other_t *other = baton;

    write_in_between(baton, store, row);
    assert_status(store->ops->touch(store, row, 1, rig_deadline(), NULL,
                                    other->rig->pool), SST_OK);
}

static void a_session_that_expired_meanwhile_is_gone(void **state)
{
    sst_session_t *session;
    const char *ticket;
    other_t other;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    let_in(&other, &rig, ticket, "a=1 b=1");
    sst_memory_before_put(rig.store, change_and_expire, &other);
    rig_saves(&rig, session, "a=2", 0, SST_SAVED_GONE);
    assert_string_equal(rig_finds(&rig, ticket), "expired");
}

static void a_record_that_breaks_meanwhile_is_a_failure(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    rig_overwrite(&rig, &session->row, unit_noise(1, 200, *state));
    assert_status(rig_save(&outcome, &rig, session, "a=2", 0), SST_CORRUPT);
    assert_int_equal(outcome.saved, SST_SAVED_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_empty_new_session_is_not_stored),
        UNIT_TEST(a_new_session_is_one_write),
        UNIT_TEST(an_unchanged_session_is_not_written),
        UNIT_TEST(a_changed_session_is_one_write_of_the_next_revision),
        UNIT_TEST(each_change_is_kept),
        UNIT_TEST(a_session_may_be_saved_twice_by_one_request),
        UNIT_TEST(a_session_that_becomes_empty_is_ended),
        UNIT_TEST(what_was_saved_does_not_hang_on_the_callers_texts),
        UNIT_TEST(the_administrator_sees_users_names_and_size),
        UNIT_TEST(a_session_over_the_limit_is_refused_and_stays_as_it_was),
        UNIT_TEST(a_session_over_the_limit_is_not_created_or_rotated),
        UNIT_TEST(a_session_over_the_stores_limit_is_refused),
        UNIT_TEST(two_hundred_thousand_bytes_are_a_session),
        UNIT_TEST(changes_that_meet_are_merged_and_counted),
        UNIT_TEST(many_writers_in_a_row_are_merged),
        UNIT_TEST(writers_that_never_rest_end_in_a_timeout),
        UNIT_TEST(a_merge_over_the_limit_is_refused),
        UNIT_TEST(who_removes_the_last_entry_leaves_what_others_have_set),
        UNIT_TEST(who_signs_out_ends_what_others_have_set_too),
        UNIT_TEST(a_session_over_a_lowered_limit_may_shrink),
        UNIT_TEST(a_merge_that_leaves_nothing_ends_the_session),
        UNIT_TEST(a_save_that_failed_half_way_can_be_repeated),
        UNIT_TEST(a_late_save_does_not_bring_a_session_back),
        UNIT_TEST(a_session_that_is_gone_stays_gone_for_its_request),
        UNIT_TEST(a_session_ended_during_the_write_stays_ended),
        UNIT_TEST(a_session_that_expired_meanwhile_is_gone),
        UNIT_TEST(a_record_that_breaks_meanwhile_is_a_failure)
    };

    return cmocka_run_group_tests_name("session save", tests, unit_start,
                                       unit_stop);
}
