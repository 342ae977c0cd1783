/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries that an administrator sets in sessions that he cannot read. */

#include <apr_strings.h>

#include "lib/admin.h"
#include "lib/entries.h"
#include "tests/unit/session_rig.h"

static sst_status_t set(rig_t *rig, const sst_row_t *row, const char *changes,
                        sst_error_t *err)
{
    sst_admin_t admin = { rig->store, rig->site.ring, rig->site.scope,
                          rig->site.user_keys, 0 };
    sst_error_t unused;

    sst_error_clear(err != NULL ? err : &unused);
    return sst_admin_set(&admin, row, unit_table(changes, rig->pool), err,
                         rig->pool);
}

static sst_summary_t summary_of(rig_t *rig, const sst_row_t *row)
{
    sst_admin_t admin = { rig->store, rig->site.ring, rig->site.scope,
                          rig->site.user_keys, 0 };
    sst_summary_t summary;

    assert_status(sst_admin_find(&summary, &admin, row, NULL, rig->pool),
                  SST_OK);
    return summary;
}

static const char *names_of(rig_t *rig, const sst_row_t *row)
{
    return apr_array_pstrcat(rig->pool, summary_of(rig, row).meta.names, ' ');
}

/* A signed-in session to change. */
typedef struct changed_t {
    rig_t rig;
    const char *ticket;
    sst_session_t *session;     /* as a request has loaded it before */
} changed_t;

static void begin(changed_t *changed, const char *entries, apr_pool_t *pool)
{
    rig_make(&changed->rig, pool);
    changed->ticket = rig_login(&changed->rig, entries);
    changed->session = rig_session(&changed->rig, changed->ticket);
}

static void changes(changed_t *changed, const char *text)
{
    assert_status(set(&changed->rig, &changed->session->row, text, NULL),
                  SST_OK);
}

#define assert_finds(changed, text) \
    assert_string_equal(rig_finds(&(changed)->rig, (changed)->ticket), text)

/* --- What is set --- */

static void the_next_load_sees_what_was_set_and_removed(void **state)
{
    changed_t changed;

    begin(&changed, "s-user=alice role=editor old=1", *state);
    changes(&changed, "+role=reader -old= +new=2");
    assert_finds(&changed, "new=2 role=reader s-user=alice");
}

static void a_second_change_comes_on_top_of_the_first(void **state)
{
    changed_t changed;

    begin(&changed, "a=1 b=1", *state);
    changes(&changed, "+a=2 -b= +c=2");
    changes(&changed, "+B=3 -c=");
    assert_finds(&changed, "a=2 b=3");
    changes(&changed, "-A=");
    assert_finds(&changed, "b=3");
}

static void the_next_save_folds_the_changes_in(void **state)
{
    changed_t changed;
    sst_session_t *session;

    begin(&changed, "a=1 b=1", *state);
    changes(&changed, "+a=2");
    assert_true(summary_of(&changed.rig, &changed.session->row).overlaid);
    session = rig_session(&changed.rig, changed.ticket);
    rig_saves(&changed.rig, session, "a=2 b=3", 0, SST_SAVED_UPDATED);
    assert_false(summary_of(&changed.rig, &session->row).overlaid);
    assert_finds(&changed, "a=2 b=3");
    rig_saves(&changed.rig, session, "a=4 b=3", 0, SST_SAVED_UPDATED);
    assert_finds(&changed, "a=4 b=3");
}

static void it_can_be_set_again_after_it_was_folded_in(void **state)
{
    changed_t changed;
    sst_session_t *session;

    begin(&changed, "a=1", *state);
    changes(&changed, "+a=2");
    session = rig_session(&changed.rig, changed.ticket);
    rig_saves(&changed.rig, session, "a=2 b=1", 0, SST_SAVED_UPDATED);
    changes(&changed, "+a=3");
    assert_finds(&changed, "a=3 b=1");
}

static void a_request_under_way_keeps_what_was_set(void **state)
{
    changed_t changed;

    begin(&changed, "a=1 b=1", *state);
    changes(&changed, "+a=2 +c=2");
    rig_saves(&changed.rig, changed.session, "a=1 b=9", 0,
              SST_SAVED_UPDATED);
    assert_finds(&changed, "a=2 b=9 c=2");
}

static void a_rotation_under_way_keeps_what_was_set(void **state)
{
    changed_t changed;

    begin(&changed, "a=1 b=1", *state);
    changes(&changed, "+a=2");
    rig_saves(&changed.rig, changed.session, "a=1 b=9", SST_SAVE_ROTATE,
              SST_SAVED_ROTATED);
    changed.ticket = rig_ticket(&changed.rig, changed.session);
    assert_finds(&changed, "a=2 b=9");
}

