/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession keygen: a new server key, as a line of text or on top of a key
 * file.
 *
 * A key file is replaced, never written in place: httpd may read it at any
 * moment. The new file, PATH.new, is made before the old one is read, and by
 * one process only, so that two calls at once cannot lose a key.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_portable.h>
#include <apr_strings.h>

#include "lib/bytes.h"
#include "lib/keyring.h"
#include "support/htsession.h"

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

/* A key file on its way: what is stored now, and what replaces it. */
typedef struct key_file_t {
    const char *path;           /* symbolic links resolved */
    const char *new_path;
    apr_file_t *new_file;
    int exists;
    struct stat info;           /* valid while exists */
    char *text;                 /* wiped by whoever called read_file */
    apr_size_t len;
    int count;                  /* keys in it, the new one included */
} key_file_t;

/* --- The text --- */

static apr_size_t line_len(const char *text, apr_size_t len)
{
    const char *end = memchr(text, '\n', len);

    return end != NULL ? (apr_size_t) (end - text) + 1 : len;
}

/* How much of the text comes before the first key: comments, blank lines. */
static apr_size_t head_len(const char *text, apr_size_t len)
{
    apr_size_t at = 0;

    while (at < len) {
        apr_size_t line = line_len(text + at, len - at);
        apr_size_t blank = strspn(text + at, " \t\r");

        if (blank < line && text[at + blank] != '\n'
            && text[at + blank] != '#') {
            break;
        }
        at += line;
    }
    return at;
}

/* A buffer from `pool` with the text and a new key on top of its keys. *len is
 * set also on failure: that much of the buffer is to be wiped.
 */
static sst_status_t text_with_key(char **out, apr_size_t *len,
                                  const key_file_t *file, sst_error_t *err,
                                  apr_pool_t *pool)
{
    apr_size_t head = head_len(file->text, file->len);
    char *at;
    sst_status_t status;

    *len = file->len + SST_KEY_LINE_LEN + 2;
    *out = apr_pcalloc(pool, *len + 1);
    memcpy(*out, file->text, head);
    at = *out + head;
    if (head > 0 && at[-1] != '\n') {
        *at++ = '\n';
    }
    status = sst_keyring_generate(at, err);
    at += SST_KEY_LINE_LEN;
    *at++ = '\n';
    memcpy(at, file->text + head, file->len - head);
    at += file->len - head;
    *len = (apr_size_t) (at - *out);
    return status;
}

/* --- The file as it is --- */

