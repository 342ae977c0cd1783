/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications see: the environment, without what is to be hidden. */

#include "mod_session_store/app.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>

#include <mod_session.h>

#include "lib/entries.h"
#include "lib/form.h"
#include "mod_session_store/hooks.h"
#include "mod_session_store/module.h"
#include "mod_session_store/request.h"
#include "mod_session_store/site.h"

#define HTTP_SESSION "HTTP_SESSION"
#define OURS "SESSION_STORE_"

/* --- SessionEnv, without what is hidden --- */

/* The name at the front of a pair "name=value", unescaped; a name that cannot
 * be read is hidden.
 */
static int hides_pair(const char *pair, apr_size_t len,
                      const apr_array_header_t *patterns, apr_pool_t *pool)
{
    const char *equals = memchr(pair, '=', len);
    apr_size_t name_len = equals ? (apr_size_t) (equals - pair) : len;
    char *name = apr_pstrmemdup(pool, pair, name_len);

    return ap_unescape_urlencoded(name) != OK
        || sst_entries_hidden(name, patterns);
}

static char *shown_pairs(const char *pairs, const apr_array_header_t *patterns,
                         apr_pool_t *pool)
{
    char *shown = apr_palloc(pool, strlen(pairs) + 1);
    apr_size_t len = 0;

    while (*pairs != '\0') {
        apr_size_t pair_len = strcspn(pairs, "&");

        if (!hides_pair(pairs, pair_len, patterns, pool)) {
            if (len > 0) {
                shown[len++] = '&';
            }
            memcpy(shown + len, pairs, pair_len);
            len += pair_len;
        }
        pairs += pair_len;
        pairs += *pairs == '&';
    }
    shown[len] = '\0';
    return shown;
}

static void hide(request_rec *r, const sst_dir_conf_t *conf)
{
    const char *pairs = apr_table_get(r->subprocess_env, HTTP_SESSION);

    if (pairs != NULL) {
        apr_table_setn(r->subprocess_env, HTTP_SESSION,
                       shown_pairs(pairs, sst_site_hide(conf), r->pool));
    }
}

/* --- What other places have published --- */

typedef int is_fn_t(const char *name);

static int is_ours(const char *name)
{
    return strncmp(name, OURS, sizeof(OURS) - 1) == 0;
}

/* 1 for a variable with a session, also as httpd names it behind redirects. */
static int is_inherited(const char *name)
{
    while (strncmp(name, "REDIRECT_", 9) == 0) {
        name += 9;
    }
    return is_ours(name) || strcmp(name, HTTP_SESSION) == 0;
}

static void drop(request_rec *r, is_fn_t *is)
{
    const apr_array_header_t *array = apr_table_elts(r->subprocess_env);
    apr_table_t *kept = apr_table_make(r->pool, array->nelts + 8);
    int i;

    for (i = 0; i < array->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(array, i,
                                                        apr_table_entry_t);

        if (!is(entry->key)) {
            apr_table_addn(kept, entry->key, entry->val);
        }
    }
    r->subprocess_env = kept;
}

int sst_app_strip(request_rec *r)
{
    if ((r->main != NULL || r->prev != NULL) && sst_request_concerned(r)) {
        drop(r, is_inherited);
    }
    return DECLINED;
}

/* --- SessionStoreEnv --- */

/* Answers the number of chunks. */
static int set_chunks(request_rec *r, sst_span_t text)
{
    int count = 0;

    while (text.len > 0) {
        apr_size_t len = text.len < SST_APP_CHUNK ? text.len : SST_APP_CHUNK;

        apr_table_addn(r->subprocess_env,
                       apr_psprintf(r->pool, OURS "%d", count),
                       apr_pstrmemdup(r->pool, (const char *) text.data, len));
        text = sst_span(text.data + len, text.len - len);
        count++;
    }
    return count;
}

static void publish(request_rec *r, const sst_dir_conf_t *conf,
                    const session_rec *record)
{
    const char *header = sst_site_header(conf);
    int count = set_chunks(r, sst_form_encode(record->entries,
                                              sst_site_hide(conf), r->pool));

    apr_table_setn(r->subprocess_env, OURS "COUNT",
                   apr_itoa(r->pool, count));
    apr_table_setn(r->subprocess_env, OURS "MAX_SIZE",
                   apr_psprintf(r->pool, "%" APR_SIZE_T_FMT,
                                sst_site_max_size(conf)));
    if (header != NULL) {
        apr_table_setn(r->subprocess_env, OURS "HEADER", header);
    }
}

int sst_app_fixups(request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);

    if (conf->store == NULL) {
        return DECLINED;
    }
    hide(r, conf);
    if (conf->env == 1) {
        const session_rec *record = sst_hook_record(r);

        if (record != NULL) {
            publish(r, conf, record);
        }
    }
    return DECLINED;
}

/* --- Behind the fixups --- */

static int has_session_env(const request_rec *r)
{
    const session_dir_conf *conf = ap_get_module_config(r->per_dir_config,
                                                        &session_module);

    return conf != NULL && conf->env;
}

static int count(const request_rec *r, const char *name)
{
    const apr_array_header_t *array = apr_table_elts(r->subprocess_env);
    int found = 0;
    int i;

    for (i = 0; i < array->nelts; i++) {
        found += strcmp(APR_ARRAY_IDX(array, i, apr_table_entry_t).key,
                        name) == 0;
    }
    return found;
}

/* The place's own stands in front. */
static void settle_session(request_rec *r, int shown, int found)
{
    if (!shown) {
        apr_table_unset(r->subprocess_env, HTTP_SESSION);
    }
    else if (found > 1) {
        hide(r, sst_conf_dir(r));
    }
}

static void settle_ours(request_rec *r, const session_rec *record, int found)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    int shown = record != NULL && conf->store != NULL && conf->env == 1;

    if (!shown || found > 1) {
        drop(r, is_ours);
    }
    if (shown && found > 1) {
        publish(r, conf, record);
    }
}

int sst_app_handler(request_rec *r)
{
    int sessions = count(r, HTTP_SESSION);
    int ours = count(r, OURS "COUNT");
    const session_rec *record;

    if (sessions + ours == 0 || !sst_request_concerned(r)) {
        return DECLINED;
    }
    record = sst_hook_record(r);
    if (sessions > 0) {
        settle_session(r, record != NULL && has_session_env(r), sessions);
    }
    if (ours > 0) {
        settle_ours(r, record, ours);
    }
    return DECLINED;
}
