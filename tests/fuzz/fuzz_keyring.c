/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a key file. */

#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "keyring";

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