static sst_status_t read_text(key_file_t *file, apr_file_t *from,
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

static sst_status_t read_file(key_file_t *file, sst_error_t *err,
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
static sst_status_t check_keys(key_file_t *file, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_keyring_t *ring;
    sst_status_t status;

    file->count = 1;
    if (head_len(file->text, file->len) == file->len) {
        return SST_OK;
    }
    status = sst_keyring_parse(&ring, sst_span(file->text, file->len),
                               file->path, err, pool);
    if (status == SST_OK) {
        status = sst_keyring_load(&ring, file->path, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    if (ring->count >= SST_KEYRING_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "%s holds %d keys, which is as many as it may: "
                             "remove the last lines first", file->path,
                             ring->count);
    }
    file->count += ring->count;
    return SST_OK;
}

/* --- The file that replaces it --- */

static sst_status_t open_new(key_file_t *file, sst_error_t *err,
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

static sst_status_t write_new(const key_file_t *file, sst_error_t *err,
                              apr_pool_t *pool)
{
    char *text;
    apr_size_t len;
    apr_status_t rv;
    sst_status_t status = text_with_key(&text, &len, file, err, pool);

    if (status == SST_OK) {
        rv = apr_file_write_full(file->new_file, text, len, NULL);
        if (rv != APR_SUCCESS) {
            status = sst_error_set(err, SST_UNAVAILABLE, rv,
                                   "%s cannot be written", file->new_path);
        }
    }
    sst_wipe(text, len);
    return status;
}

/* The owner before the mode: a change of owner may clear bits of the mode. */
static sst_status_t keep_owner(const key_file_t *file, sst_error_t *err)
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

static sst_status_t put_in_place(const key_file_t *file, sst_error_t *err,
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

static sst_status_t fill_new(key_file_t *file, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_status_t status = read_file(file, err, pool);

    if (status == SST_OK) {
        status = check_keys(file, err, pool);
    }
    if (status == SST_OK) {
        status = keep_owner(file, err);
    }
    if (status == SST_OK) {
        status = write_new(file, err, pool);
    }
    if (status == SST_OK) {
        status = put_in_place(file, err, pool);
    }
    sst_wipe(file->text, file->len);
    return status;
}

static sst_status_t add_key(key_file_t *file, const char *path,
                            sst_error_t *err, apr_pool_t *pool)
{
    char *real = realpath(path, NULL);
    sst_status_t status;

    memset(file, 0, sizeof(*file));
    file->path = apr_pstrdup(pool, real != NULL ? real : path);
    file->new_path = apr_pstrcat(pool, file->path, ".new", NULL);
    free(real);
    status = open_new(file, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = fill_new(file, err, pool);
    (void) apr_file_close(file->new_file);
    if (status != SST_OK) {
        (void) apr_file_remove(file->new_path, pool);
    }
    return status;
}

/* --- The verb --- */

static sst_exit_t keygen_file(const sst_cli_t *cli, const char *path)
{
    key_file_t file;
    sst_error_t err;

    sst_error_clear(&err);
    if (add_key(&file, path, &err, cli->pool) != SST_OK) {
        return sst_cli_failed(cli, &err);
    }
    if (file.exists) {
        apr_file_printf(cli->out, "%s: new key on top, %d in all; reload "
                        "httpd to use it, unless its children may read this "
                        "file\n", file.path, file.count);
    }
    else {
        apr_file_printf(cli->out, "%s: made, with one key\n", file.path);
    }
    return SST_EXIT_DONE;
}

/* Straight to the descriptor: a stream's buffer could not be wiped. */
static sst_exit_t keygen_print(const sst_cli_t *cli)
{
    char line[SST_KEY_LINE_LEN + 1];
    sst_error_t err;
    apr_status_t rv;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_keyring_generate(line, &err);
    if (status == SST_OK) {
        line[SST_KEY_LINE_LEN] = '\n';
        rv = apr_file_write_full(cli->out, line, sizeof(line), NULL);
        if (rv != APR_SUCCESS) {
            status = sst_error_set(&err, SST_UNAVAILABLE, rv,
                                   "the key cannot be written");
        }
    }
    sst_wipe(line, sizeof(line));
    return status == SST_OK ? SST_EXIT_DONE : sst_cli_failed(cli, &err);
}

static sst_exit_t keygen_run(const sst_cli_t *cli, int argc,
                             const char *const *argv)
{
    return argc == 0 ? keygen_print(cli) : keygen_file(cli, argv[0]);
}

const sst_verb_t sst_verb_keygen = {
    .name = "keygen",
    .arguments = "[PATH]",
    .summary = "makes a server key",
    .help =
        "Makes a new server key from the system's random numbers.\n"
        "\n"
        "With PATH, the name of a key file, the key goes into that file. A\n"
        "file that does not exist is made, readable by its owner only. In a\n"
        "file that exists the key is put on top: it seals from the next\n"
        "reload of httpd on (without one, where httpd's children may read\n"
        "the file), and the keys below it still open what they sealed. The\n"
        "file is replaced in one step and keeps its owner and mode.\n"
        "\n"
        "Without PATH, the key is written to the standard output as a line\n"
        "of a key file. It is a secret: send it to a file or a pipe.\n",
    .arguments_max = 1,
    .run = keygen_run
};
