/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Small text files that may hold secrets: tokens, credentials. */
#ifndef SST_TEXT_FILE_H
#define SST_TEXT_FILE_H

#include <apr_pools.h>

#include "lib/status.h"

/* Reads a file of at most `max` bytes, as a C string that is wiped when `pool`
 * goes. Expected: OK; NOT_FOUND; DENIED; INVALID (too long, a NUL inside, or
 * not a file). Messages name the path.
 */
sst_status_t sst_text_file_read(char **out, const char *path, apr_size_t max,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* The same for a file with one token, without the white space around it.
 * INVALID also when it is empty or has a line end inside, since it is sent in
 * a header.
 */
sst_status_t sst_token_file_read(char **out, const char *path,
                                 apr_size_t max, sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

/* The same for a secret that is read at the start: a regular file of root or
 * the caller, readable by nobody beyond owner and group, writable by nobody
 * beyond the owner. DENIED also when that is not so.
 */
sst_status_t sst_secret_file_read(char **out, const char *path,
                                  apr_size_t max, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* Has a C string in `pool` wiped when the pool goes. */
void sst_text_wipe_later(char *text, apr_pool_t *pool);

#endif
