/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session's row: its record read and written, its users noted. */

#include "lib/session_row.h"

#include <string.h>

#include "lib/entries.h"
#include "lib/meta.h"
#include "lib/record.h"
#include "lib/session_carried.h"

static apr_int64_t seconds(apr_time_t time)
{
    return (apr_int64_t) apr_time_sec(time);
}

/* --- Reading --- */

static sst_box_key_t box_key(const sst_session_t *session)
{
    sst_box_key_t key;

    key.key = session->ticket.key;
    key.row = &session->row;
    key.secret = session->ticket.secret;
    return key;
}

/* The ticket says which revision its browser has seen. The data box says, and
 * proves, at which one it was sealed. An older box is a record that was put
 * back. An overlay is always newer than the data: an older one has been folded
 * in already.
 */
static sst_status_t check_revisions(const sst_session_t *session,
                                    const sst_record_t *record,
                                    sst_error_t *err)
{
    const sst_box_t *data = &record->boxes[SST_BOX_DATA - 1];
    const sst_box_t *overlay = &record->boxes[SST_BOX_OVERLAY - 1];

    if (data->bytes.len == 0 || data->revision > record->version.revision) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored session has no data of its revision");
    }
    if (overlay->bytes.len > 0 && overlay->revision <= data->revision) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored session has an overlay that is older "
                             "than its data: the store was tampered with");
    }
    if (data->revision < session->ticket.revision) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored session is older (revision %"
                             APR_UINT64_T_FMT ") than its ticket (%"
                             APR_UINT64_T_FMT "): the store was put back to "
                             "an earlier state", data->revision,
                             session->ticket.revision);
    }
    return SST_OK;
}

/* The session's entries: the data box's, and on top those that an
 * administrator has set since.
 */
static sst_status_t open_entries(apr_table_t **out,
                                 const sst_session_t *session,
                                 const sst_record_t *record, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_box_key_t key = box_key(session);
    apr_table_t *overlay;
    sst_span_t plain;
    sst_status_t status;

    *out = NULL;
    status = sst_record_open(&plain, record, SST_BOX_DATA, &key, err, pool);
    if (status == SST_OK) {
        status = sst_entries_decode(out, plain, err, pool);
    }
    if (status == SST_OK && record->boxes[SST_BOX_OVERLAY - 1].bytes.len > 0) {
        status = sst_record_open(&plain, record, SST_BOX_OVERLAY, &key, err,
                                 pool);
        if (status == SST_OK) {
            status = sst_entries_decode(&overlay, plain, err, pool);
        }
        if (status == SST_OK) {
            sst_entries_apply(*out, overlay);
        }
    }
    return status;
}

/* Makes the session what the stored value says it is. */
static sst_status_t adopt_value(sst_session_t *session,
                                const sst_value_t *value, sst_error_t *err)
{
    sst_record_t record;
    apr_table_t *entries;
    sst_status_t status = sst_record_parse(&record, value->bytes, err);

    if (status == SST_OK
        && memcmp(record.key_id, session->ticket.key->id,
                  SST_KEY_ID_LEN) != 0) {
        status = sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                               "a stored session is sealed under another key "
                               "than its ticket");
    }
    if (status == SST_OK) {
        status = check_revisions(session, &record, err);
    }
    if (status == SST_OK) {
        status = open_entries(&entries, session, &record, err, session->pool);
    }
    if (status != SST_OK) {
        return status;
    }
    session->exists = 1;
    session->elsewhere = value->elsewhere;
    session->version = record.version;
    session->created_s = record.created_s;
    session->deadline_s = record.deadline_s;
    session->expires_s = value->expires_s;
    session->base = entries;
    return SST_OK;
}

sst_status_t sst_session_row_read(sst_session_t *session, apr_time_t deadline,
                                  sst_error_t *err)
{
    sst_store_t *store = session->store;
    apr_int64_t now_s = seconds(apr_time_now());
    sst_value_t value;
    sst_status_t status;

    status = store->ops->get(&value, store, &session->row,
                             session->ticket.revision, deadline, err,
                             session->pool);
    if (status != SST_OK) {
        /* Of a ticket INVALID means that there is no session; of a store it
         * must not.
         */
        return status == SST_INVALID ? SST_INTERNAL : status;
    }
    if (value.expires_s <= now_s) {
        return SST_EXPIRED;
    }
    status = adopt_value(session, &value, err);
    if (status == SST_OK && session->deadline_s != 0
        && session->deadline_s <= now_s) {
        return SST_EXPIRED;
    }
    return status;
}

/* --- Writing --- */

apr_int64_t sst_session_row_expiry(const sst_session_t *session,
                                   apr_time_t now)
{
    const sst_site_t *site = session->site;
    apr_int64_t expires_s = seconds(now) + site->idle_s + site->touch_s;

    if (session->deadline_s != 0 && session->deadline_s < expires_s) {
        return session->deadline_s;
    }
    return expires_s;
}

