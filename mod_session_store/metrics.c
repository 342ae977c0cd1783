/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Counters in shared memory. */

#include "config.h"

#include "mod_session_store/metrics.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_shm.h>
#include <apr_strings.h>

#include "mod_session_store/meter.h"
#include "mod_session_store/report.h"

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
        "self", "limit",
        "", "", "", "", "", "", "", ""
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
    { "revoked", "Live sessions that a request of another session has ended",
      SST_REVOKED_SELF, SST_REVOKED_LIMIT },
    { "conflicts", "Writes by others that came first and were merged",
      SST_CONFLICTS, SST_CONFLICTS },
    { "clashes", "Entries that two requests had changed; the later one won",
      SST_CLASHES, SST_CLASHES },
    { "purged", "Expired records that were removed in the background",
      SST_PURGED, SST_PURGED },
    { "waits", "Requests that had to wait for a connection to become free",
      SST_WAITS, SST_WAITS },
    { "retries", "Attempts beyond the first that calls of a service took",
      SST_RETRIES, SST_RETRIES },
    { "throttled", "Attempts that a service refused because of their number",
      SST_THROTTLED, SST_THROTTLED }
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

sst_meter_t *sst_meter_of(const sst_store_t *store)
{
    return store->observer;
}

/* Processes and threads are told apart by their ids and by their stacks, each
 * of which is larger than what is cut off here.
 */
sst_tally_t *sst_meter_tally(sst_meter_t *meter)
{
    char here = '\0';
    apr_uintptr_t mixed = ((apr_uintptr_t) &here >> 16) + meter->pid;

    return &meter->memory->stripes[mixed % SST_STRIPES].tally;
}

void sst_metrics_count(const sst_store_t *store, sst_event_t event,
                       apr_uint64_t n)
{
    sst_meter_t *meter = sst_meter_of(store);

    if (meter != NULL && n > 0) {
        (void) apr_atomic_add64(&sst_meter_tally(meter)->events[event], n);
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
    if (outcome->displaced != NULL) {
        sst_metrics_count(store, SST_REVOKED_LIMIT,
                          (apr_uint64_t) outcome->displaced->nelts);
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

/* --- Shared memory --- */

/* In the parent's pool, each for modules of the same layout alone. */
#define LIFE_PREFIX "mod_session_store:metrics:layout " SST_METER_LAYOUT \
    " of %" APR_SIZE_T_FMT ":"
#define SINCE_KEY_ROOM 80

static void since_key(char out[SINCE_KEY_ROOM])
{
    (void) apr_snprintf(out, SINCE_KEY_ROOM, LIFE_PREFIX "since",
                        sizeof(sst_meter_memory_t));
}

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

static sst_meter_memory_t *memory_of(const sst_store_t *store,
                                     server_rec *server, apr_pool_t *pconf)
{
    apr_pool_t *life = server->process->pool;
    const char *key = apr_psprintf(pconf, LIFE_PREFIX "store:%s",
                                   sizeof(sst_meter_memory_t), store->name);
    void *memory = NULL;

    (void) apr_pool_userdata_get(&memory, key, life);
    if (memory == NULL) {
        memory = shared_memory(sizeof(sst_meter_memory_t), server, life);
        (void) apr_pool_userdata_set(memory, key, NULL, life);
    }
    return memory;
}

static void attach(sst_store_t *store, server_rec *server, apr_pool_t *pconf)
{
    sst_meter_memory_t *memory = memory_of(store, server, pconf);
    sst_meter_t *meter;

    if (memory == NULL) {
        return;
    }
    meter = apr_pcalloc(pconf, sizeof(*meter));
    meter->memory = memory;
    meter->store = store;
    meter->inner = store->ops;
    sst_meter_time_ops(store, meter);
}

void sst_metrics_attach(const apr_array_header_t *stores, server_rec *server,
                        apr_pool_t *pconf)
{
    apr_pool_t *life = server->process->pool;
    char key[SINCE_KEY_ROOM];
    int i;

    if (sst_metrics_since(server) == 0) {
        apr_time_t *since = apr_palloc(life, sizeof(*since));

        *since = apr_time_now();
        since_key(key);
        (void) apr_pool_userdata_set(since, key, NULL, life);
    }
    for (i = 0; i < stores->nelts; i++) {
        attach(APR_ARRAY_IDX(stores, i, sst_store_t *), server, pconf);
    }
}

void sst_metrics_behind(const sst_store_t *store, sst_store_t *inner)
{
    sst_meter_t *meter = sst_meter_of(store);

    if (meter != NULL) {
        meter->store = inner;
    }
}

/* --- Reading --- */

apr_time_t sst_metrics_since(server_rec *server)
{
    char key[SINCE_KEY_ROOM];
    void *since = NULL;

    since_key(key);
    (void) apr_pool_userdata_get(&since, key, server->process->pool);
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
    sst_meter_t *meter = sst_meter_of(store);
    int i;

    memset(out, 0, sizeof(*out));
    if (meter == NULL) {
        return 0;
    }
    for (i = 0; i < SST_STRIPES; i++) {
        add_tally(out, &meter->memory->stripes[i].tally);
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
