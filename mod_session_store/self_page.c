/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A user's own sessions as HTML: one form, no script. */

#include "mod_session_store/self_page.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <http_protocol.h>

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

static const char style[] =
    ":root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;"
    "--text:#1a1d21;--dim:#565e68;--line:#d5dae1;--accent:#0a58a8;"
    "--danger:#b3261e}"
    "@media (prefers-color-scheme:dark){:root{--page:#101418;"
    "--card:#1a2027;--text:#e8ebef;--dim:#a3adb8;--line:#343c46;"
    "--accent:#7db8f5;--danger:#ff9389}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--text);"
    "font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:42rem;margin:0 auto;padding:2rem 1rem 3rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}"
    "p{margin:.25rem 0 1.25rem;color:var(--dim)}"
    "b{color:var(--text);overflow-wrap:anywhere}"
    ".done{padding:.75rem 1rem;border:1px solid var(--accent);"
    "border-radius:.6rem;color:var(--text);background:var(--card)}"
    "ul{list-style:none;margin:0 0 1.5rem;padding:0}"
    "li{display:flex;flex-wrap:wrap;align-items:center;gap:.75rem 1rem;"
    "justify-content:space-between;background:var(--card);"
    "border:1px solid var(--line);border-radius:.6rem;padding:1rem;"
    "margin:0 0 .75rem}"
    "li.own{border-color:var(--accent)}"
    "h2{font-size:1.05rem;margin:0 0 .25rem;overflow-wrap:anywhere}"
    ".mark{display:inline-block;margin-left:.5rem;padding:0 .5rem;"
    "border-radius:1rem;font-size:.8rem;font-weight:600;"
    "color:var(--accent);border:1px solid currentColor}"
    "dl{display:flex;flex-wrap:wrap;gap:0 1.75rem;margin:0;font-size:.92rem}"
    "dt{color:var(--dim)}dd{margin:0}"
    "button{font:inherit;font-weight:600;min-height:2.75rem;"
    "padding:.4rem 1.1rem;border-radius:.5rem;cursor:pointer;"
    "border:1px solid currentColor;background:transparent;"
    "color:var(--danger)}"
    "button:hover{background:var(--danger);border-color:var(--danger);"
    "color:var(--card)}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    "@media (max-width:32rem){main{padding-top:1.25rem}"
    "li button,.all{width:100%}}";

/* --- Headers --- */

/* Nothing from elsewhere, nothing but the one style, no frame around it. */
static void set_headers(request_rec *r, const char *nonce)
{
    ap_set_content_type(r, "text/html; charset=utf-8");
    apr_table_setn(r->headers_out, "Content-Security-Policy", apr_psprintf(
        r->pool, "default-src 'none'; style-src 'nonce-%s'; form-action "
        "'self'; base-uri 'none'; frame-ancestors 'none'", nonce));
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "X-Frame-Options", "DENY");
    apr_table_setn(r->headers_out, "Referrer-Policy", "same-origin");
}

/* --- Times --- */

/* "26 Nov 2026, 11:50 UTC", as an element that says it to machines too. */
static const char *moment(apr_int64_t time_s, apr_pool_t *pool)
{
    char machine[32] = "";
    char human[40] = "";
    apr_time_exp_t parts;
    apr_size_t len;

    (void) apr_time_exp_gmt(&parts, apr_time_from_sec(time_s));
    (void) apr_strftime(machine, &len, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ",
                        &parts);
    (void) apr_strftime(human, &len, sizeof(human), "%d %b %Y, %H:%M UTC",
                        &parts);
    return apr_psprintf(pool, "<time datetime=\"%s\">%s</time>", machine,
                        human);
}

static const char *ago(apr_int64_t count, const char *unit, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_INT64_T_FMT " %s%s ago", count, unit,
                        count == 1 ? "" : "s");
}

static const char *span(apr_int64_t span_s, apr_pool_t *pool)
{
    if (span_s < MINUTE_S) {
        return "just now";
    }
    if (span_s < HOUR_S) {
        return ago(span_s / MINUTE_S, "minute", pool);
    }
    if (span_s < DAY_S) {
        return ago(span_s / HOUR_S, "hour", pool);
    }
    return ago(span_s / DAY_S, "day", pool);
}

