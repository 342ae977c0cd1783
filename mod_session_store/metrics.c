/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Counters in shared memory, and the store operations that are timed. */

#include "config.h"

#include "mod_session_store/metrics.h"

#include <string.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_shm.h>
#include <apr_strings.h>

#include "mod_session_store/report.h"

/* So many processes and threads count without meeting in one cache line. */
#define STRIPES 16

#define NOTE_STEP apr_time_from_msec(10)    /* between two notes of a time */

/* A tally, on cache lines of its own. */
typedef struct stripe_t {
    sst_tally_t tally;
    char apart[128];
} stripe_t;

/* What a store's `observer` points to: its operations as they were, and as
 * they are timed, and where they are counted.
 */
typedef struct meter_t {
    const sst_store_ops_t *inner;
    sst_store_ops_t ops;
    stripe_t *stripes;          /* in shared memory */
} meter_t;

const apr_interval_time_t sst_metrics_bounds[SST_BOUNDS] = {
    50, 100, 200, 500,
    1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000,
    1000000, 2000000, 5000000
};

const char *sst_metrics_op_name(sst_op_t op)
{
    static const char *const names[SST_OPS] = {
        "get", "put", "touch", "remove", "index_add", "index_list",
        "index_remove"
    };

    return names[op];
}

const char *sst_metrics_event_name(sst_event_t event)
{
    static const char *const names[SST_EVENTS] = {
        "none", "hit", "miss", "expired", "forged", "unreadable", "failed",
        "unchanged", "created", "updated", "rotated", "ended", "gone",
        "refused", "too_big", "failed",
        "done", "gone", "failed",
        "", "", ""
    };

    return names[event];
}

const sst_family_t sst_metrics_families[SST_FAMILIES] = {
    { "loads", "Requests in places with sessions, by what their ticket led to",
      SST_LOAD_NONE, SST_LOAD_FAILED },
    { "saves", "Requests that asked for a session to be kept, by outcome",
      SST_SAVE_UNCHANGED, SST_SAVE_FAILED },
    { "touches", "Notes in the store that a session is in use, by outcome",
      SST_TOUCH_DONE, SST_TOUCH_FAILED },
    { "conflicts", "Writes by others that came first and were merged",
      SST_CONFLICTS, SST_CONFLICTS },
    { "clashes", "Entries that two requests had changed; the later one won",
      SST_CLASHES, SST_CLASHES },
    { "purged", "Expired records that were removed in the background",
      SST_PURGED, SST_PURGED }
};

int sst_metrics_is_failure(sst_status_t status)
{
    switch (status) {
    case SST_OK:
    case SST_NOT_FOUND:
    case SST_EXPIRED:
    case SST_CONFLICT:
        return 0;
    default:
        return 1;
    }
}

/* --- Counting --- */

static meter_t *meter_of(const sst_store_t *store)
{
    return store->observer;
}

/* Processes and threads are told apart by their ids and by their stacks, each
 * of which is larger than what is cut off here.
 */
static sst_tally_t *own_tally(meter_t *meter)
{
    char here;
    apr_uintptr_t mixed = ((apr_uintptr_t) &here >> 16)
                          + (apr_uintptr_t) getpid();

    return &meter->stripes[mixed % STRIPES].tally;
}

void sst_metrics_count(const sst_store_t *store, sst_event_t event,
                       apr_uint64_t n)
{
    meter_t *meter = meter_of(store);

    if (meter != NULL && n > 0) {
        (void) apr_atomic_add64(&own_tally(meter)->events[event], n);
    }
}

static sst_event_t load_event(sst_status_t status, int candidates)
{
    switch (status) {
    case SST_OK:
        return SST_LOAD_HIT;
    case SST_NOT_FOUND:
        return SST_LOAD_MISS;
    case SST_EXPIRED:
        return SST_LOAD_EXPIRED;
    case SST_CORRUPT:
        return SST_LOAD_UNREADABLE;
    case SST_INVALID:
        return candidates > 0 ? SST_LOAD_FORGED : SST_LOAD_NONE;
    default:
        return SST_LOAD_FAILED;
    }
}

sst_event_t sst_metrics_loaded(const sst_store_t *store, sst_status_t status,
                               int candidates)
{
    sst_event_t event = load_event(status, candidates);

    sst_metrics_count(store, event, 1);
    return event;
}

static sst_event_t save_event(sst_status_t status, sst_saved_t saved)
{
    if (status != SST_OK) {
        return status == SST_TOO_BIG ? SST_SAVE_TOO_BIG : SST_SAVE_FAILED;
    }
    switch (saved) {
    case SST_SAVED_CREATED:
        return SST_SAVE_CREATED;
    case SST_SAVED_UPDATED:
        return SST_SAVE_UPDATED;
    case SST_SAVED_ROTATED:
        return SST_SAVE_ROTATED;
    case SST_SAVED_ENDED:
        return SST_SAVE_ENDED;
    case SST_SAVED_GONE:
        return SST_SAVE_GONE;
    case SST_SAVED_REFUSED:
        return SST_SAVE_REFUSED;
    case SST_SAVED_NOTHING:
    case SST_SAVED_UNCHANGED:
        break;
    }
    return SST_SAVE_UNCHANGED;
}

