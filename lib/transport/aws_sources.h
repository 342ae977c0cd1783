/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The places that AWS credentials come from, each asked once by one call. A
 * source answers
 *   OK         with credentials, in `pool`
 *   NOT_FOUND  this source is not set up here: ask the next
 *   others     it is set up, and failed; the next is not asked, because the
 *              administrator meant this one
 *
 * All of them run in the thread that refreshes credentials, never in one that
 * serves a request.
 */
#ifndef SST_AWS_SOURCES_H
#define SST_AWS_SOURCES_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/aws_keys.h"
#include "lib/transport/aws_profile.h"
#include "lib/transport/aws_settings.h"
#include "lib/transport/http.h"

/* What is known of the clock that AWS compares signatures with. */
typedef struct sst_aws_clock_t {
    apr_interval_time_t offset;     /* how far it is ahead of this host's */
    int told;                       /* how often a source has told it */
} sst_aws_clock_t;

/* What sources need to know. Belongs to the caller. */
typedef struct sst_aws_context_t {
    sst_http_t *http;
    const sst_aws_settings_t *settings;
    sst_aws_clock_t *clock;         /* for STS, which may tell it */
    const char *region;             /* the one in use, for STS */
    apr_time_t deadline;            /* of the whole search */
} sst_aws_context_t;

/* The first source that is set up: credentials-file=, profile=, then the
 * environment, a web identity, the profile, a container's endpoint, and the
 * instance. Expected: OK; NOT_FOUND when there is none at all, with a message
 * that says what was looked for; DENIED for what this module refuses to do
 * (SSO, MFA) or what a service refuses.
 */
sst_status_t sst_aws_find_keys(sst_aws_keys_t *out,
                               const sst_aws_context_t *context,
                               sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
sst_status_t sst_aws_from_environment(sst_aws_keys_t *out, sst_error_t *err,
                                      apr_pool_t *pool) SST_CHECKED;

/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI: ECS, EKS Pod Identity.
 * Plain HTTP is used for loopback and the two services' addresses only.
 */
sst_status_t sst_aws_from_container(sst_aws_keys_t *out,
                                    const sst_aws_context_t *context,
                                    sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* The EC2 instance metadata service, version 2 only. NOT_FOUND when
 * AWS_EC2_METADATA_DISABLED is true, when nobody answers at its address, and
 * when the instance has no role.
 */
sst_status_t sst_aws_from_instance(sst_aws_keys_t *out,
                                   const sst_aws_context_t *context,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

/* The region that the instance is in. */
sst_status_t sst_aws_instance_region(const char **out,
                                     const sst_aws_context_t *context,
                                     sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;

/* What a program prints: "credential_process" of a profile. Its words are
 * separated as by a shell, but no shell runs. Never NOT_FOUND.
 */
sst_status_t sst_aws_from_process(sst_aws_keys_t *out, const char *command,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* A role that STS is asked for. Texts may be NULL but the ARN. */
typedef struct sst_aws_role_t {
    const char *arn;
    const char *session;        /* the session's name */
    const char *external_id;
    const char *duration;       /* seconds */
} sst_aws_role_t;

/* AssumeRoleWithWebIdentity, with the token that is in `token_file` now. Never
 * NOT_FOUND.
 */
sst_status_t sst_aws_from_web_identity(sst_aws_keys_t *out,
                                       const sst_aws_context_t *context,
                                       const sst_aws_role_t *role,
                                       const char *token_file,
                                       sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

/* AssumeRole, signed with `source`; once more when STS refuses the time of the
 * signature and says what time it is. Never NOT_FOUND.
 */
sst_status_t sst_aws_from_role(sst_aws_keys_t *out,
                               const sst_aws_context_t *context,
                               const sst_aws_role_t *role,
                               const sst_aws_keys_t *source, sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

#endif
