/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* SessionStoreForward as it is configured: which headers have which entries,
 * and how that is inherited. Nothing here changes after it was made.
 */
#ifndef SST_FORWARD_CONF_H
#define SST_FORWARD_CONF_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/crypto.h"

/* One header. */
typedef struct sst_forward_t {
    const char *header;
    const char *signature;      /* the name of the header that signs it */
    const apr_array_header_t *patterns;     /* const char *; NULL: never set,
                                             * but taken from clients */
    const sst_mac_t *mac;       /* NULL: not signed */
} sst_forward_t;

/* Those of a place. */
typedef struct sst_forwards_t {
    int cleared;                /* what is inherited is not set */
    apr_array_header_t *rules;  /* sst_forward_t */
} sst_forwards_t;

/* Reads a directive's words, HEADER from PATTERN ... [sign=file:PATH] or none,
 * and adds them to *forwards, which is made when it is NULL. Reads the secret:
 * for the start only. Answers NULL, or a message that says what is wrong and
 * what is allowed; *forwards is then as it was.
 */
const char *sst_forward_configure(sst_forwards_t **forwards, int argc,
                                  char *const argv[], apr_pool_t *pool);

/* What applies in an inner place: the headers of both, the inner one's where
 * both have one. A header that is not set there any more is still taken from
 * clients. Neither is changed; `inner` and `outer` may not be NULL.
 */
sst_forwards_t *sst_forward_merge(const sst_forwards_t *outer,
                                  const sst_forwards_t *inner,
                                  apr_pool_t *pool);

/* 1 when two names of headers can be taken for the same: upper and lower case,
 * and all characters besides letters and digits, are not told apart.
 */
int sst_forward_alike(const char *a, const char *b);

#endif
