/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Set-Cookie header fields (RFC 6265), and the directive that they follow. */

#include "mod_session_store/cookie.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_protocol.h>

#include "lib/store.h"
#include "mod_session_store/cookie_field.h"

#define NAME_MAX_LEN 64
#define MAX_AGE_MAX_S (400LL * 24 * 60 * 60)    /* RFC 6265bis, 5.5 */

/* --- Writing --- */

/* The response's Set-Cookie lines but ours. */
static void remove_line(apr_table_t *headers, const char *name,
                        apr_pool_t *pool)
{
    apr_table_t *others = apr_table_make(pool, 2);
    apr_size_t len = strlen(name);
    const apr_array_header_t *lines = apr_table_elts(headers);
    int i;

    if (apr_table_get(headers, "Set-Cookie") == NULL) {
        return;
    }
    for (i = 0; i < lines->nelts; i++) {
        const apr_table_entry_t *line
            = &APR_ARRAY_IDX(lines, i, apr_table_entry_t);

        if (ap_cstr_casecmp(line->key, "Set-Cookie") == 0
            && (strncmp(line->val, name, len) != 0 || line->val[len] != '=')) {
            apr_table_addn(others, "Set-Cookie", line->val);
        }
    }
    apr_table_unset(headers, "Set-Cookie");
    lines = apr_table_elts(others);
    for (i = 0; i < lines->nelts; i++) {
        apr_table_addn(headers, "Set-Cookie",
                       APR_ARRAY_IDX(lines, i, apr_table_entry_t).val);
    }
}

static request_rec *main_request(request_rec *r)
{
    while (r->main != NULL) {
        r = r->main;
    }
    return r;
}

void sst_cookie_unset_named(request_rec *r, const char *name)
{
    r = main_request(r);
    remove_line(r->headers_out, name, r->pool);
    remove_line(r->err_headers_out, name, r->pool);
}

/* How long the browser is to keep a cookie, as an attribute. */
static const char *lifetime(const sst_cookie_conf_t *cookie, int forget,
                            apr_pool_t *pool)
{
    if (forget) {
        return "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    }
    return cookie->max_age_s == 0 ? "" : apr_psprintf(
        pool, "; Max-Age=%" APR_INT64_T_FMT, cookie->max_age_s);
}

void sst_cookie_set_named(request_rec *r, const sst_cookie_conf_t *cookie,
                          const char *name, const char *value)
{
    int secure = cookie->secure || strcmp(ap_http_scheme(r), "https") == 0;
    const char *line;

    r = main_request(r);
    line = apr_pstrcat(r->pool, name, "=", value ? value : "",
                       lifetime(cookie, value == NULL, r->pool),
                       cookie->attributes, secure ? "; Secure" : "", NULL);
    sst_cookie_unset_named(r, name);
    apr_table_addn(r->err_headers_out, "Set-Cookie", line);
}

/* --- Configuring --- */

/* SessionStoreCookie's attributes, while they are read. */
typedef struct attributes_t {
    const char *path;
    const char *domain;
    const char *same_site;
    apr_int64_t max_age_s;
    int secure;
    int partitioned;
} attributes_t;

/* A cookie's name is a token (RFC 7230). */
static int is_token(const char *name)
{
    const char *c;

    for (c = name; *c != '\0'; c++) {
        if (!apr_isgraph(*c) || (*c & 0x80) != 0
            || strchr("()<>@,;:\\\"/[]?={}", *c) != NULL) {
            return 0;
        }
    }
    return c > name && c - name <= NAME_MAX_LEN;
}

/* What may stand in an attribute's value. */
static int is_value(const char *text)
{
    const char *c;

    for (c = text; *c != '\0'; c++) {
        if (apr_iscntrl(*c) || (*c & 0x80) != 0 || *c == ';' || *c == ','
            || *c == ' ') {
            return 0;
        }
    }
    return c > text;
}

static const char *same_site(const char *value)
{
    static const char *const allowed[] = { "Strict", "Lax", "None" };
    apr_size_t i;

    for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (ap_cstr_casecmp(value, allowed[i]) == 0) {
            return allowed[i];
        }
    }
    return NULL;
}

/* A time in whole seconds, no longer than browsers keep a cookie. */
static int read_max_age(apr_int64_t *out, const char *value)
{
    apr_interval_time_t time;

    if (sst_duration_parse(&time, value) != SST_OK
        || apr_time_usec(time) != 0 || apr_time_sec(time) < 1
        || apr_time_sec(time) > MAX_AGE_MAX_S) {
        return 0;
    }
    *out = apr_time_sec(time);
    return 1;
}

