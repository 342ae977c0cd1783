/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Rings that are exchanged while they are in use, and rings that a program
 * prints. Time is what the test says.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include <sys/stat.h>

#include <apr_strings.h>

#include "lib/keys.h"
#include "tests/unit/tempdir.h"

#define KEY_1 "key1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n"
#define KEY_2 "key1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI\n"
#define KEY_3 "key1:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM\n"

#define START apr_time_from_sec(1000000)

/* A key file, the keys that were made of its first text, and a clock. */
typedef struct rig_t {
    apr_pool_t *pool;
    const char *path;
    sst_keys_t *keys;
    apr_time_t now;
    sst_keys_news_t news;
    sst_error_t err;
} rig_t;

/* As htsession does: under another name, then renamed. */
static void write_file(const rig_t *rig, const char *text, mode_t mode)
{
    const char *path = apr_pstrcat(rig->pool, rig->path, ".new", NULL);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
    assert_int_equal(rename(path, rig->path), 0);
}

static void make(rig_t *rig, const char *text, apr_pool_t *pool)
{
    const char *folder = unit_temporary_folder(pool);
    sst_keys_source_t source = { NULL, NULL };
    sst_keys_stamp_t stamp;
    sst_keyring_t *ring;

    assert_non_null(folder);
    memset(rig, 0, sizeof(*rig));
    rig->pool = pool;
    rig->path = apr_pstrcat(pool, folder, "/keys", NULL);
    rig->now = START;
    write_file(rig, text, 0600);
    source.path = rig->path;
    assert_status(sst_keys_read(&ring, &stamp, &source, NULL, pool), SST_OK);
    assert_status(sst_keys_make(&rig->keys, ring, rig->path, &stamp, NULL,
                                pool), SST_OK);
}

static const sst_keyring_t *hold(rig_t *rig, apr_pool_t *pool)
{
    sst_error_clear(&rig->err);
    return sst_keys_hold(&rig->news, rig->keys, rig->now, &rig->err, pool);
}

/* The numbers of a ring's keys, the one that seals in brackets. */
static const char *shape(const sst_keyring_t *ring, apr_pool_t *pool)
{
    const sst_keyring_t *known = unit_ring("123", pool);
    const char *text = "";
    int i;

    for (i = 0; i < ring->count; i++) {
        const sst_key_t *key = sst_keyring_find(known, ring->keys[i].id);

        assert_non_null(key);
        text = apr_psprintf(pool, i == ring->seals ? "%s[%d]" : "%s%d", text,
                            (int) (key - known->keys) + 1);
    }
    return text;
}

/* What a request finds that comes so long after the last one. */
static const char *after(rig_t *rig, apr_interval_time_t time)
{
    apr_pool_t *pool;
    const char *found;

    rig->now += time;
    assert_int_equal(apr_pool_create(&pool, rig->pool), APR_SUCCESS);
    found = shape(hold(rig, pool), rig->pool);
    apr_pool_destroy(pool);
    return found;
}

/* --- Exchange --- */

static void a_new_key_opens_at_once_and_seals_when_all_know_it(void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    assert_int_equal(rig.news, SST_KEYS_SAME);
    write_file(&rig, KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "2[1]");
    assert_int_equal(rig.news, SST_KEYS_NEW);
    assert_string_equal(after(&rig, SST_KEYS_SETTLE - 1), "2[1]");
    assert_int_equal(rig.news, SST_KEYS_SAME);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[2]1");
    assert_string_equal(after(&rig, SST_KEYS_SETTLE), "[2]1");
}

static void the_file_is_looked_at_every_two_seconds(void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    write_file(&rig, KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK - 1), "[1]");
    assert_string_equal(after(&rig, 1), "2[1]");
}

/* A child that is born late has what the parent read long ago. */
static void a_process_looks_before_its_first_request(void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    write_file(&rig, KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, 0), "2[1]");
}

static void a_clock_that_was_set_back_does_not_stop_the_looking(void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    write_file(&rig, KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, -apr_time_from_sec(3600)), "2[1]");
}

static void a_change_while_a_key_settles_does_not_delay_it(void **state)
{
    rig_t rig;

    make(&rig, KEY_2, *state);
    write_file(&rig, KEY_3 KEY_2, 0600);
    assert_string_equal(after(&rig, 0), "3[2]");
    write_file(&rig, KEY_3 KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, SST_KEYS_SETTLE / 2), "3[2]1");
    assert_string_equal(after(&rig, SST_KEYS_SETTLE / 2), "[3]21");
}

