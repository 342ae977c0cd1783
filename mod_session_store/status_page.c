/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The page of session-store-status: HTML with pictures in SVG, complete in
 * itself, without a script.
 */

#include "config.h"

#include "mod_session_store/status.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "lib/bytes.h"
#include "lib/crypto.h"
#include "mod_session_store/status_cache.h"
#include "mod_session_store/status_text.h"

#define NONCE_LEN 16
#define RECENTLY apr_time_from_sec(300)     /* a failure is still news */

/* --- Head --- */

/* The style sheet is let in by a nonce, and nothing else is. */
static int write_head(request_rec *r, const sst_status_view_t *view)
{
    unsigned char random[NONCE_LEN];
    char nonce[SST_BASE64URL_LEN(NONCE_LEN) + 1];
    const char *server = ap_escape_html(r->pool, view->server);

    if (sst_random(random, sizeof(random), NULL) != SST_OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    sst_base64url_encode(nonce, sst_span(random, sizeof(random)));
    apr_table_setn(r->headers_out, "Content-Security-Policy", apr_pstrcat(
        r->pool, "default-src 'none'; style-src 'nonce-", nonce,
        "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        NULL));
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_rvputs(r, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
              "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, "
              "initial-scale=1\">\n<title>Sessions of ", server,
              "</title>\n<style nonce=\"", nonce, "\">\n", sst_status_style,
              "</style>\n</head>\n<body>\n<header>\n<h1>Sessions</h1>\n<p>",
              server, ", counted for ",
              sst_text_ago(view->now - view->since, r->pool),
              "</p>\n<nav><a href=\"?json\">JSON</a> "
              "<a href=\"?prometheus\">Prometheus</a></nav>\n</header>\n"
              "<main>\n", NULL);
    return OK;
}

/* --- A store: its state and its numbers --- */

static void write_state(request_rec *r, const sst_tally_t *tally,
                        apr_time_t now)
{
    apr_time_t failed = (apr_time_t) tally->failed;
    const char *class = "good";
    const char *text = "works";

    if (tally->failed == 0 && tally->answered == 0) {
        class = "idle";
        text = "not used yet";
    }
    else if (tally->failed > tally->answered) {
        class = "fail";
        text = apr_pstrcat(r->pool, "fails, last ",
                           sst_text_ago(now - failed, r->pool), " ago", NULL);
    }
    else if (tally->failed != 0 && now - failed < RECENTLY) {
        class = "warn";
        text = apr_pstrcat(r->pool, "works; failed ",
                           sst_text_ago(now - failed, r->pool), " ago", NULL);
    }
    ap_rvputs(r, "<span class=\"state ", class, "\">", text, "</span>", NULL);
}

static void write_tile(request_rec *r, const char *title, apr_uint64_t value,
                       const char *class)
{
    if (value == 0) {
        class = " class=\"zero\"";
    }
    ap_rvputs(r, "<div title=\"", sst_text_grouped(value, r->pool),
              "\"><dt>", title, "</dt><dd", class, ">",
              sst_text_compact(value, r->pool), "</dd></div>\n", NULL);
}

static void write_tiles(request_rec *r, const sst_tally_t *tally)
{
    const apr_uint64_t *events = tally->events;

    ap_rputs("<dl class=\"tiles\">\n", r);
    write_tile(r, "Found", events[SST_LOAD_HIT], "");
    write_tile(r, "Created", events[SST_SAVE_CREATED], "");
    write_tile(r, "Updated", events[SST_SAVE_UPDATED], "");
    write_tile(r, "New ids", events[SST_SAVE_ROTATED], "");
    write_tile(r, "Ended", events[SST_SAVE_ENDED], "");
    write_tile(r, "Revoked", sst_status_sum(tally, SST_REVOKED_SELF,
                                            SST_REVOKED_LIMIT), "");
    write_tile(r, "Expired", events[SST_LOAD_EXPIRED], "");
    write_tile(r, "Merged", events[SST_CONFLICTS], "");
    write_tile(r, "Forged", events[SST_LOAD_FORGED],
               " class=\"warn\"");
    write_tile(r, "Failures", sst_status_failures(tally), " class=\"fail\"");
    ap_rputs("</dl>\n", r);
}

/* --- Requests by what their ticket led to, as one bar --- */

static const struct {
    sst_event_t event;
    const char *class;
    const char *text;
} load_parts[] = {
    { SST_LOAD_HIT, "hit", "session found" },
    { SST_LOAD_NONE, "none", "no ticket" },
    { SST_LOAD_MISS, "gone", "session ended" },
    { SST_LOAD_EXPIRED, "expired", "expired" },
    { SST_LOAD_FORGED, "forged", "forged ticket" },
    { SST_LOAD_UNREADABLE, "unreadable", "unreadable" },
    { SST_LOAD_FAILED, "bad", "store failed" }
};

#define LOAD_PARTS (sizeof(load_parts) / sizeof(load_parts[0]))

static void write_legend(request_rec *r, const sst_tally_t *tally,
                         apr_uint64_t all)
{
    apr_size_t i;

    ap_rputs("<ul class=\"legend\">\n", r);
    for (i = 0; i < LOAD_PARTS; i++) {
        apr_uint64_t value = tally->events[load_parts[i].event];

        if (value > 0) {
            ap_rprintf(r, "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
                       "<rect class=\"%s\" width=\"10\" height=\"10\" "
                       "rx=\"2\"/></svg>%s <b>%s</b> (%.1f&nbsp;%%)</li>\n",
                       load_parts[i].class, load_parts[i].text,
                       sst_text_grouped(value, r->pool),
                       100.0 * (double) value / (double) all);
        }
    }
    ap_rputs("</ul>\n", r);
}

static void write_loads(request_rec *r, const sst_tally_t *tally)
{
    apr_uint64_t all = sst_status_sum(tally, SST_LOAD_NONE, SST_LOAD_FAILED);
    double at = 0;
    apr_size_t i;

    ap_rprintf(r, "<h3>%s requests</h3>\n", sst_text_grouped(all, r->pool));
    if (all == 0) {
        return;
    }
    ap_rputs("<svg class=\"share\" viewBox=\"0 0 1000 20\" "
             "preserveAspectRatio=\"none\" role=\"img\" "
             "aria-label=\"what tickets led to, numbers below\">\n", r);
    for (i = 0; i < LOAD_PARTS; i++) {
        double width = 1000.0 * (double) tally->events[load_parts[i].event]
                       / (double) all;

        if (width > 0) {
            ap_rprintf(r, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" "
                       "height=\"20\"/>\n", load_parts[i].class, at, width);
        }
        at += width;
    }
    ap_rputs("</svg>\n", r);
    write_legend(r, tally, all);
}

/* --- Times, one histogram for each operation --- */

#define BAR_STEP 20
#define PLOT_LEFT 4
#define PLOT_HEIGHT 80
#define PLOT_WIDTH (2 * PLOT_LEFT + SST_BUCKETS * BAR_STEP)

static apr_uint64_t largest(const sst_op_tally_t *op)
{
    apr_uint64_t most = 1;
    int i;

    for (i = 0; i < SST_BUCKETS; i++) {
        if (op->buckets[i] > most) {
            most = op->buckets[i];
        }
    }
    return most;
}

/* A bound stands where its bucket ends; every third has room. */
static void write_axis(request_rec *r)
{
    int i;

    ap_rprintf(r, "<line class=\"axis\" x1=\"0\" x2=\"%d\" y1=\"%d\" "
               "y2=\"%d\"/>\n", PLOT_WIDTH, PLOT_HEIGHT, PLOT_HEIGHT);
    for (i = 1; i < SST_BOUNDS; i += 3) {
        int x = PLOT_LEFT + (i + 1) * BAR_STEP;

        ap_rprintf(r, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" "
                   "y2=\"%d\"/><text x=\"%d\" y=\"%d\" "
                   "text-anchor=\"middle\">%s</text>\n", x, x, PLOT_HEIGHT,
                   PLOT_HEIGHT + 4, x, PLOT_HEIGHT + 16,
                   sst_text_duration(sst_times_bounds[i], r->pool));
    }
}

static void write_bars(request_rec *r, const sst_op_tally_t *op)
{
    apr_uint64_t most = largest(op);
    int i;

    for (i = 0; i < SST_BUCKETS; i++) {
        double height = (PLOT_HEIGHT - 4.0) * (double) op->buckets[i]
                        / (double) most;

        if (op->buckets[i] > 0) {
            height = height < 1.5 ? 1.5 : height;
            ap_rprintf(r, "<rect class=\"bar\" x=\"%d\" y=\"%.1f\" "
                       "width=\"%d\" height=\"%.1f\" rx=\"1.5\"><title>%s %s: "
                       "%s</title></rect>\n",
                       PLOT_LEFT + i * BAR_STEP + 1, PLOT_HEIGHT - height,
                       BAR_STEP - 2, height,
                       i < SST_BOUNDS ? "up to" : "over",
                       sst_text_duration(sst_times_bounds[
                           i < SST_BOUNDS ? i : SST_BOUNDS - 1], r->pool),
                       sst_text_grouped(op->buckets[i], r->pool));
        }
    }
}

static void write_time(request_rec *r, const char *name,
                       const sst_op_tally_t *op)
{
    ap_rprintf(r, "<figure>\n<figcaption><b>%s</b> %s times<br>half %s, "
               "99&nbsp;%% %s</figcaption>\n<svg viewBox=\"0 0 %d %d\" "
               "role=\"img\" aria-label=\"times of %s\">\n", name,
               sst_text_grouped(sst_times_count(op->buckets), r->pool),
               sst_text_quantile(op->buckets, 500, r->pool),
               sst_text_quantile(op->buckets, 990, r->pool),
               PLOT_WIDTH, PLOT_HEIGHT + 20, name);
    write_bars(r, op);
    write_axis(r);
    ap_rputs("</svg>\n</figure>\n", r);
}

static void write_times(request_rec *r, const sst_tally_t *tally)
{
    int i;

    ap_rputs("<h3>Time in the store</h3>\n<div class=\"times\">\n", r);
    for (i = 0; i < SST_OPS; i++) {
        if (sst_times_count(tally->ops[i].buckets) > 0) {
            write_time(r, sst_metrics_op_name((sst_op_t) i), &tally->ops[i]);
        }
    }
    ap_rputs("</div>\n", r);
}

/* --- Answers, as a table with the columns that have something --- */

static int is_answered(const sst_tally_t *tally, int status)
{
    int i;

    for (i = 0; i < SST_OPS; i++) {
        if (tally->ops[i].results[status] > 0) {
            return 1;
        }
    }
    return 0;
}

static void write_row(request_rec *r, const sst_tally_t *tally, int op)
{
    int i;

    ap_rvputs(r, "<tr><td>", sst_metrics_op_name((sst_op_t) op), "</td>",
              NULL);
    for (i = 0; i < SST_STATUSES; i++) {
        apr_uint64_t value = tally->ops[op].results[i];
        const char *class = value == 0 ? " class=\"zero\""
            : sst_metrics_is_failure((sst_status_t) i) ? " class=\"fail\""
            : "";

        if (is_answered(tally, i)) {
            ap_rvputs(r, "<td", class, ">",
                      sst_text_grouped(value, r->pool), "</td>", NULL);
        }
    }
    ap_rputs("</tr>\n", r);
}

static void write_answers(request_rec *r, const sst_tally_t *tally)
{
    int i;

    ap_rputs("<h3>Answers of the store</h3>\n<div class=\"wide\"><table>\n"
             "<thead><tr><th>operation</th>", r);
    for (i = 0; i < SST_STATUSES; i++) {
        if (is_answered(tally, i)) {
            ap_rvputs(r, "<th>", sst_status_name((sst_status_t) i), "</th>",
                      NULL);
        }
    }
    ap_rputs("</tr></thead>\n<tbody>\n", r);
    for (i = 0; i < SST_OPS; i++) {
        if (sst_times_count(tally->ops[i].buckets) > 0) {
            write_row(r, tally, i);
        }
    }
    ap_rputs("</tbody>\n</table></div>\n", r);
}

static void write_store(request_rec *r, const sst_store_view_t *store,
                        apr_time_t now)
{
    ap_rvputs(r, "<section>\n<div class=\"top\"><h2>",
              ap_escape_html(r->pool, store->name), "</h2>", NULL);
    if (!store->counted) {
        ap_rputs("</div>\n<p class=\"quiet\">Not counted: there was no shared "
                 "memory.</p>\n</section>\n", r);
        return;
    }
    write_state(r, &store->tally, now);
    ap_rputs("</div>\n", r);
    write_tiles(r, &store->tally);
    write_loads(r, &store->tally);
    if (store->tally.answered != 0 || store->tally.failed != 0) {
        write_times(r, &store->tally);
        write_answers(r, &store->tally);
    }
    if (store->has_servers) {
        sst_status_servers(r, store);
    }
    sst_status_cache_page(r, &store->cache, sst_text_grouped);
    ap_rputs("</section>\n", r);
}

/* --- Keys --- */

static void write_ring(request_rec *r, const sst_ring_view_t *ring)
{
    int i;

    ap_rvputs(r, "<section>\n<h2>Keys of ",
              ap_escape_html(r->pool, ring->source), "</h2>\n"
              "<div class=\"wide\"><table>\n<thead><tr><th>key</th>"
              "<th class=\"text\">does</th></tr></thead>\n<tbody>\n", NULL);
    for (i = 0; i < ring->ids->nelts; i++) {
        ap_rvputs(r, "<tr><td><code>",
                  APR_ARRAY_IDX(ring->ids, i, const char *),
                  "</code></td><td class=\"text\">",
                  i == ring->seals ? "seals and opens" : "opens",
                  "</td></tr>\n", NULL);
    }
    ap_rputs("</tbody>\n</table></div>\n</section>\n", r);
}

int sst_status_page(request_rec *r, const sst_status_view_t *view)
{
    int status = write_head(r, view);
    int i;

    if (status != OK) {
        return status;
    }
    for (i = 0; i < view->stores->nelts; i++) {
        write_store(r, &APR_ARRAY_IDX(view->stores, i, sst_store_view_t),
                    view->now);
    }
    if (view->stores->nelts == 0) {
        ap_rputs("<section><h2>No SessionStore is configured.</h2></section>"
                 "\n", r);
    }
    for (i = 0; i < view->rings->nelts; i++) {
        write_ring(r, &APR_ARRAY_IDX(view->rings, i, sst_ring_view_t));
    }
    ap_rputs("</main>\n</body>\n</html>\n", r);
    return OK;
}
