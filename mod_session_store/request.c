/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The state of a request's sessions, on the initial request. */

#include "mod_session_store/request.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/cookie.h"
#include "mod_session_store/module.h"
#include "mod_session_store/site.h"

request_rec *sst_request_initial(const request_rec *r)
{
    const request_rec *initial = r;

    while (initial->main != NULL || initial->prev != NULL) {
        initial = initial->main ? initial->main : initial->prev;
    }
    return (request_rec *) initial;
}

sst_request_t *sst_request_first(const request_rec *r)
{
    return ap_get_module_config(sst_request_initial(r)->request_config,
                                &session_store_module);
}

apr_time_t sst_request_deadline(const sst_request_t *state)
{
    return apr_time_now() + state->site.store->timeout;
}

static int same_place(const sst_site_t *a, const sst_site_t *b)
{
    return a->store == b->store && a->ring == b->ring
        && strcmp(a->scope.cookie, b->scope.cookie) == 0
        && strcmp(a->scope.tenant, b->scope.tenant) == 0;
}

static void take_cookies(sst_request_t *state, const request_rec *initial)
{
    const char *header = apr_table_get(initial->headers_in, "Cookie");

    if (header != NULL) {
        /* The header changes when our cookies are taken out. */
        header = apr_pstrdup(initial->pool, header);
        state->candidate_count = sst_cookie_find(
            state->candidates, SST_CANDIDATES_MAX, header,
            state->site.scope.cookie);
    }
}

static void strip(request_rec *r, const char *name)
{
    const char *header = apr_table_get(r->headers_in, "Cookie");
    const char *others;

    if (header == NULL) {
        return;
    }
    others = sst_cookie_without(header, name, r->pool);
    if (others == NULL) {
        apr_table_unset(r->headers_in, "Cookie");
    }
    else if (others != header) {
        apr_table_setn(r->headers_in, "Cookie", others);
    }
}

/* A subrequest has a copy of the headers of the request it belongs to: the
 * cookie is taken out of each.
 */
static void strip_all(request_rec *r, const char *name)
{
    while (r != NULL) {
        strip(r, name);
        r = r->main ? r->main : r->prev;
    }
}

static sst_request_t *find_or_make(const sst_site_t *site, request_rec *initial)
{
    sst_request_t *first = sst_request_first(initial);
    sst_request_t *state;

    for (state = first; state != NULL; state = state->next) {
        if (same_place(&state->site, site)) {
            return state;
        }
    }
    state = apr_pcalloc(initial->pool, sizeof(*state));
    state->site = *site;
    state->site.scope.tenant = apr_pstrdup(initial->pool, site->scope.tenant);
    state->next = first;
    take_cookies(state, initial);
    ap_set_module_config(initial->request_config, &session_store_module,
                         state);
    return state;
}

sst_request_t *sst_request_get(request_rec *r)
{
    sst_scope_t scope;
    sst_request_t *state;
    sst_site_t site;

    if (sst_conf_dir(r)->store == NULL || sst_conf_server(r->server)->ring
                                          == NULL) {
        return NULL;
    }
    sst_site_configured(&site, r);
    state = find_or_make(&site, sst_request_initial(r));
    /* Timeouts and limits are those of the place that asks; the scope's texts
     * have to outlive a subrequest.
     */
    scope = state->site.scope;
    state->site = site;
    state->site.scope = scope;
    strip_all(r, scope.cookie);
    return state;
}
