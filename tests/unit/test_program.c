/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Programs that do not end: whoever waits for what they print is served in
 * time, and they are gone afterwards.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/transport/program.h"
#include "tests/unit/tempdir.h"

/* Time enough for a shell to have begun. */
#define PATIENCE apr_time_from_sec(3)

/* What a shell's script printed, or NULL. */
static const char *run(const char *script, apr_interval_time_t patience,
                       sst_status_t expected, apr_pool_t *pool)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    unsigned char *out = NULL;
    apr_size_t len = 0;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_program_output(&out, &len, argv, "the test",
                                     sst_clock() + patience, &err, pool),
                  expected);
    if (expected == SST_OK) {
        return apr_pstrmemdup(pool, (const char *) out, len);
    }
    assert_error(&err, expected);
    assert_null(out);
    assert_int_equal(len, 0);
    return NULL;
}

/* The script writes its process to a file, and does not end. */
static void assert_stopped(const char *rest, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, unit_temporary_folder(pool), "/pid",
                                   NULL);
    char text[32] = "";
    apr_file_t *file;
    apr_size_t len = sizeof(text) - 1;

    (void) run(apr_psprintf(pool, "echo $$ >%s; %s", path, rest), PATIENCE,
               SST_TIMEOUT, pool);
    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ, 0, pool),
                     APR_SUCCESS);
    assert_int_equal(apr_file_read(file, text, &len), APR_SUCCESS);
    assert_int_equal(kill((pid_t) strtol(text, NULL, 10), 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void what_a_program_prints_is_taken_as_it_is(void **state)
{
    assert_string_equal(run("printf ' a\\n\\nb'", apr_time_from_sec(60),
                            SST_OK, *state), " a\n\nb");
    assert_string_equal(run("true", apr_time_from_sec(60), SST_OK, *state),
                        "");
}

static void a_program_that_prints_nothing_and_goes_on_is_stopped(void **state)
{
    assert_stopped("exec sleep 600", *state);
}

static void a_program_that_closes_its_output_and_goes_on_is_stopped(
    void **state)
{
    assert_stopped("exec sleep 600 >&-", *state);
}

static void a_program_that_is_killed_has_failed(void **state)
{
    (void) run("kill -9 $$", apr_time_from_sec(60), SST_UNAVAILABLE, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_a_program_prints_is_taken_as_it_is),
        UNIT_TEST(a_program_that_prints_nothing_and_goes_on_is_stopped),
        UNIT_TEST(a_program_that_closes_its_output_and_goes_on_is_stopped),
        UNIT_TEST(a_program_that_is_killed_has_failed)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
