/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions as an administrator sees and ends them, without their tickets. */

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "lib/admin.h"
#include "tests/unit/session_rig.h"

static sst_admin_t admin_of(const rig_t *rig)
{
    sst_admin_t admin = { rig->store, rig->site.ring, rig->site.scope,
                          rig->site.user_keys, 0 };

    return admin;
}

static const char *names_text(const apr_array_header_t *names,
                              apr_pool_t *pool)
{
    return apr_array_pstrcat(pool, names, ' ');
}

static apr_array_header_t *sessions_of(rig_t *rig, const char *user)
{
    sst_admin_t admin = admin_of(rig);
    apr_array_header_t *found;

    /* As in a request: what has no record may be a login under way. */
    admin.deadline = rig_deadline();
    assert_status(sst_admin_user(&found, &admin, user, NULL, rig->pool),
                  SST_OK);
    return found;
}

static sst_ended_t end_all(rig_t *rig, const char *user,
                           const sst_row_t *spared)
{
    sst_admin_t admin = admin_of(rig);
    sst_ended_t ended;

    assert_status(sst_admin_end_user(&ended, &admin, user, spared, NULL,
                                     rig->pool), SST_OK);
    return ended;
}

/* --- Walking --- */

typedef struct walk_t {
    apr_pool_t *pool;
    int count;
    int unreadable;
    int without_key;
    const char *users;
    sst_status_t answer;
} walk_t;

static sst_status_t note_one(void *baton, const sst_summary_t *summary,
                             apr_pool_t *pool)
{
    walk_t *walk = baton;

    walk->count++;
    walk->unreadable += summary->readable == SST_CORRUPT;
    walk->without_key += summary->readable == SST_NOT_FOUND;
    walk->users = apr_pstrcat(walk->pool, walk->users,
                              names_text(summary->meta.users, pool), ";",
                              NULL);
    return walk->answer;
}

static walk_t walk_of(rig_t *rig)
{
    walk_t walk = { rig->pool, 0, 0, 0, "", SST_OK };
    sst_admin_t admin = admin_of(rig);

    assert_status(sst_admin_scan(&admin, note_one, &walk, NULL, rig->pool),
                  SST_OK);
    return walk;
}

static void every_live_session_is_seen_once(void **state)
{
    rig_t rig;
    walk_t walk;

    rig_make(&rig, *state);
    assert_int_equal(walk_of(&rig).count, 0);
    (void) rig_login(&rig, "s-user=alice");
    (void) rig_login(&rig, "a=1");
    rig.site.scope.tenant = "other.example";
    (void) rig_login(&rig, "s-user=bob");
    walk = walk_of(&rig);
    assert_int_equal(walk.count, 3);
    assert_non_null(strstr(walk.users, "alice"));
    assert_non_null(strstr(walk.users, "bob"));
}

static void what_has_expired_is_passed_over(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    rig_expire(&rig, rig_session(&rig, rig_login(&rig, "a=1")),
               rig_now_s() - 1);
    (void) rig_login(&rig, "a=2");
    assert_int_equal(walk_of(&rig).count, 1);
}

static void what_is_beyond_its_absolute_end_is_passed_over(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.absolute_s = 1;
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_CREATED);
    rig_expire(&rig, session, rig_now_s() + 100);
    while (rig_now_s() < session->deadline_s) {
        apr_sleep(apr_time_from_msec(20));
    }
    assert_int_equal(walk_of(&rig).count, 0);
}

static void a_record_that_does_not_parse_is_shown_as_corrupt(void **state)
{
    const sst_session_t *session;
    rig_t rig;
    walk_t walk;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    rig_overwrite(&rig, &session->row, unit_noise(1, 100, *state));
    (void) rig_login(&rig, "a=2");
    walk = walk_of(&rig);
    assert_int_equal(walk.count, 2);
    assert_int_equal(walk.unreadable, 1);
}

static void a_description_that_was_tampered_with_is_corrupt(void **state)
{
    const sst_session_t *session;
    sst_record_t record;
    unsigned char *box;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice"));
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    box = apr_pmemdup(*state, record.boxes[SST_BOX_META - 1].bytes.data,
                      record.boxes[SST_BOX_META - 1].bytes.len);
    box[20] ^= 1;
    record.boxes[SST_BOX_META - 1].bytes.data = box;
    rig_overwrite(&rig, &session->row, sst_record_format(&record, *state));
    assert_int_equal(walk_of(&rig).unreadable, 1);
    assert_string_equal(walk_of(&rig).users, ";");
}

