/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The store registry: URLs, options and what is said about wrong ones. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- A backend with an option of each kind --- */

static const sst_option_def_t sample_options[] = {
    { "label", SST_OPTION_TEXT, NULL, 0, 0 },
    { "file", SST_OPTION_PATH, NULL, 0, 0 },
    { "wait", SST_OPTION_DURATION, NULL, 0, apr_time_from_sec(86400) },
    { "pool", SST_OPTION_COUNT, NULL, 1, 64 },
    { "read", SST_OPTION_CHOICE, "eventual|strong", 0, 0 },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

static sst_status_t sample_open(sst_store_t *store, sst_error_t *err,
                                apr_pool_t *pool)
{
    if (strcmp(store->address, "refuse") == 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS, "refused");
    }
    store->impl = apr_pstrdup(pool, "opened");
    return SST_OK;
}

static const sst_store_ops_t sample = {
    .schemes = "sample:|sample+tls://",
    .options = sample_options,
    .open = sample_open
};

static sst_status_t open_sample(sst_store_t **store, const char *url,
                                int argc, const char *const *argv,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_error_clear(err);
    return sst_store_open_with(store, &sample, url, argc, argv, err, pool);
}

/* --- Durations --- */

static void durations_are_read_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        apr_interval_time_t us;
    } cases[] = {
        { "0", 0 },
        { "0s", 0 },
        { "7", 7000000 },
        { "1us", 1 },
        { "300ms", 300000 },
        { "20s", 20000000 },
        { "5m", 300000000 },
        { "2h", APR_INT64_C(7200000000) },
        { "1d", APR_INT64_C(86400000000) },
        { "9223372036854775807us", APR_INT64_MAX },
        { "9223372036854s", APR_INT64_C(9223372036854000000) }
    };
    apr_interval_time_t us;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        assert_status(sst_duration_parse(&us, cases[i].text), SST_OK);
        assert_true(us == cases[i].us);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "s", "ms", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1w", "1.5s",
        "01s", "0x1s", "1sm", "1m30s",
        "9223372036854775808us", "9223372036855s", "106751992d",
        "99999999999999999999999s"
    };
    apr_interval_time_t us;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT_OF(texts); i++) {
        us = 1;
        assert_status(sst_duration_parse(&us, texts[i]), SST_INVALID);
        assert_true(us == 0);
    }
}

/* --- URLs --- */

static void a_url_is_split_at_its_scheme(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample+tls://host:1/2", 0, NULL, &err,
                              *state), SST_OK);
    assert_string_equal(store->scheme, "sample+tls");
    assert_string_equal(store->address, "//host:1/2");
    assert_string_equal(store->name, "sample+tls://host:1/2");
    assert_string_equal(store->impl, "opened");
    assert_ptr_equal(store->ops, &sample);
}

static void a_password_is_not_in_the_name(void **state)
{
    static const struct {
        const char *url;
        const char *name;
    } cases[] = {
        { "sample://user:secret@host/0", "sample://user:***@host/0" },
        { "sample://:secret@host", "sample://:***@host" },
        { "sample://user:sec:ret@host:1", "sample://user:***@host:1" },
        { "sample://user:sec@ret@host", "sample://user:***@host" },
        { "sample://user:sec/ret@host", "sample://user:***@host" },
        { "sample://:secret@a:1,b:2/main/0",
          "sample://:***@a:1,b:2/main/0" },
        { "sample://user@host:1", "sample://user@host:1" },
        { "sample://host:1", "sample://host:1" },
        { "sample:/a:b@c", "sample:/a:b@c" }
    };
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        assert_status(open_sample(&store, cases[i].url, 0, NULL, &err,
                                  *state), SST_OK);
        assert_string_equal(store->name, cases[i].name);
        assert_string_equal(store->address,
                            strchr(cases[i].url, ':') + 1);
    }
}

