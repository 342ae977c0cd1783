/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The store without a place: browsers carry the values, and what is stored is
 * what a request has brought along. `bind` gives each session a jar: the
 * values that came with its ticket, and those that it writes. Sealing them and
 * sending them back is done above (carried.h).
 *
 * Nothing here can know what other browsers carry: nothing is listed, noted or
 * removed for anybody but the session at hand.
 */

#include "lib/store.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/backends/backends.h"

/* Less does not save a cookie, but would tell by its length what it holds. */
#define DEFLATE_MIN 1024

static const sst_option_def_t cookie_options[] = {
    { "revoke", SST_OPTION_TEXT, NULL, 1, 1024 },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

/* --- The second store --- */

/* `text` is a store's URL and its options, as SessionStore takes them. */
static sst_status_t open_second(sst_store_t **out, const char *text,
                                sst_error_t *err, apr_pool_t *pool)
{
    const char *const *words;
    char **argv;
    int argc = 0;
    sst_status_t status;

    *out = NULL;
    if (apr_tokenize_to_argv(text, &argv, pool) != APR_SUCCESS
        || argv[0] == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"revoke\": allowed is the URL of a "
                             "store and its options");
    }
    while (argv[argc] != NULL) {
        argc++;
    }
    words = (const char *const *) argv;
    status = sst_store_open(out, words[0], argc - 1, words + 1, err, pool);
    if (status == SST_OK && (*out)->ops->carried) {
        *out = NULL;
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"revoke\" has the value \"%s\": allowed "
                             "is a store that is not in the browser",
                             words[0]);
    }
    return status;
}

static sst_status_t cookie_open(sst_store_t *store, sst_error_t *err,
                                apr_pool_t *pool)
{
    const char *second = sst_options_text(store->options, "revoke", NULL);
    sst_status_t status;

    if (store->address[0] != '\0') {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "nothing may stand behind \"cookie:\"; the "
                             "cookie's name is SessionStoreCookie's");
    }
    if (second == NULL) {
        return SST_OK;
    }
    status = open_second(&store->revocations, second, err, pool);
    if (status == SST_OK) {
        store->name = apr_pstrcat(pool, store->name, " revoke=",
                                  store->revocations->name, NULL);
        store->purge_interval = store->revocations->purge_interval;
        store->timeout = sst_options_number(store->options, "timeout",
                                            store->revocations->timeout);
    }
    return status;
}

static sst_status_t cookie_prepare(sst_store_t *store, apr_uid_t uid,
                                   apr_gid_t gid, sst_error_t *err,
                                   apr_pool_t *pool)
{
    sst_store_t *second = store->revocations;

    if (second == NULL) {
        return SST_OK;
    }
    second->notify = store->notify;
    second->notify_baton = store->notify_baton;
    second->prepared_before = store->prepared_before;
    return second->ops->prepare(second, uid, gid, err, pool);
}

static sst_status_t cookie_start(sst_store_t *store, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_store_t *second = store->revocations;

    return second == NULL ? SST_OK : second->ops->start(second, err, pool);
}

static sst_status_t cookie_purge(sst_purge_t *state, sst_store_t *store,
                                 apr_int64_t now_s,
                                 apr_interval_time_t budget, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_store_t *second = store->revocations;

    if (second == NULL) {
        return sst_store_default_purge(state, store, now_s, budget, err, pool);
    }
    return second->ops->purge(state, second, now_s, budget, err, pool);
}

/* --- A session's jar --- */

typedef struct item_t {
    sst_row_t row;
    sst_span_t bytes;
    apr_int64_t expires_s;
} item_t;

typedef struct jar_t {
    apr_pool_t *pool;
    apr_array_header_t *items;      /* item_t, one or two */
} jar_t;

static sst_store_t *cookie_bind(sst_store_t *store, apr_pool_t *pool)
{
    sst_store_t *bound = apr_pmemdup(pool, store, sizeof(*bound));
    jar_t *jar = apr_palloc(pool, sizeof(*jar));

    jar->pool = pool;
    jar->items = apr_array_make(pool, 2, sizeof(item_t));
    bound->impl = jar;
    return bound;
}

static sst_status_t elsewhere(const sst_store_t *store, sst_error_t *err)
{
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "the sessions of %s are in browsers: a server can "
                         "neither list nor reach them", store->name);
}

/* The row's item. Expected: OK, NOT_FOUND; UNAVAILABLE outside a session. */
static sst_status_t find(item_t **out, const sst_store_t *store,
                         const sst_row_t *row, sst_error_t *err)
{
    const jar_t *jar = store->impl;
    int i;

    *out = NULL;
    if (jar == NULL) {
        (void) elsewhere(store, err);
        return SST_UNAVAILABLE;
    }
    for (i = 0; i < jar->items->nelts && *out == NULL; i++) {
        item_t *item = &APR_ARRAY_IDX(jar->items, i, item_t);

        if (sst_row_equal(&item->row, row)) {
            *out = item;
        }
    }
    return *out != NULL ? SST_OK : SST_NOT_FOUND;
}

/* The same; what has had its time is NOT_FOUND: a request that outlives its
 * session does not bring it back.
 */
static sst_status_t find_live(item_t **out, const sst_store_t *store,
                              const sst_row_t *row, sst_error_t *err)
{
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());
    sst_status_t status = find(out, store, row, err);

    return status == SST_OK && (*out)->expires_s <= now_s ? SST_NOT_FOUND
                                                          : status;
}

