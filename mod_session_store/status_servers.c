/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The part of the status page about servers: connections, how long each server
 * takes, and what the service meters.
 */

#include "config.h"

#include "mod_session_store/status.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "mod_session_store/status_text.h"

/* --- Connections --- */

static void write_usage(request_rec *r, const sst_store_view_t *store)
{
    const sst_usage_t *usage = &store->usage;

    ap_rputs("<h3>Connections</h3>\n<p class=\"plain\">", r);
    ap_rprintf(r, "%d %s: <b>%u</b> open", store->processes,
               store->processes == 1 ? "process" : "processes",
               usage->connections_open);
    ap_rprintf(r, ", <b>%u</b> in use", usage->connections_used);
    if (usage->connections_max > 0) {
        ap_rprintf(r, ", of at most %u; <b>%s</b> waits for a free one",
                   usage->connections_max,
                   sst_text_grouped(store->tally.events[SST_WAITS], r->pool));
    }
    ap_rprintf(r, ". %u %s", usage->servers,
               usage->servers == 1 ? "server" : "servers");
    if (usage->left_alone > 0) {
        ap_rprintf(r, ", <b class=\"fail\">%u left alone</b> because down",
                   usage->left_alone);
    }
    ap_rputs(".</p>\n", r);
}

/* --- Capacity, of a service that meters it --- */

static void write_capacity(request_rec *r, const sst_tally_t *tally)
{
    const apr_uint64_t *events = tally->events;

    if (events[SST_READ_MILLI] + events[SST_WRITE_MILLI]
        + events[SST_RETRIES] + events[SST_THROTTLED] == 0) {
        return;
    }
    ap_rvputs(r, "<h3>Capacity</h3>\n<p class=\"plain\"><b>",
              sst_text_grouped(events[SST_READ_MILLI] / 1000, r->pool),
              "</b> read units and <b>",
              sst_text_grouped(events[SST_WRITE_MILLI] / 1000, r->pool),
              "</b> write units consumed; <b>",
              sst_text_grouped(events[SST_RETRIES], r->pool),
              "</b> retries, <b",
              events[SST_THROTTLED] > 0 ? " class=\"fail\">" : ">",
              sst_text_grouped(events[SST_THROTTLED], r->pool),
              "</b> attempts throttled.</p>\n", NULL);
}

/* --- Times --- */

static void write_server(request_rec *r, const sst_server_times_t *server)
{
    const sst_times_t *times = &server->times;
    const char *class = times->failed > 0 ? "fail" : "zero";

    ap_rvputs(r, "<tr><td>", ap_escape_html(r->pool, server->name),
              "</td><td>",
              sst_text_grouped(sst_times_count(times->buckets), r->pool),
              "</td><td class=\"", class, "\">",
              sst_text_grouped(times->failed, r->pool), "</td><td>",
              sst_text_quantile(times->buckets, 500, r->pool), "</td><td>",
              sst_text_quantile(times->buckets, 990, r->pool), "</td></tr>\n",
              NULL);
}

static void write_servers(request_rec *r, const apr_array_header_t *servers)
{
    int i;

    if (servers->nelts == 0) {
        return;
    }
    ap_rputs("<h3>Time at each server</h3>\n<div class=\"wide\"><table>\n"
             "<thead><tr><th>server</th><th>exchanges</th><th>failed</th>"
             "<th>half</th><th>99&nbsp;%</th></tr></thead>\n<tbody>\n", r);
    for (i = 0; i < servers->nelts; i++) {
        write_server(r, &APR_ARRAY_IDX(servers, i, sst_server_times_t));
    }
    ap_rputs("</tbody>\n</table></div>\n", r);
}

void sst_status_servers(request_rec *r, const sst_store_view_t *store)
{
    write_servers(r, store->servers);
    write_usage(r, store);
    write_capacity(r, &store->tally);
}
