/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Random bytes, HMAC, HKDF, scrypt and AES-256-GCM by OpenSSL's EVP interface.
 */

#include "lib/crypto.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

/* OpenSSL's error queue belongs to the thread and is shared with mod_ssl: a
 * failure of ours must not be found there by somebody else, so it is popped.
 */
static sst_status_t openssl_failed(const char *what, sst_error_t *err)
{
    ERR_clear_error();
    return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                         "OpenSSL could not %s", what);
}

sst_status_t sst_random(void *out, apr_size_t len, sst_error_t *err)
{
    if (len > INT_MAX || RAND_bytes(out, (int) len) != 1) {
        sst_wipe(out, len);
        return openssl_failed("make random bytes", err);
    }
    return SST_OK;
}

static int sha256_parts(EVP_MD_CTX *ctx, unsigned char *out,
                        const sst_span_t *parts, int count)
{
    unsigned int len = 0;
    int done = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    int i;

    for (i = 0; done && i < count; i++) {
        done = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    }
    return done && EVP_DigestFinal_ex(ctx, out, &len) == 1
        && len == SST_HASH_LEN;
}

sst_status_t sst_sha256(unsigned char out[SST_HASH_LEN],
                        const sst_span_t *parts, int count, sst_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && sha256_parts(ctx, out, parts, count);

    EVP_MD_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, SST_HASH_LEN);
        return openssl_failed("compute a hash", err);
    }
    return SST_OK;
}

sst_status_t sst_hmac(unsigned char out[SST_HASH_LEN], sst_span_t key,
                      sst_span_t message, sst_error_t *err)
{
    unsigned int len = 0;

    if (key.len > INT_MAX
        || HMAC(EVP_sha256(), key.data, (int) key.len, message.data,
                message.len, out, &len) == NULL
        || len != SST_HASH_LEN) {
        sst_wipe(out, SST_HASH_LEN);
        return openssl_failed("compute an HMAC", err);
    }
    return SST_OK;
}

static int hkdf_setup(EVP_PKEY_CTX *ctx, sst_span_t material,
                      sst_span_t salt, sst_span_t info)
{
    return EVP_PKEY_derive_init(ctx) == 1
        && EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) == 1
        && EVP_PKEY_CTX_set1_hkdf_key(ctx, material.data,
                                      (int) material.len) == 1
        && (salt.len == 0
            || EVP_PKEY_CTX_set1_hkdf_salt(ctx, salt.data,
                                           (int) salt.len) == 1)
        && EVP_PKEY_CTX_add1_hkdf_info(ctx, info.data, (int) info.len) == 1;
}

sst_status_t sst_hkdf(unsigned char *out, apr_size_t len, sst_span_t material,
                      sst_span_t salt, sst_span_t info, sst_error_t *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t derived = len;
    int done = ctx != NULL
        && hkdf_setup(ctx, material, salt, info)
        && EVP_PKEY_derive(ctx, out, &derived) == 1
        && derived == len;

    EVP_PKEY_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, len);
        return openssl_failed("derive a key", err);
    }
    return SST_OK;
}

sst_status_t sst_scrypt(unsigned char *out, apr_size_t len,
                        sst_span_t passphrase, sst_span_t salt,
                        apr_uint64_t n, apr_uint64_t r, apr_uint64_t p,
                        sst_error_t *err)
{
    /* OpenSSL's own limit of memory is lower than what is asked for. */
    apr_uint64_t memory = 128 * r * (n + p + 2) + 1;

    if (EVP_PBE_scrypt((const char *) passphrase.data, passphrase.len,
                       salt.data, salt.len, n, r, p, memory, out, len) != 1) {
        sst_wipe(out, len);
        return openssl_failed("stretch a passphrase", err);
    }
    return SST_OK;
}

static int gcm_seal(EVP_CIPHER_CTX *ctx, unsigned char *out,
                    const unsigned char *key, sst_span_t aad,
                    sst_span_t plain)
{
    unsigned char *cipher = out + SST_AEAD_NONCE_LEN;
    int len = 0;

    return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1
        && EVP_EncryptUpdate(ctx, NULL, &len, aad.data, (int) aad.len) == 1
        && (plain.len == 0
            || EVP_EncryptUpdate(ctx, cipher, &len, plain.data,
                                 (int) plain.len) == 1)
        && EVP_EncryptFinal_ex(ctx, cipher + plain.len, &len) == 1
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SST_AEAD_TAG_LEN,
                               cipher + plain.len) == 1;
}

sst_status_t sst_seal(unsigned char *out,
                      const unsigned char key[SST_AEAD_KEY_LEN],
                      sst_span_t aad, sst_span_t plain, sst_error_t *err)
{
    EVP_CIPHER_CTX *ctx;
    sst_status_t status;
    int done;

    if (plain.len > INT_MAX - SST_SEAL_OVERHEAD || aad.len > INT_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "%" APR_SIZE_T_FMT " bytes are too many to seal",
                             plain.len);
    }
    status = sst_random(out, SST_AEAD_NONCE_LEN, err);
    if (status != SST_OK) {
        return status;
    }
    ctx = EVP_CIPHER_CTX_new();
    done = ctx != NULL && gcm_seal(ctx, out, key, aad, plain);
    EVP_CIPHER_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, plain.len + SST_SEAL_OVERHEAD);
        return openssl_failed("seal", err);
    }
    return SST_OK;
}

/* 1 opened, 0 the tag does not fit, -1 OpenSSL failed. */
static int gcm_open(EVP_CIPHER_CTX *ctx, unsigned char *out,
                    const unsigned char *key, sst_span_t aad,
                    sst_span_t sealed)
{
    const unsigned char *cipher = sealed.data + SST_AEAD_NONCE_LEN;
    apr_size_t cipher_len = sealed.len - SST_SEAL_OVERHEAD;
    unsigned char tag[SST_AEAD_TAG_LEN];
    int len = 0;

    memcpy(tag, cipher + cipher_len, sizeof(tag));
    if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed.data) != 1
        || EVP_DecryptUpdate(ctx, NULL, &len, aad.data, (int) aad.len) != 1
        || (cipher_len > 0
            && EVP_DecryptUpdate(ctx, out, &len, cipher,
                                 (int) cipher_len) != 1)
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SST_AEAD_TAG_LEN,
                               tag) != 1) {
        return -1;
    }
    return EVP_DecryptFinal_ex(ctx, out + cipher_len, &len) == 1;
}

sst_status_t sst_open(unsigned char *out,
                      const unsigned char key[SST_AEAD_KEY_LEN],
                      sst_span_t aad, sst_span_t sealed, sst_error_t *err)
{
    EVP_CIPHER_CTX *ctx;
    int opened;

    if (sealed.len < SST_SEAL_OVERHEAD || sealed.len > INT_MAX
        || aad.len > INT_MAX) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "sealed bytes of an impossible length");
    }
    ctx = EVP_CIPHER_CTX_new();
    opened = ctx ? gcm_open(ctx, out, key, aad, sealed) : -1;
    EVP_CIPHER_CTX_free(ctx);
    if (opened == 1) {
        return SST_OK;
    }
    sst_wipe(out, sealed.len - SST_SEAL_OVERHEAD);
    if (opened < 0) {
        return openssl_failed("open", err);
    }
    ERR_clear_error();
    return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                         "sealed bytes do not open under this key");
}
