/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any answers of DynamoDB to any operation, which the first byte chooses.
 *
 * Subject: lib/backends/dynamodb_call.c lib/backends/dynamodb_fault.c
 * Subject: lib/backends/dynamodb_records.c lib/backends/dynamodb_item.c
 * Subject: lib/backends/dynamodb_index.c
 * Subject: lib/backends/dynamodb_notes.c lib/backends/dynamodb_scan.c
 * Subject: lib/backends/dynamodb_table.c lib/transport/retry.c
 */

#include <string.h>

#include "lib/backends/dynamodb.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_answers.h"
#include "tests/fuzz/store_call.h"

const char fuzz_target[] = "dynamodb";

static apr_interval_time_t clock_offset;

sst_status_t __wrap_sst_aws_credentials_start(
    sst_aws_credentials_t **out, const sst_aws_settings_t *settings,
    sst_http_t *http, const char *service, sst_aws_tell_fn_t *tell,
    void *baton, sst_error_t *err, apr_pool_t *pool);
sst_status_t __wrap_sst_aws_credentials_get(
    const sst_aws_identity_t **out, char time[SST_SIGV4_TIME_LEN + 1],
    sst_aws_credentials_t *credentials, apr_time_t deadline,
    sst_error_t *err);
void __wrap_sst_aws_credentials_release(sst_aws_credentials_t *credentials,
                                        const sst_aws_identity_t *identity);
sst_status_t __wrap_sst_aws_credentials_renew(
    sst_aws_credentials_t *credentials, const sst_aws_identity_t *identity,
    apr_time_t deadline, sst_error_t *err);
void __wrap_sst_aws_credentials_set_clock(sst_aws_credentials_t *credentials,
                                          apr_time_t service_now);
apr_time_t __wrap_sst_aws_credentials_now(sst_aws_credentials_t *credentials);
void __wrap_sst_dynamodb_check_table(sst_dynamodb_t *dynamodb);

/* Credentials that are there, without their thread. */
sst_status_t __wrap_sst_aws_credentials_start(
    sst_aws_credentials_t **out, const sst_aws_settings_t *settings,
    sst_http_t *http, const char *service, sst_aws_tell_fn_t *tell,
    void *baton, sst_error_t *err, apr_pool_t *pool)
{
    static char credentials;

    (void) settings;
    (void) http;
    (void) service;
    (void) tell;
    (void) baton;
    (void) err;
    (void) pool;
    *out = (sst_aws_credentials_t *) &credentials;
    clock_offset = 0;
    return SST_OK;
}

sst_status_t __wrap_sst_aws_credentials_get(
    const sst_aws_identity_t **out, char time[SST_SIGV4_TIME_LEN + 1],
    sst_aws_credentials_t *credentials, apr_time_t deadline,
    sst_error_t *err)
{
    static const sst_aws_identity_t identity = {
        "AKIDEXAMPLE", NULL, "eu-west-1", { 1 }
    };

    (void) credentials;
    (void) deadline;
    (void) err;
    sst_sigv4_time(time, __wrap_apr_time_now());
    *out = &identity;
    return SST_OK;
}

void __wrap_sst_aws_credentials_release(sst_aws_credentials_t *credentials,
                                        const sst_aws_identity_t *identity)
{
    (void) credentials;
    (void) identity;
}

sst_status_t __wrap_sst_aws_credentials_renew(
    sst_aws_credentials_t *credentials, const sst_aws_identity_t *identity,
    apr_time_t deadline, sst_error_t *err)
{
    (void) credentials;
    (void) identity;
    (void) deadline;
    (void) err;
    return SST_OK;
}

void __wrap_sst_aws_credentials_set_clock(sst_aws_credentials_t *credentials,
                                          apr_time_t service_now)
{
    (void) credentials;
    clock_offset = service_now - __wrap_apr_time_now();
}

apr_time_t __wrap_sst_aws_credentials_now(sst_aws_credentials_t *credentials)
{
    (void) credentials;
    return __wrap_apr_time_now() + clock_offset;
}

/* Done in a thread of its own; what it does, the operation `examine` does. */
void __wrap_sst_dynamodb_check_table(sst_dynamodb_t *dynamodb)
{
    (void) dynamodb;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const options[] = { "region=eu-west-1", "key=sid:S" };
    apr_pool_t *pool = fuzz_pool();
    sst_store_t *store;
    unsigned int choice;

    feed_begin(data, size);
    choice = feed_byte();
    store = store_ready("dynamodb:sessions",
                        1 + (int) (choice / STORE_CALLS % 2), options, pool);
    store_call(store, choice, __wrap_apr_time_now() + apr_time_from_sec(1),
               pool);
    return 0;
}
