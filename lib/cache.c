/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The table of a store with a cache in front, and its options. */

#include "lib/cache.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/cache_watch.h"
#include "lib/clock.h"

#define SIZE_LEAST ((apr_size_t) 1024 * 1024)
#define SIZE_MOST ((apr_size_t) 64 * 1024 * 1024 * 1024)
#define VALUE_LEAST 512
#define VALUE_MOST (256 * 1024)
#define VALUE_DEFAULT 4096
#define AGE_LEAST apr_time_from_msec(100)
#define AGE_MOST apr_time_from_sec(60)
#define AGE_DEFAULT apr_time_from_sec(2)
#define LEASE_LEAST apr_time_from_msec(300)
#define LEASE_MOST apr_time_from_sec(60)
#define LEASE_DEFAULT apr_time_from_msec(1500)

typedef struct cache_t {
    sst_store_ops_t ops;            /* the table in front */
    sst_store_t *inner;
    sst_cache_place_t place;
    sst_cache_conf_t conf;
} cache_t;

/* --- Options --- */

/* Digits, and one of k, m, g (or none). Answers 0 for anything else. */
static int read_size(apr_size_t *out, const char *text)
{
    static const char units[] = "kmg";
    apr_size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    const char *known = *unit != '\0' ? strchr(units, *unit | 0x20) : NULL;
    int shift = known != NULL ? 10 * (int) (known - units + 1) : 0;
    apr_uint64_t number;

    *out = 0;
    if ((*unit != '\0' && (known == NULL || unit[1] != '\0'))
        || sst_decimal_decode(&number, sst_span(text, digits)) != SST_OK
        || number > SIZE_MOST >> shift) {
        return 0;
    }
    *out = (apr_size_t) number << shift;
    return 1;
}

static sst_status_t read_memory(sst_cache_conf_t *out, const char *text,
                                sst_error_t *err)
{
    if (!read_size(&out->size, text) || out->size < SIZE_LEAST) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%.60s\" is not allowed; allowed: Off, or a "
                             "size from 1m to 64g, such as 32m", text);
    }
    return SST_OK;
}

static sst_status_t read_max_value(sst_cache_conf_t *out, const char *text,
                                   sst_error_t *err)
{
    if (!read_size(&out->value_max, text) || out->value_max < VALUE_LEAST
        || out->value_max > VALUE_MOST) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"max-value\" has the value \"%.60s\": "
                             "allowed is a size from 512 to 256k, such as 4k",
                             text);
    }
    return SST_OK;
}

static sst_status_t read_time(apr_interval_time_t *out, const char *name,
                              const char *text, apr_interval_time_t least,
                              const char *least_text, apr_interval_time_t most,
                              sst_error_t *err)
{
    if (sst_duration_parse(out, text) != SST_OK || *out < least
        || *out > most) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"%s\" has the value \"%.60s\": allowed "
                             "is a time from %s to 60s, such as 2s", name,
                             text, least_text);
    }
    return SST_OK;
}

/* What follows `name` at the front of a word, or NULL. */
static const char *value_of(const char *word, const char *name)
{
    apr_size_t len = strlen(name);

    return strncmp(word, name, len) == 0 ? word + len : NULL;
}

static sst_status_t read_word(sst_cache_conf_t *out, const char *word,
                              sst_error_t *err)
{
    const char *max_value = value_of(word, "max-value=");
    const char *max_age = value_of(word, "max-age=");
    const char *lease = value_of(word, "lease=");

    if (max_value != NULL) {
        return read_max_value(out, max_value, err);
    }
    if (max_age != NULL) {
        return read_time(&out->max_age, "max-age", max_age, AGE_LEAST,
                         "100ms", AGE_MOST, err);
    }
    if (lease != NULL) {
        return read_time(&out->lease, "lease", lease, LEASE_LEAST, "300ms",
                         LEASE_MOST, err);
    }
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "\"%.60s\" is not allowed; allowed behind the size: "
                         "max-value=SIZE, max-age=TIME, lease=TIME", word);
}

sst_status_t sst_cache_words(sst_cache_conf_t *out, int argc,
                             const char *const *argv, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_status_t status;
    int i;

    memset(out, 0, sizeof(*out));
    out->value_max = VALUE_DEFAULT;
    out->max_age = AGE_DEFAULT;
    out->lease = LEASE_DEFAULT;
    status = read_memory(out, argc > 0 ? argv[0] : "", err);
    for (i = 1; i < argc && status == SST_OK; i++) {
        status = read_word(out, argv[i], err);
    }
    if (status == SST_OK
        && out->size < sst_cache_memory_least(out->value_max)) {
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "%s is too small for values of %"
                               APR_SIZE_T_FMT " bytes: allowed is a larger "
                               "size, or a smaller max-value=", argv[0],
                               out->value_max);
    }
    if (status != SST_OK) {
        memset(out, 0, sizeof(*out));
    }
    return status;
}

