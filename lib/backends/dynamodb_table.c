/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Is the table as it should be? Asked once in each process, beside the
 * requests, and told in one line when it is not.
 */

#include "lib/backends/dynamodb.h"

#include <string.h>

#define CHECK_TIMEOUT apr_time_from_sec(10)

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* The type of the attribute of this name: "B", "S", "N", or "". */
static const char *type_of(const json_t *table, const char *name)
{
    const json_t *all = json_object_get(table, "AttributeDefinitions");
    size_t i;

    for (i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);

        if (strcmp(text_of(one, "AttributeName"), name) == 0) {
            return text_of(one, "AttributeType");
        }
    }
    return "";
}

static void check_key(const sst_dynamodb_t *dynamodb, const json_t *table)
{
    const json_t *schema = json_object_get(table, "KeySchema");
    const char *name = text_of(json_array_get(schema, 0), "AttributeName");
    const char *type = type_of(table, name);

    if (json_array_size(schema) != 1) {
        sst_store_notify(dynamodb->store, SST_INVALID,
                         "DynamoDB table %s has a sort key: sessions need a"
                         " table with a partition key only", dynamodb->table);
    }
    else if (strcmp(name, dynamodb->key_name) != 0
             || strcmp(type, dynamodb->key_is_text ? "S" : "B") != 0) {
        sst_store_notify(dynamodb->store, SST_INVALID,
                         "DynamoDB table %s has the key %s:%s, and not %s:%s"
                         " as configured: set key=%s:%s", dynamodb->table,
                         name, type, dynamodb->key_name,
                         dynamodb->key_is_text ? "S" : "B", name, type);
    }
}

static void check_ttl(const sst_dynamodb_t *dynamodb, const json_t *answer)
{
    const json_t *ttl = json_object_get(answer, "TimeToLiveDescription");
    const char *state = text_of(ttl, "TimeToLiveStatus");
    const char *name = text_of(ttl, "AttributeName");

    if (strcmp(state, "ENABLED") != 0 && strcmp(state, "ENABLING") != 0) {
        sst_store_notify(dynamodb->store, SST_INVALID,
                         "DynamoDB table %s has no TTL, so ended sessions stay"
                         " and are billed: run aws dynamodb"
                         " update-time-to-live --table-name %s"
                         " --time-to-live-specification"
                         " Enabled=true,AttributeName=%s", dynamodb->table,
                         dynamodb->table, dynamodb->ttl_name);
    }
    else if (strcmp(name, dynamodb->ttl_name) != 0) {
        sst_store_notify(dynamodb->store, SST_INVALID,
                         "DynamoDB table %s has its TTL on %s, and not on %s"
                         " as configured: set ttl=%s", dynamodb->table, name,
                         dynamodb->ttl_name, name);
    }
}

static sst_status_t describe(sst_dynamodb_answer_t *out,
                             sst_dynamodb_t *dynamodb, const char *action,
                             sst_error_t *err, apr_pool_t *pool)
{
    return sst_dynamodb_call(out, dynamodb, action, json_object(),
                             apr_time_now() + CHECK_TIMEOUT, err, pool);
}

static void check(sst_dynamodb_t *dynamodb, apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = describe(&answer, dynamodb, "DescribeTable", &err, pool);
    if (status == SST_OK) {
        check_key(dynamodb, json_object_get(answer.document, "Table"));
    }
    else if (status == SST_UNAVAILABLE
             && strstr(err.text, "ResourceNotFound") != NULL) {
        sst_store_notify(dynamodb->store, status, "%s", err.text);
    }
    if (status != SST_OK) {
        /* Not allowed to look, or no way to: requests will tell the rest. */
        return;
    }
    status = describe(&answer, dynamodb, "DescribeTimeToLive", NULL, pool);
    if (status == SST_OK) {
        check_ttl(dynamodb, answer.document);
    }
}

static void *APR_THREAD_FUNC check_thread(apr_thread_t *thread, void *data)
{
    sst_dynamodb_t *dynamodb = data;
    apr_pool_t *pool;

    /* The process's pool belongs to other threads too. */
    if (apr_pool_create(&pool, NULL) == APR_SUCCESS) {
        check(dynamodb, pool);
        apr_pool_destroy(pool);
    }
    return NULL;
}

void sst_dynamodb_check_table(sst_dynamodb_t *dynamodb)
{
    if (dynamodb->broken.status != SST_OK) {
        return;
    }
    (void) apr_thread_mutex_lock(dynamodb->mutex);
    if (!dynamodb->checking) {
        dynamodb->checking = 1;
        if (apr_thread_create(&dynamodb->checker, NULL, check_thread,
                              dynamodb, dynamodb->pool) != APR_SUCCESS) {
            dynamodb->checker = NULL;
        }
    }
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
}

void sst_dynamodb_check_end(sst_dynamodb_t *dynamodb)
{
    apr_status_t rv;

    sst_http_cancel(dynamodb->http);
    if (dynamodb->checker != NULL) {
        (void) apr_thread_join(&rv, dynamodb->checker);
        dynamodb->checker = NULL;
    }
}
