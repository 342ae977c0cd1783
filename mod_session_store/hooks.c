/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Load, save and touch in httpd's hooks. */

#include "mod_session_store/hooks.h"

#include <string.h>

#include <apr_optional.h>
#include <http_request.h>

#include "lib/entries.h"
#include "mod_session_store/audit.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/encode.h"
#include "mod_session_store/held.h"
#include "mod_session_store/metrics.h"
#include "mod_session_store/notes.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"
#include "mod_session_store/response.h"
#include "mod_session_store/turn.h"

#define CLOCK_SLACK_S 60        /* clocks so far apart do no harm */

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

/* A failure as mod_session's hook tells it. */
static apr_status_t failure(const sst_error_t *err)
{
    return err->os != APR_SUCCESS ? err->os : APR_EGENERAL;
}

/* The answers of sst_session_load that tell whether there is a session. */
static int is_known(sst_status_t status)
{
    return status == SST_OK || status == SST_INVALID
        || status == SST_NOT_FOUND || status == SST_EXPIRED
        || status == SST_CORRUPT;
}

/* The session's name for logs; the access log keeps the last one that is. */
static void note_name(sst_request_t *state, char name[SST_ROW_NAME_LEN + 1])
{
    sst_session_name(name, state->session);
    if (state->session->exists) {
        memcpy(state->name, name, SST_ROW_NAME_LEN + 1);
    }
}

/* Of clocks that differ, the slower one sees what the faster one has begun. */
static void check_clock(request_rec *r, const sst_request_t *state,
                        const char *name)
{
    apr_int64_t ahead_s = state->session->created_s
                          - (apr_int64_t) apr_time_sec(apr_time_now());

    if (ahead_s > CLOCK_SLACK_S) {
        sst_report_clock(r, name, ahead_s);
    }
}

static void report_load(request_rec *r, sst_request_t *state,
                        sst_status_t status, const sst_error_t *err)
{
    char name[SST_ROW_NAME_LEN + 1];

    note_name(state, name);
    if (!is_known(status)) {
        sst_report_load_failed(r, state->site.store, err);
    }
    else if (status == SST_CORRUPT) {
        sst_report_unreadable(r, state->site.store, err);
    }
    else {
        sst_report_loaded(r, status, name);
        check_clock(r, state, name);
    }
}

static sst_status_t ask_store(sst_session_t **out, sst_request_t *state,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_interval_time_t began = sst_metrics_thread_time();
    sst_status_t status;

    sst_error_clear(err);
    status = sst_session_load(out, &state->site, state->candidates,
                              state->candidate_count,
                              sst_request_deadline(state), err, pool);
    state->store_time += sst_metrics_thread_time() - began;
    return status;
}

static void load(request_rec *r, sst_request_t *state)
{
    apr_pool_t *pool = sst_request_initial(r)->pool;
    sst_error_t err;
    sst_status_t status = ask_store(&state->session, state, &err, pool);

    state->record = make_record(state->session, pool);
    state->loaded = 1;
    state->load_failed = !is_known(status);
    state->failure = failure(&err);
    state->used = state->session->exists || state->load_failed;
    state->found = sst_metrics_event_name(sst_metrics_loaded(
        state->site.store, status, state->candidate_count));
    report_load(r, state, status, &err);
}

/* Makes the session what is stored now, with the changes of this request on
 * top. One that has ended meanwhile is left as it was: what the request has
 * been allowed was decided by it, and a save will find that it is gone.
 */
