/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory, dir:/absolute/path: one file for each session. */

#include "lib/backends/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/backends/backends.h"

/* Larger files are not ours: a session is far below. */
#define VALUE_MAX (128 * 1024 * 1024)

/* Room for "/users/xx/<62>/<64>" behind the directory's path. */
#define PATH_ROOM 256

#define PURGE_DEFAULT apr_time_from_sec(600)
#define PURGE_LONGEST apr_time_from_sec(7 * 24 * 3600)

/* A touch of what expires sooner than this takes the lock. */
#define TOUCH_MARGIN_S 60

static const sst_option_def_t dir_options[] = {
    { "purge", SST_OPTION_DURATION, NULL, 0, PURGE_LONGEST },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

/* --- Life --- */

static sst_status_t dir_open(sst_store_t *store, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_dir_t *dir = apr_pcalloc(pool, sizeof(*dir));
    apr_size_t len = strlen(store->address);

    while (len > 1 && store->address[len - 1] == '/') {
        len--;
    }
    if (store->address[0] != '/' || store->address[1] == '/' || len < 2
        || len > PATH_MAX - PATH_ROOM) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%.60s\" names no directory: allowed is "
                             "dir:/absolute/path, of at most %d bytes",
                             store->name, PATH_MAX - PATH_ROOM);
    }
    dir->path = apr_pstrmemdup(pool, store->address, len);
    store->purge_interval = sst_options_number(store->options, "purge",
                                               PURGE_DEFAULT);
    store->impl = dir;
    return SST_OK;
}

/* As root (the command-line tool) we act as the directory's owner: what is made
 * there, the children have to be able to use.
 */
static sst_status_t dir_start(sst_store_t *store, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_dir_t *dir = store->impl;
    const char *rows = sst_dir_area(dir, "rows", pool);
    struct stat info;

    dir->uid = geteuid();
    dir->gid = getegid();
    if (lstat(dir->path, &info) != 0) {
        return sst_dir_fail(dir, "use", dir->path, errno, err, pool);
    }
    if (S_ISLNK(info.st_mode)) {
        return sst_dir_fail(dir, "use", dir->path, ELOOP, err, pool);
    }
    if (dir->uid == 0) {
        dir->uid = info.st_uid;
        dir->gid = info.st_gid;
    }
    if (info.st_uid != dir->uid) {
        return sst_dir_fail(dir, "use", dir->path, EPERM, err, pool);
    }
    if (faccessat(AT_FDCWD, rows, R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        return sst_dir_fail(dir, "use", rows, errno, err, pool);
    }
    if (dir->uid != geteuid()) {
        sst_dir_act_as_owner(store, pool);
    }
    return SST_OK;
}

/* --- Reading --- */

/* Reads up to `len` bytes: how many, or -1 with errno set. */
static apr_ssize_t read_all(int fd, unsigned char *bytes, apr_size_t len)
{
    apr_size_t done = 0;

    while (done < len) {
        ssize_t got = read(fd, bytes + done, len - done);

        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += got > 0 ? (apr_size_t) got : 0;
    }
    return (apr_ssize_t) done;
}

/* Opens a row's file. Expected: OK with *fd and *info; NOT_FOUND. */
static sst_status_t open_row(int *fd, struct stat *info, const sst_dir_t *dir,
                             const sst_row_t *row, sst_error_t *err,
                             apr_pool_t *pool)
{
    const char *path = sst_dir_place(dir, "rows", row, pool);

    *fd = sst_dir_open_file(info, dir, path);
    if (*fd >= 0) {
        return SST_OK;
    }
    if (errno == ENOENT) {
        return sst_dir_not_found(dir, "rows", err, pool);
    }
    return sst_dir_fail(dir, "read", path, errno, err, pool);
}

static sst_status_t read_row(sst_value_t *out, int fd,
                             const struct stat *info, const sst_dir_t *dir,
                             const sst_row_t *row, sst_error_t *err,
                             apr_pool_t *pool)
{
    apr_size_t size = (apr_size_t) info->st_size;
    unsigned char *bytes;
    apr_ssize_t got;

    if (info->st_size > VALUE_MAX) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a file in \"%s\" is too large to be a session",
                             sst_dir_folder(dir, "rows", sst_dir_number(row),
                                            pool));
    }
    bytes = apr_palloc(pool, size + 1);
    got = read_all(fd, bytes, size);
    if (got < 0) {
        return sst_dir_fail(dir, "read", sst_dir_place(dir, "rows", row, pool),
                            errno, err, pool);
    }
    out->bytes = sst_span(bytes, (apr_size_t) got);
    out->expires_s = (apr_int64_t) info->st_mtime;
    return sst_version_read(&out->version, out->bytes, err);
}

