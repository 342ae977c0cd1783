/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions that browsers carry: the store `cookie:`, what a browser can do to
 * what it holds, and users whose sessions were ended.
 */

#include <apr_strings.h>

#include "lib/carried.h"
#include "lib/not_before.h"
#include "tests/unit/session_rig.h"

#define ROOM 8000

/* A site of `cookie:`. */
static void make(rig_t *rig, apr_pool_t *pool)
{
    rig_make(rig, pool);
    assert_status(sst_store_open(&rig->store, "cookie:", 0, NULL, NULL, pool),
                  SST_OK);
    rig->site.store = rig->store;
    rig->site.carried_max = ROOM;
}

/* The same with a second store, in memory. */
static sst_store_t *make_with_second(rig_t *rig, apr_pool_t *pool)
{
    make(rig, pool);
    assert_status(sst_store_open_with(&rig->store->revocations,
                                      &sst_backend_memory, "memory:", 0, NULL,
                                      NULL, pool), SST_OK);
    return rig->store->revocations;
}

/* What a browser holds after this session was saved. */
static const char *held(rig_t *rig, const sst_session_t *session)
{
    const char *text;

    assert_status(sst_session_cookie(&text, session, NULL, rig->pool), SST_OK);
    return text;
}

static const char *log_in(rig_t *rig, const char *entries)
{
    sst_session_t *session = sst_session_new(&rig->site, rig->pool);

    rig_saves(rig, session, entries, 0, SST_SAVED_CREATED);
    return held(rig, session);
}

static const char *save(rig_t *rig, const char *text, const char *entries,
                        int flags, sst_saved_t expected)
{
    sst_session_t *session = rig_session(rig, text);

    rig_saves(rig, session, entries, flags, expected);
    return session->exists ? held(rig, session) : "";
}

/* --- The life of a session --- */

static void a_session_is_in_what_the_browser_holds(void **state)
{
    const char *text;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1 b=2");
    assert_string_equal(rig_finds(&rig, text), "a=1 b=2");
    text = save(&rig, text, "a=1 c=3", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, text), "a=1 c=3");
}

static void what_is_unchanged_is_not_written(void **state)
{
    rig_t rig;

    make(&rig, *state);
    (void) save(&rig, log_in(&rig, "a=1"), "a=1", 0, SST_SAVED_UNCHANGED);
}

static void nothing_is_in_plain_text(void **state)
{
    const char *text;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "word=0123456789abcdef");
    assert_null(strstr(text, "word"));
    assert_null(strstr(text, "0123456789abcdef"));
}

static void login_and_logout_give_a_new_id(void **state)
{
    const char *before;
    const char *after;
    rig_t rig;

    make(&rig, *state);
    before = log_in(&rig, "basket=1");
    after = save(&rig, before, "basket=1 s-user=alice", 0, SST_SAVED_ROTATED);
    assert_memory_not_equal(before, after, SST_HEX_LEN(SST_ID_LEN));
    before = after;
    after = save(&rig, before, "basket=1", 0, SST_SAVED_ROTATED);
    assert_memory_not_equal(before, after, SST_HEX_LEN(SST_ID_LEN));
    assert_string_equal(rig_finds(&rig, after), "basket=1");
}

static void an_emptied_session_has_ended(void **state)
{
    rig_t rig;

    make(&rig, *state);
    (void) save(&rig, log_in(&rig, "a=1"), "", 0, SST_SAVED_ENDED);
    (void) save(&rig, log_in(&rig, "s-user=alice"), "", 0, SST_SAVED_ENDED);
}

static void a_session_without_entries_is_nothing(void **state)
{
    sst_session_t *session;
    rig_t rig;

    make(&rig, *state);
    session = sst_session_new(&rig.site, *state);
    rig_saves(&rig, session, "", 0, SST_SAVED_NOTHING);
    assert_false(session->exists);
}

