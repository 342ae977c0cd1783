/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries of a session set by an administrator, who cannot read it: through
 * the overlay box.
 */

#include "lib/admin.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "lib/admin_record.h"
#include "lib/entries.h"

/* Bytes of an overlay: it is opened at each load until the next save. */
#define OVERLAY_MAX 65536

/* How often others may write first. Whoever writes has seen our try fail, and
 * waits a little before the next; we do not.
 */
#define TRIES_MAX 200

/* One change under way. */
typedef struct change_t {
    const sst_admin_t *admin;
    const apr_table_t *changes;
    sst_box_key_t key;
    sst_record_t record;
    apr_pool_t *pool;
} change_t;

static const apr_table_entry_t *first(const apr_table_t *table)
{
    return (const apr_table_entry_t *) apr_table_elts(table)->elts;
}

static const apr_table_entry_t *end(const apr_table_t *table)
{
    return first(table) + apr_table_elts(table)->nelts;
}

/* --- What may be changed --- */

static sst_status_t check_change(const apr_table_entry_t *change,
                                 const apr_array_header_t *user_keys,
                                 sst_error_t *err)
{
    const char *name = change->key;

    if (!sst_entries_is_change(name) || name[1] == '\0') {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" is no entry that can be set or removed",
                             name);
    }
    if (sst_entries_names_user(name + 1, user_keys)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" says who the user is, which a login "
                             "alone may change", name + 1);
    }
    return SST_OK;
}

static sst_status_t check_changes(const apr_table_t *changes,
                                  const apr_array_header_t *user_keys,
                                  sst_error_t *err)
{
    const apr_table_entry_t *change = first(changes);
    sst_status_t status = SST_OK;

    for (; change < end(changes) && status == SST_OK; change++) {
        status = check_change(change, user_keys, err);
    }
    return status;
}

/* --- Overlay --- */

/* A later change of a name takes the place of an earlier one. */
static void add_change(apr_table_t *overlay, const apr_table_entry_t *change,
                       apr_pool_t *pool)
{
    char *other = apr_pstrdup(pool, change->key);

    other[0] = change->key[0] == '+' ? '-' : '+';
    apr_table_unset(overlay, other);
    apr_table_setn(overlay, change->key,
                   change->key[0] == '+' ? change->val : "");
}

static sst_status_t seal_overlay(change_t *change, sst_span_t before,
                                 sst_error_t *err)
{
    const apr_table_entry_t *entry = first(change->changes);
    apr_table_t *overlay = apr_table_make(change->pool, 4);
    sst_status_t status = SST_OK;

    if (before.len > 0) {
        status = sst_entries_decode(&overlay, before, err, change->pool);
    }
    for (; entry < end(change->changes); entry++) {
        add_change(overlay, entry, change->pool);
    }
    if (status == SST_OK && sst_entries_size(overlay) > OVERLAY_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "entries of more than %d bytes cannot be set",
                             OVERLAY_MAX);
    }
    if (status == SST_OK) {
        status = sst_record_seal(&change->record, SST_BOX_OVERLAY,
                                 sst_entries_encode(overlay, change->pool),
                                 &change->key,
                                 change->admin->store->ops->deflate_min, err,
                                 change->pool);
    }
    return status;
}

/* --- Meta --- */

static void change_name(sst_meta_t *meta, const char *change,
                        apr_pool_t *pool)
{
    const apr_array_header_t *names = meta->names;
    int added = change[0] == '-';
    int i;

    meta->names = apr_array_make(pool, names->nelts + 1, sizeof(const char *));
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        int same = apr_cstr_casecmp(name, change + 1) == 0;

        if (!same || change[0] == '+') {
            APR_ARRAY_PUSH(meta->names, const char *) = name;
        }
        added |= same;
    }
    if (!added) {
        APR_ARRAY_PUSH(meta->names, const char *) = change + 1;
    }
}

/* What does not open stays as it is: it is no part of the session. */
static sst_status_t seal_meta(change_t *change, sst_span_t before,
                              sst_error_t *err)
{
    const apr_table_entry_t *entry = first(change->changes);
    sst_meta_t meta;

    if (sst_meta_decode(&meta, before, NULL, change->pool) != SST_OK) {
        return SST_OK;
    }
    for (; entry < end(change->changes); entry++) {
        change_name(&meta, entry->key, change->pool);
    }
    return sst_record_seal(&change->record, SST_BOX_META,
                           sst_meta_encode(&meta, change->pool), &change->key,
                           change->admin->store->ops->deflate_min, err,
                           change->pool);
}

/* --- The record --- */

