/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Items to JSON, and back. */

#include "lib/backends/dynamodb_item.h"

#include <stdlib.h>
#include <string.h>

#include <apr_encode.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define SLOT_LEN 6              /* bytes of a token that a slot keeps */

/* --- Attribute values --- */

json_t *sst_dynamodb_binary(sst_span_t bytes, apr_pool_t *pool)
{
    const char *text = bytes.len > 0
        ? apr_pencode_base64_binary(pool, bytes.data, (apr_ssize_t) bytes.len,
                                    APR_ENCODE_NONE, NULL)
        : "";

    return json_pack("{s:s}", "B", text);
}

json_t *sst_dynamodb_number(apr_int64_t number, apr_pool_t *pool)
{
    return json_pack("{s:s}", "N",
                     apr_psprintf(pool, "%" APR_INT64_T_FMT, number));
}

json_t *sst_dynamodb_key_value(const sst_dynamodb_t *dynamodb,
                               const sst_row_t *row, apr_pool_t *pool)
{
    char hex[SST_ROW_HEX_LEN + 1];

    if (dynamodb->key_is_text) {
        sst_row_hex(hex, row);
        return json_pack("{s:s}", "S", hex);
    }
    return sst_dynamodb_binary(sst_span(row->bytes, sizeof(row->bytes)),
                               pool);
}

json_t *sst_dynamodb_key(const sst_dynamodb_t *dynamodb, const sst_row_t *row,
                         apr_pool_t *pool)
{
    return json_pack("{s:o}", dynamodb->key_name,
                     sst_dynamodb_key_value(dynamodb, row, pool));
}

static const char *attribute(const json_t *item, const char *name,
                             const char *kind)
{
    return json_string_value(json_object_get(json_object_get(item, name),
                                             kind));
}

/* APR's decoder stops at what it does not know, without a word. */
static int is_base64(const char *text, apr_size_t len)
{
    apr_size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/");

    return len % 4 == 0 && len - letters <= 2
        && strspn(text + letters, "=") == len - letters;
}

/* Decodes to a buffer with `room` bytes in front of what it decodes. */
static sst_status_t decode_binary(sst_span_t *out, const char *text,
                                  apr_size_t room, apr_pool_t *pool)
{
    apr_size_t text_len = strlen(text);
    apr_size_t len = 0;
    unsigned char *bytes = apr_palloc(pool, room + text_len / 4 * 3 + 4);

    *out = sst_span(NULL, 0);
    if (!is_base64(text, text_len)
        || (text_len > 0
            && apr_decode_base64_binary(bytes + room, text,
                                        (apr_ssize_t) text_len,
                                        APR_ENCODE_NONE, &len)
               != APR_SUCCESS)) {
        return SST_CORRUPT;
    }
    *out = sst_span(bytes, room + len);
    return SST_OK;
}

sst_status_t sst_dynamodb_get_binary(sst_span_t *out, const json_t *item,
                                     const char *name, apr_pool_t *pool)
{
    const char *text = attribute(item, name, "B");

    *out = sst_span(NULL, 0);
    if (text == NULL || decode_binary(out, text, 0, pool) != SST_OK) {
        return SST_NOT_FOUND;
    }
    return SST_OK;
}

sst_status_t sst_dynamodb_get_number(apr_int64_t *out, const json_t *item,
                                     const char *name)
{
    const char *text = attribute(item, name, "N");
    apr_uint64_t number = 0;

    *out = 0;
    if (text == NULL
        || sst_decimal_decode(&number, sst_span_text(text)) != SST_OK) {
        return SST_NOT_FOUND;
    }
    *out = (apr_int64_t) number;
    return SST_OK;
}

sst_status_t sst_dynamodb_get_row(sst_row_t *out,
                                  const sst_dynamodb_t *dynamodb,
                                  const json_t *item, apr_pool_t *pool)
{
    const char *hex = attribute(item, dynamodb->key_name, "S");
    sst_span_t bytes;

    memset(out, 0, sizeof(*out));
    if (dynamodb->key_is_text) {
        return hex != NULL
            && sst_row_from_hex(out, sst_span_text(hex)) == SST_OK
            ? SST_OK : SST_CORRUPT;
    }
    if (sst_dynamodb_get_binary(&bytes, item, dynamodb->key_name, pool)
        != SST_OK || bytes.len != sizeof(out->bytes)) {
        return SST_CORRUPT;
    }
    memcpy(out->bytes, bytes.data, sizeof(out->bytes));
    return SST_OK;
}

