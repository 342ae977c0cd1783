/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A folder of its own for a test that works on files. */

#define _XOPEN_SOURCE 700       /* nftw */

#include "tests/unit/tempdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#define OPEN_FOLDERS 16

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *place)
{
    (void) info;
    (void) kind;
    (void) place;
    (void) remove(path);
    return 0;
}

void unit_remove_folder(const char *path)
{
    (void) nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static apr_status_t remove_later(void *path)
{
    unit_remove_folder(path);
    return APR_SUCCESS;
}

const char *unit_temporary_folder(apr_pool_t *pool)
{
    const char *parent = NULL;
    char *path;

    if (apr_temp_dir_get(&parent, pool) != APR_SUCCESS) {
        return NULL;
    }
    path = apr_pstrcat(pool, parent, "/sst-test-XXXXXX", NULL);
    if (mkdtemp(path) == NULL) {
        return NULL;
    }
    apr_pool_cleanup_register(pool, path, remove_later,
                              apr_pool_cleanup_null);
    return path;
}
