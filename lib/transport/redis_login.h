/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Who we are to a Redis node: user and password. A password from a file is
 * read again when the node refuses it, so that it can be changed without a
 * restart. Any thread may call; the password is wiped with the pool.
 */
#ifndef SST_REDIS_LOGIN_H
#define SST_REDIS_LOGIN_H

#include <apr_pools.h>

#include "lib/status.h"
#include "lib/transport/redis_resp.h"

#define SST_REDIS_PASSWORD_MAX 8192     /* room for a signed token */

typedef struct sst_redis_login_t sst_redis_login_t;

/* `user` may be NULL; the password is `password` or in the file at `path`, or
 * both are NULL: no login. Does not read the file.
 */
sst_status_t sst_redis_login_create(sst_redis_login_t **out,
                                    const char *user, const char *password,
                                    const char *path, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* The name for messages: the user, or "default". */
const char *sst_redis_login_user(const sst_redis_login_t *login);

/* Reads the password file, if there is one. Expected: OK; DENIED with the path
 * and what is wrong (the password stays as it was).
 */
sst_status_t sst_redis_login_read(sst_redis_login_t *login,
                                  sst_error_t *err) SST_CHECKED;

/* Which password it is: a number that changes with it. */
apr_uint32_t sst_redis_login_generation(sst_redis_login_t *login);

/* Adds the AUTH command to a request, or nothing when there is no password.
 * The request is then secret. *generation is that of the password. Expected:
 * OK.
 */
sst_status_t sst_redis_login_add(sst_redis_request_t *request,
                                 apr_uint32_t *generation,
                                 sst_redis_login_t *login,
                                 sst_error_t *err) SST_CHECKED;

#endif
