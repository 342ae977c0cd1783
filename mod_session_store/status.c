/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The handler session-store-status, and the section of mod_status. */

#include "config.h"

#include "mod_session_store/status.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>

#include <mod_status.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/ring.h"
#include "mod_session_store/status_cache.h"

#define HANDLER "session-store-status"

/* --- What is shown --- */

apr_uint64_t sst_status_sum(const sst_tally_t *tally, sst_event_t first,
                            sst_event_t last)
{
    apr_uint64_t sum = 0;
    int i;

    for (i = (int) first; i <= (int) last; i++) {
        sum += tally->events[i];
    }
    return sum;
}

apr_uint64_t sst_status_failures(const sst_tally_t *tally)
{
    return tally->events[SST_LOAD_FAILED] + tally->events[SST_SAVE_FAILED]
        + tally->events[SST_TOUCH_FAILED];
}

static void view_stores(sst_status_view_t *view, const request_rec *r)
{
    const apr_array_header_t *stores = sst_metrics_stores(
        sst_registry_stores(r->server->process->pconf), r->pool);
    int i;

    view->stores = apr_array_make(r->pool, stores->nelts,
                                  sizeof(sst_store_view_t));
    for (i = 0; i < stores->nelts; i++) {
        sst_store_t *store = APR_ARRAY_IDX(stores, i, sst_store_t *);
        sst_store_view_t *shown = apr_array_push(view->stores);

        shown->name = store->name;
        sst_metrics_tell(store, r->pool);
        shown->has_servers = sst_metrics_usage(&shown->usage,
                                               &shown->processes, store);
        shown->servers = sst_metrics_servers(store, r->pool);
        shown->counted = sst_metrics_read(&shown->tally, store);
        sst_status_cache_view(&shown->cache, store);
    }
}

static apr_array_header_t *key_ids(const sst_keyring_t *ring,
                                   apr_pool_t *pool)
{
    apr_array_header_t *ids = apr_array_make(pool, ring->count,
                                             sizeof(char *));
    int i;

    for (i = 0; i < ring->count; i++) {
        char *hex = apr_palloc(pool, SST_KEY_ID_LEN * 2 + 1);

        sst_hex_encode(hex, sst_span(ring->keys[i].id, SST_KEY_ID_LEN));
        APR_ARRAY_PUSH(ids, const char *) = hex;
    }
    return ids;
}

static int shows_ring(const apr_array_header_t *rings,
                      const sst_keys_t *keys)
{
    int i;

    for (i = 0; i < rings->nelts; i++) {
        if (APR_ARRAY_IDX(rings, i, sst_ring_view_t).keys == keys) {
            return 1;
        }
    }
    return 0;
}

/* As this process has them: it takes a moment until all have read a change. */
static void view_rings(sst_status_view_t *view, request_rec *r)
{
    const server_rec *server;

    view->rings = apr_array_make(r->pool, 1, sizeof(sst_ring_view_t));
    for (server = ap_server_conf; server; server = server->next) {
        const sst_server_conf_t *conf = sst_conf_server(server);

        if (conf->keys != NULL && !shows_ring(view->rings, conf->keys)) {
            const sst_keyring_t *ring = sst_ring_hold(conf, r);
            sst_ring_view_t *shown = apr_array_push(view->rings);

            shown->keys = conf->keys;
            shown->source = sst_ring_shown(&conf->key_source, r->pool);
            shown->ids = key_ids(ring, r->pool);
            shown->seals = ring->seals;
        }
    }
}

static void make_view(sst_status_view_t *view, request_rec *r)
{
    view->server = r->server->server_hostname;
    view->now = apr_time_now();
    view->since = sst_metrics_since(r->server);
    view_stores(view, r);
    view_rings(view, r);
}

/* --- The handler --- */

/* `?form` or, as Prometheus can say only, `?form=`. */
static int asks_for(const request_rec *r, const char *form)
{
    apr_size_t len = strlen(form);

    return r->args != NULL && strncmp(r->args, form, len) == 0
        && (r->args[len] == '\0' || strcmp(r->args + len, "=") == 0);
}

