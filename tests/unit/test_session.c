/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions that are loaded, kept alive and ended, and stores that somebody has
 * tampered with.
 */

#include <apr_strings.h>

#include "tests/unit/session_rig.h"

/* --- Loading --- */

static sst_status_t load_all(sst_session_t **out, rig_t *rig,
                             const char *const *tickets, int count,
                             sst_error_t *err)
{
    sst_span_t candidates[16];
    int i;

    for (i = 0; i < count; i++) {
        candidates[i] = sst_span_text(tickets[i]);
    }
    *out = NULL;
    sst_error_clear(err);
    return sst_session_load(out, &rig->site, candidates, count,
                            rig_deadline(), err, rig->pool);
}

static void assert_new(const sst_session_t *session)
{
    assert_non_null(session);
    assert_false(session->exists);
    assert_true(apr_is_empty_table(session->base));
}

static void without_a_ticket_no_store_is_asked(void **state)
{
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    assert_status(load_all(&session, &rig, NULL, 0, &err), SST_INVALID);
    assert_new(session);
    assert_status(err.status, SST_OK);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

static void a_forged_ticket_asks_no_store(void **state)
{
    rig_t rig;
    char *ticket;
    apr_size_t i;

    rig_make(&rig, *state);
    ticket = apr_pstrdup(*state, rig_login(&rig, "a=1"));
    sst_memory_calls_reset(rig.store);
    for (i = 0; i < strlen(ticket); i++) {
        sst_session_t *session;

        ticket[i] ^= 1;
        assert_status(rig_load(&session, &rig, ticket), SST_INVALID);
        assert_new(session);
        ticket[i] ^= 1;
    }
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
}

static void a_session_costs_one_read(void **state)
{
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 b=2");
    sst_memory_calls_reset(rig.store);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 b=2");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_GET), 1);
}

static void the_candidate_that_has_a_session_is_taken(void **state)
{
    const char *tickets[3];
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    tickets[0] = "forged";
    tickets[1] = rig_login(&rig, "a=1");
    tickets[2] = rig_login(&rig, "b=2");
    rig_remove(&rig, rig_session(&rig, tickets[1]));
    assert_status(load_all(&session, &rig, tickets, 3, &err), SST_OK);
    assert_string_equal(unit_table_text(session->base, *state), "b=2");
    assert_status(err.status, SST_OK);
}

static void four_candidates_are_looked_at(void **state)
{
    const char *tickets[5] = { "a", "b", "c", "d", NULL };
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    tickets[4] = rig_login(&rig, "a=1");
    sst_memory_calls_reset(rig.store);
    assert_status(load_all(&session, &rig, tickets, 5, &err), SST_INVALID);
    assert_new(session);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
    assert_status(load_all(&session, &rig, tickets + 1, 4, &err), SST_OK);
}

static void a_ticket_whose_record_is_gone_is_not_found(void **state)
{
    const char *ticket;
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    rig_remove(&rig, rig_session(&rig, ticket));
    assert_status(rig_load(&session, &rig, ticket), SST_NOT_FOUND);
    assert_new(session);
}

static void an_idle_session_is_expired(void **state)
{
    const char *ticket;
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    rig_expire(&rig, rig_session(&rig, ticket), rig_now_s());
    assert_status(rig_load(&session, &rig, ticket), SST_EXPIRED);
    assert_new(session);
}

/* The store would keep it: the end in the record counts. */
static void a_session_past_its_absolute_end_is_expired(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.absolute_s = -1;
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_CREATED);
    ticket = rig_ticket(&rig, session);
    rig_expire(&rig, session, rig_now_s() + 1000);
    assert_status(rig_load(&session, &rig, ticket), SST_EXPIRED);
    assert_new(session);
}

static void a_session_without_an_absolute_end_has_none(void **state)
{
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.absolute_s = 0;
    ticket = rig_login(&rig, "a=1 s-user=alice");
    assert_true(rig_session(&rig, ticket)->deadline_s == 0);
    assert_int_equal(rig_noted(&rig, "alice"), 1);
}

