/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Key files: what they may look like, who may read and write them, and what is
 * derived from their keys.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include <sys/stat.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/keyring.h"
#include "tests/unit/tempdir.h"

#define KEY_A "key1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
#define KEY_B "key1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"

/* --- Text --- */

static sst_status_t parse(sst_keyring_t **out, const char *text,
                          sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t copy = unit_exact_copy(unit_text(text));
    sst_status_t status;

    *out = (sst_keyring_t *) err;
    sst_error_clear(err);
    status = sst_keyring_parse(out, copy, "the.keys", err, pool);
    unit_exact_free(copy);
    return status;
}

/* The same keys; what is prepared of them belongs to each ring. */
static void assert_keys_equal(const sst_key_t *a, const sst_key_t *b)
{
    assert_memory_equal(a, b, offsetof(sst_key_t, ticket_mac));
}

static void the_first_key_seals_and_all_are_found(void **state)
{
    sst_keyring_t *ab;
    sst_keyring_t *ba;
    sst_error_t err;

    assert_status(parse(&ab, KEY_A "\n" KEY_B "\n", &err, *state), SST_OK);
    assert_status(parse(&ba, KEY_B "\n" KEY_A "\n", &err, *state), SST_OK);
    assert_int_equal(ab->count, 2);
    assert_keys_equal(&ab->keys[0], &ba->keys[1]);
    assert_keys_equal(&ab->keys[1], &ba->keys[0]);
    assert_ptr_equal(sst_keyring_find(ab, ba->keys[0].id), &ab->keys[1]);
    assert_ptr_equal(sst_keyring_find(ab, ba->keys[1].id), &ab->keys[0]);
}

static void an_unknown_id_is_not_found(void **state)
{
    static const unsigned char id[SST_KEY_ID_LEN] = { 0 };

    assert_null(sst_keyring_find(unit_ring("12", *state), id));
}

static void the_keys_derived_from_one_key_all_differ(void **state)
{
    const sst_key_t *key = &unit_ring("1", *state)->keys[0];
    const unsigned char *derived[4];
    int a;
    int b;

    derived[0] = key->ticket;
    derived[1] = key->index;
    derived[2] = key->data;
    derived[3] = key->admin;
    for (a = 0; a < 4; a++) {
        assert_memory_not_equal(derived[a], key->id, SST_KEY_ID_LEN);
        for (b = 0; b < a; b++) {
            assert_memory_not_equal(derived[a], derived[b], SST_KEY_LEN);
        }
    }
}

static void blank_lines_comments_and_blanks_are_passed_over(void **state)
{
    static const char *const texts[] = {
        KEY_A,
        KEY_A "\n",
        KEY_A "\r\n",
        "\n\n" KEY_A "\n\n",
        "# the key of May\n" KEY_A "\n#" KEY_B "\n",
        "   # indented\n\t" KEY_A "  \n",
        ("\n \t \n" KEY_A)
    };
    sst_keyring_t *expected = unit_ring("1", *state);
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sst_keyring_t *ring;
        sst_error_t err;

        assert_status(parse(&ring, texts[i], &err, *state), SST_OK);
        assert_int_equal(ring->count, 1);
        assert_keys_equal(&ring->keys[0], &expected->keys[0]);
    }
}

typedef struct bad_text_t {
    const char *text;
    const char *said;       /* what the message has to name */
} bad_text_t;

