/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions without their tickets: looked at, found by their user, ended. */

#include "lib/admin.h"

#include <stdlib.h>
#include <string.h>

#include "lib/admin_record.h"

#include "lib/clock.h"

/* How often a user's sessions are looked for again until there is none. Only
 * logins that keep coming need more than two or three.
 */
#define ROUNDS_MAX 20

apr_time_t sst_admin_deadline(const sst_admin_t *admin)
{
    return admin->deadline != 0 ? admin->deadline
                                : sst_clock() + admin->store->timeout;
}

/* --- What is known of a session --- */

int sst_admin_is_over(const sst_value_t *value, const sst_record_t *record)
{
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());

    return value->expires_s <= now_s
        || (record->deadline_s != 0 && record->deadline_s <= now_s);
}

static sst_status_t read_meta(sst_summary_t *out, const sst_admin_t *admin,
                              const sst_record_t *record, apr_pool_t *pool)
{
    sst_box_key_t key = { &admin->ring->keys[out->key_index], &out->row,
                          NULL };
    sst_span_t plain;
    sst_status_t status = sst_record_open(&plain, record, SST_BOX_META, &key,
                                          NULL, pool);

    return status == SST_OK ? sst_meta_decode(&out->meta, plain, NULL, pool)
                            : status;
}

static sst_status_t read_record(sst_summary_t *out, const sst_admin_t *admin,
                                const sst_record_t *record, apr_pool_t *pool)
{
    const sst_key_t *key = sst_keyring_find(admin->ring, record->key_id);

    memcpy(out->key_id, record->key_id, SST_KEY_ID_LEN);
    out->created_s = record->created_s;
    out->deadline_s = record->deadline_s;
    out->overlaid = record->boxes[SST_BOX_OVERLAY - 1].bytes.len > 0;
    if (key == NULL) {
        return SST_NOT_FOUND;
    }
    out->key_index = (int) (key - admin->ring->keys);
    return read_meta(out, admin, record, pool);
}

static void make_unreadable(sst_summary_t *out, const sst_row_t *row,
                            apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    out->row = *row;
    out->key_index = -1;
    out->readable = SST_CORRUPT;
    sst_meta_clear(&out->meta, pool);
}

/* A page view that changes nothing moves the expiry, and that tells when it
 * was; one that moved it to the absolute end tells nothing, but then the last
 * save does.
 */
static apr_int64_t last_use(const sst_summary_t *summary)
{
    apr_int64_t used_s = summary->expires_s - summary->meta.life_s;
    apr_int64_t now_s = apr_time_sec(apr_time_now());

    if (used_s < summary->meta.saved_s) {
        used_s = summary->meta.saved_s;
    }
    return used_s < now_s ? used_s : now_s;
}

/* Expected: OK; NOT_FOUND when it has expired. */
static sst_status_t describe(sst_summary_t *out, const sst_admin_t *admin,
                             const sst_row_t *row, const sst_value_t *value,
                             apr_pool_t *pool)
{
    sst_record_t record;
    sst_status_t parsed = sst_record_parse(&record, value->bytes, NULL);

    make_unreadable(out, row, pool);
    if (sst_admin_is_over(value, &record)) {
        return SST_NOT_FOUND;
    }
    out->version = value->version;
    out->expires_s = value->expires_s;
    if (parsed == SST_OK) {
        out->readable = read_record(out, admin, &record, pool);
    }
    if (out->readable == SST_OK) {
        out->seen_s = last_use(out);
    }
    return SST_OK;
}

/* --- All of them --- */

typedef struct scan_t {
    const sst_admin_t *admin;
    sst_admin_fn_t *each;
    void *baton;
    apr_pool_t *pool;           /* of one turn */
} scan_t;

static sst_status_t scan_one(void *baton, const sst_row_t *row,
                             const sst_value_t *value, apr_pool_t *pool)
{
    scan_t *scan = baton;
    sst_summary_t summary;

    apr_pool_clear(scan->pool);
    if (describe(&summary, scan->admin, row, value, scan->pool) != SST_OK) {
        return SST_OK;
    }
    return scan->each(scan->baton, &summary, scan->pool);
}

sst_status_t sst_admin_scan(const sst_admin_t *admin, sst_admin_fn_t *each,
                            void *baton, sst_error_t *err, apr_pool_t *pool)
{
    scan_t scan = { admin, each, baton, NULL };
    sst_status_t status;

    if (apr_pool_create(&scan.pool, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                             "no memory to walk through the sessions");
    }
    status = admin->store->ops->scan(admin->store, scan_one, &scan, err, pool);
    apr_pool_destroy(scan.pool);
    return status;
}

/* --- One --- */

