/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Spans, bounded reader and writer, hex, base64url, constant-time compare. */

#include "lib/bytes.h"

#include <string.h>

#include <apr_crypto.h>
#include <apr_encode.h>

sst_span_t sst_span(const void *data, apr_size_t len)
{
    sst_span_t span;

    span.data = data;
    span.len = len;
    return span;
}

sst_span_t sst_span_text(const char *text)
{
    return sst_span(text, text ? strlen(text) : 0);
}

sst_reader_t sst_reader(sst_span_t bytes)
{
    sst_reader_t reader;

    reader.rest = bytes;
    reader.failed = 0;
    return reader;
}

sst_span_t sst_read_bytes(sst_reader_t *reader, apr_size_t len)
{
    sst_span_t taken;

    if (reader->failed || len > reader->rest.len) {
        reader->failed = 1;
        return sst_span(NULL, 0);
    }
    taken = sst_span(reader->rest.data, len);
    if (len > 0) {
        reader->rest.data += len;
        reader->rest.len -= len;
    }
    return taken;
}

static apr_uint64_t read_integer(sst_reader_t *reader, apr_size_t len)
{
    sst_span_t bytes = sst_read_bytes(reader, len);
    apr_uint64_t value = 0;
    apr_size_t i;

    for (i = 0; i < bytes.len; i++) {
        value = value << 8 | bytes.data[i];
    }
    return value;
}

apr_byte_t sst_read_u8(sst_reader_t *reader)
{
    return (apr_byte_t) read_integer(reader, 1);
}

apr_uint32_t sst_read_u32(sst_reader_t *reader)
{
    return (apr_uint32_t) read_integer(reader, 4);
}

apr_uint64_t sst_read_u64(sst_reader_t *reader)
{
    return read_integer(reader, 8);
}

void sst_read_into(sst_reader_t *reader, void *out, apr_size_t len)
{
    sst_span_t bytes = sst_read_bytes(reader, len);

    memset(out, 0, len);
    if (bytes.len > 0) {
        memcpy(out, bytes.data, bytes.len);
    }
}

sst_span_t sst_read_cstring(sst_reader_t *reader)
{
    const unsigned char *nul = NULL;
    sst_span_t text;

    if (!reader->failed && reader->rest.len > 0) {
        nul = memchr(reader->rest.data, '\0', reader->rest.len);
    }
    if (nul == NULL) {
        reader->failed = 1;
        return sst_span(NULL, 0);
    }
    text = sst_read_bytes(reader, (apr_size_t) (nul - reader->rest.data));
    (void) sst_read_bytes(reader, 1);
    return text;
}

sst_writer_t sst_writer(void *data, apr_size_t cap)
{
    sst_writer_t writer;

    writer.data = data;
    writer.len = 0;
    writer.cap = cap;
    writer.failed = 0;
    return writer;
}

void sst_write_bytes(sst_writer_t *writer, sst_span_t bytes)
{
    if (writer->failed || bytes.len > writer->cap - writer->len) {
        writer->failed = 1;
        return;
    }
    if (bytes.len > 0) {
        memcpy(writer->data + writer->len, bytes.data, bytes.len);
        writer->len += bytes.len;
    }
}

static void write_integer(sst_writer_t *writer, apr_uint64_t value,
                          apr_size_t len)
{
    unsigned char bytes[8];
    apr_size_t i;

    for (i = len; i > 0; i--) {
        bytes[i - 1] = (unsigned char) (value & 0xff);
        value >>= 8;
    }
    sst_write_bytes(writer, sst_span(bytes, len));
}

void sst_write_u8(sst_writer_t *writer, apr_byte_t value)
{
    write_integer(writer, value, 1);
}

void sst_write_u32(sst_writer_t *writer, apr_uint32_t value)
{
    write_integer(writer, value, 4);
}

void sst_write_u64(sst_writer_t *writer, apr_uint64_t value)
{
    write_integer(writer, value, 8);
}

void sst_write_decimal(sst_writer_t *writer, apr_uint64_t value)
{
    char digits[SST_DECIMAL_MAX];
    apr_size_t at = sizeof(digits);

    do {
        digits[--at] = (char) ('0' + value % 10);
        value /= 10;
    } while (value > 0);
    sst_write_bytes(writer, sst_span(digits + at, sizeof(digits) - at));
}