static void a_key_that_is_not_in_the_ring_is_told(void **state)
{
    rig_t rig;
    walk_t walk;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "s-user=alice");
    rig.site.ring = unit_ring("23", *state);
    walk = walk_of(&rig);
    assert_int_equal(walk.without_key, 1);
    assert_string_equal(walk.users, ";");
}

static void the_walk_ends_when_it_is_told_to(void **state)
{
    walk_t walk = { *state, 0, 0, 0, "", SST_EXPIRED };
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "a=1");
    (void) rig_login(&rig, "a=2");
    admin = admin_of(&rig);
    assert_status(sst_admin_scan(&admin, note_one, &walk, NULL, *state),
                  SST_EXPIRED);
    assert_int_equal(walk.count, 1);
}

/* --- One session --- */

static void what_is_known_of_a_session(void **state)
{
    const sst_session_t *session;
    sst_summary_t summary;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.ring = unit_ring("12", *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice cart=3"));
    rig.site.ring = unit_ring("312", *state);
    admin = admin_of(&rig);
    assert_status(sst_admin_find(&summary, &admin, &session->row, NULL,
                                 *state), SST_OK);
    assert_status(summary.readable, SST_OK);
    assert_true(sst_row_equal(&summary.row, &session->row));
    assert_true(sst_version_equal(&summary.version, &session->version));
    assert_int_equal(summary.key_index, 1);
    assert_true(summary.created_s == session->created_s);
    assert_true(summary.deadline_s == session->deadline_s);
    assert_true(summary.expires_s == session->expires_s);
    assert_false(summary.overlaid);
    assert_string_equal(names_text(summary.meta.users, *state), "alice");
    assert_string_equal(names_text(summary.meta.names, *state),
                        "s-user cart");
    assert_string_equal(summary.meta.client, "192.0.2.7");
}

static void a_session_that_is_gone_or_expired_is_not_found(void **state)
{
    const sst_session_t *session;
    sst_summary_t summary;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    admin = admin_of(&rig);
    rig_expire(&rig, session, rig_now_s() - 1);
    assert_status(sst_admin_find(&summary, &admin, &session->row, NULL,
                                 *state), SST_NOT_FOUND);
    rig_remove(&rig, session);
    assert_status(sst_admin_find(&summary, &admin, &session->row, NULL,
                                 *state), SST_NOT_FOUND);
    assert_int_equal(summary.meta.users->nelts, 0);
}

static void a_store_that_fails_is_no_missing_session(void **state)
{
    const sst_session_t *session;
    sst_summary_t summary;
    sst_admin_t admin;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    admin = admin_of(&rig);
    sst_memory_fail(rig.store, SST_MEMORY_GET, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    sst_error_clear(&err);
    assert_status(sst_admin_find(&summary, &admin, &session->row, &err,
                                 *state), SST_UNAVAILABLE);
    assert_error(&err, SST_UNAVAILABLE);
}

static void a_value_that_the_store_cannot_read_is_there_all_the_same(
    void **state)
{
    const sst_session_t *session;
    sst_summary_t summary;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    rig_overwrite(&rig, &session->row, unit_text("short"));
    admin = admin_of(&rig);
    assert_status(sst_admin_find(&summary, &admin, &session->row, NULL,
                                 *state), SST_OK);
    assert_status(summary.readable, SST_CORRUPT);
    assert_status(sst_admin_end(&admin, &summary, NULL, *state), SST_OK);
    assert_int_equal(sst_memory_records(rig.store), 0);
}

/* --- A user --- */

static void a_users_sessions_are_found_newest_first(void **state)
{
    apr_array_header_t *found;
    sst_session_t *old;
    rig_t rig;

    rig_make(&rig, *state);
    old = sst_session_new(&rig.site, *state);
    rig_saves(&rig, old, "s-user=alice", 0, SST_SAVED_CREATED);
    while (rig_now_s() == old->created_s) {
        apr_sleep(apr_time_from_msec(20));
    }
    (void) rig_login(&rig, "s-user=alice new=1");
    (void) rig_login(&rig, "s-user=bob");
    found = sessions_of(&rig, "alice");
    assert_int_equal(found->nelts, 2);
    assert_true(sst_row_equal(&APR_ARRAY_IDX(found, 1, sst_summary_t).row,
                              &old->row));
    assert_int_equal(sessions_of(&rig, "carol")->nelts, 0);
}

static void sessions_under_every_key_of_the_ring_are_found(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "s-user=alice");
    rig.site.ring = unit_ring("21", *state);
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(sessions_of(&rig, "alice")->nelts, 2);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 2);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
}

