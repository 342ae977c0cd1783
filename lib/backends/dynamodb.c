/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The DynamoDB backend: options, life, and the operations on records. */

#include "lib/backends/dynamodb.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/backends/backends.h"
#include "lib/backends/dynamodb_item.h"
#include "lib/crypto.h"
#include "lib/transport/aws_endpoint.h"
#include "lib/transport/readable.h"

/* An item may have 400 KB, names included; the rest is for all but the value. */
#define ITEM_MAX (400 * 1024)
#define ITEM_REST 1024

/* Below this a session stays within one billed kilobyte, deflated or not. */
#define DEFLATE_MIN 512

#define NAME_MAX_LEN 255
#define CONNECT_TIMEOUT apr_time_from_sec(1)

enum { READ_EVENTUAL, READ_STRONG };

static const sst_option_def_t dynamodb_options[] = {
    { "region", SST_OPTION_TEXT, NULL, 0, 0 },
    { "profile", SST_OPTION_TEXT, NULL, 0, 0 },
    { "endpoint", SST_OPTION_TEXT, NULL, 0, 0 },
    { "credentials-file", SST_OPTION_PATH, NULL, 0, 0 },
    { "key", SST_OPTION_TEXT, NULL, 0, 0 },
    { "ttl", SST_OPTION_TEXT, NULL, 0, NAME_MAX_LEN },
    { "read", SST_OPTION_CHOICE, "eventual|strong", 0, 0 },
    { "connect-timeout", SST_OPTION_DURATION, NULL, apr_time_from_msec(1),
      apr_time_from_sec(60) },
    { "ca", SST_OPTION_PATH, NULL, 0, 0 },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

/* --- Opening --- */

/* A table's name, or its ARN. */
static int is_table(const char *name)
{
    const char *c;
    int is_arn = strncmp(name, "arn:", 4) == 0;

    for (c = name; *c != '\0'; c++) {
        if (!apr_isalnum(*c) && strchr("_.-", *c) == NULL
            && (!is_arn || strchr(":/", *c) == NULL)) {
            return 0;
        }
    }
    return c - name >= 3 && c - name <= (is_arn ? 1024 : 255);
}

/* key=NAME, key=NAME:B or key=NAME:S. */
static sst_status_t parse_key(sst_dynamodb_t *dynamodb, const char *text,
                              sst_error_t *err, apr_pool_t *pool)
{
    const char *colon = strrchr(text, ':');
    const char *kind = colon != NULL ? colon + 1 : "B";
    apr_size_t len = colon != NULL ? (apr_size_t) (colon - text)
                                   : strlen(text);

    if (len == 0 || len > NAME_MAX_LEN
        || (strcmp(kind, "B") != 0 && strcmp(kind, "S") != 0)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "key=%s: the table's key attribute and its type,"
                             " sid:B (Binary) or sid:S (String)", text);
    }
    dynamodb->key_name = apr_pstrmemdup(pool, text, len);
    dynamodb->key_is_text = strcmp(kind, "S") == 0;
    return SST_OK;
}

/* Names that the items use for something else. */
static sst_status_t check_names(const sst_dynamodb_t *dynamodb,
                                sst_error_t *err)
{
    static const char *const taken[] = {
        SST_DYNAMODB_REVISION, SST_DYNAMODB_TOKEN, SST_DYNAMODB_VALUE, NULL
    };
    const char *names[2];
    const char *const *one;
    int i;

    names[0] = dynamodb->key_name;
    names[1] = dynamodb->ttl_name;
    for (i = 0; i < 2; i++) {
        int is_taken = names[i][0] == 'w' && strlen(names[i]) == 2;

        for (one = taken; *one != NULL; one++) {
            is_taken |= strcmp(names[i], *one) == 0;
        }
        if (is_taken) {
            return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                                 "the attribute name %s is taken: use another"
                                 " for key= and ttl=", names[i]);
        }
    }
    if (strcmp(dynamodb->key_name, dynamodb->ttl_name) == 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "key= and ttl= have to name two attributes");
    }
    return SST_OK;
}

