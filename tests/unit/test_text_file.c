/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Small files with secrets: what is taken for one, and who may read it. */

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/transport/readable.h"
#include "lib/transport/text_file.h"
#include "tests/unit/tempdir.h"

#define MAX 64
#define NOBODY 65534

/* The path of a file that holds these bytes. */
static const char *file_of(const char *bytes, apr_size_t len, mode_t mode,
                           apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, unit_temporary_folder(pool), "/file",
                                   NULL);
    apr_file_t *file;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_WRITE
                                   | APR_FOPEN_CREATE, APR_FPROT_OS_DEFAULT,
                                   pool), APR_SUCCESS);
    assert_int_equal(apr_file_write_full(file, bytes, len, NULL),
                     APR_SUCCESS);
    assert_int_equal(apr_file_close(file), APR_SUCCESS);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static const char *text_file(const char *text, apr_pool_t *pool)
{
    return file_of(text, strlen(text), 0600, pool);
}

static void a_file_is_read_whole(void **state)
{
    char *text;

    assert_status(sst_text_file_read(&text, text_file(" two\nlines\n", *state),
                                     MAX, NULL, *state), SST_OK);
    assert_string_equal(text, " two\nlines\n");
}

static void a_file_that_is_missing_is_not_found(void **state)
{
    sst_error_t err;
    char *text;

    sst_error_clear(&err);
    assert_status(sst_text_file_read(&text, "/nowhere/at/all", MAX, &err,
                                     *state), SST_NOT_FOUND);
    assert_null(text);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

static void what_is_no_small_text_is_invalid(void **state)
{
    const char *folder = unit_temporary_folder(*state);
    const char *binary = file_of("a\0b", 3, 0600, *state);
    const char *large = text_file("more than ten bytes", *state);
    char *text;

    assert_status(sst_text_file_read(&text, folder, MAX, NULL, *state),
                  SST_INVALID);
    assert_status(sst_text_file_read(&text, binary, MAX, NULL, *state),
                  SST_INVALID);
    assert_status(sst_text_file_read(&text, large, 10, NULL, *state),
                  SST_INVALID);
    assert_null(text);
}

static void a_token_stands_without_the_space_around_it(void **state)
{
    char *token;

    assert_status(sst_token_file_read(&token, text_file(" \tabc.def\r\n\n",
                                                        *state),
                                      MAX, NULL, *state), SST_OK);
    assert_string_equal(token, "abc.def");
}

static void nothing_and_two_lines_are_no_token(void **state)
{
    static const char *const texts[] = { "", " \n ", "one\ntwo", "a\rb" };
    char *token;
    int i;

    for (i = 0; i < 4; i++) {
        assert_status(sst_token_file_read(&token, text_file(texts[i], *state),
                                          MAX, NULL, *state), SST_INVALID);
        assert_null(token);
    }
}

static void a_secret_is_for_its_owner_and_group(void **state)
{
    static const mode_t allowed[] = { 0400, 0600, 0640 };
    static const mode_t denied[] = { 0604, 0602, 0620, 0644 };
    char *secret;
    int i;

    for (i = 0; i < 3; i++) {
        assert_status(sst_secret_file_read(&secret, file_of("s", 1, allowed[i],
                                                            *state),
                                           MAX, NULL, *state), SST_OK);
        assert_string_equal(secret, "s");
    }
    for (i = 0; i < 4; i++) {
        sst_error_t err;

        sst_error_clear(&err);
        assert_status(sst_secret_file_read(&secret, file_of("s", 1, denied[i],
                                                            *state),
                                           MAX, &err, *state), SST_DENIED);
        assert_null(secret);
        assert_non_null(strstr(err.text, "chmod 600"));
    }
}

static void a_pipe_is_no_secret_and_is_not_waited_for(void **state)
{
    const char *path = apr_pstrcat(*state, unit_temporary_folder(*state),
                                   "/pipe", NULL);
    char *secret;

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(sst_secret_file_read(&secret, path, MAX, NULL, *state),
                  SST_INVALID);
    assert_null(secret);
}

/* Where we are root, the user that is named counts; otherwise we do. */
static void a_file_is_readable_by_a_user_or_not(void **state)
{
    const char *open_to_all = file_of("x", 1, 0644, *state);
    const char *ours = file_of("x", 1, 0600, *state);

    assert_int_equal(chmod(apr_pstrndup(*state, open_to_all,
                                        strlen(open_to_all) - 5), 0755), 0);
    assert_int_equal(chmod(apr_pstrndup(*state, ours, strlen(ours) - 5),
                           0755), 0);
    assert_true(sst_readable_by(open_to_all, NOBODY, NOBODY, *state));
    assert_int_equal(sst_readable_by(ours, NOBODY, NOBODY, *state),
                     geteuid() != 0);
    assert_true(sst_readable_by(ours, geteuid(), getegid(), *state));
    assert_false(sst_readable_by("/nowhere/at/all", NOBODY, NOBODY, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_file_is_read_whole),
        UNIT_TEST(a_file_that_is_missing_is_not_found),
        UNIT_TEST(what_is_no_small_text_is_invalid),
        UNIT_TEST(a_token_stands_without_the_space_around_it),
        UNIT_TEST(nothing_and_two_lines_are_no_token),
        UNIT_TEST(a_secret_is_for_its_owner_and_group),
        UNIT_TEST(a_pipe_is_no_secret_and_is_not_waited_for),
        UNIT_TEST(a_file_is_readable_by_a_user_or_not)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
