/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The counters for programs: JSON, and the exposition format of Prometheus. */

#include "config.h"

#include "mod_session_store/status.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <jansson.h>

#include "mod_session_store/status_cache.h"

/* --- JSON --- */

static json_t *number(apr_uint64_t value)
{
    return json_integer((json_int_t) value);
}

/* Seconds since 1970, or null for never. */
static json_t *moment(apr_uint64_t time)
{
    return time == 0 ? json_null() : json_real((double) time
                                               / APR_USEC_PER_SEC);
}

static json_t *json_family(const sst_family_t *family,
                           const sst_tally_t *tally)
{
    json_t *words;
    int i;

    if (family->first == family->last) {
        return number(tally->events[family->first]);
    }
    words = json_object();
    for (i = (int) family->first; i <= (int) family->last; i++) {
        json_object_set_new(words, sst_metrics_event_name((sst_event_t) i),
                            number(tally->events[i]));
    }
    return words;
}

static json_t *json_op(const sst_op_tally_t *op)
{
    json_t *shown = json_object();
    json_t *results = json_object();
    json_t *bounds = json_array();
    json_t *buckets = json_array();
    int i;

    for (i = 0; i < SST_STATUSES; i++) {
        if (op->results[i] > 0) {
            json_object_set_new(results, sst_status_name((sst_status_t) i),
                                number(op->results[i]));
        }
    }
    for (i = 0; i < SST_BOUNDS; i++) {
        json_array_append_new(bounds,
                              number((apr_uint64_t) sst_metrics_bounds[i]));
    }
    for (i = 0; i < SST_BUCKETS; i++) {
        json_array_append_new(buckets, number(op->buckets[i]));
    }
    json_object_set_new(shown, "count", number(sst_metrics_op_count(op)));
    json_object_set_new(shown, "time_us", number(op->time_us));
    json_object_set_new(shown, "results", results);
    json_object_set_new(shown, "bounds_us", bounds);
    json_object_set_new(shown, "buckets", buckets);
    return shown;
}

/* Null for a store without servers. */
static json_t *json_usage(const sst_store_view_t *store)
{
    const sst_usage_t *usage = &store->usage;
    json_t *shown;

    if (!store->has_servers) {
        return json_null();
    }
    shown = json_object();
    json_object_set_new(shown, "processes", json_integer(store->processes));
    json_object_set_new(shown, "servers", json_integer(usage->servers));
    json_object_set_new(shown, "left_alone", json_integer(usage->left_alone));
    json_object_set_new(shown, "connections_max",
                        json_integer(usage->connections_max));
    json_object_set_new(shown, "connections_open",
                        json_integer(usage->connections_open));
    json_object_set_new(shown, "connections_used",
                        json_integer(usage->connections_used));
    return shown;
}

static json_t *json_store(const sst_store_view_t *store)
{
    json_t *shown = json_object();
    json_t *ops = json_object();
    int i;

    json_object_set_new(shown, "name", json_string(store->name));
    json_object_set_new(shown, "counted", json_boolean(store->counted));
    for (i = 0; i < SST_FAMILIES; i++) {
        json_object_set_new(shown, sst_metrics_families[i].name,
                            json_family(&sst_metrics_families[i],
                                        &store->tally));
    }
    json_object_set_new(shown, "answered", moment(store->tally.answered));
    json_object_set_new(shown, "failed", moment(store->tally.failed));
    for (i = 0; i < SST_OPS; i++) {
        json_object_set_new(ops, sst_metrics_op_name((sst_op_t) i),
                            json_op(&store->tally.ops[i]));
    }
    json_object_set_new(shown, "operations", ops);
    json_object_set_new(shown, "usage", json_usage(store));
    json_object_set_new(shown, "cache", sst_status_cache_json(&store->cache));
    return shown;
}

static json_t *json_ring(const sst_ring_view_t *ring)
{
    json_t *shown = json_object();
    json_t *ids = json_array();
    int i;

    for (i = 0; i < ring->ids->nelts; i++) {
        json_array_append_new(ids, json_string(
            APR_ARRAY_IDX(ring->ids, i, const char *)));
    }
    json_object_set_new(shown, "source", json_string(ring->source));
    json_object_set_new(shown, "ids", ids);
    json_object_set_new(shown, "seals", json_string(
        APR_ARRAY_IDX(ring->ids, ring->seals, const char *)));
    return shown;
}

