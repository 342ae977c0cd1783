/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The server's keys: an ordered ring, of which the first key seals and every
 * key opens, so that a new key can be put on top without ending a session.
 *
 * A key file is text: one key a line, `key1:` and 32 random bytes in
 * base64url, or `passphrase:` and a text, of which scrypt makes such bytes;
 * blank lines and lines that begin with # are passed over. What a session
 * needs is derived from a key once, when the ring is read.
 *
 * A ring does not change after it was read, and any thread may use it.
 */
#ifndef SST_KEYRING_H
#define SST_KEYRING_H

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/crypto.h"
#include "lib/status.h"

#define SST_KEY_LEN 32          /* of a server key */
#define SST_KEY_ID_LEN 8
#define SST_KEYRING_MAX 32      /* keys in one ring */

/* One server key, as the keys derived from it. Wiped with its ring's pool. */
typedef struct sst_key_t {
    unsigned char id[SST_KEY_ID_LEN];       /* names it in records; no secret */
    unsigned char ticket[SST_KEY_LEN];      /* HMAC key of tickets' checks */
    unsigned char index[SST_KEY_LEN];       /* HMAC key of rows and users */
    unsigned char data[SST_KEY_LEN];        /* HKDF material of data boxes */
    unsigned char admin[SST_KEY_LEN];       /* the same of meta and overlay */
    const sst_mac_t *ticket_mac;            /* `ticket` and `index`, prepared */
    const sst_mac_t *index_mac;
    const sst_mac_t *data_hkdf;             /* `data` and `admin`, without a
                                             * salt */
    const sst_mac_t *admin_hkdf;
} sst_key_t;

typedef struct sst_keyring_t {
    int count;                  /* 1 to SST_KEYRING_MAX */
    int seals;                  /* which key seals: the first, but for a while
                                 * after a change at run time (keys.h) */
    sst_key_t *keys;
} sst_keyring_t;

/* A passphrase has so many characters at least. */
#define SST_PASSPHRASE_MIN 16

/* Reads the ring in the file at `path`. The file has to belong to root or to
 * the caller, and be readable by nobody beyond owner and group, writable by
 * nobody beyond the owner. *out lives in `pool` and is wiped when the pool
 * goes. Expected: OK; NOT_FOUND when there is no such file; INVALID with the
 * line and what is wrong; DENIED when owner, mode or rights are not as said.
 */
sst_status_t sst_keyring_load(sst_keyring_t **out, const char *path,
                              sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* The same while a server runs, which must not wait for scrypt: a file that
 * holds a passphrase is INVALID, and the message says to reload the server.
 */
sst_status_t sst_keyring_reload(sst_keyring_t **out, const char *path,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* Reads a ring from the text of a key file; `name` is for messages. Expected:
 * OK; INVALID.
 */
sst_status_t sst_keyring_parse(sst_keyring_t **out, sst_span_t text,
                               const char *name, sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* A copy of a ring, of which nothing but the derived keys is used: it may come
 * from a process of other code. As sst_keyring_load.
 */
sst_status_t sst_keyring_copy(sst_keyring_t **out, const sst_keyring_t *ring,
                              sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* The key under which a new session begins. */
const sst_key_t *sst_keyring_sealing(const sst_keyring_t *ring);

/* The key with this id, or NULL. */
const sst_key_t *sst_keyring_find(const sst_keyring_t *ring,
                                  const unsigned char id[SST_KEY_ID_LEN]);

/* A new line for a key file, without line end; the caller wipes it. */
#define SST_KEY_LINE_LEN (5 + SST_BASE64URL_LEN(SST_KEY_LEN))
sst_status_t sst_keyring_generate(char out[SST_KEY_LINE_LEN + 1],
                                  sst_error_t *err) SST_CHECKED;

#endif