static void the_idle_time_is_sealed_in(void **state)
{
    const char *text;
    sst_session_t *session;
    rig_t rig;

    make(&rig, *state);
    session = rig_session(&rig, log_in(&rig, "a=1"));
    assert_in_range(session->expires_s, rig_now_s() + RIG_IDLE_S,
                    rig_now_s() + RIG_IDLE_S + RIG_TOUCH_S);
    rig.site.idle_s = -RIG_TOUCH_S;
    text = log_in(&rig, "a=1");
    rig.site.idle_s = RIG_IDLE_S;
    assert_string_equal(rig_finds(&rig, text), "expired");
}

static void the_absolute_end_is_sealed_in(void **state)
{
    const char *text;
    rig_t rig;

    make(&rig, *state);
    rig.site.absolute_s = -1;
    text = log_in(&rig, "a=1");
    rig.site.absolute_s = RIG_ABSOLUTE_S;
    assert_string_equal(rig_finds(&rig, text), "expired");
}

static void a_touch_moves_the_idle_end_alone(void **state)
{
    sst_session_t *session;
    apr_int64_t before_s;
    rig_t rig;

    make(&rig, *state);
    rig.site.idle_s = 100;
    session = rig_session(&rig, log_in(&rig, "a=1"));
    assert_false(sst_session_touch_due(session, apr_time_now()));
    before_s = session->expires_s;
    rig.site.idle_s = RIG_IDLE_S;
    assert_true(sst_session_touch_due(session, apr_time_now()));
    assert_status(sst_session_touch(session, rig_deadline(), NULL, *state),
                  SST_OK);
    session = rig_session(&rig, held(&rig, session));
    assert_true(session->expires_s > before_s);
    assert_int_equal(session->version.revision, 1);
    assert_string_equal(unit_table_text(session->base, *state), "a=1");
}

/* --- What a browser can do --- */

static void every_flipped_bit_is_no_session(void **state)
{
    char *text;
    apr_size_t i;
    int bit;
    rig_t rig;

    make(&rig, *state);
    text = apr_pstrdup(*state, log_in(&rig, "a=1"));
    for (i = 0; i < strlen(text); i++) {
        for (bit = 0; bit < 8; bit++) {
            sst_span_t candidate = sst_span(text, strlen(text));
            apr_pool_t *pool;
            sst_session_t *session;

            apr_pool_create(&pool, *state);
            text[i] = (char) (text[i] ^ (1 << bit));
            assert_status(sst_session_load(&session, &rig.site, &candidate, 1,
                                           rig_deadline(), NULL, pool),
                          SST_INVALID);
            assert_false(session->exists);
            text[i] = (char) (text[i] ^ (1 << bit));
            apr_pool_destroy(pool);
        }
    }
    assert_string_equal(rig_finds(&rig, text), "a=1");
}

static void every_shortened_text_is_no_session(void **state)
{
    const char *text;
    apr_size_t len;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1");
    for (len = 0; len < strlen(text); len++) {
        sst_span_t exact = unit_exact_copy(sst_span(text, len));
        sst_session_t *session;

        assert_status(sst_session_load(&session, &rig.site, &exact, 1,
                                       rig_deadline(), NULL, *state),
                      SST_INVALID);
        unit_exact_free(exact);
    }
    assert_string_equal(rig_finds(&rig, apr_pstrcat(*state, text, "A", NULL)),
                        "invalid");
}

/* Two requests at once write the same revision, and the same ticket. */
static void two_states_cannot_be_put_together(void **state)
{
    const char *text;
    const char *a;
    const char *b;
    apr_size_t cut;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1");
    a = save(&rig, text, "a=2", 0, SST_SAVED_UPDATED);
    b = save(&rig, text, "a=3", 0, SST_SAVED_UPDATED);
    cut = sst_carried_ticket(sst_span_text(a)).len;
    assert_memory_equal(a, b, cut);
    assert_int_equal(strlen(a), strlen(b));
    for (cut += 2; cut < strlen(a) - 1; cut++) {
        const char *mixed = apr_pstrcat(*state, apr_pstrndup(*state, a, cut),
                                        b + cut, NULL);

        if (strcmp(mixed, a) != 0 && strcmp(mixed, b) != 0) {
            assert_string_equal(rig_finds(&rig, mixed), "invalid");
        }
    }
}

