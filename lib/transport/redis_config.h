/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a Redis store is configured with, and the secrets and certificates that
 * are read for it before the process gives up its rights.
 */
#ifndef SST_REDIS_CONFIG_H
#define SST_REDIS_CONFIG_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/redis_login.h"
#include "lib/transport/redis_tls.h"

typedef enum {
    SST_REDIS_SINGLE,
    SST_REDIS_SENTINEL,
    SST_REDIS_CLUSTER
} sst_redis_form_t;

/* Written at configuration, and constant from then on. */
typedef struct sst_redis_config_t {
    sst_redis_form_t form;
    int secure;                     /* TLS */
    apr_array_header_t *seeds;      /* sst_redis_address_t: the node, the
                                     * sentinels, or nodes of the cluster */
    const char *master;             /* Sentinel: the primary's name */
    int db;
    const char *user;               /* or NULL */
    const char *password;           /* or NULL */
    const char *password_file;      /* or NULL */
    const char *sentinel_user;      /* or NULL */
    const char *sentinel_password_file;     /* or NULL */
    sst_redis_tls_options_t tls;
    int replicas;                   /* that have to confirm each write; -1:
                                     * one where the primary says so */
    int pool_max;
    apr_interval_time_t idle_age;
    apr_interval_time_t connect_timeout;
} sst_redis_config_t;

/* What opens doors. */
typedef struct sst_redis_access_t {
    sst_redis_tls_t *tls;           /* NULL: plain text */
    sst_redis_login_t *login;
    sst_redis_login_t *sentinel_login;      /* NULL unless Sentinel */
} sst_redis_access_t;

/* Reads certificates, keys and password files. Expected: OK; INVALID or DENIED
 * with a message. Lives in `pool`.
 */
sst_status_t sst_redis_access_create(sst_redis_access_t **out,
                                     const sst_redis_config_t *config,
                                     sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;

#endif