sst_status_t sst_admin_find(sst_summary_t *out, const sst_admin_t *admin,
                            const sst_row_t *row, sst_error_t *err,
                            apr_pool_t *pool)
{
    sst_store_t *store = admin->store;
    sst_value_t value;
    sst_error_t own;
    sst_status_t status;

    sst_error_clear(&own);
    make_unreadable(out, row, pool);
    status = store->ops->get(&value, store, row, SST_REVISION_LATEST,
                             sst_admin_deadline(admin), &own, pool);
    if (status == SST_CORRUPT) {
        return SST_OK;
    }
    if (status == SST_NOT_FOUND) {
        return status;
    }
    if (status != SST_OK) {
        return sst_error_set(err, status, own.os, "%s", own.text);
    }
    return describe(out, admin, row, &value, pool);
}

/* --- Those of a user --- */

/* A note without a record. */
typedef struct stale_t {
    sst_row_t user;
    sst_row_t row;
} stale_t;

/* A user's sessions while they are looked for. */
typedef struct search_t {
    const sst_admin_t *admin;
    const char *user;
    sst_admin_fn_t *each;       /* hears of those that are found */
    void *baton;
    apr_array_header_t *found;  /* sst_summary_t */
    apr_array_header_t *stale;  /* stale_t */
    apr_pool_t *pool;
} search_t;

/* A note is a hint; whose the session is stands in its meta box. One that
 * cannot be read is taken to be what the note says.
 */
static int belongs_to(const sst_summary_t *summary, const char *user)
{
    const apr_array_header_t *users = summary->meta.users;
    int i;

    for (i = 0; i < users->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(users, i, const char *), user) == 0) {
            return 1;
        }
    }
    return summary->readable != SST_OK;
}

static sst_status_t look_at(search_t *search, const sst_row_t *user,
                            const sst_row_t *row, sst_error_t *err)
{
    sst_summary_t summary;
    sst_status_t status = sst_admin_find(&summary, search->admin, row, err,
                                         search->pool);

    if (status == SST_NOT_FOUND) {
        stale_t *stale = apr_array_push(search->stale);

        stale->user = *user;
        stale->row = *row;
        return SST_OK;
    }
    if (status == SST_OK && belongs_to(&summary, search->user)) {
        return search->each(search->baton, &summary, search->pool);
    }
    return status;
}

static sst_status_t search_key(search_t *search, const sst_key_t *key,
                               sst_error_t *err)
{
    const sst_admin_t *admin = search->admin;
    apr_array_header_t *rows = NULL;
    sst_row_t user;
    sst_status_t status = sst_user_row(&user, key, &admin->scope,
                                       search->user, err);
    int i;

    if (status == SST_OK) {
        status = admin->store->ops->index_list(&rows, admin->store, &user,
                                               sst_admin_deadline(admin), err,
                                               search->pool);
    }
    for (i = 0; status == SST_OK && i < rows->nelts; i++) {
        status = look_at(search, &user, &APR_ARRAY_IDX(rows, i, sst_row_t),
                         err);
    }
    return status;
}

int sst_admin_newest_first(const void *a, const void *b)
{
    const sst_summary_t *x = a;
    const sst_summary_t *y = b;

    if (x->created_s != y->created_s) {
        return x->created_s < y->created_s ? 1 : -1;
    }
    return memcmp(x->row.bytes, y->row.bytes, SST_ROW_LEN);
}

/* Tells search->each. */
static sst_status_t search_keys(search_t *search, const sst_admin_t *admin,
                                const char *user, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    int i;

    search->admin = admin;
    search->user = user;
    search->stale = apr_array_make(pool, 4, sizeof(stale_t));
    search->pool = pool;
    for (i = 0; i < admin->ring->count && status == SST_OK; i++) {
        status = search_key(search, &admin->ring->keys[i], err);
    }
    return status;
}

sst_status_t sst_admin_each_of_user(const sst_admin_t *admin,
                                    const char *user, sst_admin_fn_t *each,
                                    void *baton, sst_error_t *err,
                                    apr_pool_t *pool)
{
    search_t search;

    memset(&search, 0, sizeof(search));
    search.each = each;
    search.baton = baton;
    return search_keys(&search, admin, user, err, pool);
}

static sst_status_t collect(void *baton, const sst_summary_t *summary,
                            apr_pool_t *pool)
{
    APR_ARRAY_PUSH((apr_array_header_t *) baton, sst_summary_t) = *summary;
    return SST_OK;
}

static sst_status_t search_all(search_t *search, const sst_admin_t *admin,
                               const char *user, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_status_t status;

    search->found = apr_array_make(pool, 4, sizeof(sst_summary_t));
    search->each = collect;
    search->baton = search->found;
    status = search_keys(search, admin, user, err, pool);
    if (status != SST_OK) {
        apr_array_clear(search->found);
        return status;
    }
    qsort(search->found->elts, (size_t) search->found->nelts,
          sizeof(sst_summary_t), sst_admin_newest_first);
    return SST_OK;
}

