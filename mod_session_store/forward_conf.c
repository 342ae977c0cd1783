/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* SessionStoreForward: its words, its secret, its inheritance. */

#include "mod_session_store/forward_conf.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>

#include "lib/transport/text_file.h"

#define SIGN "sign=file:"
#define SIGNATURE "-Signature"
#define SECRET_MIN 32
#define SECRET_MAX 4096
#define NAME_MAX_LEN 100
#define WORDS "HEADER from PATTERN ... [sign=file:PATH], or none"

/* What httpd and servers behind it work by. */
static const char *const taken[] = {
    "Authorization", "Connection", "Content-Length", "Content-Type", "Cookie",
    "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
    "Session", "TE", "Trailer", "Transfer-Encoding", "Upgrade"
};

static int folded(char c)
{
    return apr_isalnum(c) ? apr_tolower(c) : '-';
}

int sst_forward_alike(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0' && folded(*a) == folded(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

/* --- The words --- */

static int is_taken(const char *name)
{
    apr_size_t i;

    for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (sst_forward_alike(name, taken[i])) {
            return 1;
        }
    }
    return 0;
}

/* Of a header with another character CGI would make no variable. */
static const char *check_name(const char *name, apr_pool_t *pool)
{
    const char *c = name;

    while (apr_isalnum(*c) || *c == '-') {
        c++;
    }
    if (*c != '\0' || c == name || c - name > NAME_MAX_LEN) {
        return apr_psprintf(pool, "\"%s\" is not allowed; allowed: the name "
                            "of a header, of up to %d letters, digits and -",
                            name, NAME_MAX_LEN);
    }
    if (is_taken(name)) {
        return apr_psprintf(pool, "\"%s\" is not allowed, HTTP needs it; "
                            "allowed: a header of your own, such as X-User",
                            name);
    }
    return NULL;
}

static const char *read_secret(const sst_mac_t **out, const char *word,
                               apr_pool_t *pool)
{
    const char *path = ap_server_root_relative(pool, word + strlen(SIGN));
    sst_mac_t *mac;
    sst_error_t err;
    char *secret;

    sst_error_clear(&err);
    if (path == NULL || word[strlen(SIGN)] == '\0') {
        return apr_psprintf(pool, "\"%s\" is not allowed; allowed: " SIGN
                            "PATH", word);
    }
    if (sst_secret_file_read(&secret, path, SECRET_MAX, &err,
                             pool) != SST_OK) {
        return apr_psprintf(pool, "\"%s\": %s", word, err.text);
    }
    if (strlen(secret) < SECRET_MIN) {
        return apr_psprintf(pool, "\"%s\": the secret is too short; allowed: "
                            "one line of %d to %d characters, such as "
                            "`openssl rand -hex 32` prints", word, SECRET_MIN,
                            SECRET_MAX);
    }
    if (sst_mac_create(&mac, sst_span_text(secret), &err, pool) != SST_OK) {
        return apr_psprintf(pool, "\"%s\": %s", word, err.text);
    }
    *out = mac;
    return NULL;
}

/* The words behind "from". */
static const char *read_sources(sst_forward_t *rule, int argc,
                                char *const argv[], apr_pool_t *pool)
{
    apr_array_header_t *patterns = apr_array_make(pool, argc + 1,
                                                  sizeof(const char *));
    const char *problem = NULL;
    int i;

    for (i = 0; i < argc && problem == NULL; i++) {
        if (ap_cstr_casecmpn(argv[i], "sign=", 5) != 0) {
            APR_ARRAY_PUSH(patterns, const char *) = argv[i];
        }
        else if (rule->mac != NULL
                 || strncmp(argv[i], SIGN, strlen(SIGN)) != 0) {
            problem = apr_psprintf(pool, "\"%s\" is not allowed; allowed: "
                                   SIGN "PATH, once", argv[i]);
        }
        else {
            problem = read_secret(&rule->mac, argv[i], pool);
        }
    }
    if (problem == NULL && patterns->nelts == 0) {
        problem = "a pattern is missing; allowed: " WORDS;
    }
    rule->patterns = patterns;
    return problem;
}

static const char *read_rule(sst_forward_t *rule, int argc,
                             char *const argv[], apr_pool_t *pool)
{
    const char *problem;

    if (argc < 2 || ap_cstr_casecmp(argv[1], "from") != 0) {
        return apr_psprintf(pool, "\"%s\" is not allowed; allowed: " WORDS,
                            argc > 0 ? argv[argc > 1] : "");
    }
    problem = check_name(argv[0], pool);
    if (problem != NULL) {
        return problem;
    }
    rule->header = argv[0];
    rule->signature = apr_pstrcat(pool, argv[0], SIGNATURE, NULL);
    return read_sources(rule, argc - 2, argv + 2, pool);
}

/* --- Those of a place --- */

static sst_forwards_t *make(apr_pool_t *pool)
{
    sst_forwards_t *forwards = apr_pcalloc(pool, sizeof(*forwards));

    forwards->rules = apr_array_make(pool, 4, sizeof(sst_forward_t));
    return forwards;
}

static int has(const sst_forwards_t *forwards, const char *header)
{
    int i;

    for (i = 0; i < forwards->rules->nelts; i++) {
        if (sst_forward_alike(APR_ARRAY_IDX(forwards->rules, i,
                                            sst_forward_t).header, header)) {
            return 1;
        }
    }
    return 0;
}

const char *sst_forward_configure(sst_forwards_t **forwards, int argc,
                                  char *const argv[], apr_pool_t *pool)
{
    sst_forward_t rule = { NULL, NULL, NULL, NULL };
    sst_forwards_t *to = *forwards ? *forwards : make(pool);
    const char *problem;

    if (argc == 1 && ap_cstr_casecmp(argv[0], "none") == 0) {
        if (to->rules->nelts > 0) {
            return "\"none\" is not allowed behind other SessionStoreForward "
                   "lines of the same section; allowed: in front of them";
        }
        to->cleared = 1;
        *forwards = to;
        return NULL;
    }
    problem = read_rule(&rule, argc, argv, pool);
    if (problem == NULL && has(to, rule.header)) {
        problem = apr_psprintf(pool, "\"%s\" stands in this section already; "
                               "allowed: one line for a header, with several "
                               "patterns", rule.header);
    }
    if (problem == NULL) {
        APR_ARRAY_PUSH(to->rules, sst_forward_t) = rule;
        *forwards = to;
    }
    return problem;
}

sst_forwards_t *sst_forward_merge(const sst_forwards_t *outer,
                                  const sst_forwards_t *inner,
                                  apr_pool_t *pool)
{
    sst_forwards_t *merged = make(pool);
    int i;

    merged->cleared = outer->cleared || inner->cleared;
    for (i = 0; i < outer->rules->nelts; i++) {
        sst_forward_t rule = APR_ARRAY_IDX(outer->rules, i, sst_forward_t);

        if (inner->cleared) {
            rule.patterns = NULL;
        }
        if (!has(inner, rule.header)) {
            APR_ARRAY_PUSH(merged->rules, sst_forward_t) = rule;
        }
    }
    apr_array_cat(merged->rules, inner->rules);
    return merged;
}