sst_status_t sst_dir_get(sst_value_t *out, sst_store_t *store,
                         const sst_row_t *row, apr_uint64_t min_revision,
                         apr_time_t deadline, sst_error_t *err,
                         apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    struct stat info;
    sst_status_t status;
    int fd;

    memset(out, 0, sizeof(*out));
    status = open_row(&fd, &info, dir, row, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = read_row(out, fd, &info, dir, row, err, pool);
    (void) close(fd);
    if (status != SST_OK) {
        memset(out, 0, sizeof(*out));
    }
    return status;
}

static int is_over(const struct stat *info)
{
    return (apr_int64_t) info->st_mtime
        <= (apr_int64_t) apr_time_sec(apr_time_now());
}

/* The version that is stored now. Expected: OK; NOT_FOUND; EXPIRED, with the
 * version all the same.
 */
static sst_status_t read_version(sst_version_t *out, const sst_dir_t *dir,
                                 const sst_row_t *row, sst_error_t *err,
                                 apr_pool_t *pool)
{
    unsigned char bytes[SST_VERSION_LEN];
    struct stat info;
    sst_status_t status;
    apr_ssize_t got;
    int code;
    int fd;

    memset(out, 0, sizeof(*out));
    status = open_row(&fd, &info, dir, row, err, pool);
    if (status != SST_OK) {
        return status;
    }
    got = read_all(fd, bytes, sizeof(bytes));
    code = errno;
    (void) close(fd);
    if (got < 0) {
        return sst_dir_fail(dir, "read", sst_dir_place(dir, "rows", row, pool),
                            code, err, pool);
    }
    status = sst_version_read(out, sst_span(bytes, (apr_size_t) got), err);
    return status == SST_OK && is_over(&info) ? SST_EXPIRED : status;
}

/* --- Writing --- */

static int write_all(int fd, sst_span_t bytes)
{
    apr_size_t done = 0;

    while (done < bytes.len) {
        ssize_t put = write(fd, bytes.data + done, bytes.len - done);

        if (put < 0 && errno != EINTR) {
            return -1;
        }
        done += put > 0 ? (apr_size_t) put : 0;
    }
    return 0;
}

/* Fills the new file and closes it: 0, or the system's code. */
static int fill_file(int fd, sst_span_t value, apr_int64_t expires_s)
{
    int code = 0;

    if (write_all(fd, value) != 0 || sst_dir_set_expiry(fd, expires_s) != 0) {
        code = errno;
    }
    /* A quota or a network file system may speak up only now. */
    if (close(fd) != 0 && code == 0) {
        code = errno;
    }
    return code;
}

/* Where a value is written before it is renamed. The name cannot be a row's,
 * and the token, random for each write, makes it unique: two writers would
 * not meet in one file even where locks do not work.
 */
static const char *temporary_name(const sst_dir_t *dir, const sst_row_t *row,
                                  const sst_version_t *version,
                                  apr_pool_t *pool)
{
    char token[SST_HEX_LEN(SST_TOKEN_LEN) + 1];

    sst_hex_encode(token, sst_span(version->token, sizeof(version->token)));
    return apr_psprintf(pool, "%s/rows/%02x/" SST_DIR_TEMPORARY "%s", dir->path,
                        sst_dir_number(row), token);
}

/* Makes the temporary file, and its folder when that is the first file there.
 * Answers a descriptor, or -1 with errno set.
 */
static int make_temporary(const sst_dir_t *dir, const sst_row_t *row,
                          const char *path, apr_pool_t *pool)
{
    int fd = sst_dir_make_file(path);

    if (fd < 0 && errno == ENOENT) {
        const char *folder = sst_dir_folder(dir, "rows", sst_dir_number(row),
                                            pool);

        if (sst_dir_make_folder(folder) >= 0) {
            fd = sst_dir_make_file(path);
        }
    }
    else if (fd < 0 && errno == EEXIST) {
        /* This very write was begun before and died: we hold the lock. */
        (void) unlink(path);
        fd = sst_dir_make_file(path);
    }
    return fd;
}

static sst_status_t replace(const sst_dir_t *dir, const sst_row_t *row,
                            sst_span_t value, const sst_version_t *version,
                            apr_int64_t expires_s, sst_error_t *err,
                            apr_pool_t *pool)
{
    const char *path = sst_dir_place(dir, "rows", row, pool);
    const char *temporary = temporary_name(dir, row, version, pool);
    int fd = make_temporary(dir, row, temporary, pool);
    int code;

    if (fd < 0) {
        return sst_dir_fail(dir, "write", path, errno, err, pool);
    }
    code = fill_file(fd, value, expires_s);
    if (code == 0 && rename(temporary, path) != 0) {
        code = errno;
    }
    if (code == 0) {
        return SST_OK;
    }
    (void) unlink(temporary);
    return sst_dir_fail(dir, "write", path, code, err, pool);
}

static sst_status_t put_locked(const sst_dir_t *dir, const sst_row_t *row,
                               sst_span_t value, apr_int64_t expires_s,
                               const sst_version_t *version,
                               const sst_version_t *expected,
                               sst_error_t *err, apr_pool_t *pool)
{
    sst_version_t stored;
    sst_status_t status = read_version(&stored, dir, row, err, pool);

    switch (status) {
    case SST_OK:
        if (sst_bytes_equal(sst_span(stored.token, sizeof(stored.token)),
                            sst_span(version->token,
                                     sizeof(version->token)))) {
            return SST_OK;
        }
        if (expected == NULL || !sst_version_equal(&stored, expected)) {
            return SST_CONFLICT;
        }
        break;
    case SST_NOT_FOUND:
    case SST_EXPIRED:
        /* What waits for the purge has ended. */
        if (expected != NULL) {
            return SST_NOT_FOUND;
        }
        break;
    default:
        return status;
    }
    return replace(dir, row, value, version, expires_s, err, pool);
}

static sst_status_t dir_put(sst_store_t *store, const sst_row_t *row,
                            sst_span_t value, apr_int64_t expires_s,
                            const sst_version_t *expected,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    sst_version_t version;
    sst_status_t status;
    int lock;

    if (value.len > VALUE_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "a session of %" APR_SIZE_T_FMT " bytes is "
                             "larger than the %d that are allowed", value.len,
                             VALUE_MAX);
    }
    status = sst_version_read(&version, value, err);
    if (status != SST_OK) {
        return status;
    }
    status = sst_dir_lock(&lock, dir, sst_dir_number(row), deadline, err,
                          pool);
    if (status != SST_OK) {
        return status;
    }
    status = put_locked(dir, row, value, expires_s, &version, expected, err,
                        pool);
    sst_dir_unlock(lock);
    return status;
}

