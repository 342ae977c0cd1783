/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The URLs and options of Redis stores: what is read from them, and what is
 * refused, with a message that says what is allowed.
 */

#include "lib/backends/redis.h"
#include "lib/transport/redis_slots.h"
#include "tests/unit/unit.h"

#define OPTIONS_MAX 4

static const sst_redis_config_t *open_config(const char *url,
                                             const char *option,
                                             apr_pool_t *pool)
{
    sst_store_t *store = NULL;
    sst_error_t err;
    const sst_redis_t *redis;

    sst_error_clear(&err);
    if (sst_store_open(&store, url, option != NULL, &option, &err, pool)
        != SST_OK) {
        fail_msg("%s: %s", url, err.text);
    }
    redis = store->impl;
    return &redis->config;
}

static const sst_redis_address_t *seed(const sst_redis_config_t *config,
                                       int index)
{
    return &APR_ARRAY_IDX(config->seeds, index, sst_redis_address_t);
}

static void a_plain_url_has_host_port_and_database(void **state)
{
    const sst_redis_config_t *config = open_config("redis://cache:7000/3",
                                                   NULL, *state);

    assert_int_equal(config->form, SST_REDIS_SINGLE);
    assert_false(config->secure);
    assert_string_equal(seed(config, 0)->name, "cache:7000");
    assert_int_equal(config->db, 3);
    assert_null(config->user);
    assert_null(config->password);
    config = open_config("redis://cache", NULL, *state);
    assert_string_equal(seed(config, 0)->name, "cache:6379");
    assert_int_equal(config->db, 0);
}

static void user_and_password_may_hold_escaped_characters(void **state)
{
    const sst_redis_config_t *config
        = open_config("rediss://w%40b:p%2Fw%3A%25@[::1]:1/", NULL, *state);

    assert_true(config->secure);
    assert_string_equal(config->user, "w@b");
    assert_string_equal(config->password, "p/w:%");
    assert_string_equal(seed(config, 0)->host, "::1");
    config = open_config("redis://:secret@h", NULL, *state);
    assert_null(config->user);
    assert_string_equal(config->password, "secret");
}

static void a_socket_has_a_path(void **state)
{
    const sst_redis_config_t *config = open_config("redis+unix:/run/redis",
                                                   "db=4", *state);

    assert_string_equal(seed(config, 0)->path, "/run/redis");
    assert_int_equal(config->db, 4);
    config = open_config("redis+unix:///run/redis", NULL, *state);
    assert_string_equal(seed(config, 0)->path, "/run/redis");
}

static void sentinels_name_the_primary(void **state)
{
    const sst_redis_config_t *config
        = open_config("redis+sentinel://web:pw@a,b:2,[::1]/main/5", NULL,
                      *state);

    assert_int_equal(config->form, SST_REDIS_SENTINEL);
    assert_int_equal(config->seeds->nelts, 3);
    assert_string_equal(seed(config, 0)->name, "a:26379");
    assert_string_equal(seed(config, 1)->name, "b:2");
    assert_string_equal(seed(config, 2)->name, "[::1]:26379");
    assert_string_equal(config->master, "main");
    assert_string_equal(config->user, "web");
    assert_int_equal(config->db, 5);
}

static void a_cluster_has_several_seeds(void **state)
{
    const sst_redis_config_t *config
        = open_config("rediss+cluster://a,b:7001", NULL, *state);

    assert_int_equal(config->form, SST_REDIS_CLUSTER);
    assert_true(config->secure);
    assert_int_equal(config->seeds->nelts, 2);
    assert_string_equal(seed(config, 0)->name, "a:6379");
}

static void options_have_defaults(void **state)
{
    const sst_redis_config_t *plain = open_config("redis://h", NULL, *state);
    const sst_redis_config_t *tls = open_config("rediss://h", NULL, *state);

    assert_true(plain->connect_timeout == apr_time_from_msec(300));
    assert_true(plain->idle_age == apr_time_from_sec(60));
    assert_true(tls->pool_max < plain->pool_max);
    assert_int_equal(plain->replicas, -1);
    assert_int_equal(open_config("redis://h", "pool=3", *state)->pool_max, 3);
}

