/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as AWS's shared files: what stands before the first 0xff is the
 * config file, the rest is the credentials file.
 *
 * Subject: lib/transport/aws_profile.c
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/transport/aws_profile.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "aws_files";

/* A setting is either missing or not empty. */
static void look_up(const sst_aws_files_t *files, const char *profile,
                    apr_pool_t *pool)
{
    static const char *const names[] = {
        "aws_access_key_id", "aws_secret_access_key", "region", "role_arn"
    };
    const char *value;
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = sst_aws_profile_get(files, profile, names[i], pool);
        fuzz_require(value == NULL || *value != '\0',
                     "a setting is not empty");
        fuzz_require(value == NULL
                     || sst_aws_profile_exists(files, profile, pool),
                     "a setting belongs to a profile that is there");
    }
    value = sst_aws_profile_service(files, profile, "dynamodb",
                                    "endpoint_url", pool);
    fuzz_require(value == NULL || *value != '\0', "a setting is not empty");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const uint8_t *cut = size > 0 ? memchr(data, 0xff, size) : NULL;
    size_t first = cut != NULL ? (size_t) (cut - data) : size;
    sst_aws_files_t *files = sst_aws_files_new(pool);

    sst_aws_files_parse(files, SST_AWS_FILE_CONFIG,
                        apr_pstrmemdup(pool, (const char *) data, first));
    if (cut != NULL) {
        sst_aws_files_parse(files, SST_AWS_FILE_CREDENTIALS,
                            apr_pstrmemdup(pool, (const char *) cut + 1,
                                           size - first - 1));
    }
    look_up(files, "default", pool);
    look_up(files, "web", pool);
    return 0;
}
