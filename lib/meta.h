/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an administrator may know of a session without its ticket: the plain
 * text of a record's meta box. Names and sizes, never a value but the user's
 * name.
 */
#ifndef SST_META_H
#define SST_META_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/bytes.h"
#include "lib/status.h"

typedef struct sst_meta_t {
    apr_array_header_t *users;  /* const char *, possibly none */
    apr_array_header_t *names;  /* const char *, of the entries */
    apr_uint32_t size;          /* bytes of the entries */
    apr_int64_t saved_s;        /* when this was written */
    apr_uint32_t life_s;        /* how long the store was to keep it unused:
                                 * idle time and touch interval */
    const char *client;         /* address that wrote it, or "" */
} sst_meta_t;

/* Makes *out one that says nothing, its arrays from `pool`. */
void sst_meta_clear(sst_meta_t *out, apr_pool_t *pool);

/* As bytes, from `pool`. */
sst_span_t sst_meta_encode(const sst_meta_t *meta, apr_pool_t *pool);

/* Reads what sst_meta_encode wrote; texts lie inside `bytes`. Expected: OK;
 * CORRUPT (*out then has empty arrays).
 */
sst_status_t sst_meta_decode(sst_meta_t *out, sst_span_t bytes,
                             sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

#endif
