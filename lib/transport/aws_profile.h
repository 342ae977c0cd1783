/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The shared files of the AWS command line and SDKs, ~/.aws/config and
 * ~/.aws/credentials: profiles, services sections and nested blocks ("AWS SDKs
 * and Tools Reference Guide", shared config and credentials files).
 *
 * What was read does not change; any thread may look things up.
 */
#ifndef SST_AWS_PROFILE_H
#define SST_AWS_PROFILE_H

#include <apr_pools.h>
#include <apr_user.h>

#include "lib/status.h"

typedef struct sst_aws_files_t sst_aws_files_t;

typedef enum {
    SST_AWS_FILE_CONFIG,        /* [profile x], [services x], [default] */
    SST_AWS_FILE_CREDENTIALS    /* [x]: profiles only; wins over config */
} sst_aws_file_t;

/* Files that hold nothing yet, for sst_aws_files_parse. */
sst_aws_files_t *sst_aws_files_new(apr_pool_t *pool);

/* Reads the text of a file, which is changed and has to live as long as
 * `files`. A line that is not understood is passed over, as the SDKs do. Read
 * the config file first.
 */
void sst_aws_files_parse(sst_aws_files_t *files, sst_aws_file_t kind,
                         char *text);

/* Reads both files from where AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or
 * the home directory of `uid` say; their texts are wiped when `pool` goes. A
 * file that is not there, or that may not be read at its usual place, counts as
 * empty (see sst_aws_files_unreadable). Expected: OK; DENIED or NOT_FOUND when
 * a file that the environment names cannot be read.
 */
sst_status_t sst_aws_files_load(sst_aws_files_t **out, apr_uid_t uid,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* Where one of the two is looked for by a process of `uid`. */
const char *sst_aws_file_path(sst_aws_file_t kind, apr_uid_t uid,
                              apr_pool_t *pool);

/* The same when the environment names it; else NULL. */
const char *sst_aws_file_named(sst_aws_file_t kind, apr_uid_t uid,
                               apr_pool_t *pool);

/* A file that exists and may not be read, or NULL: for messages. */
const char *sst_aws_files_unreadable(const sst_aws_files_t *files);

/* 1 when either file has this profile. */
int sst_aws_profile_exists(const sst_aws_files_t *files, const char *profile,
                           apr_pool_t *pool);

/* A setting of a profile, or NULL. An empty one counts as missing. */
const char *sst_aws_profile_get(const sst_aws_files_t *files,
                                const char *profile, const char *key,
                                apr_pool_t *pool);

/* A setting in a service's block of the profile's services section, or NULL:
 * `services = x`, and [services x] with `dynamodb =` and an indented line.
 */
const char *sst_aws_profile_service(const sst_aws_files_t *files,
                                    const char *profile, const char *service,
                                    const char *key, apr_pool_t *pool);

#endif