/* Of several tickets that lead nowhere, the answer says the most. */
static void the_most_telling_answer_is_given(void **state)
{
    const char *tickets[4];
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    tickets[0] = rig_login(&rig, "a=1");
    tickets[1] = rig_login(&rig, "b=1");
    tickets[2] = rig_login(&rig, "c=1");
    tickets[3] = "forged";
    rig_overwrite(&rig, &rig_session(&rig, tickets[0])->row,
                  unit_noise(1, 100, *state));
    rig_expire(&rig, rig_session(&rig, tickets[1]), 1);
    rig_remove(&rig, rig_session(&rig, tickets[2]));
    assert_status(load_all(&session, &rig, tickets + 2, 2, &err),
                  SST_NOT_FOUND);
    assert_status(err.status, SST_OK);
    assert_status(load_all(&session, &rig, tickets + 1, 3, &err),
                  SST_EXPIRED);
    assert_status(err.status, SST_OK);
    assert_status(load_all(&session, &rig, tickets, 4, &err), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
}

/* What is found is not overshadowed by what was not. */
static void a_corrupt_candidate_leaves_no_error_behind_a_good_one(
    void **state)
{
    const char *tickets[2];
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    tickets[0] = rig_login(&rig, "a=1");
    tickets[1] = rig_login(&rig, "b=1");
    rig_overwrite(&rig, &rig_session(&rig, tickets[0])->row,
                  unit_noise(1, 100, *state));
    assert_status(load_all(&session, &rig, tickets, 2, &err), SST_OK);
    assert_status(err.status, SST_OK);
}

static void a_failing_store_is_never_a_missing_session(void **state)
{
    static const sst_status_t failures[] = {
        SST_UNAVAILABLE, SST_TIMEOUT, SST_DENIED, SST_INTERNAL
    };
    const char *tickets[2];
    apr_size_t i;
    rig_t rig;

    rig_make(&rig, *state);
    tickets[0] = rig_login(&rig, "a=1");
    tickets[1] = rig_login(&rig, "b=1");
    for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        sst_session_t *session;
        sst_error_t err;

        sst_memory_calls_reset(rig.store);
        sst_memory_fail(rig.store, SST_MEMORY_GET, 0, failures[i],
                        SST_MEMORY_BEFORE);
        assert_status(load_all(&session, &rig, tickets, 2, &err),
                      failures[i]);
        assert_error(&err, failures[i]);
        assert_new(session);
        assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
        sst_memory_heal(rig.store);
        assert_string_equal(rig_finds(&rig, tickets[0]), "a=1");
    }
}

/* The answer that means "no valid ticket" belongs to tickets alone. */
static void a_store_that_says_invalid_has_failed(void **state)
{
    const char *ticket;
    sst_session_t *session;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    sst_memory_fail(rig.store, SST_MEMORY_GET, 0, SST_INVALID,
                    SST_MEMORY_BEFORE);
    assert_status(load_all(&session, &rig, &ticket, 1, &err), SST_INTERNAL);
    sst_memory_heal(rig.store);
    assert_string_equal(rig_finds(&rig, ticket), "a=1");
}

/* --- Rings and tenants --- */

static void a_session_of_an_older_key_goes_on(void **state)
{
    const char *ticket;
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    rig.site.ring = unit_ring("21", *state);
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "a=2", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)), "a=2");
    rig_saves(&rig, session, "a=2", SST_SAVE_ROTATE, SST_SAVED_ROTATED);
    assert_ptr_equal(session->ticket.key, &rig.site.ring->keys[0]);
    rig.site.ring = unit_ring("2", *state);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)), "a=2");
    assert_string_equal(rig_finds(&rig, ticket), "invalid");
}

