/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Users: one item each, with an attribute for each of their rows. */

#include "lib/backends/dynamodb_item.h"
#include "lib/backends/dynamodb_notes.h"

/* Another login of the same user may come in between, or the item may end. */
#define ADD_ATTEMPTS 3

/* --- Noting --- */

/* Notes the row, and moves the end of the whole item when that is `later`. */
static json_t *add_input(sst_dynamodb_t *dynamodb, const sst_row_t *user,
                         const sst_row_t *row, apr_int64_t expires_s,
                         int later, apr_pool_t *pool)
{
    char name[SST_DYNAMODB_NOTE_LEN + 1];

    sst_dynamodb_note_name(name, row);
    return json_pack("{s:o, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:o, s:o}, s:s}",
                     "Key", sst_dynamodb_key(dynamodb, user, pool),
                     "UpdateExpression",
                     later ? "SET #r = :n, #x = :e" : "SET #r = :n",
                     "ConditionExpression",
                     later ? "attribute_not_exists(#k) OR #x <= :e"
                           : "attribute_exists(#k) AND #x > :e",
                     "ExpressionAttributeNames", "#r", name,
                     "#x", dynamodb->ttl_name, "#k", dynamodb->key_name,
                     "ExpressionAttributeValues",
                     ":n", sst_dynamodb_note_value(
                         expires_s, sst_dynamodb_now_s(dynamodb), pool),
                     ":e", sst_dynamodb_number(expires_s, pool),
                     "ReturnValues", "ALL_OLD");
}

/* Expected: OK, with what the item was in *answer; TOO_BIG. */
static sst_status_t add(sst_dynamodb_answer_t *answer,
                        sst_dynamodb_t *dynamodb, const sst_row_t *user,
                        const sst_row_t *row, apr_int64_t expires_s,
                        apr_time_t deadline, sst_error_t *err,
                        apr_pool_t *pool)
{
    sst_status_t status = SST_CONFLICT;
    int later = 1;
    int i;

    for (i = 0; i < 2 * ADD_ATTEMPTS && status == SST_CONFLICT; i++) {
        status = sst_dynamodb_call(answer, dynamodb, "UpdateItem",
                                   add_input(dynamodb, user, row, expires_s,
                                             later, pool),
                                   deadline, err, pool);
        later = !later;
    }
    if (status == SST_CONFLICT) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "table %s: a user's sessions change too fast",
                             dynamodb->table);
    }
    return status;
}

/* Consistent: who signs a user out everywhere has to see every row. */
static sst_status_t read_item(json_t **out, sst_dynamodb_t *dynamodb,
                              const sst_row_t *user, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    sst_status_t status;

    status = sst_dynamodb_call(&answer, dynamodb, "GetItem",
                               json_pack("{s:o, s:b}", "Key",
                                         sst_dynamodb_key(dynamodb, user,
                                                          pool),
                                         "ConsistentRead", 1),
                               deadline, err, pool);
    *out = status == SST_OK ? json_object_get(answer.document, "Item") : NULL;
    return status;
}

static int make_room(sst_dynamodb_t *dynamodb, const sst_row_t *user,
                     apr_time_t deadline, apr_pool_t *pool)
{
    json_t *item;

    return read_item(&item, dynamodb, user, deadline, NULL, pool) == SST_OK
        && sst_dynamodb_notes_tidy(dynamodb, user, item, 1, deadline, pool)
           > 0;
}

/* --- The operations --- */

sst_status_t sst_dynamodb_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_dynamodb_answer_t answer;
    sst_error_t own;
    sst_status_t status;
    int i;

    sst_dynamodb_check_table(dynamodb);
    sst_error_clear(&own);
    status = add(&answer, dynamodb, user, row, expires_s, deadline, &own,
                 pool);
    for (i = 0; i < ADD_ATTEMPTS && status == SST_TOO_BIG
         && make_room(dynamodb, user, deadline, pool); i++) {
        sst_error_clear(&own);
        status = add(&answer, dynamodb, user, row, expires_s, deadline, &own,
                     pool);
    }
    if (status == SST_TOO_BIG) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "table %s: a user has more sessions than an item"
                             " of DynamoDB can note (400 KB): end them, by"
                             " htsession revoke --user", dynamodb->table);
    }
    if (status != SST_OK) {
        return sst_error_set(err, status, own.os, "%s", own.text);
    }
    (void) sst_dynamodb_notes_tidy(dynamodb, user,
                                   json_object_get(answer.document,
                                                   "Attributes"),
                                   0, deadline, pool);
    return SST_OK;
}

sst_status_t sst_dynamodb_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    const char *attribute;
    sst_status_t status;
    sst_row_t row;
    json_t *item;
    json_t *value;

    *out = apr_array_make(pool, 4, sizeof(sst_row_t));
    sst_dynamodb_check_table(dynamodb);
    status = read_item(&item, dynamodb, user, deadline, err, pool);
    if (status != SST_OK) {
        return status;
    }
    json_object_foreach(item, attribute, value) {
        if (sst_dynamodb_note_row(&row, attribute)) {
            APR_ARRAY_PUSH(*out, sst_row_t) = row;
        }
    }
    return SST_OK;
}

sst_status_t sst_dynamodb_index_remove(sst_store_t *store,
                                       const sst_row_t *user,
                                       const sst_row_t *row,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    char name[SST_DYNAMODB_NOTE_LEN + 1];
    sst_dynamodb_answer_t answer;
    sst_status_t status;

    sst_dynamodb_note_name(name, row);
    sst_dynamodb_check_table(dynamodb);
    status = sst_dynamodb_call(&answer, dynamodb, "UpdateItem",
                               json_pack("{s:o, s:s, s:s, s:{s:s}}",
                                         "Key",
                                         sst_dynamodb_key(dynamodb, user,
                                                          pool),
                                         "UpdateExpression", "REMOVE #r",
                                         "ConditionExpression",
                                         "attribute_exists(#r)",
                                         "ExpressionAttributeNames",
                                         "#r", name),
                               deadline, err, pool);
    return status == SST_CONFLICT ? SST_OK : status;
}
