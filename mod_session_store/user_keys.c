/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Which entries name users, for each server. */

#include "mod_session_store/user_keys.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/entries.h"
#include "mod_session_store/module.h"
#include "mod_session_store/registry.h"

/* Servers meet where a session of one may be a session of the other: by their
 * name, or by a tenant that both have a store for.
 */
typedef struct gathering_t {
    const apr_array_header_t *uses;     /* sst_use_t */
    const server_rec *main_server;
    apr_hash_t *keys;                   /* where they meet -> its keys */
    apr_pool_t *pool;
} gathering_t;

static const sst_use_t *nth(const gathering_t *gathering, int i)
{
    return &APR_ARRAY_IDX(gathering->uses, i, sst_use_t);
}

/* 1 for a directive of this kind that counts for the server: its own, or one
 * that it inherits.
 */
static int applies(const gathering_t *gathering, const sst_use_t *use,
                   sst_use_kind_t kind, const server_rec *server)
{
    return use->kind == kind
        && (use->server == server || use->server == gathering->main_server);
}

/* Where the server meets others (const char *). */
static apr_array_header_t *meetings_of(const gathering_t *gathering,
                                       const server_rec *server)
{
    apr_pool_t *pool = gathering->pool;
    apr_array_header_t *meetings = apr_array_make(pool, 2,
                                                  sizeof(const char *));
    int i;

    APR_ARRAY_PUSH(meetings, const char *)
        = apr_pstrcat(pool, "server=", sst_conf_server(server)->name, NULL);
    for (i = 0; i < gathering->uses->nelts; i++) {
        const sst_use_t *use = nth(gathering, i);

        if (applies(gathering, use, SST_USE_STORE, server)
            && use->conf->store->tenant != NULL) {
            APR_ARRAY_PUSH(meetings, const char *)
                = apr_pstrcat(pool, "tenant=", use->conf->store->tenant, NULL);
        }
    }
    return meetings;
}

/* 1 for the key of the main server as a whole, which a server may have another
 * one in place of; `base` is what it has.
 */
static int is_replaced(const gathering_t *gathering, const sst_use_t *use,
                       const server_rec *server)
{
    return use->server != server
        && use->conf == sst_conf_base(gathering->main_server);
}

/* The keys that stand in the server's own configuration, and what it inherits.
 */
static const apr_array_header_t *own_keys(const gathering_t *gathering,
                                          const server_rec *server)
{
    const char *base = sst_conf_base(server)->user_key;
    const apr_array_header_t *keys = sst_user_keys_with(
        NULL, base ? base : SST_USER_KEY_AUTO, gathering->pool);
    int i;

    for (i = 0; i < gathering->uses->nelts; i++) {
        const sst_use_t *use = nth(gathering, i);

        if (applies(gathering, use, SST_USE_USER_KEY, server)
            && !is_replaced(gathering, use, server)) {
            keys = sst_user_keys_with(keys, use->argv[0], gathering->pool);
        }
    }
    return keys;
}

static const apr_array_header_t *join(const apr_array_header_t *a,
                                      const apr_array_header_t *b,
                                      apr_pool_t *pool)
{
    int i;

    for (i = 0; i < b->nelts; i++) {
        a = sst_user_keys_with(a, APR_ARRAY_IDX(b, i, const char *), pool);
    }
    return a;
}

static void bring_keys(const gathering_t *gathering, const server_rec *server)
{
    const apr_array_header_t *meetings = meetings_of(gathering, server);
    const apr_array_header_t *own = own_keys(gathering, server);
    int i;

    for (i = 0; i < meetings->nelts; i++) {
        const char *where = APR_ARRAY_IDX(meetings, i, const char *);
        const apr_array_header_t *there
            = apr_hash_get(gathering->keys, where, APR_HASH_KEY_STRING);

        apr_hash_set(gathering->keys, where, APR_HASH_KEY_STRING,
                     join(there, own, gathering->pool));
    }
}

static const apr_array_header_t *take_keys(const gathering_t *gathering,
                                           const server_rec *server)
{
    const apr_array_header_t *meetings = meetings_of(gathering, server);
    const apr_array_header_t *keys = NULL;
    int i;

    for (i = 0; i < meetings->nelts; i++) {
        keys = join(keys, apr_hash_get(gathering->keys,
                                       APR_ARRAY_IDX(meetings, i,
                                                     const char *),
                                       APR_HASH_KEY_STRING), gathering->pool);
    }
    return keys;
}

void sst_user_keys_collect(apr_pool_t *pconf, server_rec *main_server)
{
    gathering_t gathering = { sst_registry_uses(pconf), main_server,
                              apr_hash_make(pconf), pconf };
    server_rec *server;

    if (sst_registry_stores(pconf)->nelts == 0) {
        return;
    }
    for (server = main_server; server != NULL; server = server->next) {
        bring_keys(&gathering, server);
    }
    for (server = main_server; server != NULL; server = server->next) {
        sst_server_conf_t *conf = ap_get_module_config(server->module_config,
                                                       &session_store_module);

        conf->user_keys = take_keys(&gathering, server);
    }
}

const apr_array_header_t *sst_user_keys_of(const sst_dir_conf_t *conf,
                                           const sst_server_conf_t *server,
                                           apr_pool_t *pool)
{
    return conf->user_key == NULL ? server->user_keys
        : sst_user_keys_with(server->user_keys, conf->user_key, pool);
}
