/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The counters as JSON. */

#include "config.h"

#include "mod_session_store/status.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <http_protocol.h>
#include <jansson.h>

#include "mod_session_store/status_cache.h"

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

/* The bounds stand beside, so that nobody has to know them. */
static json_t *json_times(const apr_uint64_t buckets[SST_BUCKETS],
                          apr_uint64_t total_us)
{
    json_t *shown = json_object();
    json_t *bounds = json_array();
    json_t *counts = json_array();
    int i;

    for (i = 0; i < SST_BOUNDS; i++) {
        json_array_append_new(bounds,
                              number((apr_uint64_t) sst_times_bounds[i]));
    }
    for (i = 0; i < SST_BUCKETS; i++) {
        json_array_append_new(counts, number(buckets[i]));
    }
    json_object_set_new(shown, "count", number(sst_times_count(buckets)));
    json_object_set_new(shown, "time_us", number(total_us));
    json_object_set_new(shown, "bounds_us", bounds);
    json_object_set_new(shown, "buckets", counts);
    return shown;
}

static json_t *json_op(const sst_op_tally_t *op)
{
    json_t *shown = json_times(op->buckets, op->time_us);
    json_t *results = json_object();
    int i;

    for (i = 0; i < SST_STATUSES; i++) {
        if (op->results[i] > 0) {
            json_object_set_new(results, sst_status_name((sst_status_t) i),
                                number(op->results[i]));
        }
    }
    json_object_set_new(shown, "results", results);
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

static json_t *json_servers(const sst_store_view_t *store)
{
    json_t *shown = json_array();
    int i;

    for (i = 0; i < store->servers->nelts; i++) {
        const sst_server_times_t *server
            = &APR_ARRAY_IDX(store->servers, i, sst_server_times_t);
        json_t *one = json_times(server->times.buckets,
                                 server->times.total_us);

        json_object_set_new(one, "name", json_string(server->name));
        json_object_set_new(one, "failed", number(server->times.failed));
        json_array_append_new(shown, one);
    }
    return shown;
}

/* In units, as the service meters it. */
static json_t *json_capacity(const sst_tally_t *tally)
{
    json_t *shown = json_object();

    json_object_set_new(shown, "read", json_real(
        (double) tally->events[SST_READ_MILLI] / 1000));
    json_object_set_new(shown, "write", json_real(
        (double) tally->events[SST_WRITE_MILLI] / 1000));
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
    json_object_set_new(shown, "servers", json_servers(store));
    json_object_set_new(shown, "capacity", json_capacity(&store->tally));
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
