/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A line of the audit log. */

#include "lib/audit_line.h"

#include <stdlib.h>
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>
#include <jansson.h>

/* What goes out in one piece, into a pipe too, is PIPE_BUF long: 4096. */
#define USER_MAX 256
#define WRITTEN_MAX 768     /* of a name, where each byte may take six */
#define USERS_MAX 4

/* How many characters it takes in the log. */
static apr_size_t written_len(const json_t *text)
{
    char *written = json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    apr_size_t len = written != NULL ? strlen(written) : 0;

    free(written);
    return len;
}

/* A name as JSON can hold it: short, and valid UTF-8. */
static json_t *user_text(const char *user, apr_pool_t *pool)
{
    json_t *text = strlen(user) <= USER_MAX ? json_string(user) : NULL;

    if (text != NULL && written_len(text) <= WRITTEN_MAX) {
        return text;
    }
    json_decref(text);
    return json_string(apr_pstrndup(pool, apr_pescape_echo(pool, user, 0),
                                    USER_MAX));
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

static void set_text(json_t *line, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(line, key, json_string(text));
    }
}

/* "-" stands for a session without a record. */
static void set_name(json_t *line, const char *key, const char *name)
{
    if (name != NULL && strcmp(name, "-") != 0) {
        json_object_set_new(line, key, json_string(name));
    }
}

/* JSON may hold a DEL as it is, and jansson writes it so. */
static const char *without_del(const char *text, apr_pool_t *pool)
{
    const char *del = strchr(text, '\177');

    for (; del != NULL; del = strchr(text, '\177')) {
        text = apr_pstrcat(pool, apr_pstrmemdup(pool, text,
                                                (apr_size_t) (del - text)),
                           "\\u007f", del + 1, NULL);
    }
    return text;
}

const char *sst_audit_line(const sst_audit_line_t *line, apr_time_t now,
                           apr_pool_t *pool)
{
    json_t *object = json_object();
    const char *whole = NULL;
    char *text;

    set_text(object, "time", utc(now, pool));
    set_text(object, "event", line->event);
    set_text(object, "reason", line->reason);
    json_object_set_new(object, "users", user_list(line->users, pool));
    set_name(object, "session", line->session);
    set_name(object, "before", line->before);
    set_name(object, "by", line->by);
    set_text(object, "client", line->client);
    set_text(object, "server", line->server);
    set_text(object, "store", line->store);
    text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text != NULL) {
        whole = apr_pstrcat(pool, without_del(text, pool), "\n", NULL);
        free(text);
    }
    json_decref(object);
    return whole;
}
