/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The cache in JSON, for Prometheus, on the page, and in mod_status. */

#include "config.h"

#include "mod_session_store/status_cache.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_protocol.h>

#define PREFIX "session_store_cache_"

/* The first three say how reads went, the others what became of copies. */
static const char *const event_names[SST_CACHE_EVENTS] = {
    "hit", "miss", "bypass", "kept", "too_big", "evicted", "dropped",
    "displaced"
};

#define FIRST_OF_COPIES SST_CACHE_KEPT

void sst_status_cache_view(sst_cache_view_t *out, const sst_store_t *store)
{
    const sst_cache_place_t *place = sst_cache_place(store);

    memset(out, 0, sizeof(*out));
    if (place != NULL) {
        out->there = 1;
        out->state = sst_cache_state(store);
        out->watcher = sst_cache_watcher(store);
        sst_cache_figures(&out->figures, place);
    }
}

/* --- JSON --- */

static json_t *number(apr_uint64_t value)
{
    return json_integer((json_int_t) value);
}

json_t *sst_status_cache_json(const sst_cache_view_t *cache)
{
    const sst_cache_figures_t *figures = &cache->figures;
    json_t *shown;
    int i;

    if (!cache->there) {
        return json_null();
    }
    shown = json_object();
    json_object_set_new(shown, "state", json_string(
        sst_cache_state_name(cache->state)));
    json_object_set_new(shown, "watcher", cache->watcher == 0 ? json_null()
                        : number(cache->watcher));
    for (i = 0; i < SST_CACHE_EVENTS; i++) {
        json_object_set_new(shown, event_names[i],
                            number(figures->events[i]));
    }
    json_object_set_new(shown, "entries", number(figures->entries));
    json_object_set_new(shown, "bytes", number(figures->bytes));
    json_object_set_new(shown, "slots", number(figures->slots));
    json_object_set_new(shown, "slot_size", number(figures->slot_size));
    return shown;
}

/* --- Prometheus --- */

typedef const char *label_t(const char *text, apr_pool_t *pool);

static void begin_family(request_rec *r, const char *name, const char *about,
                         const char *type)
{
    ap_rvputs(r, "# HELP " PREFIX, name, " ", about, ".\n# TYPE " PREFIX,
              name, " ", type, "\n", NULL);
}

/* One number of each store with a cache. */
static void write_gauge(request_rec *r, const sst_status_view_t *view,
                        const char *name, const char *about,
                        apr_uint64_t (*of)(const sst_cache_view_t *cache),
                        label_t *label)
{
    int i;

    begin_family(r, name, about, "gauge");
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store
            = &APR_ARRAY_IDX(view->stores, i, sst_store_view_t);

        if (store->cache.there) {
            ap_rprintf(r, PREFIX "%s{store=\"%s\"} %" APR_UINT64_T_FMT "\n",
                       name, label(store->name, r->pool), of(&store->cache));
        }
    }
}

static void write_counters(request_rec *r, const sst_status_view_t *view,
                           const char *name, const char *about,
                           const char *word, int first, int end,
                           label_t *label)
{
    int i;
    int event;

    begin_family(r, name, about, "counter");
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store
            = &APR_ARRAY_IDX(view->stores, i, sst_store_view_t);

        for (event = first; store->cache.there && event < end; event++) {
            ap_rprintf(r, PREFIX "%s{store=\"%s\",%s=\"%s\"} %"
                       APR_UINT64_T_FMT "\n", name,
                       label(store->name, r->pool), word, event_names[event],
                       store->cache.figures.events[event]);
        }
    }
}

static apr_uint64_t works(const sst_cache_view_t *cache)
{
    return cache->state == SST_CACHE_WORKS;
}

static apr_uint64_t entries(const sst_cache_view_t *cache)
{
    return cache->figures.entries;
}

static apr_uint64_t bytes(const sst_cache_view_t *cache)
{
    return cache->figures.bytes;
}

static apr_uint64_t slots(const sst_cache_view_t *cache)
{
    return cache->figures.slots;
}

