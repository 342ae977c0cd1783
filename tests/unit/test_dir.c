/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory's own rules: what it makes and checks, what it refuses,
 * and what it says when the file system fails. The rules of every store are
 * in tests/contract.
 */

#include "tests/unit/dir_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The error names the path and this remedy. */
static void assert_says(const fixture_t *fixture, const char *path,
                        const char *remedy)
{
    if (strstr(fixture->err.text, path) == NULL
        || strstr(fixture->err.text, remedy) == NULL) {
        fail_msg("\"%s\" names neither or only one of \"%s\" and \"%s\"",
                 fixture->err.text, path, remedy);
    }
}

/* No text shows more than 8 digits of a row. */
static void assert_hides(const fixture_t *fixture, const sst_row_t *row)
{
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, row);
    /* The path has a slash behind the second digit. */
    hex[2 + 7] = '\0';
    assert_null(strstr(fixture->err.text, hex + 2));
}

static sst_status_t prepare(fixture_t *fixture, const char *path,
                            apr_uid_t uid, apr_gid_t gid)
{
    sst_store_t *store = dir_describe(path, fixture->pool);

    assert_non_null(store);
    return store->ops->prepare(store, uid, gid, &fixture->err, fixture->pool);
}

static sst_status_t prepare_own(fixture_t *fixture, const char *path)
{
    return prepare(fixture, path, geteuid(), getegid());
}

static void assert_mode(const char *path, mode_t mode)
{
    struct stat info;

    assert_int_equal(lstat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, mode);
}

static void assert_owner(const char *path, uid_t uid, gid_t gid)
{
    struct stat info;

    assert_int_equal(lstat(path, &info), 0);
    assert_int_equal(info.st_uid, uid);
    assert_int_equal(info.st_gid, gid);
}

/* --- Making and checking it --- */

static const char *const areas[] = { "rows", "users", "locks" };

static void prepare_makes_what_is_missing_closed_to_others(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "new");
    mode_t mask = umask(0);
    size_t i;

    assert_answer(fixture, prepare_own(fixture, path), SST_OK);
    umask(mask);
    assert_mode(path, 0700);
    for (i = 0; i < COUNT_OF(areas); i++) {
        assert_mode(apr_pstrcat(fixture->pool, path, "/", areas[i], NULL),
                    0700);
    }
}

static void prepare_accepts_what_it_has_made(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();

    (void) dir_put(fixture, &row, "x");
    assert_answer(fixture, prepare_own(fixture, dir_path(fixture)), SST_OK);
}

static void prepare_needs_the_parent_directory(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "missing/store");

    assert_answer(fixture, prepare_own(fixture, path), SST_UNAVAILABLE);
    assert_says(fixture, path, "install -d -m 0700 -o ");
}

static void prepare_refuses_a_link_to_a_directory(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "link");

    assert_int_equal(symlink(dir_path(fixture), path), 0);
    assert_answer(fixture, prepare_own(fixture, path), SST_DENIED);
    assert_says(fixture, path, "symbolic link");
}

static void prepare_refuses_a_file(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "file");

    dir_write_file(path, "");
    assert_answer(fixture, prepare_own(fixture, path), SST_DENIED);
    assert_says(fixture, path, "is not a directory");
}

static void prepare_refuses_a_directory_that_others_can_enter(void **state)
{
    static const mode_t modes[] = { 0710, 0740, 0720, 0701, 0704, 0702, 0777 };
    fixture_t *fixture = *state;
    const char *path = dir_path(fixture);
    size_t i;

    for (i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_answer(fixture, prepare_own(fixture, path), SST_DENIED);
        assert_says(fixture, path,
                    apr_pstrcat(fixture->pool, "chmod 0700 ", path, NULL));
    }
}

static void prepare_refuses_a_directory_that_we_cannot_write(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_path(fixture);

    assert_int_equal(chmod(path, 0500), 0);
    assert_answer(fixture, prepare_own(fixture, path), SST_DENIED);
    assert_int_equal(chmod(path, 0700), 0);
    assert_says(fixture, path, "chmod 0700 ");
}

