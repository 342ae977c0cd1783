/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Is the table as it should be? Asked once in each process, beside the
 * requests, and told in one line when it is not; and for the tool, check by
 * check.
 */

#include "lib/backends/dynamodb.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/transport/loopback.h"

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

static void check_key(const sst_dynamodb_t *dynamodb, const json_t *table,
                      const sst_examiner_t *examiner)
{
    const json_t *schema = json_object_get(table, "KeySchema");
    const char *name = text_of(json_array_get(schema, 0), "AttributeName");
    const char *type = type_of(table, name);

    if (json_array_size(schema) != 1) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "key schema",
                          "DynamoDB table %s has a sort key: sessions need a"
                          " table with a partition key only",
                          dynamodb->table);
    }
    else if (strcmp(name, dynamodb->key_name) != 0
             || strcmp(type, dynamodb->key_is_text ? "S" : "B") != 0) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "key schema",
                          "DynamoDB table %s has the key %s:%s, and not %s:%s"
                          " as configured: set key=%s:%s", dynamodb->table,
                          name, type, dynamodb->key_name,
                          dynamodb->key_is_text ? "S" : "B", name, type);
    }
    else {
        sst_examiner_tell(examiner, SST_FINDING_OK, "key schema",
                          "DynamoDB table %s has the key %s:%s",
                          dynamodb->table, name, type);
    }
}

static void check_ttl(const sst_dynamodb_t *dynamodb, const json_t *answer,
                      const sst_examiner_t *examiner)
{
    const json_t *ttl = json_object_get(answer, "TimeToLiveDescription");
    const char *state = text_of(ttl, "TimeToLiveStatus");
    const char *name = text_of(ttl, "AttributeName");

    if (strcmp(state, "ENABLED") != 0 && strcmp(state, "ENABLING") != 0) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "ttl",
                          "DynamoDB table %s has no TTL, so ended sessions"
                          " stay and are billed: run aws dynamodb"
                          " update-time-to-live --table-name %s"
                          " --time-to-live-specification"
                          " Enabled=true,AttributeName=%s", dynamodb->table,
                          dynamodb->table, dynamodb->ttl_name);
    }
    else if (strcmp(name, dynamodb->ttl_name) != 0) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "ttl",
                          "DynamoDB table %s has its TTL on %s, and not on %s"
                          " as configured: set ttl=%s", dynamodb->table, name,
                          dynamodb->ttl_name, name);
    }
    else {
        sst_examiner_tell(examiner, SST_FINDING_OK, "ttl",
                          "DynamoDB table %s has its TTL on %s",
                          dynamodb->table, name);
    }
}

static sst_status_t describe(sst_dynamodb_answer_t *out,
                             sst_dynamodb_t *dynamodb, const char *action,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    return sst_dynamodb_call(out, dynamodb, action, json_object(), deadline,
                             err, pool);
}

/* Expected: OK, whatever was found. */
static sst_status_t check(sst_dynamodb_t *dynamodb,
                          const sst_examiner_t *examiner, apr_time_t deadline,
                          sst_error_t *err, apr_pool_t *pool)
{
    sst_dynamodb_answer_t answer;
    sst_status_t status = describe(&answer, dynamodb, "DescribeTable",
                                   deadline, err, pool);

    if (status != SST_OK) {
        return status;
    }
    check_key(dynamodb, json_object_get(answer.document, "Table"), examiner);
    status = describe(&answer, dynamodb, "DescribeTimeToLive", deadline, err,
                      pool);
    if (status == SST_OK) {
        check_ttl(dynamodb, answer.document, examiner);
    }
    return status;
}

/* --- Beside the requests --- */

static void notify(void *baton, sst_finding_t finding, const char *name,
                   const char *text)
{
    const sst_dynamodb_t *dynamodb = baton;

    if (finding != SST_FINDING_OK) {
        sst_store_notify(dynamodb->store, SST_INVALID, "%s", text);
    }
}

static void check_quietly(sst_dynamodb_t *dynamodb, apr_pool_t *pool)
{
    const sst_examiner_t examiner = { notify, dynamodb, 0, 0 };
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = check(dynamodb, &examiner, sst_clock() + CHECK_TIMEOUT, &err,
                   pool);
    /* Not allowed to look, or no way to: requests will tell the rest. */
    if (status == SST_UNAVAILABLE
        && strstr(err.text, "ResourceNotFound") != NULL) {
        sst_store_notify(dynamodb->store, status, "%s", err.text);
    }
}

static void *APR_THREAD_FUNC check_thread(apr_thread_t *thread, void *data)
{
    sst_dynamodb_t *dynamodb = data;
    apr_pool_t *pool;

    /* The process's pool belongs to other threads too. */
    if (apr_pool_create(&pool, NULL) == APR_SUCCESS) {
        check_quietly(dynamodb, pool);
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

/* --- For the tool --- */

/* Requests are signed by the service's clock, once that is known to differ. */
#define SKEW_MAX_S 5

static void check_clock(sst_dynamodb_t *dynamodb,
                        const sst_examiner_t *examiner)
{
    apr_int64_t skew_s = sst_dynamodb_now_s(dynamodb)
                         - apr_time_sec(apr_time_now());

    if (skew_s > SKEW_MAX_S || skew_s < -SKEW_MAX_S) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "clock",
                          "this clock differs from the service's by %"
                          APR_INT64_T_FMT " s: set it by NTP", skew_s);
        return;
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "clock",
                      "this clock is right enough for the service");
}

static void check_tls(const sst_dynamodb_t *dynamodb,
                      const sst_examiner_t *examiner, apr_pool_t *pool)
{
    const char *endpoint = dynamodb->settings.endpoint;
    sst_http_url_t url;

    if (endpoint != NULL
        && sst_http_url_parse(&url, endpoint, NULL, pool) == SST_OK
        && strcmp(url.scheme, "http") == 0 && !sst_loopback(url.host)) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "tls",
                          "what goes to %s can be read on the way: use "
                          "https://", endpoint);
        return;
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "tls",
                      "connections are encrypted, or stay on this host");
}

sst_status_t sst_dynamodb_examine(sst_store_t *store,
                                  const sst_examiner_t *examiner,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_error_t found;
    sst_status_t status;

    if (dynamodb->broken.status != SST_OK) {
        return sst_dynamodb_broken(dynamodb, err);
    }
    sst_error_clear(&found);
    check_tls(dynamodb, examiner, pool);
    status = check(dynamodb, examiner, deadline, &found, pool);
    if (status == SST_DENIED) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "table",
                          "the table's setup could not be looked at: %s",
                          found.text);
    }
    else if (status != SST_OK) {
        return sst_error_set(err, status, found.os, "%s", found.text);
    }
    check_clock(dynamodb, examiner);
    return SST_OK;
}
