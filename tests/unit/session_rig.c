/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A site over a store in memory, for the tests of sessions. */

#include "tests/unit/session_rig.h"

#include <apr_strings.h>

#include "lib/entries.h"

void rig_make(rig_t *rig, apr_pool_t *pool)
{
    memset(rig, 0, sizeof(*rig));
    rig->pool = pool;
    assert_status(sst_store_open_with(&rig->store, &sst_backend_memory,
                                      "memory:", 0, NULL, NULL, pool),
                  SST_OK);
    rig->site.store = rig->store;
    rig->site.ring = unit_ring("1", pool);
    rig->site.scope.tenant = "shop.example";
    rig->site.scope.cookie = "session";
    rig->site.idle_s = RIG_IDLE_S;
    rig->site.absolute_s = RIG_ABSOLUTE_S;
    rig->site.touch_s = RIG_TOUCH_S;
    rig->site.user_keys = unit_user_keys("auto", pool);
    rig->site.client = "192.0.2.7";
}

apr_time_t rig_deadline(void)
{
    return apr_time_now() + apr_time_from_sec(60);
}

apr_int64_t rig_now_s(void)
{
    return (apr_int64_t) apr_time_sec(apr_time_now());
}

const char *rig_ticket(rig_t *rig, const sst_session_t *session)
{
    char text[SST_TICKET_MAX + 1];

    assert_true(session->exists);
    assert_status(sst_session_ticket(text, session, NULL), SST_OK);
    return apr_pstrdup(rig->pool, text);
}

const char *rig_login(rig_t *rig, const char *entries)
{
    sst_session_t *session = sst_session_new(&rig->site, rig->pool);

    rig_saves(rig, session, entries, 0, SST_SAVED_CREATED);
    return rig_ticket(rig, session);
}

sst_status_t rig_load(sst_session_t **out, rig_t *rig, const char *ticket)
{
    sst_span_t candidate = sst_span_text(ticket);

    *out = NULL;
    return sst_session_load(out, &rig->site, &candidate, 1, rig_deadline(),
                            NULL, rig->pool);
}

sst_session_t *rig_session(rig_t *rig, const char *ticket)
{
    sst_session_t *session;

    assert_status(rig_load(&session, rig, ticket), SST_OK);
    return session;
}

sst_status_t rig_save(sst_outcome_t *out, rig_t *rig, sst_session_t *session,
                      const char *entries, int flags)
{
    memset(out, 7, sizeof(*out));
    return sst_session_save(out, session, unit_table(entries, rig->pool),
                            flags, rig_deadline(), NULL, rig->pool);
}

void rig_saves(rig_t *rig, sst_session_t *session, const char *entries,
               int flags, sst_saved_t expected)
{
    sst_outcome_t outcome;

    assert_status(rig_save(&outcome, rig, session, entries, flags), SST_OK);
    assert_int_equal(outcome.saved, expected);
}

const char *rig_finds(rig_t *rig, const char *ticket)
{
    sst_session_t *session;
    sst_status_t status = rig_load(&session, rig, ticket);

    return status == SST_OK ? unit_table_text(session->base, rig->pool)
                            : sst_status_name(status);
}

int rig_noted(rig_t *rig, const char *user)
{
    apr_array_header_t *rows;
    sst_row_t row;

    assert_status(sst_user_row(&row, &rig->site.ring->keys[0],
                               &rig->site.scope, user, NULL), SST_OK);
    assert_status(rig->store->ops->index_list(&rows, rig->store, &row,
                                              rig_deadline(), NULL,
                                              rig->pool), SST_OK);
    return rows->nelts;
}

/* --- Past the library --- */

sst_value_t rig_value(rig_t *rig, const sst_row_t *row)
{
    sst_value_t value;

    assert_status(rig->store->ops->get(&value, rig->store, row, 0,
                                       rig_deadline(), NULL, rig->pool),
                  SST_OK);
    return value;
}

/* Removed first: a put of bytes with the stored token would pass for a repeat.
 */
static void put_anew(rig_t *rig, const sst_row_t *row, sst_span_t bytes,
                     apr_int64_t expires_s)
{
    assert_status(rig->store->ops->remove(rig->store, row, NULL,
                                          rig_deadline(), NULL, rig->pool),
                  SST_OK);
    assert_status(rig->store->ops->put(rig->store, row, bytes, expires_s,
                                       NULL, rig_deadline(), NULL,
                                       rig->pool), SST_OK);
}

void rig_overwrite(rig_t *rig, const sst_row_t *row, sst_span_t bytes)
{
    put_anew(rig, row, bytes, rig_value(rig, row).expires_s);
}

/* Not by a touch, which does not reach what has expired. */
void rig_expire(rig_t *rig, const sst_session_t *session,
                apr_int64_t expires_s)
{
    put_anew(rig, &session->row, rig_value(rig, &session->row).bytes,
             expires_s);
}

void rig_remove(rig_t *rig, const sst_session_t *session)
{
    assert_status(rig->store->ops->remove(rig->store, &session->row, NULL,
                                          rig_deadline(), NULL, rig->pool),
                  SST_OK);
}

void rig_set_overlay(rig_t *rig, const sst_session_t *session,
                     const char *overlay)
{
    sst_value_t value = rig_value(rig, &session->row);
    sst_record_t record;
    sst_box_key_t key;

    assert_status(sst_record_parse(&record, value.bytes, NULL), SST_OK);
    key.key = sst_keyring_find(rig->site.ring, record.key_id);
    key.row = &session->row;
    key.secret = NULL;
    record.version.revision++;
    assert_status(sst_random(record.version.token, SST_TOKEN_LEN, NULL),
                  SST_OK);
    assert_status(sst_record_seal(&record, SST_BOX_OVERLAY,
                                  sst_entries_encode(unit_table(overlay,
                                                                rig->pool),
                                                     rig->pool),
                                  &key, 0, NULL, rig->pool), SST_OK);
    assert_status(rig->store->ops->put(rig->store, &session->row,
                                       sst_record_format(&record, rig->pool),
                                       value.expires_s, &value.version,
                                       rig_deadline(), NULL, rig->pool),
                  SST_OK);
}
