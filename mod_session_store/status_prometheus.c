/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The counters in the exposition format of Prometheus. */

#include "config.h"

#include "mod_session_store/status.h"

#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>

#include "mod_session_store/status_cache.h"

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

static void write_histogram(request_rec *r, const char *name,
                            const char *labels,
                            const apr_uint64_t buckets[SST_BUCKETS],
                            apr_uint64_t total_us)
{
    apr_uint64_t below = 0;
    int i;

    for (i = 0; i < SST_BOUNDS; i++) {
        below += buckets[i];
        ap_rprintf(r, PREFIX "%s_bucket{%s,le=\"%s\"} %" APR_UINT64_T_FMT
                   "\n", name, labels,
                   seconds((apr_uint64_t) sst_times_bounds[i], r->pool),
                   below);
    }
    below += buckets[SST_BOUNDS];
    ap_rprintf(r, PREFIX "%s_bucket{%s,le=\"+Inf\"} %" APR_UINT64_T_FMT "\n",
               name, labels, below);
    ap_rprintf(r, PREFIX "%s_sum{%s} %s\n", name, labels,
               seconds(total_us, r->pool));
    ap_rprintf(r, PREFIX "%s_count{%s} %" APR_UINT64_T_FMT "\n", name, labels,
               below);
}

static void write_times(request_rec *r, const sst_store_view_t *store)
{
    int op;

    for (op = 0; op < SST_OPS; op++) {
        write_histogram(r, "operation_seconds", apr_psprintf(
            r->pool, "store=\"%s\",operation=\"%s\"",
            label(store->name, r->pool), sst_metrics_op_name((sst_op_t) op)),
            store->tally.ops[op].buckets, store->tally.ops[op].time_us);
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

static const char *server_labels(const sst_store_view_t *store,
                                 const sst_server_times_t *server,
                                 apr_pool_t *pool)
{
    return apr_psprintf(pool, "store=\"%s\",server=\"%s\"",
                        label(store->name, pool), label(server->name, pool));
}

/* Of one family all samples stand together. */
static void write_servers(request_rec *r, const sst_status_view_t *view,
                          int failures)
{
    int i;
    int j;

    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store = store_at(view, i);

        for (j = 0; j < store->servers->nelts; j++) {
            const sst_server_times_t *server
                = &APR_ARRAY_IDX(store->servers, j, sst_server_times_t);
            const char *labels = server_labels(store, server, r->pool);

            if (failures) {
                ap_rprintf(r, PREFIX "server_failures_total{%s} %"
                           APR_UINT64_T_FMT "\n", labels,
                           server->times.failed);
            }
            else {
                write_histogram(r, "server_seconds", labels,
                                server->times.buckets,
                                server->times.total_us);
            }
        }
    }
}

static void write_server_families(request_rec *r,
                                  const sst_status_view_t *view)
{
    begin_family(r, "server_seconds", "Time that exchanges with each server "
                 "took, new connections included", "histogram");
    write_servers(r, view, 0);
    begin_family(r, "server_failures_total", "Exchanges with a server that "
                 "brought nothing", "counter");
    write_servers(r, view, 1);
}

/* A unit is a thousand of what is counted, and 1 s a million microseconds. */
static const char *units(apr_uint64_t milli, apr_pool_t *pool)
{
    return seconds(milli * 1000, pool);
}

static void write_capacity(request_rec *r, const sst_status_view_t *view)
{
    int i;

    begin_family(r, "capacity_units_total", "Capacity consumed, as the service "
                 "meters it", "counter");
    for (i = 0; i < view->stores->nelts; i++) {
        const sst_store_view_t *store = store_at(view, i);
        const apr_uint64_t *events = store->tally.events;

        if (store->has_servers) {
            ap_rprintf(r, PREFIX "capacity_units_total{store=\"%s\","
                       "kind=\"read\"} %s\n" PREFIX
                       "capacity_units_total{store=\"%s\",kind=\"write\"} "
                       "%s\n", label(store->name, r->pool),
                       units(events[SST_READ_MILLI], r->pool),
                       label(store->name, r->pool),
                       units(events[SST_WRITE_MILLI], r->pool));
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
    write_server_families(r, view);
    write_capacity(r, view);
    sst_status_cache_prometheus(r, view, label);
    write_keys(r, view);
    return OK;
}