static int load_again(request_rec *r, sst_request_t *state)
{
    apr_pool_t *pool = sst_request_initial(r)->pool;
    session_rec *record = state->record;
    sst_session_t *session;
    sst_error_t err;
    sst_status_t status = ask_store(&session, state, &err, pool);
    int clashes;

    if (!is_known(status)) {
        (void) sst_metrics_loaded(state->site.store, status,
                                  state->candidate_count);
        sst_report_load_failed(r, state->site.store, &err);
        state->turn_failed = 1;
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (status == SST_OK) {
        sst_encode_reveal(state);
        record->entries = sst_entries_merge(&clashes, state->session->base,
                                            record->entries, session->base,
                                            pool);
        state->session = session;
    }
    return OK;
}

/* The turn, where the place wants one. Who had it may have changed what was
 * read before it came.
 */
static int take_turn(request_rec *r, sst_request_t *state)
{
    switch (sst_turn_take(r, state)) {
    case OK:
        return state->loaded ? load_again(r, state) : OK;
    case DECLINED:
        return OK;
    default:
        return HTTP_SERVICE_UNAVAILABLE;
    }
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
    sst_encode_reveal(state);
    if (denies(r, state) && !state->denied && !state->early) {
        return state->failure;
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

session_rec *sst_hook_record(request_rec *r)
{
    APR_OPTIONAL_FN_TYPE(ap_session_load) *core_load
        = APR_RETRIEVE_OPTIONAL_FN(ap_session_load);
    session_rec *record = NULL;

    if (core_load == NULL || core_load(r, &record) != APR_SUCCESS) {
        return NULL;
    }
    return record;
}

/* httpd answers TRACE, which echoes the request, before it knows what is
 * configured for it: no cookie is echoed.
 */
int sst_hook_map_to_storage(request_rec *r)
{
    if (r->method_number == M_TRACE
        && sst_registry_stores(r->server->process->pconf)->nelts > 0) {
        apr_table_unset(r->headers_in, "Cookie");
    }
    return DECLINED;
}

static int deny(request_rec *r, sst_request_t *state)
{
    state->denied = 1;
    apr_table_setn(r->err_headers_out, "Retry-After", SST_RETRY_AFTER_S);
    return HTTP_SERVICE_UNAVAILABLE;
}

int sst_hook_header_parser(request_rec *r)
{
    sst_request_t *state = sst_request_get(r);

    if (state == NULL || state->denied) {
        return DECLINED;
    }
    /* A failure is answered below; told to the core, it would be logged a
     * second time.
     */
    if (take_turn(r, state) != OK) {
        return deny(r, state);
    }
    state->early = 1;
    (void) sst_hook_record(r);
    state->early = 0;
    return denies(r, state) ? deny(r, state) : DECLINED;
}

static int is_handled_by(const request_rec *r, const char *handler)
{
    return r->handler != NULL && strcmp(r->handler, handler) == 0;
}

/* 1 for a subrequest that will not be the page that is answered: an index that
 * is not there, or a part of a page that has begun, or that has no session.
 * (mod_dir's own condition for an index.)
 */
static int is_no_page(const request_rec *r)
{
    if (r->main == NULL) {
        return 0;
    }
    return r->main->sent_bodyct
        || (r->finfo.filetype != APR_REG && !is_handled_by(r, "proxy-server"))
        || (sst_turn_is_vain(r)
            && !is_handled_by(r->main, DIR_MAGIC_TYPE));
}

int sst_hook_fixups(request_rec *r)
{
    sst_request_t *state = sst_request_get(r);

    /* A subrequest may be the page that is answered, or a part of it; before
     * its environment is made. If the turn does not come it is refused when it
     * runs: told so now, httpd would look for another index of the directory.
     */
    if (state != NULL && !is_no_page(r)) {
        (void) take_turn(r, state);
    }
    return DECLINED;
}

int sst_hook_handler(request_rec *r)
{
    sst_request_t *state = sst_conf_dir(r)->serialize > 0
        ? sst_request_get(r) : NULL;

    if (state == NULL || state->denied || sst_turn_is_vain(r)) {
        return DECLINED;
    }
    if (take_turn(r, state) != OK) {
        return r->main != NULL ? HTTP_SERVICE_UNAVAILABLE : deny(r, state);
    }
    return DECLINED;
}

/* --- Save --- */

static void set_held(request_rec *r, const sst_request_t *state,
                     const char *text)
{
    sst_held_set(r, state->cookie, state->site.store->ops->carried, text,
                 state->header);
}

static sst_status_t send_session(request_rec *r, const sst_request_t *state,
                                 sst_error_t *err)
{
    const char *text;
    sst_status_t status = sst_session_cookie(&text, state->session, err,
                                             r->pool);

    if (status == SST_OK) {
        set_held(r, state, text);
    }
    return status;
}

static sst_status_t send_cookie(request_rec *r, const sst_request_t *state,
                                sst_saved_t saved, sst_error_t *err)
{
    switch (saved) {
    case SST_SAVED_CREATED:
    case SST_SAVED_UPDATED:
    case SST_SAVED_ROTATED:
        return send_session(r, state, err);
    case SST_SAVED_ENDED:
        set_held(r, state, NULL);
        break;
    case SST_SAVED_NOTHING:
    case SST_SAVED_UNCHANGED:
    case SST_SAVED_REFUSED:
    case SST_SAVED_GONE:
        break;
    }
    return SST_OK;
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

static void refuse(request_rec *r, sst_request_t *state, sst_status_t status,
                   const sst_error_t *err)
{
    report_refusal(r, state, err);
    state->refusal = http_status(status);
}

/* For counters, access log and audit log. */
static void note_outcome(request_rec *r, sst_request_t *state,
                         const sst_audit_t *before, sst_status_t status,
                         const sst_outcome_t *outcome)
{
    sst_event_t event = sst_metrics_saved(state->site.store, status, outcome);

    if (event != SST_SAVE_UNCHANGED) {
        state->done = sst_metrics_event_name(event);
    }
    sst_audit_end(before, r, state, status, outcome);
    if (outcome->displaced != NULL) {
        sst_audit_revoked(r, state, outcome->displaced, "limit");
    }
}

static void save(request_rec *r, sst_request_t *state)
{
    char name[SST_ROW_NAME_LEN + 1];
    const sst_audit_t *before = sst_audit_begin(r, state);
    apr_interval_time_t began = sst_metrics_thread_time();
    sst_outcome_t outcome;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    sst_session_name(name, state->session);
    status = sst_session_save(&outcome, state->session, state->record->entries,
                              state->save_flags, sst_request_deadline(state),
                              &err, r->pool);
    state->store_time += sst_metrics_thread_time() - began;
    if (status == SST_OK) {
        state->save_flags = 0;
        status = send_cookie(r, state, outcome.saved, &err);
    }
    note_outcome(r, state, before, status, &outcome);
    if (status != SST_OK) {
        refuse(r, state, status, &err);
        return;
    }
    if (outcome.saved == SST_SAVED_REFUSED) {
        sst_report_login_refused(r, name, state->site.max_per_user);
        state->refusal = HTTP_FORBIDDEN;
        return;
    }
    if (state->session->exists) {
        note_name(state, name);
    }
    sst_report_saved(r, &outcome, name);
    if (outcome.saved != SST_SAVED_NOTHING) {
        state->used = 1;
        r->no_cache = 1;
    }
}

/* The store failed when the session was to be read, and the page was served as
 * to a visitor without one: what it wants to keep cannot be merged into what
 * is stored.
 */
static void save_degraded(request_rec *r, sst_request_t *state)
{
    static const sst_outcome_t nothing;

    if (state->record->dirty || !sst_entries_empty(state->record->entries)) {
        note_outcome(r, state, sst_audit_begin(r, state), SST_UNAVAILABLE,
                     &nothing);
        sst_report_degraded_save(r, state->site.store);
        state->refusal = HTTP_SERVICE_UNAVAILABLE;
    }
}

static void save_or_refuse(request_rec *r, sst_request_t *state)
{
    if (state->load_failed) {
        save_degraded(r, state);
    }
    else {
        save(r, state);
    }
}

void sst_hook_save_pending(request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        if (state->loaded && state->record->dirty && !state->record->written
            && !state->refusal) {
            sst_encode_reveal(state);
            save_or_refuse(r, state);
            state->record->written = 1;
        }
    }
}

apr_status_t sst_hook_session_save(request_rec *r, session_rec *z)
{
    sst_request_t *state = sst_request_get(r);

    if (state == NULL) {
        return DECLINED;
    }
    sst_encode_reveal(state);
    if (z != state->record) {
        /* A record that our load never gave: a session of its own. */
        state->session = sst_session_new(&state->site, z->pool);
        state->record = z;
        state->loaded = 1;
    }
    save_or_refuse(r, state);
    /* A refusal has been logged, and replaces the response: told to the core,
     * it would only be logged once more.
     */
    return OK;
}

/* --- Touch --- */

/* Where the browser has to learn of a touch too, it comes with a response. */
static int sends_with_touch(const sst_request_t *state)
{
    return state->site.store->ops->carried || state->cookie->max_age_s > 0;
}

static void touch(request_rec *r, sst_request_t *state, int send)
{
    char name[SST_ROW_NAME_LEN + 1];
    apr_interval_time_t began = sst_metrics_thread_time();
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_session_touch(state->session, sst_request_deadline(state),
                               &err, r->pool);
    state->touched = 1;
    state->store_time += sst_metrics_thread_time() - began;
    (void) sst_metrics_touched(state->site.store, status);
    if (status == SST_OK && send) {
        status = send_session(r, state, &err);
    }
    if (status != SST_OK && status != SST_NOT_FOUND) {
        sst_session_name(name, state->session);
        sst_report_touch_failed(r, state->site.store, name, &err);
    }
}

static int touch_due(const sst_request_t *state)
{
    return state->session != NULL && !state->touched
        && sst_session_touch_due(state->session, apr_time_now());
}

void sst_hook_touch_with_response(request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        if (sends_with_touch(state) && !state->refusal && touch_due(state)) {
            touch(r, state, 1);
        }
    }
}

/* Of every store: where sessions are moved, a request uses two. */
static void tell_usage(request_rec *r)
{
    const apr_array_header_t *stores
        = sst_registry_stores(r->server->process->pconf);
    int i;

    for (i = 0; i < stores->nelts; i++) {
        sst_metrics_tell(APR_ARRAY_IDX(stores, i, sst_store_t *), r->pool);
    }
}

int sst_hook_log_transaction(request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        /* What browsers carry cannot be noted any more. */
        if (!state->site.store->ops->carried && touch_due(state)) {
            touch(r, state, 0);
        }
    }
    if (sst_request_first(r) != NULL) {
        tell_usage(r);
    }
    sst_notes_set(r);
    return DECLINED;
}
