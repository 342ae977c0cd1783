/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Stores and keys that the command line names. */

#include "support/sources.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/entries.h"

#define DEFAULT_COOKIE "session"

static apr_array_header_t *list_of(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 1, sizeof(char *));

    APR_ARRAY_PUSH(list, const char *) = text;
    return list;
}

/* The words of --store. */
static apr_array_header_t *words_of(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(char *));
    char **argv;
    int i;

    if (apr_tokenize_to_argv(text, &argv, pool) == APR_SUCCESS) {
        for (i = 0; argv[i] != NULL; i++) {
            APR_ARRAY_PUSH(words, const char *) = argv[i];
        }
    }
    return words;
}

static const char *given(const char *value, const char *fallback)
{
    return value != NULL ? value : fallback;
}

const char *sst_source_server(const char *name, apr_pool_t *pool)
{
    const char *scheme = strstr(name, "://");
    char *text = apr_pstrdup(pool, scheme != NULL ? scheme + 3 : name);
    char *colon = strrchr(text, ':');
    char *next;

    /* No port: the end of an IPv6 address. */
    if (colon != NULL && strchr(colon, ']') == NULL) {
        *colon = '\0';
    }
    for (next = text; *next != '\0'; next++) {
        *next = (char) apr_tolower(*next);
    }
    return text;
}

/* Besides the one that is named, `auto`: a place with a form login may share
 * the sessions.
 */
static apr_array_header_t *user_keys_of(const sst_args_t *args,
                                        apr_pool_t *pool)
{
    apr_array_header_t *keys = list_of(SST_USER_KEY_AUTO, pool);

    if (args->user_key != NULL) {
        APR_ARRAY_PUSH(keys, const char *) = args->user_key;
    }
    return keys;
}

static sst_exit_t from_options(apr_array_header_t **out, const sst_cli_t *cli)
{
    const sst_args_t *args = cli->args;
    apr_array_header_t *words = words_of(args->store, cli->pool);
    sst_source_t *source;

    *out = apr_array_make(cli->pool, 1, sizeof(sst_source_t));
    if (words->nelts == 0) {
        return sst_cli_misused(cli, "--store names no store");
    }
    if (args->keys == NULL) {
        return sst_cli_misused(cli, "--store needs --keys file:PATH");
    }
    source = apr_array_push(*out);
    source->audit = NULL;
    source->uid = 0;
    source->gid = 0;
    source->server = sst_source_server(given(args->server, ""), cli->pool);
    source->keys = args->keys;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): it holds pointers */
    source->stores = apr_array_make(cli->pool, 1, sizeof(words));
    APR_ARRAY_PUSH(source->stores, apr_array_header_t *) = words;
    source->cookies = list_of(given(args->cookie, DEFAULT_COOKIE), cli->pool);
    source->user_keys = user_keys_of(args, cli->pool);
    return SST_EXIT_DONE;
}

sst_exit_t sst_sources_read(apr_array_header_t **out, const sst_cli_t *cli)
{
    const sst_args_t *args = cli->args;
    int httpd = args->conf != NULL || args->root != NULL
                || args->defines != NULL || args->httpd != NULL;

    *out = NULL;
    if (args->store != NULL && httpd) {
        return sst_cli_misused(cli, "--store stands in place of httpd's "
                               "configuration: leave out -f, -d, -D and -x");
    }
    if (args->store != NULL) {
        return from_options(out, cli);
    }
    if (args->keys != NULL || args->user_key != NULL) {
        return sst_cli_misused(cli, "%s goes with --store",
                               args->keys != NULL ? "--keys" : "--user-key");
    }
    return sst_sources_from_httpd(out, cli);
}