static void a_user_is_found_under_every_entry_that_may_name_him(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.user_keys = unit_user_keys("auto login", *state);
    session = rig_session(&rig, rig_login(&rig, "login=carol s-user=alice"));
    rig_saves(&rig, session, "login=carol s-user=alice a=1", 0,
              SST_SAVED_UPDATED);
    assert_int_equal(sessions_of(&rig, "alice")->nelts, 1);
    assert_int_equal(sessions_of(&rig, "carol")->nelts, 1);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 1);
    assert_int_equal(rig_noted(&rig, "carol"), 0);
}

static void users_of_another_tenant_are_others(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "s-user=alice");
    rig.site.scope.tenant = "other.example";
    assert_int_equal(sessions_of(&rig, "alice")->nelts, 0);
}

/* Whoever may write to the store may note anything. */
static void a_note_that_lies_shows_no_other_users_session(void **state)
{
    const sst_session_t *bobs;
    sst_row_t alice;
    rig_t rig;

    rig_make(&rig, *state);
    bobs = rig_session(&rig, rig_login(&rig, "s-user=bob"));
    assert_status(sst_user_row(&alice, &rig.site.ring->keys[0],
                               &rig.site.scope, "alice", NULL), SST_OK);
    assert_status(rig.store->ops->index_add(rig.store, &alice, &bobs->row,
                                            rig_now_s() + 100,
                                            rig_deadline(), NULL, *state),
                  SST_OK);
    assert_int_equal(sessions_of(&rig, "alice")->nelts, 0);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 0);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* The rig's store with another time-out. */
static void open_with(rig_t *rig, const char *const *option, apr_pool_t *pool)
{
    assert_status(sst_store_open_with(&rig->store, &sst_backend_memory,
                                      "memory:", 1, option, NULL, pool),
                  SST_OK);
    rig->site.store = rig->store;
}

static void a_stale_note_is_dropped_by_who_ends_sessions(void **state)
{
    static const char *const quick[] = { "timeout=10ms" };
    apr_array_header_t *found;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    open_with(&rig, quick, *state);
    rig_remove(&rig, rig_session(&rig, rig_login(&rig, "s-user=alice")));
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(rig_noted(&rig, "alice"), 2);
    admin = admin_of(&rig);
    assert_status(sst_admin_user(&found, &admin, "alice", NULL, *state),
                  SST_OK);
    assert_int_equal(found->nelts, 1);
    assert_int_equal(rig_noted(&rig, "alice"), 2);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 1);
    assert_int_equal(rig_noted(&rig, "alice"), 0);
}

/* Somebody who ends alice's sessions while she is between note and record. */
typedef struct ender_t {
    rig_t *rig;
    apr_thread_t *thread;
    sst_ended_t ended;
    sst_status_t status;
} ender_t;

static void *APR_THREAD_FUNC end_alices(apr_thread_t *thread, void *data)
{
    ender_t *ender = data;
    sst_admin_t admin = admin_of(ender->rig);
    apr_pool_t *pool;

    apr_pool_create(&pool, NULL);
    ender->status = sst_admin_end_user(&ender->ended, &admin, "alice", NULL,
                                       NULL, pool);
    apr_pool_destroy(pool);
    return NULL;
}

static void let_it_be_seen(void *baton, sst_store_t *store,
                           const sst_row_t *row)
{
    ender_t *ender = baton;

    if (ender->thread != NULL) {
        return;
    }
    sst_memory_calls_reset(store);
    assert_int_equal(apr_thread_create(&ender->thread, NULL, end_alices, ender,
                                       ender->rig->pool), APR_SUCCESS);
    while (sst_memory_calls(store, SST_MEMORY_GET) == 0) {
        apr_thread_yield();
    }
}

static void a_login_that_is_under_way_is_ended_too(void **state)
{
    static const char *const patient[] = { "timeout=1s" };
    ender_t ender;
    apr_status_t rv;
    rig_t rig;

    rig_make(&rig, *state);
    open_with(&rig, patient, *state);
    memset(&ender, 0, sizeof(ender));
    ender.rig = &rig;
    sst_memory_before_put(rig.store, let_it_be_seen, &ender);
    (void) rig_login(&rig, "s-user=alice");
    assert_int_equal(apr_thread_join(&rv, ender.thread), APR_SUCCESS);
    assert_status(ender.status, SST_OK);
    assert_int_equal(ender.ended.ended, 1);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(rig_noted(&rig, "alice"), 0);
}

