/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Whether a file can be read by the user that a server changes to. */
#ifndef SST_READABLE_H
#define SST_READABLE_H

#include <apr_pools.h>
#include <apr_user.h>

/* 1 when a process of this user and group, and the user's other groups, could
 * open `path` for reading. Asked by root, it is tried by a child process that
 * becomes that user; otherwise the calling user counts. For start-up only:
 * before there are threads.
 */
int sst_readable_by(const char *path, apr_uid_t uid, apr_gid_t gid,
                    apr_pool_t *pool);

#endif
