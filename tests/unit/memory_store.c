/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store in the process's memory, for tests. */

#include "tests/unit/memory_store.h"

#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "lib/clock.h"

typedef struct record_t {
    sst_row_t row;
    unsigned char *bytes;       /* from malloc: values come and go */
    apr_size_t len;
    apr_int64_t expires_s;
} record_t;

/* An entry of the user index; the hash's key is both rows together. */
typedef struct entry_t {
    sst_row_t user;
    sst_row_t row;
    apr_int64_t expires_s;
} entry_t;

typedef struct fault_t {
    sst_memory_op_t op;
    int nth;                    /* calls left until it strikes, 0 = always */
    sst_status_t status;        /* SST_OK: no fault */
    sst_memory_when_t when;
} fault_t;

typedef struct memory_t {
    apr_thread_mutex_t *mutex;  /* guards everything below */
    apr_hash_t *records;        /* sst_row_t to record_t */
    apr_hash_t *entries;        /* user and row to entry_t */
    int calls[SST_MEMORY_OPS];
    fault_t fault;
    sst_memory_hook_t *hook;
    void *hook_baton;
    int in_hook;
} memory_t;

static void lock(memory_t *memory)
{
    (void) apr_thread_mutex_lock(memory->mutex);
}

static void unlock(memory_t *memory)
{
    (void) apr_thread_mutex_unlock(memory->mutex);
}

/* --- Counting and failing --- */

/* Counts a call and answers the fault that strikes it: status SST_OK when
 * there is none.
 */
static fault_t count_call(memory_t *memory, sst_memory_op_t op)
{
    fault_t none = { SST_MEMORY_ANY, 0, SST_OK, SST_MEMORY_BEFORE };
    fault_t *fault = &memory->fault;
    fault_t struck = none;

    lock(memory);
    memory->calls[op]++;
    if (fault->status != SST_OK
        && (fault->op == op || fault->op == SST_MEMORY_ANY)) {
        if (fault->nth <= 1) {
            struck = *fault;
        }
        if (fault->nth == 1) {
            *fault = none;
        }
        else if (fault->nth > 1) {
            fault->nth--;
        }
    }
    unlock(memory);
    return struck;
}

/* The same for a call with a deadline, which may have passed by `now`. */
static fault_t count_timed(memory_t *memory, sst_memory_op_t op,
                           apr_time_t now, apr_time_t deadline)
{
    fault_t late = { op, 1, SST_TIMEOUT, SST_MEMORY_BEFORE };
    fault_t struck = count_call(memory, op);

    return struck.status == SST_OK && now >= deadline ? late : struck;
}

static int strikes_before(const fault_t *fault)
{
    return fault->status != SST_OK && fault->when == SST_MEMORY_BEFORE;
}

/* The answer of a call that is over: the fault's, if there is one. */
static sst_status_t answer(const fault_t *fault, sst_status_t status,
                           sst_error_t *err)
{
    if (fault->status == SST_OK) {
        return status;
    }
    return sst_error_set(err, fault->status, APR_SUCCESS, "injected failure");
}

int sst_memory_calls(sst_store_t *store, sst_memory_op_t op)
{
    memory_t *memory = store->impl;
    int sum = 0;
    int i;

    lock(memory);
    for (i = 0; i < SST_MEMORY_OPS; i++) {
        sum += op == SST_MEMORY_ANY || op == (sst_memory_op_t) i
               ? memory->calls[i] : 0;
    }
    unlock(memory);
    return sum;
}

void sst_memory_calls_reset(sst_store_t *store)
{
    memory_t *memory = store->impl;

    lock(memory);
    memset(memory->calls, 0, sizeof(memory->calls));
    unlock(memory);
}

void sst_memory_fail(sst_store_t *store, sst_memory_op_t op, int nth,
                     sst_status_t status, sst_memory_when_t when)
{
    memory_t *memory = store->impl;

    lock(memory);
    memory->fault.op = op;
    memory->fault.nth = nth;
    memory->fault.status = status;
    memory->fault.when = when;
    unlock(memory);
}

void sst_memory_heal(sst_store_t *store)
{
    sst_memory_fail(store, SST_MEMORY_ANY, 0, SST_OK, SST_MEMORY_BEFORE);
}

void sst_memory_before_put(sst_store_t *store, sst_memory_hook_t *hook,
                           void *baton)
{
    memory_t *memory = store->impl;

    lock(memory);
    memory->hook = hook;
    memory->hook_baton = baton;
    unlock(memory);
}

static void run_hook(memory_t *memory, sst_store_t *store,
                     const sst_row_t *row)
{
    sst_memory_hook_t *hook;

    lock(memory);
    hook = memory->in_hook ? NULL : memory->hook;
    if (hook != NULL) {
        memory->in_hook = 1;
    }
    unlock(memory);
    if (hook == NULL) {
        return;
    }
    hook(memory->hook_baton, store, row);
    lock(memory);
    memory->in_hook = 0;
    unlock(memory);
}

