/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One call of DynamoDB's API (2012-08-10): signed, sent, understood, and
 * repeated when that is worth it.
 */

#include "lib/backends/dynamodb.h"

#include <stdlib.h>
#include <string.h>

#include <apr_date.h>
#include <apr_strings.h>

#include <zlib.h>

#include "lib/backends/dynamodb_fault.h"
#include "lib/clock.h"
#include "lib/transport/sigv4.h"

#define SERVICE "dynamodb"
#define CONTENT_TYPE "application/x-amz-json-1.0"
#define TARGET "DynamoDB_20120810."

/* A page of a scan is 1 MB of items, which base64 and JSON make longer. */
#define ANSWER_MAX (4 * 1024 * 1024)
#define HEADERS_MAX 5

/* One call, whatever attempts it takes. */
typedef struct call_t {
    sst_dynamodb_t *dynamodb;
    const char *action;
    sst_span_t body;
    apr_time_t deadline;
    sst_retry_t retry;
    int conditional;            /* the input has a condition */
    int doubtful;               /* an attempt may have been carried out */
    int clock_set;              /* each is done once */
    int renewed;
    int attempts;
    int throttled;              /* of them */
    apr_pool_t *pool;
} call_t;

/* What one attempt came to. */
typedef struct attempt_t {
    int done;                   /* an answer without a fault */
    sst_dynamodb_fault_t fault;
    sst_retry_reason_t reason;  /* when it is worth another try */
    json_t *document;
    apr_time_t service_now;     /* by its Date header, or 0 */
    apr_interval_time_t asked;  /* the delay that the service asks for */
    sst_error_t error;
} attempt_t;

/* --- Sending --- */

static int fill_headers(sst_sigv4_header_t *headers, const call_t *call,
                        const sst_aws_identity_t *identity, const char *host,
                        const char *time)
{
    int count = 0;

    headers[count].name = "content-type";
    headers[count++].value = CONTENT_TYPE;
    headers[count].name = "host";
    headers[count++].value = host;
    headers[count].name = "x-amz-date";
    headers[count++].value = time;
    if (identity->token != NULL) {
        headers[count].name = "x-amz-security-token";
        headers[count++].value = identity->token;
    }
    headers[count].name = "x-amz-target";
    headers[count++].value = apr_pstrcat(call->pool, TARGET, call->action,
                                         (char *) NULL);
    return count;
}

/* The request's header lines, with the signature; NULL at the end. */
static sst_status_t sign(const char **lines, const call_t *call,
                         const sst_aws_identity_t *identity, const char *url,
                         const char *time, sst_error_t *err)
{
    sst_sigv4_header_t headers[HEADERS_MAX];
    const char *authorization;
    sst_sigv4_request_t request;
    sst_status_t status;
    int i;

    memset(&request, 0, sizeof(request));
    request.method = "POST";
    request.path = "/";
    request.query = "";
    request.headers = headers;
    request.header_count = fill_headers(headers, call, identity,
                                        strstr(url, "://") + 3, time);
    request.body = call->body;
    request.time = time;
    request.region = identity->region;
    request.service = SERVICE;
    request.key_id = identity->key_id;
    status = sst_sigv4_authorize(&authorization, &request, identity->key, err,
                                 call->pool);
    if (status != SST_OK) {
        return status;
    }
    for (i = 0; i < request.header_count; i++) {
        lines[i] = apr_pstrcat(call->pool, headers[i].name, ": ",
                               headers[i].value, (char *) NULL);
    }
    lines[i++] = apr_pstrcat(call->pool, "Authorization: ", authorization,
                             (char *) NULL);
    lines[i] = NULL;
    return SST_OK;
}

static sst_status_t send_signed(sst_http_answer_t *out, const call_t *call,
                                const sst_aws_identity_t *identity,
                                const char *time, sst_error_t *err)
{
    sst_dynamodb_t *dynamodb = call->dynamodb;
    const char *lines[HEADERS_MAX + 2];
    sst_http_request_t request;
    const char *url;
    sst_status_t status;

    status = sst_aws_settings_endpoint(&url, &dynamodb->settings, SERVICE,
                                       identity->region, err, call->pool);
    if (status == SST_OK) {
        status = sign(lines, call, identity, url, time, err);
    }
    if (status != SST_OK) {
        return SST_INTERNAL;
    }
    memset(&request, 0, sizeof(request));
    request.method = "POST";
    request.url = apr_pstrcat(call->pool, url, "/", (char *) NULL);
    request.headers = lines;
    request.body = call->body;
    request.deadline = sst_retry_attempt_deadline(sst_clock(),
                                                  call->deadline);
    request.connect_timeout = dynamodb->connect_timeout;
    request.answer_max = ANSWER_MAX;
    return sst_http_call(out, dynamodb->http, &request, err, call->pool);
}