static void look_for_alice(void *baton, sst_store_t *store,
                           const sst_row_t *row)
{
    rig_t *rig = baton;

    assert_int_equal(rig_noted(rig, "alice"), 1);
    assert_int_equal(sessions_of(rig, "alice")->nelts, 0);
}

/* The note is written first: who looks in between finds no record. */
static void the_note_of_a_login_under_way_is_kept(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    sst_memory_before_put(rig.store, look_for_alice, &rig);
    (void) rig_login(&rig, "s-user=alice");
    sst_memory_before_put(rig.store, NULL, NULL);
    assert_int_equal(rig_noted(&rig, "alice"), 1);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 1);
}

static void a_list_that_fails_is_no_empty_one(void **state)
{
    apr_array_header_t *found;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "s-user=alice");
    admin = admin_of(&rig);
    sst_memory_fail(rig.store, SST_MEMORY_INDEX_LIST, 1, SST_TIMEOUT,
                    SST_MEMORY_BEFORE);
    assert_status(sst_admin_user(&found, &admin, "alice", NULL, *state),
                  SST_TIMEOUT);
    assert_int_equal(found->nelts, 0);
    sst_memory_fail(rig.store, SST_MEMORY_GET, 1, SST_TIMEOUT,
                    SST_MEMORY_BEFORE);
    assert_status(sst_admin_user(&found, &admin, "alice", NULL, *state),
                  SST_TIMEOUT);
    assert_int_equal(found->nelts, 0);
}

/* --- Ending --- */

static void an_ended_session_is_gone_with_its_notes(void **state)
{
    const char *ticket;
    sst_summary_t summary;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice t-user=al");
    admin = admin_of(&rig);
    summary = APR_ARRAY_IDX(sessions_of(&rig, "al"), 0, sst_summary_t);
    assert_status(sst_admin_end(&admin, &summary, NULL, *state), SST_OK);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
    assert_status(sst_admin_end(&admin, &summary, NULL, *state),
                  SST_NOT_FOUND);
}

static void one_is_ended_at_whatever_version_is_stored(void **state)
{
    const char *ticket;
    sst_session_t *session;
    sst_summary_t summary;
    sst_admin_t admin;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice");
    session = rig_session(&rig, ticket);
    admin = admin_of(&rig);
    summary = APR_ARRAY_IDX(sessions_of(&rig, "alice"), 0, sst_summary_t);
    rig_saves(&rig, session, "s-user=alice a=1", 0, SST_SAVED_UPDATED);
    assert_status(sst_admin_end(&admin, &summary, NULL, *state), SST_OK);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void no_late_save_brings_an_ended_session_back(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice");
    session = rig_session(&rig, ticket);
    assert_int_equal(end_all(&rig, "alice", NULL).ended, 1);
    rig_saves(&rig, session, "s-user=alice a=1", 0, SST_SAVED_GONE);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 0);
}

static void end_alice(void *baton, sst_store_t *store, const sst_row_t *row)
{
    (void) end_all(baton, "alice", NULL);
}

static void a_save_that_meets_the_end_is_no_session(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice");
    session = rig_session(&rig, ticket);
    sst_memory_before_put(rig.store, end_alice, &rig);
    rig_saves(&rig, session, "s-user=alice a=1", 0, SST_SAVED_GONE);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 0);
}

static void the_spared_session_stays(void **state)
{
    const char *mine;
    const char *other;
    rig_t rig;

    rig_make(&rig, *state);
    mine = rig_login(&rig, "s-user=alice a=1");
    other = rig_login(&rig, "s-user=alice a=2");
    assert_int_equal(end_all(&rig, "alice",
                             &rig_session(&rig, mine)->row).ended, 1);
    assert_string_equal(rig_finds(&rig, other), "not found");
    assert_string_equal(rig_finds(&rig, mine), "a=1 s-user=alice");
}

