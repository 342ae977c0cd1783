/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials of a role, from the Security Token Service: AssumeRole and
 * AssumeRoleWithWebIdentity of its API of 2011-06-15, which answers in XML.
 */

#include "lib/transport/aws_sources.h"

#include <string.h>
#include <unistd.h>

#include <apr_date.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <apr_xml.h>

#include "lib/transport/sigv4.h"
#include "lib/transport/text_file.h"

#define TOKEN_MAX 65536
#define ANSWER_MAX 262144
#define TEXT_ELEMENT_MAX 32768

/* --- The form --- */

/* One more parameter of the form; none when there is no value. */
static char *add(char *form, const char *name, const char *value,
                 apr_pool_t *pool)
{
    if (value == NULL) {
        return form;
    }
    return apr_pstrcat(pool, form, "&", name, "=",
                       apr_pescape_urlencoded(pool, value), (char *) NULL);
}

static const char *session_name(const sst_aws_role_t *role, apr_pool_t *pool)
{
    return role->session != NULL
        ? role->session
        : apr_psprintf(pool, "mod-session-store-%ld", (long) getpid());
}

static char *role_form(const char *action, const sst_aws_role_t *role,
                       apr_pool_t *pool)
{
    char *form = apr_pstrcat(pool, "Action=", action, "&Version=2011-06-15",
                             (char *) NULL);

    form = add(form, "RoleArn", role->arn, pool);
    form = add(form, "RoleSessionName", session_name(role, pool), pool);
    form = add(form, "DurationSeconds", role->duration, pool);
    return add(form, "ExternalId", role->external_id, pool);
}

/* --- The answer --- */

/* The next element in the order of the text, of those under `root`; or NULL.
 * Without recursion: how deep they lie is up to who has sent them.
 */
static const apr_xml_elem *following(const apr_xml_elem *elem,
                                     const apr_xml_elem *root)
{
    if (elem->first_child != NULL) {
        return elem->first_child;
    }
    while (elem != root && elem->next == NULL) {
        elem = elem->parent;
    }
    return elem != root ? elem->next : NULL;
}

/* The element of this name under `root`, at any depth; or NULL. */
static const apr_xml_elem *find(const apr_xml_elem *root, const char *name)
{
    const apr_xml_elem *elem = root;

    do {
        elem = following(elem, root);
    } while (elem != NULL && strcmp(elem->name, name) != 0);
    return elem;
}

/* The text of an element, put together, or NULL; wiped with its pool. */
static char *text_of(const apr_xml_elem *root, const char *name,
                     apr_pool_t *pool)
{
    const apr_xml_elem *elem = find(root, name);
    const apr_text *part;
    sst_writer_t writer;
    char *text;

    if (elem == NULL) {
        return NULL;
    }
    text = apr_pcalloc(pool, TEXT_ELEMENT_MAX + 1);
    writer = sst_writer(text, TEXT_ELEMENT_MAX);
    for (part = elem->first_cdata.first; part != NULL; part = part->next) {
        sst_write_bytes(&writer, sst_span_text(part->text));
        sst_wipe((char *) part->text, strlen(part->text));
    }
    sst_text_wipe_later(text, pool);
    return writer.failed ? NULL : text;
}

static sst_status_t parse_xml(apr_xml_doc **out, sst_span_t body,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_xml_parser *parser = apr_xml_parser_create(pool);
    apr_status_t rv;

    *out = NULL;
    rv = apr_xml_parser_feed(parser, (const char *) body.data, body.len);
    if (rv == APR_SUCCESS) {
        rv = apr_xml_parser_done(parser, out);
    }
    else {
        (void) apr_xml_parser_done(parser, NULL);
    }
    if (rv != APR_SUCCESS || *out == NULL || (*out)->root == NULL) {
        *out = NULL;
        return sst_error_set(err, SST_INVALID, rv,
                             "STS: the answer is not XML");
    }
    return SST_OK;
}

/* STS could not reach the identity provider, or is busy: worth another try. */
static int is_passing(int code, const char *error)
{
    return code >= 500 || code == 429
        || (error != NULL && (strcmp(error, "IDPCommunicationError") == 0
                              || strcmp(error, "Throttling") == 0));
}

