/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The limit of sessions that a user may have. */

#include "lib/session_limit.h"

#include <string.h>

#include "lib/admin.h"
#include "lib/entries.h"

/* One look at the sessions of one user. */
typedef struct look_t {
    sst_admin_t admin;
    const sst_session_t *session;
    const sst_session_t *old;           /* that is about to end, or NULL */
    apr_array_header_t *displaced;      /* sst_summary_t */
    apr_array_header_t *others;         /* of those seen so far, the newest
                                         * that are allowed; newest first */
    sst_summary_t ours;                 /* valid if seen_ours */
    int seen_ours;
    sst_error_t *err;
    apr_pool_t *pool;
} look_t;

/* What ends a look: there are as many others as are allowed. */
#define FULL SST_CONFLICT

static int is_full(const look_t *look)
{
    return look->others->nelts >= look->session->site->max_per_user;
}

static sst_summary_t *nth(const look_t *look, int i)
{
    return &APR_ARRAY_IDX(look->others, i, sst_summary_t);
}

static void add_other(const look_t *look, const sst_summary_t *one)
{
    int i;

    (void) apr_array_push(look->others);
    for (i = look->others->nelts - 1; i > 0
         && sst_admin_newest_first(one, nth(look, i - 1)) < 0; i--) {
        *nth(look, i) = *nth(look, i - 1);
    }
    *nth(look, i) = *one;
}

static sst_status_t end_oldest(const look_t *look)
{
    const sst_summary_t *oldest = apr_array_pop(look->others);
    sst_status_t status = sst_admin_end(&look->admin, oldest, look->err,
                                        look->pool);

    if (status == SST_OK) {
        APR_ARRAY_PUSH(look->displaced, sst_summary_t) = *oldest;
    }
    return status == SST_NOT_FOUND ? SST_OK : status;
}

/* Never one too many: two logins that meet at the last place may both be
 * refused. And one too many among the others has to go, whatever is still to be
 * seen, and whatever becomes of this login: where there are more than it can
 * look at in its time, there are fewer for the next one.
 */
static sst_status_t see(void *baton, const sst_summary_t *one,
                        apr_pool_t *pool)
{
    look_t *look = baton;
    const sst_site_t *site = look->session->site;

    if (look->old != NULL && sst_row_equal(&one->row, &look->old->row)) {
        return SST_OK;
    }
    if (sst_row_equal(&one->row, &look->session->row)) {
        look->ours = *one;
        look->seen_ours = 1;
        return SST_OK;
    }
    add_other(look, one);
    if (site->at_limit == SST_LIMIT_REFUSE) {
        return is_full(look) ? FULL : SST_OK;
    }
    return look->others->nelts > site->max_per_user ? end_oldest(look)
                                                    : SST_OK;
}

/* Of the newest others and ours the oldest ends, if that is one too many. All
 * logins agree on the order, so that two at the same time never end each other.
 * By that order ours may be too old itself: then those that are newer began at
 * the same time.
 */
static sst_status_t make_room(int *refused, const look_t *look)
{
    if (!look->seen_ours || !is_full(look)) {
        return SST_OK;
    }
    if (sst_admin_newest_first(&look->ours,
                               nth(look, look->others->nelts - 1)) > 0) {
        *refused = 1;
        return SST_OK;
    }
    return end_oldest(look);
}

static sst_status_t limit_user(int *refused, look_t *look, const char *user)
{
    sst_status_t status;

    look->others = apr_array_make(look->pool, 4, sizeof(sst_summary_t));
    look->seen_ours = 0;
    status = sst_admin_each_of_user(&look->admin, user, see, look, look->err,
                                    look->pool);
    if (status == FULL) {
        *refused = 1;
        return SST_OK;
    }
    return status == SST_OK ? make_room(refused, look) : status;
}

/* Whoever was signed in to the session that ends is so to one as before. */
static int signs_in(const look_t *look, const char *user)
{
    const apr_array_header_t *before;
    int i;

    if (look->old == NULL) {
        return 1;
    }
    before = sst_entries_users(look->old->base, look->admin.user_keys,
                               look->pool);
    for (i = 0; i < before->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(before, i, const char *), user) == 0) {
            return 0;
        }
    }
    return 1;
}

sst_status_t sst_session_limit(int *refused, apr_array_header_t **displaced,
                               const sst_session_t *session,
                               const apr_table_t *entries,
                               const sst_session_t *old, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    const sst_site_t *site = session->site;
    const apr_array_header_t *users;
    sst_status_t status = SST_OK;
    look_t look;
    int i;

    *refused = 0;
    *displaced = NULL;
    if (site->max_per_user == 0) {
        return SST_OK;
    }
    memset(&look, 0, sizeof(look));
    look.admin.store = site->store;
    look.admin.ring = site->ring;
    look.admin.scope = site->scope;
    look.admin.user_keys = site->user_keys;
    look.admin.deadline = deadline;
    look.session = session;
    look.old = old;
    look.err = err;
    look.pool = pool;
    look.displaced = apr_array_make(pool, 1, sizeof(sst_summary_t));
    *displaced = look.displaced;
    users = sst_entries_users(entries, site->user_keys, pool);
    for (i = 0; i < users->nelts && status == SST_OK && !*refused; i++) {
        const char *user = APR_ARRAY_IDX(users, i, const char *);

        if (signs_in(&look, user)) {
            status = limit_user(refused, &look, user);
        }
    }
    return status;
}