int sst_status_handler(request_rec *r)
{
    sst_status_view_t view;

    if (r->handler == NULL || strcmp(r->handler, HANDLER) != 0) {
        return DECLINED;
    }
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);     /* and HEAD */
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    make_view(&view, r);
    if (asks_for(r, "json")) {
        return sst_status_json(r, &view);
    }
    if (asks_for(r, "prometheus")) {
        return sst_status_prometheus(r, &view);
    }
    return sst_status_page(r, &view);
}

/* --- mod_status --- */

/* "LoadsHit" of "loads" and "hit". */
static const char *auto_name(const sst_family_t *family, sst_event_t event,
                             apr_pool_t *pool)
{
    char *name = apr_pstrdup(pool, family->name);
    char *word = apr_pstrdup(pool, sst_metrics_event_name(event));

    name[0] = (char) apr_toupper(name[0]);
    word[0] = (char) apr_toupper(word[0]);
    return apr_pstrcat(pool, name, word, NULL);
}

static apr_uint64_t sum_of(const sst_status_view_t *view, int event)
{
    apr_uint64_t sum = 0;
    int i;

    for (i = 0; i < view->stores->nelts; i++) {
        sum += APR_ARRAY_IDX(view->stores, i, sst_store_view_t)
               .tally.events[event];
    }
    return sum;
}

/* Over all stores: the lines of `?auto` have no place for a name. */
static void write_auto(request_rec *r, const sst_status_view_t *view)
{
    int i;
    int event;

    for (i = 0; i < SST_FAMILIES; i++) {
        const sst_family_t *family = &sst_metrics_families[i];

        for (event = (int) family->first; event <= (int) family->last;
             event++) {
            ap_rprintf(r, "SessionStore%s: %" APR_UINT64_T_FMT "\n",
                       auto_name(family, (sst_event_t) event, r->pool),
                       sum_of(view, event));
        }
    }
    ap_rprintf(r, "SessionStoreCapacityRead: %.1f\n"
               "SessionStoreCapacityWrite: %.1f\n",
               (double) sum_of(view, SST_READ_MILLI) / 1000,
               (double) sum_of(view, SST_WRITE_MILLI) / 1000);
}

static void write_section(request_rec *r, const sst_status_view_t *view)
{
    int i;

    ap_rputs("<hr>\n<h2>mod_session_store</h2>\n<table border=\"1\">\n<tr>"
             "<th>Store</th><th>Requests</th><th>Sessions found</th>"
             "<th>Created</th><th>Updated</th><th>New ids</th><th>Ended</th>"
             "<th>Revoked</th><th>Forged</th><th>Failures</th></tr>\n", r);
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store
            = &APR_ARRAY_IDX(view->stores, i, sst_store_view_t);
        const apr_uint64_t *events = store->tally.events;

        ap_rvputs(r, "<tr><td>", ap_escape_html(r->pool, store->name),
                  "</td>", NULL);
#define CELL "<td align=\"right\">%" APR_UINT64_T_FMT "</td>"
        ap_rprintf(r, CELL CELL CELL CELL CELL CELL CELL CELL CELL "</tr>\n",
                   sst_status_sum(&store->tally, SST_LOAD_NONE,
                                  SST_LOAD_FAILED),
                   events[SST_LOAD_HIT], events[SST_SAVE_CREATED],
                   events[SST_SAVE_UPDATED], events[SST_SAVE_ROTATED],
                   events[SST_SAVE_ENDED],
                   sst_status_sum(&store->tally, SST_REVOKED_SELF,
                                  SST_REVOKED_LIMIT),
                   events[SST_LOAD_FORGED],
                   sst_status_failures(&store->tally));
#undef CELL
    }
    ap_rputs("</table>\n", r);
}

static int status_section(request_rec *r, int flags)
{
    sst_status_view_t view;

    make_view(&view, r);
    if (view.stores->nelts == 0) {
        return DECLINED;
    }
    if (flags & AP_STATUS_SHORT) {
        write_auto(r, &view);
        sst_status_cache_auto(r, &view);
    }
    else {
        write_section(r, &view);
    }
    return OK;
}

void sst_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, status_section, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
