/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* All sessions of a table, page by page: for htsession. */

#include "lib/backends/dynamodb_item.h"
#include "lib/clock.h"

#define PAGE_TIMEOUT apr_time_from_sec(10)

static json_t *scan_input(const json_t *after)
{
    json_t *input = json_pack("{s:s, s:{s:s}, s:b}",
                              "FilterExpression", "attribute_exists(#v)",
                              "ExpressionAttributeNames",
                              "#v", SST_DYNAMODB_VALUE,
                              "ConsistentRead", 1);

    if (after != NULL) {
        json_object_set_new(input, "ExclusiveStartKey",
                            json_deep_copy(after));
    }
    return input;
}

/* Passes the items of a page on. An item that is no session is none of ours. */
static sst_status_t each_item(const sst_dynamodb_t *dynamodb,
                              const json_t *items, sst_scan_fn_t *each,
                              void *baton, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    sst_value_t value;
    sst_row_t row;
    size_t i;

    for (i = 0; i < json_array_size(items) && status == SST_OK; i++) {
        const json_t *item = json_array_get(items, i);

        if (sst_dynamodb_get_row(&row, dynamodb, item, pool) == SST_OK
            && sst_dynamodb_decode(&value, dynamodb, item, NULL, pool)
               == SST_OK) {
            status = each(baton, &row, &value, pool);
        }
    }
    return status;
}

/* One page, in memory of its own; *after becomes the key to go on with, a new
 * reference, or NULL at the end.
 */
static sst_status_t scan_page(json_t **after, sst_dynamodb_t *dynamodb,
                              sst_scan_fn_t *each, void *baton,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    json_t *input = scan_input(*after);
    sst_status_t status;

    json_decref(*after);
    *after = NULL;
    status = sst_dynamodb_call(&answer, dynamodb, "Scan", input,
                               sst_clock() + PAGE_TIMEOUT, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = each_item(dynamodb, json_object_get(answer.document, "Items"),
                       each, baton, pool);
    *after = json_incref(json_object_get(answer.document,
                                         "LastEvaluatedKey"));
    return status;
}

sst_status_t sst_dynamodb_scan(sst_store_t *store, sst_scan_fn_t *each,
                               void *baton, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    json_t *after = NULL;
    apr_pool_t *page;
    sst_status_t status = SST_OK;

    if (apr_pool_create(&page, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM, "no memory");
    }
    do {
        apr_pool_clear(page);
        status = scan_page(&after, dynamodb, each, baton, err, page);
    } while (status == SST_OK && after != NULL);
    json_decref(after);
    apr_pool_destroy(page);
    return status;
}
