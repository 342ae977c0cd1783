/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store as a program, for tests: opens and starts the store that its
 * arguments name, then reads one JSON object a line and answers with one.
 *
 *     driver URL [name=value ...]
 *
 * {"op": "get", "row": hex, ...}; see the table `operations` at the end. Every
 * answer has "status", and "error" where there is a message.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include <jansson.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/store.h"
#include "lib/transport/aws_endpoint.h"
#include "lib/transport/sigv4.h"
#include "tests/dynamodb/driver.h"

/* Unless a request says another time: a busy machine is no fault. */
#define TIMEOUT_MS 30000

static json_t *notices;
static apr_thread_mutex_t *notices_mutex;

/* --- Reading requests --- */

static const char *text_in(const json_t *request, const char *name,
                           const char *fallback)
{
    const char *text = json_string_value(json_object_get(request, name));

    return text != NULL ? text : fallback;
}

static apr_int64_t number_in(const json_t *request, const char *name,
                             apr_int64_t fallback)
{
    const json_t *number = json_object_get(request, name);

    return json_is_integer(number) ? json_integer_value(number) : fallback;
}

static sst_row_t row_in(const json_t *request, const char *name)
{
    sst_row_t row;

    if (sst_row_from_hex(&row, sst_span_text(text_in(request, name, "")))
        != SST_OK) {
        fprintf(stderr, "driver: %s is no row\n", name);
        exit(EXIT_FAILURE);
    }
    return row;
}

static sst_version_t version_in(const json_t *object)
{
    const char *token = text_in(object, "token", "");
    sst_version_t version;

    if (sst_hex_decode(version.token, sizeof(version.token),
                       sst_span_text(token)) != SST_OK) {
        fprintf(stderr, "driver: a token is 32 hex digits\n");
        exit(EXIT_FAILURE);
    }
    version.revision = (apr_uint64_t) number_in(object, "revision", 1);
    return version;
}

static apr_time_t deadline_in(const json_t *request)
{
    return sst_clock()
        + apr_time_from_msec(number_in(request, "timeout_ms", TIMEOUT_MS));
}

/* --- Writing answers --- */

json_t *driver_answer(sst_status_t status, const sst_error_t *err)
{
    json_t *answer = json_pack("{s:s}", "status", sst_status_name(status));

    if (err != NULL && err->status != SST_OK) {
        json_object_set_new(answer, "error", json_string(err->text));
    }
    return answer;
}

static json_t *hex_out(const void *data, apr_size_t len, apr_pool_t *pool)
{
    char *hex = apr_palloc(pool, SST_HEX_LEN(len) + 1);

    sst_hex_encode(hex, sst_span(data, len));
    return json_string(hex);
}

static void add_value(json_t *answer, const sst_value_t *value,
                      apr_pool_t *pool)
{
    json_object_set_new(answer, "revision",
                        json_integer((json_int_t) value->version.revision));
    json_object_set_new(answer, "token",
                        hex_out(value->version.token, SST_TOKEN_LEN, pool));
    json_object_set_new(answer, "expires", json_integer(value->expires_s));
    json_object_set_new(answer, "body",
                        hex_out(value->bytes.data + SST_VERSION_LEN,
                                value->bytes.len - SST_VERSION_LEN, pool));
}

/* --- Operations of the store --- */

static json_t *op_get(sst_store_t *store, const json_t *request,
                      sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t row = row_in(request, "row");
    sst_value_t value;
    sst_status_t status;
    json_t *answer;

    status = store->ops->get(&value, store, &row,
                             (apr_uint64_t) number_in(request, "min", 0),
                             deadline_in(request), err, pool);
    answer = driver_answer(status, err);
    if (status == SST_OK) {
        add_value(answer, &value, pool);
    }
    return answer;
}