static const char *front_and_behind(const char *front, const char *behind,
                                    apr_pool_t *pool)
{
    apr_size_t len = sst_carried_ticket(sst_span_text(front)).len;
    apr_size_t from = sst_carried_ticket(sst_span_text(behind)).len;

    return apr_pstrcat(pool, apr_pstrndup(pool, front, len), behind + from,
                       NULL);
}

static void an_older_state_does_not_fit_a_newer_ticket(void **state)
{
    const char *older;
    const char *newer;
    rig_t rig;

    make(&rig, *state);
    older = log_in(&rig, "a=1");
    newer = save(&rig, older, "a=2", 0, SST_SAVED_UPDATED);
    assert_string_equal(rig_finds(&rig, front_and_behind(newer, older,
                                                         *state)), "invalid");
    assert_string_equal(rig_finds(&rig, front_and_behind(older, newer,
                                                         *state)), "invalid");
}

static void another_sessions_state_does_not_fit(void **state)
{
    const char *a;
    const char *b;
    rig_t rig;

    make(&rig, *state);
    a = log_in(&rig, "a=1");
    b = log_in(&rig, "b=1");
    assert_string_equal(rig_finds(&rig, front_and_behind(a, b, *state)),
                        "invalid");
}

static void another_place_opens_nothing(void **state)
{
    const char *text;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1");
    rig.site.scope.cookie = "other";
    assert_string_equal(rig_finds(&rig, text), "invalid");
    rig.site.scope.cookie = "session";
    rig.site.scope.tenant = "other.example";
    assert_string_equal(rig_finds(&rig, text), "invalid");
}

static void a_ticket_alone_is_no_session(void **state)
{
    const char *text;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1");
    text = apr_pstrndup(*state, text,
                        sst_carried_ticket(sst_span_text(text)).len);
    assert_string_equal(rig_finds(&rig, text), "invalid");
    assert_string_equal(rig_finds(&rig, apr_pstrcat(*state, text, ".", NULL)),
                        "invalid");
}

static void other_stores_take_no_carried_session(void **state)
{
    rig_t carried;
    rig_t rig;

    make(&carried, *state);
    rig_make(&rig, *state);
    assert_string_equal(rig_finds(&rig, log_in(&carried, "a=1")), "invalid");
    assert_int_equal(sst_memory_calls(rig.store, SST_MEMORY_ANY), 0);
}

/* --- Keys --- */

static void every_key_opens_and_the_first_seals(void **state)
{
    const char *old;
    const char *fresh;
    rig_t rig;

    make(&rig, *state);
    old = log_in(&rig, "a=1");
    rig.site.ring = unit_ring("21", *state);
    assert_string_equal(rig_finds(&rig, old), "a=1");
    old = save(&rig, old, "a=2", 0, SST_SAVED_UPDATED);
    fresh = save(&rig, old, "a=2 s-user=alice", 0, SST_SAVED_ROTATED);
    rig.site.ring = unit_ring("2", *state);
    assert_string_equal(rig_finds(&rig, fresh), "a=2 s-user=alice");
    assert_string_equal(rig_finds(&rig, old), "invalid");
}

/* --- Size --- */

static const char *noise_entry(apr_size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, SST_HEX_LEN(len) + 1);

    sst_hex_encode(text, unit_noise(7, len, pool));
    return apr_pstrcat(pool, "a=", text, NULL);
}

static void too_large_a_session_leaves_the_old_one(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    const char *text;
    rig_t rig;

    make(&rig, *state);
    text = log_in(&rig, "a=1");
    session = rig_session(&rig, text);
    assert_status(rig_save(&outcome, &rig, session, noise_entry(ROOM, *state),
                           0), SST_TOO_BIG);
    assert_string_equal(rig_finds(&rig, held(&rig, session)), "a=1");
    rig_saves(&rig, session, "a=2", 0, SST_SAVED_UPDATED);
}

