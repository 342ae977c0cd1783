/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The migrations of a configuration. */

#include "mod_session_store/migration.h"

#include <apr_strings.h>
#include <http_config.h>

#include "lib/migrate.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/registry.h"

#define LIST_KEY "mod_session_store:migrations"

/* A store with sessions of its own, and the one that moves others there. */
typedef struct pair_t {
    const sst_store_t *to;
    sst_store_t *moving;
} pair_t;

struct sst_migration_t {
    sst_store_t *from;          /* NULL: `none` */
    sst_migrate_conf_t conf;
    apr_array_header_t *pairs;  /* pair_t */
};

/* The migrations (sst_migration_t *) of the configuration. */
static apr_array_header_t *list_of(apr_pool_t *pconf)
{
    void *data = NULL;

    (void) apr_pool_userdata_get(&data, LIST_KEY, pconf);
    if (data == NULL) {
        data = apr_array_make(pconf, 2, sizeof(sst_migration_t *));
        (void) apr_pool_userdata_setn(data, LIST_KEY, NULL, pconf);
    }
    return data;
}

static sst_migration_t *nth(const apr_array_header_t *list, int i)
{
    return APR_ARRAY_IDX(list, i, sst_migration_t *);
}

/* --- Configuring --- */

static sst_migration_t *find_or_add(sst_store_t *from,
                                    const sst_migrate_conf_t *conf,
                                    apr_pool_t *pconf)
{
    apr_array_header_t *list = list_of(pconf);
    sst_migration_t *migration;
    int i;

    for (i = 0; i < list->nelts; i++) {
        migration = nth(list, i);
        if (migration->from == from && migration->conf.miss == conf->miss
            && migration->conf.settle == conf->settle) {
            return migration;
        }
    }
    migration = apr_pcalloc(pconf, sizeof(*migration));
    migration->from = from;
    migration->conf = *conf;
    migration->pairs = apr_array_make(pconf, 2, sizeof(pair_t));
    APR_ARRAY_PUSH(list, sst_migration_t *) = migration;
    return migration;
}

static sst_status_t open_old(sst_store_t **out, const apr_array_header_t *words,
                             sst_error_t *err, apr_pool_t *pconf)
{
    sst_status_t status;

    *out = NULL;
    if (words->nelts == 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "a URL is missing; allowed: %s, or none",
                             sst_store_schemes(pconf));
    }
    status = sst_registry_store(out, words->nelts,
                                (char *const *) words->elts, err, pconf);
    if (status == SST_OK && (*out)->ops->carried) {
        *out = NULL;
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "sessions that browsers carry cannot be moved");
    }
    return status;
}

sst_status_t sst_migration_configure(const sst_migration_t **out, int argc,
                                     char *const argv[], sst_error_t *err,
                                     apr_pool_t *pconf)
{
    sst_migrate_conf_t conf = { 0, 0 };
    apr_array_header_t *words;
    sst_store_t *from = NULL;
    sst_status_t status = SST_OK;

    if (argc != 1 || ap_cstr_casecmp(argv[0], "none") != 0) {
        status = sst_migrate_words(&conf, &words, argc,
                                   (const char *const *) argv, err, pconf);
        if (status == SST_OK) {
            status = open_old(&from, words, err, pconf);
        }
    }
    *out = status == SST_OK ? find_or_add(from, &conf, pconf) : NULL;
    return status;
}

/* --- Old stores --- */

/* 1 when the store stands in a SessionStore directive. */
static int keeps_sessions(const sst_store_t *store, apr_pool_t *pconf)
{
    const apr_array_header_t *uses = sst_registry_uses(pconf);
    int i;

    for (i = 0; i < uses->nelts; i++) {
        const sst_use_t *use = &APR_ARRAY_IDX(uses, i, sst_use_t);

        if (use->kind == SST_USE_STORE && use->conf->store == store) {
            return 1;
        }
    }
    return 0;
}

int sst_migration_is_old(const sst_store_t *store, apr_pool_t *pconf)
{
    const apr_array_header_t *list = list_of(pconf);
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (nth(list, i)->from == store) {
            return !keeps_sessions(store, pconf);
        }
    }
    return 0;
}

int sst_migration_may_fail(const sst_store_t *store, apr_pool_t *pconf)
{
    const apr_array_header_t *list = list_of(pconf);
    int may = 0;
    int i;

    for (i = 0; i < list->nelts; i++) {
        may |= nth(list, i)->from == store && nth(list, i)->conf.miss;
    }
    return may && sst_migration_is_old(store, pconf);
}

int sst_migration_any(apr_pool_t *pconf)
{
    const apr_array_header_t *list = list_of(pconf);
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (nth(list, i)->from != NULL) {
            return 1;
        }
    }
    return 0;
}

/* --- Stores that move sessions --- */

static void add_pair(sst_migration_t *migration, sst_store_t *to,
                     apr_pool_t *pconf)
{
    pair_t *pair;

    if (migration->from == NULL || migration->from == to
        || to->ops->carried) {
        return;
    }
    pair = apr_array_push(migration->pairs);
    pair->to = to;
    pair->moving = sst_migrate_make(to, migration->from, &migration->conf,
                                    pconf);
}

void sst_migration_make(apr_pool_t *pconf)
{
    const apr_array_header_t *stores = sst_registry_stores(pconf);
    const apr_array_header_t *list = list_of(pconf);
    int i;
    int k;

    for (i = 0; i < list->nelts; i++) {
        for (k = 0; k < stores->nelts; k++) {
            add_pair(nth(list, i), APR_ARRAY_IDX(stores, k, sst_store_t *),
                     pconf);
        }
    }
}

sst_store_t *sst_migration_store(sst_store_t *store,
                                 const sst_migration_t *migration)
{
    int i;

    for (i = 0; migration != NULL && i < migration->pairs->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(migration->pairs, i, pair_t);

        if (pair->to == store) {
            return pair->moving;
        }
    }
    return store;
}
