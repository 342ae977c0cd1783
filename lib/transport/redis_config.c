/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Secrets and certificates, read at once. */

#include "lib/transport/redis_config.h"

sst_status_t sst_redis_access_create(sst_redis_access_t **out,
                                     const sst_redis_config_t *config,
                                     sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_access_t *access = apr_pcalloc(pool, sizeof(*access));
    sst_status_t status;

    *out = NULL;
    status = sst_redis_login_create(&access->login, config->user,
                                    config->password, config->password_file,
                                    err, pool);
    if (status == SST_OK) {
        status = sst_redis_login_read(access->login, err);
    }
    if (status == SST_OK && config->form == SST_REDIS_SENTINEL) {
        status = sst_redis_login_create(&access->sentinel_login,
                                        config->sentinel_user, NULL,
                                        config->sentinel_password_file, err,
                                        pool);
    }
    if (status == SST_OK && access->sentinel_login != NULL) {
        status = sst_redis_login_read(access->sentinel_login, err);
    }
    if (status == SST_OK && config->secure) {
        status = sst_redis_tls_create(&access->tls, &config->tls, err, pool);
    }
    if (status == SST_OK) {
        *out = access;
    }
    return status;
}
