/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One record in two stores: the part of migrate.c that reads, writes, moves and
 * ends it, and nothing for others.
 */
#ifndef SST_MIGRATE_ROW_H
#define SST_MIGRATE_ROW_H

#include "lib/store.h"

/* What a moving store's impl points to. */
typedef struct sst_migrate_t {
    sst_store_t *to;
    sst_store_t *from;
    int miss;                   /* as in sst_migrate_conf_t */
    apr_time_t settled;         /* from when on sessions move */
} sst_migrate_t;

/* 1 while the old store is still written to. */
int sst_migrate_is_settling(const sst_migrate_t *migrate);

/* --- Operations of the table; see sst_store_ops_t --- */

sst_status_t sst_migrate_get(sst_value_t *out, sst_store_t *store,
                             const sst_row_t *row, apr_uint64_t min_revision,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool);
sst_status_t sst_migrate_put(sst_store_t *store, const sst_row_t *row,
                             sst_span_t value, apr_int64_t expires_s,
                             const sst_version_t *expected,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool);
sst_status_t sst_migrate_touch(sst_store_t *store, const sst_row_t *row,
                               apr_int64_t expires_s, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_migrate_remove(sst_store_t *store, const sst_row_t *row,
                                const sst_version_t *expected,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool);

#endif
