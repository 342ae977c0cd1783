/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a stored value that a move marks: the mark is seen, the rest of
 * the value is as it was, and what is no value is not marked.
 *
 * Subject: lib/migrate_mark.c
 */

#include <string.h>

#include "lib/migrate_mark.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "mark";

static void put_mark(sst_mark_t mark, sst_span_t value, apr_pool_t *pool)
{
    sst_version_t version;
    sst_version_t again;
    sst_span_t marked;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_mark_put(&marked, &version, mark, value, &err, pool);
    if (value.len < SST_VERSION_LEN) {
        fuzz_require(status == SST_CORRUPT && marked.len == 0
                     && err.text[0] != '\0', "what is no value is corrupt");
        return;
    }
    fuzz_require(status == SST_OK
                 && sst_version_read(&again, marked, &err) == SST_OK
                 && sst_mark_of(&again) == mark
                 && again.revision == version.revision,
                 "a mark is seen");
    fuzz_require(marked.len == (mark == SST_MARK_ENDED ? SST_VERSION_LEN
                                                       : value.len)
                 && memcmp(marked.data + SST_VERSION_LEN,
                           value.data + SST_VERSION_LEN,
                           marked.len - SST_VERSION_LEN) == 0,
                 "a claim holds all of the record, an end nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_version_t version;

    if (sst_version_read(&version, sst_span(data, size), NULL) == SST_OK) {
        sst_mark_t mark = sst_mark_of(&version);

        fuzz_require(mark == SST_MARK_NONE || mark == SST_MARK_CLAIMED
                     || mark == SST_MARK_ENDED, "there are three marks");
    }
    put_mark(SST_MARK_CLAIMED, sst_span(data, size), pool);
    put_mark(SST_MARK_ENDED, sst_span(data, size), pool);
    return 0;
}
