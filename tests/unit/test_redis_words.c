/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Addresses of nodes, the slots of keys, and requests as bytes. */

#include "lib/transport/redis_address.h"
#include "lib/transport/redis_resp.h"
#include "lib/transport/redis_slots.h"
#include "tests/unit/unit.h"

static void an_address_has_a_host_and_a_port(void **state)
{
    static const struct {
        const char *text;
        int announced;
        const char *host;
        int port;
        const char *name;
    } cases[] = {
        { "localhost", 0, "localhost", 6379, "localhost:6379" },
        { "10.0.0.7:7000", 0, "10.0.0.7", 7000, "10.0.0.7:7000" },
        { "[::1]", 0, "::1", 6379, "[::1]:6379" },
        { "[fe80::2]:65535", 0, "fe80::2", 65535, "[fe80::2]:65535" },
        { "::1:7000", 1, "::1", 7000, "[::1]:7000" },
        { "node-1.example:1", 1, "node-1.example", 1, "node-1.example:1" }
    };
    sst_redis_address_t address;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_status(sst_redis_address_parse(&address,
                                              unit_text(cases[i].text),
                                              SST_REDIS_PORT,
                                              cases[i].announced, NULL,
                                              *state), SST_OK);
        assert_string_equal(address.host, cases[i].host);
        assert_int_equal(address.port, cases[i].port);
        assert_string_equal(address.name, cases[i].name);
        assert_null(address.path);
    }
}

static void what_is_no_address_is_refused_with_a_message(void **state)
{
    static const char *const texts[] = {
        "", ":", ":6379", "host:", "host:0", "host:65536", "host:x",
        "host:6379x", "[::1", "[]", "[::1]x", "::1:7000", "a b", "user@host",
        "host:-1", "host:+1", "host: 1"
    };
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sst_span_t copy = unit_exact_copy(unit_text(texts[i]));
        sst_redis_address_t address;
        sst_error_t err;

        sst_error_clear(&err);
        assert_status(sst_redis_address_parse(&address, copy, SST_REDIS_PORT,
                                              0, &err, *state), SST_INVALID);
        assert_error(&err, SST_INVALID);
        unit_exact_free(copy);
    }
}

/* The examples of the Redis Cluster specification. */
static void a_key_is_in_the_slot_of_its_crc(void **state)
{
    assert_int_equal(sst_redis_slot(unit_text("123456789")), 0x31c3);
    assert_int_equal(sst_redis_slot(unit_text("foo")), 12182);
    assert_int_equal(sst_redis_slot(unit_text("")), 0);
}

static void a_hash_tag_is_hashed_alone(void **state)
{
    static const struct {
        const char *key;
        const char *hashed;
    } cases[] = {
        { "{user1000}.following", "user1000" },
        { "foo{bar}{zap}", "bar" },
        { "foo{{bar}}zap", "{bar" }
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(sst_redis_slot(unit_text(cases[i].key)),
                         sst_redis_slot(unit_text(cases[i].hashed)));
    }
}

static void a_tag_that_is_empty_or_open_is_none(void **state)
{
    assert_int_not_equal(sst_redis_slot(unit_text("foo{}{bar}")),
                         sst_redis_slot(unit_text("bar")));
    assert_int_not_equal(sst_redis_slot(unit_text("foo{")),
                         sst_redis_slot(unit_text("foo")));
    assert_int_not_equal(sst_redis_slot(unit_text("foo{bar")),
                         sst_redis_slot(unit_text("bar")));
}

static void commands_are_sent_in_one_piece_and_may_hold_any_byte(void **state)
{
    const sst_span_t get[] = { unit_text("GET"), sst_span("a\0\r\n", 4) };
    const sst_span_t ping[] = { unit_text("PING") };
    static const char expected[] = "*2\r\n$3\r\nGET\r\n$4\r\na\0\r\n\r\n"
                                   "*1\r\n$4\r\nPING\r\n";
    sst_redis_request_t request;

    sst_redis_request_init(&request, *state);
    assert_status(sst_redis_request_add(&request, 2, get, NULL), SST_OK);
    assert_status(sst_redis_request_add(&request, 1, ping, NULL), SST_OK);
    assert_span_equal(sst_redis_request_bytes(&request, 0),
                      sst_span(expected, sizeof(expected) - 1));
}

