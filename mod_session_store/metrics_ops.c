/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store's operations, timed and counted by their answers. */

#include "mod_session_store/meter.h"

#include <apr_atomic.h>

#include "lib/clock.h"

#define NOTE_STEP apr_time_from_msec(10)    /* between two notes of a time */

static __thread apr_interval_time_t thread_time;

apr_interval_time_t sst_metrics_thread_time(void)
{
    return thread_time;
}

/* Many calls find a time noted that is good enough, and write nothing. */
static void note_time(apr_uint64_t *noted, apr_time_t now)
{
    if ((apr_time_t) apr_atomic_read64(noted) + NOTE_STEP <= now) {
        apr_atomic_set64(noted, (apr_uint64_t) now);
    }
}

static sst_status_t timed(sst_meter_t *meter, sst_op_t op, apr_time_t began_at,
                          sst_status_t status)
{
    sst_tally_t *tally = sst_meter_tally(meter);
    apr_interval_time_t taken = sst_clock() - began_at;

    thread_time += taken;
    (void) apr_atomic_inc64(&tally->ops[op].results[status]);
    (void) apr_atomic_inc64(&tally->ops[op].buckets[sst_times_bucket(taken)]);
    (void) apr_atomic_add64(&tally->ops[op].time_us, (apr_uint64_t) taken);
    note_time(sst_metrics_is_failure(status) ? &tally->failed
                                             : &tally->answered,
              apr_time_now());
    return status;
}

static sst_status_t timed_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row, apr_uint64_t min_revision,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

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
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

    return timed(meter, SST_OP_PUT, began_at,
                 meter->inner->put(store, row, value, expires_s, expected,
                                   deadline, err, pool));
}

static sst_status_t timed_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

    return timed(meter, SST_OP_TOUCH, began_at,
                 meter->inner->touch(store, row, expires_s, deadline, err,
                                     pool));
}

static sst_status_t timed_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

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
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

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
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

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
    sst_meter_t *meter = sst_meter_of(store);
    apr_time_t began_at = sst_clock();

    return timed(meter, SST_OP_INDEX_REMOVE, began_at,
                 meter->inner->index_remove(store, user, row, deadline, err,
                                            pool));
}

void sst_meter_time_ops(sst_store_t *store, sst_meter_t *meter)
{
    meter->ops = *meter->inner;
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
