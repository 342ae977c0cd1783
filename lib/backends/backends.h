/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The backends that the registry in store.c knows: one const table each, and
 * nothing else of a backend is visible outside its file.
 */
#ifndef SST_BACKENDS_H
#define SST_BACKENDS_H

#include "lib/store.h"

/* dir:/absolute/path - one file per session (the token directory). */
extern const sst_store_ops_t sst_backend_dir;

/* redis://host and the like - one Redis, Sentinel, or a cluster. */
extern const sst_store_ops_t sst_backend_redis;

/* dynamodb:table - Amazon DynamoDB. */
extern const sst_store_ops_t sst_backend_dynamodb;

/* cookie: - no place at all: browsers carry the values. */
extern const sst_store_ops_t sst_backend_cookie;

#endif