static void tenants_do_not_meet(void **state)
{
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    sst_memory_calls_reset(rig.store);
    rig.site.scope.tenant = "other.example";
    assert_string_equal(rig_finds(&rig, ticket), "invalid");
    rig.site.scope.tenant = "shop.example";
    rig.site.scope.cookie = "other";
    assert_string_equal(rig_finds(&rig, ticket), "invalid");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

/* --- Tampering --- */

static void assert_corrupt(rig_t *rig, const char *ticket)
{
    sst_session_t *session;
    sst_error_t err;

    assert_status(load_all(&session, rig, &ticket, 1, &err), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_new(session);
}

/* Byte by byte behind the write token and revision. The meta box is not
 * opened by a page view, so that its bytes are not among those.
 */
static void every_flipped_byte_that_a_page_view_needs_is_corrupt(
    void **state)
{
    const apr_size_t header = SST_VERSION_LEN + 1 + SST_KEY_ID_LEN + 8 + 8;
    sst_session_t *session;
    const char *ticket;
    sst_value_t value;
    sst_record_t record;
    apr_size_t end;
    apr_size_t i;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 b=2");
    session = rig_session(&rig, ticket);
    value = rig_value(&rig, &session->row);
    assert_status(sst_record_parse(&record, value.bytes, NULL), SST_OK);
    end = header + 14 + record.boxes[SST_BOX_DATA - 1].bytes.len;
    for (i = SST_VERSION_LEN; i < end; i++) {
        unsigned char *bytes = apr_pmemdup(*state, value.bytes.data,
                                           value.bytes.len);

        bytes[i] ^= 0x10;
        rig_overwrite(&rig, &session->row, sst_span(bytes, value.bytes.len));
        assert_corrupt(&rig, ticket);
    }
    rig_overwrite(&rig, &session->row, value.bytes);
    assert_string_equal(rig_finds(&rig, ticket), "a=1 b=2");
}

static void every_truncation_is_corrupt(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_value_t value;
    sst_record_t record;
    apr_size_t data_end;
    apr_size_t len;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    value = rig_value(&rig, &session->row);
    assert_status(sst_record_parse(&record, value.bytes, NULL), SST_OK);
    data_end = value.bytes.len - 14 - record.boxes[SST_BOX_META
                                                   - 1].bytes.len;
    for (len = SST_VERSION_LEN; len < value.bytes.len; len++) {
        rig_overwrite(&rig, &session->row, sst_span(value.bytes.data, len));
        if (len == data_end) {
            assert_string_equal(rig_finds(&rig, ticket), "a=1");
        }
        else {
            assert_corrupt(&rig, ticket);
        }
    }
}

static void a_record_moved_to_another_row_is_corrupt(void **state)
{
    sst_session_t *mine;
    sst_session_t *theirs;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=mine");
    mine = rig_session(&rig, ticket);
    theirs = rig_session(&rig, rig_login(&rig, "a=theirs"));
    rig_overwrite(&rig, &mine->row, rig_value(&rig, &theirs->row).bytes);
    assert_corrupt(&rig, ticket);
}

static void a_record_put_back_to_an_earlier_revision_is_corrupt(void **state)
{
    sst_session_t *session;
    const char *old;
    const char *ticket;
    sst_value_t value;
    rig_t rig;

    rig_make(&rig, *state);
    old = rig_login(&rig, "role=admin");
    session = rig_session(&rig, old);
    value = rig_value(&rig, &session->row);
    rig_saves(&rig, session, "role=guest", 0, SST_SAVED_UPDATED);
    ticket = rig_ticket(&rig, session);
    rig_overwrite(&rig, &session->row, value.bytes);
    assert_corrupt(&rig, ticket);
}

/* The revision in the header is no secret: raising it does not make old data
 * new.
 */
static void a_raised_revision_does_not_make_old_data_new(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_value_t value;
    unsigned char *bytes;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "role=admin");
    session = rig_session(&rig, ticket);
    value = rig_value(&rig, &session->row);
    rig_saves(&rig, session, "role=guest", 0, SST_SAVED_UPDATED);
    ticket = rig_ticket(&rig, session);
    bytes = apr_pmemdup(*state, value.bytes.data, value.bytes.len);
    bytes[SST_VERSION_LEN - 1] = 200;
    rig_overwrite(&rig, &session->row, sst_span(bytes, value.bytes.len));
    assert_corrupt(&rig, ticket);
}

static void the_data_of_a_later_revision_than_its_record_is_corrupt(
    void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_value_t value;
    unsigned char *bytes;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    value = rig_value(&rig, &session->row);
    bytes = apr_pmemdup(*state, value.bytes.data, value.bytes.len);
    bytes[SST_VERSION_LEN - 1] = 0;
    rig_overwrite(&rig, &session->row, sst_span(bytes, value.bytes.len));
    assert_corrupt(&rig, ticket);
}

static void a_record_without_data_is_corrupt(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_record_t record;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    memset(&record.boxes[SST_BOX_DATA - 1], 0, sizeof(sst_box_t));
    rig_overwrite(&rig, &session->row, sst_record_format(&record, *state));
    assert_corrupt(&rig, ticket);
}

/* The ring has that key, but it is not the one that the ticket was made with.
 */
static void a_record_of_another_key_than_its_ticket_is_corrupt(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_record_t record;
    sst_error_t err;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.ring = unit_ring("12", *state);
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    memcpy(record.key_id, rig.site.ring->keys[1].id, SST_KEY_ID_LEN);
    rig_overwrite(&rig, &session->row, sst_record_format(&record, *state));
    assert_status(load_all(&session, &rig, &ticket, 1, &err), SST_CORRUPT);
    assert_non_null(strstr(err.text, "another key"));
}

/* --- Overlay --- */

static void what_an_administrator_sets_wins(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1 b=1");
    rig_set_overlay(&rig, rig_session(&rig, ticket), "+a=2 +c=3 -b=");
    assert_string_equal(rig_finds(&rig, ticket), "a=2 c=3");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "a=2 c=3", 0, SST_SAVED_UNCHANGED);
    rig_saves(&rig, session, "a=2 c=3 d=4", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, rig_ticket(&rig, session)),
                        "a=2 c=3 d=4");
}

