/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes inside a box that opens: as plain text they come back, as deflated
 * text they are inflated within bounds or corrupt.
 *
 * Subject: lib/record.c lib/crypto.c
 */

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/deflated_box.h"

const char fuzz_target[] = "box";

static void make_header(sst_record_t *record)
{
    memset(record, 0, sizeof(*record));
    memcpy(record->key_id, fuzz_box_key()->key->id, SST_KEY_ID_LEN);
    record->version.revision = 1;
}

static void seal_and_open(sst_span_t plain, apr_pool_t *pool)
{
    sst_record_t record;
    sst_span_t opened;

    make_header(&record);
    fuzz_require(sst_record_seal(&record, SST_BOX_DATA, plain, fuzz_box_key(),
                                 0, NULL, pool) == SST_OK, "it is sealed");
    fuzz_require(record.boxes[0].bytes.len <= plain.len + SST_SEAL_OVERHEAD,
                 "deflating makes nothing longer");
    fuzz_require(sst_record_open(&opened, &record, SST_BOX_DATA,
                                 fuzz_box_key(), NULL, pool) == SST_OK
                 && fuzz_same(opened, plain), "what is sealed opens");
}

static void inflate(sst_span_t text, apr_pool_t *pool)
{
    sst_record_t record;
    sst_span_t opened;
    sst_status_t status;

    make_header(&record);
    fuzz_require(deflated_box_seal(&record, text, fuzz_box_key(),
                                   pool) == SST_OK, "it is sealed");
    status = sst_record_open(&opened, &record, SST_BOX_META, fuzz_box_key(),
                             NULL, pool);
    fuzz_require(status == SST_OK
                 ? opened.len > 0 && opened.len <= SST_BOX_PLAIN_MAX
                 : status == SST_CORRUPT && opened.len == 0,
                 "it is inflated within bounds or corrupt");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();

    seal_and_open(sst_span(data, size), pool);
    inflate(sst_span(data, size), pool);
    return 0;
}
