/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The order in which the sources of credentials are asked, and what a profile
 * means: keys, a program, a role, a chain of roles.
 */

#include "lib/transport/aws_sources.h"

#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/transport/text_file.h"

#define FILE_MAX 65536
#define ROLES_MAX 5         /* in one chain of source_profile */

/* One walk through the profiles. */
typedef struct walk_t {
    const sst_aws_context_t *context;
    const sst_aws_files_t *files;
    int depth;
} walk_t;

static sst_status_t profile_keys(sst_aws_keys_t *out, walk_t *walk,
                                 const char *profile, sst_error_t *err,
                                 apr_pool_t *pool);

sst_status_t sst_aws_from_environment(sst_aws_keys_t *out, sst_error_t *err,
                                      apr_pool_t *pool)
{
    const char *key_id = sst_aws_env("AWS_ACCESS_KEY_ID");

    memset(out, 0, sizeof(*out));
    if (key_id == NULL) {
        return SST_NOT_FOUND;
    }
    return sst_aws_keys_set(out, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                            key_id, sst_aws_env("AWS_SECRET_ACCESS_KEY"),
                            sst_aws_env("AWS_SESSION_TOKEN"), err, pool);
}

/* --- A profile --- */

static const char *setting(const walk_t *walk, const char *profile,
                           const char *key, apr_pool_t *pool)
{
    return sst_aws_profile_get(walk->files, profile, key, pool);
}

static void read_role(sst_aws_role_t *out, const walk_t *walk,
                      const char *profile, apr_pool_t *pool)
{
    out->arn = setting(walk, profile, "role_arn", pool);
    out->session = setting(walk, profile, "role_session_name", pool);
    out->external_id = setting(walk, profile, "external_id", pool);
    out->duration = setting(walk, profile, "duration_seconds", pool);
}

/* Keys that the profile itself has. */
static sst_status_t static_keys(sst_aws_keys_t *out, const walk_t *walk,
                                const char *profile, sst_error_t *err,
                                apr_pool_t *pool)
{
    const char *key_id = setting(walk, profile, "aws_access_key_id", pool);

    if (key_id == NULL) {
        return SST_NOT_FOUND;
    }
    return sst_aws_keys_set(out, apr_psprintf(pool, "the AWS profile %s",
                                              profile), key_id,
                            setting(walk, profile, "aws_secret_access_key",
                                    pool),
                            setting(walk, profile, "aws_session_token", pool),
                            err, pool);
}

/* The credentials that credential_source names. */
static sst_status_t named_source(sst_aws_keys_t *out, const walk_t *walk,
                                 const char *profile, const char *name,
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_INVALID;

    if (strcmp(name, "Environment") == 0) {
        status = sst_aws_from_environment(out, err, pool);
    }
    else if (strcmp(name, "EcsContainer") == 0) {
        status = sst_aws_from_container(out, walk->context, err, pool);
    }
    else if (strcmp(name, "Ec2InstanceMetadata") == 0) {
        status = sst_aws_from_instance(out, walk->context, err, pool);
    }
    if (status == SST_NOT_FOUND || status == SST_INVALID) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "the AWS profile %s: its credential_source gives"
                             " no credentials; Environment, EcsContainer and"
                             " Ec2InstanceMetadata are known", profile);
    }
    return status;
}

/* NOLINTBEGIN(misc-no-recursion): roles stand one upon the other, ROLES_MAX of
 * them at most.
 */

/* The credentials with which a profile's role is asked for. */
static sst_status_t source_keys(sst_aws_keys_t *out, walk_t *walk,
                                const char *profile, sst_error_t *err,
                                apr_pool_t *pool)
{
    const char *other = setting(walk, profile, "source_profile", pool);
    const char *named = setting(walk, profile, "credential_source", pool);

    if (named != NULL) {
        return named_source(out, walk, profile, named, err, pool);
    }
    if (other == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the AWS profile %s has a role_arn, but no"
                             " source_profile, credential_source or"
                             " web_identity_token_file", profile);
    }
    return profile_keys(out, walk, other, err, pool);
}

