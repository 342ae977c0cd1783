/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The memory of the cache, and the stores in front of which it stands. */

#include "mod_session_store/shared_cache.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_shm.h>
#include <apr_strings.h>

#include "lib/cache.h"
#include "mod_session_store/metrics.h"
#include "mod_session_store/migration.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/report.h"

#define CONF_KEY "mod_session_store:cache"          /* in pconf */

/* In the parent's pool: the pool in which the memory is, whatever module has
 * made it.
 */
#define POOL_KEY "mod_session_store:cache-pool"

/* In that pool: the memory, for modules of the same layout alone. A restart may
 * put a newer one, or an older one, into the same parent. The number counts on
 * whenever memory_t changes in a way that its size does not tell.
 */
#define MEMORY_KEY "mod_session_store:cache:layout 1 of %" APR_SIZE_T_FMT \
    ":%s"

typedef struct memory_t {
    sst_cache_conf_t conf;
    sst_cache_memory_t *slots;
    apr_hash_t *places;         /* a store's words -> int *, its index */
    apr_pool_t *pool;
} memory_t;

/* --- Configuration --- */

const char *sst_shared_cache_configure(cmd_parms *cmd, int argc,
                                       char *const argv[])
{
    const char *problem = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    sst_cache_conf_t *conf = apr_pcalloc(cmd->pool, sizeof(*conf));
    sst_error_t err;

    if (problem != NULL) {
        return problem;
    }
    sst_error_clear(&err);
    if (argc == 1 && ap_cstr_casecmp(argv[0], "Off") == 0) {
        conf = NULL;
    }
    else if (sst_cache_words(conf, argc, (const char *const *) argv, &err,
                             cmd->pool) != SST_OK) {
        return apr_pstrdup(cmd->pool, err.text);
    }
    (void) apr_pool_userdata_setn(conf, CONF_KEY, NULL, cmd->pool);
    return NULL;
}

static const sst_cache_conf_t *configured(apr_pool_t *pconf)
{
    void *conf = NULL;

    (void) apr_pool_userdata_get(&conf, CONF_KEY, pconf);
    return conf;
}

