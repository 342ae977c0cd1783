/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications see: the environment, without what is to be hidden. */

#include "mod_session_store/app.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/entries.h"
#include "lib/form.h"
#include "mod_session_store/hooks.h"
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

    if (pairs != NULL && sst_site_hide(conf)->nelts > 0) {
        apr_table_setn(r->subprocess_env, HTTP_SESSION,
                       shown_pairs(pairs, sst_site_hide(conf), r->pool));
    }
}

/* --- SessionStoreEnv --- */

/* 1 for a variable of ours, also as httpd names it behind redirects. */
static int is_ours(const char *name)
{
    while (strncmp(name, "REDIRECT_", 9) == 0) {
        name += 9;
    }
    return strncmp(name, OURS, sizeof(OURS) - 1) == 0;
}

/* A subrequest has a copy of the environment, an internal redirect the same
 * under other names: what was published in one place is not for another, and
 * must not take its room twice.
 */
static void drop_inherited(request_rec *r)
{
    const apr_array_header_t *array = apr_table_elts(r->subprocess_env);
    apr_table_t *kept;
    int ours = 0;
    int i;

    if (r->main == NULL && r->prev == NULL) {
        return;
    }
    kept = apr_table_make(r->pool, array->nelts + 8);
    for (i = 0; i < array->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(array, i,
                                                        apr_table_entry_t);

        if (is_ours(entry->key)) {
            ours++;
        }
        else {
            apr_table_addn(kept, entry->key, entry->val);
        }
    }
    if (ours > 0) {
        r->subprocess_env = kept;
    }
}

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

    drop_inherited(r);
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
