/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The record as bytes, and its boxes sealed and opened. */

#include "lib/record.h"

#include <string.h>

#include <zlib.h>

#define HEADER_LEN (SST_VERSION_LEN + 1 + SST_KEY_ID_LEN + 8 + 8)
#define BOX_HEADER_LEN (1 + 1 + 8 + 4)  /* kind, deflated, revision, length */
#define DEFLATED_HEADER_LEN 4           /* length of the plain text */

/* Of zlib: its smallest window, and from a window's bits its "memory level",
 * which makes tables as large as the window.
 */
#define WINDOW_BITS_MIN 9
#define MEMORY_BELOW_WINDOW 7

/* --- Layout --- */

static int box_is_valid(const sst_reader_t *reader, apr_byte_t kind,
                        const sst_box_t *box, apr_byte_t previous)
{
    return !reader->failed && kind > previous && kind <= SST_BOX_KINDS
        && box->deflated <= 1 && box->bytes.len >= SST_SEAL_OVERHEAD;
}

static int read_boxes(sst_record_t *record, sst_reader_t *reader)
{
    apr_byte_t previous = 0;

    while (reader->rest.len > 0) {
        apr_byte_t kind = sst_read_u8(reader);
        sst_box_t box;

        box.deflated = sst_read_u8(reader);
        box.revision = sst_read_u64(reader);
        box.bytes = sst_read_bytes(reader, sst_read_u32(reader));
        if (!box_is_valid(reader, kind, &box, previous)) {
            return 0;
        }
        record->boxes[kind - 1] = box;
        previous = kind;
    }
    return !reader->failed;
}

sst_status_t sst_record_parse(sst_record_t *out, sst_span_t bytes,
                              sst_error_t *err)
{
    sst_reader_t reader = sst_reader(bytes);
    apr_byte_t format;
    int valid;

    memset(out, 0, sizeof(*out));
    sst_read_into(&reader, out->version.token, SST_TOKEN_LEN);
    out->version.revision = sst_read_u64(&reader);
    format = sst_read_u8(&reader);
    sst_read_into(&reader, out->key_id, SST_KEY_ID_LEN);
    out->created_s = (apr_int64_t) sst_read_u64(&reader);
    out->deadline_s = (apr_int64_t) sst_read_u64(&reader);
    valid = !reader.failed && format == SST_RECORD_FORMAT
        && read_boxes(out, &reader);
    if (!valid) {
        memset(out, 0, sizeof(*out));
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored record of %" APR_SIZE_T_FMT
                             " bytes is not in a format this version reads",
                             bytes.len);
    }
    return SST_OK;
}

static apr_size_t record_size(const sst_record_t *record)
{
    apr_size_t size = HEADER_LEN;
    int i;

    for (i = 0; i < SST_BOX_KINDS; i++) {
        if (record->boxes[i].bytes.len > 0) {
            size += BOX_HEADER_LEN + record->boxes[i].bytes.len;
        }
    }
    return size;
}

static void write_box(sst_writer_t *writer, apr_byte_t kind,
                      const sst_box_t *box)
{
    sst_write_u8(writer, kind);
    sst_write_u8(writer, box->deflated);
    sst_write_u64(writer, box->revision);
    sst_write_u32(writer, (apr_uint32_t) box->bytes.len);
    sst_write_bytes(writer, box->bytes);
}

sst_span_t sst_record_format(const sst_record_t *record, apr_pool_t *pool)
{
    apr_size_t size = record_size(record);
    sst_writer_t writer = sst_writer(apr_palloc(pool, size), size);
    int i;

    sst_write_bytes(&writer, sst_span(record->version.token, SST_TOKEN_LEN));
    sst_write_u64(&writer, record->version.revision);
    sst_write_u8(&writer, SST_RECORD_FORMAT);
    sst_write_bytes(&writer, sst_span(record->key_id, SST_KEY_ID_LEN));
    sst_write_u64(&writer, (apr_uint64_t) record->created_s);
    sst_write_u64(&writer, (apr_uint64_t) record->deadline_s);
    for (i = 0; i < SST_BOX_KINDS; i++) {
        if (record->boxes[i].bytes.len > 0) {
            write_box(&writer, (apr_byte_t) (i + 1), &record->boxes[i]);
        }
    }
    return sst_written(&writer);
}

/* --- What a box is sealed under --- */

