/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Random bytes, SHA-256, scrypt and AES-256-GCM by OpenSSL's EVP interface.
 *
 * HMAC and HKDF are written out here (RFC 2104, RFC 5869: a few lines on top
 * of SHA-256), because they are most of what a page view computes: OpenSSL's
 * own cost a short message between one and a half (EVP_MAC, its context
 * duplicated) and three times as much (HMAC, which looks up its parts anew
 * each time), its HKDF twice as much, and neither interface is there in both
 * 1.1.1 and 3.x without being deprecated in one of them.
 */

#include "lib/crypto.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define BLOCK_LEN 64            /* of SHA-256 */

/* --- Methods --- */

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
/* What EVP_sha256() stands for is looked up anew whenever it is used; these
 * are looked up once. Never freed: the last reference to them must not go
 * after OpenSSL has ended.
 */
static EVP_MD *fetched_sha256;
static EVP_CIPHER *fetched_gcm;

static void fetch_methods(void)
{
    fetched_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

static int methods_are_fetched(void)
{
    static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

    return CRYPTO_THREAD_run_once(&once, fetch_methods);
}

static const EVP_MD *sha256_method(void)
{
    return methods_are_fetched() && fetched_sha256 ? fetched_sha256
                                                   : EVP_sha256();
}

static const EVP_CIPHER *gcm_method(void)
{
    return methods_are_fetched() && fetched_gcm ? fetched_gcm
                                                : EVP_aes_256_gcm();
}
#else
#define sha256_method EVP_sha256
#define gcm_method EVP_aes_256_gcm
#endif

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

/* --- SHA-256 and HMAC --- */

static int update(EVP_MD_CTX *ctx, const sst_span_t *parts, int count)
{
    int done = 1;
    int i;

    for (i = 0; done && i < count; i++) {
        done = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    }
    return done;
}

static int finish(unsigned char *out, EVP_MD_CTX *ctx)
{
    unsigned int len = 0;

    return EVP_DigestFinal_ex(ctx, out, &len) == 1 && len == SST_HASH_LEN;
}

static int sha256_parts(unsigned char *out, EVP_MD_CTX *ctx,
                        const sst_span_t *parts, int count)
{
    return EVP_DigestInit_ex(ctx, sha256_method(), NULL) == 1
        && update(ctx, parts, count) && finish(out, ctx);
}

sst_status_t sst_sha256(unsigned char out[SST_HASH_LEN],
                        const sst_span_t *parts, int count, sst_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && sha256_parts(out, ctx, parts, count);

    EVP_MD_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, SST_HASH_LEN);
        return openssl_failed("compute a hash", err);
    }
    return SST_OK;
}

/* Begins one of HMAC's two hashes: with the key, padded to a block and mixed
 * with `pad`.
 */
static int begin_keyed(EVP_MD_CTX *ctx, const unsigned char key[BLOCK_LEN],
                       unsigned char pad)
{
    unsigned char mixed[BLOCK_LEN];
    int done;
    int i;

    for (i = 0; i < BLOCK_LEN; i++) {
        mixed[i] = key[i] ^ pad;
    }
    done = EVP_DigestInit_ex(ctx, sha256_method(), NULL) == 1
        && EVP_DigestUpdate(ctx, mixed, BLOCK_LEN) == 1;
    sst_wipe(mixed, sizeof(mixed));
    return done;
}

static int begin_inner(EVP_MD_CTX *ctx, const unsigned char key[BLOCK_LEN])
{
    return begin_keyed(ctx, key, 0x36);
}

static int begin_outer(EVP_MD_CTX *ctx, const unsigned char key[BLOCK_LEN])
{
    return begin_keyed(ctx, key, 0x5c);
}

/* The key as HMAC takes it: a longer one is hashed first. */
static int block_of(unsigned char out[BLOCK_LEN], EVP_MD_CTX *ctx,
                    sst_span_t key)
{
    memset(out, 0, BLOCK_LEN);
    if (key.len > BLOCK_LEN) {
        return sha256_parts(out, ctx, &key, 1);
    }
    if (key.len > 0) {
        memcpy(out, key.data, key.len);
    }
    return 1;
}