/* Whether a signature was refused for its time. STS says so in the message of
 * an error that has many reasons.
 */
static int is_about_time(const char *error, const char *message)
{
    return (error != NULL && (strcmp(error, "RequestExpired") == 0
                              || strcmp(error, "RequestTimeTooSkewed") == 0
                              || strcmp(error, "RequestInTheFuture") == 0))
        || (message != NULL
            && (strstr(message, "Signature expired") != NULL
                || strstr(message, "not yet current") != NULL));
}

static void learn_clock(sst_aws_clock_t *clock,
                        const sst_http_answer_t *answer)
{
    const char *date = apr_table_get(answer->headers, "Date");
    apr_time_t now = date != NULL ? apr_date_parse_http(date) : 0;

    if (now != 0) {
        clock->offset = now - apr_time_now();
        clock->told++;
    }
}

static sst_status_t refused(const sst_http_answer_t *answer,
                            const apr_xml_doc *document, const char *action,
                            sst_aws_clock_t *clock, sst_error_t *err,
                            apr_pool_t *pool)
{
    int code = answer->code;
    const char *error = NULL;
    const char *message = NULL;

    if (document != NULL) {
        error = text_of(document->root, "Code", pool);
        message = text_of(document->root, "Message", pool);
    }
    if (is_about_time(error, message)) {
        learn_clock(clock, answer);
    }
    return sst_error_set(err, is_passing(code, error) ? SST_UNAVAILABLE
                                                      : SST_DENIED,
                         APR_SUCCESS, "STS refused %s (%d %s): %s", action,
                         code, error != NULL ? error : "without a reason",
                         message != NULL
                         ? sst_http_line(sst_span_text(message), pool) : "");
}