static const bad_text_t bad_texts[] = {
    { "", "the.keys" },
    { "\n\n", "keygen" },
    { "# no key\n", "keygen" },
    { "key1:\n", "line 1" },
    { "key1\n", "line 1" },
    { "key", "line 1" },
    { "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "line 1" },
    { "KEY1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "line 1" },
    { "key2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "line 1" },
    { "key1: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "line 1" },
    { KEY_A "=", "line 1" },
    { KEY_A "\n" KEY_A "A", "line 2" },
    { KEY_A " " KEY_B, "line 1" },
    { KEY_A "\n\n\nkey1:AQEB\n", "line 4" },
    { "key1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF", "line 1" },
    { "key1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ+", "line 1" },
    { KEY_A "\n" KEY_B "\n" KEY_A "\n", "line 3" },
    { "passphrase:\n", "line 1: a passphrase needs 16 characters" },
    { "passphrase:fifteen letters\n", "line 1: a passphrase needs 16" },
    { KEY_A "\npassphrase:   fifteen letters   \n", "line 2: a passphrase" },
    { "passphrase:\303\274\303\274\303\274\303\274\303\274\303\274"
      "\303\274\303\274\303\274\303\274\303\274\303\274\303\274\n",
      "a passphrase needs 16 characters" },
    { "Passphrase:sixteen letters!\n", "line 1 is not a key" },
    { "sixteen letters!\n", "passphrase:" }
};

static void a_line_that_is_no_key_is_named(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
        sst_keyring_t *ring;
        sst_error_t err;

        assert_status(parse(&ring, bad_texts[i].text, &err, *state),
                      SST_INVALID);
        assert_null(ring);
        assert_error(&err, SST_INVALID);
        assert_non_null(strstr(err.text, bad_texts[i].said));
        assert_non_null(strstr(err.text, "the.keys"));
    }
}

static void messages_never_show_a_key(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(parse(&ring, KEY_A "!\n", &err, *state), SST_INVALID);
    assert_null(strstr(err.text, "AQEB"));
    assert_status(parse(&ring, KEY_A "\n" KEY_A "\n", &err, *state),
                  SST_INVALID);
    assert_null(strstr(err.text, "AQEB"));
    assert_status(parse(&ring, "passphrase:short\n", &err, *state),
                  SST_INVALID);
    assert_null(strstr(err.text, "short"));
}

/* Which key it is, the golden vectors say. */
static void a_passphrase_of_16_characters_is_a_key(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(parse(&ring, KEY_A "\n passphrase: sixteen letters! \n",
                        &err, *state), SST_OK);
    assert_int_equal(ring->count, 2);
    assert_memory_not_equal(ring->keys[0].data, ring->keys[1].data,
                            SST_KEY_LEN);
}

static void the_same_passphrase_twice_is_the_same_key_twice(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(parse(&ring, "passphrase:sixteen letters!\n"
                        "passphrase:  sixteen letters!\n", &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "line 2"));
}

static void every_truncation_of_a_key_is_invalid(void **state)
{
    apr_size_t len;

    for (len = 0; len < sizeof(KEY_A) - 1; len++) {
        sst_keyring_t *ring;
        sst_error_t err;

        assert_status(parse(&ring, apr_pstrmemdup(*state, KEY_A, len), &err,
                            *state), SST_INVALID);
    }
}

static void a_nul_in_a_key_file_is_invalid(void **state)
{
    static const char text[] = KEY_A "\0\n";
    sst_keyring_t *ring;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_keyring_parse(&ring, sst_span(text, sizeof(text) - 1),
                                    "the.keys", &err, *state), SST_INVALID);
    assert_null(ring);
}

static const char *many_keys(int count, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, "");
    int i;

    for (i = 0; i < count; i++) {
        unsigned char raw[SST_KEY_LEN] = { 0 };
        char line[SST_BASE64URL_LEN(SST_KEY_LEN) + 1];

        raw[0] = (unsigned char) i;
        sst_base64url_encode(line, sst_span(raw, sizeof(raw)));
        text = apr_pstrcat(pool, text, "key1:", line, "\n", NULL);
    }
    return text;
}

static void a_ring_holds_32_keys_and_no_more(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(parse(&ring, many_keys(SST_KEYRING_MAX, *state), &err,
                        *state), SST_OK);
    assert_int_equal(ring->count, SST_KEYRING_MAX);
    assert_status(parse(&ring, many_keys(SST_KEYRING_MAX + 1, *state), &err,
                        *state), SST_INVALID);
    assert_null(ring);
    assert_non_null(strstr(err.text, "line 33"));
}

/* A key of the parent pool is looked at after the ring's pool has gone. */
static void the_keys_are_wiped_with_their_pool(void **state)
{
    apr_pool_t *pool;
    sst_keyring_t *ring;
    sst_key_t *moved = apr_palloc(*state, SST_KEYRING_MAX * sizeof(*moved));

    assert_int_equal(apr_pool_create(&pool, *state), APR_SUCCESS);
    ring = unit_ring("12", pool);
    memcpy(moved, ring->keys, SST_KEYRING_MAX * sizeof(*moved));
    ring->keys = moved;
    apr_pool_destroy(pool);
    assert_zero(moved, SST_KEYRING_MAX * sizeof(*moved));
}

/* --- New keys --- */

static void a_generated_key_is_a_line_of_a_key_file(void **state)
{
    char a[SST_KEY_LINE_LEN + 1];
    char b[SST_KEY_LINE_LEN + 1];
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(sst_keyring_generate(a, NULL), SST_OK);
    assert_status(sst_keyring_generate(b, NULL), SST_OK);
    assert_int_equal(strlen(a), SST_KEY_LINE_LEN);
    assert_string_not_equal(a, b);
    assert_status(parse(&ring, apr_pstrcat(*state, a, "\n", b, "\n", NULL),
                        &err, *state), SST_OK);
    assert_int_equal(ring->count, 2);
}

/* --- File --- */

/* A key file in a folder of its own. */
static const char *make_file(const char *text, mode_t mode, apr_pool_t *pool)
{
    const char *folder = unit_temporary_folder(pool);
    const char *path;
    FILE *out;

    assert_non_null(folder);
    path = apr_pstrcat(pool, folder, "/keys", NULL);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static sst_status_t load(sst_keyring_t **out, const char *path,
                         sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status;

    *out = (sst_keyring_t *) err;
    sst_error_clear(err);
    status = sst_keyring_load(out, path, err, pool);
    if (status != SST_OK) {
        assert_null(*out);
        assert_error(err, status);
        assert_non_null(strstr(err->text, path));
    }
    return status;
}

static void a_file_is_read(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;
    const char *path;

    path = make_file("# keys\n" KEY_A "\n" KEY_B "\n", 0600, *state);
    assert_status(load(&ring, path, &err, *state), SST_OK);
    assert_int_equal(ring->count, 2);
}

static void a_running_server_does_not_stretch_a_passphrase(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;
    const char *path;

    path = make_file(KEY_A "\npassphrase:sixteen letters!\n", 0600, *state);
    sst_error_clear(&err);
    assert_status(sst_keyring_reload(&ring, path, &err, *state), SST_INVALID);
    assert_null(ring);
    assert_non_null(strstr(err.text, "line 2"));
    assert_non_null(strstr(err.text, "reload httpd"));
    path = make_file(KEY_A "\n" KEY_B "\n", 0600, *state);
    assert_status(sst_keyring_reload(&ring, path, NULL, *state), SST_OK);
    assert_int_equal(ring->count, 2);
}

static void a_missing_file_is_not_found_and_says_how_to_make_it(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;
    const char *path;

    path = make_file("", 0600, *state);
    assert_status(load(&ring, apr_pstrcat(*state, path, ".no", NULL),
                       &err, *state), SST_NOT_FOUND);
    assert_non_null(strstr(err.text, "htsession keygen"));
    assert_status(load(&ring, apr_pstrcat(*state, path, "/no", NULL),
                       &err, *state), SST_NOT_FOUND);
}

typedef struct mode_case_t {
    mode_t mode;
    sst_status_t status;
} mode_case_t;

static const mode_case_t mode_cases[] = {
    { 0400, SST_OK }, { 0600, SST_OK }, { 0640, SST_OK }, { 0440, SST_OK },
    { 0660, SST_DENIED }, { 0620, SST_DENIED }, { 0604, SST_DENIED },
    { 0602, SST_DENIED }, { 0644, SST_DENIED }, { 0666, SST_DENIED }
};

static void only_owner_and_group_may_read_and_only_the_owner_write(
    void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(mode_cases) / sizeof(mode_cases[0]); i++) {
        sst_keyring_t *ring;
        sst_error_t err;
        const char *path;

        path = make_file(KEY_A, mode_cases[i].mode, *state);
        assert_status(load(&ring, path, &err, *state),
                      mode_cases[i].status);
        if (mode_cases[i].status == SST_DENIED) {
            assert_non_null(strstr(err.text, "chmod 600"));
        }
    }
}

/* Whoever may not give files away tests with the same right from the other
 * side: a file of root's that is not readable.
 */
static void a_file_of_another_user_is_denied(void **state)
{
    const char *path = "/etc/shadow";
    sst_keyring_t *ring;
    sst_error_t err;

    if (geteuid() == 0) {
        path = make_file(KEY_A, 0600, *state);
        assert_int_equal(chown(path, 65534, 65534), 0);
    }
    assert_status(load(&ring, path, &err, *state), SST_DENIED);
}

static void a_directory_is_no_key_file(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(load(&ring, unit_temporary_folder(*state), &err, *state),
                  SST_INVALID);
}

static void an_empty_file_is_invalid(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;

    assert_status(load(&ring, make_file("", 0600, *state), &err, *state),
                  SST_INVALID);
}

static void a_file_of_more_than_64_kilobytes_is_invalid(void **state)
{
    char *text = apr_palloc(*state, 65537 + 1);
    sst_keyring_t *ring;
    sst_error_t err;

    memset(text, '#', 65537);
    text[65537] = '\0';
    assert_status(load(&ring, make_file(text, 0600, *state), &err, *state),
                  SST_INVALID);
}

/* A server that starts must not hang on what is no file. */
static void a_fifo_is_refused_without_waiting_for_a_writer(void **state)
{
    sst_keyring_t *ring;
    sst_error_t err;
    const char *path;

    path = make_file("", 0600, *state);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(load(&ring, path, &err, *state), SST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_first_key_seals_and_all_are_found),
        UNIT_TEST(an_unknown_id_is_not_found),
        UNIT_TEST(the_keys_derived_from_one_key_all_differ),
        UNIT_TEST(blank_lines_comments_and_blanks_are_passed_over),
        UNIT_TEST(a_line_that_is_no_key_is_named),
        UNIT_TEST(messages_never_show_a_key),
        UNIT_TEST(a_passphrase_of_16_characters_is_a_key),
        UNIT_TEST(the_same_passphrase_twice_is_the_same_key_twice),
        UNIT_TEST(every_truncation_of_a_key_is_invalid),
        UNIT_TEST(a_nul_in_a_key_file_is_invalid),
        UNIT_TEST(a_ring_holds_32_keys_and_no_more),
        UNIT_TEST(the_keys_are_wiped_with_their_pool),
        UNIT_TEST(a_generated_key_is_a_line_of_a_key_file),
        UNIT_TEST(a_file_is_read),
        UNIT_TEST(a_running_server_does_not_stretch_a_passphrase),
        UNIT_TEST(a_missing_file_is_not_found_and_says_how_to_make_it),
        UNIT_TEST(only_owner_and_group_may_read_and_only_the_owner_write),
        UNIT_TEST(a_file_of_another_user_is_denied),
        UNIT_TEST(a_directory_is_no_key_file),
        UNIT_TEST(an_empty_file_is_invalid),
        UNIT_TEST(a_file_of_more_than_64_kilobytes_is_invalid),
        UNIT_TEST(a_fifo_is_refused_without_waiting_for_a_writer)
    };

    return cmocka_run_group_tests_name("keyring", tests, unit_start,
                                       unit_stop);
}