/* 1 when the word was understood. */
static int read_attribute(attributes_t *attributes, const char *word)
{
    if (ap_cstr_casecmpn(word, "Path=", 5) == 0) {
        attributes->path = word + 5;
        return word[5] == '/' && is_value(word + 5);
    }
    if (ap_cstr_casecmpn(word, "Domain=", 7) == 0) {
        attributes->domain = word + 7;
        return is_value(word + 7);
    }
    if (ap_cstr_casecmpn(word, "SameSite=", 9) == 0) {
        const char *value = same_site(word + 9);

        attributes->same_site = value != NULL ? value : "";
        return value != NULL;
    }
    if (ap_cstr_casecmpn(word, "Max-Age=", 8) == 0) {
        return read_max_age(&attributes->max_age_s, word + 8);
    }
    if (ap_cstr_casecmp(word, "Secure") == 0) {
        attributes->secure = 1;
        return 1;
    }
    if (ap_cstr_casecmp(word, "Partitioned") == 0) {
        attributes->partitioned = 1;
        return 1;
    }
    return ap_cstr_casecmp(word, "HttpOnly") == 0;
}

static const char *read_words(attributes_t *attributes, int argc,
                              char *const argv[], apr_pool_t *pool)
{
    int i;

    for (i = 0; i < argc; i++) {
        char *rest = apr_pstrdup(pool, argv[i]);
        char *state = NULL;
        char *part = apr_strtok(rest, ";", &state);

        while (part != NULL) {
            sst_span_t word = sst_cookie_trimmed(part, part + strlen(part));
            const char *text = apr_pstrmemdup(pool, (const char *) word.data,
                                              word.len);

            if (word.len > 0 && !read_attribute(attributes, text)) {
                return apr_psprintf(pool, "\"%s\" is not allowed; allowed: "
                                    "Path=/..., Domain=NAME, SameSite=Strict, "
                                    "Lax or None, Max-Age=TIME (from 1s to "
                                    "400d), Secure, Partitioned, HttpOnly "
                                    "(always on)", text);
            }
            part = apr_strtok(NULL, ";", &state);
        }
    }
    return NULL;
}

/* What browsers demand of attributes that stand together; a cookie that they
 * refuse would look like a store that forgets.
 */
static const char *check_together(const attributes_t *attributes,
                                  const char *name, apr_pool_t *pool)
{
    int host = ap_cstr_casecmpn(name, "__Host-", 7) == 0;

    if ((host || ap_cstr_casecmpn(name, "__Secure-", 9) == 0
         || strcmp(attributes->same_site, "None") == 0
         || attributes->partitioned) && !attributes->secure) {
        return apr_psprintf(pool, "\"%s\" needs the attribute Secure: "
                            "browsers refuse names that begin with __Host- or "
                            "__Secure-, SameSite=None and Partitioned without "
                            "it", name);
    }
    if (host && (attributes->domain || strcmp(attributes->path, "/") != 0)) {
        return apr_psprintf(pool, "\"%s\" must have Path=/ and no Domain: "
                            "browsers refuse names that begin with __Host- "
                            "otherwise", name);
    }
    return NULL;
}

const char *sst_cookie_configure(sst_cookie_conf_t **out, const char *name,
                                 int argc, char *const argv[],
                                 apr_pool_t *pool)
{
    attributes_t attributes = { "/", NULL, "Lax", 0, 0, 0 };
    sst_cookie_conf_t *cookie = apr_pcalloc(pool, sizeof(*cookie));
    const char *problem;

    *out = NULL;
    if (!is_token(name)) {
        return apr_psprintf(pool, "\"%s\" is no cookie name; allowed: 1 to %d "
                            "letters, digits and !#$%%&'*+-.^_`|~", name,
                            NAME_MAX_LEN);
    }
    problem = read_words(&attributes, argc, argv, pool);
    if (problem == NULL) {
        problem = check_together(&attributes, name, pool);
    }
    if (problem != NULL) {
        return problem;
    }
    cookie->name = apr_pstrdup(pool, name);
    cookie->secure = attributes.secure;
    cookie->max_age_s = attributes.max_age_s;
    cookie->attributes = apr_pstrcat(
        pool, "; Path=", attributes.path,
        attributes.domain ? "; Domain=" : "",
        attributes.domain ? attributes.domain : "",
        "; HttpOnly; SameSite=", attributes.same_site,
        attributes.partitioned ? "; Partitioned" : "", NULL);
    *out = cookie;
    return NULL;
}
