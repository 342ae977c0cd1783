/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory walked from end to end: what has expired is removed, in
 * slices, and records are listed for the tool.
 */

#include "lib/backends/dir.h"
#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

/* A write is over long before; what is older was left by a killed process. */
#define TEMPORARY_AGE_S 3600

/* What a purge waits for a lock before it leaves a folder to the next round. */
#define LOCK_WAIT apr_time_from_msec(50)

/* A round visits the folders of rows/, and then those of users/. */
#define POSITIONS (2 * SST_DIR_FOLDERS)

/* One slice of a round. */
typedef struct slice_t {
    const sst_dir_t *dir;
    sst_purge_t *state;
    apr_int64_t now_s;
    apr_time_t ends;
    int changes;            /* how much this slice has removed */
    int blocked;            /* the folder's lock is taken: leave it */
    sst_status_t status;    /* what went wrong, described in *err */
    sst_error_t *err;
    apr_pool_t *pool;       /* cleared for each file */
} slice_t;

/* A folder is left before its end only when something was removed from it, so
 * that the next slice, which begins with it again, gets further.
 */
static int leaves_folder(const slice_t *slice)
{
    return slice->blocked || slice->status != SST_OK
           || (slice->changes > 0 && sst_clock() >= slice->ends);
}

/* Takes the lock: 1, or 0 when the folder is to be left. */
static int lock_folder(int *lock, slice_t *slice, unsigned int number)
{
    sst_error_t failure;
    sst_status_t status;

    sst_error_clear(&failure);
    status = sst_dir_lock(lock, slice->dir, number, sst_clock() + LOCK_WAIT,
                          &failure, slice->pool);
    slice->blocked = status == SST_TIMEOUT;
    if (status != SST_OK && !slice->blocked) {
        slice->status = sst_error_set(slice->err, status, failure.os, "%s",
                                      failure.text);
    }
    return status == SST_OK;
}

static void remove_file(slice_t *slice, DIR *folder, const char *name,
                        unsigned int number, apr_uint64_t *removed)
{
    if (unlinkat(dirfd(folder), name, 0) == 0) {
        slice->changes++;
        (*removed)++;
    }
    else if (errno != ENOENT) {
        const char *path = sst_dir_folder(slice->dir, "rows", number,
                                          slice->pool);

        slice->status = sst_dir_fail(slice->dir, "remove from", path, errno,
                                     slice->err, slice->pool);
    }
}

/* Looked at again under the lock: it may have been renewed since. */
static void purge_row(slice_t *slice, DIR *folder, const char *name,
                      unsigned int number)
{
    int lock;

    if (!sst_dir_entry_expired(folder, name, slice->now_s)
        || !lock_folder(&lock, slice, number)) {
        return;
    }
    if (sst_dir_entry_expired(folder, name, slice->now_s)) {
        remove_file(slice, folder, name, number, &slice->state->removed);
    }
    sst_dir_unlock(lock);
}

/* By the change time, which unlike the modification time is the clock's. */
static void purge_temporary(slice_t *slice, DIR *folder, const char *name,
                            unsigned int number)
{
    apr_uint64_t not_records = 0;
    struct stat info;

    if (fstatat(dirfd(folder), name, &info, AT_SYMLINK_NOFOLLOW) == 0
        && (apr_int64_t) info.st_ctime + TEMPORARY_AGE_S <= slice->now_s) {
        remove_file(slice, folder, name, number, &not_records);
    }
}

static void purge_row_entry(slice_t *slice, DIR *folder, const char *name,
                            unsigned int number)
{
    sst_row_t row;

    if (sst_dir_row_read(&row, number, name) == SST_OK) {
        purge_row(slice, folder, name, number);
    }
    else if (strncmp(name, SST_DIR_TEMPORARY, strlen(SST_DIR_TEMPORARY))
             == 0) {
        purge_temporary(slice, folder, name, number);
    }
}

/* 1 when a user's folder is empty or has entries that have expired. */
static int has_expired(DIR *user, apr_int64_t now_s)
{
    int entries = 0;
    int expired = 0;
    int code;
    const char *name;

    for (name = sst_dir_next(&code, user); name != NULL && !expired;
         name = sst_dir_next(&code, user)) {
        expired = sst_dir_entry_expired(user, name, now_s);
        entries++;
    }
    return expired || (entries == 0 && code == 0);
}

static void purge_user_entry(slice_t *slice, DIR *folder, const char *name,
                             unsigned int number)
{
    const char *path;
    sst_row_t row;
    DIR *user;
    int lock;

    if (sst_dir_row_read(&row, number, name) != SST_OK) {
        return;
    }
    path = sst_dir_place(slice->dir, "users", &row, slice->pool);
    user = sst_dir_list(path);
    if (user == NULL) {
        return;
    }
    if (has_expired(user, slice->now_s)
        && lock_folder(&lock, slice, number)) {
        slice->changes += sst_dir_trim_user(user, path, slice->now_s);
        sst_dir_unlock(lock);
    }
    (void) closedir(user);
}

/* Opens the folder of an area. Expected: OK, with *folder NULL when there is
 * no such folder.
 */
static sst_status_t open_folder(DIR **folder, const sst_dir_t *dir,
                                const char *area, unsigned int number,
                                sst_error_t *err, apr_pool_t *pool)
{
    const char *path = sst_dir_folder(dir, area, number, pool);
    sst_status_t status = SST_OK;

    *folder = sst_dir_list(path);
    if (*folder == NULL && errno == ENOENT) {
        status = sst_dir_not_found(dir, area, err, pool);
        status = status == SST_NOT_FOUND ? SST_OK : status;
    }
    else if (*folder == NULL) {
        status = sst_dir_fail(dir, "list", path, errno, err, pool);
    }
    return status;
}