static void an_overlay_is_folded_in_by_the_next_save(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_record_t record;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    rig_set_overlay(&rig, rig_session(&rig, ticket), "+a=2");
    session = rig_session(&rig, ticket);
    rig_saves(&rig, session, "a=2 b=1", 0, SST_SAVED_UPDATED);
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    assert_int_equal(record.boxes[SST_BOX_OVERLAY - 1].bytes.len, 0);
}

/* It was folded in and then changed by the session; whoever can write to the
 * store cannot make it win again.
 */
static void an_overlay_that_was_folded_in_does_not_come_back(void **state)
{
    sst_session_t *session;
    const char *ticket;
    sst_record_t with_overlay;
    sst_record_t record;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "role=guest");
    rig_set_overlay(&rig, rig_session(&rig, ticket), "+role=admin");
    session = rig_session(&rig, ticket);
    assert_status(sst_record_parse(&with_overlay,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    rig_saves(&rig, session, "role=guest", 0, SST_SAVED_UPDATED);
    ticket = rig_ticket(&rig, session);
    assert_status(sst_record_parse(&record,
                                   rig_value(&rig, &session->row).bytes,
                                   NULL), SST_OK);
    record.boxes[SST_BOX_OVERLAY - 1]
        = with_overlay.boxes[SST_BOX_OVERLAY - 1];
    rig_overwrite(&rig, &session->row, sst_record_format(&record, *state));
    assert_corrupt(&rig, ticket);
}

/* --- Touching --- */

static void a_touch_is_due_when_it_gains_an_interval(void **state)
{
    sst_session_t *session;
    apr_time_t saved;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    saved = apr_time_from_sec(session->expires_s - RIG_IDLE_S - RIG_TOUCH_S);
    assert_false(sst_session_touch_due(session, saved));
    assert_false(sst_session_touch_due(session, saved + apr_time_from_sec(
                                           RIG_TOUCH_S - 1)));
    assert_true(sst_session_touch_due(session, saved + apr_time_from_sec(
                                          RIG_TOUCH_S)));
    assert_false(sst_session_touch_due(session, saved - apr_time_from_sec(
                                           1000)));
}

static void the_last_touch_before_the_absolute_end_is_due(void **state)
{
    const int spare_s = RIG_TOUCH_S / 2;
    sst_session_t *session;
    apr_time_t saved;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.absolute_s = RIG_IDLE_S + RIG_TOUCH_S + spare_s;
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    saved = apr_time_from_sec(session->created_s);
    assert_false(sst_session_touch_due(session, saved + apr_time_from_sec(
                                           spare_s - 1)));
    assert_true(sst_session_touch_due(session, saved + apr_time_from_sec(
                                          spare_s)));
    assert_status(sst_session_touch(session, rig_deadline(), NULL, *state),
                  SST_OK);
    session->expires_s = session->deadline_s;
    assert_false(sst_session_touch_due(session, saved + apr_time_from_sec(
                                           spare_s)));
    assert_false(sst_session_touch_due(session, saved + apr_time_from_sec(
                                           100000)));
}

static void no_touch_is_due_without_a_record(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    assert_false(sst_session_touch_due(sst_session_new(&rig.site, *state),
                                       apr_time_now()));
}

static void a_touch_moves_the_expiry_and_nothing_else(void **state)
{
    sst_session_t *session;
    sst_value_t before;
    sst_value_t after;
    apr_int64_t now_s;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    before = rig_value(&rig, &session->row);
    rig_expire(&rig, session, rig_now_s() + 5);
    sst_memory_calls_reset(rig.store);
    now_s = rig_now_s();
    assert_status(sst_session_touch(session, rig_deadline(), NULL, *state),
                  SST_OK);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 1);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_TOUCH), 1);
    after = rig_value(&rig, &session->row);
    assert_span_equal(after.bytes, before.bytes);
    assert_in_range(after.expires_s - now_s, RIG_IDLE_S + RIG_TOUCH_S,
                    RIG_IDLE_S + RIG_TOUCH_S + 30);
    assert_true(session->expires_s == after.expires_s);
}