static sst_span_t describe(const sst_session_t *session,
                           const apr_table_t *entries, apr_pool_t *pool)
{
    const sst_site_t *site = session->site;
    sst_meta_t meta;

    meta.users = sst_entries_users(entries, site->user_keys, pool);
    meta.names = sst_entries_names(entries, pool);
    meta.size = (apr_uint32_t) sst_entries_size(entries);
    meta.saved_s = seconds(apr_time_now());
    meta.life_s = (apr_uint32_t) (site->idle_s + site->touch_s);
    meta.client = site->client ? site->client : "";
    return sst_meta_encode(&meta, pool);
}

/* The record of these entries as bytes, and its version. */
static sst_status_t seal_record(sst_span_t *out, sst_version_t *version,
                                const sst_session_t *session,
                                const apr_table_t *entries, sst_error_t *err,
                                apr_pool_t *pool)
{
    const sst_store_ops_t *ops = session->store->ops;
    sst_box_key_t key = box_key(session);
    sst_record_t record;
    sst_status_t status;

    memset(&record, 0, sizeof(record));
    record.version = session->version;
    record.created_s = session->created_s;
    record.deadline_s = session->deadline_s;
    memcpy(record.key_id, session->ticket.key->id, SST_KEY_ID_LEN);
    *out = sst_span(NULL, 0);
    status = sst_record_renew(&record, err);
    *version = record.version;
    if (status == SST_OK) {
        status = sst_record_seal(&record, SST_BOX_DATA,
                                 sst_entries_encode(entries, pool), &key,
                                 ops->deflate_min, err, pool);
    }
    /* In a cookie there is nobody to read it. */
    if (status == SST_OK && !ops->carried) {
        status = sst_record_seal(&record, SST_BOX_META,
                                 describe(session, entries, pool), &key,
                                 ops->deflate_min, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    *out = sst_record_format(&record, pool);
    if (ops->value_max != 0 && out->len > ops->value_max) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "a session of %" APR_SIZE_T_FMT " bytes, sealed, "
                             "is more than the %" APR_SIZE_T_FMT " bytes that "
                             "%s holds", out->len, ops->value_max,
                             session->store->name);
    }
    return ops->carried ? sst_session_carried_fits(session, out->len, err)
                        : SST_OK;
}

sst_status_t sst_session_row_put(sst_session_t *session,
                                 const apr_table_t *entries,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    apr_int64_t expires_s = sst_session_row_expiry(session, apr_time_now());
    sst_version_t version;
    sst_span_t value;
    sst_status_t status;

    status = seal_record(&value, &version, session, entries, err, pool);
    if (status == SST_OK && session->elsewhere) {
        status = sst_session_row_note(session, entries, deadline, err, pool);
    }
    if (status == SST_OK) {
        status = store->ops->put(store, &session->row, value, expires_s,
                                 session->exists ? &session->version : NULL,
                                 deadline, err, pool);
    }
    if (status == SST_OK) {
        session->exists = 1;
        session->elsewhere = 0;
        session->version = version;
        session->ticket.revision = version.revision;
        session->expires_s = expires_s;
        session->base = apr_table_copy(session->pool, entries);
        apr_table_unset(session->base, "expiry");
    }
    return status;
}

/* --- The index of users --- */

typedef sst_status_t index_fn_t(const sst_session_t *session,
                                const sst_row_t *user, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool);

static sst_status_t note_user(const sst_session_t *session,
                              const sst_row_t *user, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    apr_int64_t until_s = session->deadline_s
        ? session->deadline_s : session->created_s + SST_NOTED_S;

    return store->ops->index_add(store, user, &session->row, until_s,
                                 deadline, err, pool);
}

static sst_status_t forget_user(const sst_session_t *session,
                                const sst_row_t *user, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = session->store;

    return store->ops->index_remove(store, user, &session->row, deadline, err,
                                    pool);
}

/* Does `change` for every user that the entries name. */
static sst_status_t index_users(const sst_session_t *session,
                                const apr_table_t *entries,
                                index_fn_t *change, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const apr_array_header_t *users
        = sst_entries_users(entries, session->site->user_keys, pool);
    sst_status_t status = SST_OK;
    int i;

    for (i = 0; i < users->nelts && status == SST_OK; i++) {
        sst_row_t user;

        status = sst_user_row(&user, session->ticket.key,
                              &session->site->scope,
                              APR_ARRAY_IDX(users, i, const char *), err);
        if (status == SST_OK) {
            status = change(session, &user, deadline, err, pool);
        }
    }
    return status;
}

sst_status_t sst_session_row_note(const sst_session_t *session,
                                  const apr_table_t *entries,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    return index_users(session, entries, note_user, deadline, err, pool);
}

void sst_session_row_forget(const sst_session_t *session,
                            const apr_table_t *entries, apr_time_t deadline,
                            apr_pool_t *pool)
{
    sst_status_t status = index_users(session, entries, forget_user, deadline,
                                      NULL, pool);

    (void) status;
}