sst_event_t sst_metrics_saved(const sst_store_t *store, sst_status_t status,
                              const sst_outcome_t *outcome)
{
    sst_event_t event = save_event(status, outcome->saved);

    if (status != SST_OK || outcome->saved != SST_SAVED_NOTHING) {
        sst_metrics_count(store, event, 1);
    }
    if (status == SST_OK) {
        sst_metrics_count(store, SST_CONFLICTS,
                          (apr_uint64_t) outcome->conflicts);
        sst_metrics_count(store, SST_CLASHES,
                          (apr_uint64_t) outcome->clashes);
    }
    return event;
}

sst_event_t sst_metrics_touched(const sst_store_t *store, sst_status_t status)
{
    sst_event_t event = status == SST_OK ? SST_TOUCH_DONE
        : status == SST_NOT_FOUND ? SST_TOUCH_GONE : SST_TOUCH_FAILED;

    sst_metrics_count(store, event, 1);
    return event;
}

/* --- Timing --- */

static __thread apr_interval_time_t time_taken;

apr_interval_time_t sst_metrics_time_taken(void)
{
    apr_interval_time_t taken = time_taken;

    time_taken = 0;
    return taken;
}

static int bucket_of(apr_interval_time_t taken)
{
    int i = 0;

    while (i < SST_BOUNDS && taken > sst_metrics_bounds[i]) {
        i++;
    }
    return i;
}

/* Many calls find a time noted that is good enough, and write nothing. */
static void note_time(apr_uint64_t *noted, apr_time_t now)
{
    if ((apr_time_t) apr_atomic_read64(noted) + NOTE_STEP <= now) {
        apr_atomic_set64(noted, (apr_uint64_t) now);
    }
}

static sst_status_t timed(meter_t *meter, sst_op_t op, apr_time_t began_at,
                          sst_status_t status)
{
    sst_tally_t *tally = own_tally(meter);
    apr_time_t now = apr_time_now();
    apr_interval_time_t taken = now > began_at ? now - began_at : 0;

    time_taken += taken;
    (void) apr_atomic_inc64(&tally->ops[op].results[status]);
    (void) apr_atomic_inc64(&tally->ops[op].buckets[bucket_of(taken)]);
    (void) apr_atomic_add64(&tally->ops[op].time_us, (apr_uint64_t) taken);
    note_time(sst_metrics_is_failure(status) ? &tally->failed
                                             : &tally->answered, now);
    return status;
}

static sst_status_t timed_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row, apr_uint64_t min_revision,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_GET, began_at,
                 meter->inner->get(out, store, row, min_revision, deadline,
                                   err, pool));
}

static sst_status_t timed_put(sst_store_t *store, const sst_row_t *row,
                              sst_span_t value, apr_int64_t expires_s,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_PUT, began_at,
                 meter->inner->put(store, row, value, expires_s, expected,
                                   deadline, err, pool));
}

static sst_status_t timed_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_TOUCH, began_at,
                 meter->inner->touch(store, row, expires_s, deadline, err,
                                     pool));
}

static sst_status_t timed_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_REMOVE, began_at,
                 meter->inner->remove(store, row, expected, deadline, err,
                                      pool));
}

static sst_status_t timed_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_INDEX_ADD, began_at,
                 meter->inner->index_add(store, user, row, expires_s,
                                         deadline, err, pool));
}

static sst_status_t timed_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_INDEX_LIST, began_at,
                 meter->inner->index_list(out, store, user, deadline, err,
                                          pool));
}

static sst_status_t timed_index_remove(sst_store_t *store,
                                       const sst_row_t *user,
                                       const sst_row_t *row,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    meter_t *meter = meter_of(store);
    apr_time_t began_at = apr_time_now();

    return timed(meter, SST_OP_INDEX_REMOVE, began_at,
                 meter->inner->index_remove(store, user, row, deadline, err,
                                            pool));
}

/* --- Shared memory --- */

#define LIFE_PREFIX "mod_session_store:metrics:"
#define SINCE_KEY LIFE_PREFIX "since"

/* Memory for all children of this parent, to be: filled with zeros. */
static void *shared_memory(apr_size_t size, server_rec *server,
                           apr_pool_t *life)
{
    apr_shm_t *shm;
    apr_status_t os = apr_shm_create(&shm, size, NULL, life);

    if (os != APR_SUCCESS) {
        sst_report_no_metrics(server, os);
        return NULL;
    }
    return memset(apr_shm_baseaddr_get(shm), 0, size);
}