static int has_caches(const sst_status_view_t *view)
{
    int i;

    for (i = 0; i < view->stores->nelts; i++) {
        if (APR_ARRAY_IDX(view->stores, i, sst_store_view_t).cache.there) {
            return 1;
        }
    }
    return 0;
}

void sst_status_cache_prometheus(request_rec *r,
                                 const sst_status_view_t *view,
                                 label_t *label)
{
    if (!has_caches(view)) {
        return;
    }
    write_counters(r, view, "reads_total", "Reads of sessions, by whether a "
                   "copy answered; bypass is while copies are not relied on",
                   "result", 0, FIRST_OF_COPIES, label);
    write_counters(r, view, "copies_total", "What became of copies: rows that "
                   "were evicted, times that all copies were dropped",
                   "event", FIRST_OF_COPIES, SST_CACHE_EVENTS, label);
    write_gauge(r, view, "works", "1 while copies are relied on", works,
                label);
    write_gauge(r, view, "entries", "Copies that count", entries, label);
    write_gauge(r, view, "bytes", "Bytes of the sealed records in copies that "
                "count", bytes, label);
    write_gauge(r, view, "slots", "Copies that there is room for, of all "
                "stores", slots, label);
}

/* --- The page --- */

void sst_status_cache_page(request_rec *r, const sst_cache_view_t *cache,
                           const char *(*grouped)(apr_uint64_t number,
                                                  apr_pool_t *pool))
{
    const sst_cache_figures_t *figures = &cache->figures;
    const apr_uint64_t *events = figures->events;
    apr_uint64_t reads = events[SST_CACHE_HIT] + events[SST_CACHE_MISS]
                         + events[SST_CACHE_BYPASS];

    if (!cache->there) {
        return;
    }
    ap_rputs("<h3>Cache</h3>\n<p class=\"plain\">", r);
    ap_rputs(cache->state == SST_CACHE_WORKS ? "Works: "
             : cache->state == SST_CACHE_WAITS
             ? "<b class=\"fail\">Waits</b> for a connection that tells of "
               "changes: "
             : "<b class=\"fail\">Off</b>, because the server does not tell "
               "of changes (see the log): ", r);
    ap_rprintf(r, "<b>%s</b> of %s reads (%.1f&nbsp;%%) from copies, <b>%s"
               "</b> past them; <b>%s</b> copies of %s bytes, room for %s; "
               "%s rows evicted, %s times all dropped, %s displaced, %s too "
               "big.</p>\n", grouped(events[SST_CACHE_HIT], r->pool),
               grouped(reads, r->pool),
               reads > 0 ? 100.0 * (double) events[SST_CACHE_HIT]
                           / (double) reads : 0.0,
               grouped(events[SST_CACHE_BYPASS], r->pool),
               grouped(figures->entries, r->pool),
               grouped(figures->bytes, r->pool),
               grouped(figures->slots, r->pool),
               grouped(events[SST_CACHE_EVICTED], r->pool),
               grouped(events[SST_CACHE_DROPPED], r->pool),
               grouped(events[SST_CACHE_DISPLACED], r->pool),
               grouped(events[SST_CACHE_TOO_BIG], r->pool));
}

/* --- mod_status --- */

/* "too_big" as "TooBig". */
static const char *auto_name(const char *word, apr_pool_t *pool)
{
    char *name = apr_pstrdup(pool, word);
    char *from;
    char *to = name;
    int begins = 1;

    for (from = name; *from != '\0'; from++) {
        if (*from != '_') {
            *to++ = (char) (begins ? apr_toupper(*from) : *from);
        }
        begins = *from == '_';
    }
    *to = '\0';
    return name;
}

void sst_status_cache_auto(request_rec *r, const sst_status_view_t *view)
{
    int event;
    int i;

    for (event = 0; has_caches(view) && event < SST_CACHE_EVENTS; event++) {
        apr_uint64_t sum = 0;

        for (i = 0; i < view->stores->nelts; i++) {
            sum += APR_ARRAY_IDX(view->stores, i, sst_store_view_t)
                   .cache.figures.events[event];
        }
        ap_rprintf(r, "SessionStoreCache%s: %" APR_UINT64_T_FMT "\n",
                   auto_name(event_names[event], r->pool), sum);
    }
}
