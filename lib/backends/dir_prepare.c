/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory at httpd's start: made, or checked with a message that
 * says what to do; and checked for the tool.
 */

#include "lib/backends/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <apr_strings.h>

static const char *const areas[] = { "rows", "users", "locks" };

#define AREAS ((int) (sizeof(areas) / sizeof(areas[0])))

/* The area whose folders are files; the others have folders to check. */
#define AREA_LOCKS 2

static sst_status_t deny(const char *path, const char *what,
                         const char *remedy, sst_error_t *err)
{
    return sst_error_set(err, SST_DENIED, APR_SUCCESS, "\"%s\" %s: %s", path,
                         what, remedy);
}

static const char *user_name(apr_uid_t uid, apr_pool_t *pool)
{
    char *name = NULL;

    if (apr_uid_name_get(&name, uid, pool) != APR_SUCCESS) {
        name = apr_psprintf(pool, "%lu", (unsigned long) uid);
    }
    return name;
}

/* What is there has to be a directory of the children's user, closed to all
 * others.
 */
static sst_status_t check_folder(const char *path, const struct stat *info,
                                 const sst_dir_t *dir, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const char *user = user_name(dir->uid, pool);

    if (S_ISLNK(info->st_mode)) {
        return deny(path, "is a symbolic link, which is never followed",
                    "name the directory itself", err);
    }
    if (!S_ISDIR(info->st_mode)) {
        return deny(path, "is not a directory", "remove it", err);
    }
    if (info->st_uid != dir->uid) {
        return deny(path, apr_psprintf(pool, "belongs to %s and httpd's "
                                       "children run as %s",
                                       user_name(info->st_uid, pool), user),
                    apr_psprintf(pool, "chown -R %s %s", user, dir->path),
                    err);
    }
    if ((info->st_mode & 0777) != SST_DIR_FOLDER_MODE) {
        return deny(path, apr_psprintf(pool, "has the mode %04o and has to "
                                       "be closed to all but %s",
                                       (unsigned int) info->st_mode & 0777,
                                       user),
                    apr_psprintf(pool, "chmod 0700 %s", path), err);
    }
    return SST_OK;
}

/* Looks at a folder; what is not there is fine when `optional`. */
static sst_status_t check_path(const char *path, int optional,
                               const sst_dir_t *dir, sst_error_t *err,
                               apr_pool_t *pool)
{
    struct stat info;

    if (lstat(path, &info) == 0) {
        return check_folder(path, &info, dir, err, pool);
    }
    if (errno == ENOENT && optional) {
        return SST_OK;
    }
    return sst_dir_fail(dir, "use", path, errno, err, pool);
}

/* Only what has just been made is given away, and never behind a link. */
static int give_folder(const char *path, const sst_dir_t *dir)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = fd >= 0 ? fchown(fd, dir->uid, dir->gid) : -1;
    int code = errno;

    if (fd >= 0) {
        (void) close(fd);
    }
    errno = code;
    return rc;
}

static sst_status_t make_checked(const char *path, const sst_dir_t *dir,
                                 sst_error_t *err, apr_pool_t *pool)
{
    int made = sst_dir_make_folder(path);

    if (made < 0 || (made && geteuid() == 0 && give_folder(path, dir) != 0)) {
        return sst_dir_fail(dir, "make", path, errno, err, pool);
    }
    return check_path(path, 0, dir, err, pool);
}

/* A link or a foreign folder among the 256 is found here, once, so that the
 * operations need not look at each step of a path.
 */
static sst_status_t check_folders(const char *area, const sst_dir_t *dir,
                                  sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    apr_pool_t *each;
    unsigned int i;

    apr_pool_create(&each, pool);
    for (i = 0; i < SST_DIR_FOLDERS && status == SST_OK; i++) {
        apr_pool_clear(each);
        status = check_path(sst_dir_folder(dir, area, i, each), 1, dir, err,
                            each);
    }
    apr_pool_destroy(each);
    return status;
}

static sst_status_t make_areas(const sst_dir_t *dir, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    int i;

    for (i = 0; i < AREAS && status == SST_OK; i++) {
        status = make_checked(sst_dir_area(dir, areas[i], pool), dir, err,
                              pool);
        if (status == SST_OK && i != AREA_LOCKS) {
            status = check_folders(areas[i], dir, err, pool);
        }
    }
    return status;
}

