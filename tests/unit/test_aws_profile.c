/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The shared files of the AWS SDKs, as their reference guide describes them. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/transport/aws_profile.h"

static sst_aws_files_t *parse(sst_aws_file_t kind, const char *text,
                              apr_pool_t *pool)
{
    sst_aws_files_t *files = sst_aws_files_new(pool);

    sst_aws_files_parse(files, kind, apr_pstrdup(pool, text));
    return files;
}

static void sections_of_the_config_file_are_profiles(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CONFIG,
                                   "[default]\nregion=a\n"
                                   "[profile web]\nregion = b\n"
                                   "[profile \"my site\"]\r\nregion\t=\tc\r\n"
                                   "[web]\nregion = d\n"
                                   "[preview]\nregion = e", *state);

    assert_string_equal(sst_aws_profile_get(files, "default", "region",
                                            *state), "a");
    assert_string_equal(sst_aws_profile_get(files, "web", "region", *state),
                        "b");
    assert_string_equal(sst_aws_profile_get(files, "my site", "region",
                                            *state), "c");
    assert_null(sst_aws_profile_get(files, "preview", "region", *state));
    assert_true(sst_aws_profile_exists(files, "web", *state));
    assert_false(sst_aws_profile_exists(files, "Web", *state));
}

static void sections_of_the_credentials_file_are_names(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CREDENTIALS,
                                   "[web]\naws_access_key_id = AKID\n"
                                   "[profile x]\nregion = a\n", *state);

    assert_string_equal(sst_aws_profile_get(files, "web", "aws_access_key_id",
                                            *state), "AKID");
    assert_null(sst_aws_profile_get(files, "x", "region", *state));
}

static void the_credentials_file_wins(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CONFIG,
                                   "[profile web]\nregion = a\nother = b\n",
                                   *state);

    sst_aws_files_parse(files, SST_AWS_FILE_CREDENTIALS,
                        apr_pstrdup(*state, "[web]\nregion = c\n"));
    assert_string_equal(sst_aws_profile_get(files, "web", "region", *state),
                        "c");
    assert_string_equal(sst_aws_profile_get(files, "web", "other", *state),
                        "b");
}

static void comments_end_a_value_only_behind_a_blank(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CREDENTIALS,
                                   "# a file\n; of ours\n[web] # here\n"
                                   "a = x#y ; rest\nb = x;y # rest\n"
                                   "c = # nothing\n #d = x\n", *state);

    assert_string_equal(sst_aws_profile_get(files, "web", "a", *state),
                        "x#y");
    assert_string_equal(sst_aws_profile_get(files, "web", "b", *state),
                        "x;y");
    assert_null(sst_aws_profile_get(files, "web", "c", *state));
    assert_null(sst_aws_profile_get(files, "web", "d", *state));
}

static void a_nested_block_does_not_reach_the_profile(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CONFIG,
                                   "[profile web]\ns3 =\n  region = no\n"
                                   "  endpoint_url = no\nregion = yes\n"
                                   "services = ours\n"
                                   "[services ours]\nsts =\n"
                                   " endpoint_url = https://sts\n"
                                   "dynamodb =\n"
                                   " endpoint_url = https://db\n", *state);

    assert_string_equal(sst_aws_profile_get(files, "web", "region", *state),
                        "yes");
    assert_null(sst_aws_profile_get(files, "web", "endpoint_url", *state));
    assert_string_equal(sst_aws_profile_service(files, "web", "dynamodb",
                                                "endpoint_url", *state),
                        "https://db");
    assert_string_equal(sst_aws_profile_service(files, "web", "sts",
                                                "endpoint_url", *state),
                        "https://sts");
    assert_null(sst_aws_profile_service(files, "web", "s3", "endpoint_url",
                                        *state));
}

static void lines_that_make_no_sense_are_passed_over(void **state)
{
    sst_aws_files_t *files = parse(SST_AWS_FILE_CREDENTIALS,
                                   "a = before any section\n[web\nb = x\n"
                                   "[]\n[web]\nno equals sign\n= y\n"
                                   "c == z\n\n\n", *state);

    assert_null(sst_aws_profile_get(files, "web", "a", *state));
    assert_null(sst_aws_profile_get(files, "web", "b", *state));
    assert_string_equal(sst_aws_profile_get(files, "web", "c", *state),
                        "= z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(sections_of_the_config_file_are_profiles),
        UNIT_TEST(sections_of_the_credentials_file_are_names),
        UNIT_TEST(the_credentials_file_wins),
        UNIT_TEST(comments_end_a_value_only_behind_a_blank),
        UNIT_TEST(a_nested_block_does_not_reach_the_profile),
        UNIT_TEST(lines_that_make_no_sense_are_passed_over)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
