/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials as sources give them: texts, JSON, times. */

#include "tests/unit/unit.h"

#include "lib/transport/aws_endpoint.h"
#include "lib/transport/aws_keys.h"

static sst_status_t read_json(sst_aws_keys_t *out, const char *text,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_error_clear(err);
    return sst_aws_keys_from_json(out, "the test", sst_span_text(text),
                                  "Token", err, pool);
}

static void a_document_gives_keys_token_and_end(void **state)
{
    sst_aws_keys_t keys;
    sst_error_t err;

    assert_status(read_json(&keys, "{\"AccessKeyId\":\"AK\",\"SecretAccessKey"
                            "\":\"s/+=\",\"Token\":\"t\",\"Expiration\":"
                            "\"2015-08-30T12:36:00Z\"}", &err, *state),
                  SST_OK);
    assert_string_equal(keys.key_id, "AK");
    assert_string_equal(keys.secret, "s/+=");
    assert_string_equal(keys.token, "t");
    assert_int_equal(apr_time_sec(keys.expires), 1440938160);
}

static void token_and_end_may_be_missing(void **state)
{
    sst_aws_keys_t keys;
    sst_error_t err;

    assert_status(read_json(&keys, "{\"AccessKeyId\":\"AK\","
                            "\"SecretAccessKey\":\"s\",\"Token\":\"\"}", &err,
                            *state), SST_OK);
    assert_null(keys.token);
    assert_int_equal(keys.expires, 0);
}

static void what_is_no_credentials_is_invalid(void **state)
{
    static const char *const texts[] = {
        "", "[]", "\"AK\"", "{", "{}", "{\"AccessKeyId\":\"AK\"}",
        "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"\"}",
        "{\"AccessKeyId\":1,\"SecretAccessKey\":\"s\"}",
        "{\"AccessKeyId\":\"A K\",\"SecretAccessKey\":\"s\"}",
        "{\"AccessKeyId\":\"AK\\r\\nX-Evil: 1\",\"SecretAccessKey\":\"s\"}",
        "{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\",\"Token\":\"\\n\"}",
        ("{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"s\","
         "\"Expiration\":\"tomorrow\"}"), NULL
    };
    const char *const *text;
    sst_aws_keys_t keys;
    sst_error_t err;

    for (text = texts; *text != NULL; text++) {
        assert_status(read_json(&keys, *text, &err, *state), SST_INVALID);
        assert_error(&err, SST_INVALID);
        assert_null(keys.key_id);
        assert_null(keys.secret);
        assert_null(keys.token);
    }
}

static void times_are_read_with_zone_and_fraction(void **state)
{
    apr_time_t time;

    (void) state;
    assert_status(sst_aws_time_parse(&time, "2015-08-30T12:36:00Z"), SST_OK);
    assert_int_equal(apr_time_sec(time), 1440938160);
    assert_status(sst_aws_time_parse(&time, "2015-08-30T12:36:00.123456Z"),
                  SST_OK);
    assert_int_equal(apr_time_sec(time), 1440938160);
    assert_status(sst_aws_time_parse(&time, "2015-08-30T14:36:00+02:00"),
                  SST_OK);
    assert_int_equal(apr_time_sec(time), 1440938160);
    assert_status(sst_aws_time_parse(&time, "2015-08-30T07:06:00-05:30"),
                  SST_OK);
    assert_int_equal(apr_time_sec(time), 1440938160);
}

static void what_is_no_time_is_invalid_and_zero(void **state)
{
    static const char *const texts[] = {
        "", "2015-08-30", "2015-08-30T12:36:00", "2015-08-30T12:36:00z ",
        "2015-13-30T12:36:00Z", "12:36", "2015-08-30T12:36:00+2", NULL
    };
    const char *const *text;
    apr_time_t time;

    (void) state;
    for (text = texts; *text != NULL; text++) {
        time = 1;
        assert_status(sst_aws_time_parse(&time, *text), SST_INVALID);
        assert_int_equal(time, 0);
    }
}

static void a_region_is_a_host_names_label(void **state)
{
    static const char *const good[] = {
        "eu-west-1", "us-gov-east-1", "local", "ap-southeast-99", NULL
    };
    static const char *const bad[] = {
        "", "EU-WEST-1", "eu.west", "eu_west", "-eu", "eu-", "eu--west",
        "eu/", "eu west", "a@b", NULL
    };
    const char *const *name;

    (void) state;
    for (name = good; *name != NULL; name++) {
        assert_true(sst_aws_region_valid(*name));
    }
    for (name = bad; *name != NULL; name++) {
        assert_false(sst_aws_region_valid(*name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_document_gives_keys_token_and_end),
        UNIT_TEST(token_and_end_may_be_missing),
        UNIT_TEST(what_is_no_credentials_is_invalid),
        UNIT_TEST(times_are_read_with_zone_and_fraction),
        UNIT_TEST(what_is_no_time_is_invalid_and_zero),
        UNIT_TEST(a_region_is_a_host_names_label)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