static sst_status_t cookie_get(sst_value_t *out, sst_store_t *store,
                               const sst_row_t *row,
                               apr_uint64_t min_revision, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    item_t *item;
    sst_status_t status = find(&item, store, row, err);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = sst_version_read(&out->version, item->bytes, err);
    }
    if (status == SST_OK) {
        out->bytes = item->bytes;
        out->expires_s = item->expires_s;
    }
    return status;
}

/* Whether an item is of the version that is expected, or ours already.
 * Expected: OK, CONFLICT.
 */
static sst_status_t compare(const item_t *item, const sst_version_t *expected,
                            sst_error_t *err)
{
    sst_version_t stored;
    sst_status_t status = sst_version_read(&stored, item->bytes, err);

    if (status == SST_OK && !sst_version_equal(&stored, expected)) {
        return SST_CONFLICT;
    }
    return status;
}

/* In place of `old` (NULL: none), which has had its time. */
static sst_status_t add(jar_t *jar, item_t *old, const sst_row_t *row,
                        sst_span_t value, apr_int64_t expires_s)
{
    item_t *item = old != NULL ? old : apr_array_push(jar->items);

    item->row = *row;
    item->bytes = sst_span(apr_pmemdup(jar->pool, value.data, value.len),
                           value.len);
    item->expires_s = expires_s;
    return SST_OK;
}

static sst_status_t replace(jar_t *jar, item_t *item, sst_span_t value,
                            apr_int64_t expires_s,
                            const sst_version_t *expected, sst_error_t *err)
{
    sst_version_t ours;
    sst_status_t status = sst_version_read(&ours, value, err);

    if (status == SST_OK && compare(item, &ours, err) == SST_OK) {
        return SST_OK;
    }
    if (status == SST_OK) {
        status = expected == NULL ? SST_CONFLICT
                                  : compare(item, expected, err);
    }
    if (status == SST_OK) {
        item->bytes = sst_span(apr_pmemdup(jar->pool, value.data, value.len),
                               value.len);
        item->expires_s = expires_s;
    }
    return status;
}

static sst_status_t cookie_put(sst_store_t *store, const sst_row_t *row,
                               sst_span_t value, apr_int64_t expires_s,
                               const sst_version_t *expected,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    item_t *item;
    sst_status_t status = find_live(&item, store, row, err);

    if (status == SST_NOT_FOUND && expected == NULL) {
        return add(store->impl, item, row, value, expires_s);
    }
    if (status == SST_OK) {
        status = replace(store->impl, item, value, expires_s, expected, err);
    }
    return status;
}

static sst_status_t cookie_touch(sst_store_t *store, const sst_row_t *row,
                                 apr_int64_t expires_s, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool)
{
    item_t *item;
    sst_status_t status = find_live(&item, store, row, err);

    if (status == SST_OK) {
        item->expires_s = expires_s;
    }
    return status;
}

static sst_status_t cookie_remove(sst_store_t *store, const sst_row_t *row,
                                  const sst_version_t *expected,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    jar_t *jar = store->impl;
    item_t *item;
    sst_status_t status = find(&item, store, row, err);

    if (status == SST_OK && expected != NULL) {
        status = compare(item, expected, err);
    }
    if (status == SST_OK) {
        const item_t *last = apr_array_pop(jar->items);

        if (last != item) {
            *item = *last;
        }
    }
    return status;
}

/* --- Users --- */

/* Nobody could find a session by a note. */
static sst_status_t cookie_index_add(sst_store_t *store, const sst_row_t *user,
                                     const sst_row_t *row,
                                     apr_int64_t expires_s,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    return SST_OK;
}

static sst_status_t cookie_index_remove(sst_store_t *store,
                                        const sst_row_t *user,
                                        const sst_row_t *row,
                                        apr_time_t deadline, sst_error_t *err,
                                        apr_pool_t *pool)
{
    return SST_OK;
}

static sst_status_t cookie_index_list(apr_array_header_t **out,
                                      sst_store_t *store,
                                      const sst_row_t *user,
                                      apr_time_t deadline, sst_error_t *err,
                                      apr_pool_t *pool)
{
    *out = apr_array_make(pool, 1, sizeof(sst_row_t));
    return elsewhere(store, err);
}

static sst_status_t cookie_scan(sst_store_t *store, sst_scan_fn_t *each,
                                void *baton, sst_error_t *err,
                                apr_pool_t *pool)
{
    return elsewhere(store, err);
}

static sst_status_t cookie_examine(sst_store_t *store,
                                   const sst_examiner_t *examiner,
                                   apr_time_t deadline, sst_error_t *err,
                                   apr_pool_t *pool)
{
    sst_store_t *second = store->revocations;

    if (second == NULL) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "revoke",
                          "sessions are in browsers, and a user's cannot be "
                          "ended: name a store for that, revoke=\"URL\"");
        return SST_OK;
    }
    return second->ops->examine(second, examiner, deadline, err, pool);
}

const sst_store_ops_t sst_backend_cookie = {
    .schemes = "cookie:",
    .options = cookie_options,
    .value_max = 0,                 /* the place's, in characters of cookies */
    .deflate_min = DEFLATE_MIN,
    .touch_max = apr_time_from_sec(600),
    .touch_divisor = 10,
    .carried = 1,
    .open = cookie_open,
    .prepare = cookie_prepare,
    .start = cookie_start,
    .bind = cookie_bind,
    .get = cookie_get,
    .put = cookie_put,
    .touch = cookie_touch,
    .remove = cookie_remove,
    .index_add = cookie_index_add,
    .index_list = cookie_index_list,
    .index_remove = cookie_index_remove,
    .scan = cookie_scan,
    .purge = cookie_purge,
    .examine = cookie_examine
};
