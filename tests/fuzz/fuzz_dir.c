/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as a session's file in a token directory, and any names beside it
 * and among a user's entries. The first byte chooses the operation; then comes
 * the file, then names.
 *
 * Subject: lib/backends/dir.c lib/backends/dir_files.c
 * Subject: lib/backends/dir_index.c lib/backends/dir_purge.c
 * Subject: lib/backends/dir_prepare.c
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/backends/dir.h"
#include "lib/clock.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/store_call.h"
#include "tests/unit/tempdir.h"

const char fuzz_target[] = "dir";

#define NAMES_MAX 4

static sst_store_t *open_store(apr_pool_t *pool)
{
    static const char *folder;
    int is_new = folder == NULL;
    sst_store_t *store;
    sst_error_t err;

    if (is_new) {
        folder = unit_temporary_folder(fuzz_lasting_pool());
        fuzz_require(folder != NULL, "there is a folder");
    }
    sst_error_clear(&err);
    fuzz_require(sst_store_open(&store, apr_pstrcat(pool, "dir:", folder,
                                                    "/store", NULL),
                                0, NULL, &err, pool) == SST_OK
                 && (!is_new
                     || store->ops->prepare(store, geteuid(), getegid(), &err,
                                            pool) == SST_OK)
                 && store->ops->start(store, &err, pool) == SST_OK,
                 "there is a store");
    return store;
}

/* A file of this name and content, unless no file can have it. */
static void write_file(const char *path, sst_span_t content)
{
    static const struct timespec times[2] = {
        { 1800000000, 0 }, { 1800001800, 0 }
    };
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        fuzz_require(content.len == 0
                     || write(fd, content.data, content.len)
                        == (ssize_t) content.len, "a file is written");
        (void) futimens(fd, times);
        (void) close(fd);
    }
}

/* Writes or removes files of the names that the input has, in a folder. */
static void leave_names(const char *where, const apr_array_header_t *names,
                        int make, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *path = apr_pstrcat(pool, where, "/",
                                       APR_ARRAY_IDX(names, i, char *), NULL);

        if (make) {
            write_file(path, sst_span(NULL, 0));
        }
        else {
            (void) unlink(path);
        }
    }
}

static apr_array_header_t *read_names(apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, NAMES_MAX,
                                               sizeof(char *));
    sst_span_t piece;

    while (names->nelts < NAMES_MAX && feed_piece(&piece)) {
        char *name = apr_pstrmemdup(pool, piece.len > 0
                                    ? (const char *) piece.data : "",
                                    piece.len);

        name[strcspn(name, "/")] = '\0';
        if (name[0] != '\0' && strcmp(name, ".") != 0
            && strcmp(name, "..") != 0) {
            APR_ARRAY_PUSH(names, char *) = name;
        }
    }
    return names;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_store_t *store = open_store(pool);
    const sst_dir_t *dir = store->impl;
    const char *row = sst_dir_place(dir, "rows", store_row(), pool);
    const char *user = sst_dir_place(dir, "users", store_user(), pool);
    const char *rows = sst_dir_folder(dir, "rows",
                                      sst_dir_number(store_row()), pool);
    apr_array_header_t *names;
    unsigned int choice;
    sst_span_t piece;

    feed_begin(data, size);
    choice = feed_byte();
    (void) feed_piece(&piece);
    names = read_names(pool);
    (void) mkdir(rows, 0700);
    (void) mkdir(sst_dir_folder(dir, "users", sst_dir_number(store_user()),
                                pool), 0700);
    (void) mkdir(user, 0700);
    write_file(row, piece);
    leave_names(rows, names, 1, pool);
    leave_names(user, names, 1, pool);
    store_call(store, choice, sst_clock() + apr_time_from_sec(10), pool);
    leave_names(rows, names, 0, pool);
    leave_names(user, names, 0, pool);
    return 0;
}
