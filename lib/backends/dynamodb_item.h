/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Items as JSON, the way DynamoDB's low-level API has them: {"B": base64},
 * {"N": "12"}, {"S": "text"}. No I/O; any thread on documents of its own.
 */
#ifndef SST_DYNAMODB_ITEM_H
#define SST_DYNAMODB_ITEM_H

#include <apr_pools.h>

#include <jansson.h>

#include "lib/backends/dynamodb.h"

/* Attribute values: new references. */
json_t *sst_dynamodb_binary(sst_span_t bytes, apr_pool_t *pool);
json_t *sst_dynamodb_number(apr_int64_t number, apr_pool_t *pool);

/* The value of the key attribute for a row. */
json_t *sst_dynamodb_key_value(const sst_dynamodb_t *dynamodb,
                               const sst_row_t *row, apr_pool_t *pool);

/* {<key>: value}, a new reference. */
json_t *sst_dynamodb_key(const sst_dynamodb_t *dynamodb, const sst_row_t *row,
                         apr_pool_t *pool);

/* The bytes, or the number, of an attribute of an item. Expected: OK;
 * NOT_FOUND when the item has none of that name and kind (*out is then empty
 * or 0).
 */
sst_status_t sst_dynamodb_get_binary(sst_span_t *out, const json_t *item,
                                     const char *name,
                                     apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_dynamodb_get_number(apr_int64_t *out, const json_t *item,
                                     const char *name) SST_CHECKED;

/* The row that an item's key is. Expected: OK; CORRUPT. */
sst_status_t sst_dynamodb_get_row(sst_row_t *out,
                                  const sst_dynamodb_t *dynamodb,
                                  const json_t *item,
                                  apr_pool_t *pool) SST_CHECKED;

/* The name and the value of the attribute in which the writer of this number
 * notes its last write: "w3".
 */
const char *sst_dynamodb_slot(int writer, apr_pool_t *pool);
json_t *sst_dynamodb_slot_value(const sst_version_t *version,
                                apr_pool_t *pool);

/* A whole item of a session, written by `writer`. */
json_t *sst_dynamodb_encode(const sst_dynamodb_t *dynamodb,
                            const sst_row_t *row, sst_span_t value,
                            const sst_version_t *version, int writer,
                            apr_int64_t expires_s, apr_pool_t *pool);

/* The value that an item of a session holds. Expected: OK; CORRUPT when it is
 * no such item (*out is then zero).
 */
sst_status_t sst_dynamodb_decode(sst_value_t *out,
                                 const sst_dynamodb_t *dynamodb,
                                 const json_t *item, sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

/* 1 when the write of `version`, by `writer`, is in an item: it is what is
 * stored, or (asked when `doubtful` only) others have written upon it. 0 when
 * it is not; also when a writer of the same number, in another process, has
 * written since: then nobody can tell.
 */
int sst_dynamodb_landed(const json_t *item, const sst_version_t *version,
                        int writer, int doubtful, apr_pool_t *pool);

#endif
