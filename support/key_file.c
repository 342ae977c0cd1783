/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading a key file, and putting a new one in its place. */

#include "support/key_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_portable.h>
#include <apr_strings.h>

#include "lib/bytes.h"

/* What a key file may be at most: readable by its group. */
#define MODE_MASK 0640
#define FILE_MAX 65536

static const char file_head[] =
    "# Keys of mod_session_store. Keep this file secret: with it and access\n"
    "# to the store, sessions can be forged. All servers that share a store\n"
    "# need the same file.\n"
    "#\n"
    "# One key a line. The first key seals, all keys open. `htsession keygen`\n"
    "# puts a new key on top; httpd reads it when it is reloaded, or by\n"
    "# itself where its children may read this file. Remove an old key when\n"
    "# the sessions that it sealed have ended.\n";

/* --- The text --- */

apr_size_t sst_key_file_line(const char *text, apr_size_t len)
{
    const char *end = memchr(text, '\n', len);

    return end != NULL ? (apr_size_t) (end - text) + 1 : len;
}

apr_size_t sst_key_file_head(const char *text, apr_size_t len)
{
    apr_size_t at = 0;

    while (at < len) {
        apr_size_t line = sst_key_file_line(text + at, len - at);
        apr_size_t blank = strspn(text + at, " \t\r");

        if (blank < line && text[at + blank] != '\n'
            && text[at + blank] != '#') {
            break;
        }
        at += line;
    }
    return at;
}

/* --- The file as it is --- */

static sst_status_t read_text(sst_key_file_t *file, apr_file_t *from,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_os_file_t fd;
    apr_status_t rv;

    (void) apr_os_file_get(&fd, from);
    if (fstat(fd, &file->info) != 0 || !S_ISREG(file->info.st_mode)
        || file->info.st_size > FILE_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s is not a key file", file->path);
    }
    file->exists = 1;
    file->text = apr_pcalloc(pool, (apr_size_t) file->info.st_size + 1);
    rv = apr_file_read_full(from, file->text,
                            (apr_size_t) file->info.st_size, &file->len);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return sst_error_set(err, SST_DENIED, rv, "%s cannot be read",
                             file->path);
    }
    return SST_OK;
}

static sst_status_t read_file(sst_key_file_t *file, sst_error_t *err,
                              apr_pool_t *pool)
{
    apr_file_t *from;
    sst_status_t status;
    apr_status_t rv = apr_file_open(&from, file->path, APR_FOPEN_READ
                                    | APR_FOPEN_BINARY, APR_OS_DEFAULT, pool);

    if (APR_STATUS_IS_ENOENT(rv)) {
        file->text = apr_pstrdup(pool, file_head);
        file->len = strlen(file_head);
        return SST_OK;
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_DENIED, rv, "%s cannot be read",
                             file->path);
    }
    status = read_text(file, from, err, pool);
    (void) apr_file_close(from);
    return status;
}

/* A file with keys has to be one that httpd would take. It is parsed before its
 * rights are looked at: a file that is no key file is a mistake in PATH, and
 * its mode is not to be changed.
 */
static sst_status_t check_keys(sst_key_file_t *file, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_keyring_t *ring;
    sst_status_t status;

    if (sst_key_file_head(file->text, file->len) == file->len) {
        return SST_OK;
    }
    status = sst_keyring_parse(&ring, sst_span(file->text, file->len),
                               file->path, err, pool);
    if (status == SST_OK) {
        status = sst_keyring_load(&ring, file->path, err, pool);
    }
    if (status == SST_OK) {
        file->ring = ring;
    }
    return status;
}

/* --- The file that replaces it --- */

static sst_status_t open_new(sst_key_file_t *file, sst_error_t *err,
                             apr_pool_t *pool)
{
    apr_status_t rv = apr_file_open(&file->new_file, file->new_path,
                                    APR_FOPEN_WRITE | APR_FOPEN_CREATE
                                    | APR_FOPEN_EXCL | APR_FOPEN_BINARY,
                                    APR_FPROT_UREAD | APR_FPROT_UWRITE, pool);

    if (APR_STATUS_IS_EEXIST(rv)) {
        return sst_error_set(err, SST_CONFLICT, APR_SUCCESS,
                             "%s exists: another htsession is at work, or "
                             "one was interrupted; if none runs, remove that "
                             "file", file->new_path);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_DENIED, rv, "%s cannot be made",
                             file->new_path);
    }
    return SST_OK;
}

