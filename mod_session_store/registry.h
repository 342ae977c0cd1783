/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a configuration holds as a whole: its stores and its key rings, each
 * opened once however often it is named. Lives in the configuration's pool,
 * and goes with it at a restart. Written while httpd reads its configuration,
 * by one thread; read-only afterwards.
 */
#ifndef SST_REGISTRY_H
#define SST_REGISTRY_H

#include <httpd.h>
#include <http_config.h>

#include "lib/store.h"

/* The store of these words (a URL and options), opened on the first call with
 * them. Expected: OK; INVALID, with *out NULL and a message.
 */
sst_status_t sst_registry_store(sst_store_t **out, int argc,
                                char *const argv[], sst_error_t *err,
                                apr_pool_t *pconf);

/* A directive that says which sessions there are, with the server in whose
 * configuration it stands: what the administrator's tool has to know.
 */
typedef enum {
    SST_USE_STORE,              /* words: URL and options */
    SST_USE_MIGRATE_FROM,       /* the same, of an old store; or `none` */
    SST_USE_COOKIE,             /* one word: the name */
    SST_USE_USER_KEY            /* one word: the entry */
} sst_use_kind_t;

typedef struct sst_use_t {
    sst_use_kind_t kind;
    const server_rec *server;
    const struct sst_dir_conf_t *conf;  /* of the section where it stands */
    int argc;
    const char **argv;
} sst_use_t;

/* Keeps what a directive says, unless it stands in an .htaccess file, which is
 * read with a request.
 */
void sst_registry_note(cmd_parms *cmd, const struct sst_dir_conf_t *conf,
                       sst_use_kind_t kind, int argc,
                       const char *const argv[]);

/* All that was kept, in its order (sst_use_t). */
const apr_array_header_t *sst_registry_uses(apr_pool_t *pconf);

/* The words that a store was opened with, as one text, which tells it from all
 * others; it may hold a password. NULL for a store that is not of here.
 */
const char *sst_registry_text(const sst_store_t *store, apr_pool_t *pconf);

/* All stores (sst_store_t *). */
const apr_array_header_t *sst_registry_stores(apr_pool_t *pconf);

/* Once the configuration is read: gives each server its key ring and its name
 * as a tenant, if there is a store at all. Answers OK, or an error after it
 * said on the log what is wrong.
 */
int sst_registry_servers(apr_pool_t *pconf, server_rec *main_server);

#endif
