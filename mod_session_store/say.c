/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications say: taken out of the response, and done. */

#include "mod_session_store/say.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>

#include <mod_session.h>

#include "lib/verbs.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/hooks.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"
#include "mod_session_store/site.h"

static ap_filter_rec_t *say_filter;

void sst_say_register(void)
{
    /* In front of mod_session's, and of those that keep a copy. */
    say_filter = ap_register_output_filter(
        "SESSION_STORE_SAY", sst_say_filter, NULL,
        (ap_filter_type) (AP_FTYPE_CONTENT_SET - 2));
}

void sst_say_insert(request_rec *r)
{
    if (sst_request_concerned(r)) {
        ap_add_output_filter_handle(say_filter, NULL, r, r->connection);
    }
}

/* --- The headers --- */

const char *sst_say_session_header(const request_rec *r)
{
    const session_dir_conf *conf = ap_get_module_config(r->per_dir_config,
                                                        &session_module);

    return conf != NULL && conf->header_set ? conf->header : NULL;
}

static int collect(void *lines, const char *name, const char *value)
{
    APR_ARRAY_PUSH((apr_array_header_t *) lines, const char *) = value;
    return 1;
}

/* Moves the lines (const char *) out of one of the response's tables. */
static void take(apr_array_header_t *lines, apr_table_t *headers,
                 const char *name)
{
    if (name != NULL) {
        apr_table_do(collect, lines, headers, name, NULL);
        apr_table_unset(headers, name);
    }
}

static void withhold(request_rec *r, const char *name)
{
    if (name != NULL) {
        apr_table_unset(r->err_headers_out, name);
        apr_table_unset(r->headers_out, name);
    }
}

void sst_say_withhold(request_rec *r)
{
    withhold(r, sst_site_header(sst_conf_dir(r)));
    withhold(r, sst_say_session_header(r));
}

/* One text of all lines, or the empty span when there is nothing to do. */
static sst_span_t join(const apr_array_header_t *lines, apr_size_t max_len,
                       int *too_long, apr_pool_t *pool)
{
    apr_size_t len = 0;
    int i;

    *too_long = 0;
    for (i = 0; i < lines->nelts; i++) {
        len += strlen(APR_ARRAY_IDX(lines, i, const char *)) + 1;
    }
    if (len > max_len) {
        *too_long = 1;
        return sst_span(NULL, 0);
    }
    return sst_span_text(apr_array_pstrcat(pool, lines, ','));
}

/* --- What it says --- */

static int http_status(sst_status_t status)
{
    return status == SST_TOO_BIG ? HTTP_REQUEST_ENTITY_TOO_LARGE
                                 : HTTP_INTERNAL_SERVER_ERROR;
}

/* The session stays as it is, and the response is replaced. */
static void refuse(request_rec *r, sst_request_t *state,
                   const sst_error_t *err)
{
    char name[SST_ROW_NAME_LEN + 1];

    sst_session_name(name, state->session);
    sst_report_said_refused(r, name, err);
    state->refusal = http_status(err->status);
    state->record->written = 1;
}

static void adopt(sst_request_t *state, const sst_verbs_t *verbs)
{
    session_rec *record = state->record;

    if (!verbs->said) {
        return;
    }
    record->entries = verbs->entries;
    record->dirty = 1;
    if (verbs->end) {
        state->save_flags = SST_SAVE_END;
    }
    else if (verbs->regenerate) {
        state->save_flags |= SST_SAVE_ROTATE;
    }
}

static sst_status_t run(sst_verbs_t *verbs, request_rec *r,
                        const sst_request_t *state,
                        const apr_array_header_t *lines, sst_error_t *err)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    apr_size_t most = SST_VERBS_LEN_MAX(sst_site_max_size(conf));
    apr_pool_t *pool = sst_request_initial(r)->pool;
    sst_span_t text;
    int too_long;

    text = join(lines, most, &too_long, pool);
    if (too_long) {
        memset(verbs, 0, sizeof(*verbs));
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "more than %" APR_SIZE_T_FMT " bytes", most);
    }
    return sst_verbs_run(verbs, state->record->entries, text,
                         sst_site_hide(conf), err, pool);
}

/* The session that the response to `r` will save, or NULL: an included
 * program's is that of the page.
 */
static sst_request_t *saved_with(request_rec *r)
{
    const session_rec *record = sst_hook_record(r);
    sst_request_t *state = record != NULL ? sst_request_get(r) : NULL;

    if (state == NULL || state->record != record) {
        return NULL;
    }
    while (r->main != NULL) {
        r = r->main;
    }
    return sst_request_get(r) == state ? state : NULL;
}

sst_request_t *sst_say_whose(request_rec *r)
{
    sst_request_t *state = saved_with(r);

    if (state == NULL) {
        sst_report_said_nowhere(r);
        return NULL;
    }
    if (state->refusal || state->denied) {
        return NULL;
    }
    if (state->begun || state->record->written) {
        sst_report_said_late(r);
        return NULL;
    }
    return state;
}

static void act(request_rec *r, const apr_array_header_t *lines)
{
    sst_request_t *state = lines->nelts > 0 ? sst_say_whose(r) : NULL;
    sst_verbs_t verbs;
    sst_error_t err;

    if (state == NULL) {
        return;
    }
    sst_error_clear(&err);
    if (run(&verbs, r, state, lines, &err) != SST_OK) {
        refuse(r, state, &err);
        return;
    }
    adopt(state, &verbs);
}

apr_status_t sst_say_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    const char *name = sst_site_header(sst_conf_dir(r));
    apr_array_header_t *lines = apr_array_make(r->pool, 4,
                                               sizeof(const char *));

    /* Those that survive redirects and errors are the older ones. */
    take(lines, r->err_headers_out, name);
    take(lines, r->headers_out, name);
    act(r, lines);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void sst_say_survivors(request_rec *r)
{
    apr_array_header_t *lines = apr_array_make(r->pool, 4,
                                               sizeof(const char *));

    take(lines, r->err_headers_out, sst_site_header(sst_conf_dir(r)));
    act(r, lines);
}
