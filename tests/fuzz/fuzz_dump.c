/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any text as what httpd says of its configuration, as htsession reads it: each
 * source is whole, and what cannot be understood is noticed.
 *
 * Subject: support/dump_lines.c
 */

#include <string.h>

#include <apr_strings.h>

#include "support/dump_lines.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "dump";

static void check_texts(const apr_array_header_t *texts)
{
    int i;

    fuzz_require(texts->nelts > 0, "a list has an element");
    for (i = 0; i < texts->nelts; i++) {
        fuzz_require(APR_ARRAY_IDX(texts, i, const char *) != NULL,
                     "an element is a text");
    }
}

static void check_source(const sst_source_t *source)
{
    int i;

    fuzz_require(source->server != NULL && source->keys != NULL,
                 "a source is a server's");
    check_texts(source->cookies);
    check_texts(source->user_keys);
    fuzz_require(source->stores->nelts > 0, "a source has a store");
    for (i = 0; i < source->stores->nelts; i++) {
        check_texts(APR_ARRAY_IDX(source->stores, i, apr_array_header_t *));
    }
}

/* Lines that begin as a source does. */
static int count_sources(const char *text)
{
    int count = *text == '{';

    for (; *text != '\0'; text++) {
        count += text[0] == '\n' && text[1] == '{';
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_array_header_t *sources = apr_array_make(pool, 4,
                                                 sizeof(sst_source_t));
    char *text = apr_pstrmemdup(pool, size > 0 ? (const char *) data : "",
                                size);
    int expected = count_sources(text);
    int complete;
    int i;

    fuzz_require(sst_dump_lines_read(sources, &complete, text, pool) != NULL,
                 "there is a message, if an empty one");
    fuzz_require(complete == (sources->nelts == expected),
                 "a source that is left out is noticed");
    for (i = 0; i < sources->nelts; i++) {
        check_source(&APR_ARRAY_IDX(sources, i, sst_source_t));
    }
    return 0;
}
