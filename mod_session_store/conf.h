/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The directives: what they accept and how they are inherited.
 *
 * A field that was not set holds NULL or SST_UNSET; defaults are applied when
 * a request asks (site.h), so that merging never loses a setting.
 */
#ifndef SST_CONF_H
#define SST_CONF_H

#include <httpd.h>
#include <http_config.h>

#include "lib/keys.h"
#include "lib/session.h"
#include "mod_session_store/forward_conf.h"
#include "mod_session_store/migration.h"

#define SST_UNSET (-1)

typedef enum {
    SST_ON_ERROR_DENY = 0,      /* 503 until the store answers again */
    SST_ON_ERROR_ANONYMOUS = 1  /* as a visitor without a session */
} sst_on_error_t;

/* SessionStoreCookie, ready to be written. */
typedef struct sst_cookie_conf_t {
    const char *name;
    const char *attributes;     /* "; Path=/; HttpOnly; ...", with Path first
                                 * and without Secure */
    int secure;                 /* Secure also when the request is not https */
    apr_int64_t max_age_s;      /* 0: the browser forgets it when it ends */
} sst_cookie_conf_t;

/* Per directory. Numbers are apr_int64_t, for the field list in
 * conf_fields.c. */
typedef struct sst_dir_conf_t {
    sst_store_t *store;
    const sst_migration_t *migration;
    const sst_cookie_conf_t *cookie;
    apr_int64_t idle_s;
    apr_int64_t absolute_s;
    apr_int64_t touch_s;        /* SST_TOUCH_AUTO or seconds */
    apr_int64_t on_error;
    const char *user_key;
    const apr_array_header_t *hide;     /* const char *, patterns */
    apr_int64_t max_size;
    apr_int64_t env;                    /* SessionStoreEnv: 0 or 1 */
    const char *header;                 /* "" for none */
    sst_forwards_t *forward;
    apr_int64_t max_per_user;
    apr_int64_t at_limit;       /* an sst_limit_t */
    apr_int64_t serialize;      /* SessionStoreSerialize: microseconds, or 0 */
} sst_dir_conf_t;

#define SST_TOUCH_AUTO (-2)

/* Per server. */
typedef struct sst_server_conf_t {
    sst_keys_source_t key_source;   /* SessionStoreKeys, paths absolute */
    const char *name;           /* configured ServerName, lower case, or "" */
    sst_keys_t *keys;
    const apr_array_header_t *user_keys;    /* of all who may have the same
                                 * sessions; these three are set before the
                                 * first request */
    const char *audit;          /* SessionStoreAudit, "|program" or a path */
    apr_file_t *audit_log;      /* NULL: not audited; set by audit.c */
} sst_server_conf_t;

/* What httpd's module record needs. */
void *sst_conf_dir_create(apr_pool_t *pool, char *dir);
void *sst_conf_dir_merge(apr_pool_t *pool, void *base, void *add);
void *sst_conf_server_create(apr_pool_t *pool, server_rec *server);
void *sst_conf_server_merge(apr_pool_t *pool, void *base, void *add);
extern const command_rec sst_conf_commands[];

/* What applies to a request, to all of a server, and to the server itself. */
const sst_dir_conf_t *sst_conf_dir(const request_rec *r);
const sst_dir_conf_t *sst_conf_base(const server_rec *server);
const sst_server_conf_t *sst_conf_server(const server_rec *server);

#endif
