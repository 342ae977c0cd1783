/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as the document in which a source gives credentials, and as one of
 * its times.
 *
 * Subject: lib/transport/aws_keys.c
 */

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/transport/aws_keys.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "aws_keys";

/* What goes into a header has neither line ends nor other controls. */
static int is_sendable(const char *text)
{
    while (*text != '\0' && !apr_iscntrl(*text)) {
        text++;
    }
    return *text == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_aws_keys_t keys;
    sst_status_t status;
    apr_time_t time;

    status = sst_aws_keys_from_json(&keys, "the fuzzer",
                                    sst_span(data, size), "Token", NULL,
                                    pool);
    if (status == SST_OK) {
        fuzz_require(*keys.key_id != '\0' && *keys.secret != '\0',
                     "credentials that were read are whole");
        fuzz_require(is_sendable(keys.key_id)
                     && (keys.token == NULL || is_sendable(keys.token)),
                     "credentials can be sent in a header");
    }
    else {
        fuzz_require(status == SST_INVALID && keys.key_id == NULL
                     && keys.secret == NULL && keys.token == NULL,
                     "what was not read leaves nothing");
    }
    status = sst_aws_time_parse(&time, apr_pstrmemdup(pool, (const char *) data,
                                                      size));
    fuzz_require(status == SST_OK || (status == SST_INVALID && time == 0),
                 "a time is read, or is invalid and 0");
    return 0;
}
