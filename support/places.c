/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* From what is configured to stores that can be worked on. */

#include "support/places.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/entries.h"
#include "lib/keys.h"
#include "lib/migrate.h"
#include "support/home.h"
#include "support/sources.h"

/* What is collected while the sources are read. */
typedef struct opening_t {
    const sst_cli_t *cli;
    apr_array_header_t *places;     /* sst_place_t */
    apr_hash_t *numbers;            /* home -> int *: the place's number */
    apr_hash_t *rings;              /* keys -> sst_keyring_t * */
} opening_t;

/* --- Keys --- */

/* What --keys says: "file:PATH" or "exec:PROGRAM ARGUMENT ...". Answers 0 when
 * it is neither.
 */
static int read_source(sst_keys_source_t *out, const char *keys,
                       apr_pool_t *pool)
{
    char **words = NULL;

    memset(out, 0, sizeof(*out));
    if (strncmp(keys, "file:", 5) == 0) {
        out->path = keys + 5;
    }
    else if (strncmp(keys, "exec:", 5) == 0
             && apr_tokenize_to_argv(keys + 5, &words, pool) == APR_SUCCESS
             && words[0] != NULL) {
        out->argv = (const char *const *) words;
    }
    return out->path != NULL || out->argv != NULL;
}

static sst_exit_t load_ring(sst_keyring_t **out, opening_t *opening,
                            const char *keys)
{
    sst_keys_source_t source;
    sst_keys_stamp_t stamp;
    sst_error_t err;

    *out = apr_hash_get(opening->rings, keys, APR_HASH_KEY_STRING);
    if (*out != NULL) {
        return SST_EXIT_DONE;
    }
    if (!read_source(&source, keys, opening->cli->pool)) {
        return sst_cli_misused(opening->cli, "\"%s\" is no key file: allowed "
                               "is file:PATH, or exec:PROGRAM", keys);
    }
    sst_error_clear(&err);
    if (sst_keys_read(out, &stamp, &source, &err,
                      opening->cli->pool) != SST_OK) {
        return sst_cli_failed(opening->cli, &err);
    }
    apr_hash_set(opening->rings, keys, APR_HASH_KEY_STRING, *out);
    return SST_EXIT_DONE;
}

static apr_status_t wipe_ring(void *data)
{
    sst_keyring_t *ring = data;

    sst_wipe(ring->keys, (apr_size_t) ring->count * sizeof(ring->keys[0]));
    return APR_SUCCESS;
}

/* The keys of both rings; servers that share a store may have keys apart. */
static const sst_keyring_t *both(const sst_keyring_t *a,
                                 const sst_keyring_t *b, apr_pool_t *pool)
{
    sst_keyring_t *ring;
    int i;

    if (a == NULL) {
        return b;
    }
    ring = apr_pcalloc(pool, sizeof(*ring));
    ring->keys = apr_palloc(pool, (apr_size_t) (a->count + b->count)
                                  * sizeof(ring->keys[0]));
    ring->count = a->count;
    memcpy(ring->keys, a->keys, (apr_size_t) a->count * sizeof(a->keys[0]));
    apr_pool_cleanup_register(pool, ring, wipe_ring, apr_pool_cleanup_null);
    for (i = 0; i < b->count; i++) {
        if (sst_keyring_find(a, b->keys[i].id) == NULL) {
            ring->keys[ring->count++] = b->keys[i];
        }
    }
    return ring;
}

/* --- Stores --- */

static sst_place_t *find_place(const opening_t *opening, const char *home)
{
    const int *number = apr_hash_get(opening->numbers, home,
                                     APR_HASH_KEY_STRING);

    return number == NULL ? NULL
           : &APR_ARRAY_IDX(opening->places, *number, sst_place_t);
}

