/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The entries of a session: as bytes, compared, merged, overlaid. */

#include "lib/entries.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_fnmatch.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

/* Where httpd keeps a session's expiry. */
#define HTTPD_EXPIRY "expiry"

#define USER_SUFFIX "-user"

static const apr_table_entry_t *first(const apr_table_t *entries)
{
    return (const apr_table_entry_t *) apr_table_elts(entries)->elts;
}

static const apr_table_entry_t *end(const apr_table_t *entries)
{
    return first(entries) + apr_table_elts(entries)->nelts;
}

int sst_entries_is_expiry(const char *name)
{
    return apr_cstr_casecmp(name, HTTPD_EXPIRY) == 0;
}

/* Asked of every entry whenever entries are walked through. */
static int is_httpds(const apr_table_entry_t *entry)
{
    return (entry->key[0] == 'e' || entry->key[0] == 'E')
        && sst_entries_is_expiry(entry->key);
}

/* The next entry at or behind `entry` that is a session's own. */
static const apr_table_entry_t *own(const apr_table_entry_t *entry,
                                    const apr_table_entry_t *stop)
{
    while (entry < stop && is_httpds(entry)) {
        entry++;
    }
    return entry;
}

static apr_uint32_t count(const apr_table_t *entries)
{
    const apr_table_entry_t *entry = own(first(entries), end(entries));
    apr_uint32_t counted = 0;

    while (entry < end(entries)) {
        counted++;
        entry = own(entry + 1, end(entries));
    }
    return counted;
}

int sst_entries_empty(const apr_table_t *entries)
{
    return own(first(entries), end(entries)) == end(entries);
}

apr_array_header_t *sst_entries_names(const apr_table_t *entries,
                                      apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, (int) count(entries) + 1,
                                               sizeof(const char *));
    const apr_table_entry_t *entry = own(first(entries), end(entries));

    while (entry < end(entries)) {
        APR_ARRAY_PUSH(names, const char *) = entry->key;
        entry = own(entry + 1, end(entries));
    }
    return names;
}

/* --- Names --- */

int sst_entries_hidden(const char *name, const apr_array_header_t *patterns)
{
    int i;

    for (i = 0; i < patterns->nelts; i++) {
        if (apr_fnmatch(APR_ARRAY_IDX(patterns, i, const char *), name,
                        APR_FNM_CASE_BLIND) == APR_SUCCESS) {
            return 1;
        }
    }
    return 0;
}

const char *sst_entries_fold(const char *name, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, name);
    char *c;

    for (c = copy; *c != '\0'; c++) {
        *c = (char) apr_tolower(*c);
    }
    return copy;
}

/* --- Bytes --- */

apr_size_t sst_entries_size(const apr_table_t *entries)
{
    const apr_table_entry_t *entry = own(first(entries), end(entries));
    apr_size_t size = 4;

    while (entry < end(entries)) {
        size += strlen(entry->key) + strlen(entry->val) + 2;
        entry = own(entry + 1, end(entries));
    }
    return size;
}

static void write_text(sst_writer_t *writer, const char *text)
{
    sst_write_bytes(writer, sst_span(text, strlen(text) + 1));
}

sst_span_t sst_entries_encode(const apr_table_t *entries, apr_pool_t *pool)
{
    apr_size_t size = sst_entries_size(entries);
    sst_writer_t writer = sst_writer(apr_palloc(pool, size), size);
    const apr_table_entry_t *entry = own(first(entries), end(entries));

    sst_write_u32(&writer, count(entries));
    while (entry < end(entries)) {
        write_text(&writer, entry->key);
        write_text(&writer, entry->val);
        entry = own(entry + 1, end(entries));
    }
    return sst_written(&writer);
}

sst_status_t sst_entries_decode(apr_table_t **out, sst_span_t bytes,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_reader_t reader = sst_reader(bytes);
    apr_uint32_t left = sst_read_u32(&reader);

    /* An entry takes two bytes at least: a count beyond that is a lie, and
     * must not size the table.
     */
    *out = apr_table_make(pool, left <= bytes.len / 2 ? (int) left + 4 : 4);
    while (left > 0 && !reader.failed) {
        sst_span_t name = sst_read_cstring(&reader);
        sst_span_t value = sst_read_cstring(&reader);

        if (!reader.failed) {
            apr_table_addn(*out, (const char *) name.data,
                           (const char *) value.data);
        }
        left--;
    }
    if (reader.failed || reader.rest.len > 0) {
        *out = apr_table_make(pool, 4);
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a session's entries cannot be read");
    }
    return SST_OK;
}