static sst_status_t remove_locked(const sst_dir_t *dir, const sst_row_t *row,
                                  const sst_version_t *expected,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const char *path = sst_dir_place(dir, "rows", row, pool);
    sst_version_t stored;
    sst_status_t status;

    if (expected != NULL) {
        status = read_version(&stored, dir, row, err, pool);
        if (status != SST_OK && status != SST_EXPIRED) {
            return status;
        }
        if (!sst_version_equal(&stored, expected)) {
            return SST_CONFLICT;
        }
    }
    if (unlink(path) == 0) {
        return SST_OK;
    }
    if (errno == ENOENT) {
        return sst_dir_not_found(dir, "rows", err, pool);
    }
    return sst_dir_fail(dir, "remove", path, errno, err, pool);
}

static sst_status_t dir_remove(sst_store_t *store, const sst_row_t *row,
                               const sst_version_t *expected,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    sst_status_t status;
    int lock;

    status = sst_dir_lock(&lock, dir, sst_dir_number(row), deadline, err,
                          pool);
    if (status != SST_OK) {
        return status;
    }
    status = remove_locked(dir, row, expected, err, pool);
    sst_dir_unlock(lock);
    return status;
}

/* --- Touching --- */

/* Looks at a row's file: 0, or the system's code; what has expired is not
 * there.
 */
