/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any text as a Cookie header field, for both kinds of cookies: what is found
 * lies in the field, what is taken out is not found again, and nothing is left
 * that was not there.
 *
 * Subject: mod_session_store/cookie_field.c mod_session_store/held_field.c
 */

#include <string.h>

#include <apr_strings.h>

#include "mod_session_store/cookie_field.h"
#include "mod_session_store/held_field.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "cookie";

#define MOST 4

/* 1 when the characters of `part` are in `whole` too, in their order. */
static int is_part(const char *part, const char *whole)
{
    for (; *part != '\0'; part++) {
        whole = strchr(whole, *part);
        if (whole == NULL) {
            return 0;
        }
        whole++;
    }
    return 1;
}

static void check_kind(const char *header, const char *name, int carried,
                       apr_pool_t *pool)
{
    sst_span_t found[MOST];
    const char *others;
    int count = sst_held_find(found, MOST, header, name, carried, pool);
    int i;

    fuzz_require(count >= 0 && count <= MOST, "there are not too many");
    for (i = 0; i < count; i++) {
        fuzz_require(found[i].len <= strlen(header), "what is found was there");
        fuzz_require(carried
                     || ((const char *) found[i].data >= header
                         && (const char *) found[i].data + found[i].len
                            <= header + strlen(header)),
                     "a value lies in the field");
    }
    others = sst_held_without(header, name, carried, pool);
    if (others != NULL) {
        fuzz_require(is_part(others, header), "nothing is new");
        fuzz_require(sst_held_find(found, MOST, others, name, carried, pool)
                     == 0 && sst_cookie_find(found, MOST, others, name) == 0,
                     "what was taken out is not found");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    const char *header = apr_pstrmemdup(pool, size > 0 ? (const char *) data
                                                       : "", size);

    check_kind(header, "session", 0, pool);
    check_kind(header, "session", 1, pool);
    check_kind(header, "s", 1, pool);
    fuzz_require(sst_cookie_find(NULL, 0, header, "s") == 0,
                 "none are found where none are wanted");
    return 0;
}
