/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Advice about a configuration. */

#include "mod_session_store/advice.h"

#include <string.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/report.h"
#include "mod_session_store/site.h"

/* A section with a store. */
typedef struct place_t {
    const sst_store_t *store;
    const sst_cookie_conf_t *cookie;
} place_t;

/* A section without a cookie of its own has the server's; that it may inherit
 * one from a section around it is passed over.
 */
static place_t place_of(const sst_dir_conf_t *conf, const server_rec *server)
{
    place_t place;

    place.store = conf->store;
    place.cookie = sst_site_cookie(conf->cookie ? conf : sst_conf_base(server));
    return place;
}

static sst_span_t path_of(const sst_cookie_conf_t *cookie)
{
    const char *path = cookie->attributes + strlen("; Path=");

    return sst_span(path, strcspn(path, ";"));
}

/* 1 when a browser sends one of the cookies where the other is meant. */
static int meet(const sst_cookie_conf_t *a, const sst_cookie_conf_t *b)
{
    sst_span_t path_a = path_of(a);
    sst_span_t path_b = path_of(b);
    apr_size_t common = path_a.len < path_b.len ? path_a.len : path_b.len;

    return strcmp(a->name, b->name) == 0
        && memcmp(path_a.data, path_b.data, common) == 0;
}

/* Tenants are told apart by the ticket, as stores are by the record. */
static int same_sessions(const sst_store_t *a, const sst_store_t *b)
{
    const char *tenant_a = a->tenant ? a->tenant : "";
    const char *tenant_b = b->tenant ? b->tenant : "";

    return strcmp(a->name, b->name) == 0 && strcmp(tenant_a, tenant_b) == 0;
}

/* The places of a server: its own sections, and itself. */
static apr_array_header_t *places_of(const server_rec *server,
                                     apr_pool_t *pconf)
{
    const apr_array_header_t *uses = sst_registry_uses(pconf);
    const sst_dir_conf_t *base = sst_conf_base(server);
    apr_array_header_t *places = apr_array_make(pconf, 4, sizeof(place_t));
    int i;

    if (base->store != NULL) {
        APR_ARRAY_PUSH(places, place_t) = place_of(base, server);
    }
    for (i = 0; i < uses->nelts; i++) {
        const sst_use_t *use = &APR_ARRAY_IDX(uses, i, sst_use_t);

        if (use->kind == SST_USE_STORE && use->server == server) {
            APR_ARRAY_PUSH(places, place_t) = place_of(use->conf, server);
        }
    }
    return places;
}

static void look_at(const server_rec *server, apr_pool_t *pconf)
{
    const apr_array_header_t *places = places_of(server, pconf);
    int i;
    int j;

    for (i = 0; i < places->nelts; i++) {
        const place_t *a = &APR_ARRAY_IDX(places, i, place_t);

        for (j = 0; j < i; j++) {
            const place_t *b = &APR_ARRAY_IDX(places, j, place_t);

            if (!same_sessions(a->store, b->store)
                && meet(a->cookie, b->cookie)) {
                sst_report_shared_cookie(server, b->store, a->store,
                                         a->cookie->name);
                return;
            }
        }
    }
}

void sst_advice_cookies(server_rec *main_server, apr_pool_t *pconf)
{
    const server_rec *server;

    for (server = main_server; server; server = server->next) {
        look_at(server, pconf);
    }
}
