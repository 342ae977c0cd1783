/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a session holds: names and values, as an apr_table_t like httpd's own
 * sessions. Names are compared without regard to case, as httpd does, and a
 * name stands once.
 *
 * As bytes: the number of entries (32 bits), then each name and each value as
 * a C string with its NUL. The bytes are therefore read without copying them.
 *
 * httpd keeps a session's expiry among the entries, under the name `expiry`;
 * that one belongs to httpd and is left out of everything here.
 */
#ifndef SST_ENTRIES_H
#define SST_ENTRIES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/bytes.h"
#include "lib/status.h"

/* 1 when this is the name under which httpd keeps a session's expiry. */
int sst_entries_is_expiry(const char *name);

/* 1 when a name fits one of the patterns (const char *, as in a shell), upper
 * and lower case being the same.
 */
int sst_entries_hidden(const char *name, const apr_array_header_t *patterns);

/* A name as names are compared: in lower case, from `pool`. */
const char *sst_entries_fold(const char *name, apr_pool_t *pool);

/* 1 when there is no entry (besides httpd's expiry). */
int sst_entries_empty(const apr_table_t *entries);

/* Bytes that sst_entries_encode will write. */
apr_size_t sst_entries_size(const apr_table_t *entries);

/* The entries as bytes, from `pool`. */
sst_span_t sst_entries_encode(const apr_table_t *entries, apr_pool_t *pool);

/* Reads what sst_entries_encode wrote. The table's texts lie inside `bytes`,
 * which have to live as long as the table. Expected: OK; CORRUPT (*out is then
 * an empty table).
 */
sst_status_t sst_entries_decode(apr_table_t **out, sst_span_t bytes,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* The names, in their order; array of const char * from `pool`, which are the
 * table's own texts.
 */
apr_array_header_t *sst_entries_names(const apr_table_t *entries,
                                      apr_pool_t *pool);

/* 1 when both hold the same names with the same values, in whatever order. */
int sst_entries_equal(const apr_table_t *a, const apr_table_t *b,
                      apr_pool_t *pool);

/* Three-way merge: what turned `base` into `mine` is done again to `theirs`.
 * An entry that was set, changed or removed in mine is so in the result; every
 * other is as in theirs. *clashes counts the names that both sides changed, to
 * different values: mine won. All tables stay as they are; the result's texts
 * are those of the inputs, not copies.
 */
apr_table_t *sst_entries_merge(int *clashes, const apr_table_t *base,
                               const apr_table_t *mine,
                               const apr_table_t *theirs, apr_pool_t *pool);

/* An overlay is a list of changes: each entry's name carries a '+' (set) or a
 * '-' (remove, value empty) in front. Applies it to `entries`, in place.
 */
void sst_entries_apply(apr_table_t *entries, const apr_table_t *overlay);

/* 1 when an overlay's entry of this name does something: there is a sign, and
 * what follows is not httpd's expiry.
 */
int sst_entries_is_change(const char *name);

/* The key that names each entry which ends in "-user", as mod_auth_form writes
 * them (`<realm>-user`). Every other key is the name of an entry.
 */
#define SST_USER_KEY_AUTO "auto"

/* A list of keys (const char *) with this one in it: `keys` itself (NULL: an
 * empty list) when it stands there, else a copy from `pool` with the key, which
 * is copied too.
 */
const apr_array_header_t *sst_user_keys_with(const apr_array_header_t *keys,
                                             const char *key,
                                             apr_pool_t *pool);

/* 1 when the entry of this name holds a user, by one of the keys. */
int sst_entries_names_user(const char *name, const apr_array_header_t *keys);

/* The names of the users that a session is signed in as: the values of every
 * entry that one of the keys names. Without doubles, sorted; array of const
 * char * from `pool`.
 */
apr_array_header_t *sst_entries_users(const apr_table_t *entries,
                                      const apr_array_header_t *keys,
                                      apr_pool_t *pool);

/* 1 when both arrays of sst_entries_users name the same users. */
int sst_users_equal(const apr_array_header_t *a, const apr_array_header_t *b);

#endif
