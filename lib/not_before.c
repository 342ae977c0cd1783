/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A user's not-before, as entries of a store's user index. */

#include "lib/not_before.h"

#include <string.h>

#include "lib/crypto.h"

/* Longer than any session that the directives allow. */
#define KEPT_S (10LL * 365 * 24 * 3600)

#define TIME_LEN 8

/* HMAC(index key, label 0 || row || rest) */
static sst_status_t digest(sst_row_t *out, const sst_key_t *key,
                           const char *label, const sst_row_t *row,
                           sst_span_t rest, sst_error_t *err)
{
    unsigned char bytes[16 + SST_ROW_LEN + TIME_LEN];
    sst_writer_t message = sst_writer(bytes, sizeof(bytes));

    sst_write_bytes(&message, sst_span(label, strlen(label) + 1));
    sst_write_bytes(&message, sst_span(row->bytes, SST_ROW_LEN));
    sst_write_bytes(&message, rest);
    return sst_hmac(out->bytes, sst_span(key->index, SST_KEY_LEN),
                    sst_written(&message), err);
}

/* Where a user's entries are. */
static sst_status_t find_place(sst_row_t *out, const sst_key_t *key,
                               const sst_scope_t *scope, const char *user,
                               sst_error_t *err)
{
    sst_row_t row;
    sst_status_t status = sst_user_row(&row, key, scope, user, err);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = digest(out, key, "not before", &row, sst_span(NULL, 0), err);
    }
    return status;
}

/* The second, and as much of its digest as there is room for. */
static sst_status_t write_entry(sst_row_t *out, const sst_key_t *key,
                                const sst_row_t *place, apr_int64_t time_s,
                                sst_error_t *err)
{
    sst_writer_t writer = sst_writer(out->bytes, SST_ROW_LEN);
    sst_row_t check;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    sst_write_u64(&writer, (apr_uint64_t) time_s);
    status = digest(&check, key, "ended", place, sst_written(&writer), err);
    if (status == SST_OK) {
        sst_write_bytes(&writer, sst_span(check.bytes,
                                          SST_ROW_LEN - TIME_LEN));
    }
    return status;
}

/* The entry's second; 0 for one that was not made under this key. */
static sst_status_t read_entry(apr_int64_t *out_s, const sst_row_t *entry,
                               const sst_key_t *key, const sst_row_t *place,
                               sst_error_t *err)
{
    sst_reader_t reader = sst_reader(sst_span(entry->bytes, SST_ROW_LEN));
    apr_int64_t time_s = (apr_int64_t) sst_read_u64(&reader);
    sst_row_t ours;
    sst_status_t status = write_entry(&ours, key, place, time_s, err);

    *out_s = status == SST_OK && sst_row_equal(&ours, entry) ? time_s : 0;
    return status;
}

/* All entries in a place, and the latest second among them. */
static sst_status_t read_place(apr_array_header_t **out,
                               apr_int64_t *latest_s, sst_store_t *second,
                               const sst_key_t *key, const sst_row_t *place,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_status_t status = second->ops->index_list(out, second, place, deadline,
                                                  err, pool);
    int i;

    *latest_s = 0;
    for (i = 0; status == SST_OK && i < (*out)->nelts; i++) {
        apr_int64_t time_s;

        status = read_entry(&time_s, &APR_ARRAY_IDX(*out, i, sst_row_t), key,
                            place, err);
        if (time_s > *latest_s) {
            *latest_s = time_s;
        }
    }
    return status;
}

/* Entries that a later one makes needless. One that stays does no harm. */
static void remove_entries(const apr_array_header_t *entries,
                           const sst_row_t *but, sst_store_t *second,
                           const sst_row_t *place, apr_time_t deadline,
                           apr_pool_t *pool)
{
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const sst_row_t *entry = &APR_ARRAY_IDX(entries, i, sst_row_t);

        if (!sst_row_equal(entry, but)) {
            (void) second->ops->index_remove(second, place, entry, deadline,
                                             NULL, pool);
        }
    }
}

static sst_status_t set_under_key(sst_store_t *second, const sst_key_t *key,
                                  const sst_scope_t *scope, const char *user,
                                  apr_int64_t time_s, apr_time_t deadline,
                                  sst_error_t *err, apr_pool_t *pool)
{
    apr_array_header_t *before = NULL;
    apr_int64_t latest_s;
    sst_row_t place;
    sst_row_t entry;
    sst_status_t status = find_place(&place, key, scope, user, err);

    if (status == SST_OK) {
        status = read_place(&before, &latest_s, second, key, &place, deadline,
                            err, pool);
    }
    /* Another server's clock may be ahead. */
    if (status == SST_OK && latest_s < time_s) {
        status = write_entry(&entry, key, &place, time_s, err);
        if (status == SST_OK) {
            status = second->ops->index_add(second, &place, &entry,
                                            time_s + KEPT_S, deadline, err,
                                            pool);
        }
        if (status == SST_OK) {
            remove_entries(before, &entry, second, &place, deadline, pool);
        }
    }
    return status;
}

/* Of two events in one second nobody can say which was first. */
static void wait_for_next(apr_int64_t time_s)
{
    apr_time_t next = apr_time_from_sec(time_s + 1);
    apr_time_t now = apr_time_now();

    if (now < next && next - now <= APR_USEC_PER_SEC) {
        apr_sleep(next - now);
    }
}

sst_status_t sst_not_before_set(sst_store_t *store, const sst_keyring_t *ring,
                                const sst_scope_t *scope, const char *user,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool)
{
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());
    sst_status_t status = SST_OK;
    int i;

    if (store->revocations == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s has no second store in which the end of a "
                             "user's sessions could be noted: name one with "
                             "revoke=URL", store->name);
    }
    for (i = 0; i < ring->count && status == SST_OK; i++) {
        status = set_under_key(store->revocations, &ring->keys[i], scope, user,
                               now_s, deadline, err, pool);
    }
    if (status == SST_OK) {
        wait_for_next(now_s);
    }
    return status;
}

sst_status_t sst_not_before_get(apr_int64_t *out_s, sst_store_t *store,
                                const sst_key_t *key, const sst_scope_t *scope,
                                const char *user, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    apr_array_header_t *entries;
    sst_row_t place;
    sst_status_t status;

    *out_s = 0;
    if (store->revocations == NULL) {
        return SST_OK;
    }
    status = find_place(&place, key, scope, user, err);
    if (status == SST_OK) {
        status = read_place(&entries, out_s, store->revocations, key, &place,
                            deadline, err, pool);
    }
    return status;
}
