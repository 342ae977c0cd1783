/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory's names, files, folders, locks and failure messages. */

#include "lib/backends/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/flock.h"

/* --- Names --- */

unsigned int sst_dir_number(const sst_row_t *row)
{
    return row->bytes[0];
}

const char *sst_dir_area(const sst_dir_t *dir, const char *area,
                         apr_pool_t *pool)
{
    return apr_pstrcat(pool, dir->path, "/", area, NULL);
}

const char *sst_dir_folder(const sst_dir_t *dir, const char *area,
                           unsigned int number, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s/%s/%02x", dir->path, area, number);
}

const char *sst_dir_place(const sst_dir_t *dir, const char *area,
                          const sst_row_t *row, apr_pool_t *pool)
{
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, row);
    return apr_psprintf(pool, "%s/%s/%.2s/%s", dir->path, area, hex, hex + 2);
}

/* --- Failures --- */

typedef struct cause_t {
    int code;
    sst_status_t status;
    const char *text;           /* what it is, and what to do about it */
} cause_t;

static const cause_t causes[] = {
    { EACCES, SST_DENIED, "permission denied: all in the directory has to "
      "belong to the user of httpd's children, and all above has to let that "
      "user through" },
    { EPERM, SST_DENIED, "it belongs to another user: all in the directory "
      "has to belong to the user of httpd's children" },
    { ELOOP, SST_DENIED, "it is a symbolic link, which is never followed: "
      "remove it" },
    { EINVAL, SST_DENIED, "it is not a plain file: remove it" },
    { ENOTDIR, SST_DENIED, "a part of it is not a directory: remove it" },
    { ENOSPC, SST_UNAVAILABLE, "no space (or inode) is left: free some, or "
      "move the directory" },
    { EDQUOT, SST_UNAVAILABLE, "the user's disk quota is used up: raise it" },
    { EROFS, SST_UNAVAILABLE, "the file system is mounted read-only: mount it "
      "for writing" },
    { EMFILE, SST_UNAVAILABLE, "the process has too many files open: raise "
      "its limit (ulimit -n)" },
    { ENFILE, SST_UNAVAILABLE, "the system has too many files open: raise "
      "fs.file-max" }
};

#define CAUSES ((int) (sizeof(causes) / sizeof(causes[0])))

static const cause_t *find_cause(int code)
{
    int i;

    for (i = 0; i < CAUSES; i++) {
        if (causes[i].code == code) {
            return &causes[i];
        }
    }
    return NULL;
}

/* The path with what it shows of a row cut to 8 digits: 2 of the folder and 6
 * of the name.
 */
static const char *shown(const sst_dir_t *dir, const char *path,
                         apr_pool_t *pool)
{
    apr_size_t base = strlen(dir->path);
    const char *area = path + base;
    const char *name;

    if (strncmp(path, dir->path, base) != 0 || *area != '/') {
        return path;
    }
    /* Behind "/area/xx/". */
    name = strchr(area + 1, '/');
    name = name != NULL ? strchr(name + 1, '/') : NULL;
    if (name == NULL || strlen(name + 1) <= 6) {
        return path;
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, path,
                                            (apr_size_t) (name + 7 - path)),
                       "...", NULL);
}

const char *sst_dir_remedy(const char *path, apr_uid_t uid, apr_gid_t gid,
                           apr_pool_t *pool)
{
    char *user = NULL;
    char *group = NULL;

    if (apr_uid_name_get(&user, uid, pool) != APR_SUCCESS) {
        user = apr_psprintf(pool, "%lu", (unsigned long) uid);
    }
    if (apr_gid_name_get(&group, gid, pool) != APR_SUCCESS) {
        group = apr_psprintf(pool, "%lu", (unsigned long) gid);
    }
    return apr_psprintf(pool, "install -d -m 0700 -o %s -g %s %s", user, group,
                        path);
}

sst_status_t sst_dir_fail(const sst_dir_t *dir, const char *verb,
                          const char *path, int code, sst_error_t *err,
                          apr_pool_t *pool)
{
    const cause_t *cause = find_cause(code);
    char text[80];

    if (code == ENOENT) {
        return sst_error_set(err, SST_UNAVAILABLE, code,
                             "cannot %s \"%s\": it is missing: make the "
                             "directory (%s) and restart httpd", verb,
                             shown(dir, path, pool),
                             sst_dir_remedy(dir->path, dir->uid, dir->gid,
                                            pool));
    }
    if (cause == NULL) {
        return sst_error_set(err, SST_UNAVAILABLE, code,
                             "cannot %s \"%s\": %s", verb,
                             shown(dir, path, pool),
                             apr_strerror(code, text, sizeof(text)));
    }
    return sst_error_set(err, cause->status, code, "cannot %s \"%s\": %s",
                         verb, shown(dir, path, pool), cause->text);
}

