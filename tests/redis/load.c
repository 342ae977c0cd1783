/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Load: threads that each own one session, read it and save it, and hold what
 * they find against what was acknowledged. Each failure is told at once, as
 *
 *   event  status  microseconds  start(us) thread operation text
 *
 * with the operation "lost" for an acknowledged write that is not there, and
 * "logout" for a session that is gone.
 */

#include "tests/redis/probe.h"

#include <stdio.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define VALUE_SIZE 2048
#define LIFE_S 3600

typedef struct worker_t {
    load_t *load;
    apr_thread_t *thread;
    int number;
    int rows;                   /* how many it has tried to create */
    sst_row_t row;
    sst_version_t acked;        /* the last write that was acknowledged */
    sst_version_t current;      /* what was read last, to be replaced */
    apr_uint64_t reads;
    apr_uint64_t saves;
    apr_uint64_t failures;
    apr_uint64_t lost;
    apr_uint64_t logouts;
    apr_uint64_t conflicts;
    apr_time_t longest;
} worker_t;

struct load_t {
    sst_store_t *store;
    apr_int64_t pause_us;
    volatile apr_uint32_t stopping;
    int count;
    worker_t *workers;
};

static void tell(worker_t *worker, const char *operation, sst_status_t status,
                 apr_time_t start, const char *text)
{
    printf("event\t%s\t%" APR_TIME_T_FMT "\t%" APR_TIME_T_FMT " %d %s %s\n",
           sst_status_name(status), apr_time_now() - start, start,
           worker->number, operation, text);
    fflush(stdout);
}

static void note_time(worker_t *worker, apr_time_t start)
{
    apr_time_t took = apr_time_now() - start;

    if (took > worker->longest) {
        worker->longest = took;
    }
}

/* 1 when the version may be there: the one that was acknowledged, or a later
 * one of ours whose outcome was not known. (To read that does not make it an
 * acknowledged one: the next read may find it gone.)
 */
static int is_known(const worker_t *worker, const sst_version_t *found)
{
    return found->revision > worker->acked.revision
        || sst_version_equal(found, &worker->acked);
}

static void save(worker_t *worker, const sst_version_t *expected,
                 apr_pool_t *pool)
{
    sst_store_t *store = worker->load->store;
    apr_time_t start = apr_time_now();
    sst_version_t version;
    sst_span_t value;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = probe_value(&value, &version,
                         expected ? expected->revision + 1 : 1, VALUE_SIZE,
                         &err, pool);
    if (status == SST_OK) {
        status = store->ops->put(store, &worker->row, value,
                                 apr_time_sec(start) + LIFE_S, expected,
                                 start + store->timeout, &err, pool);
    }
    note_time(worker, start);
    if (status == SST_OK) {
        worker->saves++;
        worker->acked = version;
        worker->current = version;
        return;
    }
    if (status == SST_CONFLICT) {
        worker->conflicts++;
    }
    else {
        worker->failures++;
    }
    tell(worker, "save", status, start, err.text);
}

static void judge(worker_t *worker, sst_status_t status,
                  const sst_value_t *value, apr_time_t start,
                  const sst_error_t *err, apr_pool_t *pool)
{
    if (status == SST_OK && is_known(worker, &value->version)) {
        worker->reads++;
    }
    else if (status == SST_OK) {
        worker->lost++;
        tell(worker, "lost", status, start,
             apr_psprintf(pool, "%" APR_UINT64_T_FMT " is there, %"
                          APR_UINT64_T_FMT " was acknowledged",
                          value->version.revision,
                          worker->acked.revision));
        worker->acked = value->version;
    }
    else if (status == SST_NOT_FOUND) {
        worker->logouts++;
        tell(worker, "logout", status, start, "");
    }
    else {
        worker->failures++;
        tell(worker, "get", status, start, err->text);
    }
}

static void turn(worker_t *worker, apr_pool_t *pool)
{
    sst_store_t *store = worker->load->store;
    apr_time_t start = apr_time_now();
    sst_value_t value;
    sst_error_t err;
    sst_status_t status;

    if (worker->acked.revision == 0) {
        /* Another id for each attempt, as a session has: one whose answer was
         * lost may be there.
         */
        probe_row(&worker->row, apr_psprintf(pool, "load %d.%d",
                                             worker->number, worker->rows++));
        save(worker, NULL, pool);
        return;
    }
    sst_error_clear(&err);
    status = store->ops->get(&value, store, &worker->row, 0,
                             start + store->timeout, &err, pool);
    note_time(worker, start);
    judge(worker, status, &value, start, &err, pool);
    if (status == SST_OK) {
        worker->current = value.version;
        save(worker, &worker->current, pool);
    }
}

static void *APR_THREAD_FUNC worker_main(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, apr_thread_pool_get(thread)) != APR_SUCCESS) {
        return NULL;
    }
    while (!apr_atomic_read32(&worker->load->stopping)) {
        apr_pool_clear(pool);
        turn(worker, pool);
        apr_sleep(worker->load->pause_us);
    }
    return NULL;
}

load_t *load_start(sst_store_t *store, int count, apr_int64_t pause_us,
                   apr_pool_t *pool)
{
    load_t *load = apr_pcalloc(pool, sizeof(*load));
    int i;

    load->store = store;
    load->pause_us = pause_us;
    load->count = count;
    load->workers = apr_pcalloc(pool, (apr_size_t) count
                                      * sizeof(*load->workers));
    for (i = 0; i < count; i++) {
        worker_t *worker = &load->workers[i];

        worker->load = load;
        worker->number = i;
        apr_thread_create(&worker->thread, NULL, worker_main, worker, pool);
    }
    return load;
}

const char *load_stop(load_t *load, apr_pool_t *pool)
{
    worker_t sum;
    apr_status_t result;
    int i;

    memset(&sum, 0, sizeof(sum));
    apr_atomic_set32(&load->stopping, 1);
    for (i = 0; i < load->count; i++) {
        const worker_t *worker = &load->workers[i];

        apr_thread_join(&result, worker->thread);
        sum.reads += worker->reads;
        sum.saves += worker->saves;
        sum.failures += worker->failures;
        sum.lost += worker->lost;
        sum.logouts += worker->logouts;
        sum.conflicts += worker->conflicts;
        if (worker->longest > sum.longest) {
            sum.longest = worker->longest;
        }
    }
    return apr_psprintf(pool, "reads=%" APR_UINT64_T_FMT " saves=%"
                        APR_UINT64_T_FMT " failures=%" APR_UINT64_T_FMT
                        " lost=%" APR_UINT64_T_FMT " logouts=%"
                        APR_UINT64_T_FMT " conflicts=%" APR_UINT64_T_FMT
                        " longest=%" APR_TIME_T_FMT, sum.reads, sum.saves,
                        sum.failures, sum.lost, sum.logouts, sum.conflicts,
                        sum.longest);
}
