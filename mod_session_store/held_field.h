/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a browser holds of a session (held.h), found in the Cookie header field
 * that it sends and taken out. Knows nothing of httpd. Any thread.
 */
#ifndef SST_HELD_FIELD_H
#define SST_HELD_FIELD_H

#include <apr_pools.h>

#include "lib/bytes.h"

/* The most cookies that one session is in. */
#define SST_HELD_MAX 8

/* Length of what stands in front of the text: "3." */
#define SST_HELD_COUNT_LEN 2

/* The name of a part, from 0: NAME, NAME-1, ... */
const char *sst_held_part_name(const char *name, int i, apr_pool_t *pool);

/* The texts that a Cookie header field (may be NULL) holds, `most` at most;
 * from `pool`, or inside `header`. Answers how many.
 */
int sst_held_find(sst_span_t *out, int most, const char *header,
                  const char *name, int carried, apr_pool_t *pool);

/* The header field without these cookies, as sst_cookie_without. */
const char *sst_held_without(const char *header, const char *name,
                             int carried, apr_pool_t *pool);

#endif