static void what_is_held_never_takes_more_than_was_allowed(void **state)
{
    apr_size_t len;
    int refused = 0;
    rig_t rig;

    make(&rig, *state);
    for (len = 3500; len < 7000; len += 250) {
        sst_session_t *session = sst_session_new(&rig.site, *state);
        sst_outcome_t outcome;

        if (rig_save(&outcome, &rig, session, noise_entry(len, *state), 0)
            == SST_OK) {
            assert_true(strlen(held(&rig, session)) <= ROOM);
        }
        else {
            refused++;
        }
    }
    assert_in_range(refused, 1, 13);
}

static void what_deflates_takes_less(void **state)
{
    char *long_text = apr_palloc(*state, 20001);
    rig_t rig;

    make(&rig, *state);
    memset(long_text, 'x', 20000);
    long_text[20000] = '\0';
    assert_true(strlen(log_in(&rig, apr_pstrcat(*state, "a=", long_text,
                                                NULL))) < 1000);
}

/* --- Users whose sessions were ended --- */

static void end_user(rig_t *rig, const char *user)
{
    assert_status(sst_not_before_set(rig->store, rig->site.ring,
                                     &rig->site.scope, user, rig_deadline(),
                                     NULL, rig->pool), SST_OK);
}

static void a_users_sessions_end_and_others_do_not(void **state)
{
    const char *alice;
    const char *bob;
    const char *visitor;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    alice = log_in(&rig, "s-user=alice");
    bob = log_in(&rig, "s-user=bob");
    visitor = log_in(&rig, "a=1");
    assert_string_equal(rig_finds(&rig, alice), "s-user=alice");
    end_user(&rig, "alice");
    assert_string_equal(rig_finds(&rig, alice), "not found");
    assert_string_equal(rig_finds(&rig, bob), "s-user=bob");
    assert_string_equal(rig_finds(&rig, visitor), "a=1");
}

static void a_user_is_ended_under_every_entry_that_may_name_him(void **state)
{
    const char *text;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    rig.site.user_keys = unit_user_keys("auto login", *state);
    text = log_in(&rig, "s-user=alice login=carol");
    assert_string_equal(rig_finds(&rig, text), "login=carol s-user=alice");
    end_user(&rig, "carol");
    assert_string_equal(rig_finds(&rig, text), "not found");
}

static void a_login_after_the_end_is_valid(void **state)
{
    const char *before;
    const char *after;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    before = log_in(&rig, "s-user=alice");
    end_user(&rig, "alice");
    after = log_in(&rig, "s-user=alice");
    assert_string_equal(rig_finds(&rig, after), "s-user=alice");
    end_user(&rig, "alice");
    assert_string_equal(rig_finds(&rig, before), "not found");
    assert_string_equal(rig_finds(&rig, after), "not found");
}

/* A request that had begun before writes the session once more. */
static void a_late_write_does_not_bring_a_session_back(void **state)
{
    sst_session_t *session;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    session = rig_session(&rig, log_in(&rig, "s-user=alice"));
    end_user(&rig, "alice");
    rig_saves(&rig, session, "s-user=alice a=1", SST_SAVE_ROTATE,
              SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, held(&rig, session)), "not found");
}

/* A second login in the same session, which makes it begin anew. */
static void a_late_login_takes_nothing_of_an_ended_session_along(void **state)
{
    sst_session_t *session;
    const char *text;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    session = rig_session(&rig, log_in(&rig, "a-user=alice basket=1"));
    end_user(&rig, "alice");
    rig_saves(&rig, session, "a-user=alice basket=1 b-user=bob", 0,
              SST_SAVED_ROTATED);
    text = held(&rig, session);
    assert_string_equal(rig_finds(&rig, text), "b-user=bob");
    text = save(&rig, text, "b-user=bob a-user=alice", 0, SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, text), "a-user=alice b-user=bob");
}

static void a_visitor_who_logs_in_after_the_end_is_let_in(void **state)
{
    const char *text;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    text = log_in(&rig, "basket=1");
    end_user(&rig, "alice");
    text = save(&rig, text, "basket=1 s-user=alice", 0, SST_SAVED_ROTATED);
    assert_string_equal(rig_finds(&rig, text), "basket=1 s-user=alice");
}

