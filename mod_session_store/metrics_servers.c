/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What each server of a store takes: a table of bounded size in shared memory,
 * for servers that come and go.
 *
 * Each process keeps the times of its own servers, and adds them here once a
 * second at most, behind a request: so nobody who waits for a server looks a
 * name up, and no lock is needed. Two processes that meet a new server at the
 * same time may take a slot each; whoever reads adds them up. A process that is
 * killed while it writes a name leaves a slot that nobody uses.
 */

#include "mod_session_store/meter.h"

#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#define FORGOTTEN_S 3600

/* --- Adding --- */

static int is_silent(sst_server_slot_t *slot, apr_uint32_t now_s)
{
    return apr_atomic_read32(&slot->told_s) + FORGOTTEN_S < now_s;
}

static int has_name(sst_server_slot_t *slot, const char *name)
{
    return apr_atomic_read32(&slot->state) == SST_SLOT_READY
        && strncmp(slot->name, name, SST_SERVER_NAME - 1) == 0;
}

static sst_server_slot_t *find_slot(sst_meter_memory_t *memory,
                                    const char *name)
{
    int i;

    for (i = 0; i < SST_SERVERS; i++) {
        if (has_name(&memory->servers[i], name)) {
            return &memory->servers[i];
        }
    }
    return NULL;
}

/* The slot, if it was in `state` and is ours now. */
static int take_slot(sst_server_slot_t *slot, sst_slot_state_t state,
                     const char *name, apr_uint32_t now_s)
{
    if (apr_atomic_cas32(&slot->state, SST_SLOT_TAKEN, state) != state) {
        return 0;
    }
    memset(&slot->times, 0, sizeof(slot->times));
    apr_cpystrn(slot->name, name, SST_SERVER_NAME);
    apr_atomic_set32(&slot->told_s, now_s);
    apr_atomic_set32(&slot->state, SST_SLOT_READY);
    return 1;
}

static sst_server_slot_t *new_slot(sst_meter_memory_t *memory,
                                   const char *name, apr_uint32_t now_s)
{
    int i;

    for (i = 0; i < SST_SERVERS; i++) {
        if (take_slot(&memory->servers[i], SST_SLOT_FREE, name, now_s)) {
            return &memory->servers[i];
        }
    }
    for (i = 0; i < SST_SERVERS; i++) {
        if (is_silent(&memory->servers[i], now_s)
            && take_slot(&memory->servers[i], SST_SLOT_READY, name, now_s)) {
            return &memory->servers[i];
        }
    }
    return NULL;
}

void sst_meter_add_server(sst_meter_t *meter,
                          const sst_server_times_t *server,
                          apr_uint32_t now_s)
{
    sst_server_slot_t *slot = find_slot(meter->memory, server->name);
    const sst_times_t *times = &server->times;
    int i;

    if (slot == NULL) {
        slot = new_slot(meter->memory, server->name, now_s);
    }
    if (slot == NULL) {
        return;
    }
    apr_atomic_set32(&slot->told_s, now_s);
    (void) apr_atomic_add64(&slot->times.failed, times->failed);
    (void) apr_atomic_add64(&slot->times.total_us, times->total_us);
    for (i = 0; i < SST_BUCKETS; i++) {
        if (times->buckets[i] > 0) {
            (void) apr_atomic_add64(&slot->times.buckets[i],
                                    times->buckets[i]);
        }
    }
}

/* --- Reading --- */

/* The sum of that name, which is added if it is not there yet. */
static sst_times_t *sum_of(apr_array_header_t *sums, const char *name)
{
    sst_server_times_t *sum;
    int i;

    for (i = 0; i < sums->nelts; i++) {
        sum = &APR_ARRAY_IDX(sums, i, sst_server_times_t);
        if (strcmp(sum->name, name) == 0) {
            return &sum->times;
        }
    }
    sum = apr_array_push(sums);
    memset(sum, 0, sizeof(*sum));
    sum->name = apr_pstrndup(sums->pool, name, SST_SERVER_NAME - 1);
    return &sum->times;
}

static void add_times(sst_times_t *sum, sst_times_t *times)
{
    int i;

    sum->failed += apr_atomic_read64(&times->failed);
    sum->total_us += apr_atomic_read64(&times->total_us);
    for (i = 0; i < SST_BUCKETS; i++) {
        sum->buckets[i] += apr_atomic_read64(&times->buckets[i]);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const sst_server_times_t *) a)->name,
                  ((const sst_server_times_t *) b)->name);
}

apr_array_header_t *sst_metrics_servers(const sst_store_t *store,
                                        apr_pool_t *pool)
{
    apr_array_header_t *sums = apr_array_make(pool, 8,
                                              sizeof(sst_server_times_t));
    apr_uint32_t now_s = (apr_uint32_t) apr_time_sec(apr_time_now());
    sst_meter_t *meter = sst_meter_of(store);
    int i;

    for (i = 0; meter != NULL && i < SST_SERVERS; i++) {
        sst_server_slot_t *slot = &meter->memory->servers[i];

        if (apr_atomic_read32(&slot->state) == SST_SLOT_READY
            && !is_silent(slot, now_s)) {
            add_times(sum_of(sums, slot->name), &slot->times);
        }
    }
    qsort(sums->elts, (size_t) sums->nelts, sizeof(sst_server_times_t),
          by_name);
    return sums;
}
