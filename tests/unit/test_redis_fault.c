/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Redis' error replies: what each means, what is shown of it. */

#include "lib/transport/redis_fault.h"
#include "tests/unit/unit.h"

static void each_code_has_its_meaning(void **state)
{
    static const struct {
        const char *text;
        sst_redis_fault_t fault;
        sst_status_t status;
    } cases[] = {
        { "LOADING Redis is loading the dataset in memory",
          SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE },
        { "BUSY Redis is busy running a script.", SST_REDIS_FAULT_WAIT,
          SST_UNAVAILABLE },
        { "TRYAGAIN Multiple keys request during rehashing of slot",
          SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE },
        { "CLUSTERDOWN The cluster is down", SST_REDIS_FAULT_WAIT,
          SST_UNAVAILABLE },
        { "MOVED 3999 127.0.0.1:6381", SST_REDIS_FAULT_MOVED,
          SST_UNAVAILABLE },
        { "ASK 3999 127.0.0.1:6381", SST_REDIS_FAULT_ASK, SST_UNAVAILABLE },
        { "READONLY You can't write against a read only replica.",
          SST_REDIS_FAULT_PRIMARY, SST_UNAVAILABLE },
        { "MASTERDOWN Link with MASTER is down", SST_REDIS_FAULT_PRIMARY,
          SST_UNAVAILABLE },
        { "NOREPLICAS Not enough good replicas to write.",
          SST_REDIS_FAULT_PRIMARY, SST_UNAVAILABLE },
        { "NOSCRIPT No matching script.", SST_REDIS_FAULT_SCRIPT,
          SST_UNAVAILABLE },
        { "NOAUTH Authentication required.", SST_REDIS_FAULT_LOGIN,
          SST_DENIED },
        { "WRONGPASS invalid username-password pair", SST_REDIS_FAULT_LOGIN,
          SST_DENIED },
        { "NOPERM this user has no permissions to run the 'get' command",
          SST_REDIS_FAULT_RIGHTS, SST_DENIED },
        { "OOM command not allowed when used memory > 'maxmemory'.",
          SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE },
        { "MISCONF Redis is configured to save RDB snapshots",
          SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE },
        { "ERR max number of clients reached", SST_REDIS_FAULT_REFUSED,
          SST_UNAVAILABLE },
        { "WRONGTYPE Operation against a key holding the wrong kind",
          SST_REDIS_FAULT_TYPE, SST_CORRUPT },
        { "SOMETHING that nobody has heard of", SST_REDIS_FAULT_REFUSED,
          SST_UNAVAILABLE },
        { "", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE }
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_error_t err;

        sst_error_clear(&err);
        assert_int_equal(sst_redis_fault(unit_text(cases[i].text)),
                         cases[i].fault);
        assert_status(sst_redis_fault_error(unit_text(cases[i].text),
                                            "node:1", "web", &err),
                      cases[i].status);
        assert_error(&err, cases[i].status);
    }
}

/* The words of Redis 6.2 for a command that failed inside a script. */
static void a_failure_inside_a_script_is_found(void **state)
{
    assert_int_equal(
        sst_redis_fault(unit_text("ERR Error running script (call to f_1): "
                                  "@user_script:1: @user_script: 1: "
                                  "-OOM command not allowed")),
        SST_REDIS_FAULT_REFUSED);
    assert_int_equal(
        sst_redis_fault(unit_text("ERR Error running script (call to f_1): "
                                  "@user_script:1: @user_script: 1: "
                                  "-READONLY You can't write")),
        SST_REDIS_FAULT_PRIMARY);
    assert_int_equal(
        sst_redis_fault(unit_text("ERR Error running script (call to f_1): "
                                  "@user_script:1: WRONGTYPE Operation")),
        SST_REDIS_FAULT_TYPE);
}

static void a_message_names_node_user_and_remedy(void **state)
{
    sst_error_t err;

    sst_error_clear(&err);
    (void) sst_redis_fault_error(unit_text("NOPERM no right to 'get'"),
                                 "10.0.0.7:6379", "web", &err);
    assert_non_null(strstr(err.text, "10.0.0.7:6379"));
    assert_non_null(strstr(err.text, "user web"));
    assert_non_null(strstr(err.text, "NOPERM no right to 'get'"));
    assert_non_null(strstr(err.text, "ACL SETUSER"));
}

