/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as entries, and any three of them as the sides of a merge. The
 * input is cut at its first two 0xff bytes.
 *
 * Subject: lib/entries.c lib/bytes.c
 */

#include <string.h>

#include "lib/entries.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "entries";

/* The bytes up to the next 0xff, which is passed over. */
static sst_span_t next_part(sst_span_t *rest)
{
    const unsigned char *cut = rest->len > 0
        ? memchr(rest->data, 0xff, rest->len) : NULL;
    sst_span_t part = *rest;

    if (cut == NULL) {
        *rest = sst_span(NULL, 0);
        return part;
    }
    part.len = (apr_size_t) (cut - rest->data);
    *rest = sst_span(cut + 1, rest->len - part.len - 1);
    return part;
}

/* Each name once, as a session has them. */
static apr_table_t *without_doubles(const apr_table_t *entries,
                                    apr_pool_t *pool)
{
    const apr_array_header_t *array = apr_table_elts(entries);
    apr_table_t *single = apr_table_make(pool, array->nelts);
    int i;

    for (i = 0; i < array->nelts; i++) {
        apr_table_setn(single,
                       APR_ARRAY_IDX(array, i, apr_table_entry_t).key,
                       APR_ARRAY_IDX(array, i, apr_table_entry_t).val);
    }
    return single;
}

static apr_table_t *decode(sst_span_t bytes, apr_pool_t *pool)
{
    apr_table_t *entries;
    sst_status_t status = sst_entries_decode(&entries, bytes, NULL, pool);

    fuzz_require(status == SST_OK || status == SST_CORRUPT,
                 "it is read or corrupt");
    if (status == SST_CORRUPT) {
        fuzz_require(apr_is_empty_table(entries), "nothing of it is left");
    }
    else if (apr_table_get(entries, "expiry") == NULL) {
        fuzz_require(fuzz_same(sst_entries_encode(entries, pool), bytes),
                     "entries have one spelling");
    }
    fuzz_require(sst_entries_encode(entries, pool).len
                 == sst_entries_size(entries), "the size is as said");
    return without_doubles(entries, pool);
}

static void merge(const apr_table_t *base, const apr_table_t *mine,
                  const apr_table_t *theirs, apr_pool_t *pool)
{
    int clashes;

    (void) sst_entries_merge(&clashes, base, mine, theirs, pool);
    fuzz_require(sst_entries_equal(mine,
                                   sst_entries_merge(&clashes, base, mine,
                                                     base, pool), pool)
                 && clashes == 0, "theirs unchanged: it is mine");
    fuzz_require(sst_entries_equal(theirs,
                                   sst_entries_merge(&clashes, base, base,
                                                     theirs, pool), pool)
                 && clashes == 0, "mine unchanged: it is theirs");
    fuzz_require(sst_entries_equal(mine,
                                   sst_entries_merge(&clashes, base, mine,
                                                     mine, pool), pool)
                 && clashes == 0, "both the same: it is that");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    sst_span_t rest = sst_span(data, size);
    apr_table_t *base = decode(next_part(&rest), pool);
    apr_table_t *mine = decode(next_part(&rest), pool);
    apr_table_t *theirs = decode(rest, pool);
    const apr_array_header_t *keys
        = sst_user_keys_with(NULL, SST_USER_KEY_AUTO, pool);

    merge(base, mine, theirs, pool);
    fuzz_require(sst_users_equal(sst_entries_users(base, keys, pool),
                                 sst_entries_users(base, keys, pool)),
                 "users are equal to themselves");
    sst_entries_apply(base, theirs);
    (void) sst_entries_encode(base, pool);
    return 0;
}
