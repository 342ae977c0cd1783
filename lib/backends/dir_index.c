/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory's user index: a folder for each user, and in it an empty
 * file for each row.
 */

#include "lib/backends/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

static const char *entry_path(const char *folder, const sst_row_t *row,
                              apr_pool_t *pool)
{
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, row);
    return apr_pstrcat(pool, folder, "/", hex, NULL);
}

/* Opens the entry's file, making the folders above it where they are missing.
 * Answers a descriptor, or -1 with errno set.
 */
static int open_entry(const sst_dir_t *dir, const sst_row_t *user,
                      const char *folder, const char *path, apr_pool_t *pool)
{
    const char *above = sst_dir_folder(dir, "users", sst_dir_number(user),
                                       pool);
    int fd = sst_dir_open_or_make(path);

    if (fd < 0 && errno == ENOENT
        && sst_dir_make_folder(above) >= 0
        && sst_dir_make_folder(folder) >= 0) {
        fd = sst_dir_open_or_make(path);
    }
    return fd;
}

/* Sets when an entry ends, unless that is later already: 0, or the system's
 * code.
 */
static int prolong(int fd, apr_int64_t expires_s)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return errno;
    }
    if ((apr_int64_t) info.st_mtime < expires_s
        && sst_dir_set_expiry(fd, expires_s) != 0) {
        return errno;
    }
    return 0;
}

static sst_status_t add_locked(const sst_dir_t *dir, const sst_row_t *user,
                               const sst_row_t *row, apr_int64_t expires_s,
                               sst_error_t *err, apr_pool_t *pool)
{
    const char *folder = sst_dir_place(dir, "users", user, pool);
    const char *path = entry_path(folder, row, pool);
    int fd = open_entry(dir, user, folder, path, pool);
    int code = fd >= 0 ? prolong(fd, expires_s) : errno;

    if (fd >= 0) {
        (void) close(fd);
    }
    return code == 0 ? SST_OK
           : sst_dir_fail(dir, "write", path, code, err, pool);
}

/* Under the lock, so that neither a removal nor a purge takes away the folder
 * or the entry between its making and its time being set.
 */
sst_status_t sst_dir_index_add(sst_store_t *store, const sst_row_t *user,
                               const sst_row_t *row, apr_int64_t expires_s,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    int lock;
    sst_status_t status = sst_dir_lock(&lock, dir, sst_dir_number(user),
                                       deadline, err, pool);

    if (status == SST_OK) {
        status = add_locked(dir, user, row, expires_s, err, pool);
        sst_dir_unlock(lock);
    }
    return status;
}

static sst_status_t remove_locked(const sst_dir_t *dir, const sst_row_t *user,
                                  const sst_row_t *row, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const char *folder = sst_dir_place(dir, "users", user, pool);
    const char *path = entry_path(folder, row, pool);

    if (unlink(path) == 0) {
        /* Stays when there are other entries. */
        (void) rmdir(folder);
        return SST_OK;
    }
    if (errno == ENOENT) {
        sst_status_t status = sst_dir_not_found(dir, "users", err, pool);

        return status == SST_NOT_FOUND ? SST_OK : status;
    }
    return sst_dir_fail(dir, "remove", path, errno, err, pool);
}

sst_status_t sst_dir_index_remove(sst_store_t *store, const sst_row_t *user,
                                  const sst_row_t *row, apr_time_t deadline,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    int lock;
    sst_status_t status = sst_dir_lock(&lock, dir, sst_dir_number(user),
                                       deadline, err, pool);

    if (status == SST_OK) {
        status = remove_locked(dir, user, row, err, pool);
        sst_dir_unlock(lock);
    }
    return status;
}

int sst_dir_entry_expired(DIR *folder, const char *name, apr_int64_t now_s)
{
    struct stat info;

    return fstatat(dirfd(folder), name, &info, AT_SYMLINK_NOFOLLOW) == 0
           && (apr_int64_t) info.st_mtime <= now_s;
}

int sst_dir_trim_user(DIR *folder, const char *path, apr_int64_t now_s)
{
    int removed = 0;
    int left = 0;
    int code;
    const char *name;

    rewinddir(folder);
    for (name = sst_dir_next(&code, folder); name != NULL;
         name = sst_dir_next(&code, folder)) {
        if (sst_dir_entry_expired(folder, name, now_s)
            && unlinkat(dirfd(folder), name, 0) == 0) {
            removed++;
        }
        else {
            left++;
        }
    }
    if (left == 0 && rmdir(path) == 0) {
        removed++;
    }
    return removed;
}

/* Adds the folder's rows to the list: 0, or the system's code. *expired is set
 * when there are entries that have had their time.
 */
static int list_rows(apr_array_header_t *rows, int *expired, DIR *folder,
                     apr_int64_t now_s)
{
    const char *name;
    sst_row_t row;
    int code;

    *expired = 0;
    for (name = sst_dir_next(&code, folder); name != NULL;
         name = sst_dir_next(&code, folder)) {
        if (sst_row_from_hex(&row, sst_span_text(name)) != SST_OK) {
            continue;
        }
        if (sst_dir_entry_expired(folder, name, now_s)) {
            *expired = 1;
        }
        else {
            APR_ARRAY_PUSH(rows, sst_row_t) = row;
        }
    }
    return code;
}

/* A courtesy to the next reader: whatever fails here, the purge will do. */
static void trim_user(const sst_dir_t *dir, const sst_row_t *user,
                      DIR *folder, const char *path, apr_int64_t now_s,
                      apr_time_t deadline, apr_pool_t *pool)
{
    int lock;

    if (sst_dir_lock(&lock, dir, sst_dir_number(user), deadline, NULL, pool)
        == SST_OK) {
        (void) sst_dir_trim_user(folder, path, now_s);
        sst_dir_unlock(lock);
    }
}

sst_status_t sst_dir_index_list(apr_array_header_t **out, sst_store_t *store,
                                const sst_row_t *user, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    const char *path = sst_dir_place(dir, "users", user, pool);
    apr_array_header_t *rows = apr_array_make(pool, 4, sizeof(sst_row_t));
    apr_int64_t now_s = apr_time_sec(apr_time_now());
    DIR *folder = sst_dir_list(path);
    sst_status_t status = SST_OK;
    int expired;
    int code;

    *out = NULL;
    if (folder != NULL) {
        code = list_rows(rows, &expired, folder, now_s);
        if (expired) {
            trim_user(dir, user, folder, path, now_s, deadline, pool);
        }
        (void) closedir(folder);
    }
    else {
        code = errno;
    }
    if (code == ENOENT) {
        status = sst_dir_not_found(dir, "users", err, pool);
        status = status == SST_NOT_FOUND ? SST_OK : status;
    }
    else if (code != 0) {
        status = sst_dir_fail(dir, "read", path, code, err, pool);
    }
    *out = status == SST_OK ? rows : NULL;
    return status;
}
