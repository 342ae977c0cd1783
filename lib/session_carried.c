/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session's value between the cookie's text and the session's own store. */

#include "lib/session_carried.h"

#include "lib/carried.h"
#include "lib/clock.h"
#include "lib/entries.h"
#include "lib/not_before.h"

sst_status_t sst_session_carried_take(sst_session_t *session, sst_span_t text,
                                      apr_time_t deadline, sst_error_t *err)
{
    sst_store_t *store = session->store;
    sst_value_t value;
    sst_status_t status;

    status = sst_carried_open(&value, text, &session->ticket, &session->row,
                              &session->site->scope, err, session->pool);
    if (status == SST_OK) {
        status = store->ops->put(store, &session->row, value.bytes,
                                 value.expires_s, NULL, deadline, err,
                                 session->pool);
    }
    return status;
}

sst_status_t sst_session_carried_text(const char **out,
                                      const sst_session_t *session,
                                      sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    sst_value_t value;
    sst_status_t status = store->ops->get(&value, store, &session->row, 0,
                                          sst_clock() + store->timeout,
                                          err, pool);

    *out = NULL;
    if (status == SST_OK) {
        status = sst_carried_seal(out, &value, &session->ticket, &session->row,
                                  &session->site->scope, err, pool);
    }
    return status;
}

/* Whether a session of these users that began then was ended. Expected: OK;
 * NOT_FOUND when it was.
 */
static sst_status_t check_users(const sst_session_t *session,
                                apr_int64_t began_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    const apr_array_header_t *users
        = sst_entries_users(session->base, session->site->user_keys, pool);
    sst_status_t status = SST_OK;
    int i;

    for (i = 0; i < users->nelts && status == SST_OK; i++) {
        apr_int64_t ended_s;

        status = sst_not_before_get(&ended_s, session->store,
                                    session->ticket.key,
                                    &session->site->scope,
                                    APR_ARRAY_IDX(users, i, const char *),
                                    deadline, err, pool);
        if (status == SST_OK && began_s <= ended_s) {
            return SST_NOT_FOUND;
        }
    }
    switch (status) {
    case SST_NOT_FOUND:
    case SST_EXPIRED:
    case SST_INVALID:
    case SST_CORRUPT:
        /* Of a session these mean that there is none; of the second store they
         * must not.
         */
        return SST_INTERNAL;
    default:
        return status;
    }
}

sst_status_t sst_session_carried_check(const sst_session_t *session,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    return check_users(session, session->created_s, deadline, err, pool);
}

sst_status_t sst_session_carried_recheck(const sst_session_t *session,
                                         apr_int64_t began_s,
                                         apr_time_t deadline, sst_error_t *err,
                                         apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    sst_status_t status = check_users(session, began_s, deadline, err, pool);

    if (status == SST_NOT_FOUND) {
        status = store->ops->remove(store, &session->row, NULL, deadline, err,
                                    pool);
    }
    return status;
}

sst_status_t sst_session_carried_fits(const sst_session_t *session,
                                      apr_size_t len, sst_error_t *err)
{
    apr_size_t chars = sst_carried_len(len);

    if (chars <= session->site->carried_max) {
        return SST_OK;
    }
    return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                         "a session of %" APR_SIZE_T_FMT " bytes, sealed, "
                         "takes %" APR_SIZE_T_FMT " characters of cookies, "
                         "and browsers may hold %" APR_SIZE_T_FMT " here: see "
                         "LimitRequestFieldSize", len, chars,
                         session->site->carried_max);
}
