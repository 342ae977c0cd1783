/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The configuration as lines of JSON. */

#include "config.h"

#include "mod_session_store/dump.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_core.h>
#include <jansson.h>
#include <unixd.h>

#include "lib/entries.h"
#include "lib/migrate.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/ring.h"
#include "mod_session_store/site.h"

/* One dump. */
typedef struct dump_t {
    const apr_array_header_t *uses;     /* sst_use_t */
    const server_rec *main_server;
    int passwords;
    apr_pool_t *pool;
} dump_t;

/* A text of a configuration need not be UTF-8, which JSON has to be. Another
 * text in its place would name another tenant or store; null names none, and
 * the tool refuses it.
 */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_null();
}

static void append_once(json_t *list, json_t *value)
{
    size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), value)) {
            json_decref(value);
            return;
        }
    }
    (void) json_array_append_new(list, value);
}

/* 1 when a directive counts for a server: its own, or the main server's,
 * which every other one inherits.
 */
static int applies(const dump_t *dump, const sst_use_t *use,
                   const server_rec *server)
{
    return use->server == server || use->server == dump->main_server;
}

static json_t *word_json(const dump_t *dump, const char *word)
{
    return text_json(dump->passwords ? word
                                     : sst_store_shown(word, dump->pool));
}

/* The URL of another store may stand in an option. */
static void append_words(json_t *list, const dump_t *dump,
                         const sst_use_t *use, int first)
{
    int i;

    for (i = first; i < use->argc; i++) {
        (void) json_array_append_new(list, word_json(dump, use->argv[i]));
    }
}

/* A store; with `migration` (NULL: none), behind its options what stands in
 * SessionStoreMigrateFrom.
 */
static json_t *store_json(const dump_t *dump, const sst_use_t *use,
                          const sst_use_t *migration)
{
    json_t *options = json_array();

    append_words(options, dump, use, 1);
    if (migration != NULL) {
        (void) json_array_append_new(options, json_string(SST_MIGRATE_WORD));
        append_words(options, dump, migration, 0);
    }
    return json_pack("{s:o, s:o}", "url", word_json(dump, use->argv[0]),
                     "options", options);
}

/* A store by itself, or with each migration that a server has: which of them
 * count for it is known only where a request goes.
 */
static void append_store(json_t *list, const dump_t *dump,
                         const sst_use_t *store, const server_rec *server)
{
    int alone = 1;
    int i;

    for (i = 0; i < dump->uses->nelts; i++) {
        const sst_use_t *old = &APR_ARRAY_IDX(dump->uses, i, sst_use_t);

        if (old->kind == SST_USE_MIGRATE_FROM && applies(dump, old, server)
            && ap_cstr_casecmp(old->argv[0], "none") != 0
            && strcmp(old->argv[0], store->argv[0]) != 0) {
            append_once(list, store_json(dump, store, old));
            alone = 0;
        }
    }
    if (alone) {
        append_once(list, store_json(dump, store, NULL));
    }
}

/* What the directives of one kind say for a server, each once. */
static json_t *list_json(const dump_t *dump, sst_use_kind_t kind,
                         const server_rec *server, const char *fallback)
{
    json_t *list = json_array();
    int i;

    if (fallback != NULL) {
        append_once(list, json_string(fallback));
    }
    for (i = 0; i < dump->uses->nelts; i++) {
        const sst_use_t *use = &APR_ARRAY_IDX(dump->uses, i, sst_use_t);

        if (use->kind != kind || !applies(dump, use, server)) {
            continue;
        }
        if (kind == SST_USE_STORE) {
            append_store(list, dump, use, server);
        }
        else {
            append_once(list, text_json(use->argv[0]));
        }
    }
    return list;
}

/* What names users. `auto` is always there, so that the tool never sets what
 * mod_auth_form decides by.
 */
static json_t *user_keys_json(const sst_server_conf_t *conf)
{
    json_t *list = json_array();
    int i;

    append_once(list, json_string(SST_USER_KEY_AUTO));
    for (i = 0; i < conf->user_keys->nelts; i++) {
        append_once(list, text_json(APR_ARRAY_IDX(conf->user_keys, i,
                                                  const char *)));
    }
    return list;
}

static void dump_server(const dump_t *dump, const server_rec *server,
                        apr_file_t *out)
{
    const sst_server_conf_t *conf = sst_conf_server(server);
    const char *keys;
    json_t *stores = list_json(dump, SST_USE_STORE, server, NULL);
    json_t *line;
    char *text;

    if (json_array_size(stores) == 0) {
        json_decref(stores);
        return;
    }
    keys = sst_ring_name(&conf->key_source, dump->pool);
    line = json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:I}",
                     "server", text_json(conf->name),
                     "keys", text_json(keys), "stores", stores,
                     "cookies", list_json(dump, SST_USE_COOKIE, server,
                                          SST_SITE_COOKIE),
                     "user_keys", user_keys_json(conf),
                     "uid", (json_int_t) ap_unixd_config.user_id,
                     "gid", (json_int_t) ap_unixd_config.group_id);
    if (conf->audit != NULL) {
        json_object_set_new(line, "audit", text_json(conf->audit));
    }
    text = json_dumps(line, JSON_COMPACT);
    if (text != NULL) {
        apr_file_printf(out, "%s\n", text);
    }
    free(text);
    json_decref(line);
}

void sst_dump_test_config(apr_pool_t *pconf, server_rec *main_server)
{
    const server_rec *server;
    apr_file_t *out;
    dump_t dump;

    if (!ap_exists_config_define(SST_DUMP_DEFINE)
        || apr_file_open_stdout(&out, pconf) != APR_SUCCESS) {
        return;
    }
    dump.uses = sst_registry_uses(pconf);
    dump.main_server = main_server;
    dump.passwords = ap_exists_config_define(SST_DUMP_PASSWORDS)
                     && !isatty(STDOUT_FILENO);
    dump.pool = pconf;
    for (server = main_server; server != NULL; server = server->next) {
        dump_server(&dump, server, out);
    }
}
