/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The operations on records: reads that are eventual where that is enough, and
 * writes on conditions, which know themselves again.
 */

#include <string.h>

#include "lib/backends/dynamodb_item.h"

/* What says when a session ends: the clock of this host, by which that time was
 * written and is judged at each load. By the service's own, where that is
 * known to differ, what is loaded as alive could not be written, or what has
 * expired could be prolonged.
 */
static apr_int64_t now_s(void)
{
    return apr_time_sec(apr_time_now());
}

/* --- Reading --- */

static sst_status_t get_once(sst_value_t *out, sst_dynamodb_t *dynamodb,
                             const sst_row_t *row, int consistent,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    sst_status_t status;
    json_t *item;

    memset(out, 0, sizeof(*out));
    status = sst_dynamodb_call(&answer, dynamodb, "GetItem",
                               json_pack("{s:o, s:b}", "Key",
                                         sst_dynamodb_key(dynamodb, row,
                                                          pool),
                                         "ConsistentRead", consistent),
                               deadline, err, pool);
    if (status != SST_OK) {
        return status;
    }
    item = json_object_get(answer.document, "Item");
    if (item == NULL) {
        return SST_NOT_FOUND;
    }
    return sst_dynamodb_decode(out, dynamodb, item, err, pool);
}

/* An eventual read may be late: of a write, which the revision tells, or of a
 * touch, which moves the end alone. And jansson, where no memory is left, makes
 * shorter strings without a word: then a session would seem to be none.
 */
static int is_doubtful(sst_status_t status, const sst_value_t *found,
                       apr_uint64_t min_revision, int strong)
{
    if (status == SST_CORRUPT) {
        return 1;
    }
    if (strong || (status != SST_OK && status != SST_NOT_FOUND)) {
        return 0;
    }
    return found->version.revision < min_revision
        || (status == SST_OK && found->expires_s <= now_s());
}

sst_status_t sst_dynamodb_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row,
                              apr_uint64_t min_revision,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    int strong = dynamodb->strong || min_revision == SST_REVISION_LATEST;
    sst_error_t first;
    sst_status_t status;

    sst_dynamodb_check_table(dynamodb);
    sst_error_clear(&first);
    status = get_once(out, dynamodb, row, strong, deadline, &first, pool);
    if (is_doubtful(status, out, min_revision, strong)) {
        return get_once(out, dynamodb, row, 1, deadline, err, pool);
    }
    return first.status == SST_OK
        ? status : sst_error_set(err, status, first.os, "%s", first.text);
}

/* --- Writing --- */

/* One write of a record, under way. */
typedef struct write_t {
    sst_dynamodb_t *dynamodb;
    const sst_row_t *row;
    sst_span_t value;
    sst_version_t version;
    const sst_version_t *expected;  /* NULL: creates */
    apr_int64_t expires_s;
    int writer;                     /* its number */
    apr_pool_t *pool;
} write_t;

/* The number that the fewest have: none, unless there are many at once. */
static int take_number(sst_dynamodb_t *dynamodb)
{
    int best = dynamodb->first_slot % SST_DYNAMODB_SLOTS;
    int i;

    (void) apr_thread_mutex_lock(dynamodb->mutex);
    for (i = 1; i < SST_DYNAMODB_SLOTS; i++) {
        int next = (dynamodb->first_slot + i) % SST_DYNAMODB_SLOTS;

        if (dynamodb->writers[next] < dynamodb->writers[best]) {
            best = next;
        }
    }
    dynamodb->writers[best]++;
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
    return best;
}

static void give_number(sst_dynamodb_t *dynamodb, int number)
{
    (void) apr_thread_mutex_lock(dynamodb->mutex);
    dynamodb->writers[number]--;
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
}

/* What a refused write means: ours all the same, somebody else's, or that
 * there is nothing to write upon any more. Where nobody can tell whether it is
 * ours it is a conflict: to merge the same changes twice does no harm.
 */
static sst_status_t judge_refusal(const sst_dynamodb_answer_t *answer,
                                  const write_t *write)
{
    const json_t *item = json_object_get(answer->document, "Item");
    apr_int64_t expires_s;

    if (item == NULL) {
        return SST_NOT_FOUND;
    }
    if (sst_dynamodb_landed(item, &write->version, write->writer,
                            answer->doubtful, write->pool)) {
        return SST_OK;
    }
    if (write->expected != NULL
        && sst_dynamodb_get_number(&expires_s, item,
                                   write->dynamodb->ttl_name) == SST_OK
        && expires_s <= now_s()) {
        return SST_NOT_FOUND;
    }
    return SST_CONFLICT;
}

static json_t *create_input(const write_t *write)
{
    const sst_dynamodb_t *dynamodb = write->dynamodb;

    return json_pack("{s:o, s:s, s:{s:s}, s:s}",
                     "Item",
                     sst_dynamodb_encode(dynamodb, write->row, write->value,
                                         &write->version, write->writer,
                                         write->expires_s, write->pool),
                     "ConditionExpression", "attribute_not_exists(#k)",
                     "ExpressionAttributeNames", "#k", dynamodb->key_name,
                     "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
}

static json_t *update_names(const write_t *write)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}",
                     "#x", write->dynamodb->ttl_name,
                     "#r", SST_DYNAMODB_REVISION, "#t", SST_DYNAMODB_TOKEN,
                     "#v", SST_DYNAMODB_VALUE,
                     "#w", sst_dynamodb_slot(write->writer, write->pool));
}