/* --- Life --- */

static apr_status_t free_records(void *data)
{
    memory_t *memory = data;
    apr_hash_index_t *i;

    for (i = apr_hash_first(NULL, memory->records); i != NULL;
         i = apr_hash_next(i)) {
        record_t *record = apr_hash_this_val(i);

        free(record->bytes);
        free(record);
    }
    for (i = apr_hash_first(NULL, memory->entries); i != NULL;
         i = apr_hash_next(i)) {
        free(apr_hash_this_val(i));
    }
    return APR_SUCCESS;
}

static sst_status_t memory_open(sst_store_t *store, sst_error_t *err,
                                apr_pool_t *pool)
{
    memory_t *memory = apr_pcalloc(pool, sizeof(*memory));
    apr_status_t rv = apr_thread_mutex_create(&memory->mutex,
                                              APR_THREAD_MUTEX_DEFAULT, pool);
    apr_pool_t *own;

    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv, "no mutex");
    }
    /* A pool of its own: the tables grow under our mutex, while the caller's
     * pool belongs to the caller's thread.
     */
    apr_pool_create(&own, pool);
    memory->records = apr_hash_make(own);
    memory->entries = apr_hash_make(own);
    apr_pool_cleanup_register(own, memory, free_records,
                              apr_pool_cleanup_null);
    store->impl = memory;
    return SST_OK;
}

static sst_status_t memory_prepare(sst_store_t *store, apr_uid_t uid,
                                   apr_gid_t gid, sst_error_t *err,
                                   apr_pool_t *pool)
{
    fault_t fault = count_call(store->impl, SST_MEMORY_PREPARE);

    return answer(&fault, SST_OK, err);
}

static sst_status_t memory_start(sst_store_t *store, sst_error_t *err,
                                 apr_pool_t *pool)
{
    fault_t fault = count_call(store->impl, SST_MEMORY_START);

    return answer(&fault, SST_OK, err);
}

/* --- Records --- */

static record_t *find_record(memory_t *memory, const sst_row_t *row)
{
    return apr_hash_get(memory->records, row->bytes, sizeof(row->bytes));
}

/* OK when the record is there and, if `expected` is given, at that version. */
static sst_status_t check_version(const record_t *record,
                                  const sst_version_t *expected,
                                  sst_error_t *err)
{
    sst_version_t version;
    sst_status_t status;

    if (record == NULL) {
        return SST_NOT_FOUND;
    }
    if (expected == NULL) {
        return SST_OK;
    }
    status = sst_version_read(&version, sst_span(record->bytes, record->len),
                              err);
    if (status != SST_OK) {
        return status;
    }
    return sst_version_equal(&version, expected) ? SST_OK : SST_CONFLICT;
}

static int is_own_write(const record_t *record, sst_span_t value)
{
    return record->len >= SST_TOKEN_LEN && value.len >= SST_TOKEN_LEN
           && memcmp(record->bytes, value.data, SST_TOKEN_LEN) == 0;
}

/* What has expired has ended; only `get` still shows it. */
static record_t *find_live(memory_t *memory, const sst_row_t *row)
{
    record_t *record = find_record(memory, row);

    return record != NULL && record->expires_s > apr_time_sec(apr_time_now())
        ? record : NULL;
}

static void store_record(memory_t *memory, record_t *record,
                         const sst_row_t *row, sst_span_t value,
                         apr_int64_t expires_s)
{
    if (record == NULL) {
        record = calloc(1, sizeof(*record));
        record->row = *row;
        apr_hash_set(memory->records, record->row.bytes,
                     sizeof(record->row.bytes), record);
    }
    free(record->bytes);
    record->bytes = malloc(value.len > 0 ? value.len : 1);
    memcpy(record->bytes, value.data, value.len);
    record->len = value.len;
    record->expires_s = expires_s;
}

static void drop_record(memory_t *memory, record_t *record)
{
    apr_hash_set(memory->records, record->row.bytes,
                 sizeof(record->row.bytes), NULL);
    free(record->bytes);
    free(record);
}

static sst_status_t read_record(sst_value_t *out, memory_t *memory,
                                const sst_row_t *row, sst_error_t *err,
                                apr_pool_t *pool)
{
    const record_t *record = find_record(memory, row);
    sst_status_t status;

    if (record == NULL) {
        return SST_NOT_FOUND;
    }
    status = sst_version_read(&out->version,
                              sst_span(record->bytes, record->len), err);
    if (status == SST_OK) {
        out->bytes = sst_span(apr_pmemdup(pool, record->bytes, record->len),
                              record->len);
        out->expires_s = record->expires_s;
    }
    return status;
}