static stripe_t *stripes_of(const sst_store_t *store, server_rec *server,
                            apr_pool_t *pconf)
{
    apr_pool_t *life = server->process->pool;
    const char *key = apr_pstrcat(pconf, LIFE_PREFIX "store:", store->name,
                                  NULL);
    void *stripes = NULL;

    (void) apr_pool_userdata_get(&stripes, key, life);
    if (stripes == NULL) {
        stripes = shared_memory(STRIPES * sizeof(stripe_t), server, life);
        (void) apr_pool_userdata_set(stripes, key, NULL, life);
    }
    return stripes;
}

static void attach(sst_store_t *store, server_rec *server, apr_pool_t *pconf)
{
    stripe_t *stripes = stripes_of(store, server, pconf);
    meter_t *meter;

    if (stripes == NULL) {
        return;
    }
    meter = apr_pcalloc(pconf, sizeof(*meter));
    meter->stripes = stripes;
    meter->inner = store->ops;
    meter->ops = *store->ops;
    meter->ops.get = timed_get;
    meter->ops.put = timed_put;
    meter->ops.touch = timed_touch;
    meter->ops.remove = timed_remove;
    meter->ops.index_add = timed_index_add;
    meter->ops.index_list = timed_index_list;
    meter->ops.index_remove = timed_index_remove;
    store->observer = meter;
    store->ops = &meter->ops;
}

void sst_metrics_attach(const apr_array_header_t *stores, server_rec *server,
                        apr_pool_t *pconf)
{
    apr_pool_t *life = server->process->pool;
    int i;

    if (sst_metrics_since(server) == 0) {
        apr_time_t *since = apr_palloc(life, sizeof(*since));

        *since = apr_time_now();
        (void) apr_pool_userdata_set(since, SINCE_KEY, NULL, life);
    }
    for (i = 0; i < stores->nelts; i++) {
        attach(APR_ARRAY_IDX(stores, i, sst_store_t *), server, pconf);
    }
}

/* --- Reading --- */

apr_time_t sst_metrics_since(server_rec *server)
{
    void *since = NULL;

    (void) apr_pool_userdata_get(&since, SINCE_KEY, server->process->pool);
    return since ? *(apr_time_t *) since : 0;
}

static void add_array(apr_uint64_t *sums, apr_uint64_t *counters, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        sums[i] += apr_atomic_read64(&counters[i]);
    }
}

static void keep_latest(apr_uint64_t *latest, apr_uint64_t *noted)
{
    apr_uint64_t time = apr_atomic_read64(noted);

    if (time > *latest) {
        *latest = time;
    }
}

static void add_tally(sst_tally_t *sum, sst_tally_t *tally)
{
    int i;

    add_array(sum->events, tally->events, SST_EVENTS);
    for (i = 0; i < SST_OPS; i++) {
        add_array(sum->ops[i].results, tally->ops[i].results, SST_STATUSES);
        add_array(sum->ops[i].buckets, tally->ops[i].buckets, SST_BUCKETS);
        add_array(&sum->ops[i].time_us, &tally->ops[i].time_us, 1);
    }
    keep_latest(&sum->answered, &tally->answered);
    keep_latest(&sum->failed, &tally->failed);
}

int sst_metrics_read(sst_tally_t *out, const sst_store_t *store)
{
    meter_t *meter = meter_of(store);
    int i;

    memset(out, 0, sizeof(*out));
    if (meter == NULL) {
        return 0;
    }
    for (i = 0; i < STRIPES; i++) {
        add_tally(out, &meter->stripes[i].tally);
    }
    return 1;
}

apr_array_header_t *sst_metrics_stores(const apr_array_header_t *stores,
                                       apr_pool_t *pool)
{
    apr_array_header_t *shown = apr_array_make(pool, stores->nelts,
                                               sizeof(sst_store_t *));
    int i;
    int j;

    for (i = 0; i < stores->nelts; i++) {
        sst_store_t *store = APR_ARRAY_IDX(stores, i, sst_store_t *);

        for (j = 0; j < shown->nelts; j++) {
            if (strcmp(APR_ARRAY_IDX(shown, j, sst_store_t *)->name,
                       store->name) == 0) {
                break;
            }
        }
        if (j == shown->nelts) {
            APR_ARRAY_PUSH(shown, sst_store_t *) = store;
        }
    }
    return shown;
}

apr_uint64_t sst_metrics_op_count(const sst_op_tally_t *op)
{
    apr_uint64_t count = 0;
    int i;

    for (i = 0; i < SST_BUCKETS; i++) {
        count += op->buckets[i];
    }
    return count;
}

apr_interval_time_t sst_metrics_quantile(const sst_op_tally_t *op,
                                         int per_mille)
{
    apr_uint64_t count = sst_metrics_op_count(op);
    apr_uint64_t wanted = (count * (apr_uint64_t) per_mille + 999) / 1000;
    apr_uint64_t seen = 0;
    int i;

    if (count == 0) {
        return 0;
    }
    for (i = 0; i < SST_BOUNDS; i++) {
        seen += op->buckets[i];
        if (seen >= wanted) {
            return sst_metrics_bounds[i];
        }
    }
    return -1;
}
