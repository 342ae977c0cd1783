/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Two stores that look like one: sessions move from an old store to a new one
 * while they are in use, and nobody is logged out.
 *
 * What is missing in the new store is read in the old one. The first write of
 * such a session moves it: it is claimed in the old store by compare-and-set
 * (from then on nobody writes it there), written to the new one where nothing
 * may be yet, and removed from the old one. A crash at any point leaves it in
 * one of the two, or in both with the new one counting. A session ends in both:
 * in the new store a mark takes its place for a while, so that a move that is
 * under way cannot bring it back.
 *
 * For `settle` after it was made, nothing is moved, and new sessions are still
 * begun in the old store: requests of a former configuration, and other
 * servers, know that one alone. Afterwards all is written to the new one.
 *
 * The contract is that of store.h, with one liberty: a row that is put as
 * absent is new, and not looked for in the other store.
 */
#ifndef SST_MIGRATE_H
#define SST_MIGRATE_H

#include "lib/store.h"

#define SST_MIGRATE_SETTLE apr_time_from_sec(10)    /* the default */

typedef struct sst_migrate_conf_t {
    int miss;                   /* an old store that fails has nothing, instead
                                 * of being a failure */
    apr_interval_time_t settle;
} sst_migrate_conf_t;

/* What the words of a configuration say of the migration itself (`on-error=`,
 * `settle=`); the others, URL and options of the old store, go to *rest
 * (const char *, from `pool`) in their order. Expected: OK; INVALID with a
 * message that says what is allowed.
 */
sst_status_t sst_migrate_words(sst_migrate_conf_t *out,
                               apr_array_header_t **rest, int argc,
                               const char *const *argv, sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* Opens the store that `argc` words describe, a URL and options (argc > 0). If
 * the word SST_MIGRATE_WORD is among them, those behind it describe the old
 * store as sst_migrate_words takes them, and *out moves sessions from there.
 * For tools: an old store that fails is a failure, whatever `on-error=` says,
 * or what could not be reached would look like nothing. Expected: OK; INVALID
 * with a message.
 */
#define SST_MIGRATE_WORD "SessionStoreMigrateFrom"
sst_status_t sst_migrate_open(sst_store_t **out, int argc,
                              const char *const *argv, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* The two stores that *store is made of if it moves sessions; otherwise *to is
 * `store` itself, and *from NULL.
 */
void sst_migrate_parts(sst_store_t **to, sst_store_t **from,
                       sst_store_t *store);

/* The store that moves sessions from one store to the other, which have to live
 * as long as `pool`. To prepare, start or purge it is to do so with both; who
 * does it with each of them leaves it. Limits, time-out and tenant are the new
 * store's.
 */
sst_store_t *sst_migrate_make(sst_store_t *to, sst_store_t *from,
                              const sst_migrate_conf_t *conf,
                              apr_pool_t *pool);

#endif
