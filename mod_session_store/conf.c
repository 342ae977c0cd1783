/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The directives, their inheritance and their defaults. */

#include "config.h"

#include "mod_session_store/conf.h"

#include <stddef.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <mod_session.h>

#include "mod_session_store/cookie.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"

#define DEFAULT_KEYS "session_store.keys"
#define DEFAULT_IDLE_S (20 * 60)
#define DEFAULT_ABSOLUTE_S (24 * 60 * 60)
#define DEFAULT_MAX_SIZE 262144
#define DEFAULT_USER_KEY "auto"

/* Times that a directive takes: an unlikely large one is a slip of the pen. */
#define TIMEOUT_MAX_S (10LL * 365 * 24 * 60 * 60)

/* --- Fields and their inheritance --- */

typedef enum {
    FIELD_POINTER,
    FIELD_NUMBER
} field_kind_t;

typedef struct field_t {
    apr_size_t offset;
    field_kind_t kind;
} field_t;

/* Every field of sst_dir_conf_t: what is not here is not inherited. */
static const field_t dir_fields[] = {
    { offsetof(sst_dir_conf_t, store), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, cookie), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, idle_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, absolute_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, touch_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, on_error), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, user_key), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, hide), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, max_size), FIELD_NUMBER }
};

#define DIR_FIELDS (sizeof(dir_fields) / sizeof(dir_fields[0]))

static void **pointer_field(void *conf, const field_t *field)
{
    return (void **) ((char *) conf + field->offset);
}

static apr_int64_t *number_field(void *conf, const field_t *field)
{
    return (apr_int64_t *) ((char *) conf + field->offset);
}

void *sst_conf_dir_create(apr_pool_t *pool, char *dir)
{
    sst_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));
    apr_size_t i;

    for (i = 0; i < DIR_FIELDS; i++) {
        if (dir_fields[i].kind == FIELD_NUMBER) {
            *number_field(conf, &dir_fields[i]) = SST_UNSET;
        }
    }
    return conf;
}

static void inherit(void *conf, void *base, const field_t *field)
{
    if (field->kind == FIELD_NUMBER) {
        if (*number_field(conf, field) == SST_UNSET) {
            *number_field(conf, field) = *number_field(base, field);
        }
    }
    else if (*pointer_field(conf, field) == NULL) {
        *pointer_field(conf, field) = *pointer_field(base, field);
    }
}

void *sst_conf_dir_merge(apr_pool_t *pool, void *base, void *add)
{
    sst_dir_conf_t *conf = apr_pmemdup(pool, add, sizeof(*conf));
    apr_size_t i;

    for (i = 0; i < DIR_FIELDS; i++) {
        inherit(conf, base, &dir_fields[i]);
    }
    return conf;
}

void *sst_conf_server_create(apr_pool_t *pool, server_rec *server)
{
    sst_server_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));

    conf->server = server;
    return conf;
}

/* httpd merges before it invents names for virtual hosts that have none: a
 * name that is there now was configured.
 */
void *sst_conf_server_merge(apr_pool_t *pool, void *base, void *add)
{
    const sst_server_conf_t *parent = base;
    sst_server_conf_t *conf = apr_pmemdup(pool, add, sizeof(*conf));

    conf->own_name = conf->server->server_hostname;
    if (conf->key_path == NULL) {
        conf->key_path = parent->key_path;
    }
    return conf;
}

/* --- What a configuration holds as a whole --- */

#define REGISTRY_KEY "mod_session_store:registry"

/* Opened stores and key rings, so that each is opened once however often it is
 * named. Lives in the configuration's pool.
 */
typedef struct registry_t {
    apr_array_header_t *stores;     /* sst_store_t * */
    apr_hash_t *by_text;            /* URL and options -> sst_store_t * */
    apr_hash_t *rings;              /* path -> sst_keyring_t * */
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
    registry->rings = apr_hash_make(pconf);
    (void) apr_pool_userdata_setn(registry, REGISTRY_KEY, NULL, pconf);
    return registry;
}

const apr_array_header_t *sst_conf_stores(apr_pool_t *pconf)
{
    return get_registry(pconf)->stores;
}

/* --- Directives --- */

