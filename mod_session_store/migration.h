/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* SessionStoreMigrateFrom: the stores that sessions are moved from, and the
 * stores that move them. Written while httpd reads its configuration and when
 * it is done, by one thread; read-only afterwards.
 */
#ifndef SST_MIGRATION_H
#define SST_MIGRATION_H

#include <httpd.h>

#include "lib/store.h"

typedef struct sst_migration_t sst_migration_t;

/* Reads the directive's words: a URL with options, or `none`. The same words
 * give the same migration. Expected: OK; INVALID, with *out NULL and a message.
 */
sst_status_t sst_migration_configure(const sst_migration_t **out, int argc,
                                     char *const argv[], sst_error_t *err,
                                     apr_pool_t *pconf);

/* 1 when sessions are moved from this store and none are kept in it, so that
 * what is missing of it is not to be made.
 */
int sst_migration_is_old(const sst_store_t *store, apr_pool_t *pconf);

/* 1 when a failure of this store is to count as having nothing. */
int sst_migration_may_fail(const sst_store_t *store, apr_pool_t *pconf);

/* 1 when sessions are moved anywhere in the configuration. */
int sst_migration_any(apr_pool_t *pconf);

/* Once the stores are prepared: makes the stores that move sessions, for each
 * store and each migration.
 */
void sst_migration_make(apr_pool_t *pconf);

/* The store to use where `store` and a migration (NULL: none) are configured:
 * the one that moves sessions, or `store` itself.
 */
sst_store_t *sst_migration_store(sst_store_t *store,
                                 const sst_migration_t *migration);

#endif