sst_span_t sst_written(const sst_writer_t *writer)
{
    return sst_span(writer->data, writer->len);
}

void sst_hex_encode(char *out, sst_span_t bytes)
{
    out[0] = '\0';
    if (bytes.len > 0) {
        (void) apr_encode_base16_binary(out, bytes.data,
                                        (apr_ssize_t) bytes.len,
                                        APR_ENCODE_LOWER, NULL);
    }
}

/* Upper case is refused here because APR's decoder takes both. */
static int has_upper_hex(sst_span_t text)
{
    int upper = 0;
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        upper |= text.data[i] >= 'A' && text.data[i] <= 'F';
    }
    return upper;
}

sst_status_t sst_hex_decode(unsigned char *out, apr_size_t len,
                            sst_span_t text)
{
    apr_size_t decoded = 0;

    if (text.len == SST_HEX_LEN(len) && !has_upper_hex(text)
        && (len == 0
            || (apr_decode_base16_binary(out, (const char *) text.data,
                                         (apr_ssize_t) text.len,
                                         APR_ENCODE_NONE, &decoded)
                == APR_SUCCESS && decoded == len))) {
        return SST_OK;
    }
    memset(out, 0, len);
    return SST_INVALID;
}

void sst_base64url_encode(char *out, sst_span_t bytes)
{
    out[0] = '\0';
    if (bytes.len > 0) {
        (void) apr_encode_base64_binary(out, bytes.data,
                                        (apr_ssize_t) bytes.len,
                                        APR_ENCODE_BASE64URL, NULL);
    }
}

/* One spelling only: what decodes must encode to the same characters. APR also
 * decodes base64's own alphabet, and bits of the last character that stand for
 * nothing; four whole characters have no other spelling.
 */
static int is_canonical(const unsigned char *bytes, apr_size_t len,
                        sst_span_t text)
{
    char again[SST_BASE64URL_LEN(3) + 1];
    apr_size_t behind = len % 3;
    apr_size_t chars = SST_BASE64URL_LEN(behind);
    int same;

    sst_base64url_encode(again, sst_span(bytes + len - behind, behind));
    same = sst_bytes_equal(sst_span(again, chars),
                           sst_span(text.data + text.len - chars, chars));
    sst_wipe(again, sizeof(again));
    return same && memchr(text.data, '+', text.len) == NULL
        && memchr(text.data, '/', text.len) == NULL;
}

sst_status_t sst_base64url_decode(unsigned char *out, apr_size_t len,
                                  sst_span_t text)
{
    unsigned char bytes[SST_BASE64URL_MAX + 4];
    apr_size_t decoded = 0;
    sst_status_t status = SST_INVALID;

    if (len <= SST_BASE64URL_MAX && len > 0
        && text.len == SST_BASE64URL_LEN(len)
        && apr_decode_base64_binary(bytes, (const char *) text.data,
                                    (apr_ssize_t) text.len,
                                    APR_ENCODE_NONE, &decoded) == APR_SUCCESS
        && decoded == len && is_canonical(bytes, len, text)) {
        memcpy(out, bytes, len);
        status = SST_OK;
    }
    else {
        memset(out, 0, len);
    }
    sst_wipe(bytes, sizeof(bytes));
    return status;
}

sst_status_t sst_decimal_decode(apr_uint64_t *out, sst_span_t text)
{
    apr_uint64_t value = 0;
    apr_size_t i;

    *out = 0;
    /* 19 digits are at most 10^19 - 1, which fits 64 bits. */
    if (text.len == 0 || text.len > 19
        || (text.len > 1 && text.data[0] == '0')) {
        return SST_INVALID;
    }
    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return SST_INVALID;
        }
        value = value * 10 + (apr_uint64_t) (text.data[i] - '0');
    }
    if (value > (apr_uint64_t) APR_INT64_MAX) {
        return SST_INVALID;
    }
    *out = value;
    return SST_OK;
}

int sst_bytes_equal(sst_span_t a, sst_span_t b)
{
    if (a.len != b.len) {
        return 0;
    }
    return a.len == 0 || apr_crypto_equals(a.data, b.data, a.len);
}

void sst_wipe(void *data, apr_size_t len)
{
    if (len > 0) {
        (void) apr_crypto_memzero(data, len);
    }
}
