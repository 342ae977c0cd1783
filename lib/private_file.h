/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which files are trusted with a secret: keys, passwords, tokens. */
#ifndef SST_PRIVATE_FILE_H
#define SST_PRIVATE_FILE_H

#include <apr_file_io.h>

#include "lib/status.h"

/* Looks at a file that is open, so that it cannot be exchanged afterwards: is
 * it a regular file of root or the caller, readable by nobody beyond owner and
 * group, writable by nobody beyond the owner? `path` is for messages. Any
 * thread may call. Expected: OK; INVALID when it is not a regular file; DENIED
 * with the command that mends it.
 */
sst_status_t sst_private_file_check(apr_file_t *file, const char *path,
                                    sst_error_t *err) SST_CHECKED;

#endif