/* --- Understanding --- */

/* The service sends the CRC32 of the body as it left it. */
static int is_intact(const sst_http_answer_t *answer)
{
    const char *given = apr_table_get(answer->headers, "x-amz-crc32");
    apr_uint64_t expected = 0;

    if (given == NULL) {
        return 1;
    }
    return sst_decimal_decode(&expected, sst_span_text(given)) == SST_OK
        && expected == crc32(crc32(0, NULL, 0), answer->body.data,
                             (uInt) answer->body.len);
}

static apr_status_t free_document(void *data)
{
    json_decref(data);
    return APR_SUCCESS;
}

static json_t *parse(const sst_http_answer_t *answer, apr_pool_t *pool)
{
    json_t *document = json_loadb((const char *) answer->body.data,
                                  answer->body.len, 0, NULL);

    if (document == NULL || !json_is_object(document)) {
        json_decref(document);
        return NULL;
    }
    apr_pool_cleanup_register(pool, document, free_document,
                              apr_pool_cleanup_null);
    return document;
}

static void note_headers(attempt_t *attempt, const sst_http_answer_t *answer)
{
    const char *date = apr_table_get(answer->headers, "Date");
    const char *delay = apr_table_get(answer->headers, "x-amz-retry-after");
    apr_uint64_t ms = 0;

    attempt->service_now = date != NULL ? apr_date_parse_http(date) : 0;
    if (delay != NULL
        && sst_decimal_decode(&ms, sst_span_text(delay)) == SST_OK
        && ms < 60000) {
        attempt->asked = apr_time_from_msec((apr_interval_time_t) ms);
    }
}

static const char *message_of(const json_t *document)
{
    const char *text = json_string_value(json_object_get(document,
                                                         "message"));

    if (text == NULL) {
        text = json_string_value(json_object_get(document, "Message"));
    }
    return text != NULL ? text : "";
}

static void read_fault(attempt_t *attempt, const call_t *call, int code)
{
    const char *type = json_string_value(json_object_get(attempt->document,
                                                         "__type"));
    const char *message = message_of(attempt->document);

    attempt->fault = sst_dynamodb_fault(code, type, message);
    if (attempt->fault == SST_DYNAMODB_CONDITION && !call->conditional) {
        attempt->fault = SST_DYNAMODB_REFUSED;
    }
    attempt->reason = attempt->fault == SST_DYNAMODB_THROTTLED
        ? SST_RETRY_THROTTLED : SST_RETRY_TRANSIENT;
    (void) sst_error_set(&attempt->error,
                         sst_dynamodb_fault_status(attempt->fault),
                         APR_SUCCESS, "%d %s%s (%s)", code,
                         sst_dynamodb_fault_name(type),
                         sst_dynamodb_fault_remedy(attempt->fault,
                                                   call->action, call->pool),
                         sst_http_line(sst_span_text(message), call->pool));
}

static void read_answer(attempt_t *attempt, const call_t *call,
                        const sst_http_answer_t *answer)
{
    note_headers(attempt, answer);
    if (is_intact(answer)) {
        attempt->document = parse(answer, call->pool);
    }
    if (attempt->document == NULL && answer->code < 500) {
        attempt->fault = SST_DYNAMODB_TRANSIENT;
        attempt->reason = SST_RETRY_LOST;
        (void) sst_error_set(&attempt->error, SST_UNAVAILABLE, APR_SUCCESS,
                             "the answer was damaged on its way");
        return;
    }
    if (answer->code == 200) {
        attempt->done = 1;
        return;
    }
    read_fault(attempt, call, answer->code);
}

static void attempt_failed(attempt_t *attempt, sst_status_t status)
{
    attempt->fault = status == SST_TIMEOUT || status == SST_UNAVAILABLE
        ? SST_DYNAMODB_TRANSIENT : SST_DYNAMODB_REFUSED;
    attempt->reason = status == SST_TIMEOUT ? SST_RETRY_TRANSIENT
                                            : SST_RETRY_LOST;
    (void) sst_error_set(&attempt->error, status, APR_SUCCESS,
                         "the request could not be sent");
}

/* --- Repeating --- */

static int renew(call_t *call, const sst_aws_identity_t *identity)
{
    if (call->renewed) {
        return 0;
    }
    call->renewed = 1;
    return sst_aws_credentials_renew(call->dynamodb->credentials, identity,
                                     call->deadline, NULL) == SST_OK;
}

static int set_clock(call_t *call, const attempt_t *attempt)
{
    if (call->clock_set || attempt->service_now == 0) {
        return 0;
    }
    call->clock_set = 1;
    sst_aws_credentials_set_clock(call->dynamodb->credentials,
                                  attempt->service_now);
    return 1;
}