/* --- Parts --- */

static const char *title_of(const sst_summary_t *session, apr_pool_t *pool)
{
    if (session->readable != SST_OK) {
        return "A session that cannot be read";
    }
    if (*session->meta.client == '\0') {
        return "Address unknown";
    }
    return ap_escape_html(pool, session->meta.client);
}

static void send_times(request_rec *r, const sst_summary_t *session, int own)
{
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());

    if (session->created_s > 0) {
        ap_rprintf(r, "<div><dt>Signed in</dt><dd>%s</dd></div>",
                   moment(session->created_s, r->pool));
    }
    if (own || session->seen_s > 0) {
        ap_rprintf(r, "<div><dt>Last used</dt><dd>%s</dd></div>",
                   own ? "now" : span(now_s - session->seen_s, r->pool));
    }
}

static void send_session(request_rec *r, const sst_self_page_t *page,
                         const sst_summary_t *session)
{
    const char *title = title_of(session, r->pool);
    int own = sst_row_equal(&session->row, page->own);
    char hex[SST_ROW_HEX_LEN + 1];

    sst_row_hex(hex, &session->row);
    ap_rprintf(r, "<li%s><div><h2 id=\"s%.8s\">%s%s</h2><dl>",
               own ? " class=\"own\" aria-current=\"true\"" : "", hex, title,
               own ? " <span class=\"mark\">this session</span>" : "");
    send_times(r, session, own);
    ap_rprintf(r, "</dl></div><button name=\"" SST_SELF_END "\" value=\"%s\" "
               "id=\"b%.8s\" aria-labelledby=\"b%.8s s%.8s\">%s</button>"
               "</li>\n", hex, hex, hex, hex, own ? "Sign out" : "End");
}

static void send_users(request_rec *r, const sst_self_page_t *page)
{
    int i;

    for (i = 0; i < page->users->nelts; i++) {
        ap_rprintf(r, "%s<b>%s</b>", i > 0 ? ", " : "",
                   ap_escape_html(r->pool, APR_ARRAY_IDX(page->users, i,
                                                         const char *)));
    }
}

static void send_head(request_rec *r, const sst_self_page_t *page)
{
    ap_rprintf(r, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>"
               "<meta charset=\"utf-8\"><title>Your sessions</title>"
               "<meta name=\"viewport\" content=\"width=device-width, "
               "initial-scale=1\">"
               "<meta name=\"robots\" content=\"noindex\">"
               "<style nonce=\"%s\">", page->nonce);
    ap_rputs(style, r);
    ap_rputs("</style></head>\n<body><main>\n<h1>Your sessions</h1>\n"
             "<p>You are signed in as ", r);
    send_users(r, page);
    ap_rputs(". Each browser in which you signed in is listed with the "
             "address from which it last changed something.</p>\n", r);
    if (page->ended) {
        ap_rputs("<p class=\"done\" role=\"status\">Done: what you ended is "
                 "signed out.</p>\n", r);
    }
}

static int has_others(const sst_self_page_t *page)
{
    int i;

    for (i = 0; i < page->sessions->nelts; i++) {
        if (!sst_row_equal(&APR_ARRAY_IDX(page->sessions, i,
                                          sst_summary_t).row, page->own)) {
            return 1;
        }
    }
    return 0;
}

void sst_self_page_send(request_rec *r, const sst_self_page_t *page)
{
    int i;

    set_headers(r, page->nonce);
    send_head(r, page);
    ap_rprintf(r, "<form method=\"post\"><input type=\"hidden\" "
               "name=\"" SST_SELF_TOKEN "\" value=\"%s\">\n<ul>\n",
               page->token);
    for (i = 0; i < page->sessions->nelts; i++) {
        send_session(r, page, &APR_ARRAY_IDX(page->sessions, i,
                                             sst_summary_t));
    }
    ap_rputs("</ul>\n", r);
    if (has_others(page)) {
        ap_rputs("<button class=\"all\" name=\"" SST_SELF_OTHERS "\" "
                 "value=\"all\">End all other sessions</button>\n", r);
    }
    ap_rputs("</form>\n</main></body>\n</html>\n", r);
}