static sst_status_t memory_get(sst_value_t *out, sst_store_t *store,
                               const sst_row_t *row,
                               apr_uint64_t min_revision, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_GET, sst_clock(),
                                deadline);
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    if (fault.status != SST_OK) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    status = read_record(out, memory, row, err, pool);
    unlock(memory);
    return status;
}

static sst_status_t put_locked(memory_t *memory, const sst_row_t *row,
                               sst_span_t value, apr_int64_t expires_s,
                               const sst_version_t *expected,
                               sst_error_t *err)
{
    record_t *record = find_live(memory, row);
    sst_status_t status = SST_OK;

    if (record != NULL && is_own_write(record, value)) {
        return SST_OK;
    }
    if (expected != NULL) {
        status = check_version(record, expected, err);
    }
    else if (record != NULL) {
        status = SST_CONFLICT;
    }
    if (status == SST_OK) {
        store_record(memory, find_record(memory, row), row, value, expires_s);
    }
    return status;
}

static sst_status_t memory_put(sst_store_t *store, const sst_row_t *row,
                               sst_span_t value, apr_int64_t expires_s,
                               const sst_version_t *expected,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    apr_time_t now = sst_clock();
    sst_status_t status;
    fault_t fault;

    run_hook(memory, store, row);
    fault = count_timed(memory, SST_MEMORY_PUT, now, deadline);
    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    status = put_locked(memory, row, value, expires_s, expected, err);
    unlock(memory);
    return answer(&fault, status, err);
}

static sst_status_t memory_touch(sst_store_t *store, const sst_row_t *row,
                                 apr_int64_t expires_s, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_TOUCH, sst_clock(),
                                deadline);
    record_t *record;

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    record = find_live(memory, row);
    if (record != NULL) {
        record->expires_s = expires_s;
    }
    unlock(memory);
    return answer(&fault, record != NULL ? SST_OK : SST_NOT_FOUND, err);
}

static sst_status_t memory_remove(sst_store_t *store, const sst_row_t *row,
                                  const sst_version_t *expected,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_REMOVE, sst_clock(),
                                deadline);
    record_t *record;
    sst_status_t status;

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    record = find_record(memory, row);
    status = check_version(record, expected, err);
    if (status == SST_OK) {
        drop_record(memory, record);
    }
    unlock(memory);
    return answer(&fault, status, err);
}

/* --- The user index --- */

static entry_t *find_entry(memory_t *memory, const sst_row_t *user,
                           const sst_row_t *row)
{
    sst_row_t key[2];

    key[0] = *user;
    key[1] = *row;
    return apr_hash_get(memory->entries, key, sizeof(key));
}

static void add_entry(memory_t *memory, const sst_row_t *user,
                      const sst_row_t *row, apr_int64_t expires_s)
{
    entry_t *entry = find_entry(memory, user, row);

    if (entry == NULL) {
        entry = calloc(1, sizeof(*entry));
        entry->user = *user;
        entry->row = *row;
        entry->expires_s = expires_s;
        apr_hash_set(memory->entries, &entry->user, 2 * sizeof(sst_row_t),
                     entry);
    }
    else if (entry->expires_s < expires_s) {
        entry->expires_s = expires_s;
    }
}

static void drop_entry(memory_t *memory, entry_t *entry)
{
    apr_hash_set(memory->entries, &entry->user, 2 * sizeof(sst_row_t), NULL);
    free(entry);
}

static sst_status_t memory_index_add(sst_store_t *store,
                                     const sst_row_t *user,
                                     const sst_row_t *row,
                                     apr_int64_t expires_s,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_INDEX_ADD, sst_clock(),
                                deadline);

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    add_entry(memory, user, row, expires_s);
    unlock(memory);
    return answer(&fault, SST_OK, err);
}

static sst_status_t memory_index_list(apr_array_header_t **out,
                                      sst_store_t *store,
                                      const sst_row_t *user,
                                      apr_time_t deadline, sst_error_t *err,
                                      apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_INDEX_LIST, sst_clock(),
                                deadline);
    apr_hash_index_t *i;

    *out = NULL;
    if (fault.status != SST_OK) {
        return answer(&fault, SST_OK, err);
    }
    *out = apr_array_make(pool, 4, sizeof(sst_row_t));
    lock(memory);
    for (i = apr_hash_first(pool, memory->entries); i != NULL;
         i = apr_hash_next(i)) {
        const entry_t *entry = apr_hash_this_val(i);

        if (sst_row_equal(&entry->user, user)) {
            APR_ARRAY_PUSH(*out, sst_row_t) = entry->row;
        }
    }
    unlock(memory);
    return SST_OK;
}