static int look(struct stat *info, const char *path)
{
    if (lstat(path, info) != 0) {
        return errno;
    }
    if (S_ISLNK(info->st_mode)) {
        return ELOOP;
    }
    if (!S_ISREG(info->st_mode)) {
        return EINVAL;
    }
    return is_over(info) ? ENOENT : 0;
}

/* Sets the file's time: 0, or the system's code. */
static int set_time(const char *path, apr_int64_t expires_s)
{
    struct timespec times[2];

    memset(times, 0, sizeof(times));
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = (time_t) expires_s;
    return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0
           : errno;
}

static sst_status_t touch_under_lock(const sst_dir_t *dir,
                                     const sst_row_t *row, const char *path,
                                     apr_int64_t expires_s,
                                     apr_time_t deadline, int *code,
                                     sst_error_t *err, apr_pool_t *pool)
{
    struct stat info;
    int lock;
    sst_status_t status = sst_dir_lock(&lock, dir, sst_dir_number(row),
                                       deadline, err, pool);

    if (status == SST_OK) {
        *code = look(&info, path);
        if (*code == 0) {
            *code = set_time(path, expires_s);
        }
        sst_dir_unlock(lock);
    }
    return status;
}

/* A touch changes one number of the file, which needs no lock, except against
 * a purge that has found the file expired and is about to remove it. A file
 * that still has a while to live is not in that danger.
 */
static sst_status_t dir_touch(sst_store_t *store, const sst_row_t *row,
                              apr_int64_t expires_s, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    const char *path = sst_dir_place(dir, "rows", row, pool);
    sst_status_t status = SST_OK;
    struct stat info;
    int code = look(&info, path);

    if (code == 0 && apr_time_sec(apr_time_now()) + TOUCH_MARGIN_S
                     < (apr_int64_t) info.st_mtime) {
        code = set_time(path, expires_s);
    }
    else if (code == 0) {
        status = touch_under_lock(dir, row, path, expires_s, deadline, &code,
                                  err, pool);
    }
    if (status != SST_OK || code == 0) {
        return status;
    }
    if (code == ENOENT) {
        return sst_dir_not_found(dir, "rows", err, pool);
    }
    return sst_dir_fail(dir, "touch", path, code, err, pool);
}

/* A small file takes one block of the disk anyway: packing it saves nothing. */
#define BLOCK 4096

const sst_store_ops_t sst_backend_dir = {
    .schemes = "dir:",
    .options = dir_options,
    .value_max = VALUE_MAX,
    .deflate_min = BLOCK,
    .touch_max = apr_time_from_sec(600),
    .touch_divisor = 10,
    .open = dir_open,
    .prepare = sst_dir_prepare,
    .start = dir_start,
    .bind = sst_store_default_bind,
    .get = sst_dir_get,
    .put = dir_put,
    .touch = dir_touch,
    .remove = dir_remove,
    .index_add = sst_dir_index_add,
    .index_list = sst_dir_index_list,
    .index_remove = sst_dir_index_remove,
    .scan = sst_dir_scan,
    .purge = sst_dir_purge,
    .examine = sst_dir_examine
};
