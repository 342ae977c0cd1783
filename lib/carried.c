/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Tickets with the sealed value behind them, written and read. */

#include "lib/carried.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/crypto.h"

#define LABEL "carried"
#define EXPIRY_LEN 8
#define TICKET_DOTS 3           /* inside a ticket */

/* Read in blocks, of 48 bytes in 64 characters. */
#define BLOCK_BYTES 48
#define BLOCK_CHARS SST_BASE64URL_LEN(BLOCK_BYTES)

apr_size_t sst_carried_len(apr_size_t len)
{
    return SST_TICKET_MAX + 1
        + SST_BASE64URL_LEN(EXPIRY_LEN + len + SST_SEAL_OVERHEAD);
}

sst_span_t sst_carried_ticket(sst_span_t text)
{
    apr_size_t len;
    int dots = 0;

    for (len = 0; len < text.len; len++) {
        dots += text.data[len] == '.';
        if (dots > TICKET_DOTS) {
            break;
        }
    }
    return sst_span(text.data, len);
}

/* --- What it is sealed under --- */

/* A key of its own for each session: see record.c. The label is longer than
 * what stands in a box's place, so that no box has this key.
 */
static sst_status_t derive_key(unsigned char out[SST_AEAD_KEY_LEN],
                               const sst_ticket_t *ticket,
                               const sst_row_t *row, sst_error_t *err)
{
    unsigned char info[sizeof(LABEL) + SST_ROW_LEN];

    memcpy(info, LABEL, sizeof(LABEL));
    memcpy(info + sizeof(LABEL), row->bytes, SST_ROW_LEN);
    return sst_hkdf_expand(out, ticket->key->admin_hkdf,
                           sst_span(info, sizeof(info)), err);
}

/* "carried" 0, the cookie's name 0, the ticket's text. */
static sst_span_t bound_to(const sst_scope_t *scope, sst_span_t ticket,
                           apr_pool_t *pool)
{
    apr_size_t name_len = strlen(scope->cookie) + 1;
    apr_size_t len = sizeof(LABEL) + name_len + ticket.len;
    sst_writer_t writer = sst_writer(apr_palloc(pool, len), len);

    sst_write_bytes(&writer, sst_span(LABEL, sizeof(LABEL)));
    sst_write_bytes(&writer, sst_span(scope->cookie, name_len));
    sst_write_bytes(&writer, ticket);
    return sst_written(&writer);
}

/* --- Writing --- */

static sst_span_t plain_of(const sst_value_t *value, apr_pool_t *pool)
{
    apr_size_t len = EXPIRY_LEN + value->bytes.len;
    sst_writer_t writer = sst_writer(apr_palloc(pool, len), len);

    sst_write_u64(&writer, (apr_uint64_t) value->expires_s);
    sst_write_bytes(&writer, value->bytes);
    return sst_written(&writer);
}

sst_status_t sst_carried_seal(const char **out, const sst_value_t *value,
                              const sst_ticket_t *ticket, const sst_row_t *row,
                              const sst_scope_t *scope, sst_error_t *err,
                              apr_pool_t *pool)
{
    unsigned char key[SST_AEAD_KEY_LEN];
    char text[SST_TICKET_MAX + 1];
    sst_span_t plain = plain_of(value, pool);
    apr_size_t len = plain.len + SST_SEAL_OVERHEAD;
    unsigned char *sealed = apr_palloc(pool, len);
    char *tail;
    sst_status_t status = sst_ticket_format(text, ticket, scope, err);

    *out = NULL;
    if (status == SST_OK) {
        status = derive_key(key, ticket, row, err);
    }
    if (status == SST_OK) {
        status = sst_seal(sealed, key,
                          bound_to(scope, sst_span_text(text), pool), plain,
                          err);
    }
    sst_wipe(key, sizeof(key));
    if (status == SST_OK) {
        tail = apr_palloc(pool, SST_BASE64URL_LEN(len) + 1);
        sst_base64url_encode(tail, sst_span(sealed, len));
        *out = apr_pstrcat(pool, text, ".", tail, NULL);
    }
    sst_wipe(text, sizeof(text));
    return status;
}

/* --- Reading --- */

static sst_status_t decode(sst_span_t *out, sst_span_t text, apr_pool_t *pool)
{
    apr_size_t len = text.len / 4 * 3 + (text.len % 4) * 3 / 4;
    unsigned char *bytes = apr_palloc(pool, len + 1);
    apr_size_t done;
    apr_size_t at = 0;
    sst_status_t status = len > 0 ? SST_OK : SST_INVALID;

    *out = sst_span(NULL, 0);
    for (done = 0; done < len && status == SST_OK; done += BLOCK_BYTES) {
        sst_span_t block = sst_span(text.data + at, text.len - at);
        apr_size_t left = len - done;

        if (left > BLOCK_BYTES) {
            left = BLOCK_BYTES;
            block.len = BLOCK_CHARS;
        }
        status = sst_base64url_decode(bytes + done, left, block);
        at += block.len;
    }
    if (status == SST_OK) {
        *out = sst_span(bytes, len);
    }
    return status;
}

/* Opens what was decoded. Expected: OK, CORRUPT. */
static sst_status_t open_sealed(sst_value_t *out, sst_span_t sealed,
                                sst_span_t aad, const sst_ticket_t *ticket,
                                const sst_row_t *row, sst_error_t *err,
                                apr_pool_t *pool)
{
    unsigned char key[SST_AEAD_KEY_LEN];
    apr_size_t len = sealed.len - SST_SEAL_OVERHEAD;
    unsigned char *plain = apr_palloc(pool, len + 1);
    sst_reader_t reader = sst_reader(sst_span(plain, len));
    sst_status_t status = derive_key(key, ticket, row, err);

    if (status == SST_OK) {
        status = sst_open(plain, key, aad, sealed, err);
    }
    sst_wipe(key, sizeof(key));
    if (status == SST_OK) {
        out->expires_s = (apr_int64_t) sst_read_u64(&reader);
        out->bytes = reader.rest;
        status = sst_version_read(&out->version, out->bytes, err);
    }
    return status;
}

sst_status_t sst_carried_open(sst_value_t *out, sst_span_t text,
                              const sst_ticket_t *ticket, const sst_row_t *row,
                              const sst_scope_t *scope, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_span_t front = sst_carried_ticket(text);
    sst_span_t sealed;
    sst_error_t found;
    sst_status_t status = SST_INVALID;

    memset(out, 0, sizeof(*out));
    sst_error_clear(&found);
    if (front.len < text.len
        && decode(&sealed, sst_span(text.data + front.len + 1,
                                    text.len - front.len - 1), pool) == SST_OK
        && sealed.len >= SST_SEAL_OVERHEAD) {
        status = open_sealed(out, sealed, bound_to(scope, front, pool), ticket,
                             row, &found, pool);
    }
    if (status == SST_OK) {
        return SST_OK;
    }
    memset(out, 0, sizeof(*out));
    if (status == SST_INVALID || status == SST_CORRUPT) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "what stands behind a ticket was not sealed with "
                             "it");
    }
    return sst_error_set(err, status, found.os, "%s", found.text);
}
