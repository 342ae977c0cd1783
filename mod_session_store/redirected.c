/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What was said before an internal redirect, by the rules of where it was. */

#include "mod_session_store/redirected.h"

#include <apr_strings.h>
#include <http_config.h>

#include "lib/entries.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"
#include "mod_session_store/say.h"
#include "mod_session_store/site.h"

/* --- SessionHeader, of a response that mod_session will not see --- */

/* As mod_session reads it. */
static void merge_pair(session_rec *record, char *pair)
{
    char *value;
    char *name = apr_strtok(pair, "=", &value);

    if (name == NULL) {
        return;
    }
    if (*value == '\0') {
        apr_table_unset(record->entries, name);
    }
    else if (ap_unescape_urlencoded(name) == OK
             && ap_unescape_urlencoded(value) == OK
             && !sst_entries_is_expiry(name)) {
        apr_table_set(record->entries, name, value);
    }
}

static void merge(session_rec *record, const char *line, apr_pool_t *pool)
{
    char *rest;
    char *pair = apr_strtok(apr_pstrdup(pool, line), "&", &rest);

    while (pair != NULL) {
        merge_pair(record, pair);
        pair = apr_strtok(NULL, "&", &rest);
    }
    record->dirty = 1;
}

/* mod_session does not hear what an included program says. */
static void obey_session_header(request_rec *r)
{
    const char *name = r->main == NULL ? sst_say_session_header(r) : NULL;
    const char *line = name ? apr_table_get(r->err_headers_out, name) : NULL;
    sst_request_t *state;

    /* Without a store of ours, it is said to another provider. */
    if (line == NULL || sst_conf_dir(r)->store == NULL) {
        return;
    }
    state = sst_say_whose(r);
    if (state != NULL) {
        merge(state->record, line, r->pool);
    }
    apr_table_unset(r->err_headers_out, name);
}

/* --- Whose lines they are --- */

/* Both requests share the table of headers that survive: until the program of
 * the second one runs, all that is in it was said by earlier ones.
 */
static int has_begun(const request_rec *r)
{
    return r->prev == NULL
        || ap_get_module_config(r->request_config,
                                &session_store_module) != NULL;
}

static void set_begun(request_rec *r)
{
    static char begun;

    /* The slot of a request that is the initial one holds the states. */
    ap_set_module_config(r->request_config, &session_store_module, &begun);
}

static void drop(request_rec *r, const char *name)
{
    if (name != NULL && apr_table_get(r->err_headers_out, name) != NULL) {
        apr_table_unset(r->err_headers_out, name);
        sst_report_said_elsewhere(r, name, r->prev->uri);
    }
}

void sst_redirected_begin(request_rec *r)
{
    if (!has_begun(r) && sst_request_concerned(r)) {
        set_begun(r);
        drop(r, sst_site_header(sst_conf_dir(r)));
        if (sst_conf_dir(r)->store != NULL) {
            drop(r, sst_say_session_header(r));
        }
    }
}

int sst_redirected_post_read(request_rec *r)
{
    request_rec *from = r->prev;

    if (from != NULL && sst_request_concerned(from)) {
        sst_redirected_begin(from);
        sst_say_survivors(from);
        obey_session_header(from);
    }
    return DECLINED;
}
