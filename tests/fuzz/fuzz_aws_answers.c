/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any answers of those who give AWS credentials: STS, a container's endpoint,
 * an instance's metadata; and any bytes as a file with a token. The first byte
 * chooses who is asked.
 *
 * Subject: lib/transport/aws_sts.c lib/transport/aws_container.c
 * Subject: lib/transport/aws_instance.c lib/transport/text_file.c
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/transport/aws_sources.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_answers.h"

const char fuzz_target[] = "aws_answers";

static const sst_aws_settings_t settings = {
    "eu-west-1", NULL, NULL, "default", 0, 0, NULL, 0, 0
};

/* The path of a file that lies in memory and holds the next piece. */
static const char *token_file(int *fd, apr_pool_t *pool)
{
    sst_span_t piece;

    (void) feed_piece(&piece);
    *fd = memfd_create("token", 0);
    fuzz_require(*fd >= 0 && (piece.len == 0
                              || write(*fd, piece.data, piece.len)
                                 == (ssize_t) piece.len),
                 "there is a file");
    return apr_psprintf(pool, "/proc/self/fd/%d", *fd);
}

static void check(const sst_aws_keys_t *keys, sst_status_t status,
                  const sst_error_t *err)
{
    static const sst_aws_keys_t nothing;

    if (status == SST_OK) {
        fuzz_require(keys->key_id[0] != '\0' && keys->secret[0] != '\0'
                     && strpbrk(keys->key_id, "\r\n") == NULL
                     && (keys->token == NULL
                         || strpbrk(keys->token, "\r\n") == NULL),
                     "credentials can be sent");
        return;
    }
    fuzz_require(keys->key_id == nothing.key_id
                 && keys->secret == nothing.secret
                 && keys->token == nothing.token,
                 "a failure leaves no credentials");
    fuzz_require(status == SST_NOT_FOUND || err->text[0] != '\0',
                 "a failure says what it is");
}

static void ask_sts(const sst_aws_context_t *context, int web,
                    apr_pool_t *pool)
{
    const sst_aws_role_t role = { "arn:aws:iam::123456789012:role/web", "s",
                                  NULL, NULL };
    sst_aws_keys_t source = { (char *) "AKIDEXAMPLE", (char *) "secret", NULL,
                              0 };
    sst_aws_keys_t keys;
    sst_error_t err;
    sst_status_t status;
    int fd;

    sst_error_clear(&err);
    if (web) {
        status = sst_aws_from_web_identity(&keys, context, &role,
                                           token_file(&fd, pool), &err, pool);
        (void) close(fd);
    }
    else {
        status = sst_aws_from_role(&keys, context, &role, &source, &err,
                                   pool);
    }
    fuzz_require(status != SST_NOT_FOUND, "a role is there, or refused");
    check(&keys, status, &err);
}

static void ask_container(const sst_aws_context_t *context, apr_pool_t *pool)
{
    sst_aws_keys_t keys;
    sst_error_t err;
    sst_status_t status;
    int fd;

    sst_error_clear(&err);
    (void) setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x",
                  1);
    (void) setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                  token_file(&fd, pool), 1);
    status = sst_aws_from_container(&keys, context, &err, pool);
    (void) close(fd);
    fuzz_require(status != SST_NOT_FOUND, "it is set up");
    check(&keys, status, &err);
}

static void ask_instance(const sst_aws_context_t *context, int region,
                         apr_pool_t *pool)
{
    sst_aws_keys_t keys;
    const char *name;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    if (!region) {
        status = sst_aws_from_instance(&keys, context, &err, pool);
        check(&keys, status, &err);
        return;
    }
    status = sst_aws_instance_region(&name, context, &err, pool);
    fuzz_require((status == SST_OK) == (name != NULL),
                 "a region is named, or not");
    fuzz_require(name == NULL || strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                        "0123456789-") == strlen(name),
                 "a region has a name that can stand in a host's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_aws_clock_t clock = { 0, 0 };
    sst_aws_context_t context;
    unsigned int choice;

    feed_begin(data, size);
    choice = feed_byte() % 5;
    memset(&context, 0, sizeof(context));
    context.settings = &settings;
    context.clock = &clock;
    context.region = "eu-west-1";
    context.deadline = __wrap_apr_time_now() + apr_time_from_sec(5);
    fuzz_require(__wrap_sst_http_make(&context.http, NULL, NULL, pool)
                 == SST_OK, "there is a client");
    if (choice < 2) {
        ask_sts(&context, choice == 1, pool);
    }
    else if (choice == 2) {
        ask_container(&context, pool);
    }
    else {
        ask_instance(&context, choice == 4, pool);
    }
    return 0;
}