static void what_is_wrong_is_refused_and_shows_no_password(void **state)
{
    static const struct {
        const char *url;
        const char *options[OPTIONS_MAX];
        const char *hint;
    } cases[] = {
        { "redis://", { NULL }, "host:port" },
        { "redis://h:99999", { NULL }, "host:port" },
        { "redis://a,b", { NULL }, "several hosts" },
        { "redis://h/x", { NULL }, "no database" },
        { "redis://h/1/2", { NULL }, "no database" },
        { "redis://h/65536", { NULL }, "no database" },
        { "redis://h?db=1", { NULL }, "redis://[user" },
        { "redis://@h", { NULL }, "no user" },
        { "redis://web:@h", { NULL }, "no user" },
        { "redis://web@h", { NULL }, "no password" },
        { "redis+unix:/", { NULL }, "socket" },
        { "redis+sentinel://h", { NULL }, "primary" },
        { "redis+sentinel://h/", { NULL }, "primary" },
        { "redis+sentinel://h/main/x", { NULL }, "primary" },
        { "redis+cluster://h/1", { NULL }, "database" },
        { "redis://h", { "ca=/ca.pem" }, "rediss://" },
        { "redis://h", { "servername=x" }, "rediss://" },
        { "rediss://h", { "key=/key.pem" }, "cert=" },
        { "redis://h", { "sentinel-user=x" }, "redis+sentinel://" },
        { "redis://h", { "user=x" }, "redis+unix:" },
        { "redis://:s3cret@h", { "password-file=/p" }, "password" },
        { "redis://h", { "pool=0" }, "1 to" },
        { "redis://h", { "ca=relative" }, "absolute path" },
        { "redis://h", { "prefix=" }, "text" },
        { "redis://h", { "colour=green" }, "prefix" },
        { "redis+cluster://h", { "replicas=1", "prefix=a{b" }, "{web}" },
        { "redis+cluster://h", { "replicas=1", "prefix=a{}b" }, "{web}" },
        { "redis+cluster://h", { "replicas=1", "prefix=a}b" }, "{web}" },
        { "redis+cluster://h", { "replicas=1", "prefix=}{a" }, "{web}" },
        { "redis://web:s3cret@h:x", { NULL }, "host:port" }
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_store_t *store = NULL;
        sst_error_t err;
        int count = 0;

        while (cases[i].options[count] != NULL) {
            count++;
        }
        sst_error_clear(&err);
        if (sst_store_open(&store, cases[i].url, count, cases[i].options,
                           &err, *state) != SST_INVALID) {
            fail_msg("%s was not refused", cases[i].url);
        }
        assert_error(&err, SST_INVALID);
        assert_null(store);
        if (strstr(err.text, cases[i].hint) == NULL) {
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].url, err.text,
                     cases[i].hint);
        }
        assert_null(strstr(err.text, "s3cret"));
    }
}

static void a_witness_is_in_the_slot_of_its_key(void **state)
{
    static const char *const prefixes[] = {
        "prefix=sst:", "prefix={web}:", "prefix=a:{web}:b}{", "prefix=a}{b}"
    };
    sst_row_t row;
    size_t i;

    memset(&row, 7, sizeof(row));
    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const char *options[] = { prefixes[i], "replicas=1" };
        sst_store_t *store = NULL;
        sst_span_t key;
        sst_span_t witness;

        assert_status(sst_store_open(&store, "redis+cluster://h", 2, options,
                                     NULL, *state), SST_OK);
        key = sst_redis_row_key(store->impl, &row, *state);
        witness = sst_redis_witness_key(store->impl, key, *state);
        assert_int_equal(sst_redis_slot(witness), sst_redis_slot(key));
        assert_memory_equal(witness.data, prefixes[i] + strlen("prefix="),
                            strlen(prefixes[i]) - strlen("prefix="));
    }
}

static void without_start_each_operation_is_unavailable(void **state)
{
    sst_store_t *store = NULL;
    sst_row_t row;
    sst_value_t value;
    sst_error_t err;

    memset(&row, 7, sizeof(row));
    sst_error_clear(&err);
    assert_status(sst_store_open(&store, "redis://h", 0, NULL, &err, *state),
                  SST_OK);
    assert_status(store->ops->get(&value, store, &row, 0, apr_time_now(),
                                  &err, *state), SST_UNAVAILABLE);
    assert_error(&err, SST_UNAVAILABLE);
    assert_status(store->ops->remove(store, &row, NULL, apr_time_now(), NULL,
                                     *state), SST_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_plain_url_has_host_port_and_database),
        UNIT_TEST(user_and_password_may_hold_escaped_characters),
        UNIT_TEST(a_socket_has_a_path),
        UNIT_TEST(sentinels_name_the_primary),
        UNIT_TEST(a_cluster_has_several_seeds),
        UNIT_TEST(options_have_defaults),
        UNIT_TEST(what_is_wrong_is_refused_and_shows_no_password),
        UNIT_TEST(a_witness_is_in_the_slot_of_its_key),
        UNIT_TEST(without_start_each_operation_is_unavailable)
    };

    return cmocka_run_group_tests_name("redis URLs", tests, unit_start,
                                       unit_stop);
}