static sst_status_t role_keys(sst_aws_keys_t *out, walk_t *walk,
                              const char *profile, sst_error_t *err,
                              apr_pool_t *pool)
{
    const char *token_file = setting(walk, profile, "web_identity_token_file",
                                     pool);
    sst_aws_keys_t source;
    sst_aws_role_t role;
    sst_status_t status;

    read_role(&role, walk, profile, pool);
    if (setting(walk, profile, "mfa_serial", pool) != NULL) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "the AWS profile %s asks for a code (mfa_serial),"
                             " which a server cannot give", profile);
    }
    if (token_file != NULL) {
        return sst_aws_from_web_identity(out, walk->context, &role,
                                         token_file, err, pool);
    }
    status = source_keys(&source, walk, profile, err, pool);
    if (status == SST_OK) {
        status = sst_aws_from_role(out, walk->context, &role, &source, err,
                                   pool);
    }
    return status;
}

/* What we do not do, and what does it instead. */
static sst_status_t refuse_sign_in(const walk_t *walk, const char *profile,
                                   sst_error_t *err, apr_pool_t *pool)
{
    static const char *const keys[] = {
        "sso_session", "sso_start_url", "sso_account_id", "login_session",
        NULL
    };
    const char *const *key;

    for (key = keys; *key != NULL; key++) {
        if (setting(walk, profile, *key, pool) != NULL) {
            return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                                 "the AWS profile %s signs a person in (%s),"
                                 " which a server cannot; give it"
                                 " credential_process = aws configure"
                                 " export-credentials --profile ...", profile,
                                 *key);
        }
    }
    return SST_NOT_FOUND;
}

/* A profile may have keys and a role: by name, it gives the role. As a source
 * it gives the keys, as with the AWS CLI; so it may be its own.
 */
static sst_status_t any_keys(sst_aws_keys_t *out, walk_t *walk,
                             const char *profile, sst_error_t *err,
                             apr_pool_t *pool)
{
    int has_role = setting(walk, profile, "role_arn", pool) != NULL;
    const char *command;
    sst_status_t status = SST_NOT_FOUND;

    if (!has_role || walk->depth > 1) {
        status = static_keys(out, walk, profile, err, pool);
    }
    if (status != SST_NOT_FOUND) {
        return status;
    }
    if (has_role) {
        return role_keys(out, walk, profile, err, pool);
    }
    command = setting(walk, profile, "credential_process", pool);
    if (command != NULL) {
        return sst_aws_from_process(out, command, walk->context->deadline,
                                    err, pool);
    }
    return refuse_sign_in(walk, profile, err, pool);
}

/* A profile's credentials; roles may stand one upon the other. */
static sst_status_t profile_keys(sst_aws_keys_t *out, walk_t *walk,
                                 const char *profile, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    if (walk->depth >= ROLES_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the AWS profile %s: source_profile goes in a"
                             " circle", profile);
    }
    walk->depth++;
    status = any_keys(out, walk, profile, err, pool);
    if (status == SST_NOT_FOUND && walk->depth > 1) {
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "the AWS profile %s, which a role is to be"
                               " asked for with, has no credentials", profile);
    }
    walk->depth--;
    return status;
}

/* NOLINTEND(misc-no-recursion) */

/* Whoever names a profile means it. NOT_FOUND when it is there, and has other
 * settings only.
 */
static sst_status_t named_in_vain(const sst_aws_files_t *files,
                                  const char *profile, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const char *unreadable = sst_aws_files_unreadable(files);

    if (unreadable != NULL) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "%s cannot be read by the server's user: set"
                             " AWS_CONFIG_FILE and"
                             " AWS_SHARED_CREDENTIALS_FILE to files that can",
                             unreadable);
    }
    if (sst_aws_profile_exists(files, profile, pool)) {
        return SST_NOT_FOUND;
    }
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "there is no AWS profile %s in %s or %s: correct"
                         " profile= or AWS_PROFILE", profile,
                         sst_aws_file_path(SST_AWS_FILE_CONFIG, getuid(),
                                           pool),
                         sst_aws_file_path(SST_AWS_FILE_CREDENTIALS, getuid(),
                                           pool));
}

/* The profile in the files as they are now. */
static sst_status_t from_profile(sst_aws_keys_t *out,
                                 const sst_aws_context_t *context,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const sst_aws_settings_t *settings = context->settings;
    walk_t walk = { context, NULL, 0 };
    sst_aws_files_t *files;
    sst_status_t status = sst_aws_files_load(&files, getuid(), err, pool);

    if (status != SST_OK) {
        return status == SST_NOT_FOUND ? SST_UNAVAILABLE : status;
    }
    walk.files = files;
    status = profile_keys(out, &walk, settings->profile, err, pool);
    if (status == SST_NOT_FOUND && settings->profile_named) {
        status = named_in_vain(files, settings->profile, err, pool);
    }
    return status;
}