sst_status_t sst_dir_prepare(sst_store_t *store, apr_uid_t uid, apr_gid_t gid,
                             sst_error_t *err, apr_pool_t *pool)
{
    /* A copy: the parent's view of the children's user is nobody else's. */
    sst_dir_t dir = *(const sst_dir_t *) store->impl;
    int root = geteuid() == 0;
    sst_status_t status;

    dir.uid = root ? uid : geteuid();
    dir.gid = root ? gid : getegid();
    /* A directory that has gone since is missed and not made: an empty one
     * would look as if all sessions had ended, as when a disk is not mounted.
     */
    status = store->prepared_before ? check_path(dir.path, 0, &dir, err, pool)
                                    : make_checked(dir.path, &dir, err, pool);
    if (status != SST_OK) {
        return status;
    }
    /* For root, this is how a read-only file system shows. */
    if (access(dir.path, W_OK) != 0) {
        return sst_dir_fail(&dir, "write", dir.path, errno, err, pool);
    }
    return make_areas(&dir, err, pool);
}

/* --- For the tool --- */

/* Less room than this part of a disk is told. */
#define ROOM_PART 20

static void tell_failure(const sst_examiner_t *examiner, const char *check,
                         const sst_error_t *failure)
{
    sst_examiner_tell(examiner, SST_FINDING_FAILED, check, "%s",
                      failure->text);
}

static void check_rights(const sst_dir_t *dir, const sst_examiner_t *examiner,
                         apr_pool_t *pool)
{
    sst_error_t found;
    sst_status_t status;
    int i;

    sst_error_clear(&found);
    status = check_path(dir->path, 0, dir, &found, pool);
    for (i = 0; i < AREAS && status == SST_OK; i++) {
        status = check_path(sst_dir_area(dir, areas[i], pool), 0, dir, &found,
                            pool);
        if (status == SST_OK && i != AREA_LOCKS) {
            status = check_folders(areas[i], dir, &found, pool);
        }
    }
    if (status != SST_OK) {
        tell_failure(examiner, "owner and mode", &found);
        return;
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "owner and mode",
                      "\"%s\" belongs to %s alone", dir->path,
                      user_name(dir->uid, pool));
}

static void check_room(const sst_dir_t *dir, const sst_examiner_t *examiner,
                       apr_pool_t *pool)
{
    struct statvfs disk;
    sst_error_t found;

    sst_error_clear(&found);
    if (access(dir->path, W_OK) != 0 || statvfs(dir->path, &disk) != 0) {
        (void) sst_dir_fail(dir, "write", dir->path, errno, &found, pool);
        tell_failure(examiner, "room", &found);
    }
    else if (disk.f_bavail < disk.f_blocks / ROOM_PART
             || disk.f_favail < disk.f_files / ROOM_PART) {
        sst_examiner_tell(examiner, disk.f_bavail > 0
                          ? SST_FINDING_WARNING : SST_FINDING_FAILED, "room",
                          "the disk of \"%s\" is nearly full, or its files "
                          "are nearly as many as it can have: make room, or "
                          "run htsession purge", dir->path);
    }
    else {
        sst_examiner_tell(examiner, SST_FINDING_OK, "room",
                          "the disk of \"%s\" has room", dir->path);
    }
}

static void check_purge(const sst_store_t *store,
                        const sst_examiner_t *examiner)
{
    if (store->purge_interval == 0) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "purge",
                          "purge=0: httpd removes no expired sessions; let "
                          "cron run htsession purge, or remove purge=0");
        return;
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "purge",
                      "httpd removes expired sessions");
}

sst_status_t sst_dir_examine(sst_store_t *store,
                             const sst_examiner_t *examiner,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    /* The directory is the children's; unless we know who they are, it is
     * whoever owns it, whom start has found.
     */
    sst_dir_t dir = *(const sst_dir_t *) store->impl;

    if (examiner->uid != 0) {
        dir.uid = examiner->uid;
        dir.gid = examiner->gid;
    }
    check_rights(&dir, examiner, pool);
    check_room(&dir, examiner, pool);
    check_purge(store, examiner);
    return SST_OK;
}