int sst_shared_cache_check(const server_rec *main_server, apr_pool_t *pconf)
{
    if (configured(pconf) != NULL && sst_migration_any(pconf)) {
        sst_report_cache_moving(main_server);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* --- The memory --- */

/* 1 when there are places for all stores of the configuration that have none
 * yet.
 */
static int has_room(const memory_t *memory, const apr_array_header_t *stores,
                    apr_pool_t *pconf)
{
    unsigned int count = apr_hash_count(memory->places);
    int i;

    for (i = 0; i < stores->nelts; i++) {
        const sst_store_t *store = APR_ARRAY_IDX(stores, i, sst_store_t *);

        if (store->ops->copies != SST_COPIES_NONE
            && apr_hash_get(memory->places, sst_registry_text(store, pconf),
                            APR_HASH_KEY_STRING) == NULL) {
            count++;
        }
    }
    return count <= SST_CACHE_STORES;
}

static const char *memory_key(apr_pool_t *pool)
{
    return apr_psprintf(pool, MEMORY_KEY, sizeof(memory_t),
                        sst_cache_memory_layout(pool));
}

static apr_pool_t *memory_pool(const server_rec *server)
{
    void *pool = NULL;

    (void) apr_pool_userdata_get(&pool, POOL_KEY, server->process->pool);
    return pool;
}

/* What there is, of our layout; or NULL. */
static memory_t *find_memory(const server_rec *server, apr_pool_t *pconf)
{
    apr_pool_t *pool = memory_pool(server);
    void *memory = NULL;

    if (pool != NULL) {
        (void) apr_pool_userdata_get(&memory, memory_key(pconf), pool);
    }
    return memory;
}

static void drop_memory(server_rec *server)
{
    apr_pool_t *pool = memory_pool(server);

    if (pool != NULL) {
        (void) apr_pool_userdata_set(NULL, POOL_KEY, NULL,
                                     server->process->pool);
        apr_pool_destroy(pool);
    }
}

/* NULL, after it was said why. */
static memory_t *make_memory(const sst_cache_conf_t *conf, server_rec *server)
{
    apr_pool_t *pool = NULL;
    apr_shm_t *shm = NULL;
    memory_t *memory;
    apr_status_t os = apr_pool_create(&pool, server->process->pool);

    if (os == APR_SUCCESS) {
        os = apr_shm_create(&shm, conf->size, NULL, pool);
    }
    if (os != APR_SUCCESS) {
        sst_report_no_cache(server, os, "there is no shared memory of this "
                            "size: sessions are not cached; see that the host "
                            "has memory left, or take a smaller size");
        return NULL;
    }
    memory = apr_pcalloc(pool, sizeof(*memory));
    memory->conf = *conf;
    memory->places = apr_hash_make(pool);
    memory->pool = pool;
    /* The system gives it filled with zeros, page by page as it is used. */
    if (sst_cache_memory_make(&memory->slots, apr_shm_baseaddr_get(shm),
                              apr_shm_size_get(shm), conf->value_max, NULL,
                              pool) != SST_OK) {
        apr_pool_destroy(pool);
        return NULL;
    }
    (void) apr_pool_userdata_set(memory, memory_key(pool), NULL, pool);
    (void) apr_pool_userdata_set(pool, POOL_KEY, NULL, server->process->pool);
    return memory;
}

/* What there is, if it fits. */
static memory_t *memory_for(const sst_cache_conf_t *conf,
                            const apr_array_header_t *stores,
                            server_rec *server, apr_pool_t *pconf)
{
    memory_t *memory = find_memory(server, pconf);

    if (memory != NULL && memory->conf.size == conf->size
        && memory->conf.value_max == conf->value_max
        && has_room(memory, stores, pconf)) {
        return memory;
    }
    drop_memory(server);
    return make_memory(conf, server);
}

/* --- Stores --- */

/* The place of a store, the same one after each restart; -1: there is none
 * left.
 */
static int place_of(memory_t *memory, const char *text)
{
    int *index = apr_hash_get(memory->places, text, APR_HASH_KEY_STRING);

    if (index == NULL) {
        unsigned int count = apr_hash_count(memory->places);

        if (count >= SST_CACHE_STORES) {
            return -1;
        }
        index = apr_palloc(memory->pool, sizeof(*index));
        *index = (int) count;
        apr_hash_set(memory->places, apr_pstrdup(memory->pool, text),
                     APR_HASH_KEY_STRING, index);
    }
    return *index;
}

static int attach(sst_store_t *store, memory_t *memory,
                  const sst_cache_conf_t *conf, apr_pool_t *pconf)
{
    sst_cache_place_t place = { memory->slots, -1 };

    if (store->ops->copies != SST_COPIES_NONE) {
        place.index = place_of(memory, sst_registry_text(store, pconf));
    }
    if (place.index < 0) {
        return 0;
    }
    sst_metrics_behind(store, sst_cache_put_before(store, &place, conf,
                                                   pconf));
    return 1;
}

void sst_shared_cache_attach(const apr_array_header_t *stores,
                             server_rec *server, apr_pool_t *pconf)
{
    const sst_cache_conf_t *conf = configured(pconf);
    memory_t *memory;
    int cached = 0;
    int i;

    if (conf == NULL) {
        drop_memory(server);
        return;
    }
    memory = memory_for(conf, stores, server, pconf);
    for (i = 0; memory != NULL && i < stores->nelts; i++) {
        cached += attach(APR_ARRAY_IDX(stores, i, sst_store_t *), memory,
                         conf, pconf);
    }
    if (memory != NULL && cached == 0) {
        sst_report_no_cache(server, APR_SUCCESS, "it has no effect here: "
                            "sessions in Redis and in DynamoDB are cached, "
                            "those of a token directory and in cookies are "
                            "read as cheaply as a copy; take it out");
    }
}
