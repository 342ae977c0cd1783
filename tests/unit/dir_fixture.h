/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A token directory of its own for each test, and what the tests do to it
 * behind its back. *state is a fixture_t (tests/contract/contract.h), whose
 * store is open, prepared and started.
 */
#ifndef SST_TESTS_DIR_FIXTURE_H
#define SST_TESTS_DIR_FIXTURE_H

#include <sys/types.h>

#include "tests/contract/contract.h"

#define DIR_TEST(test) \
    cmocka_unit_test_setup_teardown(test, dir_setup, contract_teardown)

/* A user that is nobody's, for what must not be root's. */
#define DIR_OTHER_UID 64321
#define DIR_OTHER_GID 64322

int dir_setup(void **state);

/* A store of this path, prepared for and started as whoever we are; NULL and a
 * line on stderr when that fails. For processes that a test forks.
 */
sst_store_t *dir_open(const char *path, apr_pool_t *pool);

/* A store of this path that is neither prepared nor started. */
sst_store_t *dir_describe(const char *path, apr_pool_t *pool);

/* The directory's path, one below it, and the paths of a row's file, a user's
 * folder and an entry in it.
 */
const char *dir_path(const fixture_t *fixture);
const char *dir_below(const fixture_t *fixture, const char *name);
const char *dir_row_path(const fixture_t *fixture, const sst_row_t *row);
const char *dir_user_path(const fixture_t *fixture, const sst_row_t *user);

/* Makes a record and answers its version. */
sst_version_t dir_put(fixture_t *fixture, const sst_row_t *row,
                      const char *body);

/* How many names in a folder begin like this. */
int dir_count(const char *folder, const char *prefix);

/* Writes a file of this text. */
void dir_write_file(const char *path, const char *text);

/* Runs a function in a process of its own, as DIR_OTHER_UID where we are root,
 * and answers what it answers (0 to 100), or 101 when it dies.
 */
typedef int dir_work_t(void *baton);
int dir_run_as_other(dir_work_t *work, void *baton);
int dir_run_apart(dir_work_t *work, void *baton);

/* Waits for a process to end by itself or by a signal. */
void dir_wait_for_end(pid_t pid);

#endif
