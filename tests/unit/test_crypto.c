/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* HMAC, HKDF and AES-256-GCM against their published vectors, and what happens
 * to sealed bytes that were changed.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>

#include <openssl/err.h>

#include "lib/crypto.h"

/* --- HMAC-SHA-256 --- */

typedef struct hmac_vector_t {
    const char *key;
    const char *message;
    const char *mac;    /* the case of a shortened one has 16 bytes */
} hmac_vector_t;

/* RFC 4231, sections 4.2 to 4.8. */
static const hmac_vector_t hmac_vectors[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "dddddddddddddddddddddddddddddddddddddddddddddddddd"
      "dddddddddddddddddddddddddddddddddddddddddddddddddd",
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "0102030405060708090a0b0c0d0e0f10111213141516171819",
      "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
      "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
      "546573742057697468205472756e636174696f6e",
      "a3b6167473100ee06e0c796c2955552b" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaa",
      "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
      "65204b6579202d2048617368204b6579204669727374",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaa",
      "5468697320697320612074657374207573696e672061206c6172676572207468"
      "616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
      "68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
      "647320746f20626520686173686564206265666f7265206265696e6720757365"
      "642062792074686520484d414320616c676f726974686d2e",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" }
};

static void hmac_follows_rfc_4231(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(hmac_vectors) / sizeof(hmac_vector_t); i++) {
        const hmac_vector_t *vector = &hmac_vectors[i];
        sst_span_t mac = unit_hex(vector->mac, *state);
        unsigned char out[SST_HASH_LEN];

        assert_status(sst_hmac(out, unit_hex(vector->key, *state),
                               unit_hex(vector->message, *state), NULL),
                      SST_OK);
        assert_memory_equal(out, mac.data, mac.len);
    }
}

static void a_prepared_hmac_follows_rfc_4231(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(hmac_vectors) / sizeof(hmac_vector_t); i++) {
        const hmac_vector_t *vector = &hmac_vectors[i];
        sst_span_t expected = unit_hex(vector->mac, *state);
        sst_span_t message = unit_hex(vector->message, *state);
        unsigned char out[SST_HASH_LEN];
        sst_mac_t *mac;

        assert_status(sst_mac_create(&mac, unit_hex(vector->key, *state),
                                     NULL, *state), SST_OK);
        assert_status(sst_mac_compute(out, mac, message, NULL), SST_OK);
        assert_memory_equal(out, expected.data, expected.len);
        /* Computing leaves what is prepared as it is. */
        assert_status(sst_mac_compute(out, mac, message, NULL), SST_OK);
        assert_memory_equal(out, expected.data, expected.len);
    }
}

static void hkdf_derives_no_more_than_two_blocks(void **state)
{
    unsigned char out[SST_HKDF_MAX + 1];
    sst_span_t text = unit_text("material");

    assert_status(sst_hkdf(out, sizeof(out), text, text, text, NULL),
                  SST_INTERNAL);
    assert_zero(out, sizeof(out));
}

static void hmac_takes_an_empty_message(void **state)
{
    unsigned char out[SST_HASH_LEN];

    assert_status(sst_hmac(out, unit_text("key"), sst_span(NULL, 0), NULL),
                  SST_OK);
    assert_span_equal(sst_span(out, sizeof(out)),
                      unit_hex("5d5d139563c95b5967b9bd9a8c9b233a"
                               "9dedb45072794cd232dc1b74832607d0", *state));
}

/* --- HKDF-SHA-256 --- */

typedef struct hkdf_vector_t {
    const char *material;
    const char *salt;
    const char *info;
    const char *okm;
} hkdf_vector_t;

/* RFC 5869, appendix A.1 and A.3, and the first 64 bytes of A.2. */
static const hkdf_vector_t hkdf_vectors[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
      "34007208d5b887185865" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
      "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
      "404142434445464748494a4b4c4d4e4f",
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
      "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
      "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
      "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
      "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71" },
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
      "9d201395faa4b61a96c8" }
};

static void hkdf_follows_rfc_5869(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(hkdf_vectors) / sizeof(hkdf_vector_t); i++) {
        const hkdf_vector_t *vector = &hkdf_vectors[i];
        sst_span_t okm = unit_hex(vector->okm, *state);
        unsigned char out[64];

        assert_status(sst_hkdf(out, okm.len,
                               unit_hex(vector->material, *state),
                               unit_hex(vector->salt, *state),
                               unit_hex(vector->info, *state), NULL),
                      SST_OK);
        assert_span_equal(sst_span(out, okm.len), okm);
    }
}

/* --- scrypt --- */

typedef struct scrypt_vector_t {
    const char *passphrase;
    const char *salt;
    apr_uint64_t n;
    apr_uint64_t p;
    const char *derived;
} scrypt_vector_t;