static void a_touch_never_goes_beyond_the_absolute_end(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    rig.site.absolute_s = 100;
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    assert_true(session->expires_s == session->deadline_s);
    assert_status(sst_session_touch(session, rig_deadline(), NULL, *state),
                  SST_OK);
    assert_true(rig_value(&rig, &session->row).expires_s
                == session->created_s + 100);
}

static void a_touch_brings_nothing_back(void **state)
{
    sst_session_t *session;
    rig_t rig;

    rig_make(&rig, *state);
    session = rig_session(&rig, rig_login(&rig, "a=1"));
    rig_remove(&rig, session);
    assert_status(sst_session_touch(session, rig_deadline(), NULL, *state),
                  SST_NOT_FOUND);
    assert_int_equal(sst_memory_records(rig.store), 0);
}

static void a_touch_without_a_record_asks_no_store(void **state)
{
    rig_t rig;

    rig_make(&rig, *state);
    assert_status(sst_session_touch(sst_session_new(&rig.site, *state),
                                    rig_deadline(), NULL, *state),
                  SST_NOT_FOUND);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

/* --- Ending --- */

static void an_ended_session_leaves_nothing(void **state)
{
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice a=1");
    session = rig_session(&rig, ticket);
    assert_status(sst_session_end(session, rig_deadline(), NULL, *state),
                  SST_OK);
    assert_new(session);
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
}

static void a_session_ends_once_more_without_harm(void **state)
{
    sst_session_t *a;
    sst_session_t *b;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "a=1");
    a = rig_session(&rig, ticket);
    b = rig_session(&rig, ticket);
    assert_status(sst_session_end(a, rig_deadline(), NULL, *state), SST_OK);
    assert_status(sst_session_end(b, rig_deadline(), NULL, *state), SST_OK);
    sst_memory_calls_reset(rig.store);
    assert_status(sst_session_end(a, rig_deadline(), NULL, *state), SST_OK);
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

/* --- Names --- */

static void a_session_is_named_by_a_piece_of_its_row(void **state)
{
    char name[SST_ROW_NAME_LEN + 1];
    char hex[SST_ROW_HEX_LEN + 1];
    sst_session_t *session;
    const char *ticket;
    rig_t rig;

    rig_make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    sst_session_name(name, session);
    assert_string_equal(name, "-");
    ticket = rig_login(&rig, "a=1");
    session = rig_session(&rig, ticket);
    sst_session_name(name, session);
    sst_row_hex(hex, &session->row);
    assert_int_equal(strlen(name), SST_ROW_NAME_LEN);
    assert_memory_equal(name, hex, SST_ROW_NAME_LEN);
    assert_null(strstr(ticket, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(without_a_ticket_no_store_is_asked),
        UNIT_TEST(a_forged_ticket_asks_no_store),
        UNIT_TEST(a_session_costs_one_read),
        UNIT_TEST(the_candidate_that_has_a_session_is_taken),
        UNIT_TEST(four_candidates_are_looked_at),
        UNIT_TEST(a_ticket_whose_record_is_gone_is_not_found),
        UNIT_TEST(an_idle_session_is_expired),
        UNIT_TEST(a_session_past_its_absolute_end_is_expired),
        UNIT_TEST(a_session_without_an_absolute_end_has_none),
        UNIT_TEST(the_most_telling_answer_is_given),
        UNIT_TEST(a_corrupt_candidate_leaves_no_error_behind_a_good_one),
        UNIT_TEST(a_failing_store_is_never_a_missing_session),
        UNIT_TEST(a_store_that_says_invalid_has_failed),
        UNIT_TEST(a_session_of_an_older_key_goes_on),
        UNIT_TEST(tenants_do_not_meet),
        UNIT_TEST(every_flipped_byte_that_a_page_view_needs_is_corrupt),
        UNIT_TEST(every_truncation_is_corrupt),
        UNIT_TEST(a_record_moved_to_another_row_is_corrupt),
        UNIT_TEST(a_record_put_back_to_an_earlier_revision_is_corrupt),
        UNIT_TEST(a_raised_revision_does_not_make_old_data_new),
        UNIT_TEST(the_data_of_a_later_revision_than_its_record_is_corrupt),
        UNIT_TEST(a_record_without_data_is_corrupt),
        UNIT_TEST(a_record_of_another_key_than_its_ticket_is_corrupt),
        UNIT_TEST(what_an_administrator_sets_wins),
        UNIT_TEST(an_overlay_is_folded_in_by_the_next_save),
        UNIT_TEST(an_overlay_that_was_folded_in_does_not_come_back),
        UNIT_TEST(a_touch_is_due_when_it_gains_an_interval),
        UNIT_TEST(the_last_touch_before_the_absolute_end_is_due),
        UNIT_TEST(no_touch_is_due_without_a_record),
        UNIT_TEST(a_touch_moves_the_expiry_and_nothing_else),
        UNIT_TEST(a_touch_never_goes_beyond_the_absolute_end),
        UNIT_TEST(a_touch_brings_nothing_back),
        UNIT_TEST(a_touch_without_a_record_asks_no_store),
        UNIT_TEST(an_ended_session_leaves_nothing),
        UNIT_TEST(a_session_ends_once_more_without_harm),
        UNIT_TEST(a_session_is_named_by_a_piece_of_its_row)
    };

    return cmocka_run_group_tests_name("session", tests, unit_start,
                                       unit_stop);
}