static sst_status_t read_options(sst_dynamodb_t *dynamodb,
                                 const sst_options_t *options,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const char *region = sst_options_text(options, "region", NULL);
    sst_status_t status;

    dynamodb->options.region = region;
    dynamodb->options.profile = sst_options_text(options, "profile", NULL);
    dynamodb->options.endpoint = sst_options_text(options, "endpoint", NULL);
    dynamodb->options.credentials_file =
        sst_options_text(options, "credentials-file", NULL);
    dynamodb->ttl_name = sst_options_text(options, "ttl", "exp");
    dynamodb->strong = sst_options_number(options, "read", READ_EVENTUAL)
        == READ_STRONG;
    dynamodb->connect_timeout = sst_options_number(options, "connect-timeout",
                                                   CONNECT_TIMEOUT);
    dynamodb->ca = sst_options_text(options, "ca", NULL);
    if (region != NULL && !sst_aws_region_valid(region)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "region=%s: not a region's name; one looks like"
                             " eu-west-1", region);
    }
    status = parse_key(dynamodb, sst_options_text(options, "key", "sid:B"),
                       err, pool);
    return status == SST_OK ? check_names(dynamodb, err) : status;
}

static sst_status_t dynamodb_open(sst_store_t *store, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = apr_pcalloc(pool, sizeof(*dynamodb));
    sst_status_t status;

    dynamodb->table = store->address;
    if (!is_table(store->address)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" is not a table's name: 3 to 255 letters,"
                             " digits, '_', '-', '.'; or its ARN",
                             store->address);
    }
    status = read_options(dynamodb, store->options, err, pool);
    if (status == SST_OK) {
        dynamodb->store = store;
        store->impl = dynamodb;
    }
    return status;
}

/* --- Life --- */

/* The region from the instance, for all children, unless something names it. */
static sst_status_t learn_region(sst_dynamodb_t *dynamodb,
                                 const sst_aws_settings_t *settings,
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_aws_context_t context;
    const char *region = NULL;
    apr_pool_t *scratch;
    sst_status_t status = SST_INTERNAL;

    if (settings->region != NULL) {
        return SST_OK;
    }
    memset(&context, 0, sizeof(context));
    context.settings = settings;
    context.deadline = apr_time_now() + apr_time_from_sec(5);
    if (apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM, "no memory");
    }
    status = sst_http_make(&context.http, NULL, err, scratch);
    if (status == SST_OK) {
        status = sst_aws_instance_region(&region, &context, err, scratch);
    }
    if (status == SST_OK) {
        dynamodb->options.region = apr_pstrdup(pool, region);
    }
    apr_pool_destroy(scratch);
    if (status == SST_NOT_FOUND) {
        status = sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                               "no AWS region is known: add region=NAME, or"
                               " set AWS_REGION in the server's environment");
    }
    return status;
}

/* Says which files the children's user will not be able to read. */
static sst_status_t check_files(const sst_dynamodb_t *dynamodb, apr_uid_t uid,
                                apr_gid_t gid, sst_error_t *err,
                                apr_pool_t *pool)
{
    const char *files[6];
    int count = 0;
    int i;

    files[count++] = dynamodb->options.credentials_file;
    files[count++] = dynamodb->ca;
    files[count++] = sst_aws_env("AWS_CONFIG_FILE");
    files[count++] = sst_aws_env("AWS_SHARED_CREDENTIALS_FILE");
    files[count++] = sst_aws_env("AWS_WEB_IDENTITY_TOKEN_FILE");
    files[count++] = sst_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    for (i = 0; i < count; i++) {
        if (files[i] != NULL && !sst_readable_by(files[i], uid, gid, pool)) {
            return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                                 "%s cannot be read by the server's user (uid"
                                 " %lu): change its owner or mode", files[i],
                                 (unsigned long) uid);
        }
    }
    return SST_OK;
}

static sst_status_t dynamodb_prepare(sst_store_t *store, apr_uid_t uid,
                                     apr_gid_t gid, sst_error_t *err,
                                     apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_aws_settings_t settings;
    sst_status_t status = check_files(dynamodb, uid, gid, err, pool);

    if (status == SST_OK) {
        status = sst_aws_settings_read(&settings, &dynamodb->options,
                                       "dynamodb", err, pool);
    }
    if (status == SST_OK) {
        status = learn_region(dynamodb, &settings, err, pool);
    }
    return status;
}

static void tell_refresh(void *baton, const sst_error_t *failure)
{
    const sst_dynamodb_t *dynamodb = baton;

    sst_store_notify(dynamodb->store, failure->status,
                     "AWS credentials could not be refreshed: %s",
                     failure->text);
}

static apr_status_t dynamodb_end(void *data)
{
    sst_dynamodb_check_end(data);
    return APR_SUCCESS;
}

