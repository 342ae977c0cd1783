/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The audit log. */

#include "mod_session_store/audit.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "lib/admin.h"
#include "lib/audit_line.h"
#include "lib/entries.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"

#define LOG_RIGHTS (APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD)

/* --- Opening --- */

static apr_file_t *open_program(const char *program, apr_pool_t *pconf)
{
    piped_log *log = ap_open_piped_log(pconf, program);

    return log ? ap_piped_log_write_fd(log) : NULL;
}

static apr_file_t *open_log(const char *path, const server_rec *server,
                            apr_pool_t *pconf)
{
    apr_file_t *file = NULL;
    apr_status_t os = APR_EGENERAL;

    if (*path == '|') {
        file = open_program(path + 1, pconf);
    }
    else {
        os = apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_APPEND
                           | APR_FOPEN_CREATE | APR_FOPEN_LARGEFILE,
                           LOG_RIGHTS, pconf);
        if (os != APR_SUCCESS) {
            file = NULL;
        }
    }
    if (file == NULL) {
        sst_report_audit_open(server, path, os);
    }
    return file;
}

/* Servers that name the same log share it. */
int sst_audit_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                   server_rec *main_server)
{
    apr_hash_t *logs = apr_hash_make(ptemp);
    server_rec *server;

    for (server = main_server; server; server = server->next) {
        sst_server_conf_t *conf = ap_get_module_config(
            server->module_config, &session_store_module);

        if (conf->audit == NULL) {
            continue;
        }
        conf->audit_log = apr_hash_get(logs, conf->audit,
                                       APR_HASH_KEY_STRING);
        if (conf->audit_log == NULL) {
            conf->audit_log = open_log(conf->audit, server, pconf);
            apr_hash_set(logs, conf->audit, APR_HASH_KEY_STRING,
                         conf->audit_log);
        }
        if (conf->audit_log == NULL) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

/* --- What has happened --- */

static const apr_array_header_t *users_in(const apr_table_t *entries,
                                          const sst_request_t *state,
                                          apr_pool_t *pool)
{
    return sst_entries_users(entries, state->site.user_keys, pool);
}

sst_audit_t *sst_audit_begin(request_rec *r, const sst_request_t *state)
{
    sst_audit_t *before;

    if (sst_conf_server(r->server)->audit_log == NULL) {
        return NULL;
    }
    before = apr_palloc(r->pool, sizeof(*before));
    sst_session_name(before->name, state->session);
    before->users = users_in(state->session->base, state, r->pool);
    return before;
}

typedef struct event_t {
    const char *word;           /* NULL: none */
    const char *reason;         /* of a denial, or NULL */
    const apr_array_header_t *users;
} event_t;

/* Whoever signs out has been there before. */
static void judge_save(event_t *event, const sst_audit_t *before,
                       const sst_request_t *state, sst_saved_t saved,
                       apr_pool_t *pool)
{
    const apr_array_header_t *users = users_in(state->session->base, state,
                                               pool);
    int same = sst_users_equal(before->users, users);

    event->users = users->nelts > 0 ? users : before->users;
    switch (saved) {
    case SST_SAVED_CREATED:
        /* Behind the end of another one, perhaps, with a user of its own. */
        event->word = users->nelts > 0 ? "login"
            : before->users->nelts > 0 ? "logout" : "created";
        break;
    case SST_SAVED_ROTATED:
        event->word = same ? "rotated"
            : users->nelts > 0 ? "login" : "logout";
        break;
    case SST_SAVED_ENDED:
        event->word = before->users->nelts > 0 ? "logout" : "ended";
        break;
    default:
        event->word = NULL;
        break;
    }
}

/* Of what is refused, only logins are events. */
static void judge_denial(event_t *event, const sst_audit_t *before,
                         const sst_request_t *state, apr_pool_t *pool)
{
    event->users = users_in(state->record->entries, state, pool);
    event->word = event->users->nelts > 0
        && !sst_users_equal(before->users, event->users) ? "denied" : NULL;
}

/* Why what was asked for was not done; else NULL. */
static const char *denial_of(sst_status_t status, sst_saved_t saved)
{
    if (status == SST_TOO_BIG) {
        return "size";
    }
    if (status != SST_OK) {
        return "store";
    }
    return saved == SST_SAVED_REFUSED ? "limit" : NULL;
}

/* --- A line --- */

static void write_line(request_rec *r, sst_audit_line_t *line,
                       const sst_request_t *state)
{
    apr_file_t *log = sst_conf_server(r->server)->audit_log;
    apr_status_t os = APR_ENOMEM;
    const char *text;

    line->client = r->useragent_ip;
    line->server = r->server->server_hostname;
    line->store = state->site.store->name;
    text = sst_audit_line(line, apr_time_now(), r->pool);
    if (text != NULL) {
        os = apr_file_write_full(log, text, strlen(text), NULL);
    }
    if (os != APR_SUCCESS) {
        sst_report_audit_write(r, sst_conf_server(r->server)->audit, os);
    }
}

static void write_event(const event_t *event, const sst_audit_t *before,
                        request_rec *r, const sst_request_t *state)
{
    char name[SST_ROW_NAME_LEN + 1];
    sst_audit_line_t line = { .event = event->word, .reason = event->reason,
                              .users = event->users, .session = name };

    sst_session_name(name, state->session);
    if (strcmp(before->name, name) != 0) {
        line.before = before->name;
    }
    write_line(r, &line, state);
}

void sst_audit_end(const sst_audit_t *before, request_rec *r,
                   const sst_request_t *state, sst_status_t status,
                   const sst_outcome_t *outcome)
{
    event_t event;

    if (before == NULL) {
        return;
    }
    event.reason = denial_of(status, outcome->saved);
    if (event.reason != NULL) {
        judge_denial(&event, before, state, r->pool);
    }
    else {
        judge_save(&event, before, state, outcome->saved, r->pool);
    }
    if (event.word != NULL) {
        write_event(&event, before, r, state);
    }
}

void sst_audit_revoked(request_rec *r, const sst_request_t *state,
                       const apr_array_header_t *sessions, const char *reason)
{
    char name[SST_ROW_NAME_LEN + 1];
    char by[SST_ROW_NAME_LEN + 1];
    int i;

    if (sst_conf_server(r->server)->audit_log == NULL) {
        return;
    }
    sst_session_name(by, state->session);
    for (i = 0; i < sessions->nelts; i++) {
        const sst_summary_t *one = &APR_ARRAY_IDX(sessions, i, sst_summary_t);
        sst_audit_line_t line = { .event = "revoked", .reason = reason,
                                  .users = one->meta.users, .session = name,
                                  .by = by };

        sst_row_name(name, &one->row);
        write_line(r, &line, state);
    }
}
