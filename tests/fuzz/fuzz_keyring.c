/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a key file. scrypt is meant to take its time, of which there
 * would be left little for the parser: something faster stands in for it.
 *
 * Subject: lib/keyring.c lib/bytes.c
 */

#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "keyring";

/* In place of sst_scrypt (crypto.h), by the linker's --wrap. */
sst_status_t __wrap_sst_scrypt(unsigned char *out, apr_size_t len,
                               sst_span_t passphrase, sst_span_t salt,
                               apr_uint64_t n, apr_uint64_t r, apr_uint64_t p,
                               sst_error_t *err);

sst_status_t __wrap_sst_scrypt(unsigned char *out, apr_size_t len,
                               sst_span_t passphrase, sst_span_t salt,
                               apr_uint64_t n, apr_uint64_t r, apr_uint64_t p,
                               sst_error_t *err)
{
    apr_size_t i;

    (void) salt;
    (void) err;
    fuzz_require(n > 1 && r > 0 && p > 0, "scrypt has its costs");
    for (i = 0; i < len; i++) {
        out[i] = (unsigned char) (i < passphrase.len ? passphrase.data[i] : i);
    }
    return SST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_keyring_t *ring;
    sst_error_t err;
    sst_status_t status;
    int i;

    sst_error_clear(&err);
    status = sst_keyring_parse(&ring, sst_span(data, size), "keys", &err,
                               pool);
    if (status != SST_OK) {
        fuzz_require(status == SST_INVALID && ring == NULL
                     && err.text[0] != '\0', "it is read or invalid");
        return 0;
    }
    fuzz_require(ring->count >= 1 && ring->count <= SST_KEYRING_MAX,
                 "a ring holds 1 to 32 keys");
    for (i = 0; i < ring->count; i++) {
        fuzz_require(sst_keyring_find(ring, ring->keys[i].id)
                     == &ring->keys[i], "each key is found");
    }
    return 0;
}
