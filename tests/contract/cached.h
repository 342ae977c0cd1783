/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Stores with a cache in front (lib/cache.h) as targets of the contract:
 *
 *   'cached: URL [name=value ...]'
 *
 * All processes of the test share the memory, as httpd's children do. A store
 * that nobody may keep copies of for long is taken for one that all writers of
 * are on this host, which is so here.
 */
#ifndef SST_TESTS_CACHED_H
#define SST_TESTS_CACHED_H

#include "tests/contract/contract.h"

#define CACHED_URL "cached:"

/* Opens the store of these words; contract.c's. */
typedef sst_status_t cached_open_t(sst_store_t **out, const char *url,
                                   int count, const char *const *options,
                                   sst_error_t *err, apr_pool_t *pool);

/* Makes the store of these words, to be prepared and started. */
sst_status_t cached_open(sst_store_t **out, const target_t *target,
                         cached_open_t *open_words, sst_error_t *err,
                         apr_pool_t *pool);

#endif