static void an_old_key_is_dropped(void **state)
{
    rig_t rig;

    make(&rig, KEY_2 KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[2]1");
    write_file(&rig, KEY_2, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[2]");
}

static void without_the_key_that_sealed_the_new_one_seals_at_once(
    void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    write_file(&rig, KEY_3 KEY_2, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[3]2");
}

static void a_file_written_anew_with_the_same_keys_is_no_news(void **state)
{
    rig_t rig;
    const sst_keyring_t *ring;

    make(&rig, KEY_1, *state);
    ring = hold(&rig, *state);
    write_file(&rig, "# the same\n" KEY_1, 0600);
    rig.now += SST_KEYS_LOOK;
    assert_ptr_equal(hold(&rig, *state), ring);
    assert_int_equal(rig.news, SST_KEYS_SAME);
}

/* --- Files that cannot be used --- */

static const char *const bad_texts[] = {
    "", "# nothing\n", KEY_1 "rubbish\n", KEY_1 KEY_1,
    ("passphrase:a passphrase that is long enough\n" KEY_1)
};

static void a_bad_file_keeps_the_ring_and_is_told_once(void **state)
{
    apr_size_t i;
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    for (i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
        write_file(&rig, bad_texts[i], 0600);
        assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
        assert_int_equal(rig.news, SST_KEYS_KEPT);
        assert_error(&rig.err, SST_INVALID);
        assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
        assert_int_equal(rig.news, SST_KEYS_SAME);
    }
    write_file(&rig, KEY_2 KEY_1, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "2[1]");
}

static void a_missing_file_keeps_the_ring_and_is_told_once(void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    assert_int_equal(unlink(rig.path), 0);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
    assert_int_equal(rig.news, SST_KEYS_KEPT);
    assert_error(&rig.err, SST_NOT_FOUND);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
    assert_int_equal(rig.news, SST_KEYS_SAME);
}

static void a_file_that_others_may_read_is_not_taken_until_mended(
    void **state)
{
    rig_t rig;

    make(&rig, KEY_1, *state);
    assert_string_equal(after(&rig, 0), "[1]");
    write_file(&rig, KEY_2 KEY_1, 0644);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
    assert_error(&rig.err, SST_DENIED);
    assert_int_equal(chmod(rig.path, 0600), 0);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "2[1]");
}

static void keys_that_come_from_no_file_stay_as_they_are(void **state)
{
    static const sst_keys_stamp_t no_file;
    sst_keys_news_t news;
    sst_keys_t *keys;
    const sst_keyring_t *ring;

    assert_status(sst_keys_make(&keys, unit_ring("12", *state), NULL,
                                &no_file, NULL, *state), SST_OK);
    ring = sst_keys_hold(&news, keys, START, NULL, *state);
    assert_int_equal(news, SST_KEYS_SAME);
    assert_string_equal(shape(ring, *state), "[1]2");
}

/* Whatever stands in it was read at the start. */
static void a_file_with_a_passphrase_is_no_news_until_it_changes(void **state)
{
    static const char text[] = "passphrase:sixteen letters!\n";
    rig_t rig;

    make(&rig, text, *state);
    (void) hold(&rig, *state);
    assert_int_equal(rig.news, SST_KEYS_SAME);
    write_file(&rig, KEY_1, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[1]");
}

/* --- Rings in use --- */

static void a_ring_that_is_held_stays_when_another_takes_its_place(
    void **state)
{
    rig_t rig;
    apr_pool_t *request;
    const sst_keyring_t *old;

    make(&rig, KEY_1, *state);
    assert_int_equal(apr_pool_create(&request, *state), APR_SUCCESS);
    old = hold(&rig, request);
    write_file(&rig, KEY_2, 0600);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[2]");
    assert_string_equal(shape(old, *state), "[1]");
    apr_pool_destroy(request);
    assert_string_equal(after(&rig, SST_KEYS_LOOK), "[2]");
}

static void a_request_may_end_with_its_configuration(void **state)
{
    static const sst_keys_stamp_t no_file;
    apr_pool_t *conf;
    apr_pool_t *request;
    sst_keys_t *keys;
    sst_keys_news_t news;
    const sst_keyring_t *ring;

    assert_int_equal(apr_pool_create(&conf, *state), APR_SUCCESS);
    assert_int_equal(apr_pool_create(&request, conf), APR_SUCCESS);
    assert_status(sst_keys_make(&keys, unit_ring("1", *state), NULL,
                                &no_file, NULL, conf), SST_OK);
    ring = sst_keys_hold(&news, keys, START, NULL, request);
    assert_string_equal(shape(ring, *state), "[1]");
    apr_pool_destroy(conf);
}

/* --- Programs --- */

static const char *make_program(const char *script, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, unit_temporary_folder(pool),
                                   "/program", NULL);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fprintf(out, "#!/bin/sh\n%s\n", script) > 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static sst_status_t run(sst_keyring_t **out, const char *script,
                        sst_error_t *err, apr_pool_t *pool)
{
    const char *argv[4];
    sst_keys_source_t source = { NULL, argv };
    sst_keys_stamp_t stamp;
    sst_status_t status;

    argv[0] = make_program(script, pool);
    argv[1] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    argv[2] = "two words";
    argv[3] = NULL;
    *out = (sst_keyring_t *) err;
    sst_error_clear(err);
    status = sst_keys_read(out, &stamp, &source, err, pool);
    if (status != SST_OK) {
        assert_null(*out);
        assert_error(err, status);
        assert_non_null(strstr(err->text, argv[0]));
    }
    return status;
}

static void a_program_prints_the_ring(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(run(&ring, "[ \"$2\" = 'two words' ] && echo \"key1:$1\"",
                      &err, *state), SST_OK);
    assert_string_equal(shape(ring, *state), "[1]");
}

static void a_program_that_fails_is_named_with_its_code(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(run(&ring, "echo \"key1:$1\"; exit 3", &err, *state),
                  SST_UNAVAILABLE);
    assert_non_null(strstr(err.text, "code 3"));
}

static void a_program_that_prints_no_key_is_named(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(run(&ring, "echo nothing", &err, *state), SST_INVALID);
    assert_status(run(&ring, "exit 0", &err, *state), SST_INVALID);
}

static void a_program_that_prints_without_end_is_stopped(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(run(&ring, "exec yes '# a comment'", &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "more than 65536 bytes"));
}

static void a_program_that_does_not_exist_is_named(void **state)
{
    static const char *const argv[] = { "/nowhere/program", NULL };
    sst_keys_source_t source = { NULL, argv };
    sst_keys_stamp_t stamp;
    sst_keyring_t *ring;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_keys_read(&ring, &stamp, &source, &err, *state),
                  SST_UNAVAILABLE);
    assert_non_null(strstr(err.text, "/nowhere/program cannot be run"));
    sst_error_clear(&err);
    assert_status(sst_keys_check_program(&source, &err, *state),
                  SST_NOT_FOUND);
}

static void a_program_is_checked_without_being_run(void **state)
{
    const char *folder = unit_temporary_folder(*state);
    const char *mark = apr_pstrcat(*state, folder, "/mark", NULL);
    const char *argv[2] = { NULL, NULL };
    sst_keys_source_t source = { NULL, argv };

    argv[0] = make_program(apr_pstrcat(*state, "touch ", mark, NULL), *state);
    assert_status(sst_keys_check_program(&source, NULL, *state), SST_OK);
    assert_int_not_equal(access(mark, F_OK), 0);
    assert_int_equal(chmod(argv[0], 0600), 0);
    assert_status(sst_keys_check_program(&source, NULL, *state), SST_DENIED);
    argv[0] = folder;
    assert_status(sst_keys_check_program(&source, NULL, *state), SST_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_new_key_opens_at_once_and_seals_when_all_know_it),
        UNIT_TEST(the_file_is_looked_at_every_two_seconds),
        UNIT_TEST(a_process_looks_before_its_first_request),
        UNIT_TEST(a_clock_that_was_set_back_does_not_stop_the_looking),
        UNIT_TEST(a_change_while_a_key_settles_does_not_delay_it),
        UNIT_TEST(an_old_key_is_dropped),
        UNIT_TEST(without_the_key_that_sealed_the_new_one_seals_at_once),
        UNIT_TEST(a_file_written_anew_with_the_same_keys_is_no_news),
        UNIT_TEST(a_bad_file_keeps_the_ring_and_is_told_once),
        UNIT_TEST(a_missing_file_keeps_the_ring_and_is_told_once),
        UNIT_TEST(a_file_that_others_may_read_is_not_taken_until_mended),
        UNIT_TEST(keys_that_come_from_no_file_stay_as_they_are),
        UNIT_TEST(a_file_with_a_passphrase_is_no_news_until_it_changes),
        UNIT_TEST(a_ring_that_is_held_stays_when_another_takes_its_place),
        UNIT_TEST(a_request_may_end_with_its_configuration),
        UNIT_TEST(a_program_prints_the_ring),
        UNIT_TEST(a_program_that_fails_is_named_with_its_code),
        UNIT_TEST(a_program_that_prints_no_key_is_named),
        UNIT_TEST(a_program_that_prints_without_end_is_stopped),
        UNIT_TEST(a_program_that_does_not_exist_is_named),
        UNIT_TEST(a_program_is_checked_without_being_run)
    };

    return cmocka_run_group_tests_name("keys", tests, unit_start, unit_stop);
}
