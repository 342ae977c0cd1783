/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading small files whole, and wiping what was read. */

#include "lib/transport/text_file.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>

#include "lib/bytes.h"
#include "lib/private_file.h"

typedef struct wipe_t {
    char *data;
    apr_size_t len;
} wipe_t;

static apr_status_t wipe(void *baton)
{
    const wipe_t *wiped = baton;

    sst_wipe(wiped->data, wiped->len);
    return APR_SUCCESS;
}

static void wipe_later(char *data, apr_size_t len, apr_pool_t *pool)
{
    wipe_t *later = apr_palloc(pool, sizeof(*later));

    later->data = data;
    later->len = len;
    apr_pool_cleanup_register(pool, later, wipe, apr_pool_cleanup_null);
}

void sst_text_wipe_later(char *text, apr_pool_t *pool)
{
    wipe_later(text, strlen(text), pool);
}

static sst_status_t open_failed(const char *path, apr_status_t rv,
                                sst_error_t *err)
{
    sst_status_t status = SST_UNAVAILABLE;
    char why[120];

    if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv)) {
        status = SST_NOT_FOUND;
    }
    else if (APR_STATUS_IS_EACCES(rv)) {
        status = SST_DENIED;
    }
    return sst_error_set(err, status, rv, "%s cannot be read: %s", path,
                         apr_strerror(rv, why, sizeof(why)));
}

static sst_status_t read_open_file(char **out, apr_file_t *file,
                                   const char *path, apr_size_t max,
                                   sst_error_t *err, apr_pool_t *pool)
{
    apr_size_t len = 0;
    apr_finfo_t info;
    apr_status_t rv;
    char *text;

    rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, file);
    if (rv != APR_SUCCESS) {
        return open_failed(path, rv, err);
    }
    if (info.filetype == APR_DIR || info.size > (apr_off_t) max) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s is not a file of at most %" APR_SIZE_T_FMT
                             " bytes", path, max);
    }
    text = apr_pcalloc(pool, (apr_size_t) info.size + 1);
    wipe_later(text, (apr_size_t) info.size, pool);
    rv = apr_file_read_full(file, text, (apr_size_t) info.size, &len);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return open_failed(path, rv, err);
    }
    if (memchr(text, '\0', len) != NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s is not a text file", path);
    }
    text[len] = '\0';
    *out = text;
    return SST_OK;
}

static sst_status_t read_file(char **out, const char *path, int is_private,
                              apr_size_t max, sst_error_t *err,
                              apr_pool_t *pool)
{
    apr_int32_t flags = APR_FOPEN_READ | APR_FOPEN_BINARY;
    sst_status_t status = SST_OK;
    apr_file_t *file;
    apr_status_t rv;

    *out = NULL;
    /* A FIFO without a writer would be waited for. */
    rv = apr_file_open(&file, path,
                       is_private ? flags | APR_FOPEN_NONBLOCK : flags,
                       APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS) {
        return open_failed(path, rv, err);
    }
    if (is_private) {
        status = sst_private_file_check(file, path, err);
    }
    if (status == SST_OK) {
        status = read_open_file(out, file, path, max, err, pool);
    }
    (void) apr_file_close(file);
    return status;
}

sst_status_t sst_text_file_read(char **out, const char *path, apr_size_t max,
                                sst_error_t *err, apr_pool_t *pool)
{
    return read_file(out, path, 0, max, err, pool);
}

static sst_status_t read_token(char **out, const char *path, int is_private,
                               apr_size_t max, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_status_t status = read_file(out, path, is_private, max, err, pool);
    char *end;

    if (status != SST_OK) {
        return status;
    }
    while (apr_isspace(**out)) {
        (*out)++;
    }
    end = *out + strlen(*out);
    while (end > *out && apr_isspace(end[-1])) {
        *--end = '\0';
    }
    if (**out == '\0' || strpbrk(*out, "\r\n") != NULL) {
        *out = NULL;
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s does not hold one token", path);
    }
    return SST_OK;
}

sst_status_t sst_token_file_read(char **out, const char *path,
                                 apr_size_t max, sst_error_t *err,
                                 apr_pool_t *pool)
{
    return read_token(out, path, 0, max, err, pool);
}

sst_status_t sst_secret_file_read(char **out, const char *path,
                                  apr_size_t max, sst_error_t *err,
                                  apr_pool_t *pool)
{
    return read_token(out, path, 1, max, err, pool);
}