static void the_list_shows_the_changed_names(void **state)
{
    changed_t changed;
    const sst_row_t *row;

    begin(&changed, "a=1 b=1", *state);
    row = &changed.session->row;
    changes(&changed, "+A=2 -b= +c=2 -d=");
    assert_string_equal(names_of(&changed.rig, row), "a c");
    changes(&changed, "-c= +b=1");
    assert_string_equal(names_of(&changed.rig, row), "a b");
}

static void when_it_ends_stays_as_it_was(void **state)
{
    changed_t changed;
    apr_int64_t expires_s;

    begin(&changed, "a=1", *state);
    expires_s = rig_now_s() + 77;
    rig_expire(&changed.rig, changed.session, expires_s);
    changes(&changed, "+a=2");
    assert_true(summary_of(&changed.rig, &changed.session->row).expires_s
                == expires_s);
}

static void an_older_key_of_the_ring_seals_its_own_sessions(void **state)
{
    changed_t changed;

    begin(&changed, "a=1", *state);
    changed.rig.site.ring = unit_ring("21", *state);
    changes(&changed, "+a=2");
    assert_finds(&changed, "a=2");
}

/* --- What is refused --- */

static void who_the_user_is_cannot_be_set_nor_removed(void **state)
{
    static const char *const refused[] = {
        "+s-user=root", "-s-user=", "+S-USER=root", "+a=2 +x-user=root"
    };
    changed_t changed;
    apr_size_t i;

    begin(&changed, "s-user=alice a=1", *state);
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_status(set(&changed.rig, &changed.session->row, refused[i],
                          NULL), SST_INVALID);
    }
    changed.rig.site.user_keys = unit_user_keys("auto login", *state);
    assert_status(set(&changed.rig, &changed.session->row, "+Login=root",
                      NULL), SST_INVALID);
    assert_status(set(&changed.rig, &changed.session->row, "-s-user=",
                      NULL), SST_INVALID);
    assert_finds(&changed, "a=1 s-user=alice");
}

static void a_name_that_is_no_entry_is_refused_by_name(void **state)
{
    static const char *const refused[] = { "role=x", "+=x", "+expiry=1" };
    changed_t changed;
    apr_size_t i;

    begin(&changed, "a=1", *state);
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        sst_error_t err;
        char *name = apr_pstrdup(*state, refused[i]);

        *strchr(name, '=') = '\0';
        assert_status(set(&changed.rig, &changed.session->row, refused[i],
                          &err), SST_INVALID);
        assert_error(&err, SST_INVALID);
        assert_non_null(strstr(err.text, name));
    }
    assert_int_equal(sst_memory_calls(changed.rig.store, SST_MEMORY_PUT), 1);
}

static void more_than_an_overlay_holds_is_refused(void **state)
{
    changed_t changed;
    char *value = apr_palloc(*state, 70001);

    memset(value, 'x', 70000);
    value[70000] = '\0';
    begin(&changed, "a=1", *state);
    assert_status(set(&changed.rig, &changed.session->row,
                      apr_pstrcat(*state, "+a=", value, NULL), NULL),
                  SST_TOO_BIG);
    assert_finds(&changed, "a=1");
}

static void a_key_that_is_not_in_the_ring_is_no_missing_session(void **state)
{
    changed_t changed;

    begin(&changed, "a=1", *state);
    changed.rig.site.ring = unit_ring("2", *state);
    assert_status(set(&changed.rig, &changed.session->row, "+a=2", NULL),
                  SST_CORRUPT);
}

static void an_overlay_that_does_not_open_is_not_replaced(void **state)
{
    changed_t changed;
    sst_record_t record;
    unsigned char *box;
    const sst_row_t *row;

    begin(&changed, "a=1", *state);
    row = &changed.session->row;
    changes(&changed, "+a=2");
    assert_status(sst_record_parse(&record,
                                   rig_value(&changed.rig, row).bytes, NULL),
                  SST_OK);
    box = apr_pmemdup(*state, record.boxes[SST_BOX_OVERLAY - 1].bytes.data,
                      record.boxes[SST_BOX_OVERLAY - 1].bytes.len);
    box[20] ^= 1;
    record.boxes[SST_BOX_OVERLAY - 1].bytes.data = box;
    rig_overwrite(&changed.rig, row, sst_record_format(&record, *state));
    assert_status(set(&changed.rig, row, "+b=2", NULL), SST_CORRUPT);
}

static void a_description_that_does_not_open_hinders_nothing(void **state)
{
    changed_t changed;
    sst_record_t record;

    begin(&changed, "a=1", *state);
    assert_status(sst_record_parse(&record,
                                   rig_value(&changed.rig,
                                             &changed.session->row).bytes,
                                   NULL), SST_OK);
    record.boxes[SST_BOX_META - 1].revision++;
    rig_overwrite(&changed.rig, &changed.session->row,
                  sst_record_format(&record, *state));
    changes(&changed, "+a=2");
    assert_finds(&changed, "a=2");
    assert_status(summary_of(&changed.rig, &changed.session->row).readable,
                  SST_CORRUPT);
}

/* --- Ended is ended --- */

