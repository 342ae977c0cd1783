/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials from a program: credential_process. */

#include "lib/transport/aws_sources.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/transport/program.h"

#define WHAT "credential_process"

sst_status_t sst_aws_from_process(sst_aws_keys_t *out, const char *command,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    char **words = NULL;
    unsigned char *output;
    apr_size_t len;
    sst_status_t status;
    apr_status_t rv = apr_tokenize_to_argv(command, &words, pool);

    memset(out, 0, sizeof(*out));
    if (rv != APR_SUCCESS || words[0] == NULL) {
        return sst_error_set(err, SST_INVALID, rv, WHAT " is no command");
    }
    status = sst_program_output(&output, &len, (const char *const *) words,
                                WHAT, deadline, err, pool);
    if (status == SST_OK) {
        status = sst_aws_keys_from_json(out, WHAT, sst_span(output, len),
                                        "SessionToken", err, pool);
        sst_wipe(output, len);
    }
    return status;
}
