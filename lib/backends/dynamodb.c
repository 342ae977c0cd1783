/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The DynamoDB backend: its options, and its life. */

#include "lib/backends/dynamodb.h"

#include <string.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/backends/backends.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/transport/aws_endpoint.h"
#include "lib/transport/readable.h"

/* An item may have 400 KB, names included; the rest is not the value's. */
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
    context.deadline = sst_clock() + apr_time_from_sec(5);
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
    files[count++] = sst_aws_file_named(SST_AWS_FILE_CONFIG, uid, pool);
    files[count++] = sst_aws_file_named(SST_AWS_FILE_CREDENTIALS, uid, pool);
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
    sst_status_t status;

    if (geteuid() != 0) {
        uid = getuid();             /* which children keep */
    }
    status = check_files(dynamodb, uid, gid, err, pool);
    if (status == SST_OK) {
        status = sst_aws_settings_read(&settings, &dynamodb->options,
                                       "dynamodb", uid, err, pool);
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
    sst_dynamodb_t *dynamodb = data;

    /* The look at the table may be waiting for credentials. */
    sst_http_cancel(dynamodb->sources);
    sst_dynamodb_check_end(dynamodb);
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
                                   "dynamodb", getuid(), err, pool);
    if (status == SST_OK) {
        status = sst_random(&dynamodb->first_slot, 1, err);
    }
    if (status == SST_OK) {
        status = sst_http_make(&dynamodb->http, dynamodb->ca, err, pool);
    }
    if (status == SST_OK) {
        status = sst_http_make(&dynamodb->sources, NULL, err, pool);
    }
    if (status == SST_OK) {
        status = sst_aws_credentials_start(&dynamodb->credentials,
                                           &dynamodb->settings,
                                           dynamodb->sources, "dynamodb",
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
    .copies = SST_COPIES_AGED,
    .bind = sst_store_default_bind,
    .get = sst_dynamodb_get,
    .put = sst_dynamodb_put,
    .touch = sst_dynamodb_touch,
    .remove = sst_dynamodb_remove,
    .index_add = sst_dynamodb_index_add,
    .index_list = sst_dynamodb_index_list,
    .index_remove = sst_dynamodb_index_remove,
    .scan = sst_dynamodb_scan,
    .purge = sst_store_default_purge,
    .examine = sst_dynamodb_examine,
    .usage = sst_dynamodb_usage,
    .spent = sst_dynamodb_spent
};