static void a_change_of_user_fails_with_the_second_store(void **state)
{
    sst_session_t *session;
    sst_store_t *second;
    sst_outcome_t outcome;
    rig_t rig;

    second = make_with_second(&rig, *state);
    session = rig_session(&rig, log_in(&rig, "s-user=alice"));
    sst_memory_fail(second, SST_MEMORY_INDEX_LIST, 1, SST_UNAVAILABLE,
                    SST_MEMORY_BEFORE);
    assert_status(rig_save(&outcome, &rig, session, "s-user=bob", 0),
                  SST_UNAVAILABLE);
    assert_string_equal(rig_finds(&rig, held(&rig, session)), "s-user=alice");
    rig_saves(&rig, session, "s-user=bob", 0, SST_SAVED_ROTATED);
}

static void a_session_under_an_older_key_ends_too(void **state)
{
    const char *old;
    rig_t rig;

    (void) make_with_second(&rig, *state);
    old = log_in(&rig, "s-user=alice");
    rig.site.ring = unit_ring("21", *state);
    assert_string_equal(rig_finds(&rig, old), "s-user=alice");
    end_user(&rig, "alice");
    assert_string_equal(rig_finds(&rig, old), "not found");
}

static void a_user_costs_one_read_and_a_visitor_none(void **state)
{
    sst_store_t *second;
    const char *alice;
    const char *visitor;
    rig_t rig;

    second = make_with_second(&rig, *state);
    alice = log_in(&rig, "s-user=alice");
    visitor = log_in(&rig, "a=1");
    assert_int_equal(sst_memory_calls(second, SST_MEMORY_ANY), 0);
    (void) rig_session(&rig, visitor);
    assert_string_equal(rig_finds(&rig, "forged"), "invalid");
    assert_int_equal(sst_memory_calls(second, SST_MEMORY_ANY), 0);
    (void) rig_session(&rig, alice);
    assert_int_equal(sst_memory_calls(second, SST_MEMORY_ANY), 1);
}

static void a_second_store_that_fails_is_a_failure(void **state)
{
    static const sst_status_t failures[] = {
        SST_UNAVAILABLE, SST_TIMEOUT, SST_NOT_FOUND, SST_INVALID, SST_CORRUPT
    };
    sst_store_t *second;
    sst_session_t *session;
    const char *alice;
    apr_size_t i;
    rig_t rig;

    second = make_with_second(&rig, *state);
    alice = log_in(&rig, "s-user=alice");
    for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        sst_status_t status;

        sst_memory_fail(second, SST_MEMORY_INDEX_LIST, 0, failures[i],
                        SST_MEMORY_BEFORE);
        status = rig_load(&session, &rig, alice);
        assert_true(status == SST_UNAVAILABLE || status == SST_TIMEOUT
                    || status == SST_INTERNAL);
        assert_false(session->exists);
        assert_status(sst_not_before_set(rig.store, rig.site.ring,
                                         &rig.site.scope, "alice",
                                         rig_deadline(), NULL, *state),
                      failures[i]);
    }
    sst_memory_heal(second);
    assert_string_equal(rig_finds(&rig, alice), "s-user=alice");
}

/* Where the second store keeps what it knows of alice. */
static sst_row_t place_of_alice(rig_t *rig)
{
    const sst_key_t *key = &rig->site.ring->keys[0];
    unsigned char message[sizeof("not before") + SST_ROW_LEN] = "not before";
    sst_row_t user;
    sst_row_t place = { { 0 } };

    assert_status(sst_user_row(&user, key, &rig->site.scope, "alice", NULL),
                  SST_OK);
    memcpy(message + sizeof("not before"), user.bytes, SST_ROW_LEN);
    assert_status(sst_hmac(place.bytes, sst_span(key->index, SST_KEY_LEN),
                           sst_span(message, sizeof(message)), NULL), SST_OK);
    return place;
}