#define AAD_LEN (1 + 1 + 1 + SST_KEY_ID_LEN + SST_ROW_LEN + 8 + 8 + 8)

static void write_aad(unsigned char aad[AAD_LEN], const sst_record_t *record,
                      sst_box_kind_t kind, const sst_box_t *box,
                      const sst_row_t *row)
{
    sst_writer_t writer = sst_writer(aad, AAD_LEN);

    sst_write_u8(&writer, (apr_byte_t) kind);
    sst_write_u8(&writer, SST_RECORD_FORMAT);
    sst_write_u8(&writer, box->deflated);
    sst_write_bytes(&writer, sst_span(record->key_id, SST_KEY_ID_LEN));
    sst_write_bytes(&writer, sst_span(row->bytes, SST_ROW_LEN));
    sst_write_u64(&writer, (apr_uint64_t) record->created_s);
    sst_write_u64(&writer, (apr_uint64_t) record->deadline_s);
    sst_write_u64(&writer, box->revision);
}

/* A key of its own for each box of each row, so that random nonces never come
 * near the number at which they repeat under one key.
 */
static sst_status_t derive_box_key(unsigned char out[SST_AEAD_KEY_LEN],
                                   sst_box_kind_t kind,
                                   const sst_box_key_t *key, sst_error_t *err)
{
    unsigned char info[1 + SST_ROW_LEN + SST_SECRET_LEN];
    sst_writer_t writer = sst_writer(info, sizeof(info));
    const sst_mac_t *prepared = key->key->admin_hkdf;
    sst_status_t status;

    sst_write_u8(&writer, (apr_byte_t) kind);
    sst_write_bytes(&writer, sst_span(key->row->bytes, SST_ROW_LEN));
    if (kind == SST_BOX_DATA) {
        prepared = key->key->data_hkdf;
        sst_write_bytes(&writer, sst_span(key->secret, SST_SECRET_LEN));
    }
    status = sst_hkdf_expand(out, prepared, sst_written(&writer), err);
    sst_wipe(info, sizeof(info));
    return status;
}

/* --- Random bytes --- */

sst_status_t sst_record_renew(sst_record_t *record, sst_error_t *err)
{
    unsigned char drawn[SST_TOKEN_LEN
                        + SST_BOX_KINDS * SST_AEAD_NONCE_LEN] = { 0 };
    sst_reader_t reader = sst_reader(sst_span(drawn, sizeof(drawn)));
    sst_status_t status = sst_random(drawn, sizeof(drawn), err);
    int i;

    record->version.revision++;
    sst_read_into(&reader, record->version.token, SST_TOKEN_LEN);
    for (i = 0; i < SST_BOX_KINDS; i++) {
        record->nonces[i].drawn = status == SST_OK;
        sst_read_into(&reader, record->nonces[i].bytes, SST_AEAD_NONCE_LEN);
    }
    return status;
}

/* Hands out what was drawn for a box, once. */
static sst_status_t take_nonce(unsigned char out[SST_AEAD_NONCE_LEN],
                               sst_nonce_t *nonce, sst_error_t *err)
{
    if (!nonce->drawn) {
        return sst_random(out, SST_AEAD_NONCE_LEN, err);
    }
    memcpy(out, nonce->bytes, SST_AEAD_NONCE_LEN);
    memset(nonce, 0, sizeof(*nonce));
    return SST_OK;
}

/* --- Deflating --- */

/* Deflates to at most *len bytes at `out`; 0 when they are not enough. Window
 * and tables are no larger than the text: zlib clears them first, which would
 * take as long as deflating a text of a few kilobytes.
 */
static int deflated(unsigned char *out, apr_size_t *len, sst_span_t plain)
{
    z_stream stream = { 0 };
    int bits = WINDOW_BITS_MIN;
    int done;

    while (bits < MAX_WBITS && plain.len > (apr_size_t) 1 << bits) {
        bits++;
    }
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, bits,
                     bits - MEMORY_BELOW_WINDOW,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return 0;
    }
    stream.next_in = (Bytef *) plain.data;
    stream.avail_in = (uInt) plain.len;
    stream.next_out = out;
    stream.avail_out = (uInt) *len;
    done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *len = stream.total_out;
    (void) deflateEnd(&stream);
    return done;
}

/* The text to seal: `plain`, or its length and it deflated when that is
 * shorter. Sets *is_deflated accordingly.
 */
