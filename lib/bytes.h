/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Bytes with a length: spans, a bounded reader and writer, the two text forms
 * we use (lower-case hex, base64url without padding), a comparison in constant
 * time and a wipe that the compiler keeps.
 *
 * Everything that is parsed or built in the library goes through these, so
 * that a length is checked in one place. Integers are big-endian. Nothing here
 * allocates, keeps state or locks: every function may be called by any thread
 * on objects of its own.
 */
#ifndef SST_BYTES_H
#define SST_BYTES_H

#include <apr.h>

#include "lib/status.h"

/* Bytes that somebody else owns, and that live as long as that owner says. */
typedef struct sst_span_t {
    const unsigned char *data;  /* may be NULL only when len is 0 */
    apr_size_t len;
} sst_span_t;

/* A span over `len` bytes at `data`. */
sst_span_t sst_span(const void *data, apr_size_t len);

/* A span over a C string, without its NUL; NULL gives the empty span. */
sst_span_t sst_span_text(const char *text);

/* --- Reading --- */

/* Reads from the front of a span. A read beyond the end sets `failed`, which
 * stays set, and answers zero or the empty span: a parser may read a whole
 * structure and look at `failed` once.
 */
typedef struct sst_reader_t {
    sst_span_t rest;    /* what has not been read yet */
    int failed;         /* a read went beyond the end */
} sst_reader_t;

/* A reader at the front of `bytes`; and reads of one integer. */
sst_reader_t sst_reader(sst_span_t bytes);
apr_byte_t sst_read_u8(sst_reader_t *reader);
apr_uint32_t sst_read_u32(sst_reader_t *reader);
apr_uint64_t sst_read_u64(sst_reader_t *reader);

/* The next `len` bytes, inside the reader's own span. */
sst_span_t sst_read_bytes(sst_reader_t *reader, apr_size_t len);

/* Copies the next `len` bytes to `out`; on failure `out` is zeroed. */
void sst_read_into(sst_reader_t *reader, void *out, apr_size_t len);

/* The bytes up to the next NUL, which is read too and is not part of the
 * answer; it stands right behind it, so that .data is a C string. No NUL in
 * the rest is a failure, and the answer is then the empty span.
 */
sst_span_t sst_read_cstring(sst_reader_t *reader);

/* --- Writing --- */

/* Writes to a buffer of fixed size that the caller owns. A write that does not
 * fit writes nothing and sets `failed`, which stays set.
 */
typedef struct sst_writer_t {
    unsigned char *data;
    apr_size_t len;     /* written so far */
    apr_size_t cap;     /* size of the buffer */
    int failed;         /* something did not fit */
} sst_writer_t;

/* A writer of at most `cap` bytes to `data`; and writes of one value. */
sst_writer_t sst_writer(void *data, apr_size_t cap);
void sst_write_u8(sst_writer_t *writer, apr_byte_t value);
void sst_write_u32(sst_writer_t *writer, apr_uint32_t value);
void sst_write_u64(sst_writer_t *writer, apr_uint64_t value);
void sst_write_bytes(sst_writer_t *writer, sst_span_t bytes);

/* The number in digits, without leading zeros: SST_DECIMAL_MAX at most. */
#define SST_DECIMAL_MAX 20
void sst_write_decimal(sst_writer_t *writer, apr_uint64_t value);

/* What has been written, inside the writer's buffer. */
sst_span_t sst_written(const sst_writer_t *writer);

/* --- Text forms --- */

/* Characters that `len` bytes take in each form, without the final NUL. */
#define SST_HEX_LEN(len) ((len) * 2)
#define SST_BASE64URL_LEN(len) (((len) * 4 + 2) / 3)

/* Writes SST_HEX_LEN(bytes.len) lower-case digits and a NUL to `out`. */
void sst_hex_encode(char *out, sst_span_t bytes);

/* Reads exactly `len` bytes from hex `text`. Answers SST_OK, or SST_INVALID
 * with `out` zeroed: wrong length, an upper-case digit or any other character
 * (there is one spelling only). Constant time in the characters.
 */
sst_status_t sst_hex_decode(unsigned char *out, apr_size_t len,
                            sst_span_t text) SST_CHECKED;

/* Writes SST_BASE64URL_LEN(bytes.len) characters and a NUL to `out`
 * (RFC 4648 section 5, no padding).
 */
void sst_base64url_encode(char *out, sst_span_t bytes);

/* Reads exactly `len` bytes from base64url `text`. Answers SST_OK, or
 * SST_INVALID with `out` zeroed: wrong length, padding, another character, or
 * unused bits that are not zero (there is one spelling only). At most
 * SST_BASE64URL_MAX bytes.
 */
#define SST_BASE64URL_MAX 64
sst_status_t sst_base64url_decode(unsigned char *out, apr_size_t len,
                                  sst_span_t text) SST_CHECKED;

/* Reads an unsigned decimal number: digits only, no sign, no leading zero, no
 * more than 2^63-1. Answers SST_OK, or SST_INVALID with *out set to 0.
 */
sst_status_t sst_decimal_decode(apr_uint64_t *out,
                                sst_span_t text) SST_CHECKED;

/* --- Secrets --- */

/* 1 when both have the same bytes, else 0. Takes a time that depends on the
 * lengths only.
 */
int sst_bytes_equal(sst_span_t a, sst_span_t b);

/* Overwrites `len` bytes, in a way the compiler does not remove. */
void sst_wipe(void *data, apr_size_t len);

#endif
