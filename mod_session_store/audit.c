/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The audit log. */

#include "mod_session_store/audit.h"

#include <stdlib.h>
#include <string.h>

#include <apr_escape.h>
#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <jansson.h>

#include "lib/entries.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"

/* A line has to go out in one piece, also into a pipe: PIPE_BUF is 4096. */
#define USER_MAX 256
#define USERS_MAX 4

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
    return sst_entries_users(entries, state->site.user_key, pool);
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
        event->word = users->nelts > 0 ? "login" : "created";
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

/* A name as JSON can hold it: short, and valid UTF-8. */
static json_t *user_text(const char *user, apr_pool_t *pool)
{
    json_t *text = NULL;

    if (strlen(user) <= USER_MAX) {
        text = json_string(user);
    }
    return text ? text : json_string(apr_pstrndup(
        pool, apr_pescape_echo(pool, user, 0), USER_MAX));
}

static json_t *user_list(const apr_array_header_t *users, apr_pool_t *pool)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < users->nelts && i < USERS_MAX; i++) {
        json_array_append_new(list, user_text(
            APR_ARRAY_IDX(users, i, const char *), pool));
    }
    return list;
}

static const char *utc(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t parts;

    apr_time_exp_gmt(&parts, time);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                        parts.tm_hour, parts.tm_min, parts.tm_sec,
                        parts.tm_usec / 1000);
}

/* "-" stands for a session without a record. */
static void set_name(json_t *line, const char *key, const char *name)
{
    if (strcmp(name, "-") != 0) {
        json_object_set_new(line, key, json_string(name));
    }
}

static void write_line(request_rec *r, const json_t *line)
{
    apr_file_t *log = sst_conf_server(r->server)->audit_log;
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    apr_status_t os = APR_ENOMEM;

    if (text != NULL) {
        const char *whole = apr_pstrcat(r->pool, text, "\n", NULL);

        os = apr_file_write_full(log, whole, strlen(whole), NULL);
        free(text);
    }
    if (os != APR_SUCCESS) {
        sst_report_audit_write(r, sst_conf_server(r->server)->audit, os);
    }
}

static json_t *make_line(const event_t *event, const sst_audit_t *before,
                         const request_rec *r, const sst_request_t *state)
{
    char name[SST_ROW_NAME_LEN + 1];
    json_t *line = json_object();

    sst_session_name(name, state->session);
    json_object_set_new(line, "time",
                        json_string(utc(apr_time_now(), r->pool)));
    json_object_set_new(line, "event", json_string(event->word));
    if (event->reason != NULL) {
        json_object_set_new(line, "reason", json_string(event->reason));
    }
    json_object_set_new(line, "users", user_list(event->users, r->pool));
    set_name(line, "session", name);
    if (strcmp(before->name, name) != 0) {
        set_name(line, "before", before->name);
    }
    json_object_set_new(line, "client", json_string(r->useragent_ip));
    json_object_set_new(line, "server",
                        json_string(r->server->server_hostname));
    json_object_set_new(line, "store", json_string(state->site.store->name));
    return line;
}

void sst_audit_end(const sst_audit_t *before, request_rec *r,
                   const sst_request_t *state, sst_status_t status,
                   const sst_outcome_t *outcome)
{
    event_t event;
    json_t *line;

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
        line = make_line(&event, before, r, state);
        write_line(r, line);
        json_decref(line);
    }
}