static void what_has_ended_or_expired_is_not_brought_back(void **state)
{
    changed_t changed;

    begin(&changed, "a=1", *state);
    rig_expire(&changed.rig, changed.session, rig_now_s() - 1);
    assert_status(set(&changed.rig, &changed.session->row, "+a=2", NULL),
                  SST_NOT_FOUND);
    rig_remove(&changed.rig, changed.session);
    assert_status(set(&changed.rig, &changed.session->row, "+a=2", NULL),
                  SST_NOT_FOUND);
    assert_int_equal(sst_memory_records(changed.rig.store), 0);
}

static void end_session(void *baton, sst_store_t *store, const sst_row_t *row)
{
    changed_t *changed = baton;

    rig_remove(&changed->rig, changed->session);
}

static void what_ends_meanwhile_is_not_brought_back(void **state)
{
    changed_t changed;

    begin(&changed, "a=1", *state);
    sst_memory_before_put(changed.rig.store, end_session, &changed);
    assert_status(set(&changed.rig, &changed.session->row, "+a=2", NULL),
                  SST_NOT_FOUND);
    assert_int_equal(sst_memory_records(changed.rig.store), 0);
}

/* --- Others write too --- */

static void save_meanwhile(void *baton, sst_store_t *store,
                           const sst_row_t *row)
{
    changed_t *changed = baton;

    sst_memory_before_put(store, NULL, NULL);
    rig_saves(&changed->rig, changed->session, "a=1 b=7", 0,
              SST_SAVED_UPDATED);
}

static void a_save_meanwhile_is_not_lost(void **state)
{
    changed_t changed;

    begin(&changed, "a=1 b=1", *state);
    sst_memory_before_put(changed.rig.store, save_meanwhile, &changed);
    changes(&changed, "+a=2");
    assert_finds(&changed, "a=2 b=7");
}

static void set_meanwhile(void *baton, sst_store_t *store,
                          const sst_row_t *row)
{
    changed_t *changed = baton;

    sst_memory_before_put(store, NULL, NULL);
    changes(changed, "+a=2");
}

static void a_save_that_meets_the_change_keeps_both(void **state)
{
    changed_t changed;
    sst_outcome_t outcome;

    begin(&changed, "a=1 b=1", *state);
    sst_memory_before_put(changed.rig.store, set_meanwhile, &changed);
    assert_status(rig_save(&outcome, &changed.rig, changed.session,
                           "a=1 b=7", 0), SST_OK);
    assert_int_equal(outcome.saved, SST_SAVED_UPDATED);
    assert_int_equal(outcome.conflicts, 1);
    assert_int_equal(outcome.clashes, 0);
    assert_finds(&changed, "a=2 b=7");
}

static void write_again(void *baton, sst_store_t *store, const sst_row_t *row)
{
    changed_t *changed = baton;
    sst_session_t *session = rig_session(&changed->rig, changed->ticket);

    rig_saves(&changed->rig, session,
              apr_psprintf(changed->rig.pool, "n=%d",
                           sst_memory_calls(store, SST_MEMORY_PUT)), 0,
              SST_SAVED_UPDATED);
}

static void others_who_write_all_the_time_are_told(void **state)
{
    changed_t changed;

    begin(&changed, "n=0", *state);
    sst_memory_before_put(changed.rig.store, write_again, &changed);
    assert_status(set(&changed.rig, &changed.session->row, "+a=2", NULL),
                  SST_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_next_load_sees_what_was_set_and_removed),
        UNIT_TEST(a_second_change_comes_on_top_of_the_first),
        UNIT_TEST(the_next_save_folds_the_changes_in),
        UNIT_TEST(it_can_be_set_again_after_it_was_folded_in),
        UNIT_TEST(a_request_under_way_keeps_what_was_set),
        UNIT_TEST(a_rotation_under_way_keeps_what_was_set),
        UNIT_TEST(the_list_shows_the_changed_names),
        UNIT_TEST(when_it_ends_stays_as_it_was),
        UNIT_TEST(an_older_key_of_the_ring_seals_its_own_sessions),
        UNIT_TEST(who_the_user_is_cannot_be_set_nor_removed),
        UNIT_TEST(a_name_that_is_no_entry_is_refused_by_name),
        UNIT_TEST(more_than_an_overlay_holds_is_refused),
        UNIT_TEST(a_key_that_is_not_in_the_ring_is_no_missing_session),
        UNIT_TEST(an_overlay_that_does_not_open_is_not_replaced),
        UNIT_TEST(a_description_that_does_not_open_hinders_nothing),
        UNIT_TEST(what_has_ended_or_expired_is_not_brought_back),
        UNIT_TEST(what_ends_meanwhile_is_not_brought_back),
        UNIT_TEST(a_save_meanwhile_is_not_lost),
        UNIT_TEST(a_save_that_meets_the_change_keeps_both),
        UNIT_TEST(others_who_write_all_the_time_are_told),
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
