/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Stores with a cache in front, for the contract. */

#include "tests/contract/cached.h"

#include <apr_general.h>
#include <apr_shm.h>
#include <apr_strings.h>

#include "lib/cache.h"

#define SIZE (4 * 1024 * 1024)
#define VALUE_MAX 4096

/* Made once, before anything forks; each target has a place of its own. */
static sst_cache_memory_t *memory;
static const target_t *targets[SST_CACHE_STORES];

static sst_status_t make_memory(sst_error_t *err)
{
    apr_pool_t *pool = NULL;
    apr_shm_t *shm;

    if (memory != NULL) {
        return SST_OK;
    }
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS
        || apr_shm_create(&shm, SIZE, NULL, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "no shared memory");
    }
    memset(apr_shm_baseaddr_get(shm), 0, SIZE);
    return sst_cache_memory_make(&memory, apr_shm_baseaddr_get(shm), SIZE,
                                 VALUE_MAX, err, pool);
}

static int index_of(const target_t *target)
{
    int i = 0;

    while (targets[i] != NULL && targets[i] != target) {
        i++;
    }
    targets[i] = target;
    return i;
}

static void let_it_age(sst_store_t *store, apr_pool_t *pool)
{
    sst_store_ops_t *ops = apr_pmemdup(pool, store->ops, sizeof(*ops));

    ops->copies = SST_COPIES_AGED;
    store->ops = ops;
}

sst_status_t cached_open(sst_store_t **out, const target_t *target,
                         cached_open_t *open_words, sst_error_t *err,
                         apr_pool_t *pool)
{
    sst_cache_conf_t conf = { SIZE, VALUE_MAX, apr_time_from_sec(60),
                              apr_time_from_msec(1500) };
    sst_cache_place_t place;
    sst_status_t status = make_memory(err);

    *out = NULL;
    if (status == SST_OK && target->option_count == 0) {
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "a URL is wanted");
    }
    if (status == SST_OK) {
        status = open_words(out, target->options[0],
                            target->option_count - 1, target->options + 1,
                            err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    place.memory = memory;
    place.index = index_of(target);
    if ((*out)->ops->copies == SST_COPIES_NONE) {
        let_it_age(*out, pool);
    }
    (void) sst_cache_put_before(*out, &place, &conf, pool);
    return SST_OK;
}