/* "Directive: text", for httpd to print behind file and line. */
static const char *refuse(cmd_parms *cmd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *refuse(cmd_parms *cmd, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = apr_pvsprintf(cmd->pool, format, args);
    va_end(args);
    return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", text, NULL);
}

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

static const char *set_store(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    registry_t *registry = get_registry(cmd->pool);
    const char *text = joined(argc, argv, cmd->pool);
    sst_error_t err;

    if (argc == 0) {
        return refuse(cmd, "a URL is missing; allowed: %s",
                      sst_store_schemes(cmd->pool));
    }
    conf->store = apr_hash_get(registry->by_text, text, APR_HASH_KEY_STRING);
    if (conf->store != NULL) {
        return NULL;
    }
    sst_error_clear(&err);
    if (sst_store_open(&conf->store, argv[0], argc - 1,
                       (const char *const *) argv + 1, &err,
                       cmd->pool) != SST_OK) {
        conf->store = NULL;
        return refuse(cmd, "%s", err.text);
    }
    apr_hash_set(registry->by_text, text, APR_HASH_KEY_STRING, conf->store);
    APR_ARRAY_PUSH(registry->stores, sst_store_t *) = conf->store;
    return NULL;
}

static const char *set_keys(cmd_parms *cmd, void *dir, const char *value)
{
    sst_server_conf_t *conf = ap_get_module_config(cmd->server->module_config,
                                                   &session_store_module);
    const char *path = value + sizeof("file:") - 1;

    if (strncmp(value, "file:", sizeof("file:") - 1) != 0 || *path == '\0') {
        return refuse(cmd, "\"%s\" is not allowed; allowed: file:PATH",
                      value);
    }
    conf->key_path = ap_server_root_relative(cmd->pool, path);
    if (conf->key_path == NULL) {
        return refuse(cmd, "\"%s\" is no path that httpd can use", value);
    }
    return NULL;
}

static const char *set_cookie(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    sst_cookie_conf_t *cookie = NULL;
    const char *problem;

    if (argc == 0) {
        return refuse(cmd, "the cookie's name is missing");
    }
    problem = sst_cookie_configure(&cookie, argv[0], argc - 1, argv + 1,
                                   cmd->pool);
    if (problem != NULL) {
        return refuse(cmd, "%s", problem);
    }
    conf->cookie = cookie;
    return NULL;
}

/* A time of at least `least_s`; `word` is allowed too, as `word_value`. */
static const char *parse_time(apr_int64_t *out, cmd_parms *cmd,
                              const char *text, apr_int64_t least_s,
                              const char *word, apr_int64_t word_value)
{
    const char *value = strchr(text, '=') + 1;
    apr_interval_time_t time;

    if (word != NULL && ap_cstr_casecmp(value, word) == 0) {
        *out = word_value;
        return NULL;
    }
    if (sst_duration_parse(&time, value) != SST_OK
        || apr_time_sec(time) > TIMEOUT_MAX_S
        || apr_time_sec(time) < least_s || apr_time_usec(time) != 0) {
        return refuse(cmd, "\"%s\" is not allowed; allowed: a time in whole "
                      "seconds such as 90s, 20m, 24h or 7d, from %"
                      APR_INT64_T_FMT "s%s%s", text, least_s,
                      word ? ", or " : "", word ? word : "");
    }
    *out = apr_time_sec(time);
    return NULL;
}

static const char *set_timeout(cmd_parms *cmd, void *dir, const char *text)
{
    sst_dir_conf_t *conf = dir;

    if (ap_cstr_casecmpn(text, "idle=", 5) == 0) {
        return parse_time(&conf->idle_s, cmd, text, 1, NULL, 0);
    }
    if (ap_cstr_casecmpn(text, "absolute=", 9) == 0) {
        return parse_time(&conf->absolute_s, cmd, text, 1, "off", 0);
    }
    if (ap_cstr_casecmpn(text, "touch=", 6) == 0) {
        return parse_time(&conf->touch_s, cmd, text, 0, "auto",
                          SST_TOUCH_AUTO);
    }
    return refuse(cmd, "\"%s\" is not allowed; allowed: idle=TIME, "
                  "absolute=TIME or off, touch=TIME or auto", text);
}

static const char *set_on_error(cmd_parms *cmd, void *dir, const char *value)
{
    sst_dir_conf_t *conf = dir;

    if (ap_cstr_casecmp(value, "deny") == 0) {
        conf->on_error = SST_ON_ERROR_DENY;
    }
    else if (ap_cstr_casecmp(value, "anonymous") == 0) {
        conf->on_error = SST_ON_ERROR_ANONYMOUS;
    }
    else {
        return refuse(cmd, "\"%s\" is not allowed; allowed: deny, anonymous",
                      value);
    }
    return NULL;
}

static const char *set_user_key(cmd_parms *cmd, void *dir, const char *value)
{
    sst_dir_conf_t *conf = dir;

    if (*value == '\0') {
        return refuse(cmd, "\"\" is not allowed; allowed: the name of a "
                      "session's entry, or auto");
    }
    conf->user_key = value;
    return NULL;
}

/* The first pattern of a directive replaces what is inherited; httpd calls
 * once for each word.
 */
static const char *set_hide(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    apr_array_header_t *patterns = apr_array_make(cmd->pool, argc,
                                                  sizeof(const char *));
    int i;

    if (argc == 0) {
        return refuse(cmd, "a pattern is missing; allowed: patterns such as "
                      "*-pw, or none");
    }
    for (i = 0; i < argc; i++) {
        if (argc > 1 || ap_cstr_casecmp(argv[i], "none") != 0) {
            APR_ARRAY_PUSH(patterns, const char *) = argv[i];
        }
    }
    conf->hide = patterns;
    return NULL;
}

static const char *set_max_size(cmd_parms *cmd, void *dir, const char *value)
{
    sst_dir_conf_t *conf = dir;
    char *end = NULL;

    if (!apr_isdigit(*value)
        || apr_strtoff(&conf->max_size, value, &end, 10) != APR_SUCCESS
        || *end != '\0' || conf->max_size < 1024
        || conf->max_size > 64 * 1024 * 1024) {
        conf->max_size = SST_UNSET;
        return refuse(cmd, "\"%s\" is not allowed; allowed: bytes, from 1024 "
                      "to 67108864", value);
    }
    return NULL;
}

#define WHERE_STORE (RSRC_CONF | ACCESS_CONF)
#define WHERE_ANY (RSRC_CONF | OR_AUTHCFG)

const command_rec sst_conf_commands[] = {
    AP_INIT_TAKE_ARGV("SessionStore", set_store, NULL, WHERE_STORE,
                      "URL [name=value ...]: where sessions are kept"),
    AP_INIT_TAKE1("SessionStoreKeys", set_keys, NULL, RSRC_CONF,
                  "file:PATH: the server's keys; the first seals, all open"),
    AP_INIT_TAKE_ARGV("SessionStoreCookie", set_cookie, NULL, WHERE_ANY,
                      "NAME [attributes]: the cookie that holds the ticket"),
    AP_INIT_ITERATE("SessionStoreTimeout", set_timeout, NULL, WHERE_ANY,
                    "idle=TIME absolute=TIME|off touch=TIME|auto"),
    AP_INIT_TAKE1("SessionStoreOnError", set_on_error, NULL, WHERE_ANY,
                  "deny or anonymous: what a request gets while the store "
                  "fails"),
    AP_INIT_TAKE1("SessionStoreUserKey", set_user_key, NULL, WHERE_ANY,
                  "the entry that names the user, or auto"),
    AP_INIT_TAKE_ARGV("SessionStoreHide", set_hide, NULL, WHERE_ANY,
                      "patterns of entries that applications do not see, or "
                      "none"),
    AP_INIT_TAKE1("SessionStoreMaxSize", set_max_size, NULL, WHERE_ANY,
                  "bytes that a session's entries may have"),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL }
};

