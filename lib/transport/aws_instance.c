/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials and region from the EC2 instance metadata service, version 2
 * ("Use IMDSv2" in the EC2 User Guide): a session token by PUT, then GETs.
 */

#include "lib/transport/aws_sources.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/transport/aws_endpoint.h"
#include "lib/transport/text_file.h"

#define WHAT "the instance metadata service"
#define IPV4 "http://169.254.169.254"
#define IPV6 "http://[fd00:ec2::254]"
#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"
#define REGION_PATH "/latest/meta-data/placement/region"
#define TOKEN_PATH "/latest/api/token"
#define ANSWER_MAX 65536

/* It answers on the same host, or not at all: each call gets a second. */
#define CALL_TIMEOUT apr_time_from_sec(1)

typedef struct instance_t {
    const sst_aws_context_t *context;
    const char *base;               /* URL without a path */
    const char *token_line;         /* header */
} instance_t;

static sst_status_t instance_call(sst_http_answer_t *out,
                                  const instance_t *instance,
                                  const char *method, const char *path,
                                  const char *line, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const char *headers[] = { line, NULL };
    apr_time_t deadline = sst_clock() + CALL_TIMEOUT;
    sst_http_request_t request;

    memset(&request, 0, sizeof(request));
    request.method = method;
    request.url = apr_pstrcat(pool, instance->base, path, (char *) NULL);
    request.headers = headers;
    request.deadline = deadline < instance->context->deadline
        ? deadline : instance->context->deadline;
    request.connect_timeout = CALL_TIMEOUT;
    request.answer_max = ANSWER_MAX;
    request.direct = 1;
    return sst_http_call(out, instance->context->http, &request, err, pool);
}

/* Gets a session token. Whoever does not answer is no instance: NOT_FOUND. */
static sst_status_t fetch_token(instance_t *instance, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_http_answer_t answer;
    char *line;
    sst_status_t status;

    status = instance_call(&answer, instance, "PUT", TOKEN_PATH,
                           "X-aws-ec2-metadata-token-ttl-seconds: 21600", NULL,
                           pool);
    if (status != SST_OK) {
        return SST_NOT_FOUND;
    }
    if (answer.code != 200
        || strpbrk((const char *) answer.body.data, "\r\n") != NULL) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             WHAT " gives no session token (%d); version 2 of"
                             " it is needed, and in a container a hop limit of"
                             " 2", answer.code);
    }
    line = apr_pstrcat(pool, "X-aws-ec2-metadata-token: ", answer.body.data,
                       (char *) NULL);
    sst_text_wipe_later(line, pool);
    instance->token_line = line;
    return SST_OK;
}

/* Gets a document; a session token that is not taken any more is renewed
 * once. NOT_FOUND when there is no such document.
 */
static sst_status_t fetch(sst_span_t *out, instance_t *instance,
                          const char *path, sst_error_t *err,
                          apr_pool_t *pool)
{
    sst_http_answer_t answer;
    sst_status_t status;

    *out = sst_span(NULL, 0);
    status = instance_call(&answer, instance, "GET", path,
                           instance->token_line, err, pool);
    if (status == SST_OK && answer.code == 401) {
        status = fetch_token(instance, err, pool);
        if (status == SST_OK) {
            status = instance_call(&answer, instance, "GET", path,
                                   instance->token_line, err, pool);
        }
    }
    if (status != SST_OK) {
        return status;
    }
    if (answer.code == 404) {
        return SST_NOT_FOUND;
    }
    if (answer.code != 200) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             WHAT " answered %d", answer.code);
    }
    *out = answer.body;
    return SST_OK;
}

static const char *base_url(void)
{
    const char *endpoint = sst_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = sst_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (endpoint != NULL) {
        return endpoint;
    }
    return mode != NULL && apr_cstr_casecmp(mode, "IPv6") == 0 ? IPV6 : IPV4;
}

static sst_status_t instance_open(instance_t *out,
                                  const sst_aws_context_t *context,
                                  sst_error_t *err, apr_pool_t *pool)
{
    apr_size_t len;
    char *base;

    memset(out, 0, sizeof(*out));
    out->context = context;
    if (sst_aws_true(sst_aws_env("AWS_EC2_METADATA_DISABLED"))) {
        return SST_NOT_FOUND;
    }
    base = apr_pstrdup(pool, base_url());
    len = strlen(base);
    if (len > 0 && base[len - 1] == '/') {
        base[len - 1] = '\0';
    }
    out->base = base;
    return fetch_token(out, err, pool);
}

/* The first line of a document, as a text. */
static const char *first_line(sst_span_t body, apr_pool_t *pool)
{
    const char *text = (const char *) body.data;

    return apr_pstrndup(pool, text, strcspn(text, "\r\n"));
}

sst_status_t sst_aws_instance_region(const char **out,
                                     const sst_aws_context_t *context,
                                     sst_error_t *err, apr_pool_t *pool)
{
    instance_t instance;
    sst_span_t body;
    sst_status_t status = instance_open(&instance, context, err, pool);

    *out = NULL;
    if (status == SST_OK) {
        status = fetch(&body, &instance, REGION_PATH, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    *out = first_line(body, pool);
    if (!sst_aws_region_valid(*out)) {
        *out = NULL;
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             WHAT " names no region");
    }
    return SST_OK;
}

static sst_status_t fetch_keys(sst_aws_keys_t *out, instance_t *instance,
                               sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t body;
    const char *path;
    sst_status_t status = fetch(&body, instance, ROLE_PATH, err, pool);

    if (status != SST_OK) {
        return status;
    }
    path = apr_pstrcat(pool, ROLE_PATH, first_line(body, pool),
                       (char *) NULL);
    status = fetch(&body, instance, path, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = sst_aws_keys_from_json(out, WHAT, body, "Token", err, pool);
    sst_wipe((unsigned char *) body.data, body.len);
    return status;
}

sst_status_t sst_aws_from_instance(sst_aws_keys_t *out,
                                   const sst_aws_context_t *context,
                                   sst_error_t *err, apr_pool_t *pool)
{
    instance_t instance;
    sst_status_t status = instance_open(&instance, context, err, pool);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = fetch_keys(out, &instance, err, pool);
    }
    return status;
}