static void what_could_not_be_ended_is_counted_and_told(void **state)
{
    sst_ended_t ended;
    sst_admin_t admin;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    (void) rig_login(&rig, "s-user=alice a=1");
    (void) rig_login(&rig, "s-user=alice a=2");
    (void) rig_login(&rig, "s-user=alice a=3");
    admin = admin_of(&rig);
    sst_memory_fail(rig.store, SST_MEMORY_REMOVE, 2, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    sst_error_clear(&err);
    assert_status(sst_admin_end_user(&ended, &admin, "alice", NULL, &err,
                                     *state), SST_UNAVAILABLE);
    assert_error(&err, SST_UNAVAILABLE);
    assert_int_equal(ended.ended, 2);
    assert_int_equal(ended.failed, 1);
    assert_int_equal(sst_memory_records(rig.store), 1);
}

/* A rotation under way: the new record stands, the old one not yet removed.
 */
static void a_session_that_changes_its_id_is_not_missed(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "s-user=alice a=1"));
    sst_memory_before_put(rig.store, end_alice, &rig);
    assert_status(rig_save(&outcome, &rig, session, "s-user=alice a=2",
                           SST_SAVE_ROTATE), SST_OK);
    sst_memory_before_put(rig.store, NULL, NULL);
    assert_int_equal(sessions_of(&rig, "alice")->nelts, 0);
}

/* A session that another request writes too while it changes its id. */
typedef struct raced_t {
    rig_t rig;
    const char *ticket;
    int puts;
} raced_t;

static void write_then_end(void *baton, sst_store_t *store,
                           const sst_row_t *row)
{
    raced_t *raced = baton;

    raced->puts++;
    if (raced->puts == 1) {
        rig_saves(&raced->rig, rig_session(&raced->rig, raced->ticket),
                  "s-user=alice a=1 b=1", 0, SST_SAVED_UPDATED);
    }
    else {
        (void) end_all(&raced->rig, "alice", NULL);
    }
}

static void a_new_id_that_was_ended_at_once_is_gone(void **state)
{
    sst_session_t *session;
    raced_t raced;

    memset(&raced, 0, sizeof(raced));
    rig_make(&raced.rig, *state);
    raced.ticket = rig_login(&raced.rig, "s-user=alice a=1");
    session = rig_session(&raced.rig, raced.ticket);
    sst_memory_before_put(raced.rig.store, write_then_end, &raced);
    rig_saves(&raced.rig, session, "s-user=alice a=2", SST_SAVE_ROTATE,
              SST_SAVED_GONE);
    assert_true(raced.puts > 1);
    assert_int_equal(sst_memory_records(raced.rig.store), 0);
    assert_string_equal(rig_finds(&raced.rig, raced.ticket), "not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_live_session_is_seen_once),
        UNIT_TEST(what_has_expired_is_passed_over),
        UNIT_TEST(what_is_beyond_its_absolute_end_is_passed_over),
        UNIT_TEST(a_record_that_does_not_parse_is_shown_as_corrupt),
        UNIT_TEST(a_description_that_was_tampered_with_is_corrupt),
        UNIT_TEST(a_key_that_is_not_in_the_ring_is_told),
        UNIT_TEST(the_walk_ends_when_it_is_told_to),
        UNIT_TEST(what_is_known_of_a_session),
        UNIT_TEST(a_session_that_is_gone_or_expired_is_not_found),
        UNIT_TEST(a_store_that_fails_is_no_missing_session),
        UNIT_TEST(a_value_that_the_store_cannot_read_is_there_all_the_same),
        UNIT_TEST(a_users_sessions_are_found_newest_first),
        UNIT_TEST(sessions_under_every_key_of_the_ring_are_found),
        UNIT_TEST(a_user_is_found_under_every_entry_that_may_name_him),
        UNIT_TEST(users_of_another_tenant_are_others),
        UNIT_TEST(a_note_that_lies_shows_no_other_users_session),
        UNIT_TEST(a_stale_note_is_dropped_by_who_ends_sessions),
        UNIT_TEST(a_login_that_is_under_way_is_ended_too),
        UNIT_TEST(the_note_of_a_login_under_way_is_kept),
        UNIT_TEST(a_list_that_fails_is_no_empty_one),
        UNIT_TEST(an_ended_session_is_gone_with_its_notes),
        UNIT_TEST(one_is_ended_at_whatever_version_is_stored),
        UNIT_TEST(no_late_save_brings_an_ended_session_back),
        UNIT_TEST(a_save_that_meets_the_end_is_no_session),
        UNIT_TEST(the_spared_session_stays),
        UNIT_TEST(what_could_not_be_ended_is_counted_and_told),
        UNIT_TEST(a_session_that_changes_its_id_is_not_missed),
        UNIT_TEST(a_new_id_that_was_ended_at_once_is_gone),
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
