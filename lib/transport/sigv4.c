/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* AWS Signature Version 4: canonical request, string to sign, signature. */

#include "lib/transport/sigv4.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"
#define SECRET_MAX 256

/* Parts of a canonical request: four for each header, and eleven around. */
#define PARTS_MAX (11 + 4 * SST_SIGV4_HEADERS_MAX)

void sst_sigv4_time(char out[SST_SIGV4_TIME_LEN + 1], apr_time_t when)
{
    apr_time_exp_t utc;

    (void) apr_time_exp_gmt(&utc, when);
    (void) apr_snprintf(out, SST_SIGV4_TIME_LEN + 1,
                        "%04d%02d%02dT%02d%02d%02dZ", utc.tm_year + 1900,
                        utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                        utc.tm_sec);
}

/* Replaces the key by the HMAC, under it, of each step in turn. */
static sst_status_t derive(unsigned char key[SST_HASH_LEN], sst_span_t start,
                           const sst_span_t *steps, int count,
                           sst_error_t *err)
{
    unsigned char next[SST_HASH_LEN];
    sst_status_t status;
    int i;

    status = sst_hmac(key, start, steps[0], err);
    for (i = 1; i < count && status == SST_OK; i++) {
        status = sst_hmac(next, sst_span(key, SST_HASH_LEN), steps[i], err);
        memcpy(key, next, SST_HASH_LEN);
    }
    sst_wipe(next, sizeof(next));
    return status;
}

sst_status_t sst_sigv4_key(unsigned char out[SST_SIGV4_KEY_LEN],
                           const char *secret, const char *time,
                           const char *region, const char *service,
                           sst_error_t *err)
{
    unsigned char start[4 + SECRET_MAX];
    sst_writer_t writer = sst_writer(start, sizeof(start));
    sst_span_t steps[4];
    sst_status_t status;

    memset(out, 0, SST_SIGV4_KEY_LEN);
    sst_write_bytes(&writer, sst_span_text("AWS4"));
    sst_write_bytes(&writer, sst_span_text(secret));
    if (writer.failed) {
        sst_wipe(start, sizeof(start));
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the AWS secret access key is too long");
    }
    steps[0] = sst_span(time, SST_SIGV4_DATE_LEN);
    steps[1] = sst_span_text(region);
    steps[2] = sst_span_text(service);
    steps[3] = sst_span_text(TERMINATOR);
    status = derive(out, sst_written(&writer), steps, 4, err);
    sst_wipe(start, sizeof(start));
    return status;
}

/* A value as it is signed: no space at the ends, one at a time between. */
static const char *canonical_value(const char *value, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(value) + 1);
    char *end = out;

    for (; *value != '\0'; value++) {
        if (*value != ' ' || (end > out && end[-1] != ' ')) {
            *end++ = *value;
        }
    }
    while (end > out && end[-1] == ' ') {
        end--;
    }
    *end = '\0';
    return out;
}

static const char *signed_names(const sst_sigv4_request_t *request,
                                apr_pool_t *pool)
{
    const char *names = request->headers[0].name;
    int i;

    for (i = 1; i < request->header_count; i++) {
        names = apr_pstrcat(pool, names, ";", request->headers[i].name,
                            (char *) NULL);
    }
    return names;
}

static void hex_of(char out[SST_HEX_LEN(SST_HASH_LEN) + 1],
                   const unsigned char hash[SST_HASH_LEN])
{
    sst_hex_encode(out, sst_span(hash, SST_HASH_LEN));
}

/* The hash of the canonical request, in parts, so that a long token is not
 * copied once more.
 */
static sst_status_t canonical_hash(char out[SST_HEX_LEN(SST_HASH_LEN) + 1],
                                   const sst_sigv4_request_t *request,
                                   const char *names, sst_error_t *err,
                                   apr_pool_t *pool)
{
    char body[SST_HEX_LEN(SST_HASH_LEN) + 1];
    unsigned char hash[SST_HASH_LEN];
    const char *texts[PARTS_MAX];
    sst_span_t parts[PARTS_MAX];
    sst_status_t status = sst_sha256(hash, &request->body, 1, err);
    int count = 0;
    int i;

    hex_of(body, hash);
    texts[count++] = request->method;
    texts[count++] = "\n";
    texts[count++] = request->path;
    texts[count++] = "\n";
    texts[count++] = request->query;
    texts[count++] = "\n";
    for (i = 0; i < request->header_count; i++) {
        texts[count++] = request->headers[i].name;
        texts[count++] = ":";
        texts[count++] = canonical_value(request->headers[i].value, pool);
        texts[count++] = "\n";
    }
    texts[count++] = "\n";
    texts[count++] = names;
    texts[count++] = "\n";
    texts[count++] = body;
    for (i = 0; i < count; i++) {
        parts[i] = sst_span_text(texts[i]);
    }
    if (status == SST_OK) {
        status = sst_sha256(hash, parts, count, err);
    }
    hex_of(out, hash);
    return status;
}

sst_status_t sst_sigv4_authorize(const char **out,
                                 const sst_sigv4_request_t *request,
                                 const unsigned char key[SST_SIGV4_KEY_LEN],
                                 sst_error_t *err, apr_pool_t *pool)
{
    char hex[SST_HEX_LEN(SST_HASH_LEN) + 1];
    unsigned char signature[SST_HASH_LEN];
    const char *names;
    const char *scope;
    const char *text;
    sst_status_t status;

    *out = NULL;
    if (request->header_count < 1
        || request->header_count > SST_SIGV4_HEADERS_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "a request with %d headers cannot be signed",
                             request->header_count);
    }
    names = signed_names(request, pool);
    status = canonical_hash(hex, request, names, err, pool);
    if (status != SST_OK) {
        return status;
    }
    scope = apr_psprintf(pool, "%.*s/%s/%s/" TERMINATOR, SST_SIGV4_DATE_LEN,
                         request->time, request->region, request->service);
    text = apr_pstrcat(pool, ALGORITHM "\n", request->time, "\n", scope, "\n",
                       hex, (char *) NULL);
    status = sst_hmac(signature, sst_span(key, SST_SIGV4_KEY_LEN),
                      sst_span_text(text), err);
    if (status == SST_OK) {
        hex_of(hex, signature);
        *out = apr_pstrcat(pool, ALGORITHM " Credential=", request->key_id,
                           "/", scope, ", SignedHeaders=", names,
                           ", Signature=", hex, (char *) NULL);
    }
    return status;
}