static sst_status_t memory_index_remove(sst_store_t *store,
                                        const sst_row_t *user,
                                        const sst_row_t *row,
                                        apr_time_t deadline, sst_error_t *err,
                                        apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_timed(memory, SST_MEMORY_INDEX_REMOVE, sst_clock(),
                                deadline);
    entry_t *entry;

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    entry = find_entry(memory, user, row);
    if (entry != NULL) {
        drop_entry(memory, entry);
    }
    unlock(memory);
    return answer(&fault, SST_OK, err);
}

/* --- All of them --- */

static apr_array_header_t *list_rows(memory_t *memory, apr_pool_t *pool)
{
    apr_array_header_t *rows = apr_array_make(pool, 16, sizeof(sst_row_t));
    apr_hash_index_t *i;

    lock(memory);
    for (i = apr_hash_first(pool, memory->records); i != NULL;
         i = apr_hash_next(i)) {
        const record_t *record = apr_hash_this_val(i);

        APR_ARRAY_PUSH(rows, sst_row_t) = record->row;
    }
    unlock(memory);
    return rows;
}

static sst_status_t scan_one(memory_t *memory, const sst_row_t *row,
                             sst_scan_fn_t *each, void *baton,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_value_t value = { { NULL, 0 }, { { 0 }, 0 }, 0, 0, 0 };
    sst_status_t status;

    lock(memory);
    status = read_record(&value, memory, row, err, pool);
    unlock(memory);
    if (status == SST_NOT_FOUND) {
        return SST_OK;
    }
    return status == SST_OK ? each(baton, row, &value, pool) : status;
}

static sst_status_t memory_scan(sst_store_t *store, sst_scan_fn_t *each,
                                void *baton, sst_error_t *err,
                                apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_call(memory, SST_MEMORY_SCAN);
    sst_status_t status = SST_OK;
    apr_array_header_t *rows;
    int i;

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    rows = list_rows(memory, pool);
    for (i = 0; i < rows->nelts && status == SST_OK; i++) {
        status = scan_one(memory, &APR_ARRAY_IDX(rows, i, sst_row_t), each,
                          baton, err, pool);
    }
    return answer(&fault, status, err);
}

static void purge_locked(sst_purge_t *state, memory_t *memory,
                         apr_int64_t now_s, apr_pool_t *pool)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(pool, memory->records); i != NULL;
         i = apr_hash_next(i)) {
        record_t *record = apr_hash_this_val(i);

        if (record->expires_s <= now_s) {
            drop_record(memory, record);
            state->removed++;
        }
    }
    for (i = apr_hash_first(pool, memory->entries); i != NULL;
         i = apr_hash_next(i)) {
        entry_t *entry = apr_hash_this_val(i);

        if (entry->expires_s <= now_s) {
            drop_entry(memory, entry);
        }
    }
}

static sst_status_t memory_purge(sst_purge_t *state, sst_store_t *store,
                                 apr_int64_t now_s,
                                 apr_interval_time_t budget, sst_error_t *err,
                                 apr_pool_t *pool)
{
    memory_t *memory = store->impl;
    fault_t fault = count_call(memory, SST_MEMORY_PURGE);

    if (strikes_before(&fault)) {
        return answer(&fault, SST_OK, err);
    }
    lock(memory);
    purge_locked(state, memory, now_s, pool);
    unlock(memory);
    state->done = 1;
    return answer(&fault, SST_OK, err);
}

int sst_memory_records(sst_store_t *store)
{
    memory_t *memory = store->impl;
    int count;

    lock(memory);
    count = (int) apr_hash_count(memory->records);
    unlock(memory);
    return count;
}

int sst_memory_index_entries(sst_store_t *store)
{
    memory_t *memory = store->impl;
    int count;

    lock(memory);
    count = (int) apr_hash_count(memory->entries);
    unlock(memory);
    return count;
}

static sst_status_t memory_examine(sst_store_t *store,
                                   const sst_examiner_t *examiner,
                                   apr_time_t deadline, sst_error_t *err,
                                   apr_pool_t *pool)
{
    return SST_OK;
}

static const sst_option_def_t no_options[] = {
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

const sst_store_ops_t sst_backend_memory = {
    .schemes = "memory:",
    .options = no_options,
    .value_max = 0,
    .deflate_min = 512,
    .touch_max = apr_time_from_sec(600),
    .touch_divisor = 10,
    .open = memory_open,
    .prepare = memory_prepare,
    .start = memory_start,
    .bind = sst_store_default_bind,
    .get = memory_get,
    .put = memory_put,
    .touch = memory_touch,
    .remove = memory_remove,
    .index_add = memory_index_add,
    .index_list = memory_index_list,
    .index_remove = memory_index_remove,
    .scan = memory_scan,
    .purge = memory_purge,
    .examine = memory_examine
};
