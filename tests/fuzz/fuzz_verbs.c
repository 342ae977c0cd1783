/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any text as an application's commands: what applications may not change is
 * as it was, nothing is done when something is refused, and what comes out can
 * be written as a form and set again.
 *
 * Subject: lib/verbs.c lib/form.c
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/entries.h"
#include "lib/form.h"
#include "lib/verbs.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "verbs";

static apr_array_header_t *patterns(apr_pool_t *pool, const char *pattern)
{
    apr_array_header_t *array = apr_array_make(pool, 1, sizeof(pattern));

    if (pattern != NULL) {
        APR_ARRAY_PUSH(array, const char *) = pattern;
    }
    return array;
}

static apr_table_t *session(apr_pool_t *pool)
{
    apr_table_t *entries = apr_table_make(pool, 4);

    apr_table_setn(entries, "a", "1");
    apr_table_setn(entries, "b", "2");
    apr_table_setn(entries, "members-user", "alice");
    apr_table_setn(entries, "secret-x", "hidden");
    return entries;
}

static int same_value(const apr_table_t *a, const apr_table_t *b,
                      const char *name)
{
    const char *x = apr_table_get(a, name);
    const char *y = apr_table_get(b, name);

    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* The entries are the same when their form is set in an empty session. */
static void require_round_trip(const apr_table_t *entries, apr_pool_t *pool)
{
    apr_table_t *nothing = apr_table_make(pool, 1);
    apr_table_t *own = apr_table_copy(pool, entries);
    sst_verbs_t again;
    sst_span_t form;

    apr_table_unset(own, "members-user");
    apr_table_unset(own, "secret-x");
    form = sst_form_encode(own, patterns(pool, NULL), pool);
    if (form.len > 0) {
        const char *text = apr_pstrcat(pool, "set &", form.data, "&", NULL);

        fuzz_require(sst_verbs_run(&again, nothing, sst_span_text(text),
                                   patterns(pool, NULL), NULL, pool)
                     == SST_OK, "a form can be set");
        fuzz_require(sst_entries_equal(again.entries, own, pool),
                     "a form holds the entries");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_table_t *entries = session(pool);
    sst_error_t err;
    sst_verbs_t out;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_verbs_run(&out, entries, sst_span(data, size),
                           patterns(pool, "secret-*"), &err, pool);
    fuzz_require(sst_entries_equal(entries, session(pool), pool),
                 "the entries stay as they are");
    if (status != SST_OK) {
        fuzz_require(err.status == status, "a refusal says why");
        fuzz_require(!out.said && !out.regenerate && !out.end
                     && sst_entries_equal(out.entries, entries, pool),
                     "a refusal asks for nothing");
        return 0;
    }
    fuzz_require(out.end || (same_value(out.entries, entries, "members-user")
                             && same_value(out.entries, entries,
                                           "secret-x")),
                 "what is protected stays");
    fuzz_require(!out.end || (!apr_table_get(out.entries, "members-user")
                              && !apr_table_get(out.entries, "secret-x")),
                 "nothing outlives the end");
    require_round_trip(out.entries, pool);
    return 0;
}
