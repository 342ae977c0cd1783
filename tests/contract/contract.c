/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Runs the contract over stores. Each is named as in the configuration, by
 * its URL and options in one argument:
 *
 *   contract 'redis://127.0.0.1:6379/0 timeout=5s' 'dir:/tmp/sessions'
 *
 * or, without arguments, by the lines of SST_CONTRACT_URLS. Two stores between
 * which records move are named as moving.h says, one with a cache in front as
 * cached.h does. Without arguments and lines, the stores that need nothing are
 * taken: memory, directories of its own, with a cache and without, moving from
 * one to the other, and cookie:, of which one session's jar is looked at.
 */

#include "tests/contract/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "tests/contract/cached.h"
#include "tests/contract/moving.h"
#include "tests/unit/memory_store.h"
#include "tests/unit/tempdir.h"

#define MEMORY_URL "memory:"

const target_t *contract_target;

/* --- Opening --- */

static sst_status_t open_words(sst_store_t **out, const char *url, int count,
                               const char *const *options, sst_error_t *err,
                               apr_pool_t *pool)
{
    if (strcmp(url, MEMORY_URL) == 0) {
        return sst_store_open_with(out, &sst_backend_memory, url, count,
                                   options, err, pool);
    }
    return sst_store_open(out, url, count, options, err, pool);
}

static sst_status_t open_part(sst_store_t **out, const char *url,
                              sst_error_t *err, apr_pool_t *pool)
{
    return open_words(out, url, 0, NULL, err, pool);
}

static sst_status_t open_target(sst_store_t **out, sst_error_t *err,
                                apr_pool_t *pool)
{
    const target_t *target = contract_target;

    if (strcmp(target->url, MOVING_URL) == 0) {
        return moving_open(out, target, open_part, err, pool);
    }
    if (strcmp(target->url, CACHED_URL) == 0) {
        return cached_open(out, target, open_words, err, pool);
    }
    return open_words(out, target->url, target->option_count,
                      target->options, err, pool);
}

sst_store_t *contract_open(apr_pool_t *pool)
{
    sst_store_t *store = NULL;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = open_target(&store, &err, pool);
    if (status == SST_OK) {
        status = store->ops->prepare(store, geteuid(), getegid(), &err, pool);
    }
    if (status == SST_OK) {
        status = store->ops->start(store, &err, pool);
    }
    if (status != SST_OK) {
        fprintf(stderr, "%s: %s\n", contract_target->url, err.text);
        return NULL;
    }
    return store->ops->bind(store, pool);
}

int contract_setup(void **state)
{
    apr_pool_t *pool = NULL;
    fixture_t *fixture;

    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return -1;
    }
    fixture = apr_pcalloc(pool, sizeof(*fixture));
    fixture->pool = pool;
    fixture->store = contract_open(pool);
    *state = fixture;
    return fixture->store != NULL ? 0 : -1;
}

/* --- Running --- */

void contract_add_all(apr_array_header_t *tests,
                      const struct CMUnitTest *some, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(tests, struct CMUnitTest) = some[i];
    }
}

/* The failures of one target. */
static int run_target(const target_t *target, apr_pool_t *pool)
{
    apr_array_header_t *tests = apr_array_make(pool, 64,
                                               sizeof(struct CMUnitTest));
    const sst_store_t *store;

    contract_target = target;
    store = contract_open(pool);
    if (store == NULL) {
        return 1;
    }
    contract_add_records(tests);
    /* What browsers carry, one session has and nobody else. */
    if (!store->ops->carried) {
        contract_add_index(tests);
        contract_add_walks(tests, store);
        contract_add_concurrency(tests);
    }
    return _cmocka_run_group_tests(store->name,
                                   (const struct CMUnitTest *) tests->elts,
                                   (size_t) tests->nelts, NULL, NULL);
}

static const target_t *read_target(const char *text, apr_pool_t *pool)
{
    target_t *target = apr_pcalloc(pool, sizeof(*target));
    char **words;

    if (apr_tokenize_to_argv(text, &words, pool) != APR_SUCCESS
        || words[0] == NULL) {
        return NULL;
    }
    target->url = words[0];
    target->options = (const char *const *) words + 1;
    while (target->options[target->option_count] != NULL) {
        target->option_count++;
    }
    target->private = strstr(text, MEMORY_URL) != NULL;
    return target;
}

static int run_texts(int count, char **texts, apr_pool_t *pool)
{
    int failures = 0;
    int i;

    for (i = 0; i < count; i++) {
        const target_t *target = read_target(texts[i], pool);

        failures += target != NULL ? run_target(target, pool) : 1;
    }
    return failures;
}

static int run_lines(const char *lines, apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, lines);
    char *last = NULL;
    char *line;
    int failures = 0;

    for (line = apr_strtok(rest, "\n", &last); line != NULL;
         line = apr_strtok(NULL, "\n", &last)) {
        failures += run_texts(1, &line, pool);
    }
    return failures;
}

static char *moving(const char *mode, const char *path, apr_pool_t *pool)
{
    return apr_psprintf(pool, MOVING_URL " %s dir:%s/new dir:%s/old", mode,
                        path, path);
}

static int run_defaults(apr_pool_t *pool)
{
    const char *path = unit_temporary_folder(pool);
    char *texts[8];

    if (path == NULL) {
        return 1;
    }
    texts[0] = apr_pstrdup(pool, MEMORY_URL);
    texts[1] = apr_pstrcat(pool, "dir:", path, "/only", NULL);
    texts[2] = apr_pstrdup(pool, "cookie:");
    texts[3] = moving("settling", path, pool);
    texts[4] = moving("settled", path, pool);
    texts[5] = moving("moving", path, pool);
    texts[6] = apr_pstrcat(pool, CACHED_URL " dir:", path, "/cached", NULL);
    texts[7] = apr_pstrdup(pool, CACHED_URL " " MEMORY_URL);
    return run_texts(8, texts, pool);
}

int main(int argc, char **argv)
{
    const char *lines = getenv("SST_CONTRACT_URLS");
    apr_pool_t *pool = NULL;
    int failures;

    if (apr_initialize() != APR_SUCCESS
        || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return EXIT_FAILURE;
    }
    if (argc > 1) {
        failures = run_texts(argc - 1, argv + 1, pool);
    }
    else if (lines != NULL && lines[0] != '\0') {
        failures = run_lines(lines, pool);
    }
    else {
        failures = run_defaults(pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
