/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory's own parts, shared by its files and by nothing else.
 *
 *   PATH/rows/<2 hex>/<62 hex>             values
 *   PATH/users/<2 hex>/<62 hex>/<64 hex>   the user index: empty files
 *   PATH/locks/<2 hex>                     one lock for each first byte
 *
 * A file's modification time is when it expires. Directories are 0700 and
 * files 0600, all of one owner. A value is written to a temporary file beside
 * its place and renamed, so that a reader never sees a part of one.
 *
 * Whoever changes what is stored under a first byte holds the lock of that
 * byte; reading needs none. One lock at a time is held, so that there is no
 * order to keep.
 *
 * POSIX calls stand here where APR has none: O_NOFOLLOW, flock, times of
 * links, folders read through a descriptor.
 */
#ifndef SST_DIR_H
#define SST_DIR_H

#include <dirent.h>
#include <sys/stat.h>

#include "lib/store.h"

#define SST_DIR_FOLDERS 256     /* first bytes of a row */
#define SST_DIR_ROW_NAME (SST_ROW_HEX_LEN - 2)  /* digits behind a folder's */
#define SST_DIR_TEMPORARY "tmp-"                /* how other names begin */
#define SST_DIR_FILE_MODE 0600
#define SST_DIR_FOLDER_MODE 0700

typedef struct sst_dir_t {
    const char *path;       /* absolute, without a slash at its end */
    apr_uid_t uid;          /* who has to own everything below path; */
    apr_gid_t gid;          /* set by start */
} sst_dir_t;

/* --- Names --- */

/* The first byte of a row: the number of its folders and of its lock. */
unsigned int sst_dir_number(const sst_row_t *row);

/* PATH/area, PATH/area/<2 hex>, PATH/area/<2 hex>/<62 hex>. */
const char *sst_dir_area(const sst_dir_t *dir, const char *area,
                         apr_pool_t *pool);
const char *sst_dir_folder(const sst_dir_t *dir, const char *area,
                           unsigned int number, apr_pool_t *pool);
const char *sst_dir_place(const sst_dir_t *dir, const char *area,
                          const sst_row_t *row, apr_pool_t *pool);

/* --- Failures --- */

/* Records that `verb` ("read", "write") failed at `path` with the system's
 * code `code`, in a text that shows the path, no more than 8 digits of a row,
 * and the remedy. Answers DENIED or UNAVAILABLE.
 */
sst_status_t sst_dir_fail(const sst_dir_t *dir, const char *verb,
                          const char *path, int code, sst_error_t *err,
                          apr_pool_t *pool);

/* The same for a path below the directory that could not be found: NOT_FOUND
 * when the area is there, and otherwise a failure.
 */
sst_status_t sst_dir_not_found(const sst_dir_t *dir, const char *area,
                               sst_error_t *err, apr_pool_t *pool);

/* How to make the directory, for messages: the `install` command line. */
const char *sst_dir_remedy(const char *path, apr_uid_t uid, apr_gid_t gid,
                           apr_pool_t *pool);

/* --- Files and folders --- */

/* Opens an existing regular file for reading, never through a link, and looks
 * at it. Answers a descriptor, or -1 with errno set: ELOOP for a link, EPERM
 * for another's file, EINVAL for what is not a file.
 */
int sst_dir_open_file(struct stat *info, const sst_dir_t *dir,
                      const char *path);

/* Opens a file for writing, never through a link; makes it when it is not
 * there. Answers a descriptor, or -1 with errno set.
 */
int sst_dir_open_or_make(const char *path);

/* Makes a file that must not exist. Answers a descriptor, or -1 with errno. */
int sst_dir_make_file(const char *path);

/* Makes a folder unless it is there: 1 when it was made, 0 when it was there,
 * or -1 with errno set.
 */
int sst_dir_make_folder(const char *path);

/* Sets the expiry of an open file. Answers 0, or -1 with errno set. */
int sst_dir_set_expiry(int fd, apr_int64_t expires_s);

/* Opens a folder for listing, never through a link. NULL with errno set. */
DIR *sst_dir_list(const char *path);

/* The next name in a folder but "." and "..", valid until the next call. NULL
 * at the end, with *code 0, or on a failure, with *code the system's.
 */
const char *sst_dir_next(int *code, DIR *folder);

/* Reads a row from the names of its folder and its file: OK; INVALID. */
sst_status_t sst_dir_row_read(sst_row_t *out, unsigned int number,
                              const char *name) SST_CHECKED;

/* --- Locks --- */

/* Waits for the lock of a first byte until `deadline`; *fd is then to be given
 * to sst_dir_unlock. Expected: OK; TIMEOUT.
 */
sst_status_t sst_dir_lock(int *fd, const sst_dir_t *dir, unsigned int number,
                          apr_time_t deadline, sst_error_t *err,
                          apr_pool_t *pool) SST_CHECKED;
void sst_dir_unlock(int fd);

/* --- As root --- */

/* Lets a store that root has started act as the directory's owner (dir->uid,
 * dir->gid), in each of its operations. For tools: it is the whole process that
 * changes its user meanwhile, with all of its threads.
 */
void sst_dir_act_as_owner(sst_store_t *store, apr_pool_t *pool);

/* --- Operations in files of their own; see sst_store_ops_t --- */

sst_status_t sst_dir_get(sst_value_t *out, sst_store_t *store,
                         const sst_row_t *row, apr_uint64_t min_revision,
                         apr_time_t deadline, sst_error_t *err,
                         apr_pool_t *pool);
sst_status_t sst_dir_prepare(sst_store_t *store, apr_uid_t uid, apr_gid_t gid,
                             sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_dir_index_add(sst_store_t *store, const sst_row_t *user,
                               const sst_row_t *row, apr_int64_t expires_s,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool);
sst_status_t sst_dir_index_list(apr_array_header_t **out, sst_store_t *store,
                                const sst_row_t *user, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_dir_index_remove(sst_store_t *store, const sst_row_t *user,
                                  const sst_row_t *row, apr_time_t deadline,
                                  sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_dir_scan(sst_store_t *store, sst_scan_fn_t *each, void *baton,
                          sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_dir_purge(sst_purge_t *state, sst_store_t *store,
                           apr_int64_t now_s, apr_interval_time_t budget,
                           sst_error_t *err, apr_pool_t *pool);

sst_status_t sst_dir_examine(sst_store_t *store,
                             const sst_examiner_t *examiner,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool);

/* Removes the entries of an open user's folder that have expired by `now_s`,
 * and the folder itself, which is at `path`, when nothing is left. The caller
 * holds the lock of `path`. Answers how many went.
 */
int sst_dir_trim_user(DIR *folder, const char *path, apr_int64_t now_s);

/* 1 when the entry of an open folder is there and has expired by `now_s`. */
int sst_dir_entry_expired(DIR *folder, const char *name, apr_int64_t now_s);

#endif