sst_status_t sst_admin_user(apr_array_header_t **out, const sst_admin_t *admin,
                            const char *user, sst_error_t *err,
                            apr_pool_t *pool)
{
    search_t search;
    sst_status_t status = search_all(&search, admin, user, err, pool);

    *out = search.found;
    return status;
}

/* --- Ending --- */

/* A note left behind is harmless, so that failures are not passed on. */
static void forget(const sst_admin_t *admin, const sst_summary_t *summary,
                   apr_pool_t *pool)
{
    const apr_array_header_t *users = summary->meta.users;
    int i;

    for (i = 0; i < users->nelts && summary->key_index >= 0; i++) {
        sst_row_t user;
        sst_status_t status;

        status = sst_user_row(&user, &admin->ring->keys[summary->key_index],
                              &admin->scope,
                              APR_ARRAY_IDX(users, i, const char *), NULL);
        if (status == SST_OK) {
            status = admin->store->ops->index_remove(
                admin->store, &user, &summary->row, sst_admin_deadline(admin),
                NULL, pool);
        }
        (void) status;
    }
}

sst_status_t sst_admin_end(const sst_admin_t *admin,
                           const sst_summary_t *summary, sst_error_t *err,
                           apr_pool_t *pool)
{
    sst_status_t status;

    status = admin->store->ops->remove(admin->store, &summary->row, NULL,
                                       sst_admin_deadline(admin), err, pool);
    if (status == SST_OK || status == SST_NOT_FOUND) {
        forget(admin, summary, pool);
    }
    return status;
}

/* Answers how many it met besides the spared one. */
static int end_found(sst_ended_t *out, const search_t *search,
                     const sst_row_t *spared, sst_error_t *err)
{
    int met = 0;
    int i;

    for (i = 0; i < search->found->nelts; i++) {
        const sst_summary_t *one = &APR_ARRAY_IDX(search->found, i,
                                                  sst_summary_t);
        sst_status_t status;

        if (spared != NULL && sst_row_equal(&one->row, spared)) {
            continue;
        }
        met++;
        status = sst_admin_end(search->admin, one, err, search->pool);
        if (status == SST_OK) {
            APR_ARRAY_PUSH(out->sessions, sst_summary_t) = *one;
            out->ended++;
        }
        out->failed += status != SST_OK && status != SST_NOT_FOUND;
    }
    return met;
}

/* A note that is still without a record is dropped; a failure leaves it for the
 * next time. Answers 0 then, and 1 for what is not known to have no record.
 */
static int drop_stale(const search_t *search, const stale_t *stale)
{
    const sst_admin_t *admin = search->admin;
    sst_store_t *store = admin->store;
    sst_value_t value;
    sst_status_t status;

    status = store->ops->get(&value, store, &stale->row, SST_REVISION_LATEST,
                             sst_admin_deadline(admin), NULL, search->pool);
    if (status != SST_NOT_FOUND) {
        return 1;
    }
    status = store->ops->index_remove(store, &stale->user, &stale->row,
                                      sst_admin_deadline(admin), NULL,
                                      search->pool);
    (void) status;
    return 0;
}

/* A login notes its row first, and has its record written by its deadline or
 * is refused: what has no record still after that time will have none. Answers
 * how many have one by then: logins that were under way.
 */
static int settle_stale(const search_t *search)
{
    int settled = 0;
    int i;

    if (search->admin->deadline != 0 || search->stale->nelts == 0) {
        return 0;
    }
    apr_sleep(2 * search->admin->store->timeout);
    for (i = 0; i < search->stale->nelts; i++) {
        settled += drop_stale(search, &APR_ARRAY_IDX(search->stale, i,
                                                     stale_t));
    }
    return settled;
}

sst_status_t sst_admin_end_user(sst_ended_t *out, const sst_admin_t *admin,
                                const char *user, const sst_row_t *spared,
                                sst_error_t *err, apr_pool_t *pool)
{
    search_t search;
    int round;

    memset(out, 0, sizeof(*out));
    out->sessions = apr_array_make(pool, 4, sizeof(sst_summary_t));
    for (round = 0; round < ROUNDS_MAX; round++) {
        sst_error_t own;
        sst_status_t status;

        sst_error_clear(&own);
        status = search_all(&search, admin, user, err, pool);
        if (status != SST_OK) {
            return status;
        }
        if (end_found(out, &search, spared, &own) == 0
            && settle_stale(&search) == 0) {
            return SST_OK;
        }
        if (out->failed > 0) {
            return sst_error_set(err, own.status, own.os, "%s", own.text);
        }
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "the user signs in as fast as the sessions end");
}
