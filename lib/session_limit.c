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
    const apr_array_header_t *found;    /* newest first */
    apr_pool_t *pool;
} look_t;

static const sst_summary_t *nth(const look_t *look, int i)
{
    return &APR_ARRAY_IDX(look->found, i, sst_summary_t);
}

static int counts(const look_t *look, const sst_summary_t *one)
{
    return look->old == NULL || !sst_row_equal(&one->row, &look->old->row);
}

static int is_ours(const look_t *look, const sst_summary_t *one)
{
    return sst_row_equal(&one->row, &look->session->row);
}

/* Never one too many: two logins that meet at the last place may both be
 * refused.
 */
static int is_full(const look_t *look)
{
    int others = 0;
    int i;

    for (i = 0; i < look->found->nelts; i++) {
        others += counts(look, nth(look, i)) && !is_ours(look, nth(look, i));
    }
    return others >= look->session->site->max_per_user;
}

static sst_status_t end_one(const look_t *look, const sst_summary_t *one,
                            sst_error_t *err)
{
    sst_status_t status = sst_admin_end(&look->admin, one, err, look->pool);

    if (status == SST_OK) {
        APR_ARRAY_PUSH(look->displaced, sst_summary_t) = *one;
    }
    return status == SST_NOT_FOUND ? SST_OK : status;
}

/* Ends what is older than the newest ones that are allowed. All logins agree on
 * the order, so that two at the same time never end each other. By that order
 * ours may be too old itself: then those that are newer began at the same
 * time.
 */
static sst_status_t end_oldest(int *refused, const look_t *look,
                               sst_error_t *err)
{
    int left = look->session->site->max_per_user;
    sst_status_t status = SST_OK;
    int i;

    for (i = 0; i < look->found->nelts && status == SST_OK; i++) {
        const sst_summary_t *one = nth(look, i);

        if (!counts(look, one)) {
            continue;
        }
        if (left > 0) {
            left--;
        }
        else if (is_ours(look, one)) {
            *refused = 1;
        }
        else {
            status = end_one(look, one, err);
        }
    }
    return status;
}

static sst_status_t limit_user(int *refused, look_t *look, const char *user,
                               sst_error_t *err)
{
    apr_array_header_t *found;
    sst_status_t status = sst_admin_user(&found, &look->admin, user, err,
                                         look->pool);

    look->found = found;
    if (status != SST_OK) {
        return status;
    }
    if (look->session->site->at_limit == SST_LIMIT_REFUSE) {
        *refused |= is_full(look);
        return SST_OK;
    }
    return end_oldest(refused, look, err);
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
    look_t look = { { site->store, site->ring, site->scope, site->user_keys,
                      deadline }, session, old, NULL, NULL, pool };
    const apr_array_header_t *users;
    sst_status_t status = SST_OK;
    int i;

    *refused = 0;
    *displaced = NULL;
    if (site->max_per_user == 0) {
        return SST_OK;
    }
    look.displaced = apr_array_make(pool, 1, sizeof(sst_summary_t));
    *displaced = look.displaced;
    users = sst_entries_users(entries, site->user_keys, pool);
    for (i = 0; i < users->nelts && status == SST_OK && !*refused; i++) {
        const char *user = APR_ARRAY_IDX(users, i, const char *);

        if (signs_in(&look, user)) {
            status = limit_user(refused, &look, user, err);
        }
    }
    return status;
}