static int hmac_parts(unsigned char *out, EVP_MD_CTX *ctx, sst_span_t key,
                      const sst_span_t *parts, int count)
{
    unsigned char block[BLOCK_LEN];
    unsigned char inner[SST_HASH_LEN];
    int done = block_of(block, ctx, key)
        && begin_inner(ctx, block)
        && update(ctx, parts, count)
        && finish(inner, ctx)
        && begin_outer(ctx, block)
        && EVP_DigestUpdate(ctx, inner, sizeof(inner)) == 1
        && finish(out, ctx);

    sst_wipe(block, sizeof(block));
    sst_wipe(inner, sizeof(inner));
    return done;
}

static sst_status_t hmac_done(unsigned char *out, int done, sst_error_t *err)
{
    if (!done) {
        sst_wipe(out, SST_HASH_LEN);
        return openssl_failed("compute an HMAC", err);
    }
    return SST_OK;
}

sst_status_t sst_hmac(unsigned char out[SST_HASH_LEN], sst_span_t key,
                      sst_span_t message, sst_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && hmac_parts(out, ctx, key, &message, 1);

    EVP_MD_CTX_free(ctx);
    return hmac_done(out, done, err);
}

/* Both hashes, the key's block in each: read by all threads, changed by none.
 */
struct sst_mac_t {
    EVP_MD_CTX *inner;
    EVP_MD_CTX *outer;
};

static apr_status_t free_mac(void *data)
{
    sst_mac_t *mac = data;

    EVP_MD_CTX_free(mac->inner);
    EVP_MD_CTX_free(mac->outer);
    mac->inner = mac->outer = NULL;
    return APR_SUCCESS;
}

sst_status_t sst_mac_create(sst_mac_t **out, sst_span_t key, sst_error_t *err,
                            apr_pool_t *pool)
{
    unsigned char block[BLOCK_LEN];
    sst_mac_t *mac = apr_pcalloc(pool, sizeof(*mac));
    int done;

    mac->inner = EVP_MD_CTX_new();
    mac->outer = EVP_MD_CTX_new();
    apr_pool_cleanup_register(pool, mac, free_mac, apr_pool_cleanup_null);
    done = mac->inner != NULL && mac->outer != NULL
        && block_of(block, mac->inner, key)
        && begin_inner(mac->inner, block)
        && begin_outer(mac->outer, block);
    sst_wipe(block, sizeof(block));
    *out = done ? mac : NULL;
    return done ? SST_OK : openssl_failed("prepare an HMAC", err);
}

static sst_status_t compute(unsigned char out[SST_HASH_LEN],
                            const sst_mac_t *mac, const sst_span_t *parts,
                            int count, sst_error_t *err)
{
    unsigned char inner[SST_HASH_LEN];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL
        && EVP_MD_CTX_copy_ex(ctx, mac->inner) == 1
        && update(ctx, parts, count)
        && finish(inner, ctx)
        && EVP_MD_CTX_copy_ex(ctx, mac->outer) == 1
        && EVP_DigestUpdate(ctx, inner, sizeof(inner)) == 1
        && finish(out, ctx);

    EVP_MD_CTX_free(ctx);
    sst_wipe(inner, sizeof(inner));
    return hmac_done(out, done, err);
}

sst_status_t sst_mac_compute(unsigned char out[SST_HASH_LEN],
                             const sst_mac_t *mac, sst_span_t message,
                             sst_error_t *err)
{
    return compute(out, mac, &message, 1, err);
}

/* --- HKDF --- */

/* Output block `number` from the pseudorandom key, the block before and the
 * use.
 */
static int expand(unsigned char out[SST_HASH_LEN], EVP_MD_CTX *ctx,
                  const unsigned char key[SST_HASH_LEN], sst_span_t before,
                  sst_span_t info, unsigned char number)
{
    const sst_span_t parts[] = { before, info, sst_span(&number, 1) };

    return hmac_parts(out, ctx, sst_span(key, SST_HASH_LEN), parts, 3);
}

