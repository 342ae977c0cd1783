/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications see: the environment, without what is to be hidden. */

#include "mod_session_store/app.h"

#include <string.h>

#include <apr_fnmatch.h>
#include <apr_strings.h>

#include "mod_session_store/site.h"

#define HTTP_SESSION "HTTP_SESSION"

static int is_hidden(const char *name, const apr_array_header_t *patterns)
{
    int i;

    for (i = 0; i < patterns->nelts; i++) {
        if (apr_fnmatch(APR_ARRAY_IDX(patterns, i, const char *), name,
                        APR_FNM_CASE_BLIND) == APR_SUCCESS) {
            return 1;
        }
    }
    return 0;
}

/* The name at the front of a pair "name=value", unescaped; a name that cannot
 * be read is hidden.
 */
static int hides_pair(const char *pair, apr_size_t len,
                      const apr_array_header_t *patterns, apr_pool_t *pool)
{
    const char *equals = memchr(pair, '=', len);
    apr_size_t name_len = equals ? (apr_size_t) (equals - pair) : len;
    char *name = apr_pstrmemdup(pool, pair, name_len);

    return ap_unescape_urlencoded(name) != OK || is_hidden(name, patterns);
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

int sst_app_hide(request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    const char *pairs;

    if (conf->store == NULL) {
        return DECLINED;
    }
    pairs = apr_table_get(r->subprocess_env, HTTP_SESSION);
    if (pairs != NULL && sst_site_hide(conf)->nelts > 0) {
        apr_table_setn(r->subprocess_env, HTTP_SESSION,
                       shown_pairs(pairs, sst_site_hide(conf), r->pool));
    }
    return DECLINED;
}
