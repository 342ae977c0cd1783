/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What each process has open to servers, told to the others. */

#include "mod_session_store/meter.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_atomic.h>

#define LATELY_S 600    /* whoever has told nothing for longer is not shown */

/* A process that was killed leaves its place taken. */
static int is_alive(apr_uint32_t pid)
{
    return kill((pid_t) pid, 0) == 0 || errno != ESRCH;
}

/* A place in the table for this process, or NULL. */
static sst_process_t *take_place(sst_meter_memory_t *memory)
{
    apr_uint32_t own = (apr_uint32_t) getpid();
    int i;

    for (i = 0; i < SST_PROCESSES; i++) {
        sst_process_t *place = &memory->processes[i];
        apr_uint32_t pid = apr_atomic_read32(&place->pid);

        if ((pid == 0 || !is_alive(pid))
            && apr_atomic_cas32(&place->pid, own, pid) == pid) {
            apr_atomic_set32(&place->told_s, 0);
            memset(&place->usage, 0, sizeof(place->usage));
            return place;
        }
    }
    return NULL;
}

static apr_status_t leave_place(void *data)
{
    sst_process_t *place = data;

    apr_atomic_set32(&place->told_s, 0);
    apr_atomic_set32(&place->pid, 0);
    return APR_SUCCESS;
}

void sst_metrics_child(const apr_array_header_t *stores, apr_pool_t *pchild)
{
    int i;

    for (i = 0; i < stores->nelts; i++) {
        sst_meter_t *meter = sst_meter_of(APR_ARRAY_IDX(stores, i,
                                                        sst_store_t *));

        if (meter != NULL) {
            meter->pid = (apr_uint32_t) getpid();
        }
        if (meter != NULL && meter->inner->usage != NULL) {
            meter->own = take_place(meter->memory);
        }
        if (meter != NULL && meter->own != NULL) {
            apr_pool_cleanup_register(pchild, meter->own, leave_place,
                                      apr_pool_cleanup_null);
        }
    }
}

/* Those that were not told of yet. A thread that was held up may come with
 * fewer than have been told.
 */
static void count_waits(const sst_store_t *store, apr_uint32_t waits,
                        apr_uint32_t told)
{
    if (waits > told) {
        sst_metrics_count(store, SST_WAITS, waits - told);
    }
}

static void tell_spent(sst_store_t *store, sst_meter_t *meter,
                       apr_uint32_t now_s, apr_pool_t *pool)
{
    sst_spent_t spent;
    int i;

    meter->inner->spent(&spent, meter->store, pool);
    sst_metrics_count(store, SST_RETRIES, spent.retries);
    sst_metrics_count(store, SST_THROTTLED, spent.throttled);
    sst_metrics_count(store, SST_READ_MILLI, spent.read_milli);
    sst_metrics_count(store, SST_WRITE_MILLI, spent.write_milli);
    for (i = 0; i < spent.servers->nelts; i++) {
        sst_meter_add_server(meter, &APR_ARRAY_IDX(spent.servers, i,
                                                   sst_server_times_t),
                             now_s);
    }
}

void sst_metrics_tell(sst_store_t *store, apr_pool_t *pool)
{
    sst_meter_t *meter = sst_meter_of(store);
    apr_uint32_t now_s = (apr_uint32_t) apr_time_sec(apr_time_now());
    sst_usage_t usage;

    if (meter == NULL || meter->own == NULL
        || apr_atomic_xchg32(&meter->own->told_s, now_s) == now_s) {
        return;
    }
    meter->inner->usage(&usage, meter->store, pool);
    count_waits(store, usage.waits, apr_atomic_xchg32(
        &meter->own->usage.waits, usage.waits));
    apr_atomic_set32(&meter->own->usage.servers, usage.servers);
    apr_atomic_set32(&meter->own->usage.left_alone, usage.left_alone);
    apr_atomic_set32(&meter->own->usage.connections_max,
                     usage.connections_max);
    apr_atomic_set32(&meter->own->usage.connections_open,
                     usage.connections_open);
    apr_atomic_set32(&meter->own->usage.connections_used,
                     usage.connections_used);
    tell_spent(store, meter, now_s, pool);
}

/* Of a server that one process leaves alone and another one asks, the worse is
 * shown; connections are summed.
 */
static void add_usage(sst_usage_t *sum, sst_usage_t *usage)
{
    apr_uint32_t servers = apr_atomic_read32(&usage->servers);
    apr_uint32_t left_alone = apr_atomic_read32(&usage->left_alone);

    sum->servers = servers > sum->servers ? servers : sum->servers;
    sum->left_alone = left_alone > sum->left_alone ? left_alone
                                                   : sum->left_alone;
    sum->connections_max += apr_atomic_read32(&usage->connections_max);
    sum->connections_open += apr_atomic_read32(&usage->connections_open);
    sum->connections_used += apr_atomic_read32(&usage->connections_used);
}

int sst_metrics_usage(sst_usage_t *out, int *processes,
                      const sst_store_t *store)
{
    sst_meter_t *meter = sst_meter_of(store);
    apr_uint32_t now_s = (apr_uint32_t) apr_time_sec(apr_time_now());
    int i;

    memset(out, 0, sizeof(*out));
    *processes = 0;
    if (meter == NULL || meter->inner->usage == NULL) {
        return 0;
    }
    for (i = 0; i < SST_PROCESSES; i++) {
        sst_process_t *place = &meter->memory->processes[i];
        apr_uint32_t pid = apr_atomic_read32(&place->pid);

        if (pid != 0 && apr_atomic_read32(&place->told_s) + LATELY_S > now_s
            && is_alive(pid)) {
            add_usage(out, &place->usage);
            (*processes)++;
        }
    }
    return 1;
}
