/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials from a container's endpoint: ECS and EKS Pod Identity. */

#include "lib/transport/aws_sources.h"

#include <string.h>

#include <apr_network_io.h>
#include <apr_strings.h>

#include "lib/transport/loopback.h"
#include "lib/transport/text_file.h"

#define WHAT "the container credentials endpoint"
#define ECS_HOST "http://169.254.170.2"
#define TOKEN_MAX 16384
#define ANSWER_MAX 65536

/* Hosts that plain HTTP may be used for: whatever is said there stays on this
 * one.
 */
static int is_local_host(const char *host)
{
    static const char *const services[] = {
        "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", NULL
    };
    const char *const *known;

    for (known = services; *known != NULL; known++) {
        if (strcmp(host, *known) == 0) {
            return 1;
        }
    }
    return sst_loopback(host);
}

static sst_status_t endpoint_url(const char **out, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const char *relative
        = sst_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = sst_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    sst_http_url_t parts;

    *out = NULL;
    if (relative != NULL) {
        *out = apr_pstrcat(pool, ECS_HOST, relative, (char *) NULL);
        return SST_OK;
    }
    if (full == NULL) {
        return SST_NOT_FOUND;
    }
    if (sst_http_url_parse(&parts, full, NULL, pool) != SST_OK
        || (strcmp(parts.scheme, "https") != 0
            && !is_local_host(parts.host))) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "AWS_CONTAINER_CREDENTIALS_FULL_URI has to be an"
                             " https URL, or one on this host");
    }
    *out = full;
    return SST_OK;
}

/* The header with the token that the endpoint asks for, or NULL. A file wins
 * over the variable, and is read each time: its content changes.
 */
static sst_status_t token_header(const char **out, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const char *file = sst_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = sst_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char *read = NULL;
    char *line;
    sst_status_t status;

    *out = NULL;
    if (file != NULL) {
        status = sst_token_file_read(&read, file, TOKEN_MAX, err, pool);
        if (status != SST_OK) {
            return status == SST_NOT_FOUND ? SST_UNAVAILABLE : status;
        }
        token = read;
    }
    if (token == NULL) {
        return SST_OK;
    }
    if (strpbrk(token, "\r\n") != NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line end"
                             " in it");
    }
    line = apr_pstrcat(pool, "Authorization: ", token, (char *) NULL);
    sst_text_wipe_later(line, pool);
    *out = line;
    return SST_OK;
}

static sst_status_t ask(sst_aws_keys_t *out, const char *url,
                        const char *token, const sst_aws_context_t *context,
                        sst_error_t *err, apr_pool_t *pool)
{
    const char *headers[] = { "Accept: application/json", token, NULL };
    sst_http_request_t request;
    sst_http_answer_t answer;
    sst_status_t status;

    memset(&request, 0, sizeof(request));
    request.method = "GET";
    request.url = url;
    request.headers = headers;
    request.deadline = context->deadline;
    request.connect_timeout = apr_time_from_sec(1);
    request.answer_max = ANSWER_MAX;
    request.direct = 1;
    status = sst_http_call(&answer, context->http, &request, err, pool);
    if (status != SST_OK) {
        return status;
    }
    if (answer.code != 200) {
        return sst_error_set(err, answer.code < 500 ? SST_DENIED
                                                    : SST_UNAVAILABLE,
                             APR_SUCCESS, WHAT " answered %d: %s", answer.code,
                             sst_http_line(answer.body, pool));
    }
    status = sst_aws_keys_from_json(out, WHAT, answer.body, "Token", err,
                                    pool);
    sst_wipe((unsigned char *) answer.body.data, answer.body.len);
    return status;
}

sst_status_t sst_aws_from_container(sst_aws_keys_t *out,
                                    const sst_aws_context_t *context,
                                    sst_error_t *err, apr_pool_t *pool)
{
    const char *url;
    const char *token = NULL;
    sst_status_t status = endpoint_url(&url, err, pool);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = token_header(&token, err, pool);
    }
    if (status == SST_OK) {
        status = ask(out, url, token, context, err, pool);
    }
    return status;
}
