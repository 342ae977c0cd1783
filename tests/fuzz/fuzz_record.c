/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a stored record: what is read has one spelling, and its boxes
 * open or are corrupt.
 *
 * Subject: lib/record.c lib/bytes.c
 */

#include <string.h>

#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "record";

static void open_boxes(const sst_record_t *record, apr_pool_t *pool)
{
    int kind;

    for (kind = 1; kind <= SST_BOX_KINDS; kind++) {
        sst_span_t plain;
        sst_status_t status = sst_record_open(&plain, record,
                                              (sst_box_kind_t) kind,
                                              fuzz_box_key(), NULL, pool);

        fuzz_require(status == SST_OK
                     || (status == SST_CORRUPT && plain.len == 0),
                     "a box opens or is corrupt");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const sst_record_t zero;
    apr_pool_t *pool = fuzz_pool();
    sst_record_t record;
    sst_status_t status = sst_record_parse(&record, sst_span(data, size),
                                           NULL);

    if (status == SST_OK) {
        fuzz_require(fuzz_same(sst_record_format(&record, pool),
                               sst_span(data, size)),
                     "a record has one spelling");
        open_boxes(&record, pool);
    }
    else {
        fuzz_require(status == SST_CORRUPT, "it is read or corrupt");
        /* Every byte was set. */
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
        fuzz_require(memcmp(&record, &zero, sizeof(zero)) == 0,
                     "nothing of it is left");
    }
    return 0;
}
