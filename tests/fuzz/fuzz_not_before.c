/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any rows in a user's index as the second before which sessions are ended:
 * whatever stands beside it, the one that was written with a server's key
 * counts, and no other one does.
 *
 * Subject: lib/not_before.c
 */

#include <string.h>

#include "lib/not_before.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "not_before";

#define ROWS_MAX 64

static sst_row_t rows[ROWS_MAX + 1];
static int row_count;
static sst_row_t genuine;

static sst_status_t list_rows(apr_array_header_t **out, sst_store_t *store,
                              const sst_row_t *user, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    int i;

    (void) store;
    (void) user;
    (void) deadline;
    (void) err;
    *out = apr_array_make(pool, row_count + 1, sizeof(sst_row_t));
    for (i = 0; i < row_count; i++) {
        APR_ARRAY_PUSH(*out, sst_row_t) = rows[i];
    }
    return SST_OK;
}

static sst_status_t note_row(sst_store_t *store, const sst_row_t *user,
                             const sst_row_t *row, apr_int64_t expires_s,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    (void) store;
    (void) user;
    (void) expires_s;
    (void) deadline;
    (void) err;
    (void) pool;
    genuine = *row;
    return SST_OK;
}

static const sst_store_ops_t index_ops = {
    .index_list = list_rows, .index_add = note_row
};

static apr_int64_t latest(sst_store_t *store, apr_pool_t *pool)
{
    apr_int64_t second;
    sst_error_t err;

    sst_error_clear(&err);
    fuzz_require(sst_not_before_get(&second, store, &fuzz_ring()->keys[0],
                                    fuzz_scope(), "alice", 0, &err, pool)
                 == SST_OK, "it is read");
    return second;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_store_t second = { .ops = &index_ops };
    sst_store_t store = { .revocations = &second };
    sst_reader_t reader = sst_reader(sst_span(data, size));
    sst_keyring_t one = *fuzz_ring();
    apr_int64_t written_s;
    sst_error_t err;

    row_count = 0;
    one.count = 1;
    feed_begin(NULL, 0);
    sst_error_clear(&err);
    fuzz_require(sst_not_before_set(&store, &one, fuzz_scope(), "alice",
                                    __wrap_apr_time_now()
                                    + apr_time_from_sec(5), &err, pool)
                 == SST_OK, "it is written");
    written_s = apr_time_sec(__wrap_apr_time_now()) - 1;
    while (row_count < ROWS_MAX && size - (size_t) row_count * SST_ROW_LEN
           >= SST_ROW_LEN) {
        memcpy(rows[row_count++].bytes,
               sst_read_bytes(&reader, SST_ROW_LEN).data, SST_ROW_LEN);
    }
    fuzz_require(latest(&store, pool) == 0, "no other row counts");
    rows[row_count++] = genuine;
    fuzz_require(latest(&store, pool) == written_s, "the row counts");
    return 0;
}
