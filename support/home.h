/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where sessions lie, told from the words that describe a store: servers may
 * write the same store with other time-outs, or with tenants of their own.
 */
#ifndef SST_HOME_H
#define SST_HOME_H

#include <apr_tables.h>

/* A text that is the same for words (const char *: a URL and its options) that
 * differ in how a store is used alone, and not in where it is or in who may use
 * it. From `pool`.
 */
const char *sst_home_of(const apr_array_header_t *words, apr_pool_t *pool);

/* 1 when sessions of the one may lie where those of the other do. An old store
 * that sessions are moved from counts like the new one.
 */
int sst_home_shared(const apr_array_header_t *a, const apr_array_header_t *b,
                    apr_pool_t *pool);

#endif
