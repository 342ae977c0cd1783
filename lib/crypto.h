/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The six pieces of cryptography that sessions need, as OpenSSL has them:
 * random bytes, HMAC-SHA-256, HKDF-SHA-256, scrypt, and sealing and opening
 * with AES-256-GCM. No other file but the TLS transport includes OpenSSL's
 * headers.
 *
 * Any thread may call any function. A failure inside OpenSSL is SST_INTERNAL,
 * and no output is then usable (it is zeroed).
 */
#ifndef SST_CRYPTO_H
#define SST_CRYPTO_H

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/status.h"

#define SST_HASH_LEN 32         /* SHA-256 */
#define SST_HKDF_MAX 64         /* bytes that HKDF derives at most */
#define SST_AEAD_KEY_LEN 32     /* AES-256 */
#define SST_AEAD_NONCE_LEN 12
#define SST_AEAD_TAG_LEN 16

/* What sealing adds to the length of the plaintext: nonce in front, tag
 * behind.
 */
#define SST_SEAL_OVERHEAD (SST_AEAD_NONCE_LEN + SST_AEAD_TAG_LEN)

/* Fills `out` with random bytes that nobody can guess (RAND_bytes). */
sst_status_t sst_random(void *out, apr_size_t len,
                        sst_error_t *err) SST_CHECKED;

/* SHA-256 (FIPS 180-4) of `count` parts, one after another. */
sst_status_t sst_sha256(unsigned char out[SST_HASH_LEN],
                        const sst_span_t *parts, int count,
                        sst_error_t *err) SST_CHECKED;

/* HMAC-SHA-256 (RFC 2104) of `message` under `key`. */
sst_status_t sst_hmac(unsigned char out[SST_HASH_LEN], sst_span_t key,
                      sst_span_t message, sst_error_t *err) SST_CHECKED;

/* The same under a key that is used again and again: what of it depends on the
 * key alone is computed once. Lives in `pool` and is wiped with it. Expected:
 * OK.
 */
typedef struct sst_mac_t sst_mac_t;
sst_status_t sst_mac_create(sst_mac_t **out, sst_span_t key, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_mac_compute(unsigned char out[SST_HASH_LEN],
                             const sst_mac_t *mac, sst_span_t message,
                             sst_error_t *err) SST_CHECKED;

/* HKDF-SHA-256 (RFC 5869): derives `len` bytes (at most SST_HKDF_MAX) from the
 * key material, a salt (may be empty) and a text that names the use.
 */
sst_status_t sst_hkdf(unsigned char *out, apr_size_t len, sst_span_t material,
                      sst_span_t salt, sst_span_t info,
                      sst_error_t *err) SST_CHECKED;

/* scrypt (RFC 7914): makes `len` bytes of a passphrase, at the cost of
 * 128 * n * r bytes of memory and p times the work.
 */
sst_status_t sst_scrypt(unsigned char *out, apr_size_t len,
                        sst_span_t passphrase, sst_span_t salt,
                        apr_uint64_t n, apr_uint64_t r, apr_uint64_t p,
                        sst_error_t *err) SST_CHECKED;

/* HKDF in its two steps, for material and a salt that are used again and
 * again: the first step's outcome is prepared like a key of an HMAC; the
 * second derives SST_HASH_LEN bytes. Expected: OK.
 */
sst_status_t sst_hkdf_prepare(sst_mac_t **out, sst_span_t material,
                              sst_span_t salt, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_hkdf_expand(unsigned char out[SST_HASH_LEN],
                             const sst_mac_t *prepared, sst_span_t info,
                             sst_error_t *err) SST_CHECKED;

/* AES-256-GCM (NIST SP 800-38D) with a fresh random nonce: writes nonce,
 * ciphertext and tag, plain.len + SST_SEAL_OVERHEAD bytes, to `out`, which
 * must not overlap `plain`.
 */
sst_status_t sst_seal(unsigned char *out,
                      const unsigned char key[SST_AEAD_KEY_LEN],
                      sst_span_t aad, sst_span_t plain,
                      sst_error_t *err) SST_CHECKED;

/* The same with a nonce that the caller has drawn with others at once: random
 * bytes, for this one text.
 */
sst_status_t sst_seal_with(unsigned char *out,
                           const unsigned char key[SST_AEAD_KEY_LEN],
                           const unsigned char nonce[SST_AEAD_NONCE_LEN],
                           sst_span_t aad, sst_span_t plain,
                           sst_error_t *err) SST_CHECKED;

/* The reverse: writes sealed.len - SST_SEAL_OVERHEAD bytes to `out`. Expected:
 * OK; CORRUPT when the bytes were not sealed under this key with this `aad`
 * (`out` is then zeroed).
 */
sst_status_t sst_open(unsigned char *out,
                      const unsigned char key[SST_AEAD_KEY_LEN],
                      sst_span_t aad, sst_span_t sealed,
                      sst_error_t *err) SST_CHECKED;

#endif
