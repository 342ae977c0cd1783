/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session begins, is loaded, and is touched; session_save.c saves and ends
 * it.
 */

#include "lib/session.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/carried.h"
#include "lib/session_carried.h"
#include "lib/session_row.h"

sst_session_t *sst_session_new(const sst_site_t *site, apr_pool_t *pool)
{
    sst_session_t *session = apr_pcalloc(pool, sizeof(*session));

    session->site = site;
    session->store = site->store->ops->bind(site->store, pool);
    session->pool = pool;
    session->base = apr_table_make(pool, 8);
    return session;
}

void sst_session_name(char out[SST_ROW_NAME_LEN + 1],
                      const sst_session_t *session)
{
    if (session->exists) {
        sst_row_name(out, &session->row);
    }
    else {
        out[0] = '-';
        out[1] = '\0';
    }
}

sst_status_t sst_session_ticket(char out[SST_TICKET_MAX + 1],
                                const sst_session_t *session,
                                sst_error_t *err)
{
    return sst_ticket_format(out, &session->ticket, &session->site->scope,
                             err);
}

sst_status_t sst_session_cookie(const char **out, const sst_session_t *session,
                                sst_error_t *err, apr_pool_t *pool)
{
    char ticket[SST_TICKET_MAX + 1];
    sst_status_t status;

    *out = NULL;
    if (session->store->ops->carried) {
        return sst_session_carried_text(out, session, err, pool);
    }
    status = sst_session_ticket(ticket, session, err);
    if (status == SST_OK) {
        *out = apr_pstrdup(pool, ticket);
    }
    sst_wipe(ticket, sizeof(ticket));
    return status;
}

/* --- Load --- */

static sst_status_t load_candidate(sst_session_t **out, const sst_site_t *site,
                                   sst_span_t candidate, apr_time_t deadline,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_session_t *session = sst_session_new(site, pool);
    int carried = session->store->ops->carried;
    sst_status_t status;

    status = sst_ticket_parse(&session->ticket,
                              carried ? sst_carried_ticket(candidate)
                                      : candidate, site->ring, &site->scope,
                              err);
    if (status == SST_OK) {
        status = sst_ticket_row(&session->row, &session->ticket, &site->scope,
                                err);
    }
    if (status == SST_OK && carried) {
        status = sst_session_carried_take(session, candidate, deadline, err);
    }
    if (status == SST_OK) {
        status = sst_session_row_read(session, deadline, err);
    }
    if (status == SST_OK && carried) {
        status = sst_session_carried_check(session, deadline, err, pool);
    }
    *out = status == SST_OK ? session : sst_session_new(site, pool);
    if (status != SST_OK) {
        sst_wipe(&session->ticket, sizeof(session->ticket));
    }
    return status;
}

sst_status_t sst_session_row_of(sst_row_t *out, const sst_site_t *site,
                                const sst_span_t *candidates, int count)
{
    sst_status_t status = SST_INVALID;
    sst_ticket_t ticket;
    int i;

    memset(out, 0, sizeof(*out));
    for (i = 0; i < count && i < SST_CANDIDATES_MAX && status != SST_OK;
         i++) {
        status = sst_ticket_parse(&ticket, candidates[i], site->ring,
                                  &site->scope, NULL);
    }
    if (status == SST_OK) {
        status = sst_ticket_row(out, &ticket, &site->scope, NULL);
        sst_wipe(&ticket, sizeof(ticket));
    }
    return status;
}

/* Of two answers that mean "no session", the one that says more. */
static sst_status_t more_telling(sst_status_t a, sst_status_t b)
{
    static const sst_status_t order[] = {
        SST_CORRUPT, SST_EXPIRED, SST_NOT_FOUND
    };
    apr_size_t i;

    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return SST_INVALID;
}

static int means_no_session(sst_status_t status)
{
    return status == SST_INVALID || status == SST_NOT_FOUND
        || status == SST_EXPIRED || status == SST_CORRUPT;
}

sst_status_t sst_session_load(sst_session_t **out, const sst_site_t *site,
                              const sst_span_t *candidates, int count,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_status_t answer = SST_INVALID;
    sst_error_t corrupt;
    int i;

    *out = sst_session_new(site, pool);
    sst_error_clear(&corrupt);
    for (i = 0; i < count && i < SST_CANDIDATES_MAX; i++) {
        sst_error_t candidates_err;
        sst_status_t status;

        sst_error_clear(&candidates_err);
        status = load_candidate(out, site, candidates[i], deadline,
                                &candidates_err, pool);
        if (status == SST_OK) {
            return SST_OK;
        }
        if (!means_no_session(status)) {
            return sst_error_set(err, status, candidates_err.os, "%s",
                                 candidates_err.text);
        }
        if (status == SST_CORRUPT) {
            (void) sst_error_set(&corrupt, status, candidates_err.os, "%s",
                                 candidates_err.text);
        }
        answer = more_telling(answer, status);
    }
    /* Only now: a corrupt candidate is no error when another one is found. */
    if (answer == SST_CORRUPT) {
        return sst_error_set(err, answer, corrupt.os, "%s", corrupt.text);
    }
    return answer;
}

/* --- Touch --- */

int sst_session_touch_due(const sst_session_t *session, apr_time_t now)
{
    apr_int64_t next_s = sst_session_row_expiry(session, now);
    apr_int64_t gain_s = next_s - session->expires_s;

    /* A request that outlived its session does not revive it. The last touch
     * before the absolute end gains less than an interval, and is due all the
     * same: without it an active session would end early.
     */
    return session->exists && gain_s > 0
        && session->expires_s > (apr_int64_t) apr_time_sec(now)
        && (gain_s >= session->site->touch_s
            || next_s == session->deadline_s);
}

sst_status_t sst_session_touch(sst_session_t *session, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    apr_int64_t expires_s = sst_session_row_expiry(session, apr_time_now());
    sst_status_t status = SST_OK;

    if (!session->exists) {
        return SST_NOT_FOUND;
    }
    if (session->elsewhere) {
        status = sst_session_row_note(session, session->base, deadline, err,
                                      session->pool);
    }
    if (status != SST_OK) {
        return status;
    }
    status = store->ops->touch(store, &session->row, expires_s, deadline, err,
                               pool);
    if (status == SST_OK) {
        session->expires_s = expires_s;
    }
    return status;
}