/* Reads the record with its key. Expected: OK; NOT_FOUND; CORRUPT. */
static sst_status_t read_record(sst_value_t *value, change_t *change,
                                sst_error_t *err)
{
    const sst_admin_t *admin = change->admin;
    sst_store_t *store = admin->store;
    sst_status_t status;

    status = store->ops->get(value, store, change->key.row,
                             SST_REVISION_LATEST, sst_admin_deadline(admin),
                             err, change->pool);
    if (status == SST_OK) {
        status = sst_record_parse(&change->record, value->bytes, err);
    }
    if (status != SST_OK) {
        return status;
    }
    if (sst_admin_is_over(value, &change->record)) {
        return SST_NOT_FOUND;
    }
    change->key.key = sst_keyring_find(admin->ring, change->record.key_id);
    if (change->key.key == NULL) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "the session is sealed under a key that is not "
                             "in the ring");
    }
    return SST_OK;
}

/* The record with the changes, at its next revision. */
static sst_status_t seal(sst_span_t *out, change_t *change, sst_error_t *err)
{
    const sst_store_t *store = change->admin->store;
    sst_record_t *record = &change->record;
    sst_span_t overlay;
    sst_span_t meta;
    sst_status_t status;

    *out = sst_span(NULL, 0);
    if (sst_record_open(&meta, record, SST_BOX_META, &change->key, NULL,
                        change->pool) != SST_OK) {
        meta = sst_span(NULL, 0);
    }
    status = sst_record_open(&overlay, record, SST_BOX_OVERLAY, &change->key,
                             err, change->pool);
    if (status == SST_OK) {
        status = sst_record_renew(record, err);
    }
    if (status == SST_OK) {
        status = seal_overlay(change, overlay, err);
    }
    if (status == SST_OK) {
        status = seal_meta(change, meta, err);
    }
    if (status != SST_OK) {
        return status;
    }
    *out = sst_record_format(record, change->pool);
    if (store->ops->value_max != 0 && out->len > store->ops->value_max) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "with these entries the session would be more "
                             "than %s holds", store->name);
    }
    return SST_OK;
}

/* Notes the session with its users, as the one who writes it does where that
 * may move it to another store; not where nobody knows its tenant, since in
 * another one it would be somebody else's.
 */
static sst_status_t note_users(const change_t *change, sst_error_t *err)
{
    const sst_admin_t *admin = change->admin;
    const sst_key_t *key = change->key.key;
    sst_store_t *store = admin->store;
    apr_int64_t until_s = change->record.deadline_s
        ? change->record.deadline_s : change->record.created_s + SST_NOTED_S;
    sst_meta_t meta;
    sst_span_t plain;
    sst_status_t status;
    int i;

    status = sst_record_open(&plain, &change->record, SST_BOX_META,
                             &change->key, err, change->pool);
    if (status == SST_OK) {
        status = sst_meta_decode(&meta, plain, err, change->pool);
    }
    for (i = 0; status == SST_OK && i < meta.users->nelts; i++) {
        sst_row_t user;

        status = sst_user_row(&user, key, &admin->scope,
                              APR_ARRAY_IDX(meta.users, i, const char *),
                              err);
        if (status == SST_OK) {
            status = store->ops->index_add(store, &user, change->key.row,
                                           until_s, sst_admin_deadline(admin),
                                           err, change->pool);
        }
    }
    return status;
}

/* Expected: OK; NOT_FOUND; CONFLICT when another write came first. */
static sst_status_t try_change(change_t *change, sst_error_t *err)
{
    sst_store_t *store = change->admin->store;
    sst_value_t value;
    sst_span_t bytes = { NULL, 0 };
    sst_status_t status = read_record(&value, change, err);

    if (status == SST_OK && value.elsewhere
        && change->admin->scope.tenant != NULL) {
        status = note_users(change, err);
    }
    if (status == SST_OK) {
        status = seal(&bytes, change, err);
    }
    if (status == SST_OK) {
        status = store->ops->put(store, change->key.row, bytes,
                                 value.expires_s, &value.version,
                                 sst_admin_deadline(change->admin), err,
                                 change->pool);
    }
    return status;
}

sst_status_t sst_admin_set(const sst_admin_t *admin, const sst_row_t *row,
                           const apr_table_t *changes, sst_error_t *err,
                           apr_pool_t *pool)
{
    change_t change = { .admin = admin, .changes = changes };
    sst_status_t status = check_changes(changes, admin->user_keys, err);
    int tries;

    if (status != SST_OK) {
        return status;
    }
    if (apr_pool_create(&change.pool, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                             "no memory to change a session");
    }
    change.key.row = row;
    status = SST_CONFLICT;
    for (tries = 0; tries < TRIES_MAX && status == SST_CONFLICT; tries++) {
        apr_pool_clear(change.pool);
        status = try_change(&change, err);
    }
    apr_pool_destroy(change.pool);
    if (status == SST_CONFLICT) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "others wrote the same session all the time");
    }
    return status;
}
