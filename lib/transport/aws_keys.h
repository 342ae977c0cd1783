/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials as a source gives them: two keys, perhaps a session token, and
 * an end. The texts belong to the pool of the call that found them, and are
 * wiped when that pool goes.
 */
#ifndef SST_AWS_KEYS_H
#define SST_AWS_KEYS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/status.h"

typedef struct sst_aws_keys_t {
    char *key_id;
    char *secret;
    char *token;            /* NULL: none */
    apr_time_t expires;     /* 0: never */
} sst_aws_keys_t;

/* Copies to `pool`. `token` may be NULL. Expected: OK; INVALID when a text
 * cannot be sent in a header, or a key is missing or empty (*out is then
 * zero). `what` names the source in messages.
 */
sst_status_t sst_aws_keys_set(sst_aws_keys_t *out, const char *what,
                              const char *key_id, const char *secret,
                              const char *token, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* Reads a JSON document with AccessKeyId, SecretAccessKey, Expiration and a
 * token under the name `token_key`: the answer of a container endpoint, of an
 * instance, or of a credential_process. Expected: OK; INVALID (*out is then
 * zero).
 */
sst_status_t sst_aws_keys_from_json(sst_aws_keys_t *out, const char *what,
                                    sst_span_t body, const char *token_key,
                                    sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* Reads an ISO 8601 time with a date, a time and Z or an offset. Answers
 * SST_OK, or SST_INVALID with *out 0.
 */
sst_status_t sst_aws_time_parse(apr_time_t *out, const char *text) SST_CHECKED;

#endif
