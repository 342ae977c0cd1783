/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any JSON as an item of DynamoDB that holds a session.
 *
 * Subject: lib/backends/dynamodb_item.c
 */

#include <string.h>

#include "lib/backends/dynamodb_item.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "item";

static void read_item(const sst_dynamodb_t *dynamodb, const json_t *item,
                      apr_pool_t *pool)
{
    sst_version_t version;
    sst_value_t value;
    sst_row_t row;
    sst_status_t status;

    memset(&version, 1, sizeof(version));
    status = sst_dynamodb_get_row(&row, dynamodb, item, pool);
    fuzz_require(status == SST_OK || status == SST_CORRUPT,
                 "a row is read or corrupt");
    status = sst_dynamodb_decode(&value, dynamodb, item, NULL, pool);
    if (status == SST_OK) {
        fuzz_require(value.bytes.len >= SST_VERSION_LEN,
                     "a value has a version");
        fuzz_require(sst_dynamodb_landed(item, &value.version, 0, 0, pool),
                     "what is stored has landed");
    }
    else {
        fuzz_require(status == SST_CORRUPT && value.bytes.data == NULL,
                     "what is no session is corrupt, and nothing of it is "
                     "left");
    }
    (void) sst_dynamodb_landed(item, &version, 3, 1, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_dynamodb_t dynamodb;
    json_t *item = json_loadb((const char *) data, size, 0, NULL);

    memset(&dynamodb, 0, sizeof(dynamodb));
    dynamodb.table = "sessions";
    dynamodb.key_name = "sid";
    dynamodb.ttl_name = "exp";
    if (item != NULL) {
        dynamodb.key_is_text = 0;
        read_item(&dynamodb, item, pool);
        dynamodb.key_is_text = 1;
        read_item(&dynamodb, item, pool);
        json_decref(item);
    }
    return 0;
}