static void formatted_commands_are_sent_as_they_lie(void **state)
{
    static const char text[] = "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nROLE\r\n";
    sst_redis_request_t request;
    sst_span_t bytes;

    sst_redis_request_init(&request, *state);
    assert_status(sst_redis_request_add_formatted(&request,
                                                  sst_span(text, 14), NULL),
                  SST_OK);
    assert_status(sst_redis_request_add_formatted(&request,
                                                  sst_span(text + 14, 14),
                                                  NULL), SST_OK);
    bytes = sst_redis_request_bytes(&request, 0);
    assert_ptr_equal(bytes.data, text);
    assert_int_equal(bytes.len, 28);
    assert_span_equal(sst_redis_request_bytes(&request, 1),
                      unit_text("*1\r\n$6\r\nASKING\r\n*1\r\n$4\r\nPING\r\n"
                                "*1\r\n$6\r\nASKING\r\n*1\r\n$4\r\nROLE\r\n"));
}

static void asking_stands_before_each_command(void **state)
{
    const sst_span_t ping[] = { unit_text("PING") };
    sst_redis_request_t request;

    sst_redis_request_init(&request, *state);
    assert_status(sst_redis_request_add(&request, 1, ping, NULL), SST_OK);
    assert_status(sst_redis_request_add(&request, 1, ping, NULL), SST_OK);
    assert_span_equal(sst_redis_request_bytes(&request, 1),
                      unit_text("*1\r\n$6\r\nASKING\r\n*1\r\n$4\r\nPING\r\n"
                                "*1\r\n$6\r\nASKING\r\n*1\r\n$4\r\nPING\r\n"));
}

static void a_request_with_a_password_is_wiped(void **state)
{
    const sst_span_t auth[] = { unit_text("AUTH"), unit_text("secret") };
    const sst_span_t ping[] = { unit_text("PING") };
    sst_redis_request_t request;
    sst_span_t command;
    sst_span_t bytes;

    sst_redis_request_init(&request, *state);
    request.secret = 1;
    assert_status(sst_redis_request_add(&request, 2, auth, NULL), SST_OK);
    assert_status(sst_redis_request_add(&request, 1, ping, NULL), SST_OK);
    command = request.commands[0];
    bytes = sst_redis_request_bytes(&request, 0);
    assert_int_not_equal(bytes.len, 0);
    sst_redis_request_wipe(&request, bytes);
    assert_zero(command.data, command.len);
    assert_zero(bytes.data, bytes.len);
}

static void a_request_that_was_never_sent_is_wiped(void **state)
{
    const sst_span_t auth[] = { unit_text("AUTH"), unit_text("secret") };
    sst_redis_request_t request;
    sst_span_t command;

    sst_redis_request_init(&request, *state);
    assert_status(sst_redis_request_add(&request, 2, auth, NULL), SST_OK);
    command = request.commands[0];
    sst_redis_request_wipe(&request, sst_span(NULL, 0));
    assert_zero(command.data, command.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_address_has_a_host_and_a_port),
        UNIT_TEST(what_is_no_address_is_refused_with_a_message),
        cmocka_unit_test(a_key_is_in_the_slot_of_its_crc),
        cmocka_unit_test(a_hash_tag_is_hashed_alone),
        cmocka_unit_test(a_tag_that_is_empty_or_open_is_none),
        UNIT_TEST(commands_are_sent_in_one_piece_and_may_hold_any_byte),
        UNIT_TEST(formatted_commands_are_sent_as_they_lie),
        UNIT_TEST(asking_stands_before_each_command),
        UNIT_TEST(a_request_with_a_password_is_wiped),
        UNIT_TEST(a_request_that_was_never_sent_is_wiped)
    };

    return cmocka_run_group_tests_name("redis words", tests, unit_start,
                                       unit_stop);
}
