/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Stores that move their records, for the contract. */

#include "tests/contract/moving.h"

#include <unistd.h>

#include <apr_strings.h>

#include "lib/migrate.h"
#include "lib/migrate_row.h"

#define LONG apr_time_from_sec(24 * 3600)

/* A new record begins in the old store, as if it had been there before the
 * migration did.
 */
static sst_status_t put_old(sst_store_t *store, const sst_row_t *row,
                            sst_span_t value, apr_int64_t expires_s,
                            const sst_version_t *expected,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_value_t there;
    sst_status_t status = SST_OK;

    if (expected == NULL) {
        status = to->ops->get(&there, to, row, SST_REVISION_LATEST, deadline,
                              err, pool);
    }
    if (expected == NULL && status == SST_NOT_FOUND) {
        return from->ops->put(from, row, value, expires_s, NULL, deadline,
                              err, pool);
    }
    return status == SST_OK
        ? sst_migrate_put(store, row, value, expires_s, expected, deadline,
                          err, pool)
        : status;
}

static void begin_old(sst_store_t *store, apr_pool_t *pool)
{
    sst_store_ops_t *ops = apr_pmemdup(pool, store->ops, sizeof(*ops));

    ops->put = put_old;
    store->ops = ops;
}

sst_status_t moving_open(sst_store_t **out, const target_t *target,
                         moving_open_t *open_part, sst_error_t *err,
                         apr_pool_t *pool)
{
    const char *mode = target->option_count == 3 ? target->options[0] : "";
    sst_migrate_conf_t conf = { 0, strcmp(mode, "settling") == 0 ? LONG : 0 };
    sst_store_t *to;
    sst_store_t *from;
    sst_status_t status;

    *out = NULL;
    if (target->option_count != 3) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "a mode and two URLs are wanted");
    }
    status = open_part(&to, target->options[1], err, pool);
    if (status == SST_OK) {
        status = open_part(&from, target->options[2], err, pool);
    }
    /* An old directory would not be made. */
    if (status == SST_OK) {
        status = from->ops->prepare(from, geteuid(), getegid(), err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    *out = sst_migrate_make(to, from, &conf, pool);
    if (strcmp(mode, "moving") == 0) {
        begin_old(*out, pool);
    }
    return SST_OK;
}