static void a_url_of_no_known_scheme_is_refused_with_those_allowed(
    void **state)
{
    static const char *const urls[] = {
        "", "nothing", "ftp://host/", "DIR:/x", "dirx:/x", ":", "dir",
        "/var/lib/sessions"
    };
    const char *schemes = sst_store_schemes(*state);
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    assert_non_null(strstr(schemes, "dir:"));
    for (i = 0; i < COUNT_OF(urls); i++) {
        sst_error_clear(&err);
        assert_status(sst_store_open(&store, urls[i], 0, NULL, &err, *state),
                      SST_INVALID);
        assert_null(store);
        assert_error(&err, SST_INVALID);
        assert_non_null(strstr(err.text, apr_psprintf(*state, "\"%s\"",
                                                      urls[i])));
        assert_non_null(strstr(err.text, schemes));
    }
}

static void a_refused_url_does_not_show_its_password(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "ftp://user:secret@host", 0, NULL,
                                 &err, *state), SST_INVALID);
    assert_null(strstr(err.text, "secret"));
    assert_non_null(strstr(err.text, "user:***@host"));
}

static void a_url_without_scheme_names_those_of_the_backend(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "nothing", 0, NULL, &err, *state),
                  SST_INVALID);
    assert_null(store);
    assert_non_null(strstr(err.text, "sample:, sample+tls://"));
}

static void a_url_is_shown_on_one_line(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "a\nb", 0, NULL, &err, *state),
                  SST_INVALID);
    assert_error(&err, SST_INVALID);
}

static void what_the_backend_refuses_is_not_opened(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:refuse", 0, NULL, &err, *state),
                  SST_INVALID);
    assert_null(store);
    assert_string_equal(err.text, "refused");
}

/* --- Options --- */

static void options_have_defaults(void **state)
{
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:", 0, NULL, &err, *state),
                  SST_OK);
    assert_null(store->tenant);
    assert_true(store->timeout == apr_time_from_sec(1));
    assert_string_equal(sst_options_text(store->options, "label", "none"),
                        "none");
    assert_null(sst_options_text(store->options, "file", NULL));
    assert_true(sst_options_number(store->options, "pool", 8) == 8);
}

static void options_of_every_kind_are_read(void **state)
{
    static const char *const argv[] = {
        "tenant=shop", "timeout=250ms", "label=a=b", "file=/etc/x", "wait=0",
        "pool=64", "read=strong"
    };
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:", COUNT_OF(argv), argv, &err,
                              *state), SST_OK);
    assert_string_equal(store->tenant, "shop");
    assert_true(store->timeout == apr_time_from_msec(250));
    assert_string_equal(sst_options_text(store->options, "label", NULL),
                        "a=b");
    assert_string_equal(sst_options_text(store->options, "file", NULL),
                        "/etc/x");
    assert_true(sst_options_number(store->options, "wait", 5) == 0);
    assert_true(sst_options_number(store->options, "pool", 1) == 64);
    assert_true(sst_options_number(store->options, "read", 0) == 1);
}

static void the_smallest_and_the_largest_value_are_allowed(void **state)
{
    static const char *const texts[] = {
        "timeout=10ms", "timeout=60s", "timeout=1m", "pool=1", "pool=64",
        "wait=0", "wait=1d", "tenant=x", "read=eventual"
    };
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    for (i = 0; i < COUNT_OF(texts); i++) {
        assert_status(open_sample(&store, "sample:", 1, &texts[i], &err,
                                  *state), SST_OK);
    }
}