/* --- Comparing and merging --- */

/* The entries by name: apr_table_get walks the table, which would make the
 * comparison of two large ones quadratic.
 */
static apr_hash_t *by_name(const apr_table_t *entries, apr_pool_t *pool)
{
    const apr_table_entry_t *entry = own(first(entries), end(entries));
    apr_hash_t *names = apr_hash_make(pool);

    while (entry < end(entries)) {
        apr_hash_set(names, sst_entries_fold(entry->key, pool),
                     APR_HASH_KEY_STRING, entry);
        entry = own(entry + 1, end(entries));
    }
    return names;
}

static const apr_table_entry_t *find(apr_hash_t *names, const char *folded_name)
{
    return apr_hash_get(names, folded_name, APR_HASH_KEY_STRING);
}

/* Either may be NULL, which stands for "no such entry". */
static int differ(const apr_table_entry_t *a, const apr_table_entry_t *b)
{
    if (a == NULL || b == NULL) {
        return a != b;
    }
    return a->val != b->val && strcmp(a->val, b->val) != 0;
}

static int same_name(const apr_table_entry_t *a, const apr_table_entry_t *b)
{
    return a->key == b->key || apr_cstr_casecmp(a->key, b->key) == 0;
}

/* What walking through two sets of entries side by side can tell. */
typedef enum {
    SIDE_BY_SIDE_EQUAL,         /* the same ones in the same order */
    SIDE_BY_SIDE_CHANGED,       /* an entry has another value */
    SIDE_BY_SIDE_UNKNOWN        /* the order differs, or how many there are */
} side_by_side_t;

/* Tells most sessions, untouched or changed, without looking up any name. */
static side_by_side_t side_by_side(const apr_table_t *a, const apr_table_t *b)
{
    const apr_table_entry_t *stop_a = end(a);
    const apr_table_entry_t *stop_b = end(b);
    const apr_table_entry_t *x = own(first(a), stop_a);
    const apr_table_entry_t *y = own(first(b), stop_b);

    while (x < stop_a && y < stop_b) {
        if (!same_name(x, y)) {
            return SIDE_BY_SIDE_UNKNOWN;
        }
        if (differ(x, y)) {
            return SIDE_BY_SIDE_CHANGED;
        }
        x = own(x + 1, stop_a);
        y = own(y + 1, stop_b);
    }
    return x == stop_a && y == stop_b ? SIDE_BY_SIDE_EQUAL
                                      : SIDE_BY_SIDE_UNKNOWN;
}

int sst_entries_equal(const apr_table_t *a, const apr_table_t *b,
                      apr_pool_t *pool)
{
    const apr_table_entry_t *entry = own(first(a), end(a));
    side_by_side_t seen = side_by_side(a, b);
    apr_hash_t *others;

    if (seen != SIDE_BY_SIDE_UNKNOWN) {
        return seen == SIDE_BY_SIDE_EQUAL;
    }
    if (count(a) != count(b)) {
        return 0;
    }
    others = by_name(b, pool);
    while (entry < end(a)) {
        if (differ(entry, find(others, sst_entries_fold(entry->key, pool)))) {
            return 0;
        }
        entry = own(entry + 1, end(a));
    }
    return 1;
}

/* The three sides of a merge. */
typedef struct merge_t {
    apr_hash_t *base;
    apr_hash_t *mine;
    apr_hash_t *theirs;
    int clashes;
    apr_table_t *result;
} merge_t;

/* An entry that theirs has: ours replaces or removes it when we changed it. */
static void merge_theirs(merge_t *merge, const apr_table_entry_t *theirs,
                         const char *name)
{
    const apr_table_entry_t *base = find(merge->base, name);
    const apr_table_entry_t *mine = find(merge->mine, name);
    const apr_table_entry_t *kept = theirs;

    if (differ(base, mine)) {
        kept = mine;
        merge->clashes += differ(base, theirs) && differ(theirs, mine);
    }
    if (kept != NULL) {
        apr_table_addn(merge->result, kept->key, kept->val);
    }
}

/* An entry that theirs lacks: kept only when we set or changed it. */
static void merge_mine(merge_t *merge, const apr_table_entry_t *mine,
                       const char *name)
{
    const apr_table_entry_t *base = find(merge->base, name);

    if (find(merge->theirs, name) == NULL && differ(base, mine)) {
        merge->clashes += base != NULL;
        apr_table_addn(merge->result, mine->key, mine->val);
    }
}

