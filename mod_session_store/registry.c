/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The stores and key rings of a configuration, and the servers' names. */

#include "mod_session_store/registry.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_config.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/ring.h"

#define REGISTRY_KEY "mod_session_store:registry"
#define DEFAULT_KEYS "session_store.keys"

typedef struct registry_t {
    apr_array_header_t *stores;     /* sst_store_t * */
    apr_hash_t *by_text;            /* URL and options -> sst_store_t * */
    apr_array_header_t *uses;       /* sst_use_t */
    apr_hash_t *keys;               /* name -> sst_keys_t * */
} registry_t;

static registry_t *get_registry(apr_pool_t *pconf)
{
    void *data = NULL;
    registry_t *registry;

    (void) apr_pool_userdata_get(&data, REGISTRY_KEY, pconf);
    if (data != NULL) {
        return data;
    }
    registry = apr_palloc(pconf, sizeof(*registry));
    registry->stores = apr_array_make(pconf, 2, sizeof(sst_store_t *));
    registry->by_text = apr_hash_make(pconf);
    registry->uses = apr_array_make(pconf, 4, sizeof(sst_use_t));
    registry->keys = apr_hash_make(pconf);
    (void) apr_pool_userdata_setn(registry, REGISTRY_KEY, NULL, pconf);
    return registry;
}

/* --- Stores --- */

static const char *joined(int argc, char *const argv[], apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, argc, sizeof(char *));
    int i;

    for (i = 0; i < argc; i++) {
        APR_ARRAY_PUSH(words, const char *) = argv[i];
    }
    /* A unit separator does not stand in a configuration's words. */
    return apr_array_pstrcat(pool, words, '\037');
}

sst_status_t sst_registry_store(sst_store_t **out, int argc,
                                char *const argv[], sst_error_t *err,
                                apr_pool_t *pconf)
{
    registry_t *registry = get_registry(pconf);
    const char *text = joined(argc, argv, pconf);
    sst_status_t status;

    *out = apr_hash_get(registry->by_text, text, APR_HASH_KEY_STRING);
    if (*out != NULL) {
        return SST_OK;
    }
    status = sst_store_open(out, argv[0], argc - 1,
                            (const char *const *) argv + 1, err, pconf);
    if (status == SST_OK) {
        apr_hash_set(registry->by_text, text, APR_HASH_KEY_STRING, *out);
        APR_ARRAY_PUSH(registry->stores, sst_store_t *) = *out;
    }
    return status;
}

const char *sst_registry_text(const sst_store_t *store, apr_pool_t *pconf)
{
    apr_hash_index_t *each;

    for (each = apr_hash_first(pconf, get_registry(pconf)->by_text);
         each != NULL; each = apr_hash_next(each)) {
        if (apr_hash_this_val(each) == store) {
            return apr_hash_this_key(each);
        }
    }
    return NULL;
}

const apr_array_header_t *sst_registry_stores(apr_pool_t *pconf)
{
    return get_registry(pconf)->stores;
}

void sst_registry_note(cmd_parms *cmd, const struct sst_dir_conf_t *conf,
                       sst_use_kind_t kind, int argc,
                       const char *const argv[])
{
    sst_use_t *use;

    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS) != NULL) {
        return;
    }
    use = apr_array_push(get_registry(cmd->pool)->uses);
    use->kind = kind;
    use->server = cmd->server;
    use->conf = conf;
    use->argc = argc;
    use->argv = apr_pmemdup(cmd->pool, argv,
                            (apr_size_t) argc * sizeof(argv[0]));
}

const apr_array_header_t *sst_registry_uses(apr_pool_t *pconf)
{
    return get_registry(pconf)->uses;
}

/* --- Servers --- */

static const ap_directive_t *find_directive(const ap_directive_t *directive,
                                            const char *name)
{
    while (directive != NULL
           && ap_cstr_casecmp(directive->directive, name) != 0) {
        directive = directive->next;
    }
    return directive;
}

/* The directives of a server: those of its <VirtualHost>, or of the top. */
static const ap_directive_t *directives_of(const server_rec *server)
{
    const ap_directive_t *section = ap_conftree;

    if (!server->is_virtual) {
        return ap_conftree;
    }
    section = find_directive(section, "<VirtualHost");
    while (section != NULL
           && ((unsigned) section->line_num != server->defn_line_number
               || strcmp(section->filename, server->defn_name) != 0)) {
        section = find_directive(section->next, "<VirtualHost");
    }
    return section ? section->first_child : NULL;
}

/* The server's name when its configuration has one: where it has none, httpd
 * has put a guess in its place, which differs from node to node.
 */
static const char *configured_name(const server_rec *server, apr_pool_t *pool)
{
    char *name;

    if (find_directive(directives_of(server), "ServerName") == NULL) {
        return "";
    }
    name = apr_pstrdup(pool, server->server_hostname);
    ap_str_tolower(name);
    return name;
}

/* The server's own configuration: httpd lets a virtual host in which none of
 * our directives stands share the main server's.
 */
static sst_server_conf_t *own_conf(server_rec *server,
                                   const server_rec *main_server,
                                   apr_pool_t *pool)
{
    sst_server_conf_t *conf = ap_get_module_config(server->module_config,
                                                   &session_store_module);

    if (server != main_server
        && conf == ap_get_module_config(main_server->module_config,
                                        &session_store_module)) {
        conf = apr_pmemdup(pool, conf, sizeof(*conf));
        ap_set_module_config(server->module_config, &session_store_module,
                             conf);
    }
    return conf;
}

static int load_keys(registry_t *registry, sst_server_conf_t *conf,
                     const server_rec *server, apr_pool_t *pconf)
{
    sst_keys_source_t *source = &conf->key_source;
    const char *name;

    if (source->path == NULL && source->argv == NULL) {
        source->path = ap_server_root_relative(pconf, DEFAULT_KEYS);
    }
    name = sst_ring_name(source, pconf);
    conf->keys = apr_hash_get(registry->keys, name, APR_HASH_KEY_STRING);
    if (conf->keys == NULL) {
        if (sst_ring_read(&conf->keys, source, server, pconf) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        apr_hash_set(registry->keys, name, APR_HASH_KEY_STRING, conf->keys);
    }
    return OK;
}

int sst_registry_servers(apr_pool_t *pconf, server_rec *main_server)
{
    registry_t *registry = get_registry(pconf);
    server_rec *server;

    if (registry->stores->nelts == 0) {
        return OK;
    }
    for (server = main_server; server; server = server->next) {
        sst_server_conf_t *conf = own_conf(server, main_server, pconf);

        conf->name = configured_name(server, pconf);
        if (load_keys(registry, conf, server, pconf) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}