static void prepare_refuses_links_among_its_folders(void **state)
{
    static const char *const names[] = {
        "rows/ab", "users/ab", "rows", "users", "locks"
    };
    fixture_t *fixture = *state;
    const char *path = dir_path(fixture);
    const char *aside = dir_below(fixture, "aside");
    size_t i;

    assert_int_equal(mkdir(dir_below(fixture, "rows/ab"), 0700), 0);
    assert_int_equal(mkdir(dir_below(fixture, "users/ab"), 0700), 0);
    for (i = 0; i < COUNT_OF(names); i++) {
        const char *folder = dir_below(fixture, names[i]);

        assert_int_equal(rename(folder, aside), 0);
        assert_int_equal(symlink(aside, folder), 0);
        assert_answer(fixture, prepare_own(fixture, path), SST_DENIED);
        assert_says(fixture, folder, "symbolic link");
        assert_int_equal(unlink(folder), 0);
        assert_int_equal(rename(aside, folder), 0);
    }
    assert_answer(fixture, prepare_own(fixture, path), SST_OK);
}

static void start_refuses_a_missing_directory(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "missing");
    sst_store_t *store = dir_describe(path, fixture->pool);

    assert_answer(fixture, store->ops->start(store, &fixture->err,
                                             fixture->pool),
                  SST_UNAVAILABLE);
    assert_says(fixture, path, "install -d -m 0700");
}

static void start_refuses_a_link(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "link");
    sst_store_t *store = dir_describe(path, fixture->pool);

    assert_int_equal(symlink(dir_path(fixture), path), 0);
    assert_answer(fixture, store->ops->start(store, &fixture->err,
                                             fixture->pool), SST_DENIED);
    assert_says(fixture, path, "symbolic link");
}

/* --- What is in it --- */

static int wrong_modes;
static int wrong_names;
static int files;

static int only_hex(const char *name)
{
    apr_size_t len = strlen(name);

    return strspn(name, "0123456789abcdef") == len
           && (len == 2 || len == 62 || len == 64);
}

static int check_one(const char *path, const struct stat *info, int kind,
                     struct FTW *place)
{
    mode_t mode = info->st_mode & 07777;

    wrong_modes += mode != (kind == FTW_F ? 0600 : 0700);
    wrong_names += place->level > 1 && !only_hex(path + place->base);
    files += kind == FTW_F;
    return 0;
}

