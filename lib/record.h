/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The record: what a store holds of a session. docs/record-format.md has the
 * layout byte by byte.
 *
 * A plain header (write token and revision, format, key id, created, absolute
 * deadline) is followed by up to three boxes, each sealed by itself:
 *
 * data     the entries, under a key that needs both the server's key and the
 *          secret in the browser's ticket
 * meta     what an administrator may list, under the server's key
 * overlay  entries that an administrator set, under the server's key
 *
 * Each box is bound to its kind, the format, the key id, the row, the times
 * and the revision at which it was sealed, so that none can be moved to
 * another place, and one can be replaced without opening the others.
 */
#ifndef SST_RECORD_H
#define SST_RECORD_H

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/crypto.h"
#include "lib/keyring.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/ticket.h"

#define SST_RECORD_FORMAT 1

/* What is larger than this is not deflated, and no deflated box is inflated to
 * more.
 */
#define SST_BOX_PLAIN_MAX (64 * 1024 * 1024)

typedef enum {
    SST_BOX_DATA = 1,
    SST_BOX_META = 2,
    SST_BOX_OVERLAY = 3
} sst_box_kind_t;

#define SST_BOX_KINDS 3

/* A box as stored; absent when bytes.len is 0. */
typedef struct sst_box_t {
    apr_uint64_t revision;      /* of the record when it was sealed */
    apr_byte_t deflated;        /* the plaintext is deflated (zlib) */
    sst_span_t bytes;           /* nonce, ciphertext, tag */
} sst_box_t;

/* Drawn ahead for a box; sealing it uses it up. */
typedef struct sst_nonce_t {
    int drawn;
    unsigned char bytes[SST_AEAD_NONCE_LEN];
} sst_nonce_t;

/* A record, its boxes still sealed. The spans belong to whoever made it. */
typedef struct sst_record_t {
    sst_version_t version;
    unsigned char key_id[SST_KEY_ID_LEN];
    apr_int64_t created_s;
    apr_int64_t deadline_s;     /* absolute end, 0 for none */
    sst_box_t boxes[SST_BOX_KINDS];     /* by kind - 1 */
    sst_nonce_t nonces[SST_BOX_KINDS];  /* for boxes to be sealed, likewise */
} sst_record_t;

/* Reads the header and finds the boxes, without a key. Expected: OK; CORRUPT
 * (too short, unknown format, impossible lengths; *out is then zero). The
 * spans lie inside `bytes`.
 */
sst_status_t sst_record_parse(sst_record_t *out, sst_span_t bytes,
                              sst_error_t *err) SST_CHECKED;

/* The record as bytes, from `pool`. */
sst_span_t sst_record_format(const sst_record_t *record, apr_pool_t *pool);

/* Begins the record's next version: one more revision, a write token of its
 * own, and a nonce for each box. All that is drawn at once, because the random
 * generator takes as long for a few bytes as for many, and as long as sealing a
 * box. Expected: OK.
 */
sst_status_t sst_record_renew(sst_record_t *record,
                              sst_error_t *err) SST_CHECKED;

/* What a box is sealed under: `secret` is the ticket's for the data box, and
 * NULL for the others.
 */
typedef struct sst_box_key_t {
    const sst_key_t *key;
    const sst_row_t *row;
    const unsigned char *secret;
} sst_box_key_t;

/* Seals `plain` as the record's box of this kind, at the record's revision;
 * deflates it first when it has at least `deflate_min` bytes and becomes
 * smaller. The header's fields have to be final. The nonce is the one that was
 * drawn for the box, or else a new one. Expected: OK.
 */
sst_status_t sst_record_seal(sst_record_t *record, sst_box_kind_t kind,
                             sst_span_t plain, const sst_box_key_t *key,
                             apr_size_t deflate_min, sst_error_t *err,
                             apr_pool_t *pool) SST_CHECKED;

/* Opens a box: *out is its plaintext in `pool`, empty when the record has no
 * such box. Expected: OK; CORRUPT.
 */
sst_status_t sst_record_open(sst_span_t *out, const sst_record_t *record,
                             sst_box_kind_t kind, const sst_box_key_t *key,
                             sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

#endif
