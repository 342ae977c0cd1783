/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Request signatures against the examples that AWS publishes: the Signature
 * Version 4 test suite, and the walk-through of the IAM User Guide.
 */

#include "tests/unit/unit.h"

#include "lib/transport/sigv4.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TIME "20150830T123600Z"
#define HOST { "host", "example.amazonaws.com" }
#define DATE { "x-amz-date", TIME }

#define SUITE "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/" \
    "service/aws4_request, SignedHeaders="

static const sst_sigv4_header_t plain[] = { HOST, DATE };

static const sst_sigv4_header_t form[] = {
    { "content-type", "application/x-www-form-urlencoded" }, HOST, DATE
};

static const sst_sigv4_header_t blanks[] = {
    HOST, { "my-header1", " value1" }, { "my-header2", " \"a   b   c\"" },
    DATE
};

static const sst_sigv4_header_t with_token[] = {
    HOST, DATE,
    { "x-amz-security-token",
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWs"
      "KWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGde"
      "ehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8T"
      "x6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FD"
      "rypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==" }
};

static const char *sign(const char *method, const char *query,
                        const sst_sigv4_header_t *headers, int count,
                        const char *body, const char *service,
                        apr_pool_t *pool)
{
    sst_sigv4_request_t request = {
        method, "/", query, headers, count, sst_span_text(body), TIME,
        "us-east-1", service, "AKIDEXAMPLE"
    };
    unsigned char key[SST_SIGV4_KEY_LEN];
    const char *authorization;

    assert_status(sst_sigv4_key(key, SECRET, TIME, "us-east-1", service,
                                NULL), SST_OK);
    assert_status(sst_sigv4_authorize(&authorization, &request, key, NULL,
                                      pool), SST_OK);
    return authorization;
}

static void the_key_of_the_walk_through_is_derived(void **state)
{
    unsigned char key[SST_SIGV4_KEY_LEN];

    assert_status(sst_sigv4_key(key, SECRET, TIME, "us-east-1", "iam", NULL),
                  SST_OK);
    assert_span_equal(
        sst_span(key, sizeof(key)),
        unit_hex("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3"
                 "c154a4b9", *state));
}

static void the_request_of_the_walk_through_is_signed(void **state)
{
    static const sst_sigv4_header_t headers[] = {
        { "content-type",
          "application/x-www-form-urlencoded; charset=utf-8" },
        { "host", "iam.amazonaws.com" }, DATE
    };

    assert_string_equal(
        sign("GET", "Action=ListUsers&Version=2010-05-08", headers, 3, "",
             "iam", *state),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/"
        "aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature="
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

static void get_vanilla_is_signed(void **state)
{
    assert_string_equal(
        sign("GET", "", plain, 2, "", "service", *state),
        SUITE "host;x-amz-date, Signature="
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

static void get_vanilla_query_is_signed(void **state)
{
    assert_string_equal(
        sign("GET", "Param1=value1&Param2=value2", plain, 2, "", "service",
             *state),
        SUITE "host;x-amz-date, Signature="
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

static void get_header_value_trim_is_signed(void **state)
{
    assert_string_equal(
        sign("GET", "", blanks, 4, "", "service", *state),
        SUITE "host;my-header1;my-header2;x-amz-date, Signature="
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

static void post_vanilla_is_signed(void **state)
{
    assert_string_equal(
        sign("POST", "", plain, 2, "", "service", *state),
        SUITE "host;x-amz-date, Signature="
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

static void post_x_www_form_urlencoded_is_signed(void **state)
{
    assert_string_equal(
        sign("POST", "", form, 3, "Param1=value1", "service", *state),
        SUITE "content-type;host;x-amz-date, Signature="
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

static void post_sts_header_before_is_signed(void **state)
{
    assert_string_equal(
        sign("POST", "", with_token, 3, "", "service", *state),
        SUITE "host;x-amz-date;x-amz-security-token, Signature="
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

static void a_time_is_written_in_utc(void **state)
{
    char time[SST_SIGV4_TIME_LEN + 1];

    (void) state;
    sst_sigv4_time(time, apr_time_from_sec(1440938160));
    assert_string_equal(time, TIME);
    sst_sigv4_time(time, 0);
    assert_string_equal(time, "19700101T000000Z");
}

static void a_secret_that_is_too_long_is_invalid_and_leaves_no_key(void **state)
{
    unsigned char key[SST_SIGV4_KEY_LEN];
    char secret[400];
    sst_error_t err;

    (void) state;
    memset(secret, 'x', sizeof(secret));
    secret[sizeof(secret) - 1] = '\0';
    memset(key, 1, sizeof(key));
    sst_error_clear(&err);
    assert_status(sst_sigv4_key(key, secret, TIME, "r", "s", &err),
                  SST_INVALID);
    assert_error(&err, SST_INVALID);
    assert_zero(key, sizeof(key));
}

static void a_request_without_headers_is_invalid(void **state)
{
    sst_sigv4_request_t request = {
        "GET", "/", "", plain, 0, { NULL, 0 }, TIME, "r", "s", "k"
    };
    unsigned char key[SST_SIGV4_KEY_LEN] = { 0 };
    const char *authorization = "left";

    assert_status(sst_sigv4_authorize(&authorization, &request, key, NULL,
                                      *state), SST_INVALID);
    assert_null(authorization);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_key_of_the_walk_through_is_derived),
        UNIT_TEST(the_request_of_the_walk_through_is_signed),
        UNIT_TEST(get_vanilla_is_signed),
        UNIT_TEST(get_vanilla_query_is_signed),
        UNIT_TEST(get_header_value_trim_is_signed),
        UNIT_TEST(post_vanilla_is_signed),
        UNIT_TEST(post_x_www_form_urlencoded_is_signed),
        UNIT_TEST(post_sts_header_before_is_signed),
        UNIT_TEST(a_time_is_written_in_utc),
        UNIT_TEST(a_secret_that_is_too_long_is_invalid_and_leaves_no_key),
        UNIT_TEST(a_request_without_headers_is_invalid)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
