/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a session's description, which has one spelling.
 *
 * Subject: lib/meta.c lib/bytes.c
 */

#include "lib/meta.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "meta";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_meta_t meta;
    sst_status_t status = sst_meta_decode(&meta, sst_span(data, size), NULL,
                                          pool);

    if (status == SST_OK) {
        fuzz_require(fuzz_same(sst_meta_encode(&meta, pool),
                               sst_span(data, size)),
                     "a description has one spelling");
    }
    else {
        fuzz_require(status == SST_CORRUPT, "it is read or corrupt");
        fuzz_require(meta.users->nelts == 0 && meta.names->nelts == 0
                     && meta.client[0] == '\0', "nothing of it is left");
    }
    return 0;
}