apr_table_t *sst_entries_merge(int *clashes, const apr_table_t *base,
                               const apr_table_t *mine,
                               const apr_table_t *theirs, apr_pool_t *pool)
{
    const apr_table_entry_t *entry;
    merge_t merge;

    merge.base = by_name(base, pool);
    merge.mine = by_name(mine, pool);
    merge.theirs = by_name(theirs, pool);
    merge.clashes = 0;
    merge.result = apr_table_make(pool, apr_table_elts(theirs)->nelts + 4);
    entry = own(first(theirs), end(theirs));
    while (entry < end(theirs)) {
        merge_theirs(&merge, entry, sst_entries_fold(entry->key, pool));
        entry = own(entry + 1, end(theirs));
    }
    entry = own(first(mine), end(mine));
    while (entry < end(mine)) {
        merge_mine(&merge, entry, sst_entries_fold(entry->key, pool));
        entry = own(entry + 1, end(mine));
    }
    *clashes = merge.clashes;
    return merge.result;
}

/* Also not httpd's expiry, of which the overlay has no say. */
int sst_entries_is_change(const char *name)
{
    return (name[0] == '+' || name[0] == '-')
        && apr_cstr_casecmp(name + 1, HTTPD_EXPIRY) != 0;
}

void sst_entries_apply(apr_table_t *entries, const apr_table_t *overlay)
{
    const apr_table_entry_t *change = first(overlay);

    for (; change < end(overlay); change++) {
        if (sst_entries_is_change(change->key) && change->key[0] == '+') {
            apr_table_setn(entries, change->key + 1, change->val);
        }
        else if (sst_entries_is_change(change->key)) {
            apr_table_unset(entries, change->key + 1);
        }
    }
}

/* --- Users --- */

const apr_array_header_t *sst_user_keys_with(const apr_array_header_t *keys,
                                             const char *key,
                                             apr_pool_t *pool)
{
    apr_array_header_t *more;
    int i;

    for (i = 0; keys != NULL && i < keys->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(keys, i, const char *), key) == 0) {
            return keys;
        }
    }
    more = keys != NULL ? apr_array_copy(pool, keys)
                        : apr_array_make(pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(more, const char *) = apr_pstrdup(pool, key);
    return more;
}

static int is_named_by(const char *name, const char *key)
{
    apr_size_t len = strlen(name);
    apr_size_t suffix = sizeof(USER_SUFFIX) - 1;

    if (strcmp(key, SST_USER_KEY_AUTO) != 0) {
        return apr_cstr_casecmp(name, key) == 0;
    }
    return len > suffix
        && apr_cstr_casecmp(name + len - suffix, USER_SUFFIX) == 0;
}

int sst_entries_names_user(const char *name, const apr_array_header_t *keys)
{
    int i;

    for (i = 0; i < keys->nelts; i++) {
        if (is_named_by(name, APR_ARRAY_IDX(keys, i, const char *))) {
            return 1;
        }
    }
    return 0;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void drop_doubles(apr_array_header_t *sorted)
{
    const char **texts = (const char **) sorted->elts;
    int kept = 0;
    int i;

    for (i = 0; i < sorted->nelts; i++) {
        if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0) {
            texts[kept++] = texts[i];
        }
    }
    sorted->nelts = kept;
}

apr_array_header_t *sst_entries_users(const apr_table_t *entries,
                                      const apr_array_header_t *keys,
                                      apr_pool_t *pool)
{
    apr_array_header_t *users = apr_array_make(pool, 1, sizeof(const char *));
    const apr_table_entry_t *entry = own(first(entries), end(entries));

    while (entry < end(entries)) {
        if (sst_entries_names_user(entry->key, keys)) {
            APR_ARRAY_PUSH(users, const char *) = entry->val;
        }
        entry = own(entry + 1, end(entries));
    }
    qsort(users->elts, (size_t) users->nelts, sizeof(const char *),
          compare_texts);
    drop_doubles(users);
    return users;
}

int sst_users_equal(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i;

    if (a->nelts != b->nelts) {
        return 0;
    }
    for (i = 0; i < a->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(a, i, const char *),
                   APR_ARRAY_IDX(b, i, const char *)) != 0) {
            return 0;
        }
    }
    return 1;
}
