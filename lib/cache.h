/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store with a cache in front: copies of its sealed records, in memory that
 * all processes of a host share. What lies there is what the store has, and no
 * more: no plaintext, no key, no id.
 *
 * The contract is that of store.h, with one liberty, in `get`: unless
 * SST_REVISION_LATEST is asked for, the answer may be what the store had
 * a moment ago, if that has not expired and is of `min_revision` at least. How
 * long ago, the store's `copies` decide:
 *
 * - WATCHED: until the watcher hears of a change, which it does at once while
 *   it is connected, and never longer than the lease.
 * - AGED: never longer than the greatest age.
 *
 * A change by any process of the host counts for all of them, from the moment
 * on that its call returns.
 */
#ifndef SST_CACHE_H
#define SST_CACHE_H

#include "lib/cache_memory.h"
#include "lib/store.h"

typedef struct sst_cache_conf_t {
    apr_size_t size;                /* of the memory, in bytes */
    apr_size_t value_max;           /* larger values are not kept */
    apr_interval_time_t max_age;    /* for AGED copies */
    apr_interval_time_t lease;      /* for WATCHED ones */
} sst_cache_conf_t;

/* Reads the words of a configuration: a size, such as 32m, and options
 * `max-value=`, `max-age=`, `lease=`. Expected: OK; INVALID, with *out zero and
 * a message that says what is allowed.
 */
sst_status_t sst_cache_words(sst_cache_conf_t *out, int argc,
                             const char *const *argv, sst_error_t *err,
                             apr_pool_t *pool) SST_CHECKED;

/* Puts a cache in front of a store, whose `copies` may not be NONE: whoever has
 * the store calls the cache first from now on. Answers what is behind: the
 * store as it was, which is asked for `usage` and `spent`. To be done before
 * the store is prepared; place and conf are copied, and `pool` lives as long as
 * the store.
 */
sst_store_t *sst_cache_put_before(sst_store_t *store,
                                  const sst_cache_place_t *place,
                                  const sst_cache_conf_t *conf,
                                  apr_pool_t *pool);

/* Where the copies of a store lie, or NULL when it has no cache in front. */
const sst_cache_place_t *sst_cache_place(const sst_store_t *store);

/* How things stand with a store's copies. */
typedef enum {
    SST_CACHE_WORKS,
    SST_CACHE_WAITS,        /* nobody watches, or not all servers do answer */
    SST_CACHE_REFUSED       /* the servers do not let us watch */
} sst_cache_state_t;

/* The state of a store with a cache in front; its name ("works"), a constant.
 */
sst_cache_state_t sst_cache_state(const sst_store_t *store);
const char *sst_cache_state_name(sst_cache_state_t state);

/* The process that watches, or 0. */
apr_uint32_t sst_cache_watcher(const sst_store_t *store);

#endif