/* Each message names the option, the value and what is allowed. */
static void a_wrong_option_is_refused_with_what_is_allowed(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        const char *value;
        const char *allowed;
    } cases[] = {
        { "timeout=9ms", "timeout", "9ms", "from 10ms to 1m" },
        { "timeout=61s", "timeout", "61s", "from 10ms to 1m" },
        { "timeout=soon", "timeout", "soon", "such as 300ms, 20s or 5m" },
        { "timeout=", "timeout", "", "from 10ms to 1m" },
        { "timeout=-1s", "timeout", "-1s", "from 10ms to 1m" },
        { "wait=2d", "wait", "2d", "from 0 to 1d" },
        { "tenant=", "tenant", "", "a text of 1 to 255 bytes" },
        { "label=", "label", "", "a text that is not empty" },
        { "file=relative/path", "file", "relative/path",
          "an absolute path" },
        { "file=", "file", "", "an absolute path" },
        { "pool=0", "pool", "0", "a whole number from 1 to 64" },
        { "pool=65", "pool", "65", "a whole number from 1 to 64" },
        { "pool=8x", "pool", "8x", "a whole number from 1 to 64" },
        { "pool=-1", "pool", "-1", "a whole number from 1 to 64" },
        { "pool=99999999999999999999", "pool", "99999999999999999999",
          "a whole number from 1 to 64" },
        { "read=stron", "read", "stron", "one of eventual, strong" },
        { "read=eventual|strong", "read", "eventual|strong",
          "one of eventual, strong" },
        { "read=", "read", "", "one of eventual, strong" }
    };
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        assert_status(open_sample(&store, "sample:", 1, &cases[i].text, &err,
                                  *state), SST_INVALID);
        assert_null(store);
        assert_error(&err, SST_INVALID);
        assert_non_null(strstr(err.text,
                               apr_psprintf(*state,
                                            "option \"%s\" has the value "
                                            "\"%s\": allowed is ",
                                            cases[i].name, cases[i].value)));
        assert_non_null(strstr(err.text, cases[i].allowed));
    }
}

static void a_text_longer_than_allowed_is_refused(void **state)
{
    char *text = apr_pcalloc(*state, 7 + 256 + 1);
    const char *argv[1];
    sst_store_t *store;
    sst_error_t err;

    memset(text, 'x', 7 + 256);
    memcpy(text, "tenant=", 7);
    argv[0] = text;
    assert_status(open_sample(&store, "sample:", 1, argv, &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "a text of 1 to 255 bytes"));
    text[7 + 255] = '\0';
    assert_status(open_sample(&store, "sample:", 1, argv, &err, *state),
                  SST_OK);
    assert_int_equal(strlen(store->tenant), 255);
}

static void an_unknown_option_is_refused_with_all_names(void **state)
{
    static const char *const texts[] = {
        "colour=red", "Timeout=1s", "time=1s", "timeouts=1s", "=x", " =x"
    };
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    for (i = 0; i < COUNT_OF(texts); i++) {
        const char *name = apr_pstrmemdup(*state, texts[i],
                                          strcspn(texts[i], "="));

        assert_status(open_sample(&store, "sample:", 1, &texts[i], &err,
                                  *state), SST_INVALID);
        assert_null(store);
        assert_non_null(strstr(err.text,
                               apr_psprintf(*state, "option \"%s\" is unknown",
                                            name)));
        assert_non_null(strstr(err.text, "allowed are tenant, timeout, label, "
                                         "file, wait, pool, read"));
    }
}

static void an_unknown_option_does_not_show_its_value(void **state)
{
    static const char *const argv[] = { "pasword=secret" };
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:", 1, argv, &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "pasword"));
    assert_null(strstr(err.text, "secret"));
}

static void an_option_without_equals_is_refused_with_all_names(void **state)
{
    static const char *const argv[] = { "timeout" };
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:", 1, argv, &err, *state),
                  SST_INVALID);
    assert_null(store);
    assert_non_null(strstr(err.text, "\"timeout\" is not of the form "
                                     "name=value"));
    assert_non_null(strstr(err.text, "allowed names are tenant, timeout, "
                                     "label, file, wait, pool, read"));
}

static void a_repeated_option_is_refused(void **state)
{
    static const char *const argv[] = {
        "timeout=1s", "pool=2", "timeout=2s"
    };
    sst_store_t *store;
    sst_error_t err;

    assert_status(open_sample(&store, "sample:", COUNT_OF(argv), argv, &err,
                              *state), SST_INVALID);
    assert_null(store);
    assert_non_null(strstr(err.text, "option \"timeout\" is given twice, the "
                                     "second time as \"2s\": allowed is "
                                     "once"));
}

static void a_message_stays_on_one_line_and_short(void **state)
{
    const char *argv[1];
    char *text = apr_pcalloc(*state, 2000);
    sst_store_t *store;
    sst_error_t err;

    memset(text, '\n', 1999);
    memcpy(text, "pool=", 5);
    argv[0] = text;
    assert_status(open_sample(&store, "sample:", 1, argv, &err, *state),
                  SST_INVALID);
    assert_error(&err, SST_INVALID);
    assert_non_null(strstr(err.text, "a whole number from 1 to 64"));
}

