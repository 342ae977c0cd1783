/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Minting, writing, reading and checking tickets, and the rows they name. */

#include "lib/ticket.h"

#include <string.h>

#include <apr_strings.h>

/* Label, scope and ticket, the largest thing that is hashed here. */
#define MESSAGE_MAX (16 + 2 * (SST_SCOPE_TEXT_MAX + 1) \
                     + SST_ID_LEN + SST_SECRET_LEN + 8)

const char *sst_scope_tenant(const sst_store_t *store, const char *server,
                             const char *cookie, apr_pool_t *pool)
{
    if (store->tenant != NULL) {
        return apr_pstrcat(pool, "tenant=", store->tenant, NULL);
    }
    return apr_pstrcat(pool, "server=", server, " cookie=", cookie, NULL);
}

sst_status_t sst_ticket_mint(sst_ticket_t *out, const sst_key_t *key,
                             sst_error_t *err)
{
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    status = sst_random(out->id, sizeof(out->id), err);
    if (status == SST_OK) {
        status = sst_random(out->secret, sizeof(out->secret), err);
    }
    if (status != SST_OK) {
        sst_wipe(out, sizeof(*out));
        return status;
    }
    out->key = key;
    return SST_OK;
}

/* A text with its NUL, which no text contains: two fields never run
 * together.
 */
static void write_field(sst_writer_t *writer, const char *text)
{
    sst_write_bytes(writer, sst_span(text, strlen(text) + 1));
}

static sst_status_t scope_too_long(const sst_writer_t *message,
                                   sst_error_t *err)
{
    if (!message->failed) {
        return SST_OK;
    }
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "the tenant and the cookie's name may have at most "
                         "%d bytes each", SST_SCOPE_TEXT_MAX);
}

/* HMAC over label, scope, id and secret, and the revision, where it counts. */
static sst_status_t hash_ticket(unsigned char out[SST_HASH_LEN],
                                const char *label, const sst_ticket_t *ticket,
                                int with_revision, const sst_scope_t *scope,
                                sst_error_t *err)
{
    unsigned char bytes[MESSAGE_MAX];
    sst_writer_t message = sst_writer(bytes, sizeof(bytes));
    sst_status_t status;

    memset(out, 0, SST_HASH_LEN);
    write_field(&message, label);
    write_field(&message, scope->cookie);
    write_field(&message, scope->tenant);
    sst_write_bytes(&message, sst_span(ticket->id, SST_ID_LEN));
    sst_write_bytes(&message, sst_span(ticket->secret, SST_SECRET_LEN));
    if (with_revision) {
        sst_write_u64(&message, ticket->revision);
    }
    status = scope_too_long(&message, err);
    if (status == SST_OK) {
        status = sst_mac_compute(out, ticket->key->ticket_mac,
                                 sst_written(&message), err);
    }
    sst_wipe(bytes, sizeof(bytes));
    return status;
}

static sst_status_t compute_check(unsigned char out[SST_CHECK_LEN],
                                  const sst_ticket_t *ticket,
                                  const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char hash[SST_HASH_LEN];
    sst_status_t status = hash_ticket(hash, "ticket", ticket, 1, scope, err);

    memcpy(out, hash, SST_CHECK_LEN);
    sst_wipe(hash, sizeof(hash));
    return status;
}

/* --- Reading --- */

/* The text up to the next dot, or all of it when `last`. A missing dot gives
 * the empty span, which is no valid part of a ticket.
 */
static sst_span_t next_part(sst_span_t *rest, int last)
{
    const unsigned char *dot;
    sst_span_t part = *rest;

    if (last) {
        *rest = sst_span(NULL, 0);
        return part;
    }
    dot = rest->len > 0 ? memchr(rest->data, '.', rest->len) : NULL;
    if (dot == NULL) {
        return sst_span(NULL, 0);
    }
    part.len = (apr_size_t) (dot - rest->data);
    *rest = sst_span(dot + 1, rest->len - part.len - 1);
    return part;
}

static sst_status_t read_parts(sst_ticket_t *out,
                               unsigned char check[SST_CHECK_LEN],
                               sst_span_t text)
{
    sst_span_t id = next_part(&text, 0);
    sst_span_t secret = next_part(&text, 0);
    sst_span_t revision = next_part(&text, 0);

    if (sst_hex_decode(out->id, SST_ID_LEN, id) == SST_OK
        && sst_base64url_decode(out->secret, SST_SECRET_LEN,
                                secret) == SST_OK
        && sst_decimal_decode(&out->revision, revision) == SST_OK
        && sst_base64url_decode(check, SST_CHECK_LEN,
                                next_part(&text, 1)) == SST_OK) {
        return SST_OK;
    }
    return SST_INVALID;
}

/* Finds the key under which the check fits; leaves it in ticket->key. */
static sst_status_t find_key(sst_ticket_t *ticket,
                             const unsigned char check[SST_CHECK_LEN],
                             const sst_keyring_t *ring,
                             const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char ours[SST_CHECK_LEN];
    int i;

    for (i = 0; i < ring->count; i++) {
        sst_status_t status;

        ticket->key = &ring->keys[i];
        status = compute_check(ours, ticket, scope, err);
        if (status != SST_OK) {
            return status;
        }
        if (sst_bytes_equal(sst_span(ours, SST_CHECK_LEN),
                            sst_span(check, SST_CHECK_LEN))) {
            return SST_OK;
        }
    }
    return SST_INVALID;
}

