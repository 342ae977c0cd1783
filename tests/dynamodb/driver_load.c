/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Many threads on one record. */

#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "tests/dynamodb/driver.h"

#define LIFE_S 3600

/* What the threads share; the counters are guarded by the mutex. */
typedef struct crowd_t {
    sst_store_t *store;
    sst_row_t row;
    apr_int64_t timeout_ms;
    apr_time_t until;
    int todo;
    int calls;
    int conflicts;
    int failures;
    apr_interval_time_t longest;
    char first[SST_ERROR_TEXT_MAX];
    apr_thread_mutex_t *mutex;
} crowd_t;

static apr_time_t deadline(const crowd_t *crowd)
{
    return sst_clock() + apr_time_from_msec(crowd->timeout_ms);
}

static apr_int64_t expires_s(void)
{
    return apr_time_sec(apr_time_now()) + LIFE_S;
}

static void note_call(crowd_t *crowd, sst_status_t status,
                      const sst_error_t *err, apr_time_t begun)
{
    apr_interval_time_t took = apr_time_now() - begun;

    (void) apr_thread_mutex_lock(crowd->mutex);
    crowd->calls++;
    if (took > crowd->longest) {
        crowd->longest = took;
    }
    if (status == SST_CONFLICT) {
        crowd->conflicts++;
    }
    else if (status != SST_OK) {
        if (crowd->failures == 0) {
            apr_cpystrn(crowd->first, err->status != SST_OK
                        ? err->text : sst_status_name(status),
                        sizeof(crowd->first));
        }
        crowd->failures++;
    }
    (void) apr_thread_mutex_unlock(crowd->mutex);
}

static int take_one(crowd_t *crowd)
{
    int taken;

    (void) apr_thread_mutex_lock(crowd->mutex);
    taken = crowd->todo > 0;
    crowd->todo -= taken;
    (void) apr_thread_mutex_unlock(crowd->mutex);
    return taken;
}

static apr_uint64_t count_of(const sst_value_t *value)
{
    sst_reader_t reader = sst_reader(value->bytes);

    (void) sst_read_bytes(&reader, SST_VERSION_LEN);
    return sst_read_u64(&reader);
}

static sst_status_t get(sst_value_t *out, crowd_t *crowd,
                        apr_uint64_t revision, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = crowd->store->ops->get(out, crowd->store, &crowd->row, revision,
                                    deadline(crowd), &err, pool);
    note_call(crowd, status, &err, begun);
    return status;
}

static sst_status_t put(crowd_t *crowd, const sst_version_t *expected,
                        apr_uint64_t count, apr_pool_t *pool)
{
    apr_time_t begun = apr_time_now();
    unsigned char bytes[8];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));
    sst_version_t version;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    sst_write_u64(&writer, count);
    version.revision = expected != NULL ? expected->revision + 1 : 1;
    status = sst_random(version.token, sizeof(version.token), &err);
    if (status == SST_OK) {
        status = crowd->store->ops->put(
            crowd->store, &crowd->row,
            driver_value(&version, sst_written(&writer), pool), expires_s(),
            expected, deadline(crowd), &err, pool);
    }
    note_call(crowd, status, &err, begun);
    return status;
}

/* One more: read and write until it is in. A failure ends it. */
static void increment(crowd_t *crowd, apr_pool_t *pool)
{
    sst_status_t status = SST_CONFLICT;
    sst_value_t value;

    while (status == SST_CONFLICT) {
        status = get(&value, crowd, 1, pool);
        if (status == SST_OK) {
            status = put(crowd, &value.version, count_of(&value) + 1, pool);
        }
    }
}

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    apr_pool_t *pool;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    while (take_one(data)) {
        increment(data, pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void *APR_THREAD_FUNC browse(apr_thread_t *thread, void *data)
{
    crowd_t *crowd = data;
    apr_time_t begun;
    sst_value_t value;
    apr_pool_t *pool;
    sst_error_t err;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return NULL;
    }
    while (apr_time_now() < crowd->until) {
        (void) get(&value, crowd, 1, pool);
        begun = apr_time_now();
        sst_error_clear(&err);
        note_call(crowd,
                  crowd->store->ops->touch(crowd->store, &crowd->row,
                                           expires_s(), deadline(crowd), &err,
                                           pool), &err, begun);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void run(crowd_t *crowd, apr_thread_start_t what, int threads,
                apr_pool_t *pool)
{
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): it holds pointers */
    apr_size_t size = (apr_size_t) threads * sizeof(apr_thread_t *);
    apr_thread_t **all = apr_pcalloc(pool, size);
    apr_status_t rv;
    int i;

    for (i = 0; i < threads; i++) {
        if (apr_thread_create(&all[i], NULL, what, crowd, pool)
            != APR_SUCCESS) {
            all[i] = NULL;
        }
    }
    for (i = 0; i < threads; i++) {
        if (all[i] != NULL) {
            (void) apr_thread_join(&rv, all[i]);
        }
    }
}

static json_t *report(const crowd_t *crowd, apr_int64_t count)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:s, s:I, s:I}", "status", "ok",
                     "calls", crowd->calls, "conflicts", crowd->conflicts,
                     "failures", crowd->failures, "first", crowd->first,
                     "longest_ms",
                     (json_int_t) apr_time_as_msec(crowd->longest),
                     "count", (json_int_t) count);
}

static void crowd_init(crowd_t *crowd, sst_store_t *store,
                       const sst_row_t *row, apr_int64_t timeout_ms,
                       apr_pool_t *pool)
{
    memset(crowd, 0, sizeof(*crowd));
    crowd->store = store;
    crowd->row = *row;
    crowd->timeout_ms = timeout_ms;
    (void) apr_thread_mutex_create(&crowd->mutex, APR_THREAD_MUTEX_DEFAULT,
                                   pool);
}

json_t *driver_hammer(sst_store_t *store, const sst_row_t *row, int threads,
                      int updates, apr_int64_t timeout_ms, apr_pool_t *pool)
{
    crowd_t crowd;
    sst_value_t value;
    apr_int64_t count = -1;

    crowd_init(&crowd, store, row, timeout_ms, pool);
    if (put(&crowd, NULL, 0, pool) == SST_OK) {
        crowd.todo = updates;
        run(&crowd, hammer, threads, pool);
    }
    if (get(&value, &crowd, 1, pool) == SST_OK) {
        count = (apr_int64_t) count_of(&value);
    }
    return report(&crowd, count);
}

json_t *driver_load(sst_store_t *store, const sst_row_t *row, int threads,
                    apr_int64_t ms, apr_int64_t timeout_ms, apr_pool_t *pool)
{
    crowd_t crowd;

    crowd_init(&crowd, store, row, timeout_ms, pool);
    crowd.until = apr_time_now() + apr_time_from_msec(ms);
    run(&crowd, browse, threads, pool);
    return report(&crowd, -1);
}
