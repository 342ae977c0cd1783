/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Users: one item each, with an attribute for each of their rows. */

#include <string.h>

#include <apr_strings.h>

#include "lib/backends/dynamodb_item.h"

#define ROW_NAME_LEN SST_BASE64URL_LEN(SST_ROW_LEN)

/* Rows whose time is over are taken out when there are so many of them, and
 * not more at once than an expression may name.
 */
#define TRIM_MIN 8
#define TRIM_MAX 100

/* Another login of the same user may come in between, or the item may end. */
#define ADD_ATTEMPTS 3

static void row_name(char out[ROW_NAME_LEN + 1], const sst_row_t *row)
{
    sst_base64url_encode(out, sst_span(row->bytes, sizeof(row->bytes)));
}

static int row_of(sst_row_t *out, const char *name)
{
    return strlen(name) == ROW_NAME_LEN
        && sst_base64url_decode(out->bytes, sizeof(out->bytes),
                                sst_span_text(name)) == SST_OK;
}

/* --- Trimming --- */

/* REMOVE #0, #1 ... for the rows of `item` that are over; NULL: too few. */
static json_t *trim_input(const sst_dynamodb_t *dynamodb,
                          const sst_row_t *user, json_t *item, int least,
                          apr_pool_t *pool)
{
    apr_int64_t now_s = apr_time_sec(apr_time_now());
    json_t *names = json_object();
    const char *expression = "REMOVE ";
    const char *attribute;
    const char *name;
    apr_int64_t until_s;
    sst_row_t row;
    json_t *value;
    int count = 0;

    json_object_foreach(item, attribute, value) {
        if (count < TRIM_MAX && row_of(&row, attribute)
            && sst_dynamodb_get_number(&until_s, item, attribute) == SST_OK
            && until_s <= now_s) {
            name = apr_psprintf(pool, "#%d", count);
            expression = apr_pstrcat(pool, expression, count > 0 ? ", " : "",
                                     name, (char *) NULL);
            json_object_set_new(names, name, json_string(attribute));
            count++;
        }
    }
    if (count < least) {
        json_decref(names);
        return NULL;
    }
    json_object_set_new(names, "#k", json_string(dynamodb->key_name));
    return json_pack("{s:o, s:s, s:s, s:o}",
                     "Key", sst_dynamodb_key(dynamodb, user, pool),
                     "UpdateExpression", expression,
                     "ConditionExpression", "attribute_exists(#k)",
                     "ExpressionAttributeNames", names);
}

/* Takes out what is over. A failure leaves it for the next time. */
static void trim(sst_dynamodb_t *dynamodb, const sst_row_t *user,
                 json_t *item, apr_time_t deadline, apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    sst_status_t status;
    json_t *input = item != NULL
        ? trim_input(dynamodb, user, item, TRIM_MIN, pool) : NULL;

    if (input != NULL) {
        status = sst_dynamodb_call(&answer, dynamodb, "UpdateItem", input,
                                   deadline, NULL, pool);
        (void) status;
    }
}

/* --- The operations --- */

/* Notes the row, and moves the end of the whole item when that is `later`. */
static json_t *add_input(const sst_dynamodb_t *dynamodb,
                         const sst_row_t *user, const char *name,
                         apr_int64_t expires_s, int later, apr_pool_t *pool)
{
    return json_pack("{s:o, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:o}, s:s}",
                     "Key", sst_dynamodb_key(dynamodb, user, pool),
                     "UpdateExpression",
                     later ? "SET #r = :e, #x = :e" : "SET #r = :e",
                     "ConditionExpression",
                     later ? "attribute_not_exists(#k) OR #x <= :e"
                           : "attribute_exists(#k) AND #x > :e",
                     "ExpressionAttributeNames", "#r", name,
                     "#x", dynamodb->ttl_name, "#k", dynamodb->key_name,
                     "ExpressionAttributeValues",
                     ":e", sst_dynamodb_number(expires_s, pool),
                     "ReturnValues", "ALL_OLD");
}

sst_status_t sst_dynamodb_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    char name[ROW_NAME_LEN + 1];
    sst_dynamodb_answer_t answer;
    sst_status_t status = SST_CONFLICT;
    int later = 1;
    int i;

    row_name(name, row);
    sst_dynamodb_check_table(dynamodb);
    for (i = 0; i < 2 * ADD_ATTEMPTS && status == SST_CONFLICT; i++) {
        status = sst_dynamodb_call(&answer, dynamodb, "UpdateItem",
                                   add_input(dynamodb, user, name, expires_s,
                                             later, pool),
                                   deadline, err, pool);
        later = !later;
    }
    if (status == SST_CONFLICT) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "table %s: a user's sessions change too fast",
                             dynamodb->table);
    }
    if (status == SST_OK) {
        trim(dynamodb, user, json_object_get(answer.document, "Attributes"),
             deadline, pool);
    }
    return status;
}

sst_status_t sst_dynamodb_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_dynamodb_answer_t answer;
    sst_status_t status;
    const char *attribute;
    sst_row_t row;
    json_t *value;

    *out = apr_array_make(pool, 4, sizeof(sst_row_t));
    sst_dynamodb_check_table(dynamodb);
    /* Consistent: who signs a user out everywhere has to see every row. */
    status = sst_dynamodb_call(&answer, dynamodb, "GetItem",
                               json_pack("{s:o, s:b}", "Key",
                                         sst_dynamodb_key(dynamodb, user,
                                                          pool),
                                         "ConsistentRead", 1),
                               deadline, err, pool);
    if (status != SST_OK) {
        return status;
    }
    json_object_foreach(json_object_get(answer.document, "Item"), attribute,
                        value) {
        if (row_of(&row, attribute)) {
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
    char name[ROW_NAME_LEN + 1];
    sst_dynamodb_answer_t answer;
    sst_status_t status;

    row_name(name, row);
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
