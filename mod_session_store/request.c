/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The state of a request's sessions, on the initial request. */

#include "mod_session_store/request.h"

#include <string.h>

#include <apr_strings.h>
#include <http_config.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/held.h"
#include "mod_session_store/module.h"
#include "mod_session_store/ring.h"
#include "mod_session_store/site.h"
#include "mod_session_store/user_keys.h"

#include "lib/clock.h"

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

int sst_request_concerned(const request_rec *r)
{
    return sst_conf_dir(r)->store != NULL || sst_request_first(r) != NULL;
}

apr_time_t sst_request_deadline(const sst_request_t *state)
{
    return sst_clock() + state->site.store->timeout;
}

static int same_place(const sst_request_t *state, const sst_site_t *site,
                      const sst_keys_t *keys)
{
    return state->site.store == site->store && state->keys == keys
        && strcmp(state->site.scope.cookie, site->scope.cookie) == 0
        && strcmp(state->site.scope.tenant, site->scope.tenant) == 0;
}

/* The header as the client sent it: an earlier state has taken its own cookies
 * out of the request since.
 */
static const char *sent_header(const sst_request_t *earlier,
                               const request_rec *initial)
{
    return earlier ? earlier->header : apr_pstrdup(
        initial->pool, apr_table_get(initial->headers_in, "Cookie"));
}

static void strip(apr_table_t *fields, const char *field,
                  const sst_request_t *state, apr_pool_t *pool)
{
    const char *cookies = apr_table_get(fields, field);
    const char *others;

    if (cookies == NULL) {
        return;
    }
    others = sst_held_without(cookies, state->cookie->name,
                              state->site.store->ops->carried, pool);
    if (others == NULL) {
        apr_table_unset(fields, field);
    }
    else if (others != cookies) {
        apr_table_setn(fields, field, others);
    }
}

/* A subrequest has copies of the headers, and of an environment that may have
 * been made of them already: the cookie is taken out of each.
 */
static void strip_all(request_rec *r, const sst_request_t *state)
{
    while (r != NULL) {
        strip(r->headers_in, "Cookie", state, r->pool);
        strip(r->subprocess_env, "HTTP_COOKIE", state, r->pool);
        /* It would become HTTP_SESSION, which is mod_session's to set. */
        apr_table_unset(r->headers_in, "Session");
        r = r->main ? r->main : r->prev;
    }
}

/* What is configured in an .htaccess file goes with the subrequest that read
 * it.
 */
static const sst_cookie_conf_t *copy_cookie(const sst_cookie_conf_t *cookie,
                                            apr_pool_t *pool)
{
    sst_cookie_conf_t *copy = apr_pmemdup(pool, cookie, sizeof(*copy));

    copy->name = apr_pstrdup(pool, cookie->name);
    copy->attributes = apr_pstrdup(pool, cookie->attributes);
    return copy;
}

static sst_request_t *find_or_make(const sst_site_t *site,
                                   const sst_server_conf_t *server,
                                   const sst_cookie_conf_t *cookie,
                                   request_rec *initial)
{
    sst_request_t *first = sst_request_first(initial);
    sst_request_t *state;

    for (state = first; state != NULL; state = state->next) {
        if (same_place(state, site, server->keys)) {
            return state;
        }
    }
    state = apr_pcalloc(initial->pool, sizeof(*state));
    state->turn = -1;
    state->turn_file = -1;
    state->site = *site;
    state->site.ring = sst_ring_hold(server, initial);
    state->keys = server->keys;
    state->cookie = copy_cookie(cookie, initial->pool);
    state->site.scope.cookie = state->cookie->name;
    state->site.scope.tenant = apr_pstrdup(initial->pool, site->scope.tenant);
    state->next = first;
    state->begun = first != NULL && first->begun;
    state->header = sent_header(first, initial);
    state->candidate_count = sst_held_find(
        state->candidates, SST_CANDIDATES_MAX, state->header,
        state->cookie->name, site->store->ops->carried, initial->pool);
    ap_set_module_config(initial->request_config, &session_store_module,
                         state);
    return state;
}

/* The state that the initial request was answered last, if it asks again in
 * the same place, as it does several times; or NULL. (Another request's place
 * may be gone, and a new one lie where it was.)
 */
static sst_request_t *answered_last(const request_rec *r,
                                    const request_rec *initial)
{
    sst_request_t *state = r == initial ? sst_request_first(initial) : NULL;

    while (state != NULL && state->place != r->per_dir_config) {
        state = state->next;
    }
    return state;
}

/* Makes the state anew what is configured where `r` is, or a new state. */
static sst_request_t *resolve(request_rec *r, request_rec *initial)
{
    const sst_server_conf_t *server = sst_conf_server(r->server);
    const sst_keyring_t *ring;
    sst_request_t *state;
    sst_scope_t scope;
    sst_site_t site;

    sst_site_configured(&site, r);
    state = find_or_make(&site, server, sst_site_cookie(sst_conf_dir(r)),
                         initial);
    /* Timeouts and limits are those of the place that asks; texts have to
     * outlive a subrequest, and the ring stays the same to the end.
     */
    scope = state->site.scope;
    ring = state->site.ring;
    state->site = site;
    state->site.scope = scope;
    state->site.ring = ring;
    state->site.user_keys = sst_user_keys_of(sst_conf_dir(r), server,
                                             initial->pool);
    state->site.client = initial->useragent_ip;
    /* httpd reads a request's headers before it knows the virtual host. */
    state->site.carried_max = sst_held_room(
        state->cookie, (apr_size_t)
        initial->connection->base_server->limit_req_fieldsize);
    state->place = r == initial ? r->per_dir_config : NULL;
    return state;
}

sst_request_t *sst_request_get(request_rec *r)
{
    request_rec *initial = sst_request_initial(r);
    sst_request_t *state;

    if (sst_conf_dir(r)->store == NULL
        || sst_conf_server(r->server)->keys == NULL) {
        return NULL;
    }
    state = answered_last(r, initial);
    if (state == NULL) {
        state = resolve(r, initial);
    }
    strip_all(r, state);
    return state;
}
