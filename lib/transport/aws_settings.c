/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Region, endpoints and profile: configuration, environment, shared files. */

#include "lib/transport/aws_settings.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/transport/aws_endpoint.h"
#include "lib/transport/http.h"

const char *sst_aws_env(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

int sst_aws_true(const char *text)
{
    return text != NULL && apr_cstr_casecmp(text, "true") == 0;
}

/* The first that is not NULL. */
static const char *first_of(const char *a, const char *b, const char *c,
                            const char *d)
{
    return a != NULL ? a : b != NULL ? b : c != NULL ? c : d;
}

/* A text of the environment or a file, which is wiped after reading. */
static const char *keep(const char *text, apr_pool_t *pool)
{
    return text != NULL ? apr_pstrdup(pool, text) : NULL;
}

static sst_status_t read_region(sst_aws_settings_t *settings,
                                const sst_aws_options_t *options,
                                const sst_aws_files_t *files,
                                sst_error_t *err, apr_pool_t *pool)
{
    settings->region = keep(
        first_of(options->region, sst_aws_env("AWS_REGION"),
                 sst_aws_env("AWS_DEFAULT_REGION"),
                 sst_aws_profile_get(files, settings->profile, "region",
                                     pool)), pool);
    if (settings->region != NULL && !sst_aws_region_valid(settings->region)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" is not a region's name; one looks like"
                             " eu-west-1", settings->region);
    }
    return SST_OK;
}

/* An endpoint as it is used: no slash at the end, and the host as the HTTP
 * client will send it, because it is signed.
 */
static sst_status_t normal_endpoint(const char **out, const char *url,
                                    sst_error_t *err, apr_pool_t *pool)
{
    sst_http_url_t parts;
    sst_status_t status = sst_http_url_parse(&parts, url, NULL, pool);

    *out = NULL;
    if (status != SST_OK || strcmp(parts.path, "/") != 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" is not an endpoint; one looks like"
                             " https://dynamodb.eu-west-1.amazonaws.com", url);
    }
    *out = apr_pstrcat(pool, parts.scheme, "://", parts.host_port,
                       (char *) NULL);
    return SST_OK;
}

static const char *service_variable(const char *service, apr_pool_t *pool)
{
    char *name = apr_pstrcat(pool, "AWS_ENDPOINT_URL_", service,
                             (char *) NULL);
    char *c;

    for (c = name; *c != '\0'; c++) {
        *c = (char) apr_toupper(*c);
    }
    return sst_aws_env(name);
}

/* A service's endpoint: the directive, then (unless they are to be ignored)
 * the environment and the profile.
 */
static sst_status_t read_endpoint(const char **out, const char *configured,
                                  const char *service,
                                  const sst_aws_settings_t *settings,
                                  const sst_aws_files_t *files,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const char *profile = settings->profile;
    const char *ignore = first_of(
        sst_aws_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
        sst_aws_profile_get(files, profile, "ignore_configured_endpoint_urls",
                            pool), NULL, NULL);
    const char *url = configured;

    *out = NULL;
    if (url == NULL && !sst_aws_true(ignore)) {
        url = first_of(service_variable(service, pool),
                       sst_aws_env("AWS_ENDPOINT_URL"),
                       sst_aws_profile_service(files, profile, service,
                                               "endpoint_url", pool),
                       sst_aws_profile_get(files, profile, "endpoint_url",
                                           pool));
    }
    return url != NULL ? normal_endpoint(out, url, err, pool) : SST_OK;
}

static int read_flag(const char *variable, const char *key,
                     const char *profile, const sst_aws_files_t *files,
                     apr_pool_t *pool)
{
    return sst_aws_true(first_of(sst_aws_env(variable),
                                 sst_aws_profile_get(files, profile, key,
                                                     pool), NULL, NULL));
}

static void read_profile(sst_aws_settings_t *settings,
                         const sst_aws_options_t *options, apr_pool_t *pool)
{
    const char *named = first_of(options->profile, sst_aws_env("AWS_PROFILE"),
                                 sst_aws_env("AWS_DEFAULT_PROFILE"), NULL);

    settings->profile = keep(named != NULL ? named : "default", pool);
    settings->profile_configured = options->profile != NULL;
    settings->profile_named = named != NULL;
    settings->credentials_file = options->credentials_file;
}

static sst_status_t read_all(sst_aws_settings_t *out,
                             const sst_aws_options_t *options,
                             const char *service,
                             const sst_aws_files_t *files, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_status_t status;

    read_profile(out, options, pool);
    out->fips = read_flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint",
                          out->profile, files, pool);
    out->dualstack = read_flag("AWS_USE_DUALSTACK_ENDPOINT",
                               "use_dualstack_endpoint", out->profile, files,
                               pool);
    status = read_region(out, options, files, err, pool);
    if (status == SST_OK) {
        status = read_endpoint(&out->endpoint, options->endpoint, service,
                               out, files, err, pool);
    }
    if (status == SST_OK) {
        status = read_endpoint(&out->sts_endpoint, NULL, "sts", out, files,
                               err, pool);
    }
    return status;
}

sst_status_t sst_aws_settings_read(sst_aws_settings_t *out,
                                   const sst_aws_options_t *options,
                                   const char *service, apr_uid_t uid,
                                   sst_error_t *err, apr_pool_t *pool)
{
    apr_pool_t *scratch;
    sst_aws_files_t *files;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    /* The files hold secrets, which are not needed for as long as `pool`. */
    if (apr_pool_create(&scratch, pool) != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM, "no memory");
    }
    status = sst_aws_files_load(&files, uid, err, scratch);
    if (status == SST_OK) {
        status = read_all(out, options, service, files, err, pool);
    }
    apr_pool_destroy(scratch);
    if (status != SST_OK) {
        memset(out, 0, sizeof(*out));
    }
    return status;
}

sst_status_t sst_aws_settings_endpoint(const char **out,
                                       const sst_aws_settings_t *settings,
                                       const char *service,
                                       const char *region, sst_error_t *err,
                                       apr_pool_t *pool)
{
    const char *configured = strcmp(service, "sts") == 0
        ? settings->sts_endpoint : settings->endpoint;

    if (configured != NULL) {
        *out = configured;
        return SST_OK;
    }
    return sst_aws_endpoint(out, service, region, settings->fips,
                            settings->dualstack, err, pool);
}