static sst_place_t *add_place(opening_t *opening, const char *home,
                              const apr_array_header_t *words,
                              sst_store_t *store)
{
    apr_pool_t *pool = opening->cli->pool;
    sst_place_t *place = apr_array_push(opening->places);
    int *number = apr_palloc(pool, sizeof(*number));

    memset(place, 0, sizeof(*place));
    sst_error_clear(&place->broken);
    place->store = store;
    place->words = words;
    place->admins = apr_array_make(pool, 2, sizeof(sst_admin_t));
    place->audits = apr_array_make(pool, 1, sizeof(char *));
    place->rings = apr_array_make(pool, 1, sizeof(sst_place_ring_t));
    *number = opening->places->nelts - 1;
    apr_hash_set(opening->numbers, home, APR_HASH_KEY_STRING, number);
    return place;
}

static void add_ring(sst_place_t *place, const char *keys,
                     const sst_keyring_t *ring, apr_pool_t *pool)
{
    sst_place_ring_t *added;
    int i;

    for (i = 0; i < place->rings->nelts; i++) {
        if (APR_ARRAY_IDX(place->rings, i, sst_place_ring_t).ring == ring) {
            return;
        }
    }
    added = apr_array_push(place->rings);
    added->keys = keys;
    added->ring = ring;
    place->ring = both(place->ring, ring, pool);
}

/* Servers that write to the same log share it. */
static void add_audit(sst_place_t *place, const char *audit)
{
    int i;

    for (i = 0; audit != NULL && i < place->audits->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(place->audits, i, const char *),
                   audit) == 0) {
            return;
        }
    }
    if (audit != NULL) {
        APR_ARRAY_PUSH(place->audits, const char *) = audit;
    }
}

/* --- Tenants --- */

static sst_admin_t *find_admin(const sst_place_t *place, const char *tenant)
{
    int i;

    for (i = 0; i < place->admins->nelts; i++) {
        sst_admin_t *admin = &APR_ARRAY_IDX(place->admins, i, sst_admin_t);

        if (strcmp(admin->scope.tenant, tenant) == 0) {
            return admin;
        }
    }
    return NULL;
}

/* `store` is as this server describes it: with its tenant. */
static void add_admin(sst_place_t *place, const sst_store_t *store,
                      const sst_source_t *source, const char *cookie,
                      apr_pool_t *pool)
{
    const apr_array_header_t *keys = source->user_keys;
    const char *tenant = sst_scope_tenant(store, source->server, cookie, pool);
    sst_admin_t *admin = find_admin(place, tenant);
    int i;

    if (admin == NULL) {
        admin = apr_array_push(place->admins);
        memset(admin, 0, sizeof(*admin));
        admin->store = place->store;
        admin->scope.tenant = tenant;
        admin->scope.cookie = cookie;
    }
    for (i = 0; i < keys->nelts; i++) {
        admin->user_keys = sst_user_keys_with(
            admin->user_keys, APR_ARRAY_IDX(keys, i, const char *), pool);
    }
}

/* Every cookie: which of them meets this store, only a request would tell, and
 * one that is looked up in vain does no harm.
 */
static void add_admins(sst_place_t *place, const sst_store_t *store,
                       const sst_source_t *source, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < source->cookies->nelts; i++) {
        add_admin(place, store, source,
                  APR_ARRAY_IDX(source->cookies, i, const char *), pool);
    }
}

/* --- All of it --- */

/* 1 when the options do not leave this server out. */
static int is_meant(const sst_cli_t *cli, const sst_source_t *source)
{
    const char *server = cli->args->server;

    return server == NULL
           || apr_cstr_casecmp(sst_source_server(server, cli->pool),
                               source->server) == 0;
}

static sst_exit_t add_store(opening_t *opening, const sst_source_t *source,
                            const sst_keyring_t *ring,
                            const apr_array_header_t *words)
{
    apr_pool_t *pool = opening->cli->pool;
    const char *home = sst_home_of(words, pool);
    sst_place_t *place;
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    if (sst_migrate_open(&store, words->nelts,
                         (const char *const *) words->elts, &err, pool)
        != SST_OK) {
        return sst_cli_failed(opening->cli, &err);
    }
    place = find_place(opening, home);
    if (place == NULL) {
        place = add_place(opening, home, words, store);
    }
    /* What no login outlasts is waited for. */
    if (store->timeout > place->store->timeout) {
        place->store->timeout = store->timeout;
    }
    place->uid = source->uid;
    place->gid = source->gid;
    add_ring(place, source->keys, ring, pool);
    add_admins(place, store, source, pool);
    add_audit(place, source->audit);
    return SST_EXIT_DONE;
}

