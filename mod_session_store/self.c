/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A signed-in user's own sessions: shown, and ended on request. */

#include "mod_session_store/self.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>

#include "lib/admin.h"
#include "lib/crypto.h"
#include "lib/entries.h"
#include "mod_session_store/audit.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/metrics.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"
#include "mod_session_store/response.h"
#include "mod_session_store/self_page.h"

#define HANDLER "session-store-self"

/* A form of ours has two short fields. */
#define FORM_FIELDS_MAX 8
#define FORM_SIZE_MAX 4096

/* What the address says after sessions were ended. */
#define ENDED_ARGS "ended"

#define NONCE_LEN 16

/* One request for the page. */
typedef struct self_t {
    request_rec *r;
    sst_request_t *state;
    const apr_array_header_t *users;    /* const char *, one at least */
    sst_admin_t admin;
} self_t;

static int store_failed(const self_t *self, const sst_error_t *err)
{
    sst_report_self_failed(self->r, self->state->site.store, err);
    apr_table_setn(self->r->err_headers_out, "Retry-After",
                   SST_RETRY_AFTER_S);
    return HTTP_SERVICE_UNAVAILABLE;
}

/* --- Whose sessions --- */

static const sst_summary_t *find_row(const apr_array_header_t *sessions,
                                     const sst_row_t *row)
{
    int i;

    for (i = 0; i < sessions->nelts; i++) {
        const sst_summary_t *one = &APR_ARRAY_IDX(sessions, i, sst_summary_t);

        if (sst_row_equal(&one->row, row)) {
            return one;
        }
    }
    return NULL;
}

static void add_new(apr_array_header_t *sessions,
                    const apr_array_header_t *found)
{
    int i;

    for (i = 0; i < found->nelts; i++) {
        const sst_summary_t *one = &APR_ARRAY_IDX(found, i, sst_summary_t);

        if (find_row(sessions, &one->row) == NULL) {
            APR_ARRAY_PUSH(sessions, sst_summary_t) = *one;
        }
    }
}

/* The user's live sessions, each once, whatever names he is signed in by. */
static sst_status_t find_sessions(apr_array_header_t **out, const self_t *self,
                                  sst_error_t *err)
{
    apr_pool_t *pool = self->r->pool;
    sst_status_t status = SST_OK;
    int i;

    *out = apr_array_make(pool, 4, sizeof(sst_summary_t));
    for (i = 0; i < self->users->nelts && status == SST_OK; i++) {
        apr_array_header_t *found;

        status = sst_admin_user(&found, &self->admin,
                                APR_ARRAY_IDX(self->users, i, const char *),
                                err, pool);
        add_new(*out, found);
    }
    return status;
}

/* --- The form --- */

/* A field's text, or "" when it is missing. */
static const char *field(const apr_array_header_t *form, const char *name,
                         apr_pool_t *pool)
{
    int i;

    for (i = 0; form != NULL && i < form->nelts; i++) {
        const ap_form_pair_t *pair = &APR_ARRAY_IDX(form, i, ap_form_pair_t);
        char *text = NULL;
        apr_size_t len = 0;

        if (strcmp(pair->name, name) == 0
            && apr_brigade_pflatten(pair->value, &text, &len,
                                    pool) == APR_SUCCESS) {
            return apr_pstrmemdup(pool, text, len);
        }
    }
    return "";
}

/* Was the form made by us, for this session? */
static int token_fits(const self_t *self, const apr_array_header_t *form)
{
    const sst_session_t *session = self->state->session;
    const char *given = field(form, SST_SELF_TOKEN, self->r->pool);
    char token[SST_FORM_TOKEN_TEXT + 1];

    return sst_ticket_form_token(token, &session->ticket,
                                 &session->site->scope, NULL) == SST_OK
        && sst_bytes_equal(sst_span_text(token), sst_span_text(given));
}

/* --- Ending --- */

/* By way of the save that mod_session does for each change. */
static void sign_out(const self_t *self)
{
    apr_table_clear(self->state->record->entries);
    self->state->record->dirty = 1;
}

/* Notes what has been ended, for all who may want to know. */
static void note_ended(const self_t *self, const apr_array_header_t *sessions)
{
    sst_metrics_count(self->state->site.store, SST_REVOKED_SELF,
                      (apr_uint64_t) sessions->nelts);
    sst_audit_revoked(self->r, self->state, sessions, "self");
}

/* Whatever the form says: only what is in the user's own list is ended. One
 * that is not there any more has ended already.
 */
static int end_listed(const self_t *self, const sst_row_t *row)
{
    apr_array_header_t *sessions;
    apr_array_header_t *ended;
    const sst_summary_t *one;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = find_sessions(&sessions, self, &err);
    if (status != SST_OK) {
        return store_failed(self, &err);
    }
    one = find_row(sessions, row);
    if (one == NULL) {
        return OK;
    }
    status = sst_admin_end(&self->admin, one, &err, self->r->pool);
    if (status != SST_OK && status != SST_NOT_FOUND) {
        return store_failed(self, &err);
    }
    ended = apr_array_make(self->r->pool, 1, sizeof(sst_summary_t));
    if (status == SST_OK) {
        APR_ARRAY_PUSH(ended, sst_summary_t) = *one;
    }
    note_ended(self, ended);
    sst_report_self_ended(self->r, ended->nelts);
    return OK;
}