static sst_status_t start_parts(sst_dynamodb_t *dynamodb, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_status_t status;
    apr_status_t rv;

    rv = apr_thread_mutex_create(&dynamodb->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pool);
    if (rv == APR_SUCCESS) {
        rv = apr_pool_create(&dynamodb->pool, pool);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv, "no mutex could be made");
    }
    status = sst_aws_settings_read(&dynamodb->settings, &dynamodb->options,
                                   "dynamodb", err, pool);
    if (status == SST_OK) {
        status = sst_random(&dynamodb->first_slot, 1, err);
    }
    if (status == SST_OK) {
        status = sst_http_make(&dynamodb->http, dynamodb->ca, err, pool);
    }
    if (status == SST_OK) {
        status = sst_aws_credentials_start(&dynamodb->credentials,
                                           &dynamodb->settings,
                                           dynamodb->http, "dynamodb",
                                           tell_refresh, dynamodb, err, pool);
    }
    if (status == SST_OK) {
        apr_pool_pre_cleanup_register(pool, dynamodb, dynamodb_end);
    }
    return status;
}

static sst_status_t dynamodb_start(sst_store_t *store, sst_error_t *err,
                                   apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_error_t found;
    sst_status_t status;

    sst_error_clear(&found);
    status = start_parts(dynamodb, &found, pool);
    if (status == SST_OK) {
        return SST_OK;
    }
    /* Operations answer with it; and a file that is missing is no missing
     * record.
     */
    dynamodb->broken = found;
    dynamodb->broken.status = status == SST_INTERNAL ? status
                                                     : SST_UNAVAILABLE;
    return sst_error_set(err, dynamodb->broken.status, found.os, "%s",
                         found.text);
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

static sst_status_t dynamodb_get(sst_value_t *out, sst_store_t *store,
                                 const sst_row_t *row,
                                 apr_uint64_t min_revision,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    sst_status_t status;

    sst_dynamodb_check_table(dynamodb);
    status = get_once(out, dynamodb, row, dynamodb->strong, deadline, err,
                      pool);
    if (dynamodb->strong || (status != SST_OK && status != SST_NOT_FOUND)
        || out->version.revision >= min_revision) {
        return status;
    }
    return get_once(out, dynamodb, row, 1, deadline, err, pool);
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
 * there is nothing to write upon any more.
 */
static sst_status_t judge_refusal(const sst_dynamodb_answer_t *answer,
                                  const write_t *write, sst_error_t *err)
{
    const json_t *item = json_object_get(answer->document, "Item");
    const sst_dynamodb_t *dynamodb = write->dynamodb;
    sst_dynamodb_trace_t trace;
    apr_int64_t expires_s;

    if (item == NULL) {
        return SST_NOT_FOUND;
    }
    trace = sst_dynamodb_trace(item, &write->version, write->writer,
                               answer->doubtful, write->pool);
    if (trace == SST_DYNAMODB_LANDED) {
        return SST_OK;
    }
    if (trace == SST_DYNAMODB_UNKNOWN) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "table %s: an answer was lost, and another"
                             " process has written since, so that nobody can"
                             " tell whether the write was carried out",
                             dynamodb->table);
    }
    if (write->expected != NULL
        && sst_dynamodb_get_number(&expires_s, item, dynamodb->ttl_name)
           == SST_OK
        && expires_s <= sst_dynamodb_now_s(write->dynamodb)) {
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
    apr_int64_t now_s = sst_dynamodb_now_s(write->dynamodb);
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
                     ":now", sst_dynamodb_number(now_s, pool));
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
        status = judge_refusal(&answer, write, err);
    }
    give_number(write->dynamodb, write->writer);
    return status;
}

static sst_status_t dynamodb_put(sst_store_t *store, const sst_row_t *row,
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

static sst_status_t dynamodb_touch(sst_store_t *store, const sst_row_t *row,
                                   apr_int64_t expires_s, apr_time_t deadline,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;
    apr_int64_t now_s = sst_dynamodb_now_s(dynamodb);
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
                      ":now", sst_dynamodb_number(now_s, pool));
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

static sst_status_t dynamodb_remove(sst_store_t *store, const sst_row_t *row,
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

const sst_store_ops_t sst_backend_dynamodb = {
    .schemes = "dynamodb:",
    .options = dynamodb_options,
    .value_max = ITEM_MAX - ITEM_REST,
    .deflate_min = DEFLATE_MIN,
    .touch_max = apr_time_from_sec(600),
    .touch_divisor = 2,
    .open = dynamodb_open,
    .prepare = dynamodb_prepare,
    .start = dynamodb_start,
    .get = dynamodb_get,
    .put = dynamodb_put,
    .touch = dynamodb_touch,
    .remove = dynamodb_remove,
    .index_add = sst_dynamodb_index_add,
    .index_list = sst_dynamodb_index_list,
    .index_remove = sst_dynamodb_index_remove,
    .scan = sst_dynamodb_scan,
    .purge = sst_store_default_purge
};