static json_t *token_value(const sst_version_t *version, apr_pool_t *pool)
{
    return sst_dynamodb_binary(sst_span(version->token, SST_TOKEN_LEN), pool);
}

static json_t *revision_value(const sst_version_t *version, apr_pool_t *pool)
{
    return sst_dynamodb_number((apr_int64_t) version->revision, pool);
}

static json_t *update_values(const write_t *write)
{
    apr_pool_t *pool = write->pool;
    sst_span_t rest = sst_span(write->value.data + SST_VERSION_LEN,
                               write->value.len - SST_VERSION_LEN);

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     ":x", sst_dynamodb_number(write->expires_s, pool),
                     ":r", revision_value(&write->version, pool),
                     ":t", token_value(&write->version, pool),
                     ":v", sst_dynamodb_binary(rest, pool),
                     ":w", sst_dynamodb_slot_value(&write->version, pool),
                     ":er", revision_value(write->expected, pool),
                     ":et", token_value(write->expected, pool),
                     ":now", sst_dynamodb_number(now_s(), pool));
}

static json_t *update_input(const write_t *write)
{
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:s}",
                     "Key", sst_dynamodb_key(write->dynamodb, write->row,
                                             write->pool),
                     "UpdateExpression",
                     "SET #x = :x, #r = :r, #t = :t, #v = :v, #w = :w",
                     "ConditionExpression",
                     "#t = :et AND #r = :er AND #x > :now",
                     "ExpressionAttributeNames", update_names(write),
                     "ExpressionAttributeValues", update_values(write),
                     "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
}

static sst_status_t write_record(write_t *write, apr_time_t deadline,
                                 sst_error_t *err)
{
    int creates = write->expected == NULL;
    sst_dynamodb_answer_t answer;
    sst_status_t status;

    write->writer = take_number(write->dynamodb);
    status = sst_dynamodb_call(&answer, write->dynamodb,
                               creates ? "PutItem" : "UpdateItem",
                               creates ? create_input(write)
                                       : update_input(write),
                               deadline, err, write->pool);
    if (status == SST_CONFLICT) {
        status = judge_refusal(&answer, write);
    }
    give_number(write->dynamodb, write->writer);
    return status;
}

sst_status_t sst_dynamodb_put(sst_store_t *store, const sst_row_t *row,
                              sst_span_t value, apr_int64_t expires_s,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    write_t write = { store->impl, row, value, { { 0 }, 0 }, expected,
                      expires_s, 0, pool };
    sst_status_t status = sst_version_read(&write.version, value, err);

    if (status != SST_OK) {
        return status;
    }
    if (value.len > store->ops->value_max) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "a session of %" APR_SIZE_T_FMT " bytes does not"
                             " fit an item of DynamoDB (400 KB)", value.len);
    }
    if (write.dynamodb->broken.status != SST_OK) {
        return sst_dynamodb_broken(write.dynamodb, err);
    }
    sst_dynamodb_check_table(write.dynamodb);
    return write_record(&write, deadline, err);
}

sst_status_t sst_dynamodb_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_dynamodb_answer_t answer;
    sst_status_t status;
    json_t *input;

    sst_dynamodb_check_table(dynamodb);
    input = json_pack("{s:o, s:s, s:s, s:{s:s, s:s}, s:{s:o, s:o}}",
                      "Key", sst_dynamodb_key(dynamodb, row, pool),
                      "UpdateExpression", "SET #x = :x",
                      "ConditionExpression",
                      "attribute_exists(#v) AND #x > :now",
                      "ExpressionAttributeNames", "#x", dynamodb->ttl_name,
                      "#v", SST_DYNAMODB_VALUE,
                      "ExpressionAttributeValues",
                      ":x", sst_dynamodb_number(expires_s, pool),
                      ":now", sst_dynamodb_number(now_s(), pool));
    status = sst_dynamodb_call(&answer, dynamodb, "UpdateItem", input,
                               deadline, err, pool);
    return status == SST_CONFLICT ? SST_NOT_FOUND : status;
}

static json_t *remove_input(const sst_dynamodb_t *dynamodb,
                            const sst_row_t *row,
                            const sst_version_t *expected, apr_pool_t *pool)
{
    json_t *key = sst_dynamodb_key(dynamodb, row, pool);

    if (expected == NULL) {
        return json_pack("{s:o, s:s, s:{s:s}}", "Key", key,
                         "ConditionExpression", "attribute_exists(#k)",
                         "ExpressionAttributeNames", "#k",
                         dynamodb->key_name);
    }
    return json_pack("{s:o, s:s, s:{s:s, s:s}, s:{s:o, s:o}, s:s}",
                     "Key", key,
                     "ConditionExpression", "#t = :et AND #r = :er",
                     "ExpressionAttributeNames", "#t", SST_DYNAMODB_TOKEN,
                     "#r", SST_DYNAMODB_REVISION,
                     "ExpressionAttributeValues",
                     ":et", token_value(expected, pool),
                     ":er", revision_value(expected, pool),
                     "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
}

sst_status_t sst_dynamodb_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_dynamodb_answer_t answer;
    sst_status_t status;

    sst_dynamodb_check_table(dynamodb);
    status = sst_dynamodb_call(&answer, dynamodb, "DeleteItem",
                               remove_input(dynamodb, row, expected, pool),
                               deadline, err, pool);
    if (status != SST_CONFLICT) {
        return status;
    }
    if (json_object_get(answer.document, "Item") != NULL) {
        return SST_CONFLICT;
    }
    /* Gone: by an earlier attempt of ours, if there was one. */
    return answer.doubtful ? SST_OK : SST_NOT_FOUND;
}