/* --- Reading --- */

/* 1 while there may be copies that stand for their records. */
static int is_open(const cache_t *cache)
{
    return cache->inner->ops->copies == SST_COPIES_AGED
        || sst_cache_watch_holds(&cache->place);
}

static int is_young(const cache_t *cache, apr_time_t read_at)
{
    return cache->inner->ops->copies != SST_COPIES_AGED
        || sst_uptime() - read_at < cache->conf.max_age;
}

/* What has expired may have been touched by another host. */
static int is_alive(const sst_value_t *value)
{
    return value->expires_s > (apr_int64_t) apr_time_sec(apr_time_now());
}

static int find_copy(sst_value_t *out, const cache_t *cache,
                     const sst_row_t *row, apr_uint64_t min_revision,
                     apr_pool_t *pool)
{
    static const sst_value_t nothing;
    apr_time_t read_at;

    if (sst_cache_find(out, &read_at, &cache->place, row, pool)
        && out->version.revision >= min_revision && is_alive(out)
        && is_young(cache, read_at)) {
        /* Read last: the copy was good while the lease was. */
        if (is_open(cache)) {
            return 1;
        }
    }
    *out = nothing;
    return 0;
}

/* A copy is of use only while somebody hears of its record's changes. */
static int may_keep(const cache_t *cache, const sst_value_t *value)
{
    return cache->inner->ops->copies == SST_COPIES_AGED
        || sst_cache_watch_knows(&cache->place, value->source);
}

static sst_status_t cache_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row, apr_uint64_t min_revision,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    const cache_t *cache = store->impl;
    sst_store_t *inner = cache->inner;
    int usable = is_open(cache);
    sst_cache_mark_t mark;
    sst_status_t status;

    if (usable && min_revision != SST_REVISION_LATEST
        && find_copy(out, cache, row, min_revision, pool)) {
        sst_cache_count(&cache->place, SST_CACHE_HIT);
        return SST_OK;
    }
    sst_cache_count(&cache->place, usable ? SST_CACHE_MISS
                                          : SST_CACHE_BYPASS);
    sst_cache_mark(&mark, &cache->place, row);
    status = inner->ops->get(out, inner, row, min_revision, deadline, err,
                             pool);
    if (status == SST_OK && usable && may_keep(cache, out)) {
        sst_cache_keep(&cache->place, row, out, &mark);
    }
    return status;
}

/* --- Writing --- */

/* The copy is evicted before, so that nothing of it is left when this process
 * ends in between, and after, because another one may have read the record
 * before it was written. Whatever the answer: what is not known to have
 * happened may have happened.
 */
static sst_status_t cache_put(sst_store_t *store, const sst_row_t *row,
                              sst_span_t value, apr_int64_t expires_s,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    const cache_t *cache = store->impl;
    sst_store_t *inner = cache->inner;
    sst_status_t status;

    sst_cache_evict(&cache->place, row);
    status = inner->ops->put(inner, row, value, expires_s, expected, deadline,
                             err, pool);
    sst_cache_evict(&cache->place, row);
    return status;
}

static sst_status_t cache_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const cache_t *cache = store->impl;
    sst_store_t *inner = cache->inner;
    sst_status_t status;

    sst_cache_evict(&cache->place, row);
    status = inner->ops->touch(inner, row, expires_s, deadline, err, pool);
    sst_cache_evict(&cache->place, row);
    return status;
}

static sst_status_t cache_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const cache_t *cache = store->impl;
    sst_store_t *inner = cache->inner;
    sst_status_t status;

    sst_cache_evict(&cache->place, row);
    status = inner->ops->remove(inner, row, expected, deadline, err, pool);
    sst_cache_evict(&cache->place, row);
    return status;
}

/* --- What is the store's alone --- */

static sst_status_t cache_open(sst_store_t *store, sst_error_t *err,
                               apr_pool_t *pool)
{
    return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                         "a cache is put in front of a store");
}

static sst_status_t cache_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->index_add(inner, user, row, expires_s, deadline, err,
                                 pool);
}

static sst_status_t cache_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->index_list(out, inner, user, deadline, err, pool);
}

static sst_status_t cache_index_remove(sst_store_t *store,
                                       const sst_row_t *user,
                                       const sst_row_t *row,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->index_remove(inner, user, row, deadline, err, pool);
}

