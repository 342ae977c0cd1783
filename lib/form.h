/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries as a text that every language can read: `name=value&name=value`,
 * form-urlencoded, and back. httpd's own encoder begins at the front for every
 * entry; this one goes over each byte twice.
 */
#ifndef SST_FORM_H
#define SST_FORM_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/bytes.h"
#include "lib/status.h"

/* The entries but httpd's expiry and those whose names fit one of the patterns
 * in `hide` (const char *, see sst_entries_hidden), in their order, from
 * `pool`, with a NUL behind. Besides letters, digits and -._* everything is
 * escaped, a blank as '+'.
 */
sst_span_t sst_form_encode(const apr_table_t *entries,
                           const apr_array_header_t *hide, apr_pool_t *pool);

/* One name or value, unescaped, as a C string from `pool`. Expected: OK;
 * INVALID with *out NULL when an escape is none or stands for NUL, or when a
 * control character is not escaped.
 */
sst_status_t sst_form_decode(char **out, sst_span_t text,
                             apr_pool_t *pool) SST_CHECKED;

#endif
