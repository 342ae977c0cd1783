/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the parts of the DynamoDB backend share: dynamodb.c (options, life),
 * dynamodb_records.c, dynamodb_index.c (users), dynamodb_notes.c (what is
 * noted with them), dynamodb_scan.c, dynamodb_table.c (is the table as it
 * should be), dynamodb_call.c (one call of the API).
 *
 * An item of a session:
 *     <key>   the row (or, under a String key, its hex digits)
 *     <ttl>   when it ends, seconds since 1970: the table's TTL attribute
 *     rev     the revision
 *     tok     the write token
 *     val     the value behind its version
 *     w0..w7  the last write of each writer: the beginning of its token
 * Writers that are at it at the same time, in one process, have different
 * numbers. So when an answer was lost, what was written stays to be seen,
 * however often the others of this process have written since.
 *
 * An item of a user: <key>, <ttl>, and for each row an attribute, named by the
 * row in base64url, with the time until which the row may matter and when it
 * was noted (dynamodb_notes.h). Attributes rather than a set, so that a row is
 * noted or removed by one blind write.
 */
#ifndef SST_DYNAMODB_H
#define SST_DYNAMODB_H

#include <apr_pools.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include <jansson.h>

#include "lib/store.h"
#include "lib/transport/aws_credentials.h"
#include "lib/transport/aws_sources.h"
#include "lib/transport/breaker.h"
#include "lib/transport/http.h"
#include "lib/transport/retry.h"

#define SST_DYNAMODB_REVISION "rev"
#define SST_DYNAMODB_TOKEN "tok"
#define SST_DYNAMODB_VALUE "val"
#define SST_DYNAMODB_SLOTS 8

/* A store in DynamoDB. Set up by open and start; then only the parts under the
 * mutex change.
 */
typedef struct sst_dynamodb_t {
    const char *table;              /* name, or ARN */
    const char *key_name;
    int key_is_text;                /* a String key instead of a Binary one */
    const char *ttl_name;
    int strong;                     /* every read is consistent */
    const char *ca;
    apr_interval_time_t connect_timeout;
    sst_aws_options_t options;
    const sst_store_t *store;       /* that this is the inside of */

    sst_error_t broken;             /* why start failed, or SST_OK */
    sst_aws_settings_t settings;
    sst_http_t *http;               /* to the table, trusting `ca` */
    sst_http_t *sources;            /* to those who give credentials */
    sst_aws_credentials_t *credentials;
    sst_retry_quota_t quota;
    apr_pool_t *pool;               /* of the process */
    unsigned char first_slot;       /* where this process begins to count */
    apr_thread_mutex_t *mutex;      /* guards all that follows */
    int writers[SST_DYNAMODB_SLOTS];        /* at work, by number */
    sst_breaker_t breaker;
    sst_spent_t spent;              /* since it was handed over */
    int checking;                   /* the table is or has been looked at */
    apr_thread_t *checker;          /* or NULL */
} sst_dynamodb_t;

/* --- Calls --- */

/* What a call of the API came to. */
typedef struct sst_dynamodb_answer_t {
    json_t *document;       /* the answer, or what ALL_OLD shows; never NULL
                             * on OK and CONFLICT; freed with the pool */
    int doubtful;           /* an earlier attempt of this very call may have
                             * been carried out */
} sst_dynamodb_answer_t;

/* What is known of the service; see sst_store_ops_t. */
void sst_dynamodb_usage(sst_usage_t *out, sst_store_t *store,
                        apr_pool_t *pool);

/* What was spent there since the last call; see sst_store_ops_t. */
void sst_dynamodb_spent(sst_spent_t *out, sst_store_t *store,
                        apr_pool_t *pool);

/* Calls `action` ("GetItem") with `input`, which is given away; `TableName` is
 * added. Repeats what is worth it, until `deadline`. Expected: OK; CONFLICT
 * when the condition did not hold. Never NOT_FOUND, INVALID or EXPIRED.
 */
sst_status_t sst_dynamodb_call(sst_dynamodb_answer_t *out,
                               sst_dynamodb_t *dynamodb, const char *action,
                               json_t *input, apr_time_t deadline,
                               sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* The answer of a store that could not be started. */
sst_status_t sst_dynamodb_broken(const sst_dynamodb_t *dynamodb,
                                 sst_error_t *err);

/* Seconds since 1970 by the service's clock. */
apr_int64_t sst_dynamodb_now_s(sst_dynamodb_t *dynamodb);

/* --- The other parts --- */

/* The operations of these names in lib/store.h. */
sst_status_t sst_dynamodb_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row, apr_uint64_t min_revision,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_put(sst_store_t *store, const sst_row_t *row,
                              sst_span_t value, apr_int64_t expires_s,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_index_remove(sst_store_t *store,
                                       const sst_row_t *user,
                                       const sst_row_t *row,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_scan(sst_store_t *store, sst_scan_fn_t *each,
                               void *baton, sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* The operation of this name in lib/store.h. */
sst_status_t sst_dynamodb_examine(sst_store_t *store,
                                  const sst_examiner_t *examiner,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* At the first use in a process: looks at the table in a thread of its own,
 * where rights allow, and tells what will not work. Never waits.
 */
void sst_dynamodb_check_table(sst_dynamodb_t *dynamodb);

/* Waits for that thread: at the end of a process. */
void sst_dynamodb_check_end(sst_dynamodb_t *dynamodb);

#endif