static int wait_and_retry(call_t *call, const attempt_t *attempt)
{
    apr_interval_time_t delay;

    if (sst_http_is_cancelled(call->dynamodb->http)
        || !sst_retry_next(&delay, &call->retry, &call->dynamodb->quota,
                           attempt->reason, attempt->asked, call->deadline)) {
        return 0;
    }
    if (delay > 0) {
        apr_sleep(delay);
    }
    return 1;
}

/* Whether to try again, after what has to come before it. */
static int try_again(call_t *call, const attempt_t *attempt,
                     const sst_aws_identity_t *identity)
{
    switch (attempt->fault) {
    case SST_DYNAMODB_THROTTLED:
    case SST_DYNAMODB_BUSY:
        return wait_and_retry(call, attempt);
    case SST_DYNAMODB_TRANSIENT:
        call->doubtful = 1;
        return wait_and_retry(call, attempt);
    case SST_DYNAMODB_CLOCK:
        return set_clock(call, attempt);
    case SST_DYNAMODB_IDENTITY:
        return renew(call, identity);
    default:
        return 0;
    }
}

/* One attempt; answers whether another one is to follow. */
static int run_attempt(attempt_t *attempt, call_t *call)
{
    sst_aws_credentials_t *credentials = call->dynamodb->credentials;
    char time[SST_SIGV4_TIME_LEN + 1];
    const sst_aws_identity_t *identity;
    sst_http_answer_t answer;
    sst_status_t status;
    int again = 0;

    memset(attempt, 0, sizeof(*attempt));
    status = sst_aws_credentials_get(&identity, time, credentials,
                                     call->deadline, &attempt->error);
    if (status != SST_OK) {
        attempt->fault = SST_DYNAMODB_REFUSED;
        return 0;
    }
    status = send_signed(&answer, call, identity, time, &attempt->error);
    if (status == SST_OK) {
        call->doubtful |= answer.reconnected;
        read_answer(attempt, call, &answer);
    }
    else {
        attempt_failed(attempt, status);
    }
    call->attempts++;
    call->throttled += attempt->fault == SST_DYNAMODB_THROTTLED;
    if (!attempt->done) {
        again = try_again(call, attempt, identity);
    }
    sst_aws_credentials_release(credentials, identity);
    return again;
}

/* --- What it cost --- */

/* Calls about the table itself are not metered, and know no such question. */
static int is_metered(const char *action)
{
    return strcmp(action, "Scan") == 0
        || strcmp(action + strlen(action) - 4, "Item") == 0;
}

/* In thousandths; the service tells halves. 0 when it tells nothing: of a write
 * that a condition has refused, which is metered too.
 */
static apr_uint64_t capacity_of(const json_t *document)
{
    double units = json_number_value(json_object_get(json_object_get(
        document, "ConsumedCapacity"), "CapacityUnits"));

    return units > 0 && units < 1e6 ? (apr_uint64_t) (units * 1000 + 0.5) : 0;
}

/* With the mutex held. */
static void note_spent(sst_spent_t *spent, const call_t *call,
                       const attempt_t *last)
{
    apr_uint64_t milli = last->done ? capacity_of(last->document) : 0;

    spent->retries += call->attempts > 0
        ? (apr_uint64_t) (call->attempts - 1) : 0;
    spent->throttled += (apr_uint64_t) call->throttled;
    if (strcmp(call->action, "GetItem") == 0
        || strcmp(call->action, "Scan") == 0) {
        spent->read_milli += milli;
    }
    else {
        spent->write_milli += milli;
    }
}

void sst_dynamodb_spent(sst_spent_t *out, sst_store_t *store,
                        apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;

    memset(out, 0, sizeof(*out));
    if (dynamodb->mutex != NULL) {
        (void) apr_thread_mutex_lock(dynamodb->mutex);
        *out = dynamodb->spent;
        memset(&dynamodb->spent, 0, sizeof(dynamodb->spent));
        (void) apr_thread_mutex_unlock(dynamodb->mutex);
    }
    out->servers = apr_array_make(pool, 1, sizeof(sst_server_times_t));
}

/* --- The breaker --- */

static sst_pass_t enter(sst_dynamodb_t *dynamodb)
{
    sst_pass_t pass;

    (void) apr_thread_mutex_lock(dynamodb->mutex);
    pass = sst_breaker_enter(&dynamodb->breaker, sst_clock());
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
    return pass;
}