static sst_status_t read_answer(sst_aws_keys_t *out,
                                const sst_http_answer_t *answer,
                                const char *action, sst_aws_clock_t *clock,
                                sst_error_t *err, apr_pool_t *pool)
{
    const char *expiration;
    const apr_xml_elem *root;
    apr_xml_doc *document;
    sst_status_t status;

    status = parse_xml(&document, answer->body,
                       answer->code == 200 ? err : NULL, pool);
    if (answer->code != 200) {
        return refused(answer, document, action, clock, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    root = document->root;
    expiration = text_of(root, "Expiration", pool);
    status = sst_aws_keys_set(out, "STS", text_of(root, "AccessKeyId", pool),
                              text_of(root, "SecretAccessKey", pool),
                              text_of(root, "SessionToken", pool), err, pool);
    if (status == SST_OK
        && (expiration == NULL
            || sst_aws_time_parse(&out->expires, expiration) != SST_OK)) {
        memset(out, 0, sizeof(*out));
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "STS: the answer has no Expiration");
    }
    return status;
}

/* --- The call --- */

#define CONTENT_TYPE "application/x-www-form-urlencoded"

static sst_status_t post(sst_aws_keys_t *out, const char *url,
                         const char *const *headers, const char *action,
                         const char *form, const sst_aws_context_t *context,
                         sst_error_t *err, apr_pool_t *pool)
{
    sst_http_request_t request;
    sst_http_answer_t answer;
    sst_status_t status;

    memset(&request, 0, sizeof(request));
    request.method = "POST";
    request.url = apr_pstrcat(pool, url, "/", (char *) NULL);
    request.headers = headers;
    request.body = sst_span_text(form);
    request.deadline = context->deadline;
    request.connect_timeout = apr_time_from_sec(3);
    request.answer_max = ANSWER_MAX;
    status = sst_http_call(&answer, context->http, &request, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = read_answer(out, &answer, action, context->clock, err, pool);
    sst_wipe((unsigned char *) answer.body.data, answer.body.len);
    return status;
}

static sst_status_t sts_url(const char **out,
                            const sst_aws_context_t *context,
                            sst_error_t *err, apr_pool_t *pool)
{
    return sst_aws_settings_endpoint(out, context->settings, "sts",
                                     context->region, err, pool);
}

sst_status_t sst_aws_from_web_identity(sst_aws_keys_t *out,
                                       const sst_aws_context_t *context,
                                       const sst_aws_role_t *role,
                                       const char *token_file,
                                       sst_error_t *err, apr_pool_t *pool)
{
    static const char *const headers[] = {
        "Content-Type: " CONTENT_TYPE, NULL
    };
    const char *action = "AssumeRoleWithWebIdentity";
    const char *url = NULL;
    char *token;
    char *form;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    status = sst_token_file_read(&token, token_file, TOKEN_MAX, err, pool);
    if (status == SST_NOT_FOUND) {
        status = SST_UNAVAILABLE;
    }
    if (status == SST_OK) {
        status = sts_url(&url, context, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    form = add(role_form(action, role, pool), "WebIdentityToken", token,
               pool);
    sst_text_wipe_later(form, pool);
    return post(out, url, headers, action, form, context, err, pool);
}

/* Signs the form, and writes the header lines for it. */
static sst_status_t sign(const char **headers, const char *url,
                         const char *form, const sst_aws_keys_t *source,
                         const sst_aws_context_t *context, sst_error_t *err,
                         apr_pool_t *pool)
{
    const char *region = context->region;
    unsigned char key[SST_SIGV4_KEY_LEN];
    char *time = apr_palloc(pool, SST_SIGV4_TIME_LEN + 1);
    const char *authorization = NULL;
    sst_sigv4_header_t signed_headers[4];
    sst_sigv4_request_t request;
    sst_status_t status;
    int i;

    sst_sigv4_time(time, apr_time_now() + context->clock->offset);
    signed_headers[0].name = "content-type";
    signed_headers[0].value = CONTENT_TYPE;
    signed_headers[1].name = "host";
    signed_headers[1].value = strstr(url, "://") + 3;
    signed_headers[2].name = "x-amz-date";
    signed_headers[2].value = time;
    signed_headers[3].name = "x-amz-security-token";
    signed_headers[3].value = source->token;

    memset(&request, 0, sizeof(request));
    request.method = "POST";
    request.path = "/";
    request.query = "";
    request.headers = signed_headers;
    request.header_count = source->token != NULL ? 4 : 3;
    request.body = sst_span_text(form);
    request.time = time;
    request.region = region;
    request.service = "sts";
    request.key_id = source->key_id;

    status = sst_sigv4_key(key, source->secret, time, region, "sts", err);
    if (status == SST_OK) {
        status = sst_sigv4_authorize(&authorization, &request, key, err,
                                     pool);
    }
    sst_wipe(key, sizeof(key));
    if (status != SST_OK) {
        return status;
    }
    for (i = 0; i < request.header_count; i++) {
        headers[i] = apr_pstrcat(pool, signed_headers[i].name, ": ",
                                 signed_headers[i].value, (char *) NULL);
    }
    headers[i++] = apr_pstrcat(pool, "Authorization: ", authorization,
                               (char *) NULL);
    headers[i] = NULL;
    return SST_OK;
}

static sst_status_t assume_role(sst_aws_keys_t *out,
                                const sst_aws_context_t *context,
                                const sst_aws_role_t *role,
                                const sst_aws_keys_t *source,
                                sst_error_t *err, apr_pool_t *pool)
{
    const char *action = "AssumeRole";
    const char *form = role_form(action, role, pool);
    const char *headers[6];
    const char *url = NULL;
    sst_status_t status = sts_url(&url, context, err, pool);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = sign(headers, url, form, source, context, err, pool);
    }
    if (status == SST_OK) {
        status = post(out, url, headers, action, form, context, err, pool);
    }
    return status;
}

sst_status_t sst_aws_from_role(sst_aws_keys_t *out,
                               const sst_aws_context_t *context,
                               const sst_aws_role_t *role,
                               const sst_aws_keys_t *source, sst_error_t *err,
                               apr_pool_t *pool)
{
    int told = context->clock->told;
    sst_error_t first;
    sst_status_t status;

    sst_error_clear(&first);
    status = assume_role(out, context, role, source, &first, pool);
    if (status == SST_DENIED && context->clock->told != told) {
        return assume_role(out, context, role, source, err, pool);
    }
    return status == SST_OK ? SST_OK
                            : sst_error_set(err, status, first.os, "%s",
                                            first.text);
}