/* --- The token directory's URL --- */

static void the_token_directory_takes_an_absolute_path(void **state)
{
    static const char *const wrong[] = {
        "dir:", "dir:relative", "dir:/", "dir:///", "dir://host/path",
        "dir:./x"
    };
    sst_store_t *store;
    sst_error_t err;
    size_t i;

    for (i = 0; i < COUNT_OF(wrong); i++) {
        sst_error_clear(&err);
        assert_status(sst_store_open(&store, wrong[i], 0, NULL, &err, *state),
                      SST_INVALID);
        assert_null(store);
        assert_non_null(strstr(err.text, apr_psprintf(*state, "\"%s\"",
                                                      wrong[i])));
        assert_non_null(strstr(err.text, "dir:/absolute/path"));
    }
    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "dir:/var/lib/x/", 0, NULL, &err,
                                 *state), SST_OK);
}

static void the_token_directory_takes_a_purge_interval(void **state)
{
    static const char *const never[] = { "purge=0" };
    static const char *const hourly[] = { "purge=1h" };
    static const char *const wrong[] = { "purge=8d" };
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "dir:/x", 0, NULL, &err, *state),
                  SST_OK);
    assert_true(store->purge_interval == apr_time_from_sec(600));
    assert_status(sst_store_open(&store, "dir:/x", 1, never, &err, *state),
                  SST_OK);
    assert_true(store->purge_interval == 0);
    assert_status(sst_store_open(&store, "dir:/x", 1, hourly, &err, *state),
                  SST_OK);
    assert_true(store->purge_interval == apr_time_from_sec(3600));
    assert_status(sst_store_open(&store, "dir:/x", 1, wrong, &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "from 0 to 7d"));
}

static void the_token_directory_names_its_options(void **state)
{
    static const char *const argv[] = { "pool=3" };
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "dir:/x", 1, argv, &err, *state),
                  SST_INVALID);
    assert_non_null(strstr(err.text, "option \"pool\" is unknown: allowed are "
                                     "tenant, timeout, purge"));
}

/* --- Versions and rows --- */

static void a_version_is_the_front_of_a_value(void **state)
{
    sst_span_t value = unit_hex("000102030405060708090a0b0c0d0e0f"
                                "0000000000000102 ff", *state);
    sst_version_t version;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_version_read(&version, value, &err), SST_OK);
    assert_span_equal(sst_span(version.token, sizeof(version.token)),
                      sst_span(value.data, SST_TOKEN_LEN));
    assert_true(version.revision == 0x102);
}

static void a_value_too_short_for_a_version_is_corrupt(void **state)
{
    sst_span_t value = unit_noise(1, SST_VERSION_LEN, *state);
    sst_version_t version;
    sst_error_t err;
    apr_size_t len;

    for (len = 0; len < SST_VERSION_LEN; len++) {
        sst_span_t part = unit_exact_copy(sst_span(value.data, len));

        sst_error_clear(&err);
        assert_status(sst_version_read(&version, part, &err), SST_CORRUPT);
        assert_error(&err, SST_CORRUPT);
        assert_zero(version.token, sizeof(version.token));
        assert_true(version.revision == 0);
        unit_exact_free(part);
    }
}

static void versions_are_equal_in_token_and_revision(void **state)
{
    sst_version_t a = { { 1, 2, 3 }, 5 };
    sst_version_t b = a;

    (void) state;
    assert_true(sst_version_equal(&a, &b));
    b.revision = 6;
    assert_false(sst_version_equal(&a, &b));
    b = a;
    b.token[15] = 1;
    assert_false(sst_version_equal(&a, &b));
}

static void a_row_is_read_from_the_hex_it_is_written_in(void **state)
{
    char hex[SST_ROW_HEX_LEN + 1];
    sst_row_t row;
    sst_row_t again;

    memcpy(row.bytes, unit_noise(3, sizeof(row.bytes), *state).data,
           sizeof(row.bytes));
    sst_row_hex(hex, &row);
    assert_int_equal(strlen(hex), 64);
    assert_status(sst_row_from_hex(&again, unit_text(hex)), SST_OK);
    assert_true(sst_row_equal(&row, &again));
    again.bytes[31] ^= 1;
    assert_false(sst_row_equal(&row, &again));
    hex[10] = 'G';
    assert_status(sst_row_from_hex(&again, unit_text(hex)), SST_INVALID);
    assert_zero(again.bytes, sizeof(again.bytes));
}