static void leave(const call_t *call, sst_pass_t pass, const attempt_t *last)
{
    sst_dynamodb_t *dynamodb = call->dynamodb;
    sst_verdict_t verdict = SST_VERDICT_GOOD;

    if (!last->done && last->fault == SST_DYNAMODB_TRANSIENT) {
        verdict = SST_VERDICT_BAD;
    }
    (void) apr_thread_mutex_lock(dynamodb->mutex);
    sst_breaker_leave(&dynamodb->breaker, pass, verdict, sst_clock());
    note_spent(&dynamodb->spent, call, last);
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
}

/* The service counts as one server. There is no most of connections. */
void sst_dynamodb_usage(sst_usage_t *out, sst_store_t *store,
                        apr_pool_t *pool)
{
    sst_dynamodb_t *dynamodb = store->impl;

    memset(out, 0, sizeof(*out));
    if (dynamodb->mutex == NULL || dynamodb->http == NULL) {
        return;
    }
    out->servers = 1;
    sst_http_usage(&out->connections_open, &out->connections_used,
                   dynamodb->http);
    (void) apr_thread_mutex_lock(dynamodb->mutex);
    out->left_alone = sst_breaker_is_open(&dynamodb->breaker) ? 1 : 0;
    (void) apr_thread_mutex_unlock(dynamodb->mutex);
}

/* --- The call --- */

static sst_status_t call_failed(const call_t *call, const attempt_t *last,
                                sst_error_t *err)
{
    sst_status_t status = last->error.status;

    if (status != SST_TIMEOUT && sst_clock() >= call->deadline) {
        status = SST_TIMEOUT;
    }
    return sst_error_set(err, status, last->error.os,
                         "DynamoDB %s, table %s: %s", call->action,
                         call->dynamodb->table, last->error.text);
}

static sst_status_t run(sst_dynamodb_answer_t *out, call_t *call,
                        sst_error_t *err)
{
    sst_dynamodb_t *dynamodb = call->dynamodb;
    sst_pass_t pass = enter(dynamodb);
    attempt_t attempt;

    if (pass == SST_PASS_NO) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "DynamoDB %s, table %s: not asked, because it did"
                             " not answer just now", call->action,
                             dynamodb->table);
    }
    while (run_attempt(&attempt, call)) {
        sst_error_clear(&attempt.error);
    }
    leave(call, pass, &attempt);
    out->document = attempt.document;
    out->doubtful = call->doubtful;
    if (!attempt.done && attempt.fault != SST_DYNAMODB_CONDITION) {
        return call_failed(call, &attempt, err);
    }
    sst_retry_succeeded(&call->retry, &dynamodb->quota);
    return attempt.done ? SST_OK : SST_CONFLICT;
}

static apr_status_t free_text(void *data)
{
    free(data);
    return APR_SUCCESS;
}

/* The text of the input, which is freed; NULL without memory. To be told what a
 * call has consumed costs nothing.
 */
static char *dump(json_t *input, const char *action,
                  const sst_dynamodb_t *dynamodb, apr_pool_t *pool)
{
    char *text = NULL;

    if (input != NULL && is_metered(action)) {
        (void) json_object_set_new(input, "ReturnConsumedCapacity",
                                   json_string("TOTAL"));
    }
    if (input != NULL
        && json_object_set_new(input, "TableName",
                               json_string(dynamodb->table)) == 0) {
        text = json_dumps(input, JSON_COMPACT);
    }
    json_decref(input);
    if (text != NULL) {
        apr_pool_cleanup_register(pool, text, free_text,
                                  apr_pool_cleanup_null);
    }
    return text;
}

sst_status_t sst_dynamodb_call(sst_dynamodb_answer_t *out,
                               sst_dynamodb_t *dynamodb, const char *action,
                               json_t *input, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    int conditional = json_object_get(input, "ConditionExpression") != NULL;
    char *text = dump(input, action, dynamodb, pool);
    call_t call;

    memset(out, 0, sizeof(*out));
    if (dynamodb->broken.status != SST_OK) {
        return sst_dynamodb_broken(dynamodb, err);
    }
    if (text == NULL) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                             "DynamoDB %s: no memory", action);
    }
    memset(&call, 0, sizeof(call));
    call.dynamodb = dynamodb;
    call.action = action;
    call.conditional = conditional;
    call.body = sst_span_text(text);
    call.deadline = deadline;
    call.pool = pool;
    return run(out, &call, err);
}

sst_status_t sst_dynamodb_broken(const sst_dynamodb_t *dynamodb,
                                 sst_error_t *err)
{
    return sst_error_set(err, dynamodb->broken.status, dynamodb->broken.os,
                         "%s", dynamodb->broken.text);
}

apr_int64_t sst_dynamodb_now_s(sst_dynamodb_t *dynamodb)
{
    if (dynamodb->credentials == NULL) {
        return apr_time_sec(apr_time_now());
    }
    return apr_time_sec(sst_aws_credentials_now(dynamodb->credentials));
}
