/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where and as whom AWS is asked: what the configuration, the environment and
 * the shared files say, in the order of the AWS SDKs. Read once in each
 * process, and then the same for every thread.
 */
#ifndef SST_AWS_SETTINGS_H
#define SST_AWS_SETTINGS_H

#include <apr_pools.h>

#include "lib/status.h"
#include "lib/transport/aws_profile.h"

/* What was configured by hand; each may be NULL. Wins over everything else. */
typedef struct sst_aws_options_t {
    const char *region;
    const char *profile;
    const char *endpoint;           /* of the service, not of STS */
    const char *credentials_file;
} sst_aws_options_t;

typedef struct sst_aws_settings_t {
    const char *region;             /* NULL: ask the instance */
    const char *endpoint;           /* URL; NULL: by region */
    const char *sts_endpoint;       /* the same of STS */
    const char *profile;            /* never NULL */
    int profile_configured;         /* by the directive: comes first */
    int profile_named;              /* by it, or the environment: there is to
                                     * be such a profile */
    const char *credentials_file;   /* or NULL */
    int fips;
    int dualstack;
} sst_aws_settings_t;

/* Reads the settings for `service` ("dynamodb"), as a process of `uid` has
 * them. Everything is in `pool`. Expected: OK; INVALID with what is wrong and
 * what is allowed; DENIED and NOT_FOUND when a file that was named cannot be
 * read.
 */
sst_status_t sst_aws_settings_read(sst_aws_settings_t *out,
                                   const sst_aws_options_t *options,
                                   const char *service, apr_uid_t uid,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

/* The URL of `service` ("dynamodb" or "sts") under these settings, without a
 * slash at its end. `region` is the one in use. Expected: OK; INVALID.
 */
sst_status_t sst_aws_settings_endpoint(const char **out,
                                       const sst_aws_settings_t *settings,
                                       const char *service,
                                       const char *region, sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

/* A variable of the environment, or NULL when it is not set or empty. */
const char *sst_aws_env(const char *name);

/* 1 when a text is "true", whatever its case. */
int sst_aws_true(const char *text);

#endif