static void a_right_that_is_missing_is_named_as_acl_wants_it(void **state)
{
    static const struct {
        const char *text;
        const char *right;
    } cases[] = {
        { "NOPERM this user has no permissions to run the 'select' command or "
          "its subcommand", "(+select)" },
        { "NOPERM User web has no permissions to run the 'cluster|slots' "
          "command", "(+cluster|slots)" }
    };
    static const char *const others[] = {
        "NOPERM No permissions to access a key", "NOPERM the 'get",
        "NOPERM to run the 'select", "NOPERM to run the '' command",
        "NOPERM to run the "
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_error_t err;

        sst_error_clear(&err);
        (void) sst_redis_fault_error(unit_text(cases[i].text), "node:1",
                                     "web", &err);
        assert_non_null(strstr(err.text, cases[i].right));
    }
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        sst_span_t copy = unit_exact_copy(unit_text(others[i]));
        sst_error_t err;

        sst_error_clear(&err);
        (void) sst_redis_fault_error(copy, "node:1", "web", &err);
        assert_null(strstr(err.text, "(+"));
        assert_non_null(strstr(err.text, "ACL SETUSER"));
        unit_exact_free(copy);
    }
}

/* A server that does not know AUTH quotes the password. */
static void arguments_that_redis_quotes_are_not_shown(void **state)
{
    sst_error_t err;

    sst_error_clear(&err);
    (void) sst_redis_fault_error(unit_text("ERR unknown command `AUTH`, with "
                                           "args beginning with: `s3cret` "),
                                 "node:1", "web", &err);
    assert_non_null(strstr(err.text, "unknown command"));
    assert_null(strstr(err.text, "s3cret"));
}

static void a_message_is_one_printable_line(void **state)
{
    sst_error_t err;

    sst_error_clear(&err);
    (void) sst_redis_fault_error(sst_span("ERR a\r\nb\033[1m\0c", 14),
                                 "node:1", "web", &err);
    assert_error(&err, SST_UNAVAILABLE);
    assert_null(strchr(err.text, '\033'));
    assert_null(strchr(err.text, '\r'));
}

static void a_redirection_names_slot_and_target(void **state)
{
    unsigned int slot;
    sst_span_t target;

    assert_status(sst_redis_fault_target(&slot, &target,
                                         unit_text("MOVED 16383 [::1]:7")),
                  SST_OK);
    assert_int_equal(slot, 16383);
    assert_span_equal(target, unit_text("[::1]:7"));
    assert_status(sst_redis_fault_target(&slot, &target,
                                         unit_text("ASK 0 :6379")), SST_OK);
    assert_span_equal(target, unit_text(":6379"));
}

static void a_bad_redirection_is_invalid(void **state)
{
    static const char *const texts[] = {
        "", "MOVED", "MOVED ", "MOVED 1", "MOVED 1 ", "MOVED x h:1",
        "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED 99999999999999999999 h:1"
    };
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sst_span_t copy = unit_exact_copy(unit_text(texts[i]));
        unsigned int slot = 7;
        sst_span_t target;

        assert_status(sst_redis_fault_target(&slot, &target, copy),
                      SST_INVALID);
        unit_exact_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_its_meaning),
        cmocka_unit_test(a_failure_inside_a_script_is_found),
        cmocka_unit_test(a_message_names_node_user_and_remedy),
        cmocka_unit_test(a_right_that_is_missing_is_named_as_acl_wants_it),
        cmocka_unit_test(arguments_that_redis_quotes_are_not_shown),
        cmocka_unit_test(a_message_is_one_printable_line),
        cmocka_unit_test(a_redirection_names_slot_and_target),
        cmocka_unit_test(a_bad_redirection_is_invalid)
    };

    return cmocka_run_group_tests_name("redis faults", tests, unit_start,
                                       unit_stop);
}
