/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Load, save and touch in httpd's hooks, and what their failures answer. */

#include "mod_session_store/hooks.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>

#include "lib/entries.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/cookie.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"

/* What a client is asked to wait after a failure of the store. */
#define RETRY_AFTER_S "5"

/* The HTTP status that tells the truth about a failure. */
static int http_status(sst_status_t status)
{
    switch (status) {
    case SST_TOO_BIG:
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    case SST_INTERNAL:
    case SST_INVALID:
        return HTTP_INTERNAL_SERVER_ERROR;
    default:
        return HTTP_SERVICE_UNAVAILABLE;
    }
}

/* --- Load --- */

static session_rec *make_record(const sst_session_t *session,
                                apr_pool_t *pool)
{
    session_rec *record = apr_pcalloc(pool, sizeof(*record));

    record->pool = pool;
    record->entries = apr_table_copy(pool, session->base);
    return record;
}

/* The answers of sst_session_load that tell whether there is a session. */
static int is_known(sst_status_t status)
{
    return status == SST_OK || status == SST_INVALID
        || status == SST_NOT_FOUND || status == SST_EXPIRED
        || status == SST_CORRUPT;
}

static void report_load(request_rec *r, const sst_request_t *state,
                        sst_status_t status, const sst_error_t *err)
{
    char name[SST_ROW_NAME_LEN + 1];

    sst_session_name(name, state->session);
    if (!is_known(status)) {
        sst_report_load_failed(r, state->site.store, err);
    }
    else if (status == SST_CORRUPT) {
        sst_report_unreadable(r, state->site.store, err);
    }
    else {
        sst_report_loaded(r, status, name);
    }
}

static void load(request_rec *r, sst_request_t *state)
{
    apr_pool_t *pool = sst_request_initial(r)->pool;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_session_load(&state->session, &state->site,
                              state->candidates, state->candidate_count,
                              sst_request_deadline(state), &err, pool);
    state->record = make_record(state->session, pool);
    state->loaded = 1;
    state->used = state->session->exists;
    state->load_failed = !is_known(status);
    report_load(r, state, status, &err);
}

static int denies(const request_rec *r, const sst_request_t *state)
{
    return state->load_failed
        && sst_conf_dir(r)->on_error != SST_ON_ERROR_ANONYMOUS;
}

apr_status_t sst_hook_session_load(request_rec *r, session_rec **z)
{
    sst_request_t *state = sst_request_get(r);

    if (state == NULL) {
        return DECLINED;
    }
    if (!state->loaded) {
        load(r, state);
    }
    if (denies(r, state) && !state->denied && !state->early) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (state->denied || state->refusal) {
        /* The request is being refused: nothing of it is saved any more. */
        state->record->written = 1;
    }
    if (state->used) {
        r->no_cache = 1;
    }
    /* The core stamps a record without expiry, and would replace one whose
     * time ran out while its request did.
     */
    state->record->expiry = 0;
    *z = state->record;
    return OK;
}

/* mod_session's own load knows where a session is switched off or excluded. */
static void load_through_core(request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(ap_session_load) *core_load
        = APR_RETRIEVE_OPTIONAL_FN(ap_session_load);
    session_rec *record = NULL;

    if (core_load != NULL) {
        (void) core_load(r, &record);
    }
}

int sst_hook_header_parser(request_rec *r)
{
    sst_request_t *state = sst_request_get(r);

    if (state == NULL) {
        return DECLINED;
    }
    /* A client's header of this name would become HTTP_SESSION, which
     * applications take for the session.
     */
    apr_table_unset(r->headers_in, "Session");
    if (state->denied) {
        return DECLINED;
    }
    /* A failure is answered below; told to the core, it would be logged a
     * second time.
     */
    state->early = 1;
    load_through_core(r);
    state->early = 0;
    if (denies(r, state)) {
        state->denied = 1;
        apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER_S);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    return DECLINED;
}

/* --- Save --- */

static void send_cookie(request_rec *r, const sst_request_t *state,
                        sst_saved_t saved)
{
    const sst_cookie_conf_t *cookie = sst_conf_cookie(sst_conf_dir(r));
    char ticket[SST_TICKET_MAX + 1];

    switch (saved) {
    case SST_SAVED_CREATED:
    case SST_SAVED_UPDATED:
    case SST_SAVED_ROTATED:
        if (sst_session_ticket(ticket, state->session, NULL) == SST_OK) {
            sst_cookie_set(r, cookie, ticket);
        }
        sst_wipe(ticket, sizeof(ticket));
        break;
    case SST_SAVED_ENDED:
        sst_cookie_set(r, cookie, NULL);
        break;
    case SST_SAVED_NOTHING:
    case SST_SAVED_UNCHANGED:
    case SST_SAVED_GONE:
        break;
    }
}

static void report_refusal(request_rec *r, const sst_request_t *state,
                           const sst_error_t *err)
{
    char name[SST_ROW_NAME_LEN + 1];

    sst_session_name(name, state->session);
    if (err->status == SST_TOO_BIG) {
        sst_report_too_big(r, name, err);
    }
    else {
        sst_report_save_failed(r, state->site.store, name, err);
    }
}

/* Saves, and answers the status that the response has to have if that failed,
 * else 0.
 */
static int save(request_rec *r, sst_request_t *state)
{
    char name[SST_ROW_NAME_LEN + 1];
    sst_outcome_t outcome;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_session_save(&outcome, state->session, state->record->entries,
                              0, sst_request_deadline(state), &err, r->pool);
    if (status != SST_OK) {
        report_refusal(r, state, &err);
        return http_status(status);
    }
    sst_session_name(name, state->session);
    sst_report_saved(r, &outcome, name);
    send_cookie(r, state, outcome.saved);
    if (outcome.saved != SST_SAVED_NOTHING) {
        state->used = 1;
        r->no_cache = 1;
    }
    return 0;
}

