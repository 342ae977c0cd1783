/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any lines as a store's URL and its options.
 *
 * Subject: lib/store.c lib/status.c lib/backends/redis_url.c
 * Subject: lib/transport/redis_address.c
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/store.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "store";

#define LINES_MAX 16

/* An option of each kind. */
static const sst_option_def_t options[] = {
    { "text", SST_OPTION_TEXT, NULL, 0, 0 },
    { "path", SST_OPTION_PATH, NULL, 0, 0 },
    { "time", SST_OPTION_DURATION, NULL, 1, APR_INT64_MAX },
    { "count", SST_OPTION_COUNT, NULL, 1, 100 },
    { "choice", SST_OPTION_CHOICE, "a|bc", 0, 0 },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

static sst_status_t open_any(sst_store_t *store, sst_error_t *err,
                             apr_pool_t *pool)
{
    (void) store;
    (void) err;
    (void) pool;
    return SST_OK;
}

static int has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text < ' ') {
            return 1;
        }
    }
    return 0;
}

static void check_answer(const sst_store_t *store, sst_status_t status,
                         const sst_error_t *err)
{
    if (status == SST_OK) {
        fuzz_require(store != NULL && store->timeout > 0
                     && !has_control(store->name), "an open store is whole");
        return;
    }
    fuzz_require(status == SST_INVALID && store == NULL,
                 "it opens or is invalid");
    fuzz_require(err->text[0] != '\0' && !has_control(err->text),
                 "a message is one line");
}

/* The input's lines as C strings, the URL first. */
static int split(const char *lines[LINES_MAX], const uint8_t *data,
                 size_t size, apr_pool_t *pool)
{
    char *text = apr_pstrmemdup(pool, (const char *) data, size);
    int count = 0;

    while (text != NULL && count < LINES_MAX) {
        char *end = strchr(text, '\n');

        if (end != NULL) {
            *end++ = '\0';
        }
        lines[count++] = text;
        text = end;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_store_ops_t ops;
    const char *lines[LINES_MAX];
    int count = split(lines, data, size, pool);
    apr_interval_time_t us;
    sst_store_t *store;
    sst_error_t err;
    sst_status_t status;

    memset(&ops, 0, sizeof(ops));
    ops.schemes = "any:";
    ops.options = options;
    ops.open = open_any;
    sst_error_clear(&err);
    status = sst_store_open_with(&store, &ops, lines[0], count - 1, lines + 1,
                                 &err, pool);
    check_answer(store, status, &err);
    sst_error_clear(&err);
    status = sst_store_open(&store, lines[0], count - 1, lines + 1, &err,
                            pool);
    check_answer(store, status, &err);
    status = sst_duration_parse(&us, lines[count - 1]);
    fuzz_require(status == SST_OK ? us >= 0 : us == 0, "a time is no debt");
    return 0;
}
