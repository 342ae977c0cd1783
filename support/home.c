/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which stores are one. */

#include "support/home.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/migrate.h"

/* How a store is used, and by which name its tenants go. */
static const char *const manners[] = {
    "tenant=", "timeout=", "connect-timeout=", "pool=", "pool-idle=", "purge=",
    "read=", "on-error=", "settle="
};

/* What says, besides the URL, where sessions are; and what it is when it is not
 * said.
 */
static const struct { const char *name, *otherwise; } places[] = {
    { "prefix=", "sst:" }, { "db=", "0" }, { "region=", "" },
    { "endpoint=", "" }
};

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const char *word(const apr_array_header_t *words, int i)
{
    return APR_ARRAY_IDX(words, i, const char *);
}

static int begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static int is_manner(const char *text)
{
    int i;

    for (i = 0; i < COUNT_OF(manners); i++) {
        if (begins(text, manners[i])) {
            return 1;
        }
    }
    return 0;
}

const char *sst_home_of(const apr_array_header_t *words, apr_pool_t *pool)
{
    apr_array_header_t *kept = apr_array_make(pool, words->nelts,
                                              sizeof(char *));
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (!is_manner(word(words, i))) {
            APR_ARRAY_PUSH(kept, const char *) = word(words, i);
        }
    }
    return apr_array_pstrcat(pool, kept, '\037');
}

/* The URL without who asks for it, and without slashes at its end. */
static const char *site_of(const char *url, apr_pool_t *pool)
{
    const char *at = strrchr(url, '@');
    apr_size_t len;

    if (at != NULL) {
        url = apr_pstrcat(pool, apr_pstrmemdup(pool, url, strcspn(url, "/")),
                          "//", at + 1, NULL);
    }
    len = strlen(url);
    while (len > 0 && url[len - 1] == '/') {
        len--;
    }
    return apr_pstrmemdup(pool, url, len);
}

static const char *option_of(const apr_array_header_t *words,
                             const char *name, const char *otherwise)
{
    int i;

    for (i = 1; i < words->nelts; i++) {
        if (begins(word(words, i), name)) {
            return word(words, i) + strlen(name);
        }
    }
    return otherwise;
}

/* Where the sessions of one store are, as a text. */
static const char *place_of(const apr_array_header_t *words, apr_pool_t *pool)
{
    const char *text = site_of(word(words, 0), pool);
    int i;

    for (i = 0; i < COUNT_OF(places); i++) {
        text = apr_pstrcat(pool, text, "\037",
                           option_of(words, places[i].name,
                                     places[i].otherwise), NULL);
    }
    return text;
}

/* The places of a store, or of the two between which sessions move. */
static apr_array_header_t *places_of(const apr_array_header_t *words,
                                     apr_pool_t *pool)
{
    apr_array_header_t *out = apr_array_make(pool, 2, sizeof(char *));
    apr_array_header_t *store = apr_array_make(pool, words->nelts,
                                               sizeof(char *));
    int i;

    for (i = 0; i <= words->nelts; i++) {
        if (i < words->nelts && strcmp(word(words, i), SST_MIGRATE_WORD) != 0) {
            APR_ARRAY_PUSH(store, const char *) = word(words, i);
        }
        else if (store->nelts > 0) {
            APR_ARRAY_PUSH(out, const char *) = place_of(store, pool);
            apr_array_clear(store);
        }
    }
    return out;
}

int sst_home_shared(const apr_array_header_t *a, const apr_array_header_t *b,
                    apr_pool_t *pool)
{
    const apr_array_header_t *ours = places_of(a, pool);
    const apr_array_header_t *theirs = places_of(b, pool);
    int i;
    int k;

    for (i = 0; i < ours->nelts; i++) {
        for (k = 0; k < theirs->nelts; k++) {
            if (strcmp(word(ours, i), word(theirs, k)) == 0) {
                return 1;
            }
        }
    }
    return 0;
}