static sst_exit_t add_source(opening_t *opening, const sst_source_t *source)
{
    sst_keyring_t *ring;
    sst_exit_t result = load_ring(&ring, opening, source->keys);
    int i;

    for (i = 0; i < source->stores->nelts && result == SST_EXIT_DONE; i++) {
        result = add_store(opening, source, ring,
                           APR_ARRAY_IDX(source->stores, i,
                                         apr_array_header_t *));
    }
    return result;
}

/* Notes where a server that is left out has its sessions too. */
static void note_others(const opening_t *opening, const sst_source_t *source)
{
    int i;
    int k;

    for (i = 0; i < opening->places->nelts; i++) {
        sst_place_t *place = &APR_ARRAY_IDX(opening->places, i, sst_place_t);

        for (k = 0; k < source->stores->nelts; k++) {
            if (sst_home_shared(place->words,
                                APR_ARRAY_IDX(source->stores, k,
                                              apr_array_header_t *),
                                opening->cli->pool)) {
                place->others = source->server[0] != '\0'
                    ? source->server : "a server without a ServerName";
            }
        }
    }
}

/* Without a tenant, a user cannot be told from one of the same name on another
 * server; a guess would find nobody and look like success.
 */
static sst_exit_t check_tenant(const opening_t *opening)
{
    const sst_args_t *args = opening->cli->args;
    const sst_place_t *place = &APR_ARRAY_IDX(opening->places, 0, sst_place_t);

    if (args->user != NULL && args->store != NULL && args->server == NULL
        && place->store->tenant == NULL) {
        return sst_cli_misused(opening->cli, "--user needs --server NAME, "
                               "the ServerName of the site (\"\" when it has "
                               "none), or the store's tenant=");
    }
    return SST_EXIT_DONE;
}

static void start(sst_place_t *place, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < place->admins->nelts; i++) {
        APR_ARRAY_IDX(place->admins, i, sst_admin_t).ring = place->ring;
    }
    if (place->store->ops->start(place->store, &place->broken, pool)
        != SST_OK) {
        /* A failure without a word would look like none. */
        (void) sst_error_set(&place->broken, SST_UNAVAILABLE, APR_SUCCESS,
                             "the store cannot be started");
    }
}

static sst_exit_t add_sources(opening_t *opening,
                              const apr_array_header_t *sources)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    for (i = 0; result == SST_EXIT_DONE && i < sources->nelts; i++) {
        const sst_source_t *source = &APR_ARRAY_IDX(sources, i, sst_source_t);

        if (is_meant(opening->cli, source)) {
            result = add_source(opening, source);
        }
    }
    for (i = 0; result == SST_EXIT_DONE && i < sources->nelts; i++) {
        const sst_source_t *source = &APR_ARRAY_IDX(sources, i, sst_source_t);

        if (!is_meant(opening->cli, source)) {
            note_others(opening, source);
        }
    }
    return result;
}

sst_exit_t sst_places_make(apr_array_header_t **out, const sst_cli_t *cli,
                           const apr_array_header_t *sources)
{
    opening_t opening;
    sst_exit_t result;
    int i;

    opening.cli = cli;
    opening.places = apr_array_make(cli->pool, 4, sizeof(sst_place_t));
    opening.numbers = apr_hash_make(cli->pool);
    opening.rings = apr_hash_make(cli->pool);
    *out = opening.places;
    result = add_sources(&opening, sources);
    if (result == SST_EXIT_DONE && opening.places->nelts == 0) {
        result = sst_cli_fail(cli, "no server \"%s\" with a SessionStore is "
                              "configured", cli->args->server);
    }
    if (result == SST_EXIT_DONE) {
        result = check_tenant(&opening);
    }
    for (i = 0; result == SST_EXIT_DONE && i < opening.places->nelts; i++) {
        start(&APR_ARRAY_IDX(opening.places, i, sst_place_t), cli->pool);
    }
    return result;
}