sst_status_t sst_dir_not_found(const sst_dir_t *dir, const char *area,
                               sst_error_t *err, apr_pool_t *pool)
{
    const char *path = sst_dir_area(dir, area, pool);
    struct stat info;

    /* A directory that was removed, or a disk that is not mounted, has none of
     * the sessions either: that must not look as if they had ended.
     */
    if (lstat(path, &info) != 0) {
        return sst_dir_fail(dir, "use", path, errno, err, pool);
    }
    if (!S_ISDIR(info.st_mode)) {
        return sst_dir_fail(dir, "use", path, ENOTDIR, err, pool);
    }
    return SST_NOT_FOUND;
}

/* --- Files and folders --- */

/* Closes `fd` and answers -1 with errno set to `code`. */
static int give_up(int fd, int code)
{
    (void) close(fd);
    errno = code;
    return -1;
}

int sst_dir_open_file(struct stat *info, const sst_dir_t *dir,
                      const char *path)
{
    /* O_NONBLOCK: a pipe put there must not hang us. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    memset(info, 0, sizeof(*info));
    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, info) != 0) {
        return give_up(fd, errno);
    }
    if (!S_ISREG(info->st_mode)) {
        return give_up(fd, EINVAL);
    }
    return info->st_uid == dir->uid ? fd : give_up(fd, EPERM);
}

int sst_dir_make_file(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                SST_DIR_FILE_MODE);
}

int sst_dir_open_or_make(const char *path)
{
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT) {
        fd = sst_dir_make_file(path);
        if (fd < 0 && errno == EEXIST) {
            /* Somebody else has made it in between. */
            fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        }
    }
    return fd;
}

int sst_dir_make_folder(const char *path)
{
    if (mkdir(path, SST_DIR_FOLDER_MODE) == 0) {
        return 1;
    }
    return errno == EEXIST ? 0 : -1;
}

int sst_dir_set_expiry(int fd, apr_int64_t expires_s)
{
    struct timespec times[2];

    memset(times, 0, sizeof(times));
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = (time_t) expires_s;
    return futimens(fd, times);
}

DIR *sst_dir_list(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder;

    if (fd < 0) {
        return NULL;
    }
    folder = fdopendir(fd);
    if (folder == NULL) {
        (void) give_up(fd, errno);
    }
    return folder;
}

const char *sst_dir_next(int *code, DIR *folder)
{
    const struct dirent *entry;

    do {
        errno = 0;
        entry = readdir(folder);
    } while (entry != NULL && (strcmp(entry->d_name, ".") == 0
                               || strcmp(entry->d_name, "..") == 0));
    *code = entry == NULL ? errno : 0;
    return entry != NULL ? entry->d_name : NULL;
}

sst_status_t sst_dir_row_read(sst_row_t *out, unsigned int number,
                              const char *name)
{
    char hex[SST_ROW_HEX_LEN + 1];

    if (strlen(name) != SST_DIR_ROW_NAME) {
        memset(out, 0, sizeof(*out));
        return SST_INVALID;
    }
    apr_snprintf(hex, sizeof(hex), "%02x%s", number, name);
    return sst_row_from_hex(out, sst_span_text(hex));
}

/* --- Locks --- */

sst_status_t sst_dir_lock(int *fd, const sst_dir_t *dir, unsigned int number,
                          apr_time_t deadline, sst_error_t *err,
                          apr_pool_t *pool)
{
    const char *path = sst_dir_folder(dir, "locks", number, pool);
    int code;

    *fd = sst_dir_open_or_make(path);
    if (*fd < 0) {
        return sst_dir_fail(dir, "lock", path, errno, err, pool);
    }
    code = sst_flock_take(*fd, deadline);
    if (code == 0) {
        return SST_OK;
    }
    (void) close(*fd);
    *fd = -1;
    if (code == ETIMEDOUT) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "no lock on \"%s\" in time: another process "
                             "holds it (see fuser), or the disk is slow",
                             path);
    }
    return sst_dir_fail(dir, "lock", path, code, err, pool);
}

void sst_dir_unlock(int fd)
{
    sst_flock_drop(fd);
}