/* "body" is hex, or "size" random bytes. */
static sst_span_t body_in(const json_t *request, apr_pool_t *pool)
{
    const char *hex = text_in(request, "body", "");
    apr_size_t len = strlen(hex) / 2;
    apr_int64_t size = number_in(request, "size", -1);
    unsigned char *bytes;
    sst_status_t status;

    if (size >= 0) {
        bytes = apr_palloc(pool, (apr_size_t) size + 1);
        status = sst_random(bytes, (apr_size_t) size, NULL);
        len = (apr_size_t) size;
    }
    else {
        bytes = apr_palloc(pool, len + 1);
        status = sst_hex_decode(bytes, len, sst_span_text(hex));
    }
    if (status != SST_OK) {
        fprintf(stderr, "driver: the body is no hex\n");
        exit(EXIT_FAILURE);
    }
    return sst_span(bytes, len);
}

sst_span_t driver_value(const sst_version_t *version, sst_span_t body,
                        apr_pool_t *pool)
{
    apr_size_t len = SST_VERSION_LEN + body.len;
    sst_writer_t writer = sst_writer(apr_palloc(pool, len), len);

    sst_write_bytes(&writer, sst_span(version->token, SST_TOKEN_LEN));
    sst_write_u64(&writer, version->revision);
    sst_write_bytes(&writer, body);
    return sst_written(&writer);
}

static json_t *op_put(sst_store_t *store, const json_t *request,
                      sst_error_t *err, apr_pool_t *pool)
{
    const json_t *expected_in = json_object_get(request, "expected");
    sst_row_t row = row_in(request, "row");
    sst_version_t version = version_in(request);
    sst_version_t expected;
    sst_span_t value = driver_value(&version, body_in(request, pool), pool);

    if (json_is_object(expected_in)) {
        expected = version_in(expected_in);
    }
    return driver_answer(
        store->ops->put(store, &row, value, number_in(request, "expires", 0),
                        json_is_object(expected_in) ? &expected : NULL,
                        deadline_in(request), err, pool), err);
}

static json_t *op_touch(sst_store_t *store, const json_t *request,
                        sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t row = row_in(request, "row");

    return driver_answer(
        store->ops->touch(store, &row, number_in(request, "expires", 0),
                          deadline_in(request), err, pool), err);
}

static json_t *op_remove(sst_store_t *store, const json_t *request,
                         sst_error_t *err, apr_pool_t *pool)
{
    const json_t *expected_in = json_object_get(request, "expected");
    sst_row_t row = row_in(request, "row");
    sst_version_t expected;

    if (json_is_object(expected_in)) {
        expected = version_in(expected_in);
    }
    return driver_answer(
        store->ops->remove(store, &row,
                           json_is_object(expected_in) ? &expected : NULL,
                           deadline_in(request), err, pool), err);
}

static json_t *op_index_add(sst_store_t *store, const json_t *request,
                            sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t user = row_in(request, "user");
    sst_row_t row = row_in(request, "row");

    return driver_answer(
        store->ops->index_add(store, &user, &row,
                              number_in(request, "expires", 0),
                              deadline_in(request), err, pool), err);
}

static json_t *op_index_remove(sst_store_t *store, const json_t *request,
                               sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t user = row_in(request, "user");
    sst_row_t row = row_in(request, "row");

    return driver_answer(
        store->ops->index_remove(store, &user, &row, deadline_in(request),
                                 err, pool), err);
}

static json_t *op_index_list(sst_store_t *store, const json_t *request,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t user = row_in(request, "user");
    json_t *rows = json_array();
    apr_array_header_t *found;
    sst_status_t status;
    json_t *answer;
    int i;

    status = store->ops->index_list(&found, store, &user,
                                    deadline_in(request), err, pool);
    for (i = 0; i < found->nelts; i++) {
        json_array_append_new(rows,
                              hex_out(APR_ARRAY_IDX(found, i, sst_row_t).bytes,
                                      SST_ROW_LEN, pool));
    }
    answer = driver_answer(status, err);
    json_object_set_new(answer, "rows", rows);
    return answer;
}

static sst_status_t scan_row(void *baton, const sst_row_t *row,
                             const sst_value_t *value, apr_pool_t *pool)
{
    json_array_append_new(baton, hex_out(row->bytes, SST_ROW_LEN, pool));
    return SST_OK;
}

