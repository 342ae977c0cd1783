/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The cache of a store (SessionStoreCache) in each form of the status; see
 * status.h.
 */
#ifndef SST_STATUS_CACHE_H
#define SST_STATUS_CACHE_H

#include <jansson.h>

#include "mod_session_store/status.h"

/* Looks at a store's cache, if it has one. */
void sst_status_cache_view(sst_cache_view_t *out, const sst_store_t *store);

/* A new reference; null for a store without a cache. */
json_t *sst_status_cache_json(const sst_cache_view_t *cache);

/* The families of all stores with a cache; nothing when there is none. `label`
 * makes a store's name the value of a label.
 */
void sst_status_cache_prometheus(request_rec *r,
                                 const sst_status_view_t *view,
                                 const char *(*label)(const char *text,
                                                      apr_pool_t *pool));

/* A section of the page; nothing for a store without a cache. `grouped` makes a
 * number readable.
 */
void sst_status_cache_page(request_rec *r, const sst_cache_view_t *cache,
                           const char *(*grouped)(apr_uint64_t number,
                                                  apr_pool_t *pool));

/* Lines of mod_status' `?auto`, over all stores; nothing without a cache. */
void sst_status_cache_auto(request_rec *r, const sst_status_view_t *view);

#endif