/* --- Sessions --- */

const char *sst_dynamodb_slot(int writer, apr_pool_t *pool)
{
    return apr_psprintf(pool, "w%d", writer);
}

json_t *sst_dynamodb_slot_value(const sst_version_t *version,
                                apr_pool_t *pool)
{
    return sst_dynamodb_binary(sst_span(version->token, SLOT_LEN), pool);
}

json_t *sst_dynamodb_encode(const sst_dynamodb_t *dynamodb,
                            const sst_row_t *row, sst_span_t value,
                            const sst_version_t *version, int writer,
                            apr_int64_t expires_s, apr_pool_t *pool)
{
    sst_span_t token = sst_span(version->token, sizeof(version->token));
    sst_span_t rest = sst_span(value.data + SST_VERSION_LEN,
                               value.len - SST_VERSION_LEN);

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
                     dynamodb->key_name,
                     sst_dynamodb_key_value(dynamodb, row, pool),
                     dynamodb->ttl_name, sst_dynamodb_number(expires_s, pool),
                     SST_DYNAMODB_REVISION,
                     sst_dynamodb_number((apr_int64_t) version->revision,
                                         pool),
                     SST_DYNAMODB_TOKEN, sst_dynamodb_binary(token, pool),
                     SST_DYNAMODB_VALUE, sst_dynamodb_binary(rest, pool),
                     sst_dynamodb_slot(writer, pool),
                     sst_dynamodb_slot_value(version, pool));
}

static sst_status_t read_version(sst_version_t *out, const json_t *item,
                                 apr_pool_t *pool)
{
    apr_int64_t revision;
    sst_span_t token;

    memset(out, 0, sizeof(*out));
    if (sst_dynamodb_get_number(&revision, item, SST_DYNAMODB_REVISION)
        != SST_OK
        || sst_dynamodb_get_binary(&token, item, SST_DYNAMODB_TOKEN, pool)
           != SST_OK
        || token.len != sizeof(out->token)) {
        return SST_CORRUPT;
    }
    out->revision = (apr_uint64_t) revision;
    memcpy(out->token, token.data, sizeof(out->token));
    return SST_OK;
}

/* The value with its version in front, as it was put. */
static sst_status_t read_value(sst_value_t *out, const json_t *item,
                               apr_pool_t *pool)
{
    const char *text = attribute(item, SST_DYNAMODB_VALUE, "B");
    sst_writer_t writer;

    if (text == NULL || read_version(&out->version, item, pool) != SST_OK
        || decode_binary(&out->bytes, text, SST_VERSION_LEN, pool)
           != SST_OK) {
        return SST_CORRUPT;
    }
    writer = sst_writer((unsigned char *) out->bytes.data, SST_VERSION_LEN);
    sst_write_bytes(&writer, sst_span(out->version.token, SST_TOKEN_LEN));
    sst_write_u64(&writer, out->version.revision);
    return SST_OK;
}

sst_status_t sst_dynamodb_decode(sst_value_t *out,
                                 const sst_dynamodb_t *dynamodb,
                                 const json_t *item, sst_error_t *err,
                                 apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    if (read_value(out, item, pool) != SST_OK
        || sst_dynamodb_get_number(&out->expires_s, item, dynamodb->ttl_name)
           != SST_OK) {
        memset(out, 0, sizeof(*out));
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "table %s: an item that is no session is stored"
                             " under a session's key", dynamodb->table);
    }
    return SST_OK;
}

int sst_dynamodb_landed(const json_t *item, const sst_version_t *version,
                        int writer, int doubtful, apr_pool_t *pool)
{
    sst_version_t stored;
    sst_span_t noted;

    if (read_version(&stored, item, pool) != SST_OK
        || stored.revision < version->revision) {
        return 0;
    }
    if (stored.revision == version->revision) {
        return sst_version_equal(&stored, version);
    }
    return doubtful
        && sst_dynamodb_get_binary(&noted, item,
                                   sst_dynamodb_slot(writer, pool), pool)
           == SST_OK
        && sst_bytes_equal(noted, sst_span(version->token, SLOT_LEN));
}