/* The store failed when the session was to be read, and the page was served as
 * to a visitor without one: what it wants to keep cannot be merged into what
 * is stored.
 */
static int save_degraded(request_rec *r, const sst_request_t *state)
{
    if (sst_entries_empty(state->record->entries)) {
        return 0;
    }
    sst_report_degraded_save(r, state->site.store);
    return HTTP_SERVICE_UNAVAILABLE;
}

apr_status_t sst_hook_session_save(request_rec *r, session_rec *z)
{
    sst_request_t *state = sst_request_get(r);

    if (state == NULL) {
        return DECLINED;
    }
    if (z != state->record) {
        /* A record that our load never gave: a session of its own. */
        state->session = sst_session_new(&state->site, z->pool);
        state->record = z;
        state->loaded = 1;
    }
    state->refusal = state->load_failed ? save_degraded(r, state)
                                        : save(r, state);
    return state->refusal ? state->refusal : OK;
}

/* --- Touch --- */

static void touch(request_rec *r, sst_request_t *state)
{
    char name[SST_ROW_NAME_LEN + 1];
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_session_touch(state->session, sst_request_deadline(state),
                               &err, r->pool);
    if (status != SST_OK && status != SST_NOT_FOUND) {
        sst_session_name(name, state->session);
        sst_report_touch_failed(r, state->site.store, name, &err);
    }
}

int sst_hook_log_transaction(request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        if (state->session != NULL
            && sst_session_touch_due(state->session, apr_time_now())) {
            touch(r, state);
        }
    }
    return DECLINED;
}

/* --- The response --- */

void sst_hook_insert_filter(request_rec *r)
{
    if (r->main == NULL && sst_conf_dir(r)->store != NULL) {
        ap_add_output_filter(SST_FILTER, NULL, r, r->connection);
    }
}

/* RFC 9111: `private` keeps shared caches off, whatever else is said. */
static void keep_private(request_rec *r)
{
    const char *control = apr_table_get(r->headers_out, "Cache-Control");

    r->no_cache = 1;
    if (control == NULL) {
        control = apr_table_get(r->err_headers_out, "Cache-Control");
    }
    if (control == NULL) {
        apr_table_setn(r->err_headers_out, "Cache-Control",
                       "no-cache, private");
    }
    else if (!ap_find_token(r->pool, control, "private")
             && !ap_find_token(r->pool, control, "no-store")) {
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
    }
}

/* Sends an error instead of what the handler has said; it and all that it will
 * still say is thrown away.
 */
static apr_status_t replace_response(ap_filter_t *filter,
                                     apr_bucket_brigade *brigade, int status)
{
    apr_bucket_alloc_t *buckets = filter->r->connection->bucket_alloc;
    apr_status_t rv;

    apr_brigade_cleanup(brigade);
    APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(
        status, NULL, filter->r->pool, buckets));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(buckets));
    rv = ap_pass_brigade(filter->next, brigade);
    /* The error has been answered in full; a handler that learns of it would
     * answer a second time.
     */
    return rv == AP_FILTER_ERROR ? APR_SUCCESS : rv;
}

/* What a filter of ours has seen of its response. */
typedef enum {
    RESPONSE_BEGINS = 0,
    RESPONSE_PASSES,    /* an error in another's place, up to its end */
    RESPONSE_DROPPED    /* what comes behind the end of that */
} response_t;

static int ends_response(apr_bucket_brigade *brigade)
{
    apr_bucket *bucket;

    for (bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        if (APR_BUCKET_IS_EOS(bucket)) {
            return 1;
        }
    }
    return 0;
}

/* A response that took the place of another: passes up to its end; what the
 * first handler still sends must not follow it to the client.
 */
static apr_status_t pass_replacement(ap_filter_t *filter,
                                     apr_bucket_brigade *brigade)
{
    response_t *seen = filter->ctx;

    if (*seen == RESPONSE_DROPPED) {
        apr_brigade_cleanup(brigade);
        return APR_SUCCESS;
    }
    *seen = ends_response(brigade) ? RESPONSE_DROPPED : RESPONSE_PASSES;
    return ap_pass_brigade(filter->next, brigade);
}

/* The first state whose save was refused, or NULL. */
static sst_request_t *refused(const request_rec *r)
{
    sst_request_t *state = sst_request_first(r);

    while (state != NULL && state->refusal == 0) {
        state = state->next;
    }
    return state;
}

static int uses_session(const request_rec *r)
{
    const sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        if (state->used) {
            return 1;
        }
    }
    return 0;
}

apr_status_t sst_hook_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    sst_request_t *state = refused(r);
    response_t *seen = filter->ctx;

    if (seen == NULL) {
        filter->ctx = seen = apr_pcalloc(r->pool, sizeof(*seen));
    }
    if (state != NULL && !state->replaced) {
        state->replaced = 1;
        *seen = RESPONSE_DROPPED;
        return replace_response(filter, brigade, state->refusal);
    }
    if (*seen == RESPONSE_BEGINS) {
        if (uses_session(r)) {
            keep_private(r);
        }
        if (state != NULL && r->status == HTTP_SERVICE_UNAVAILABLE) {
            apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER_S);
        }
    }
    if (state == NULL) {
        ap_remove_output_filter(filter);
        return ap_pass_brigade(filter->next, brigade);
    }
    return pass_replacement(filter, brigade);
}