static sst_status_t cache_scan(sst_store_t *store, sst_scan_fn_t *each,
                               void *baton, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->scan(inner, each, baton, err, pool);
}

static sst_status_t cache_purge(sst_purge_t *state, sst_store_t *store,
                                apr_int64_t now_s, apr_interval_time_t budget,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->purge(state, inner, now_s, budget, err, pool);
}

static sst_status_t cache_examine(sst_store_t *store,
                                  const sst_examiner_t *examiner,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    return inner->ops->examine(inner, examiner, deadline, err, pool);
}

/* --- Its life --- */

/* Hands on what was set in the store since the cache was put before it. */
static sst_store_t *behind(const sst_store_t *store)
{
    sst_store_t *inner = ((const cache_t *) store->impl)->inner;

    inner->notify = store->notify;
    inner->notify_baton = store->notify_baton;
    inner->prepared_before = store->prepared_before;
    return inner;
}

static sst_status_t cache_prepare(sst_store_t *store, apr_uid_t uid,
                                  apr_gid_t gid, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_store_t *inner = behind(store);

    return inner->ops->prepare(inner, uid, gid, err, pool);
}

static apr_status_t leave(void *data)
{
    sst_cache_watch_leave(data);
    return APR_SUCCESS;
}

/* The cleanup is registered first, to run when the thread has ended. */
static sst_status_t start_watch(const cache_t *cache, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_cache_watch_t *watch = apr_pcalloc(pool, sizeof(*watch));
    sst_store_t *inner = cache->inner;

    sst_cache_watch_init(watch, &cache->place, cache->conf.lease, inner);
    apr_pool_cleanup_register(pool, watch, leave, apr_pool_cleanup_null);
    return inner->ops->watch(inner, &watch->watcher, err, pool);
}

static sst_status_t cache_start(sst_store_t *store, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_store_t *inner = behind(store);
    sst_status_t status = inner->ops->start(inner, err, pool);

    return status == SST_OK && inner->ops->copies == SST_COPIES_WATCHED
        ? start_watch(store->impl, err, pool) : status;
}

static const sst_option_def_t no_options[] = {
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

static const sst_store_ops_t table = {
    .schemes = "",
    .options = no_options,
    .copies = SST_COPIES_NONE,
    .open = cache_open,
    .prepare = cache_prepare,
    .start = cache_start,
    .bind = sst_store_default_bind,
    .get = cache_get,
    .put = cache_put,
    .touch = cache_touch,
    .remove = cache_remove,
    .index_add = cache_index_add,
    .index_list = cache_index_list,
    .index_remove = cache_index_remove,
    .scan = cache_scan,
    .purge = cache_purge,
    .examine = cache_examine
};

sst_store_t *sst_cache_put_before(sst_store_t *store,
                                  const sst_cache_place_t *place,
                                  const sst_cache_conf_t *conf,
                                  apr_pool_t *pool)
{
    cache_t *cache = apr_pcalloc(pool, sizeof(*cache));

    cache->inner = apr_pmemdup(pool, store, sizeof(*store));
    cache->place = *place;
    cache->conf = *conf;
    cache->ops = table;
    cache->ops.value_max = store->ops->value_max;
    cache->ops.deflate_min = store->ops->deflate_min;
    cache->ops.touch_max = store->ops->touch_max;
    cache->ops.touch_divisor = store->ops->touch_divisor;
    if (store->ops->purge == sst_store_default_purge) {
        cache->ops.purge = sst_store_default_purge;
    }
    store->ops = &cache->ops;
    store->impl = cache;
    return cache->inner;
}

/* --- For those who watch --- */

const sst_cache_place_t *sst_cache_place(const sst_store_t *store)
{
    return store->ops->get == cache_get
        ? &((const cache_t *) store->impl)->place : NULL;
}

sst_cache_state_t sst_cache_state(const sst_store_t *store)
{
    const cache_t *cache = store->impl;
    apr_uint64_t *refused = &sst_cache_board(&cache->place)->refused;

    if (is_open(cache)) {
        return SST_CACHE_WORKS;
    }
    return __atomic_load_n(refused, __ATOMIC_ACQUIRE) ? SST_CACHE_REFUSED
                                                      : SST_CACHE_WAITS;
}

apr_uint32_t sst_cache_watcher(const sst_store_t *store)
{
    const cache_t *cache = store->impl;

    return sst_cache_watch_owner(&cache->place);
}

const char *sst_cache_state_name(sst_cache_state_t state)
{
    static const char *const names[] = { "works", "waits", "refused" };

    return names[state];
}
