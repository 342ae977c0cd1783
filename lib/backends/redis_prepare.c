/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What is done when the server starts: passwords and certificates are read, and
 * conditions under which sessions would be lost or refused later are told, each
 * with its remedy. A Redis that does not answer yet keeps nobody from starting.
 */

#include "lib/backends/redis.h"
#include "lib/clock.h"

static void notify(void *baton, sst_finding_t finding, const char *check,
                   const char *text)
{
    if (finding != SST_FINDING_OK) {
        sst_store_notify(baton, SST_INVALID, "%s", text);
    }
}

sst_status_t sst_redis_prepare(sst_store_t *store, apr_uid_t uid,
                               apr_gid_t gid, sst_error_t *err,
                               apr_pool_t *pool)
{
    const sst_examiner_t examiner = { notify, store, uid, gid };
    sst_redis_t *redis = store->impl;
    apr_time_t deadline = sst_clock() + store->timeout;
    apr_pool_t *scratch = NULL;
    sst_error_t trial;
    sst_status_t status = SST_OK;

    if (redis->access == NULL) {
        status = sst_redis_access_create(&redis->access, &redis->config, err,
                                         redis->pool);
    }
    if (status != SST_OK
        || apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return status;
    }
    sst_error_clear(&trial);
    if (sst_redis_check_servers(store, &examiner, 0, deadline, &trial,
                                scratch) != SST_OK) {
        sst_store_notify(store, trial.status, "%s", trial.text);
    }
    apr_pool_destroy(scratch);
    return SST_OK;
}