static int hkdf(unsigned char *out, apr_size_t len, EVP_MD_CTX *ctx,
                sst_span_t material, sst_span_t salt, sst_span_t info)
{
    unsigned char key[SST_HASH_LEN];
    unsigned char blocks[SST_HKDF_MAX];
    unsigned char *second = blocks + SST_HASH_LEN;
    int done = hmac_parts(key, ctx, salt, &material, 1)
        && expand(blocks, ctx, key, sst_span(NULL, 0), info, 1)
        && (len <= SST_HASH_LEN
            || expand(second, ctx, key, sst_span(blocks, SST_HASH_LEN), info,
                      2));

    if (done) {
        memcpy(out, blocks, len);
    }
    sst_wipe(key, sizeof(key));
    sst_wipe(blocks, sizeof(blocks));
    return done;
}

sst_status_t sst_hkdf(unsigned char *out, apr_size_t len, sst_span_t material,
                      sst_span_t salt, sst_span_t info, sst_error_t *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && len <= SST_HKDF_MAX
        && hkdf(out, len, ctx, material, salt, info);

    EVP_MD_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, len);
        return openssl_failed("derive a key", err);
    }
    return SST_OK;
}

/* --- scrypt --- */

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

sst_status_t sst_hkdf_prepare(sst_mac_t **out, sst_span_t material,
                              sst_span_t salt, sst_error_t *err,
                              apr_pool_t *pool)
{
    unsigned char key[SST_HASH_LEN];
    sst_status_t status = sst_hmac(key, salt, material, err);

    *out = NULL;
    if (status == SST_OK) {
        status = sst_mac_create(out, sst_span(key, sizeof(key)), err, pool);
    }
    sst_wipe(key, sizeof(key));
    return status;
}

sst_status_t sst_hkdf_expand(unsigned char out[SST_HASH_LEN],
                             const sst_mac_t *prepared, sst_span_t info,
                             sst_error_t *err)
{
    static const unsigned char first = 1;
    const sst_span_t parts[] = { info, sst_span(&first, 1) };

    return compute(out, prepared, parts, 2, err);
}

/* --- AES-256-GCM --- */

static int gcm_seal(EVP_CIPHER_CTX *ctx, unsigned char *out,
                    const unsigned char *key, sst_span_t aad,
                    sst_span_t plain)
{
    unsigned char *cipher = out + SST_AEAD_NONCE_LEN;
    int len = 0;

    return EVP_EncryptInit_ex(ctx, gcm_method(), NULL, key, out) == 1
        && EVP_EncryptUpdate(ctx, NULL, &len, aad.data, (int) aad.len) == 1
        && (plain.len == 0
            || EVP_EncryptUpdate(ctx, cipher, &len, plain.data,
                                 (int) plain.len) == 1)
        && EVP_EncryptFinal_ex(ctx, cipher + plain.len, &len) == 1
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SST_AEAD_TAG_LEN,
                               cipher + plain.len) == 1;
}

sst_status_t sst_seal_with(unsigned char *out,
                           const unsigned char key[SST_AEAD_KEY_LEN],
                           const unsigned char nonce[SST_AEAD_NONCE_LEN],
                           sst_span_t aad, sst_span_t plain, sst_error_t *err)
{
    EVP_CIPHER_CTX *ctx;
    int done;

    if (plain.len > INT_MAX - SST_SEAL_OVERHEAD || aad.len > INT_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "%" APR_SIZE_T_FMT " bytes are too many to seal",
                             plain.len);
    }
    memcpy(out, nonce, SST_AEAD_NONCE_LEN);
    ctx = EVP_CIPHER_CTX_new();
    done = ctx != NULL && gcm_seal(ctx, out, key, aad, plain);
    EVP_CIPHER_CTX_free(ctx);
    if (!done) {
        sst_wipe(out, plain.len + SST_SEAL_OVERHEAD);
        return openssl_failed("seal", err);
    }
    return SST_OK;
}

sst_status_t sst_seal(unsigned char *out,
                      const unsigned char key[SST_AEAD_KEY_LEN],
                      sst_span_t aad, sst_span_t plain, sst_error_t *err)
{
    unsigned char nonce[SST_AEAD_NONCE_LEN];
    sst_status_t status = sst_random(nonce, sizeof(nonce), err);

    return status == SST_OK ? sst_seal_with(out, key, nonce, aad, plain, err)
                            : status;
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
    if (EVP_DecryptInit_ex(ctx, gcm_method(), NULL, key, sealed.data) != 1
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