static json_t *json_view(const sst_status_view_t *view)
{
    json_t *shown = json_object();
    json_t *stores = json_array();
    json_t *rings = json_array();
    int i;

    for (i = 0; i < view->stores->nelts; i++) {
        json_array_append_new(stores, json_store(
            &APR_ARRAY_IDX(view->stores, i, sst_store_view_t)));
    }
    for (i = 0; i < view->rings->nelts; i++) {
        json_array_append_new(rings, json_ring(
            &APR_ARRAY_IDX(view->rings, i, sst_ring_view_t)));
    }
    json_object_set_new(shown, "version", json_string(SST_VERSION));
    json_object_set_new(shown, "server", json_string(view->server));
    json_object_set_new(shown, "now", moment((apr_uint64_t) view->now));
    json_object_set_new(shown, "since",
                        moment((apr_uint64_t) view->since));
    json_object_set_new(shown, "stores", stores);
    json_object_set_new(shown, "keys", rings);
    return shown;
}

int sst_status_json(request_rec *r, const sst_status_view_t *view)
{
    json_t *shown = json_view(view);
    char *text = json_dumps(shown, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

    json_decref(shown);
    if (text == NULL) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_set_content_type(r, "application/json");
    ap_rvputs(r, text, "\n", NULL);
    free(text);
    return OK;
}

/* --- Prometheus --- */

#define PREFIX "session_store_"

/* The text as a label's value. */
static const char *label(const char *text, apr_pool_t *pool)
{
    char *escaped = apr_palloc(pool, strlen(text) * 2 + 1);
    char *to = escaped;

    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n') {
            *to++ = '\\';
        }
        *to++ = *text;
        if (*text == '\n') {
            to[-1] = 'n';
        }
    }
    *to = '\0';
    return escaped;
}

/* A status as a label: "not found" as not_found. */
static const char *result_label(sst_status_t status, apr_pool_t *pool)
{
    char *word = apr_pstrdup(pool, sst_status_name(status));
    char *blank;

    for (blank = strchr(word, ' '); blank; blank = strchr(blank, ' ')) {
        *blank = '_';
    }
    return word;
}

/* Microseconds as seconds, exactly. */
static const char *seconds(apr_uint64_t us, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT ".%06u",
                        us / APR_USEC_PER_SEC,
                        (unsigned) (us % APR_USEC_PER_SEC));
}

static void begin_family(request_rec *r, const char *name, const char *about,
                         const char *type)
{
    ap_rvputs(r, "# HELP " PREFIX, name, " ", about, ".\n# TYPE " PREFIX,
              name, " ", type, "\n", NULL);
}

static const sst_store_view_t *store_at(const sst_status_view_t *view, int i)
{
    return &APR_ARRAY_IDX(view->stores, i, sst_store_view_t);
}

static void write_events(request_rec *r, const sst_family_t *family,
                         const sst_store_view_t *store)
{
    int i;

    for (i = (int) family->first; i <= (int) family->last; i++) {
        ap_rvputs(r, PREFIX, family->name, "_total{store=\"",
                  label(store->name, r->pool), "\"", NULL);
        if (family->first != family->last) {
            ap_rvputs(r, ",result=\"",
                      sst_metrics_event_name((sst_event_t) i), "\"", NULL);
        }
        ap_rprintf(r, "} %" APR_UINT64_T_FMT "\n", store->tally.events[i]);
    }
}

static void write_families(request_rec *r, const sst_status_view_t *view)
{
    int i;
    int j;

    for (i = 0; i < SST_FAMILIES; i++) {
        const sst_family_t *family = &sst_metrics_families[i];

        begin_family(r, apr_pstrcat(r->pool, family->name, "_total", NULL),
                     family->about, "counter");
        for (j = 0; j < view->stores->nelts; j++) {
            write_events(r, family, store_at(view, j));
        }
    }
}

static void write_results(request_rec *r, const sst_store_view_t *store)
{
    int op;
    int status;

    for (op = 0; op < SST_OPS; op++) {
        for (status = 0; status < SST_STATUSES; status++) {
            ap_rprintf(r, PREFIX "operations_total{store=\"%s\","
                       "operation=\"%s\",result=\"%s\"} %" APR_UINT64_T_FMT
                       "\n", label(store->name, r->pool),
                       sst_metrics_op_name((sst_op_t) op),
                       result_label((sst_status_t) status, r->pool),
                       store->tally.ops[op].results[status]);
        }
    }
}

static void write_histogram(request_rec *r, const char *labels,
                            const sst_op_tally_t *op)
{
    apr_uint64_t below = 0;
    int i;

    for (i = 0; i < SST_BOUNDS; i++) {
        below += op->buckets[i];
        ap_rprintf(r, PREFIX "operation_seconds_bucket{%s,le=\"%s\"} %"
                   APR_UINT64_T_FMT "\n", labels,
                   seconds((apr_uint64_t) sst_metrics_bounds[i], r->pool),
                   below);
    }
    below += op->buckets[SST_BOUNDS];
    ap_rprintf(r, PREFIX "operation_seconds_bucket{%s,le=\"+Inf\"} %"
               APR_UINT64_T_FMT "\n", labels, below);
    ap_rprintf(r, PREFIX "operation_seconds_sum{%s} %s\n", labels,
               seconds(op->time_us, r->pool));
    ap_rprintf(r, PREFIX "operation_seconds_count{%s} %" APR_UINT64_T_FMT
               "\n", labels, below);
}