static sst_span_t shortened(apr_byte_t *is_deflated, sst_span_t plain,
                            apr_size_t deflate_min, apr_pool_t *pool)
{
    sst_writer_t writer;
    apr_size_t room;

    *is_deflated = 0;
    if (plain.len < deflate_min || plain.len <= DEFLATED_HEADER_LEN
        || plain.len > SST_BOX_PLAIN_MAX) {
        return plain;
    }
    writer = sst_writer(apr_palloc(pool, plain.len), plain.len);
    sst_write_u32(&writer, (apr_uint32_t) plain.len);
    /* A buffer one byte smaller than the text: what does not fit saves
     * nothing.
     */
    room = plain.len - DEFLATED_HEADER_LEN - 1;
    if (!deflated(writer.data + DEFLATED_HEADER_LEN, &room, plain)) {
        return plain;
    }
    *is_deflated = 1;
    return sst_span(writer.data, DEFLATED_HEADER_LEN + room);
}

static sst_status_t inflated(sst_span_t *out, sst_span_t text,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_reader_t reader = sst_reader(text);
    apr_uint32_t len = sst_read_u32(&reader);
    uLongf got = len;
    unsigned char *plain;

    *out = sst_span(NULL, 0);
    if (!reader.failed && len > 0 && len <= SST_BOX_PLAIN_MAX) {
        plain = apr_palloc(pool, len);
        if (uncompress(plain, &got, reader.rest.data,
                       (uLong) reader.rest.len) == Z_OK && got == len) {
            *out = sst_span(plain, len);
            return SST_OK;
        }
    }
    return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                         "a session's data cannot be inflated");
}

/* --- Sealing and opening --- */

sst_status_t sst_record_seal(sst_record_t *record, sst_box_kind_t kind,
                             sst_span_t plain, const sst_box_key_t *key,
                             apr_size_t deflate_min, sst_error_t *err,
                             apr_pool_t *pool)
{
    unsigned char box_key[SST_AEAD_KEY_LEN];
    unsigned char nonce[SST_AEAD_NONCE_LEN];
    unsigned char aad[AAD_LEN];
    sst_box_t *box = &record->boxes[kind - 1];
    sst_span_t text = shortened(&box->deflated, plain, deflate_min, pool);
    unsigned char *sealed = apr_palloc(pool, text.len + SST_SEAL_OVERHEAD);
    sst_status_t status;

    box->revision = record->version.revision;
    box->bytes = sst_span(sealed, text.len + SST_SEAL_OVERHEAD);
    write_aad(aad, record, kind, box, key->row);
    status = derive_box_key(box_key, kind, key, err);
    if (status == SST_OK) {
        status = take_nonce(nonce, &record->nonces[kind - 1], err);
    }
    if (status == SST_OK) {
        status = sst_seal_with(sealed, box_key, nonce, sst_span(aad, AAD_LEN),
                               text, err);
    }
    if (status != SST_OK) {
        memset(box, 0, sizeof(*box));
    }
    sst_wipe(box_key, sizeof(box_key));
    return status;
}

sst_status_t sst_record_open(sst_span_t *out, const sst_record_t *record,
                             sst_box_kind_t kind, const sst_box_key_t *key,
                             sst_error_t *err, apr_pool_t *pool)
{
    unsigned char box_key[SST_AEAD_KEY_LEN];
    unsigned char aad[AAD_LEN];
    const sst_box_t *box = &record->boxes[kind - 1];
    unsigned char *text;
    sst_span_t opened;
    sst_status_t status;

    *out = sst_span(NULL, 0);
    if (box->bytes.len == 0) {
        return SST_OK;
    }
    opened = sst_span(NULL, box->bytes.len - SST_SEAL_OVERHEAD);
    text = apr_palloc(pool, opened.len + 1);
    opened.data = text;
    write_aad(aad, record, kind, box, key->row);
    status = derive_box_key(box_key, kind, key, err);
    if (status == SST_OK) {
        status = sst_open(text, box_key, sst_span(aad, AAD_LEN), box->bytes,
                          err);
    }
    sst_wipe(box_key, sizeof(box_key));
    if (status != SST_OK) {
        return status;
    }
    if (box->deflated) {
        return inflated(out, opened, err, pool);
    }
    *out = opened;
    return SST_OK;
}