static int end_others(const self_t *self)
{
    int count = 0;
    int i;

    for (i = 0; i < self->users->nelts; i++) {
        const char *user = APR_ARRAY_IDX(self->users, i, const char *);
        sst_ended_t ended;
        sst_error_t err;
        sst_status_t status;

        sst_error_clear(&err);
        status = sst_admin_end_user(&ended, &self->admin, user,
                                    &self->state->session->row, &err,
                                    self->r->pool);
        count += ended.ended;
        note_ended(self, ended.sessions);
        if (status != SST_OK) {
            return store_failed(self, &err);
        }
    }
    sst_report_self_ended(self->r, count);
    return OK;
}

/* The page again, by a GET that can be repeated. Two slashes in front would
 * name another host.
 */
static int send_back(request_rec *r, const char *args)
{
    const char *path = r->uri;

    while (path[0] == '/' && path[1] == '/') {
        path++;
    }
    path = ap_os_escape_path(r->pool, path, 1);
    apr_table_setn(r->headers_out, "Location",
                   *args ? apr_pstrcat(r->pool, path, "?", args, NULL) : path);
    return HTTP_SEE_OTHER;
}

static int answer_form(const self_t *self, const apr_array_header_t *form)
{
    apr_pool_t *pool = self->r->pool;
    const char *hex = field(form, SST_SELF_END, pool);
    sst_row_t row;
    int answer;

    if (*field(form, SST_SELF_OTHERS, pool) != '\0') {
        answer = end_others(self);
    }
    else if (sst_row_from_hex(&row, sst_span_text(hex)) != SST_OK) {
        return HTTP_BAD_REQUEST;
    }
    else if (sst_row_equal(&row, &self->state->session->row)) {
        sign_out(self);
        return send_back(self->r, "");
    }
    else {
        answer = end_listed(self, &row);
    }
    return answer == OK ? send_back(self->r, ENDED_ARGS) : answer;
}

static int post(const self_t *self)
{
    apr_array_header_t *form = NULL;
    int answer = ap_parse_form_data(self->r, NULL, &form, FORM_FIELDS_MAX,
                                    FORM_SIZE_MAX);

    if (answer != OK) {
        return answer;
    }
    if (!token_fits(self, form)) {
        sst_report_self_forged(self->r);
        return HTTP_FORBIDDEN;
    }
    return answer_form(self, form);
}

/* --- Showing --- */

/* Random text for the page's one style; NULL when there is none. */
static const char *make_nonce(apr_pool_t *pool)
{
    unsigned char bytes[NONCE_LEN];
    char *text = apr_palloc(pool, SST_BASE64URL_LEN(NONCE_LEN) + 1);

    if (sst_random(bytes, sizeof(bytes), NULL) != SST_OK) {
        return NULL;
    }
    sst_base64url_encode(text, sst_span(bytes, sizeof(bytes)));
    return text;
}

static int show(const self_t *self)
{
    request_rec *r = self->r;
    const sst_session_t *session = self->state->session;
    char token[SST_FORM_TOKEN_TEXT + 1];
    apr_array_header_t *sessions;
    sst_self_page_t page;
    sst_error_t err;

    sst_error_clear(&err);
    if (find_sessions(&sessions, self, &err) != SST_OK) {
        return store_failed(self, &err);
    }
    page.nonce = make_nonce(r->pool);
    if (page.nonce == NULL
        || sst_ticket_form_token(token, &session->ticket,
                                 &session->site->scope, NULL) != SST_OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    page.users = self->users;
    page.sessions = sessions;
    page.own = &session->row;
    page.token = token;
    page.ended = r->args != NULL && strcmp(r->args, ENDED_ARGS) == 0;
    sst_self_page_send(r, &page);
    return OK;
}

/* --- The handler --- */

/* Who asks: OK, or the status that says why nobody does. */
static int identify(self_t *self)
{
    const sst_session_t *session;

    self->state = sst_request_get(self->r);
    if (self->state == NULL) {
        sst_report_self_without_store(self->r);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (self->state->load_failed) {
        apr_table_setn(self->r->err_headers_out, "Retry-After",
                       SST_RETRY_AFTER_S);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    session = self->state->session;
    if (session == NULL || !session->exists) {
        return HTTP_FORBIDDEN;
    }
    self->users = sst_entries_users(session->base, session->site->user_keys,
                                    self->r->pool);
    self->admin.store = session->site->store;
    self->admin.ring = session->site->ring;
    self->admin.scope = session->site->scope;
    self->admin.user_keys = session->site->user_keys;
    self->admin.deadline = sst_request_deadline(self->state);
    return self->users->nelts > 0 ? OK : HTTP_FORBIDDEN;
}

int sst_self_handler(request_rec *r)
{
    self_t self = { r, NULL, NULL, { 0 } };
    int answer;

    if (strcmp(r->handler, HANDLER) != 0) {
        return DECLINED;
    }
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, -1);
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    if (r->method_number != M_GET && r->method_number != M_POST) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    answer = identify(&self);
    if (answer != OK) {
        return answer;
    }
    return r->method_number == M_POST ? post(&self) : show(&self);
}