static json_t *op_scan(sst_store_t *store, const json_t *request,
                       sst_error_t *err, apr_pool_t *pool)
{
    json_t *rows = json_array();
    sst_status_t status = store->ops->scan(store, scan_row, rows, err, pool);
    json_t *answer = driver_answer(status, err);

    json_object_set_new(answer, "rows", rows);
    return answer;
}

static json_t *op_prepare(sst_store_t *store, const json_t *request,
                          sst_error_t *err, apr_pool_t *pool)
{
    return driver_answer(
        store->ops->prepare(store, (apr_uid_t) number_in(request, "uid", 0),
                            (apr_gid_t) number_in(request, "gid", 0), err,
                            pool), err);
}

static json_t *op_notices(sst_store_t *store, const json_t *request,
                          sst_error_t *err, apr_pool_t *pool)
{
    json_t *answer = driver_answer(SST_OK, err);

    (void) apr_thread_mutex_lock(notices_mutex);
    json_object_set_new(answer, "notices", json_deep_copy(notices));
    (void) apr_thread_mutex_unlock(notices_mutex);
    return answer;
}

/* --- Arithmetic --- */

/* Signs what the request says: headers are pairs, sorted by name. */
static json_t *op_sign(sst_store_t *store, const json_t *in, sst_error_t *err,
                       apr_pool_t *pool)
{
    const json_t *pairs = json_object_get(in, "headers");
    sst_sigv4_header_t headers[SST_SIGV4_HEADERS_MAX];
    unsigned char key[SST_SIGV4_KEY_LEN];
    const char *authorization = NULL;
    sst_sigv4_request_t request;
    sst_status_t status;
    json_t *answer;
    size_t i;

    for (i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);

        headers[i].name = json_string_value(json_array_get(pair, 0));
        headers[i].value = json_string_value(json_array_get(pair, 1));
    }
    request.method = text_in(in, "method", "POST");
    request.path = text_in(in, "path", "/");
    request.query = text_in(in, "query", "");
    request.headers = headers;
    request.header_count = (int) i;
    request.body = body_in(in, pool);
    request.time = text_in(in, "time", "");
    request.region = text_in(in, "region", "");
    request.service = text_in(in, "service", "");
    request.key_id = text_in(in, "key_id", "");
    status = sst_sigv4_key(key, text_in(in, "secret", ""), request.time,
                           request.region, request.service, err);
    if (status == SST_OK) {
        status = sst_sigv4_authorize(&authorization, &request, key, err,
                                     pool);
    }
    answer = driver_answer(status, err);
    json_object_set_new(answer, "authorization", json_string(authorization));
    return answer;
}

static json_t *op_endpoint(sst_store_t *store, const json_t *in,
                           sst_error_t *err, apr_pool_t *pool)
{
    const char *url = NULL;
    sst_status_t status;
    json_t *answer;

    status = sst_aws_endpoint(&url, text_in(in, "service", "dynamodb"),
                              text_in(in, "region", ""),
                              (int) number_in(in, "fips", 0),
                              (int) number_in(in, "dualstack", 0), err, pool);
    answer = driver_answer(status, err);
    if (url != NULL) {
        json_object_set_new(answer, "url", json_string(url));
    }
    return answer;
}

static json_t *op_hammer(sst_store_t *store, const json_t *in,
                         sst_error_t *err, apr_pool_t *pool)
{
    sst_row_t row = row_in(in, "row");

    return driver_hammer(store, &row, (int) number_in(in, "threads", 8),
                         (int) number_in(in, "updates", 1000),
                         number_in(in, "timeout_ms", TIMEOUT_MS), pool);
}

static json_t *op_load(sst_store_t *store, const json_t *in, sst_error_t *err,
                       apr_pool_t *pool)
{
    sst_row_t row = row_in(in, "row");

    return driver_load(store, &row, (int) number_in(in, "threads", 4),
                       number_in(in, "ms", 1000),
                       number_in(in, "timeout_ms", TIMEOUT_MS), pool);
}

