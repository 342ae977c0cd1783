/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The Cookie header field of a request, which anybody may write: our cookies
 * found in it and taken out. Knows nothing of httpd. Any thread.
 */
#ifndef SST_COOKIE_FIELD_H
#define SST_COOKIE_FIELD_H

#include <apr_pools.h>

#include "lib/bytes.h"

/* The values of the cookie `name` in a Cookie header field, the first `most`
 * different ones, in their order; they lie inside `header`, which may be NULL.
 * Answers how many.
 */
int sst_cookie_find(sst_span_t *out, int most, const char *header,
                    const char *name);

/* The header field without the cookies of this name, also where they stand
 * behind a comma: `header` itself when there is none, NULL when nothing else
 * is left, else a copy in `pool` in which the other cookies are as they were,
 * byte for byte.
 */
const char *sst_cookie_without(const char *header, const char *name,
                               apr_pool_t *pool);

/* The text between two places, without blanks around it. */
sst_span_t sst_cookie_trimmed(const char *start, const char *stop);

#endif