/* --- What a request finds --- */

const sst_dir_conf_t *sst_conf_dir(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &session_store_module);
}

const sst_server_conf_t *sst_conf_server(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &session_store_module);
}

const sst_cookie_conf_t *sst_conf_cookie(const sst_dir_conf_t *conf)
{
    static const sst_cookie_conf_t fallback = {
        "session", "; Path=/; HttpOnly; SameSite=Lax", 0
    };

    return conf->cookie ? conf->cookie : &fallback;
}

const apr_array_header_t *sst_conf_hide(const sst_dir_conf_t *conf)
{
    static const char *patterns[] = { "*-pw", "*-site" };
    static const apr_array_header_t fallback = {
        NULL, sizeof(patterns[0]), 2, 2, (char *) patterns
    };

    return conf->hide ? conf->hide : &fallback;
}

static apr_int64_t given(apr_int64_t value, apr_int64_t fallback)
{
    return value == SST_UNSET ? fallback : value;
}

/* mod_session's own interval says how late the store may learn of a request;
 * else a share of the idle time.
 */
static apr_int64_t touch_s(const sst_dir_conf_t *conf,
                           const session_dir_conf *session,
                           apr_int64_t idle_s)
{
    const sst_store_ops_t *ops = conf->store->ops;
    apr_int64_t most_s = apr_time_sec(ops->touch_max);
    apr_int64_t share_s = idle_s / ops->touch_divisor;

    if (conf->touch_s >= 0) {
        return conf->touch_s;
    }
#ifdef HAVE_SESSION_DIR_CONF_EXPIRY_UPDATE_TIME
    if (session != NULL && session->expiry_update_time > 0) {
        return apr_time_sec(session->expiry_update_time);
    }
#endif
    return share_s < most_s ? share_s : most_s;
}

