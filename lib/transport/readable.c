/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Trying, rather than judging by modes: directories, groups and access lists
 * all count.
 */

#include "lib/transport/readable.h"

#include <grp.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: becomes the user, and tries. */
static int try_as(const char *path, const char *user, apr_uid_t uid,
                  apr_gid_t gid)
{
    if (setgid(gid) != 0 || initgroups(user, gid) != 0 || setuid(uid) != 0) {
        return 0;
    }
    return access(path, R_OK) == 0;
}

int sst_readable_by(const char *path, apr_uid_t uid, apr_gid_t gid,
                    apr_pool_t *pool)
{
    char *user = NULL;
    int state = 0;
    pid_t pid;

    if (geteuid() != 0 || uid == 0
        || apr_uid_name_get(&user, uid, pool) != APR_SUCCESS) {
        return access(path, R_OK) == 0;
    }
    pid = fork();
    if (pid == 0) {
        _exit(try_as(path, user, uid, gid) ? 0 : 1);
    }
    if (pid < 0 || waitpid(pid, &state, 0) != pid) {
        return 1;
    }
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}