/* What is done with an entry of a folder. */
typedef void purge_entry_fn_t(slice_t *slice, DIR *folder, const char *name,
                              unsigned int number);

/* Purges an open folder: 1 when it came to its end. */
static int purge_entries(slice_t *slice, DIR *folder, unsigned int number,
                         purge_entry_fn_t *purge_entry)
{
    const char *name;
    int code;

    for (name = sst_dir_next(&code, folder);
         name != NULL && !leaves_folder(slice);
         name = sst_dir_next(&code, folder)) {
        apr_pool_clear(slice->pool);
        purge_entry(slice, folder, name, number);
    }
    return name == NULL;
}

/* Purges the folder at the state's position, and moves on when it is done. */
static void purge_folder(slice_t *slice)
{
    unsigned int number = slice->state->position % SST_DIR_FOLDERS;
    int users = slice->state->position >= SST_DIR_FOLDERS;
    int complete = 1;
    DIR *folder;

    apr_pool_clear(slice->pool);
    slice->blocked = 0;
    slice->status = open_folder(&folder, slice->dir, users ? "users" : "rows",
                                number, slice->err, slice->pool);
    if (folder != NULL) {
        complete = purge_entries(slice, folder, number,
                                 users ? purge_user_entry : purge_row_entry);
        (void) closedir(folder);
    }
    /* A folder that fails is passed over as well, or no round would end. */
    if (complete || slice->blocked || slice->status != SST_OK) {
        slice->state->position++;
    }
}

sst_status_t sst_dir_purge(sst_purge_t *state, sst_store_t *store,
                           apr_int64_t now_s, apr_interval_time_t budget,
                           sst_error_t *err, apr_pool_t *pool)
{
    slice_t slice;

    memset(&slice, 0, sizeof(slice));
    slice.dir = store->impl;
    slice.state = state;
    slice.now_s = now_s;
    slice.ends = sst_clock() + budget;
    slice.err = err;
    apr_pool_create(&slice.pool, pool);
    do {
        purge_folder(&slice);
    } while (slice.status == SST_OK && state->position < POSITIONS
             && sst_clock() < slice.ends);
    apr_pool_destroy(slice.pool);
    state->done = state->position >= POSITIONS;
    return slice.status;
}

/* --- Scanning --- */

typedef struct walk_t {
    sst_store_t *store;
    sst_scan_fn_t *each;
    void *baton;
    apr_pool_t *pool;       /* cleared for each file */
} walk_t;

/* What is no value is shown as an empty one, which is no session either, so
 * that it is seen, and can be ended.
 */
static sst_status_t show_damaged(const walk_t *walk, const sst_row_t *row)
{
    const sst_dir_t *dir = walk->store->impl;
    sst_value_t value;
    struct stat info;
    int fd = sst_dir_open_file(&info, dir, sst_dir_place(dir, "rows", row,
                                                         walk->pool));

    if (fd < 0) {
        return SST_OK;          /* removed or replaced since */
    }
    (void) close(fd);
    memset(&value, 0, sizeof(value));
    value.bytes = sst_span("", 0);
    value.expires_s = (apr_int64_t) info.st_mtime;
    return walk->each(walk->baton, row, &value, walk->pool);
}

static sst_status_t scan_row(walk_t *walk, const sst_row_t *row,
                             sst_error_t *err)
{
    sst_value_t value;
    sst_error_t failure;
    sst_status_t status;

    sst_error_clear(&failure);
    status = sst_dir_get(&value, walk->store, row, 0, 0, &failure, walk->pool);
    if (status == SST_OK) {
        return walk->each(walk->baton, row, &value, walk->pool);
    }
    if (status == SST_NOT_FOUND) {
        return SST_OK;          /* removed since its name was read */
    }
    if (status == SST_CORRUPT) {
        return show_damaged(walk, row);
    }
    return sst_error_set(err, status, failure.os, "%s", failure.text);
}

static sst_status_t scan_folder(walk_t *walk, unsigned int number,
                                sst_error_t *err, apr_pool_t *pool)
{
    const sst_dir_t *dir = walk->store->impl;
    const char *name;
    sst_row_t row;
    DIR *folder;
    int code = 0;
    sst_status_t status = open_folder(&folder, dir, "rows", number, err, pool);

    if (folder == NULL) {
        return status;
    }
    for (name = sst_dir_next(&code, folder); name != NULL && status == SST_OK;
         name = sst_dir_next(&code, folder)) {
        apr_pool_clear(walk->pool);
        if (sst_dir_row_read(&row, number, name) == SST_OK) {
            status = scan_row(walk, &row, err);
        }
    }
    (void) closedir(folder);
    if (status == SST_OK && code != 0) {
        status = sst_dir_fail(dir, "list", sst_dir_folder(dir, "rows", number,
                                                          pool), code, err,
                              pool);
    }
    return status;
}

sst_status_t sst_dir_scan(sst_store_t *store, sst_scan_fn_t *each, void *baton,
                          sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    unsigned int i;
    walk_t walk;

    memset(&walk, 0, sizeof(walk));
    walk.store = store;
    walk.each = each;
    walk.baton = baton;
    apr_pool_create(&walk.pool, pool);
    for (i = 0; i < SST_DIR_FOLDERS && status == SST_OK; i++) {
        status = scan_folder(&walk, i, err, pool);
    }
    apr_pool_destroy(walk.pool);
    return status;
}