/* --- The rest --- */

typedef struct heard_t {
    int times;
    sst_status_t status;
    const sst_store_t *store;
    char text[SST_ERROR_TEXT_MAX];
} heard_t;

static void hear(void *baton, const sst_store_t *store, sst_status_t status,
                 const char *text)
{
    heard_t *heard = baton;

    heard->times++;
    heard->status = status;
    heard->store = store;
    apr_cpystrn(heard->text, text, sizeof(heard->text));
}

static void a_notice_reaches_who_listens(void **state)
{
    sst_store_t *store;
    sst_error_t err;
    heard_t heard;

    memset(&heard, 0, sizeof(heard));
    assert_status(open_sample(&store, "sample:", 0, NULL, &err, *state),
                  SST_OK);
    sst_store_notify(store, SST_OK, "nobody listens");
    store->notify = hear;
    store->notify_baton = &heard;
    sst_store_notify(store, SST_TIMEOUT, "node %d is slow", 3);
    assert_int_equal(heard.times, 1);
    assert_status(heard.status, SST_TIMEOUT);
    assert_ptr_equal(heard.store, store);
    assert_string_equal(heard.text, "node 3 is slow");
}

static void the_defaults_do_nothing_and_are_done(void **state)
{
    sst_purge_t purge = { 0, 0, 0 };
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_store_default_prepare(NULL, 0, 0, &err, *state),
                  SST_OK);
    assert_status(sst_store_default_start(NULL, &err, *state), SST_OK);
    assert_status(sst_store_default_purge(&purge, NULL, 0, 0, &err, *state),
                  SST_OK);
    assert_int_equal(purge.done, 1);
    assert_true(purge.removed == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(durations_are_read_in_every_unit),
        UNIT_TEST(what_is_no_duration_is_refused),
        UNIT_TEST(a_url_is_split_at_its_scheme),
        UNIT_TEST(a_password_is_not_in_the_name),
        UNIT_TEST(a_url_of_no_known_scheme_is_refused_with_those_allowed),
        UNIT_TEST(a_refused_url_does_not_show_its_password),
        UNIT_TEST(a_url_without_scheme_names_those_of_the_backend),
        UNIT_TEST(a_url_is_shown_on_one_line),
        UNIT_TEST(what_the_backend_refuses_is_not_opened),
        UNIT_TEST(options_have_defaults),
        UNIT_TEST(options_of_every_kind_are_read),
        UNIT_TEST(the_smallest_and_the_largest_value_are_allowed),
        UNIT_TEST(a_wrong_option_is_refused_with_what_is_allowed),
        UNIT_TEST(a_text_longer_than_allowed_is_refused),
        UNIT_TEST(an_unknown_option_is_refused_with_all_names),
        UNIT_TEST(an_unknown_option_does_not_show_its_value),
        UNIT_TEST(an_option_without_equals_is_refused_with_all_names),
        UNIT_TEST(a_repeated_option_is_refused),
        UNIT_TEST(a_message_stays_on_one_line_and_short),
        UNIT_TEST(the_token_directory_takes_an_absolute_path),
        UNIT_TEST(the_token_directory_takes_a_purge_interval),
        UNIT_TEST(the_token_directory_names_its_options),
        UNIT_TEST(a_version_is_the_front_of_a_value),
        UNIT_TEST(a_value_too_short_for_a_version_is_corrupt),
        UNIT_TEST(versions_are_equal_in_token_and_revision),
        UNIT_TEST(a_row_is_read_from_the_hex_it_is_written_in),
        UNIT_TEST(a_notice_reaches_who_listens),
        UNIT_TEST(the_defaults_do_nothing_and_are_done)
    };

    return cmocka_run_group_tests_name("store", tests, unit_start, unit_stop);
}
