/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A token directory of its own for each test. */

#include "tests/unit/dir_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>

#include "tests/unit/tempdir.h"

#define DIED 101

sst_store_t *dir_describe(const char *path, apr_pool_t *pool)
{
    sst_store_t *store = NULL;
    sst_error_t err;

    sst_error_clear(&err);
    if (sst_store_open(&store, apr_pstrcat(pool, "dir:", path, NULL), 0, NULL,
                       &err, pool) != SST_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    return store;
}

sst_store_t *dir_open(const char *path, apr_pool_t *pool)
{
    sst_store_t *store = dir_describe(path, pool);
    sst_error_t err;

    sst_error_clear(&err);
    if (store == NULL
        || store->ops->prepare(store, geteuid(), getegid(), &err, pool)
           != SST_OK
        || store->ops->start(store, &err, pool) != SST_OK) {
        fprintf(stderr, "%s\n", err.text);
        return NULL;
    }
    return store;
}

int dir_setup(void **state)
{
    apr_pool_t *pool = NULL;
    fixture_t *fixture;
    const char *folder;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture = apr_pcalloc(pool, sizeof(*fixture));
    fixture->pool = pool;
    folder = unit_temporary_folder(pool);
    /* Other users have to get through to what is theirs in it. */
    if (folder == NULL || chmod(folder, 0711) != 0) {
        return -1;
    }
    fixture->store = dir_open(apr_pstrcat(pool, folder, "/store", NULL),
                              pool);
    *state = fixture;
    return fixture->store != NULL ? 0 : -1;
}

/* --- Paths --- */

const char *dir_path(const fixture_t *fixture)
{
    return fixture->store->address;
}

const char *dir_below(const fixture_t *fixture, const char *name)
{
    return apr_pstrcat(fixture->pool, dir_path(fixture), "/", name, NULL);
}

static const char *place(const fixture_t *fixture, const char *area,
                         const sst_row_t *row)
{
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, row);
    return apr_psprintf(fixture->pool, "%s/%s/%.2s/%s", dir_path(fixture),
                        area, hex, hex + 2);
}

const char *dir_row_path(const fixture_t *fixture, const sst_row_t *row)
{
    return place(fixture, "rows", row);
}

const char *dir_user_path(const fixture_t *fixture, const sst_row_t *user)
{
    return place(fixture, "users", user);
}

/* --- Contents --- */

sst_version_t dir_put(fixture_t *fixture, const sst_row_t *row,
                      const char *body)
{
    sst_version_t version = contract_version(1);

    assert_answer(fixture, contract_put(fixture, row, &version, body, NULL),
                  SST_OK);
    return version;
}

int dir_count(const char *folder, const char *prefix)
{
    DIR *open = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    assert_non_null(open);
    for (entry = readdir(open); entry != NULL; entry = readdir(open)) {
        count += entry->d_name[0] != '.'
                 && strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    }
    closedir(open);
    return count;
}

void dir_write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* --- Processes --- */

static int run(dir_work_t *work, void *baton, int as_other)
{
    pid_t pid = fork();
    int code;

    assert_true(pid >= 0);
    if (pid == 0) {
        if (as_other && geteuid() == 0
            && (setgid(DIR_OTHER_GID) != 0 || setuid(DIR_OTHER_UID) != 0)) {
            _exit(DIED);
        }
        _exit(work(baton));
    }
    assert_int_equal(waitpid(pid, &code, 0), pid);
    return WIFEXITED(code) ? WEXITSTATUS(code) : DIED;
}

int dir_run_as_other(dir_work_t *work, void *baton)
{
    return run(work, baton, 1);
}

int dir_run_apart(dir_work_t *work, void *baton)
{
    return run(work, baton, 0);
}

void dir_wait_for_end(pid_t pid)
{
    int code;

    assert_int_equal(waitpid(pid, &code, 0), pid);
}