/* RFC 7914, section 12, those with r = 8. */
static const scrypt_vector_t scrypt_vectors[] = {
    { "password", "NaCl", 1024, 16,
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
      "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640" },
    { "pleaseletmein", "SodiumChloride", 16384, 1,
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887" }
};

static void scrypt_gives_the_published_keys(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(scrypt_vectors) / sizeof(scrypt_vectors[0]); i++) {
        const scrypt_vector_t *vector = &scrypt_vectors[i];
        unsigned char derived[64];

        assert_status(sst_scrypt(derived, sizeof(derived),
                                 unit_text(vector->passphrase),
                                 unit_text(vector->salt), vector->n, 8,
                                 vector->p, NULL), SST_OK);
        assert_span_equal(sst_span(derived, sizeof(derived)),
                          unit_hex(vector->derived, *state));
    }
}

/* N has to be a power of two. */
static void what_scrypt_does_not_allow_leaves_nothing(void **state)
{
    unsigned char derived[32];
    sst_error_t err;

    (void) state;
    memset(derived, 7, sizeof(derived));
    sst_error_clear(&err);
    assert_status(sst_scrypt(derived, sizeof(derived), unit_text("password"),
                             unit_text("NaCl"), 1000, 8, 1, &err),
                  SST_INTERNAL);
    assert_error(&err, SST_INTERNAL);
    assert_zero(derived, sizeof(derived));
    assert_int_equal(ERR_peek_error(), 0);
}

static void hkdf_in_two_steps_derives_the_same(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(hkdf_vectors) / sizeof(hkdf_vector_t); i++) {
        const hkdf_vector_t *vector = &hkdf_vectors[i];
        sst_span_t okm = unit_hex(vector->okm, *state);
        unsigned char out[SST_HASH_LEN];
        sst_mac_t *prepared;

        assert_status(sst_hkdf_prepare(&prepared,
                                       unit_hex(vector->material, *state),
                                       unit_hex(vector->salt, *state), NULL,
                                       *state), SST_OK);
        assert_status(sst_hkdf_expand(out, prepared,
                                      unit_hex(vector->info, *state), NULL),
                      SST_OK);
        assert_memory_equal(out, okm.data, sizeof(out));
    }
}

/* --- AES-256-GCM --- */

typedef struct gcm_vector_t {
    const char *key;
    const char *aad;
    const char *plain;
    const char *sealed;     /* nonce, ciphertext, tag */
} gcm_vector_t;

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to
 * 16: AES-256 with a nonce of 96 bits.
 */
static const gcm_vector_t gcm_vectors[] = {
    { "0000000000000000000000000000000000000000000000000000000000000000",
      "", "",
      "000000000000000000000000 530f8afbc74536b9a963b4f1c4cb738b" },
    { "0000000000000000000000000000000000000000000000000000000000000000",
      "", "00000000000000000000000000000000",
      "000000000000000000000000 cea7403d4d606b6e074ec5d3baf39d18"
      "d0d1c8a799996bf0265b98b5d48ab919" },
    { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      "",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
      "b094dac5d93471bdec1a502270e3cc6c" },
    { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b" }
};

static void open_follows_the_gcm_test_cases(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(gcm_vectors) / sizeof(gcm_vector_t); i++) {
        const gcm_vector_t *vector = &gcm_vectors[i];
        sst_span_t plain = unit_hex(vector->plain, *state);
        unsigned char out[64];

        assert_status(sst_open(out, unit_hex(vector->key, *state).data,
                               unit_hex(vector->aad, *state),
                               unit_hex(vector->sealed, *state), NULL),
                      SST_OK);
        assert_span_equal(sst_span(out, plain.len), plain);
    }
}

static const unsigned char key[SST_AEAD_KEY_LEN] = { 1, 2, 3 };

static void what_is_sealed_opens(void **state)
{
    static const apr_size_t lens[] = { 0, 1, 15, 16, 17, 100, 70000 };
    apr_size_t i;

    for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        sst_span_t plain = unit_noise(1, lens[i], *state);
        apr_size_t len = plain.len + SST_SEAL_OVERHEAD;
        unsigned char *sealed = malloc(len);
        unsigned char *out = malloc(plain.len + 1);

        assert_status(sst_seal(sealed, key, unit_text("aad"), plain, NULL),
                      SST_OK);
        assert_status(sst_open(out, key, unit_text("aad"),
                               sst_span(sealed, len), NULL), SST_OK);
        assert_span_equal(sst_span(out, plain.len), plain);
        free(out);
        free(sealed);
    }
}

static void each_seal_has_a_nonce_of_its_own(void **state)
{
    unsigned char a[SST_SEAL_OVERHEAD + 4];
    unsigned char b[SST_SEAL_OVERHEAD + 4];

    (void) state;
    assert_status(sst_seal(a, key, unit_text("x"), unit_text("same"), NULL),
                  SST_OK);
    assert_status(sst_seal(b, key, unit_text("x"), unit_text("same"), NULL),
                  SST_OK);
    assert_memory_not_equal(a, b, SST_AEAD_NONCE_LEN);
    assert_memory_not_equal(a + SST_AEAD_NONCE_LEN, b + SST_AEAD_NONCE_LEN,
                            4);
}