sst_exit_t sst_places_open(apr_array_header_t **out, const sst_cli_t *cli)
{
    apr_array_header_t *sources;
    sst_exit_t result = sst_sources_read(&sources, cli);

    *out = NULL;
    return result == SST_EXIT_DONE ? sst_places_make(out, cli, sources)
                                   : result;
}

const sst_admin_t *sst_place_admin(const sst_place_t *place)
{
    return &APR_ARRAY_IDX(place->admins, 0, sst_admin_t);
}

sst_exit_t sst_places_visit(const sst_cli_t *cli,
                            const apr_array_header_t *places,
                            sst_place_fn_t *each, void *baton)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    for (i = 0; i < places->nelts; i++) {
        const sst_place_t *place = &APR_ARRAY_IDX(places, i, sst_place_t);

        result = sst_exit_worse(result, place->broken.status == SST_OK
                                        ? each(baton, cli, place)
                                        : sst_cli_failed(cli,
                                                         &place->broken));
    }
    return result;
}

sst_exit_t sst_places_each(const sst_cli_t *cli, sst_place_fn_t *each,
                           void *baton)
{
    apr_array_header_t *places;
    sst_exit_t result = sst_places_open(&places, cli);

    return result == SST_EXIT_DONE
        ? sst_places_visit(cli, places, each, baton) : result;
}

/* --- Users --- */

static int has_row(const apr_array_header_t *summaries, const sst_row_t *row)
{
    int i;

    for (i = 0; i < summaries->nelts; i++) {
        if (sst_row_equal(&APR_ARRAY_IDX(summaries, i, sst_summary_t).row,
                          row)) {
            return 1;
        }
    }
    return 0;
}

sst_status_t sst_place_user(apr_array_header_t **out,
                            const sst_place_t *place, const char *user,
                            sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    int i;
    int k;

    *out = apr_array_make(pool, 4, sizeof(sst_summary_t));
    for (i = 0; i < place->admins->nelts && status == SST_OK; i++) {
        apr_array_header_t *found = NULL;

        status = sst_admin_user(&found, &APR_ARRAY_IDX(place->admins, i,
                                                       sst_admin_t),
                                user, err, pool);
        for (k = 0; status == SST_OK && k < found->nelts; k++) {
            const sst_summary_t *one = &APR_ARRAY_IDX(found, k, sst_summary_t);

            if (!has_row(*out, &one->row)) {
                APR_ARRAY_PUSH(*out, sst_summary_t) = *one;
            }
        }
    }
    return status;
}

/* *found is 1 when one of the session's users has it in this tenant. */
static sst_status_t is_noted(int *found, const sst_admin_t *admin,
                             const sst_summary_t *summary, sst_error_t *err,
                             apr_pool_t *pool)
{
    const apr_array_header_t *users = summary->meta.users;
    sst_status_t status = SST_OK;
    int i;

    *found = 0;
    for (i = 0; i < users->nelts && status == SST_OK && !*found; i++) {
        apr_array_header_t *sessions = NULL;

        status = sst_admin_user(&sessions, admin,
                                APR_ARRAY_IDX(users, i, const char *), err,
                                pool);
        *found = status == SST_OK && has_row(sessions, &summary->row);
    }
    return status;
}

sst_status_t sst_place_owner(sst_admin_t *out, const sst_place_t *place,
                             const sst_summary_t *summary, sst_error_t *err,
                             apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    sst_store_t *to;
    sst_store_t *from;
    int found = 0;
    int i;

    *out = *sst_place_admin(place);
    out->scope.tenant = NULL;
    sst_migrate_parts(&to, &from, place->store);
    /* Only a session that moves is noted anew. */
    for (i = 0; from != NULL && i < place->admins->nelts && status == SST_OK
                && !found; i++) {
        const sst_admin_t *admin = &APR_ARRAY_IDX(place->admins, i,
                                                  sst_admin_t);

        status = is_noted(&found, admin, summary, err, pool);
        if (found) {
            *out = *admin;
        }
    }
    return status;
}