static json_t *op_views(sst_store_t *store, const json_t *in,
                        sst_error_t *err, apr_pool_t *pool)
{
    driver_visit_t visit;

    visit.entries = json_object_get(in, "entries");
    visit.noise = (int) number_in(in, "noise", 0);
    visit.user = (int) number_in(in, "user", 0);
    visit.visitors = (int) number_in(in, "visitors", 50);
    visit.views = (int) number_in(in, "views", 20);
    visit.apart_s = (int) number_in(in, "apart_s", 30);
    return driver_views(store, &visit, pool);
}

/* --- The program --- */

typedef struct operation_t {
    const char *name;
    json_t *(*run)(sst_store_t *store, const json_t *request,
                   sst_error_t *err, apr_pool_t *pool);
} operation_t;

static const operation_t operations[] = {
    { "get", op_get },
    { "put", op_put },
    { "touch", op_touch },
    { "remove", op_remove },
    { "index_add", op_index_add },
    { "index_list", op_index_list },
    { "index_remove", op_index_remove },
    { "scan", op_scan },
    { "prepare", op_prepare },
    { "notices", op_notices },
    { "sign", op_sign },
    { "endpoint", op_endpoint },
    { "hammer", op_hammer },
    { "load", op_load },
    { "views", op_views },
    { NULL, NULL }
};

static void note(void *baton, const sst_store_t *store, sst_status_t status,
                 const char *text)
{
    (void) apr_thread_mutex_lock(notices_mutex);
    json_array_append_new(notices, json_string(text));
    (void) apr_thread_mutex_unlock(notices_mutex);
}

static void say(json_t *answer)
{
    char *line = json_dumps(answer, JSON_COMPACT);

    puts(line);
    fflush(stdout);
    free(line);
    json_decref(answer);
}

static json_t *run(sst_store_t *store, const char *line, apr_pool_t *pool)
{
    json_t *request = json_loads(line, 0, NULL);
    const char *name = text_in(request, "op", "");
    json_t *answer = NULL;
    const operation_t *operation;
    sst_error_t err;

    sst_error_clear(&err);
    for (operation = operations; operation->name != NULL; operation++) {
        if (strcmp(operation->name, name) == 0) {
            answer = operation->run(store, request, &err, pool);
        }
    }
    json_decref(request);
    return answer != NULL ? answer : json_pack("{s:s}", "status", "no such op");
}

static void serve(sst_store_t *store, apr_pool_t *parent)
{
    char *line = NULL;
    size_t size = 0;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, parent) != APR_SUCCESS) {
        return;
    }
    while (getline(&line, &size, stdin) > 0) {
        say(run(store, line, pool));
        apr_pool_clear(pool);
    }
    free(line);
    apr_pool_destroy(pool);
}

int main(int argc, char **argv)
{
    sst_store_t *store = NULL;
    apr_pool_t *pool;
    apr_pool_t *process;
    sst_error_t err;
    sst_status_t status;

    if (argc < 2 || apr_initialize() != APR_SUCCESS
        || apr_pool_create(&pool, NULL) != APR_SUCCESS
        || apr_pool_create(&process, pool) != APR_SUCCESS
        || apr_thread_mutex_create(&notices_mutex, APR_THREAD_MUTEX_DEFAULT,
                                   pool) != APR_SUCCESS) {
        return EXIT_FAILURE;
    }
    notices = json_array();
    sst_error_clear(&err);
    status = sst_store_open(&store, argv[1], argc - 2,
                            (const char *const *) argv + 2, &err, pool);
    if (status == SST_OK) {
        store->notify = note;
        if (getenv("DRIVER_START") == NULL
            || strcmp(getenv("DRIVER_START"), "no") != 0) {
            status = store->ops->start(store, &err, process);
        }
    }
    say(driver_answer(status, &err));
    if (store != NULL) {
        serve(store, pool);
    }
    apr_pool_destroy(pool);
    json_decref(notices);
    apr_terminate();
    return EXIT_SUCCESS;
}