static void an_end_that_was_not_made_here_does_not_count(void **state)
{
    sst_store_t *second;
    apr_array_header_t *rows;
    const char *alice;
    sst_row_t place;
    sst_row_t forged;
    rig_t rig;

    second = make_with_second(&rig, *state);
    end_user(&rig, "alice");
    alice = log_in(&rig, "s-user=alice");
    place = place_of_alice(&rig);
    assert_status(second->ops->index_list(&rows, second, &place,
                                          rig_deadline(), NULL, *state),
                  SST_OK);
    assert_int_equal(rows->nelts, 1);
    forged = APR_ARRAY_IDX(rows, 0, sst_row_t);
    forged.bytes[4]++;
    assert_status(second->ops->index_add(second, &place, &forged,
                                         rig_now_s() + 1000, rig_deadline(),
                                         NULL, *state), SST_OK);
    assert_string_equal(rig_finds(&rig, alice), "s-user=alice");
}

static void ends_do_not_pile_up_nor_look_like_sessions(void **state)
{
    sst_store_t *second;
    int i;
    rig_t rig;

    second = make_with_second(&rig, *state);
    for (i = 0; i < 3; i++) {
        end_user(&rig, "alice");
    }
    assert_int_equal(sst_memory_index_entries(second), 1);
    assert_int_equal(sst_memory_records(second), 0);
    rig.store = second;
    assert_int_equal(rig_noted(&rig, "alice"), 0);
}

static void without_a_second_store_nothing_can_be_ended(void **state)
{
    sst_error_t err;
    rig_t rig;

    make(&rig, *state);
    sst_error_clear(&err);
    assert_status(sst_not_before_set(rig.store, rig.site.ring,
                                     &rig.site.scope, "alice", rig_deadline(),
                                     &err, *state), SST_INVALID);
    assert_error(&err, SST_INVALID);
    assert_non_null(strstr(err.text, "revoke="));
}

/* --- The store itself --- */

static sst_status_t open_url(sst_store_t **out, sst_error_t *err,
                             const char *url, const char *option,
                             apr_pool_t *pool)
{
    sst_error_clear(err);
    return sst_store_open(out, url, option ? 1 : 0, &option, err, pool);
}

static void its_url_takes_nothing_but_a_second_store(void **state)
{
    static const char *const refused[] = {
        "revoke=cookie:", "revoke=nonsense", "revoke=dir:relative",
        "revoke=\"\"", "revoke=dir:/tmp/a x=1", "purge=1h"
    };
    sst_store_t *store;
    sst_error_t err;
    apr_size_t i;

    assert_status(open_url(&store, &err, "cookie:name", NULL, *state),
                  SST_INVALID);
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_status(open_url(&store, &err, "cookie:", refused[i], *state),
                      SST_INVALID);
        assert_error(&err, SST_INVALID);
        assert_null(store);
    }
    assert_status(open_url(&store, &err, "cookie:",
                           "revoke=dir:/tmp/a purge=1h", *state), SST_OK);
    assert_string_equal(store->name, "cookie: revoke=dir:/tmp/a");
    assert_int_equal(store->purge_interval, apr_time_from_sec(3600));
    assert_int_equal(store->timeout, apr_time_from_sec(1));
    assert_status(open_url(&store, &err, "cookie:",
                           "revoke=dir:/tmp/a timeout=2s", *state), SST_OK);
    assert_int_equal(store->timeout, apr_time_from_sec(2));
}

static void a_second_stores_password_is_shown_nowhere(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_url(&store, &err, "cookie:",
                           "revoke=redis://u:secret@127.0.0.1", *state),
                  SST_OK);
    assert_null(strstr(store->name, "secret"));
    assert_status(open_url(&store, &err, "cookie:",
                           "revoke=rediz://u:secret@127.0.0.1", *state),
                  SST_INVALID);
    assert_null(strstr(err.text, "secret"));
}

static sst_status_t count(void *baton, const sst_row_t *row,
                          const sst_value_t *value, apr_pool_t *pool)
{
    return SST_OK;
}

