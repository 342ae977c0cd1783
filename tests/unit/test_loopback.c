/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which names are this host, whatever a resolver says. */

#include "tests/unit/unit.h"

#include "lib/transport/loopback.h"

static void addresses_of_this_host_are_loopback(void **state)
{
    (void) state;
    assert_true(sst_loopback("localhost"));
    assert_true(sst_loopback("127.0.0.1"));
    assert_true(sst_loopback("127.1.2.3"));
    assert_true(sst_loopback("::1"));
    assert_true(sst_loopback("[::1]"));
}

static void names_that_only_look_like_it_are_not(void **state)
{
    (void) state;
    assert_false(sst_loopback(""));
    assert_false(sst_loopback("127.example.com"));
    assert_false(sst_loopback("127.0.0.1.example.com"));
    assert_false(sst_loopback("localhost.example.com"));
    assert_false(sst_loopback("128.0.0.1"));
    assert_false(sst_loopback("::ffff:127.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(addresses_of_this_host_are_loopback),
        UNIT_TEST(names_that_only_look_like_it_are_not)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
