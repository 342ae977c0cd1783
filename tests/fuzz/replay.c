/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Runs a fuzz target over its seeds, or over the files of the command line. */

#include <stdio.h>
#include <stdlib.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "tests/fuzz/fuzz.h"

/* Handed over in a block of its own size, so that a sanitizer sees the first
 * byte that is read beyond it.
 */
static void run_file(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    uint8_t *data;

    fuzz_require(apr_file_open(&file, path, APR_FOPEN_READ, APR_OS_DEFAULT,
                               pool) == APR_SUCCESS
                 && apr_file_info_get(&info, APR_FINFO_SIZE,
                                      file) == APR_SUCCESS, path);
    data = malloc(info.size > 0 ? (size_t) info.size : 1);
    fuzz_require(data != NULL
                 && (info.size == 0
                     || apr_file_read_full(file, data,
                                           (apr_size_t) info.size,
                                           NULL) == APR_SUCCESS), path);
    (void) apr_file_close(file);
    (void) LLVMFuzzerTestOneInput(data, (size_t) info.size);
    free(data);
}

static int run_seeds(apr_pool_t *pool)
{
    const char *top = getenv("srcdir");
    const char *folder = apr_pstrcat(pool, top ? top : ".",
                                     "/tests/fuzz/seeds/", fuzz_target, NULL);
    apr_finfo_t entry;
    apr_dir_t *dir;
    int count = 0;

    fuzz_require(apr_dir_open(&dir, folder, pool) == APR_SUCCESS, folder);
    while (apr_dir_read(&entry, APR_FINFO_NAME | APR_FINFO_TYPE,
                        dir) == APR_SUCCESS) {
        if (entry.filetype == APR_REG) {
            run_file(apr_pstrcat(pool, folder, "/", entry.name, NULL), pool);
            count++;
        }
    }
    (void) apr_dir_close(dir);
    fuzz_require(count > 0, "there are seeds");
    return count;
}

int main(int argc, char **argv)
{
    apr_pool_t *pool;
    int count = 0;

    fuzz_require(apr_initialize() == APR_SUCCESS
                 && apr_pool_create(&pool, NULL) == APR_SUCCESS,
                 "APR starts");
    if (argc < 2) {
        count = run_seeds(pool);
    }
    for (; count < argc - 1; count++) {
        run_file(argv[count + 1], pool);
    }
    printf("%s: %d inputs\n", fuzz_target, count);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
