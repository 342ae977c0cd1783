/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials from texts and from JSON documents. */

#include "lib/transport/aws_keys.h"

#include <string.h>
#include <time.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include <jansson.h>

#include "lib/transport/text_file.h"

#define TEXT_MAX 16384

/* Whether a text may stand in a header line. */
static int is_sendable(const char *text)
{
    const char *c;

    for (c = text; *c != '\0'; c++) {
        if (!apr_isgraph(*c)) {
            return 0;
        }
    }
    return c > text && c - text <= TEXT_MAX;
}

static char *keep_secret(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text);

    sst_text_wipe_later(copy, pool);
    return copy;
}

sst_status_t sst_aws_keys_set(sst_aws_keys_t *out, const char *what,
                              const char *key_id, const char *secret,
                              const char *token, sst_error_t *err,
                              apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    if (key_id == NULL || secret == NULL || !is_sendable(key_id)
        || !is_sendable(secret)
        || (token != NULL && *token != '\0' && !is_sendable(token))) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s: the access key id or the secret access key"
                             " is missing, or has characters that cannot be",
                             what);
    }
    out->key_id = keep_secret(key_id, pool);
    out->secret = keep_secret(secret, pool);
    if (token != NULL && *token != '\0') {
        out->token = keep_secret(token, pool);
    }
    return SST_OK;
}

/* --- Times --- */

/* Z, +hh:mm or -hh:mm at the end of a time, as seconds. */
static sst_status_t parse_zone(apr_int64_t *out, const char *text)
{
    struct tm zone;
    const char *end;

    *out = 0;
    if (strcmp(text, "Z") == 0) {
        return SST_OK;
    }
    if (*text != '+' && *text != '-') {
        return SST_INVALID;
    }
    memset(&zone, 0, sizeof(zone));
    end = strptime(text + 1, "%H:%M", &zone);
    if (end == NULL || *end != '\0') {
        return SST_INVALID;
    }
    *out = zone.tm_hour * 3600 + zone.tm_min * 60;
    if (*text == '-') {
        *out = -*out;
    }
    return SST_OK;
}

sst_status_t sst_aws_time_parse(apr_time_t *out, const char *text)
{
    struct tm utc;
    const char *rest;
    apr_int64_t zone = 0;

    *out = 0;
    memset(&utc, 0, sizeof(utc));
    rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (rest == NULL) {
        return SST_INVALID;
    }
    if (*rest == '.') {
        rest += 1 + strspn(rest + 1, "0123456789");
    }
    if (parse_zone(&zone, rest) != SST_OK) {
        return SST_INVALID;
    }
    *out = apr_time_from_sec((apr_int64_t) timegm(&utc) - zone);
    return SST_OK;
}

/* --- JSON --- */

/* jansson keeps the strings of a document until it is freed, and then leaves
 * them as they are.
 */
static void wipe_strings(json_t *document)
{
    const char *key;
    json_t *value;

    json_object_foreach(document, key, value) {
        if (json_is_string(value)) {
            sst_wipe((char *) json_string_value(value),
                     json_string_length(value));
        }
    }
}

static const char *member(const json_t *document, const char *key)
{
    return json_string_value(json_object_get(document, key));
}

static sst_status_t read_document(sst_aws_keys_t *out, const char *what,
                                  const json_t *document,
                                  const char *token_key, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const char *expiration = member(document, "Expiration");
    sst_status_t status;

    status = sst_aws_keys_set(out, what, member(document, "AccessKeyId"),
                              member(document, "SecretAccessKey"),
                              member(document, token_key), err, pool);
    if (status == SST_OK && expiration != NULL
        && sst_aws_time_parse(&out->expires, expiration) != SST_OK) {
        memset(out, 0, sizeof(*out));
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "%s: the Expiration is not a time in ISO 8601",
                               what);
    }
    return status;
}

sst_status_t sst_aws_keys_from_json(sst_aws_keys_t *out, const char *what,
                                    sst_span_t body, const char *token_key,
                                    sst_error_t *err, apr_pool_t *pool)
{
    json_t *document = json_loadb((const char *) body.data, body.len, 0,
                                  NULL);
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    if (!json_is_object(document)) {
        json_decref(document);
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s: the answer is not a JSON object", what);
    }
    status = read_document(out, what, document, token_key, err, pool);
    wipe_strings(document);
    json_decref(document);
    return status;
}