static void nobody_can_list_what_browsers_carry(void **state)
{
    apr_array_header_t *rows;
    sst_value_t value;
    sst_row_t row;
    sst_error_t err;
    rig_t rig;

    make(&rig, *state);
    memset(&row, 0, sizeof(row));
    sst_error_clear(&err);
    assert_status(rig.store->ops->scan(rig.store, count, NULL, &err, *state),
                  SST_UNAVAILABLE);
    assert_error(&err, SST_UNAVAILABLE);
    assert_status(rig.store->ops->index_list(&rows, rig.store, &row,
                                             rig_deadline(), NULL, *state),
                  SST_UNAVAILABLE);
    assert_status(rig.store->ops->get(&value, rig.store, &row, 0,
                                      rig_deadline(), NULL, *state),
                  SST_UNAVAILABLE);
}

static void a_limit_that_cannot_be_counted_refuses_logins(void **state)
{
    sst_session_t *session;
    sst_outcome_t outcome;
    rig_t rig;

    make(&rig, *state);
    rig.site.max_per_user = 1;
    session = sst_session_new(&rig.site, *state);
    assert_status(rig_save(&outcome, &rig, session, "s-user=alice", 0),
                  SST_UNAVAILABLE);
    rig_saves(&rig, session, "a=1", 0, SST_SAVED_CREATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_session_is_in_what_the_browser_holds),
        UNIT_TEST(what_is_unchanged_is_not_written),
        UNIT_TEST(nothing_is_in_plain_text),
        UNIT_TEST(login_and_logout_give_a_new_id),
        UNIT_TEST(an_emptied_session_has_ended),
        UNIT_TEST(a_session_without_entries_is_nothing),
        UNIT_TEST(the_idle_time_is_sealed_in),
        UNIT_TEST(the_absolute_end_is_sealed_in),
        UNIT_TEST(a_touch_moves_the_idle_end_alone),
        UNIT_TEST(every_flipped_bit_is_no_session),
        UNIT_TEST(every_shortened_text_is_no_session),
        UNIT_TEST(two_states_cannot_be_put_together),
        UNIT_TEST(an_older_state_does_not_fit_a_newer_ticket),
        UNIT_TEST(another_sessions_state_does_not_fit),
        UNIT_TEST(another_place_opens_nothing),
        UNIT_TEST(a_ticket_alone_is_no_session),
        UNIT_TEST(other_stores_take_no_carried_session),
        UNIT_TEST(every_key_opens_and_the_first_seals),
        UNIT_TEST(too_large_a_session_leaves_the_old_one),
        UNIT_TEST(what_is_held_never_takes_more_than_was_allowed),
        UNIT_TEST(what_deflates_takes_less),
        UNIT_TEST(a_users_sessions_end_and_others_do_not),
        UNIT_TEST(a_user_is_ended_under_every_entry_that_may_name_him),
        UNIT_TEST(a_login_after_the_end_is_valid),
        UNIT_TEST(a_late_write_does_not_bring_a_session_back),
        UNIT_TEST(a_late_login_takes_nothing_of_an_ended_session_along),
        UNIT_TEST(a_visitor_who_logs_in_after_the_end_is_let_in),
        UNIT_TEST(a_change_of_user_fails_with_the_second_store),
        UNIT_TEST(a_session_under_an_older_key_ends_too),
        UNIT_TEST(a_user_costs_one_read_and_a_visitor_none),
        UNIT_TEST(a_second_store_that_fails_is_a_failure),
        UNIT_TEST(an_end_that_was_not_made_here_does_not_count),
        UNIT_TEST(ends_do_not_pile_up_nor_look_like_sessions),
        UNIT_TEST(without_a_second_store_nothing_can_be_ended),
        UNIT_TEST(its_url_takes_nothing_but_a_second_store),
        UNIT_TEST(a_second_stores_password_is_shown_nowhere),
        UNIT_TEST(nobody_can_list_what_browsers_carry),
        UNIT_TEST(a_limit_that_cannot_be_counted_refuses_logins)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