static void assert_corrupt(const unsigned char *box_key, sst_span_t aad,
                           sst_span_t sealed)
{
    apr_size_t len = sealed.len > SST_SEAL_OVERHEAD
        ? sealed.len - SST_SEAL_OVERHEAD : 0;
    unsigned char *out = malloc(len + 1);
    sst_error_t err;

    memset(out, 7, len + 1);
    sst_error_clear(&err);
    assert_status(sst_open(out, box_key, aad, sealed, &err), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_zero(out, len);
    assert_int_equal(out[len], 7);
    free(out);
}

static void every_flipped_bit_is_corrupt(void **state)
{
    unsigned char sealed[SST_SEAL_OVERHEAD + 20];
    apr_size_t bit;

    assert_status(sst_seal(sealed, key, unit_text("aad"),
                           unit_noise(2, 20, *state), NULL), SST_OK);
    for (bit = 0; bit < sizeof(sealed) * 8; bit++) {
        sealed[bit / 8] ^= (unsigned char) (1 << bit % 8);
        assert_corrupt(key, unit_text("aad"), sst_span(sealed,
                                                       sizeof(sealed)));
        sealed[bit / 8] ^= (unsigned char) (1 << bit % 8);
    }
}

static void every_truncation_is_corrupt(void **state)
{
    unsigned char sealed[SST_SEAL_OVERHEAD + 20];
    apr_size_t len;

    assert_status(sst_seal(sealed, key, unit_text("aad"),
                           unit_noise(3, 20, *state), NULL), SST_OK);
    for (len = 0; len < sizeof(sealed); len++) {
        sst_span_t front = unit_exact_copy(sst_span(sealed, len));

        assert_corrupt(key, unit_text("aad"), front);
        unit_exact_free(front);
    }
}

static void another_key_or_aad_is_corrupt(void **state)
{
    unsigned char sealed[SST_SEAL_OVERHEAD + 5];
    unsigned char other[SST_AEAD_KEY_LEN];
    sst_span_t span;

    (void) state;
    assert_status(sst_seal(sealed, key, unit_text("aad"), unit_text("plain"),
                           NULL), SST_OK);
    span = sst_span(sealed, sizeof(sealed));
    memcpy(other, key, sizeof(other));
    other[31] ^= 0x80;
    assert_corrupt(other, unit_text("aad"), span);
    assert_corrupt(key, unit_text("aae"), span);
    assert_corrupt(key, unit_text("aa"), span);
    assert_corrupt(key, unit_text(""), span);
}

/* mod_ssl shares the thread's error queue and would take them for its own. */
static void a_failure_leaves_nothing_in_openssls_queue(void **state)
{
    unsigned char sealed[SST_SEAL_OVERHEAD + 1] = { 0 };

    (void) state;
    ERR_clear_error();
    assert_corrupt(key, unit_text("aad"), sst_span(sealed, sizeof(sealed)));
    assert_int_equal(ERR_peek_error(), 0);
}

/* --- Random --- */

static void random_bytes_fill_and_differ(void **state)
{
    unsigned char a[64] = { 0 };
    unsigned char b[64] = { 0 };

    (void) state;
    assert_status(sst_random(a, sizeof(a), NULL), SST_OK);
    assert_status(sst_random(b, sizeof(b), NULL), SST_OK);
    assert_memory_not_equal(a, b, 16);
    assert_memory_not_equal(a + 48, b + 48, 16);
    assert_status(sst_random(a, 0, NULL), SST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(scrypt_gives_the_published_keys),
        UNIT_TEST(what_scrypt_does_not_allow_leaves_nothing),
        UNIT_TEST(hmac_follows_rfc_4231),
        UNIT_TEST(a_prepared_hmac_follows_rfc_4231),
        UNIT_TEST(hkdf_in_two_steps_derives_the_same),
        UNIT_TEST(hkdf_derives_no_more_than_two_blocks),
        UNIT_TEST(hmac_takes_an_empty_message),
        UNIT_TEST(hkdf_follows_rfc_5869),
        UNIT_TEST(open_follows_the_gcm_test_cases),
        UNIT_TEST(what_is_sealed_opens),
        UNIT_TEST(each_seal_has_a_nonce_of_its_own),
        UNIT_TEST(every_flipped_bit_is_corrupt),
        UNIT_TEST(every_truncation_is_corrupt),
        UNIT_TEST(another_key_or_aad_is_corrupt),
        UNIT_TEST(a_failure_leaves_nothing_in_openssls_queue),
        UNIT_TEST(random_bytes_fill_and_differ)
    };

    return cmocka_run_group_tests_name("crypto", tests, unit_start,
                                       unit_stop);
}
