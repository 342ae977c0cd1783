/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The ticket: what the browser holds of a session, as a cookie's value
 *
 *     <id>.<secret>.<revision>.<check>
 *
 * id        128 random bits, 32 lower-case hex digits: names the session
 * secret    128 random bits, 22 characters of base64url: half of the key that
 *           opens the session's data
 * revision  decimal: of the record when this ticket was written
 * check     96 bits of an HMAC over all of it, the cookie's name and the
 *           tenant, 16 characters of base64url
 *
 * A ticket is checked before any store is asked: one that was not made here,
 * for this cookie and tenant, costs nothing more.
 */
#ifndef SST_TICKET_H
#define SST_TICKET_H

#include "lib/bytes.h"
#include "lib/keyring.h"
#include "lib/status.h"
#include "lib/store.h"

#define SST_ID_LEN 16
#define SST_SECRET_LEN 16
#define SST_CHECK_LEN 12

/* The longest ticket: 19 digits of revision, three dots. */
#define SST_TICKET_MAX (SST_HEX_LEN(SST_ID_LEN) \
                        + SST_BASE64URL_LEN(SST_SECRET_LEN) + 19 \
                        + SST_BASE64URL_LEN(SST_CHECK_LEN) + 3)

/* Where a ticket is valid. Both texts belong to the configuration, are C
 * strings and at most SST_SCOPE_TEXT_MAX bytes long.
 */
#define SST_SCOPE_TEXT_MAX 511
typedef struct sst_scope_t {
    const char *tenant;         /* sessions of different tenants never meet */
    const char *cookie;         /* the cookie's name */
} sst_scope_t;

/* The tenant of sessions that are kept in `store`, under the name of a server
 * as it is configured ("" when it has none) and a cookie: the store's own
 * tenant, where it has one, whatever server and cookie. From `pool`.
 */
const char *sst_scope_tenant(const sst_store_t *store, const char *server,
                             const char *cookie, apr_pool_t *pool);

/* A ticket in parts. Holds a secret: wipe it when it is not needed any more. */
typedef struct sst_ticket_t {
    unsigned char id[SST_ID_LEN];
    unsigned char secret[SST_SECRET_LEN];
    apr_uint64_t revision;      /* 0 before the first write */
    const sst_key_t *key;       /* the ring's key that checks it */
} sst_ticket_t;

/* A new ticket with a random id and secret, under `key`. */
sst_status_t sst_ticket_mint(sst_ticket_t *out, const sst_key_t *key,
                             sst_error_t *err) SST_CHECKED;

/* Reads and checks the text of a ticket against every key of the ring, without
 * I/O. Expected: OK; INVALID when it was not made under one of these keys for
 * this scope, however it is wrong (*out is then zero).
 */
sst_status_t sst_ticket_parse(sst_ticket_t *out, sst_span_t text,
                              const sst_keyring_t *ring,
                              const sst_scope_t *scope,
                              sst_error_t *err) SST_CHECKED;

/* Writes the ticket as text, NUL-terminated. */
sst_status_t sst_ticket_format(char out[SST_TICKET_MAX + 1],
                               const sst_ticket_t *ticket,
                               const sst_scope_t *scope,
                               sst_error_t *err) SST_CHECKED;

/* What a form of the session's pages carries, to prove that it was made for
 * this session: 128 bits of HMAC(ticket key, "form" 0 cookie 0 tenant 0 id
 * secret), as base64url with a NUL. It stays the same until the session gets a
 * new id. No secret of the session can be found from it.
 */
#define SST_FORM_TOKEN_LEN 16
#define SST_FORM_TOKEN_TEXT SST_BASE64URL_LEN(SST_FORM_TOKEN_LEN)
sst_status_t sst_ticket_form_token(char out[SST_FORM_TOKEN_TEXT + 1],
                                   const sst_ticket_t *ticket,
                                   const sst_scope_t *scope,
                                   sst_error_t *err) SST_CHECKED;

/* The row that holds the ticket's session:
 * HMAC(index key, "row" 0 tenant 0 id).
 */
sst_status_t sst_ticket_row(sst_row_t *out, const sst_ticket_t *ticket,
                            const sst_scope_t *scope,
                            sst_error_t *err) SST_CHECKED;

/* The row under which a user's sessions are noted:
 * HMAC(index key, "user" 0 tenant 0 HMAC(index key, name)). A name of any
 * length.
 */
sst_status_t sst_user_row(sst_row_t *out, const sst_key_t *key,
                          const sst_scope_t *scope, const char *user,
                          sst_error_t *err) SST_CHECKED;

#endif
