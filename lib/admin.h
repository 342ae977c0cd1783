/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions as an administrator handles them: without their tickets, and so
 * without their data. What is known of a session comes from its record's
 * header and meta box; what can be done to it is to end it, and to set entries
 * through the overlay box, which the next load puts on top of the data.
 *
 * Works with a store and the server's keys alone; any thread may call, with a
 * pool of its own.
 */
#ifndef SST_ADMIN_H
#define SST_ADMIN_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "lib/keyring.h"
#include "lib/meta.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/ticket.h"

/* Whose sessions: a store, the keys, and the tenant in which users are looked
 * up. Belongs to the caller.
 */
typedef struct sst_admin_t {
    sst_store_t *store;
    const sst_keyring_t *ring;
    sst_scope_t scope;          /* for users; without them, or where they are
                                 * not known, its tenant may be NULL; cookie
                                 * may be "" */
    const apr_array_header_t *user_keys;    /* as in sst_site_t */
    apr_time_t deadline;        /* when a request has to be done with all calls;
                                 * 0: each call has the store's own time-out */
} sst_admin_t;

/* What is known of one session. */
typedef struct sst_summary_t {
    sst_row_t row;
    sst_version_t version;
    unsigned char key_id[SST_KEY_ID_LEN];
    int key_index;              /* in the ring; -1: the key is not there */
    apr_int64_t created_s;
    apr_int64_t deadline_s;     /* absolute end, 0 for none */
    apr_int64_t expires_s;      /* idle end */
    apr_int64_t seen_s;         /* last use that the store knows of; 0 when
                                 * that is not readable */
    int overlaid;               /* an overlay waits for the next save */
    sst_meta_t meta;            /* empty when it could not be opened */
    sst_status_t readable;      /* OK; CORRUPT when header or meta do not open;
                                 * NOT_FOUND when key_index is -1 */
} sst_summary_t;

/* Called for each session; texts live until it returns. Answering other than
 * OK ends the walk, which then answers the same.
 */
typedef sst_status_t sst_admin_fn_t(void *baton, const sst_summary_t *summary,
                                    apr_pool_t *pool);

/* Every live session in the store, of all tenants, in constant memory. What
 * has expired is passed over. Expected: OK, or what `each` answered.
 */
sst_status_t sst_admin_scan(const sst_admin_t *admin, sst_admin_fn_t *each,
                            void *baton, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;

/* One session, as the last write left it. Expected: OK, also when it cannot be
 * read (out->readable says so); NOT_FOUND, also when it has expired.
 */
sst_status_t sst_admin_find(sst_summary_t *out, const sst_admin_t *admin,
                            const sst_row_t *row, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;

/* The live sessions that a user has, under every key of the ring (array of
 * sst_summary_t from `pool`, newest first). Changes nothing. Expected: OK, also
 * with none.
 */
sst_status_t sst_admin_user(apr_array_header_t **out, const sst_admin_t *admin,
                            const char *user, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;

/* The same sessions one by one, in no order, as they are found: `each` has
 * heard of those that came before a failure. Texts live as long as `pool`.
 * Expected: OK, or what `each` answered.
 */
sst_status_t sst_admin_each_of_user(const sst_admin_t *admin,
                                    const char *user, sst_admin_fn_t *each,
                                    void *baton, sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* Orders two summaries, for qsort: newest first, by the second in which they
 * began, then by row. All hosts agree on it.
 */
int sst_admin_newest_first(const void *a, const void *b);

/* Ends a session, whatever version is stored: its record, and its notes with
 * the users that its meta box names. The next request of its browser has no
 * session. Expected: OK; NOT_FOUND.
 */
sst_status_t sst_admin_end(const sst_admin_t *admin,
                           const sst_summary_t *summary, sst_error_t *err,
                           apr_pool_t *pool) SST_CHECKED;

/* How the end of a user's sessions went. */
typedef struct sst_ended_t {
    int ended;
    apr_array_header_t *sessions;   /* sst_summary_t from the call's pool: they
                                     * are those; never NULL */
    int failed;                 /* may live on: the first failure is in *err */
} sst_ended_t;

/* Ends every session that a user has but the one in row `spared` (NULL: none),
 * and looks again until there is no other: one that gets a new id meanwhile is
 * not missed. A note without a record is stale, or of a login that is under
 * way: without a deadline, such notes are looked at again after twice the
 * store's time-out, which no login outlasts; a session that has appeared is
 * ended, and stale notes are dropped. Expected: OK, with what has been done in
 * *out. Any other answer means that sessions may live on; *out is set all the
 * same.
 */
sst_status_t sst_admin_end_user(sst_ended_t *out, const sst_admin_t *admin,
                                const char *user, const sst_row_t *spared,
                                sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* Sets and removes entries of a live session (`changes` as in
 * sst_entries_apply: names with '+' or '-' in front), on top of an overlay
 * that is there already, by compare-and-set. Names that decide who the user is
 * are refused. The next load has the changes, the next save folds them into the
 * data. Expected: OK; NOT_FOUND; INVALID with the name; CORRUPT when the record
 * is not readable under the ring; TOO_BIG.
 */
sst_status_t sst_admin_set(const sst_admin_t *admin, const sst_row_t *row,
                           const apr_table_t *changes, sst_error_t *err,
                           apr_pool_t *pool) SST_CHECKED;

#endif