static sst_status_t write_new(const sst_key_file_t *file, const char *text,
                              apr_size_t len, sst_error_t *err)
{
    apr_status_t rv = apr_file_write_full(file->new_file, text, len, NULL);

    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_UNAVAILABLE, rv,
                             "%s cannot be written", file->new_path);
    }
    return SST_OK;
}

/* The owner before the mode: a change of owner may clear bits of the mode. */
static sst_status_t keep_owner(const sst_key_file_t *file, sst_error_t *err)
{
    mode_t mode = file->exists ? file->info.st_mode & MODE_MASK : 0600;
    apr_os_file_t fd;

    (void) apr_os_file_get(&fd, file->new_file);
    if (file->exists
        && fchown(fd, file->info.st_uid, file->info.st_gid) != 0) {
        return sst_error_set(err, SST_DENIED, APR_FROM_OS_ERROR(errno),
                             "the owner of %s cannot be kept; run this as "
                             "root", file->path);
    }
    if (fchmod(fd, mode) != 0) {
        return sst_error_set(err, SST_DENIED, APR_FROM_OS_ERROR(errno),
                             "the mode of %s cannot be set", file->new_path);
    }
    return SST_OK;
}

/* A rename survives a power failure when its folder has been written. */
static void sync_folder(const char *path, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');
    const char *folder = ".";
    int fd;

    if (slash != NULL) {
        folder = apr_pstrmemdup(pool, path,
                                slash == path ? 1
                                              : (apr_size_t) (slash - path));
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void) fsync(fd);
        (void) close(fd);
    }
}

static sst_status_t put_in_place(const sst_key_file_t *file, sst_error_t *err,
                                 apr_pool_t *pool)
{
    apr_status_t rv = apr_file_sync(file->new_file);

    if (rv == APR_SUCCESS) {
        rv = apr_file_rename(file->new_path, file->path, pool);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_UNAVAILABLE, rv,
                             "%s cannot be written", file->path);
    }
    sync_folder(file->path, pool);
    return SST_OK;
}

/* A file that stays as it is leaves no new one behind. */
static sst_status_t replace(sst_key_file_t *file, const char *text,
                            apr_size_t len, sst_error_t *err,
                            apr_pool_t *pool)
{
    sst_status_t status = keep_owner(file, err);

    if (status == SST_OK) {
        status = write_new(file, text, len, err);
    }
    if (status == SST_OK) {
        status = put_in_place(file, err, pool);
    }
    return status;
}

static sst_status_t edit_file(sst_key_file_t *file, sst_key_file_edit_t *edit,
                              void *baton, int *changed, sst_error_t *err,
                              apr_pool_t *pool)
{
    char *text = NULL;
    apr_size_t len = 0;
    sst_status_t status = read_file(file, err, pool);

    *changed = 0;
    if (status == SST_OK) {
        status = check_keys(file, err, pool);
    }
    if (status == SST_OK) {
        status = edit(&text, &len, file, baton, err, pool);
    }
    if (status == SST_OK && text != NULL) {
        status = replace(file, text, len, err, pool);
        *changed = status == SST_OK;
    }
    if (text != NULL) {
        sst_wipe(text, len);
    }
    sst_wipe(file->text, file->len);
    return status;
}

sst_status_t sst_key_file_change(sst_key_file_t *file, const char *path,
                                 sst_key_file_edit_t *edit, void *baton,
                                 sst_error_t *err, apr_pool_t *pool)
{
    char *real = realpath(path, NULL);
    int changed;
    sst_status_t status;

    memset(file, 0, sizeof(*file));
    file->path = apr_pstrdup(pool, real != NULL ? real : path);
    file->new_path = apr_pstrcat(pool, file->path, ".new", NULL);
    free(real);
    status = open_new(file, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = edit_file(file, edit, baton, &changed, err, pool);
    (void) apr_file_close(file->new_file);
    if (!changed) {
        (void) apr_file_remove(file->new_path, pool);
    }
    return status;
}