/* --- The other sources --- */

static sst_status_t from_credentials_file(sst_aws_keys_t *out,
                                          const sst_aws_context_t *context,
                                          sst_error_t *err, apr_pool_t *pool)
{
    const char *path = context->settings->credentials_file;
    walk_t walk = { context, sst_aws_files_new(pool), 0 };
    sst_status_t status;
    char *text;

    status = sst_text_file_read(&text, path, FILE_MAX, err, pool);
    if (status != SST_OK) {
        return status == SST_NOT_FOUND ? SST_UNAVAILABLE : status;
    }
    sst_aws_files_parse((sst_aws_files_t *) walk.files,
                        SST_AWS_FILE_CREDENTIALS, text);
    status = static_keys(out, &walk, context->settings->profile, err, pool);
    if (status == SST_NOT_FOUND) {
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "%s: there is no aws_access_key_id in [%s]",
                               path, context->settings->profile);
    }
    return status;
}

static sst_status_t from_web_identity(sst_aws_keys_t *out,
                                      const sst_aws_context_t *context,
                                      sst_error_t *err, apr_pool_t *pool)
{
    const char *token_file = sst_aws_env("AWS_WEB_IDENTITY_TOKEN_FILE");
    sst_aws_role_t role;

    memset(&role, 0, sizeof(role));
    role.arn = sst_aws_env("AWS_ROLE_ARN");
    role.session = sst_aws_env("AWS_ROLE_SESSION_NAME");
    if (token_file == NULL) {
        return SST_NOT_FOUND;
    }
    if (role.arn == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "AWS_WEB_IDENTITY_TOKEN_FILE is set, and"
                             " AWS_ROLE_ARN is not: set it to the role that"
                             " the token is for");
    }
    return sst_aws_from_web_identity(out, context, &role, token_file, err,
                                     pool);
}

/* Fixed by configuration: no other source is asked. NOT_FOUND: nothing is. */
static sst_status_t from_configured(sst_aws_keys_t *out,
                                    const sst_aws_context_t *context,
                                    sst_error_t *err, apr_pool_t *pool)
{
    const sst_aws_settings_t *settings = context->settings;
    sst_status_t status;

    if (settings->credentials_file != NULL) {
        return from_credentials_file(out, context, err, pool);
    }
    if (!settings->profile_configured) {
        return SST_NOT_FOUND;
    }
    status = from_profile(out, context, err, pool);
    if (status == SST_NOT_FOUND) {
        status = sst_error_set(err, SST_INVALID, APR_SUCCESS,
                               "the AWS profile %s has no credentials",
                               settings->profile);
    }
    return status;
}

typedef sst_status_t source_fn_t(sst_aws_keys_t *out,
                                 const sst_aws_context_t *context,
                                 sst_error_t *err, apr_pool_t *pool);

static sst_status_t from_environment(sst_aws_keys_t *out,
                                     const sst_aws_context_t *context,
                                     sst_error_t *err, apr_pool_t *pool)
{
    return sst_aws_from_environment(out, err, pool);
}

sst_status_t sst_aws_find_keys(sst_aws_keys_t *out,
                               const sst_aws_context_t *context,
                               sst_error_t *err, apr_pool_t *pool)
{
    static source_fn_t *const sources[] = {
        from_configured, from_environment, from_web_identity, from_profile,
        sst_aws_from_container, sst_aws_from_instance
    };
    sst_status_t status = SST_NOT_FOUND;
    apr_size_t i;

    memset(out, 0, sizeof(*out));
    for (i = 0; i < sizeof(sources) / sizeof(sources[0])
         && status == SST_NOT_FOUND; i++) {
        status = sources[i](out, context, err, pool);
    }
    if (status == SST_NOT_FOUND) {
        (void) sst_error_set(err, SST_NOT_FOUND, APR_SUCCESS,
                             "no AWS credentials: none in the environment, a"
                             " web identity, the profile %s, a container's"
                             " endpoint, or the instance's role",
                             context->settings->profile);
    }
    return status;
}