static void write_times(request_rec *r, const sst_store_view_t *store)
{
    int op;

    for (op = 0; op < SST_OPS; op++) {
        write_histogram(r, apr_psprintf(
            r->pool, "store=\"%s\",operation=\"%s\"",
            label(store->name, r->pool), sst_metrics_op_name((sst_op_t) op)),
            &store->tally.ops[op]);
    }
}

static void write_operations(request_rec *r, const sst_status_view_t *view)
{
    int i;

    begin_family(r, "operations_total", "What stores were asked for, by what "
                 "they answered", "counter");
    for (i = 0; i < view->stores->nelts; i++) {
        write_results(r, store_at(view, i));
    }
    begin_family(r, "operation_seconds", "Time that operations of stores took",
                 "histogram");
    for (i = 0; i < view->stores->nelts; i++) {
        write_times(r, store_at(view, i));
    }
}

static void write_moments(request_rec *r, const sst_status_view_t *view)
{
    int i;

    begin_family(r, "last_answer_timestamp_seconds",
                 "When a store did last what it was asked; 0 is never",
                 "gauge");
    for (i = 0; i < view->stores->nelts; i++) {
        ap_rprintf(r, PREFIX "last_answer_timestamp_seconds{store=\"%s\"} "
                   "%s\n", label(store_at(view, i)->name, r->pool),
                   seconds(store_at(view, i)->tally.answered, r->pool));
    }
    begin_family(r, "last_failure_timestamp_seconds",
                 "When a store did last not do what it was asked; 0 is never",
                 "gauge");
    for (i = 0; i < view->stores->nelts; i++) {
        ap_rprintf(r, PREFIX "last_failure_timestamp_seconds{store=\"%s\"} "
                   "%s\n", label(store_at(view, i)->name, r->pool),
                   seconds(store_at(view, i)->tally.failed, r->pool));
    }
}

static void write_gauge(request_rec *r, const sst_store_view_t *store,
                        const char *name, const char *state,
                        apr_uint32_t value)
{
    ap_rprintf(r, PREFIX "%s{store=\"%s\",state=\"%s\"} %u\n", name,
               label(store->name, r->pool), state, value);
}

static void write_usage(request_rec *r, const sst_status_view_t *view)
{
    int i;

    begin_family(r, "servers", "Servers of a store; left_alone are those that "
                 "were down lately and are not asked for a while", "gauge");
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store = store_at(view, i);

        if (store->has_servers) {
            write_gauge(r, store, "servers", "known", store->usage.servers);
            write_gauge(r, store, "servers", "left_alone",
                        store->usage.left_alone);
        }
    }
    begin_family(r, "connections", "Connections of all processes to the "
                 "servers of a store", "gauge");
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store = store_at(view, i);
        const sst_usage_t *usage = &store->usage;

        if (store->has_servers) {
            write_gauge(r, store, "connections", "open",
                        usage->connections_open);
            write_gauge(r, store, "connections", "used",
                        usage->connections_used);
            write_gauge(r, store, "connections", "max",
                        usage->connections_max);
        }
    }
}

static void write_keys(request_rec *r, const sst_status_view_t *view)
{
    int i;
    int j;

    begin_family(r, "key_info", "Keys in use, in their order", "gauge");
    for (i = 0; i < view->rings->nelts; i++) {
        const sst_ring_view_t *ring = &APR_ARRAY_IDX(view->rings, i,
                                                     sst_ring_view_t);

        for (j = 0; j < ring->ids->nelts; j++) {
            ap_rprintf(r, PREFIX "key_info{source=\"%s\",position=\"%d\","
                       "key=\"%s\",seals=\"%s\"} 1\n",
                       label(ring->source, r->pool), j + 1,
                       APR_ARRAY_IDX(ring->ids, j, const char *),
                       j == ring->seals ? "yes" : "no");
        }
    }
}

int sst_status_prometheus(request_rec *r, const sst_status_view_t *view)
{
    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    begin_family(r, "info", "The version of the module", "gauge");
    ap_rputs(PREFIX "info{version=\"" SST_VERSION "\"} 1\n", r);
    begin_family(r, "since_timestamp_seconds",
                 "When the counting began, at the start of httpd", "gauge");
    ap_rvputs(r, PREFIX "since_timestamp_seconds ",
              seconds((apr_uint64_t) view->since, r->pool), "\n", NULL);
    write_families(r, view);
    write_operations(r, view);
    write_moments(r, view);
    write_usage(r, view);
    sst_status_cache_prometheus(r, view, label);
    write_keys(r, view);
    return OK;
}