sst_status_t sst_ticket_parse(sst_ticket_t *out, sst_span_t text,
                              const sst_keyring_t *ring,
                              const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char check[SST_CHECK_LEN];
    sst_status_t status = SST_INVALID;

    memset(out, 0, sizeof(*out));
    if (text.len <= SST_TICKET_MAX) {
        status = read_parts(out, check, text);
    }
    if (status == SST_OK) {
        status = find_key(out, check, ring, scope, err);
    }
    if (status != SST_OK) {
        sst_wipe(out, sizeof(*out));
    }
    if (status == SST_INVALID) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "this is no ticket of ours");
    }
    return status;
}

/* --- Writing --- */

/* The ticket with a NUL behind it; INTERNAL when the revision has more digits
 * than a reader takes.
 */
static sst_status_t write_parts(char out[SST_TICKET_MAX + 1], const char *id,
                                const char *secret, apr_uint64_t revision,
                                const char *tail, sst_error_t *err)
{
    sst_writer_t text = sst_writer(out, SST_TICKET_MAX + 1);

    sst_write_bytes(&text, sst_span_text(id));
    sst_write_u8(&text, '.');
    sst_write_bytes(&text, sst_span_text(secret));
    sst_write_u8(&text, '.');
    sst_write_decimal(&text, revision);
    sst_write_u8(&text, '.');
    sst_write_bytes(&text, sst_span_text(tail));
    sst_write_u8(&text, '\0');
    if (text.failed) {
        sst_wipe(out, SST_TICKET_MAX + 1);
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "a session's revision is beyond all tickets: the "
                             "store was tampered with");
    }
    return SST_OK;
}

sst_status_t sst_ticket_format(char out[SST_TICKET_MAX + 1],
                               const sst_ticket_t *ticket,
                               const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char check[SST_CHECK_LEN];
    char id[SST_HEX_LEN(SST_ID_LEN) + 1];
    char secret[SST_BASE64URL_LEN(SST_SECRET_LEN) + 1];
    char tail[SST_BASE64URL_LEN(SST_CHECK_LEN) + 1];
    sst_status_t status = compute_check(check, ticket, scope, err);

    out[0] = '\0';
    if (status != SST_OK) {
        return status;
    }
    sst_hex_encode(id, sst_span(ticket->id, SST_ID_LEN));
    sst_base64url_encode(secret, sst_span(ticket->secret, SST_SECRET_LEN));
    sst_base64url_encode(tail, sst_span(check, SST_CHECK_LEN));
    status = write_parts(out, id, secret, ticket->revision, tail, err);
    sst_wipe(secret, sizeof(secret));
    return status;
}

sst_status_t sst_ticket_form_token(char out[SST_FORM_TOKEN_TEXT + 1],
                                   const sst_ticket_t *ticket,
                                   const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char hash[SST_HASH_LEN];
    sst_status_t status = hash_ticket(hash, "form", ticket, 0, scope, err);

    out[0] = '\0';
    if (status == SST_OK) {
        sst_base64url_encode(out, sst_span(hash, SST_FORM_TOKEN_LEN));
    }
    sst_wipe(hash, sizeof(hash));
    return status;
}

/* --- Rows --- */

sst_status_t sst_ticket_row(sst_row_t *out, const sst_ticket_t *ticket,
                            const sst_scope_t *scope, sst_error_t *err)
{
    unsigned char bytes[MESSAGE_MAX];
    sst_writer_t message = sst_writer(bytes, sizeof(bytes));
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    write_field(&message, "row");
    write_field(&message, scope->tenant);
    sst_write_bytes(&message, sst_span(ticket->id, SST_ID_LEN));
    status = scope_too_long(&message, err);
    if (status == SST_OK) {
        status = sst_mac_compute(out->bytes, ticket->key->index_mac,
                                 sst_written(&message), err);
    }
    return status;
}

sst_status_t sst_user_row(sst_row_t *out, const sst_key_t *key,
                          const sst_scope_t *scope, const char *user,
                          sst_error_t *err)
{
    unsigned char name[SST_HASH_LEN];
    unsigned char bytes[MESSAGE_MAX];
    sst_writer_t message = sst_writer(bytes, sizeof(bytes));
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    /* The name comes from outside and has any length: hashed first, it has
     * one.
     */
    status = sst_mac_compute(name, key->index_mac, sst_span_text(user), err);
    if (status != SST_OK) {
        return status;
    }
    write_field(&message, "user");
    write_field(&message, scope->tenant);
    sst_write_bytes(&message, sst_span(name, sizeof(name)));
    status = scope_too_long(&message, err);
    if (status == SST_OK) {
        status = sst_mac_compute(out->bytes, key->index_mac,
                                 sst_written(&message), err);
    }
    return status;
}