/* Nodes that serve the same site have to agree on the name of the tenant, so
 * only what is configured goes into it, never what httpd guessed.
 */
static const char *tenant_of(const sst_dir_conf_t *conf,
                             const sst_server_conf_t *server,
                             const char *cookie, apr_pool_t *pool)
{
    if (conf->store->tenant != NULL) {
        return apr_pstrcat(pool, "tenant=", conf->store->tenant, NULL);
    }
    return apr_pstrcat(pool, "server=", server->own_name
                       ? server->own_name : "", " cookie=", cookie, NULL);
}

void sst_conf_site(sst_site_t *site, const request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    const sst_server_conf_t *server = sst_conf_server(r->server);
    const session_dir_conf *session = ap_get_module_config(r->per_dir_config,
                                                           &session_module);

    site->store = conf->store;
    site->ring = server->ring;
    site->scope.cookie = sst_conf_cookie(conf)->name;
    site->scope.tenant = tenant_of(conf, server, site->scope.cookie, r->pool);
    site->idle_s = session != NULL && session->maxage > 0
        ? session->maxage : given(conf->idle_s, DEFAULT_IDLE_S);
    site->absolute_s = given(conf->absolute_s, DEFAULT_ABSOLUTE_S);
    site->touch_s = touch_s(conf, session, site->idle_s);
    site->max_size = (apr_size_t) given(conf->max_size, DEFAULT_MAX_SIZE);
    site->user_key = conf->user_key ? conf->user_key : DEFAULT_USER_KEY;
    site->client = r->useragent_ip;
}

/* --- Keys --- */

/* The main server's name, when its configuration has one: httpd puts a guess
 * in its place otherwise.
 */
static const char *main_servers_name(const server_rec *main_server)
{
    const ap_directive_t *directive;

    for (directive = ap_conftree; directive; directive = directive->next) {
        if (ap_cstr_casecmp(directive->directive, "ServerName") == 0) {
            return main_server->server_hostname;
        }
    }
    return NULL;
}

static int load_ring(registry_t *registry, sst_server_conf_t *conf,
                     apr_pool_t *pconf)
{
    sst_keyring_t *ring;
    sst_error_t err;

    if (conf->key_path == NULL) {
        conf->key_path = ap_server_root_relative(pconf, DEFAULT_KEYS);
    }
    ring = apr_hash_get(registry->rings, conf->key_path, APR_HASH_KEY_STRING);
    if (ring == NULL) {
        sst_error_clear(&err);
        if (sst_keyring_load(&ring, conf->key_path, &err, pconf) != SST_OK) {
            sst_report_keys(conf->server, conf->key_path, &err);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        apr_hash_set(registry->rings, conf->key_path, APR_HASH_KEY_STRING,
                     ring);
    }
    conf->ring = ring;
    return OK;
}

int sst_conf_load_keys(apr_pool_t *pconf, server_rec *main_server)
{
    registry_t *registry = get_registry(pconf);
    server_rec *server;

    if (registry->stores->nelts == 0) {
        return OK;
    }
    for (server = main_server; server; server = server->next) {
        sst_server_conf_t *conf = ap_get_module_config(
            server->module_config, &session_store_module);

        if (server == main_server) {
            conf->own_name = main_servers_name(server);
        }
        if (load_ring(registry, conf, pconf) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}