static void files_are_private_and_have_digests_as_names(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_row_t user = contract_row();
    mode_t mask = umask(0);

    (void) dir_put(fixture, &row, "x");
    assert_answer(fixture, store->ops->index_add(store, &user, &row,
                                                 contract_now_s() + 60,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    umask(mask);
    wrong_modes = 0;
    wrong_names = 0;
    files = 0;
    assert_int_equal(nftw(dir_path(fixture), check_one, 8, FTW_PHYS), 0);
    assert_int_equal(wrong_modes, 0);
    assert_int_equal(wrong_names, 0);
    assert_true(files >= 3);        /* the row, the entry, a lock or two */
}

static void a_record_is_the_value_and_its_time_the_expiry(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    sst_span_t value = contract_value(&version, unit_text("body"),
                                      fixture->pool);
    struct stat info;

    assert_answer(fixture, store->ops->put(store, &row, value, 4102444800,
                                           NULL, contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_OK);
    assert_int_equal(stat(dir_row_path(fixture, &row), &info), 0);
    assert_int_equal(info.st_size, value.len);
    assert_int_equal(info.st_mtime, 4102444800);
}

/* What a backup has linked must not change under it. */
static void a_hard_link_to_a_record_keeps_what_it_had(void **state)
{
    fixture_t *fixture = *state;
    const char *backup = dir_below(fixture, "backup");
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    sst_version_t second = contract_version(2);
    struct stat before;
    struct stat after;

    assert_int_equal(link(dir_row_path(fixture, &row), backup), 0);
    assert_int_equal(stat(backup, &before), 0);
    assert_answer(fixture, contract_put(fixture, &row, &second, "longer",
                                        &first), SST_OK);
    assert_int_equal(stat(backup, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    contract_assert_stored(fixture, &row, &second, "longer");
}

static void the_user_folder_goes_with_its_last_entry(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, store->ops->index_add(store, &user, &row,
                                                 contract_now_s() + 60,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    assert_mode(dir_user_path(fixture, &user), 0700);
    assert_answer(fixture, store->ops->index_remove(store, &user, &row,
                                                    contract_deadline(),
                                                    &fixture->err,
                                                    fixture->pool), SST_OK);
    assert_int_equal(access(dir_user_path(fixture, &user), F_OK), -1);
}

static void expired_entries_go_when_they_are_listed(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();
    struct timespec times[2] = { { 0, UTIME_OMIT }, { 1000, 0 } };
    char hex[SST_ROW_HEX_LEN + 1];
    apr_array_header_t *rows;

    assert_answer(fixture, store->ops->index_add(store, &user, &row,
                                                 contract_now_s() + 60,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    sst_row_hex(hex, &row);
    assert_int_equal(utimensat(AT_FDCWD,
                               apr_pstrcat(fixture->pool,
                                           dir_user_path(fixture, &user), "/",
                                           hex, NULL), times, 0), 0);
    assert_answer(fixture, store->ops->index_list(&rows, store, &user,
                                                  contract_deadline(),
                                                  &fixture->err,
                                                  fixture->pool), SST_OK);
    assert_int_equal(rows->nelts, 0);
    assert_int_equal(access(dir_user_path(fixture, &user), F_OK), -1);
}

/* --- What is refused in the place of a record --- */

static void assert_row_refused(fixture_t *fixture, const sst_row_t *row,
                               const char *remedy)
{
    sst_version_t expected = contract_version(1);
    sst_version_t version = contract_version(2);
    sst_value_t value;

    assert_answer(fixture, contract_get(&value, fixture, row), SST_DENIED);
    assert_says(fixture, dir_path(fixture), remedy);
    assert_hides(fixture, row);
    assert_null(value.bytes.data);
    assert_answer(fixture, contract_put(fixture, row, &version, "x",
                                        &expected), SST_DENIED);
    assert_hides(fixture, row);
    assert_answer(fixture, contract_remove(fixture, row, &expected),
                  SST_DENIED);
    assert_hides(fixture, row);
}

static void a_link_in_the_place_of_a_record_is_refused(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    const char *path = dir_row_path(fixture, &row);
    const char *aside = dir_below(fixture, "aside");

    (void) dir_put(fixture, &row, "x");
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
    assert_row_refused(fixture, &row, "symbolic link");
    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 60),
                  SST_DENIED);
    assert_hides(fixture, &row);
}

static void a_pipe_in_the_place_of_a_record_is_refused(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    const char *path = dir_row_path(fixture, &row);

    (void) dir_put(fixture, &row, "x");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_row_refused(fixture, &row, "not a plain file");
}

static void a_folder_in_the_place_of_a_record_is_refused(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    const char *path = dir_row_path(fixture, &row);

    (void) dir_put(fixture, &row, "x");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_row_refused(fixture, &row, "not a plain file");
}

static void a_record_cut_short_is_corrupt(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_value_t value;
    apr_size_t len;

    (void) dir_put(fixture, &row, "x");
    for (len = SST_VERSION_LEN; len > 0; len--) {
        assert_int_equal(truncate(dir_row_path(fixture, &row),
                                  (off_t) len - 1), 0);
        assert_answer(fixture, contract_get(&value, fixture, &row),
                      SST_CORRUPT);
        assert_null(value.bytes.data);
        assert_int_equal(value.expires_s, 0);
    }
}

static void a_record_of_impossible_size_is_corrupt(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_value_t value;

    (void) dir_put(fixture, &row, "x");
    assert_int_equal(truncate(dir_row_path(fixture, &row),
                              (off_t) fixture->store->ops->value_max + 1), 0);
    assert_answer(fixture, contract_get(&value, fixture, &row), SST_CORRUPT);
}

static void a_value_larger_than_allowed_is_too_big(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    unsigned char byte = 0;
    sst_value_t value;

    /* Refused by its length alone: the bytes need not be there. */
    assert_answer(fixture, store->ops->put(store, &row,
                                           sst_span(&byte,
                                                    store->ops->value_max
                                                    + 1),
                                           contract_now_s() + 60, NULL,
                                           contract_deadline(),
                                           &fixture->err, fixture->pool),
                  SST_TOO_BIG);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

typedef struct seen_t {
    int whole;
    int empty;
    apr_int64_t expires_s;      /* of the empty one */
} seen_t;

static sst_status_t see(void *baton, const sst_row_t *row,
                        const sst_value_t *value, apr_pool_t *pool)
{
    seen_t *seen = baton;

    seen->whole += value->bytes.len > 0;
    if (value->bytes.len == 0) {
        seen->empty++;
        seen->expires_s = value->expires_s;
    }
    return SST_OK;
}

static void scan_shows_a_broken_file_as_an_empty_value(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row;
    const char *broken;
    seen_t seen = { 0, 0, 0 };
    struct stat info;
    int i;

    for (i = 0; i < 20; i++) {
        row = contract_row();
        (void) dir_put(fixture, &row, "x");
    }
    broken = dir_row_path(fixture, &row);
    assert_int_equal(truncate(broken, 3), 0);
    assert_int_equal(stat(broken, &info), 0);
    dir_write_file(apr_pstrcat(fixture->pool, broken, "x", NULL),
                   "not a record");
    assert_answer(fixture, store->ops->scan(store, see, &seen, &fixture->err,
                                            fixture->pool), SST_OK);
    assert_int_equal(seen.whole, 19);
    assert_int_equal(seen.empty, 1);
    assert_int_equal(seen.expires_s, info.st_mtime);
}

/* --- The file system fails --- */

/* No operation takes a missing directory for a missing session. */
static void assert_all_fail(fixture_t *fixture, sst_status_t expected)
{
    sst_store_t *store = fixture->store;
    const sst_store_ops_t *ops = store->ops;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(2);
    sst_version_t before = contract_version(1);
    sst_purge_t purge = { 0, 0, 0 };
    apr_array_header_t *rows = NULL;
    apr_time_t deadline = contract_deadline();
    apr_pool_t *pool = fixture->pool;
    sst_error_t *err = &fixture->err;
    sst_value_t value;
    seen_t seen = { 0, 0, 0 };

    assert_answer(fixture, contract_get(&value, fixture, &row), expected);
    assert_says(fixture, dir_path(fixture), "");
    assert_answer(fixture, contract_put(fixture, &row, &version, "x", NULL),
                  expected);
    assert_answer(fixture, contract_put(fixture, &row, &version, "x",
                                        &before), expected);
    assert_answer(fixture, contract_touch(fixture, &row, 1), expected);
    assert_answer(fixture, contract_remove(fixture, &row, NULL), expected);
    assert_answer(fixture, contract_remove(fixture, &row, &before), expected);
    assert_answer(fixture, ops->index_add(store, &row, &row, 1, deadline, err,
                                          pool), expected);
    assert_answer(fixture, ops->index_list(&rows, store, &row, deadline, err,
                                           pool), expected);
    assert_null(rows);
    assert_answer(fixture, ops->index_remove(store, &row, &row, deadline, err,
                                             pool), expected);
    assert_answer(fixture, ops->scan(store, see, &seen, err, pool),
                  expected);
    assert_answer(fixture, ops->purge(&purge, store, contract_now_s(),
                                      apr_time_from_sec(1), err, pool),
                  expected);
}

static void a_missing_directory_is_a_failure_and_no_miss(void **state)
{
    fixture_t *fixture = *state;
    const char *aside = apr_pstrcat(fixture->pool, dir_path(fixture), "-aside",
                                    NULL);
    sst_row_t row = contract_row();
    sst_version_t version = dir_put(fixture, &row, "x");

    assert_int_equal(rename(dir_path(fixture), aside), 0);
    assert_all_fail(fixture, SST_UNAVAILABLE);
    assert_says(fixture, dir_path(fixture), "install -d -m 0700");
    assert_int_equal(rename(aside, dir_path(fixture)), 0);
    contract_assert_stored(fixture, &row, &version, "x");
}

/* What an unmounted disk leaves behind. */
static void an_empty_directory_is_a_failure_and_no_miss(void **state)
{
    fixture_t *fixture = *state;
    const char *aside = apr_pstrcat(fixture->pool, dir_path(fixture), "-aside",
                                    NULL);

    assert_int_equal(rename(dir_path(fixture), aside), 0);
    assert_int_equal(mkdir(dir_path(fixture), 0700), 0);
    assert_all_fail(fixture, SST_UNAVAILABLE);
    assert_int_equal(rmdir(dir_path(fixture)), 0);
    assert_int_equal(rename(aside, dir_path(fixture)), 0);
}

static int use_up_descriptors(void *baton)
{
    fixture_t *fixture = baton;
    struct rlimit limit;
    sst_row_t row = contract_row();
    sst_value_t value;
    sst_status_t status;

    /* Nothing above what is open already. */
    limit.rlim_cur = 3;
    limit.rlim_max = 3;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 1;
    }
    sst_error_clear(&fixture->err);
    status = contract_get(&value, fixture, &row);
    if (status != SST_UNAVAILABLE
        || strstr(fixture->err.text, "too many files open") == NULL) {
        fprintf(stderr, "%s: %s\n", sst_status_name(status),
                fixture->err.text);
        return 2;
    }
    return 0;
}

static void too_many_open_files_is_a_failure_and_no_miss(void **state)
{
    assert_int_equal(dir_run_apart(use_up_descriptors, *state), 0);
}

/* As a user whom permissions bind: the fixture is root's where tests run as
 * root, and so this makes its own in a folder that is given to that user.
 */
static int use_closed_folder(void *baton)
{
    fixture_t *fixture = baton;
    sst_row_t row = contract_row();
    sst_version_t first;
    sst_version_t second;
    sst_value_t value;
    const char *folder;

    fixture->store = dir_open(dir_below(fixture, "other/store"),
                              fixture->pool);
    if (fixture->store == NULL) {
        return 1;
    }
    first = contract_version(1);
    second = contract_version(2);
    sst_error_clear(&fixture->err);
    if (contract_put(fixture, &row, &first, "one", NULL) != SST_OK) {
        return 2;
    }
    folder = apr_pstrmemdup(fixture->pool, dir_row_path(fixture, &row),
                            strlen(dir_path(fixture)) + strlen("/rows/xx"));
    if (chmod(folder, 0500) != 0
        || contract_put(fixture, &row, &second, "two", &first) != SST_DENIED
        || strstr(fixture->err.text, "permission denied") == NULL) {
        return 3;
    }
    sst_error_clear(&fixture->err);
    if (contract_get(&value, fixture, &row) != SST_OK
        || !sst_version_equal(&value.version, &first)) {
        return 4;
    }
    if (chmod(folder, 0000) != 0
        || contract_get(&value, fixture, &row) != SST_DENIED) {
        return 5;
    }
    if (chmod(folder, 0700) != 0
        || contract_put(fixture, &row, &second, "two", &first) != SST_OK) {
        return 6;
    }
    return 0;
}

static void a_closed_folder_is_a_failure_and_loses_nothing(void **state)
{
    fixture_t *fixture = *state;
    const char *other = dir_below(fixture, "other");

    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(chmod(dir_path(fixture), 0711), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(other, DIR_OTHER_UID, DIR_OTHER_GID), 0);
    }
    assert_int_equal(dir_run_as_other(use_closed_folder, fixture), 0);
}

/* --- As root --- */

static void prepare_gives_the_directory_to_the_children(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "new");
    size_t i;

    assert_answer(fixture, prepare(fixture, path, DIR_OTHER_UID,
                                   DIR_OTHER_GID), SST_OK);
    assert_owner(path, DIR_OTHER_UID, DIR_OTHER_GID);
    for (i = 0; i < COUNT_OF(areas); i++) {
        assert_owner(apr_pstrcat(fixture->pool, path, "/", areas[i], NULL),
                     DIR_OTHER_UID, DIR_OTHER_GID);
    }
}

static void prepare_refuses_a_directory_of_another_user(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_path(fixture);

    assert_answer(fixture, prepare(fixture, path, DIR_OTHER_UID,
                                   DIR_OTHER_GID), SST_DENIED);
    assert_says(fixture, path, apr_psprintf(fixture->pool, "chown -R %d %s",
                                            DIR_OTHER_UID, path));
}

static void a_file_of_another_user_is_refused(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();

    (void) dir_put(fixture, &row, "x");
    assert_int_equal(chown(dir_row_path(fixture, &row), DIR_OTHER_UID,
                           DIR_OTHER_GID), 0);
    assert_row_refused(fixture, &row, "belongs to another user");
}

/* Gives a fixture a store of the other user's, and starts it as root: what the
 * command-line tool does.
 */
static void start_on_other_users_store(fixture_t *fixture)
{
    const char *path = dir_below(fixture, "other");
    sst_store_t *store = dir_describe(path, fixture->pool);

    assert_answer(fixture, prepare(fixture, path, DIR_OTHER_UID,
                                   DIR_OTHER_GID), SST_OK);
    assert_int_equal(chmod(dir_path(fixture), 0711), 0);
    assert_answer(fixture, store->ops->start(store, &fixture->err,
                                             fixture->pool), SST_OK);
    fixture->store = store;
}

typedef struct handover_t {
    fixture_t *fixture;
    sst_row_t row;
    sst_version_t version;
} handover_t;

static int go_on_as_other(void *baton)
{
    handover_t *handover = baton;
    fixture_t *fixture = handover->fixture;
    sst_store_t *store = dir_open(dir_path(fixture), fixture->pool);
    sst_version_t next = contract_version(2);
    sst_error_t *err = &fixture->err;

    if (store == NULL) {
        return 1;
    }
    fixture->store = store;
    if (contract_put(fixture, &handover->row, &next, "two",
                     &handover->version) != SST_OK) {
        return 2;
    }
    return store->ops->index_remove(store, &handover->row, &handover->row,
                                    contract_deadline(), err, fixture->pool)
           == SST_OK ? 0 : 3;
}

static sst_status_t index_add(fixture_t *fixture, const sst_row_t *row)
{
    sst_store_t *store = fixture->store;

    sst_error_clear(&fixture->err);
    return store->ops->index_add(store, row, row, contract_now_s() + 60,
                                 contract_deadline(), &fixture->err,
                                 fixture->pool);
}

static void what_root_writes_is_the_children_s(void **state)
{
    fixture_t *fixture = *state;
    handover_t handover;
    const char *path;

    start_on_other_users_store(fixture);
    handover.fixture = fixture;
    handover.row = contract_row();
    handover.version = dir_put(fixture, &handover.row, "one");
    path = dir_row_path(fixture, &handover.row);
    assert_owner(path, DIR_OTHER_UID, DIR_OTHER_GID);
    assert_answer(fixture, index_add(fixture, &handover.row), SST_OK);
    assert_owner(dir_user_path(fixture, &handover.row), DIR_OTHER_UID,
                 DIR_OTHER_GID);
    assert_int_equal(dir_run_as_other(go_on_as_other, &handover), 0);
}

/* A lock that is somebody's hard link to a file of root. */
static void root_opens_nothing_that_the_owner_may_not_open(void **state)
{
    fixture_t *fixture = *state;
    const char *precious = dir_below(fixture, "precious");
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);

    start_on_other_users_store(fixture);
    dir_write_file(precious, "root's");
    assert_int_equal(chmod(precious, 0600), 0);
    assert_int_equal(link(precious,
                          dir_below(fixture,
                                    apr_psprintf(fixture->pool, "locks/%02x",
                                                 row.bytes[0]))), 0);
    assert_status(contract_put(fixture, &row, &version, "x", NULL),
                  SST_DENIED);
    assert_owner(precious, 0, getegid());
}

/* Puts a link to a folder of root's in the place of one of the store's. */
static const char *put_link(fixture_t *fixture, const char *area)
{
    const char *target = dir_below(fixture, apr_pstrcat(
        fixture->pool, "../root-", area, NULL));
    const char *place = dir_below(fixture, area);

    assert_int_equal(mkdir(target, 0755), 0);
    assert_int_equal(rename(place, apr_pstrcat(fixture->pool, place, "-away",
                                               NULL)), 0);
    assert_int_equal(symlink(target, place), 0);
    return target;
}

/* rmdir: it holds nothing. */
static void root_makes_nothing_behind_a_link_in_place_of_a_folder(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t version = contract_version(1);
    const char *rows;
    const char *locks;
    const char *users;

    start_on_other_users_store(fixture);
    rows = put_link(fixture, "rows");
    assert_status(contract_put(fixture, &row, &version, "x", NULL),
                  SST_DENIED);
    assert_int_equal(rmdir(rows), 0);
    users = put_link(fixture, "users");
    assert_status(index_add(fixture, &row), SST_DENIED);
    assert_int_equal(rmdir(users), 0);
    locks = put_link(fixture, "locks");
    assert_status(contract_put(fixture, &row, &version, "x", NULL),
                  SST_DENIED);
    assert_int_equal(rmdir(locks), 0);
}

static sst_status_t is_root_again(void *baton, const sst_row_t *row,
                                  const sst_value_t *value, apr_pool_t *pool)
{
    int *seen = baton;

    assert_int_equal(geteuid(), 0);
    (*seen)++;
    return SST_OK;
}

static void root_is_itself_again_after_each_operation(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    gid_t gid = getegid();
    int groups = getgroups(0, NULL);
    int seen = 0;

    start_on_other_users_store(fixture);
    (void) dir_put(fixture, &row, "x");
    assert_status(fixture->store->ops->scan(fixture->store, is_root_again,
                                            &seen, &fixture->err,
                                            fixture->pool), SST_OK);
    assert_int_equal(seen, 1);
    assert_int_equal(geteuid(), 0);
    assert_int_equal(getegid(), gid);
    assert_int_equal(getgroups(0, NULL), groups);
}

/* --- With a file system of its own --- */

static apr_status_t unmount(void *path)
{
    (void) umount2(path, MNT_DETACH);
    return APR_SUCCESS;
}

/* Mounts a file system in memory, which goes with the test. */
static const char *mount_disk(fixture_t *fixture, const char *options)
{
    const char *path = dir_below(fixture, "mounted");

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mount("tmpfs", path, "tmpfs", 0, options), 0);
    apr_pool_cleanup_register(fixture->pool, path, unmount,
                              apr_pool_cleanup_null);
    return path;
}

static void fill_up(const char *path)
{
    static const char block[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    while (write(fd, block, sizeof(block)) > 0) {
    }
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

static void assert_write_fails_and_loses_nothing(fixture_t *fixture,
                                                 const sst_row_t *row,
                                                 const sst_version_t *first,
                                                 const char *remedy)
{
    sst_version_t second = contract_version(2);
    char *body = apr_pcalloc(fixture->pool, 65536);
    const char *folder = apr_pstrmemdup(fixture->pool,
                                        dir_row_path(fixture, row),
                                        strlen(dir_path(fixture))
                                        + strlen("/rows/xx"));

    memset(body, 'x', 65535);
    assert_answer(fixture, contract_put(fixture, row, &second, body, first),
                  SST_UNAVAILABLE);
    assert_says(fixture, dir_path(fixture), remedy);
    assert_hides(fixture, row);
    contract_assert_stored(fixture, row, first, "one");
    assert_int_equal(dir_count(folder, "tmp-"), 0);
}

static void a_full_disk_is_a_failure_and_loses_nothing(void **state)
{
    fixture_t *fixture = *state;
    const char *filler = dir_below(fixture, "mounted/filler");
    const char *path = dir_below(fixture, "mounted/store");
    sst_row_t row = contract_row();
    sst_version_t second = contract_version(2);
    sst_version_t first;

    (void) mount_disk(fixture, "size=1m,mode=0700");
    fixture->store = dir_open(path, fixture->pool);
    assert_non_null(fixture->store);
    first = dir_put(fixture, &row, "one");
    fill_up(filler);
    assert_write_fails_and_loses_nothing(fixture, &row, &first,
                                         "no space (or inode) is left");
    assert_int_equal(unlink(filler), 0);
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
}

static void a_disk_without_inodes_is_a_failure_and_loses_nothing(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "mounted/store");
    const char *mounted;
    sst_row_t row = contract_row();
    sst_version_t first;
    int fd = 0;
    int i;

    mounted = mount_disk(fixture, "size=1m,nr_inodes=32,mode=0700");
    fixture->store = dir_open(path, fixture->pool);
    assert_non_null(fixture->store);
    first = dir_put(fixture, &row, "one");
    for (i = 0; fd >= 0; i++) {
        fd = open(apr_psprintf(fixture->pool, "%s/%d", mounted, i),
                  O_WRONLY | O_CREAT | O_EXCL, 0600);
        (void) close(fd);
    }
    assert_write_fails_and_loses_nothing(fixture, &row, &first,
                                         "no space (or inode) is left");
}

static void a_read_only_disk_is_a_failure_and_can_be_read(void **state)
{
    fixture_t *fixture = *state;
    const char *path = dir_below(fixture, "mounted/store");
    const char *mounted;
    sst_row_t row = contract_row();
    sst_version_t first;

    mounted = mount_disk(fixture, "size=1m,mode=0700");
    fixture->store = dir_open(path, fixture->pool);
    assert_non_null(fixture->store);
    first = dir_put(fixture, &row, "one");
    assert_int_equal(mount("tmpfs", mounted, "tmpfs", MS_REMOUNT | MS_RDONLY,
                           NULL), 0);
    assert_write_fails_and_loses_nothing(fixture, &row, &first,
                                         "mounted read-only");
    assert_answer(fixture, contract_touch(fixture, &row,
                                          contract_now_s() + 60),
                  SST_UNAVAILABLE);
    assert_answer(fixture, contract_remove(fixture, &row, NULL),
                  SST_UNAVAILABLE);
    contract_assert_stored(fixture, &row, &first, "one");
    assert_answer(fixture, prepare_own(fixture, path), SST_UNAVAILABLE);
    assert_says(fixture, path, "mounted read-only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIR_TEST(prepare_makes_what_is_missing_closed_to_others),
        DIR_TEST(prepare_accepts_what_it_has_made),
        DIR_TEST(prepare_needs_the_parent_directory),
        DIR_TEST(prepare_refuses_a_link_to_a_directory),
        DIR_TEST(prepare_refuses_a_file),
        DIR_TEST(prepare_refuses_a_directory_that_others_can_enter),
        DIR_TEST(prepare_refuses_a_directory_that_we_cannot_write),
        DIR_TEST(prepare_refuses_links_among_its_folders),
        DIR_TEST(start_refuses_a_missing_directory),
        DIR_TEST(start_refuses_a_link),
        DIR_TEST(files_are_private_and_have_digests_as_names),
        DIR_TEST(a_record_is_the_value_and_its_time_the_expiry),
        DIR_TEST(a_hard_link_to_a_record_keeps_what_it_had),
        DIR_TEST(the_user_folder_goes_with_its_last_entry),
        DIR_TEST(expired_entries_go_when_they_are_listed),
        DIR_TEST(a_link_in_the_place_of_a_record_is_refused),
        DIR_TEST(a_pipe_in_the_place_of_a_record_is_refused),
        DIR_TEST(a_folder_in_the_place_of_a_record_is_refused),
        DIR_TEST(a_record_cut_short_is_corrupt),
        DIR_TEST(a_record_of_impossible_size_is_corrupt),
        DIR_TEST(a_value_larger_than_allowed_is_too_big),
        DIR_TEST(scan_shows_a_broken_file_as_an_empty_value),
        DIR_TEST(a_missing_directory_is_a_failure_and_no_miss),
        DIR_TEST(an_empty_directory_is_a_failure_and_no_miss),
        DIR_TEST(too_many_open_files_is_a_failure_and_no_miss),
        DIR_TEST(a_closed_folder_is_a_failure_and_loses_nothing)
    };
    /* Owners and mounts are root's to change. */
    const struct CMUnitTest as_root[] = {
        DIR_TEST(prepare_gives_the_directory_to_the_children),
        DIR_TEST(prepare_refuses_a_directory_of_another_user),
        DIR_TEST(a_file_of_another_user_is_refused),
        DIR_TEST(what_root_writes_is_the_children_s),
        DIR_TEST(root_opens_nothing_that_the_owner_may_not_open),
        DIR_TEST(root_makes_nothing_behind_a_link_in_place_of_a_folder),
        DIR_TEST(root_is_itself_again_after_each_operation),
        DIR_TEST(a_full_disk_is_a_failure_and_loses_nothing),
        DIR_TEST(a_disk_without_inodes_is_a_failure_and_loses_nothing),
        DIR_TEST(a_read_only_disk_is_a_failure_and_can_be_read)
    };
    int failures = cmocka_run_group_tests_name("dir", tests, unit_start,
                                               unit_stop);

    if (geteuid() == 0) {
        failures += cmocka_run_group_tests_name("dir as root", as_root,
                                                unit_start, unit_stop);
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
