/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* User, password, password file. */

#include "lib/transport/redis_login.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

struct sst_redis_login_t {
    const char *user;               /* or NULL */
    const char *path;               /* or NULL */
    apr_thread_mutex_t *mutex;      /* guards what follows; no I/O under it */
    apr_uint32_t generation;
    apr_size_t len;                 /* 0: no password (yet) */
    char password[SST_REDIS_PASSWORD_MAX];
};

static apr_status_t login_wipe(void *data)
{
    sst_redis_login_t *login = data;

    sst_wipe(login->password, sizeof(login->password));
    login->len = 0;
    return APR_SUCCESS;
}

sst_status_t sst_redis_login_create(sst_redis_login_t **out,
                                    const char *user, const char *password,
                                    const char *path, sst_error_t *err,
                                    apr_pool_t *pool)
{
    sst_redis_login_t *login;
    apr_size_t len = password ? strlen(password) : 0;
    apr_status_t os;

    *out = NULL;
    if (len > SST_REDIS_PASSWORD_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "a password of Redis may have at most %d bytes",
                             SST_REDIS_PASSWORD_MAX);
    }
    login = apr_pcalloc(pool, sizeof(*login));
    login->user = user;
    login->path = path;
    os = apr_thread_mutex_create(&login->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pool);
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot make the lock of the Redis password");
    }
    if (len > 0) {
        memcpy(login->password, password, len);
        login->len = len;
    }
    apr_pool_cleanup_register(pool, login, login_wipe,
                              apr_pool_cleanup_null);
    *out = login;
    return SST_OK;
}

const char *sst_redis_login_user(const sst_redis_login_t *login)
{
    return login->user ? login->user : "default";
}

/* The file's first line, without its end. */
static apr_status_t read_password(char *buffer, apr_size_t *len,
                                  const char *path, apr_pool_t *pool)
{
    apr_file_t *file = NULL;
    const char *end;
    apr_status_t os = apr_file_open(&file, path, APR_FOPEN_READ,
                                    APR_FPROT_OS_DEFAULT, pool);

    *len = 0;
    if (os == APR_SUCCESS) {
        os = apr_file_read_full(file, buffer, SST_REDIS_PASSWORD_MAX, len);
        apr_file_close(file);
    }
    if (os == APR_EOF) {
        os = APR_SUCCESS;
    }
    end = memchr(buffer, '\n', *len);
    if (end != NULL) {
        *len = (apr_size_t) (end - buffer);
    }
    if (*len > 0 && buffer[*len - 1] == '\r') {
        *len -= 1;
    }
    return os;
}

static sst_status_t file_failed(const char *path, apr_status_t os,
                                sst_error_t *err)
{
    char reason[80];

    if (os == APR_SUCCESS) {
        return sst_error_set(err, SST_DENIED, os, "password-file=%s has an "
                             "empty first line: write the password there",
                             path);
    }
    return sst_error_set(err, SST_DENIED, os, "cannot read password-file=%s "
                         "(%s): the user that httpd runs as has to be able "
                         "to read it", path,
                         apr_strerror(os, reason, sizeof(reason)));
}

static void take_password(sst_redis_login_t *login, const char *password,
                          apr_size_t len)
{
    apr_thread_mutex_lock(login->mutex);
    if (len != login->len || memcmp(password, login->password, len) != 0) {
        memcpy(login->password, password, len);
        login->len = len;
        login->generation++;
    }
    apr_thread_mutex_unlock(login->mutex);
}

sst_status_t sst_redis_login_read(sst_redis_login_t *login, sst_error_t *err)
{
    char buffer[SST_REDIS_PASSWORD_MAX];
    apr_pool_t *pool = NULL;
    apr_size_t len = 0;
    apr_status_t os;

    if (login->path == NULL) {
        return SST_OK;
    }
    os = apr_pool_create(&pool, NULL);
    if (os == APR_SUCCESS) {
        os = read_password(buffer, &len, login->path, pool);
        apr_pool_destroy(pool);
    }
    if (os == APR_SUCCESS && len > 0) {
        take_password(login, buffer, len);
    }
    sst_wipe(buffer, sizeof(buffer));
    return os == APR_SUCCESS && len > 0 ? SST_OK
                                        : file_failed(login->path, os, err);
}

apr_uint32_t sst_redis_login_generation(sst_redis_login_t *login)
{
    apr_uint32_t generation;

    apr_thread_mutex_lock(login->mutex);
    generation = login->generation;
    apr_thread_mutex_unlock(login->mutex);
    return generation;
}

sst_status_t sst_redis_login_add(sst_redis_request_t *request,
                                 apr_uint32_t *generation,
                                 sst_redis_login_t *login, sst_error_t *err)
{
    sst_status_t status = SST_OK;

    apr_thread_mutex_lock(login->mutex);
    *generation = login->generation;
    if (login->len > 0) {
        sst_span_t password = sst_span(login->password, login->len);
        const sst_span_t plain[] = { sst_span_text("AUTH"), password };
        const sst_span_t named[] = { sst_span_text("AUTH"),
                                     sst_span_text(login->user), password };

        request->secret = 1;
        status = login->user ? sst_redis_request_add(request, 3, named, err)
                             : sst_redis_request_add(request, 2, plain, err);
    }
    apr_thread_mutex_unlock(login->mutex);
    return status;
}
