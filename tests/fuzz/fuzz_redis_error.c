/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as an error reply of Redis: what it means, what is said of it, and
 * where it points to.
 *
 * Subject: lib/transport/redis_fault.c lib/transport/redis_slots.c
 */

#include <string.h>

#include "lib/transport/redis_fault.h"
#include "lib/transport/redis_slots.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "redis_error";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sst_span_t text = sst_span(data, size);
    unsigned int slot;
    sst_span_t target;
    sst_error_t err;
    sst_status_t status;

    fuzz_require(sst_redis_fault(text) != SST_REDIS_FAULT_NONE,
                 "an error is a fault");
    sst_error_clear(&err);
    status = sst_redis_fault_error(text, "127.0.0.1:6379", "web", &err);
    fuzz_require(status == SST_DENIED || status == SST_CORRUPT
                 || status == SST_UNAVAILABLE, "no error means \"no session\"");
    fuzz_require(err.status == status && err.text[0] != '\0',
                 "an error is described");
    status = sst_redis_fault_target(&slot, &target, text);
    if (status == SST_OK) {
        fuzz_require(slot < SST_REDIS_SLOTS, "there is such a slot");
        fuzz_require(target.data >= data
                     && target.data + target.len <= data + size,
                     "the target lies inside the text");
    }
    fuzz_require(sst_redis_slot(text) < SST_REDIS_SLOTS,
                 "a key has a slot that there is");
    return 0;
}
