/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Headers of the request that are the session's, and nobody else's. */

#include "mod_session_store/forward.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/entries.h"
#include "mod_session_store/hooks.h"
#include "mod_session_store/report.h"
#include "mod_session_store/site.h"

/* --- What clients send --- */

static int is_configured(const char *name, const sst_forwards_t *forwards)
{
    int i;

    for (i = 0; i < forwards->rules->nelts; i++) {
        const sst_forward_t *rule = &APR_ARRAY_IDX(forwards->rules, i,
                                                   sst_forward_t);

        if (sst_forward_alike(name, rule->header)
            || sst_forward_alike(name, rule->signature)) {
            return 1;
        }
    }
    return 0;
}

/* Of a table whose keys begin with `prefix`. */
static void strip_table(apr_table_t *table, const char *prefix,
                        const sst_forwards_t *forwards)
{
    const apr_array_header_t *array = apr_table_elts(table);
    apr_size_t len = strlen(prefix);
    int i = 0;

    while (i < array->nelts) {
        const char *key = APR_ARRAY_IDX(array, i, apr_table_entry_t).key;

        if (strncmp(key, prefix, len) == 0
            && is_configured(key + len, forwards)) {
            apr_table_unset(table, key);
        }
        else {
            i++;
        }
    }
}

/* A header that Connection names is for one hop, and mod_proxy takes it out:
 * the client must not have ours taken out.
 */
static void strip_hop(request_rec *r, const char *field,
                      const sst_forwards_t *forwards)
{
    const char *value = apr_table_get(r->headers_in, field);
    const char *kept = NULL;
    int found = 0;
    char *state;
    char *token;

    if (value == NULL) {
        return;
    }
    token = apr_strtok(apr_pstrdup(r->pool, value), ", \t", &state);
    while (token != NULL) {
        if (is_configured(token, forwards)) {
            found = 1;
        }
        else {
            kept = kept ? apr_pstrcat(r->pool, kept, ", ", token, NULL)
                        : token;
        }
        token = apr_strtok(NULL, ", \t", &state);
    }
    if (found && kept != NULL) {
        apr_table_setn(r->headers_in, field, kept);
    }
    else if (found) {
        apr_table_unset(r->headers_in, field);
    }
}

/* A subrequest has copies of both tables: its page's stay as they are. */
static void strip(request_rec *r, const sst_forwards_t *forwards)
{
    strip_table(r->headers_in, "", forwards);
    strip_table(r->subprocess_env, "HTTP_", forwards);
    strip_hop(r, "Connection", forwards);
    strip_hop(r, "Proxy-Connection", forwards);
}

int sst_forward_strip(request_rec *r)
{
    const request_rec *from = r;

    /* What was set where the request came from is not for this place. */
    while (from != NULL) {
        const sst_forwards_t *forwards = sst_conf_dir(from)->forward;

        if (forwards != NULL) {
            strip(r, forwards);
        }
        from = from->main ? from->main : from->prev;
    }
    return DECLINED;
}

/* --- What the session has --- */

/* Of the entries that fit one pattern, and have a value, the first by name. */
static const char *find_by(const session_rec *record,
                           const apr_array_header_t *pattern,
                           const apr_array_header_t *hide, apr_pool_t *pool)
{
    const apr_array_header_t *names = sst_entries_names(record->entries, pool);
    const char *found = NULL;
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (sst_entries_hidden(name, pattern)
            && !sst_entries_hidden(name, hide)
            && *apr_table_get(record->entries, name) != '\0'
            && (found == NULL || apr_cstr_casecmp(name, found) < 0)) {
            found = name;
        }
    }
    return found;
}

/* The value for a header, or NULL. */
static const char *find(const session_rec *record, const sst_forward_t *rule,
                        const apr_array_header_t *hide, apr_pool_t *pool)
{
    const char *name = NULL;
    int i;

    for (i = 0; i < rule->patterns->nelts && name == NULL; i++) {
        apr_array_header_t one = *rule->patterns;

        one.elts += i * one.elt_size;
        one.nelts = one.nalloc = 1;
        name = find_by(record, &one, hide, pool);
    }
    return name ? apr_table_get(record->entries, name) : NULL;
}

/* Everything but visible ASCII as %XX, and % itself: no value can end the line
 * or lose blanks at its ends. NULL when that would be too long.
 */
static char *escape(const char *value, apr_pool_t *pool)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = apr_palloc(pool, SST_FORWARD_MAX + 3);
    apr_size_t len = 0;

    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char) *value;

        if (c > ' ' && c < 127 && c != '%') {
            text[len++] = (char) c;
        }
        else {
            text[len++] = '%';
            text[len++] = digits[c >> 4];
            text[len++] = digits[c & 15];
        }
        if (len > SST_FORWARD_MAX) {
            return NULL;
        }
    }
    text[len] = '\0';
    return text;
}

static sst_status_t sign(char **out, const sst_forward_t *rule,
                         const char *value, sst_error_t *err,
                         apr_pool_t *pool)
{
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());
    const char *text = apr_psprintf(pool, "%s\n%" APR_INT64_T_FMT "\n%s",
                                    sst_entries_fold(rule->header, pool),
                                    now_s, value);
    unsigned char mac[SST_HASH_LEN];
    char hex[2 * SST_HASH_LEN + 1];
    sst_status_t status = sst_mac_compute(mac, rule->mac, sst_span_text(text),
                                          err);

    *out = NULL;
    if (status == SST_OK) {
        sst_hex_encode(hex, sst_span(mac, sizeof(mac)));
        hex[2 * SST_HASH_LEN] = '\0';
        *out = apr_psprintf(pool, "t=%" APR_INT64_T_FMT ",v1=%s", now_s, hex);
    }
    return status;
}

/* A server behind takes a request without the header for one of a visitor whom
 * nobody knows: where it cannot be set, it is left out.
 */
static void set(request_rec *r, const sst_forward_t *rule, const char *value)
{
    const char *text = escape(value, r->pool);
    char *signature = NULL;
    sst_error_t err;

    sst_error_clear(&err);
    if (text == NULL) {
        (void) sst_error_set(&err, SST_TOO_BIG, APR_SUCCESS,
                             "the value has more than %d bytes",
                             SST_FORWARD_MAX);
        sst_report_not_forwarded(r, rule->header, &err);
        return;
    }
    if (rule->mac != NULL
        && sign(&signature, rule, text, &err, r->pool) != SST_OK) {
        sst_report_not_forwarded(r, rule->header, &err);
        return;
    }
    apr_table_setn(r->headers_in, rule->header, text);
    if (signature != NULL) {
        apr_table_setn(r->headers_in, rule->signature, signature);
    }
}

static void set_all(request_rec *r, const sst_dir_conf_t *conf,
                    const session_rec *record)
{
    const apr_array_header_t *rules = conf->forward->rules;
    int i;

    for (i = 0; i < rules->nelts; i++) {
        const sst_forward_t *rule = &APR_ARRAY_IDX(rules, i, sst_forward_t);
        const char *value = rule->patterns == NULL ? NULL
            : find(record, rule, sst_site_hide(conf), r->pool);

        if (value != NULL) {
            set(r, rule, value);
        }
    }
}

int sst_forward_handler(request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    const session_rec *record;

    (void) sst_forward_strip(r);
    if (conf->forward == NULL || conf->store == NULL) {
        return DECLINED;
    }
    record = sst_hook_record(r);
    if (record != NULL) {
        set_all(r, conf, record);
    }
    return DECLINED;
}
