/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The directives: parsing them. */

#include "mod_session_store/conf.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "mod_session_store/cookie.h"
#include "mod_session_store/module.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/shared_cache.h"
#include "mod_session_store/turn.h"

/* Times that a directive takes: an unlikely large one is a slip of the pen. */
#define TIMEOUT_MAX_S (10LL * 365 * 24 * 60 * 60)

/* Each login reads them all. */
#define MAX_PER_USER_MAX 1000

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

static const char *set_store(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    sst_error_t err;

    if (argc == 0) {
        return refuse(cmd, "a URL is missing; allowed: %s",
                      sst_store_schemes(cmd->pool));
    }
    sst_error_clear(&err);
    if (sst_registry_store(&conf->store, argc, argv, &err,
                           cmd->pool) != SST_OK) {
        return refuse(cmd, "%s", err.text);
    }
    sst_registry_note(cmd, conf, SST_USE_STORE, argc,
                      (const char *const *) argv);
    return NULL;
}

static const char *set_migrate_from(cmd_parms *cmd, void *dir, int argc,
                                    char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    sst_error_t err;

    sst_error_clear(&err);
    if (sst_migration_configure(&conf->migration, argc, argv, &err,
                                cmd->pool) != SST_OK) {
        return refuse(cmd, "%s", err.text);
    }
    sst_registry_note(cmd, conf, SST_USE_MIGRATE_FROM, argc,
                      (const char *const *) argv);
    return NULL;
}

#define KEY_SOURCES "file:PATH, or exec:PROGRAM and its arguments"

/* The absolute path behind a word's scheme, or NULL. */
static const char *path_behind(cmd_parms *cmd, const char *word,
                               const char *scheme)
{
    apr_size_t len = strlen(scheme);

    return strncmp(word, scheme, len) == 0 && word[len] != '\0'
        ? ap_server_root_relative(cmd->pool, word + len) : NULL;
}

static const char *set_keys(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[])
{
    sst_server_conf_t *conf = ap_get_module_config(cmd->server->module_config,
                                                   &session_store_module);
    const char *file = argc == 1 ? path_behind(cmd, argv[0], "file:") : NULL;
    const char *program = argc > 0 ? path_behind(cmd, argv[0], "exec:")
                                   : NULL;
    const char **words;

    if (file == NULL && program == NULL) {
        return refuse(cmd, "\"%s\" is not allowed; allowed: " KEY_SOURCES,
                      argc > 0 ? argv[0] : "");
    }
    conf->key_source.path = file;
    conf->key_source.argv = NULL;
    if (program != NULL) {
        words = apr_pcalloc(cmd->pool, sizeof(*words) * (argc + 1));
        memcpy(words, argv, sizeof(*words) * argc);
        words[0] = program;
        conf->key_source.argv = words;
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
    sst_registry_note(cmd, conf, SST_USE_COOKIE, 1, &cookie->name);
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

#define TIMES "idle=TIME, absolute=TIME or off, touch=TIME or auto"

static const char *set_time(cmd_parms *cmd, sst_dir_conf_t *conf,
                            const char *text)
{
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
    return refuse(cmd, "\"%s\" is not allowed; allowed: " TIMES, text);
}

static const char *set_timeout(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[])
{
    const char *problem = NULL;
    int i;

    if (argc == 0) {
        return refuse(cmd, "a time is missing; allowed: " TIMES);
    }
    for (i = 0; i < argc && problem == NULL; i++) {
        problem = set_time(cmd, dir, argv[i]);
    }
    return problem;
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

    conf->user_key = value;
    sst_registry_note(cmd, conf, SST_USE_USER_KEY, 1, &value);
    return NULL;
}

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

static const char *set_env(cmd_parms *cmd, void *dir, int on)
{
    sst_dir_conf_t *conf = dir;

    conf->env = on;
    return NULL;
}

/* 1 for what RFC 9110 calls a token. */
static int is_token(const char *text)
{
    const char *c = text;

    while (apr_isalnum(*c) || (*c != '\0' && strchr("!#$%&'*+-.^_`|~", *c))) {
        c++;
    }
    return c > text && *c == '\0';
}

static const char *set_header(cmd_parms *cmd, void *dir, const char *value)
{
    sst_dir_conf_t *conf = dir;

    if (!is_token(value)) {
        return refuse(cmd, "\"%s\" is not allowed; allowed: the name of a "
                      "header, or none", value);
    }
    conf->header = ap_cstr_casecmp(value, "none") == 0 ? "" : value;
    return NULL;
}

static const char *set_forward(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[])
{
    sst_dir_conf_t *conf = dir;
    const char *problem = sst_forward_configure(&conf->forward, argc, argv,
                                                cmd->pool);

    return problem != NULL ? refuse(cmd, "%s", problem) : NULL;
}

static const char *set_max_per_user(cmd_parms *cmd, void *dir,
                                    const char *number, const char *mode)
{
    sst_dir_conf_t *conf = dir;
    apr_uint64_t max;

    if (sst_decimal_decode(&max, sst_span_text(number)) != SST_OK
        || max > MAX_PER_USER_MAX) {
        return refuse(cmd, "\"%s\" is not allowed; allowed: a number from 1 "
                      "to %d, or 0 for no limit", number, MAX_PER_USER_MAX);
    }
    if (mode == NULL || ap_cstr_casecmp(mode, "end-oldest") == 0) {
        conf->at_limit = SST_LIMIT_END_OLDEST;
    }
    else if (ap_cstr_casecmp(mode, "refuse") == 0) {
        conf->at_limit = SST_LIMIT_REFUSE;
    }
    else {
        return refuse(cmd, "\"%s\" is not allowed; allowed: end-oldest, "
                      "refuse", mode);
    }
    conf->max_per_user = (apr_int64_t) max;
    return NULL;
}

static const char *set_audit(cmd_parms *cmd, void *dir, const char *value)
{
    sst_server_conf_t *conf = ap_get_module_config(cmd->server->module_config,
                                                   &session_store_module);

    if (*value == '|' && value[1] != '\0') {
        conf->audit = value;
        return NULL;
    }
    conf->audit = *value != '\0' && *value != '|'
        ? ap_server_root_relative(cmd->pool, value) : NULL;
    if (conf->audit == NULL) {
        return refuse(cmd, "\"%s\" is not allowed; allowed: the path of a "
                      "file, or \"|PROGRAM\"", value);
    }
    return NULL;
}

static const char *set_serialize(cmd_parms *cmd, void *dir, const char *value)
{
    return sst_turn_configure(&((sst_dir_conf_t *) dir)->serialize, cmd,
                              value);
}

static const char *set_cache(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    const char *problem = sst_shared_cache_configure(cmd, argc, argv);

    return problem != NULL ? refuse(cmd, "%s", problem) : NULL;
}

#define WHERE_STORE (RSRC_CONF | ACCESS_CONF)
#define WHERE_ANY (RSRC_CONF | OR_AUTHCFG)

const command_rec sst_conf_commands[] = {
    AP_INIT_TAKE_ARGV("SessionStore", set_store, NULL, WHERE_STORE,
                      "URL [name=value ...]: where sessions are kept"),
    AP_INIT_TAKE_ARGV("SessionStoreMigrateFrom", set_migrate_from, NULL,
                      WHERE_STORE,
                      "URL [name=value ...] or none: the store that sessions "
                      "are moved from"),
    AP_INIT_TAKE_ARGV("SessionStoreKeys", set_keys, NULL, RSRC_CONF,
                      "file:PATH or exec:PROGRAM [argument ...]: the server's "
                      "keys; the first seals, all open"),
    AP_INIT_TAKE_ARGV("SessionStoreCookie", set_cookie, NULL, WHERE_ANY,
                      "NAME [attributes]: the cookie that holds the ticket"),
    AP_INIT_TAKE_ARGV("SessionStoreTimeout", set_timeout, NULL, WHERE_ANY,
                    "idle=TIME absolute=TIME|off touch=TIME|auto"),
    AP_INIT_TAKE1("SessionStoreOnError", set_on_error, NULL, WHERE_ANY,
                  "deny or anonymous: what a request gets while the store "
                  "fails"),
    AP_INIT_TAKE1("SessionStoreUserKey", set_user_key, NULL, WHERE_ANY,
                  "the entry that names the user, or auto"),
    AP_INIT_TAKE_ARGV("SessionStoreHide", set_hide, NULL, WHERE_ANY,
                      "patterns of entries that applications do not see, or "
                      "none"),
    AP_INIT_TAKE12("SessionStoreMaxPerUser", set_max_per_user, NULL,
                   WHERE_ANY, "sessions that a user may have; end-oldest or "
                   "refuse"),
    AP_INIT_TAKE1("SessionStoreMaxSize", set_max_size, NULL, WHERE_ANY,
                  "bytes that a session's entries may have"),
    AP_INIT_TAKE1("SessionStoreAudit", set_audit, NULL, RSRC_CONF,
                  "PATH or \"|PROGRAM\": who signs in and out, as JSON"),
    AP_INIT_FLAG("SessionStoreEnv", set_env, NULL, WHERE_ANY,
                 "On: applications find the session's entries in their "
                 "environment"),
    AP_INIT_TAKE1("SessionStoreHeader", set_header, NULL, WHERE_ANY,
                  "the response header by which applications change the "
                  "session, or none"),
    AP_INIT_TAKE_ARGV("SessionStoreForward", set_forward, NULL, WHERE_STORE,
                      "HEADER from PATTERN ... [sign=file:PATH], or none: the "
                      "request header that has an entry of the session"),
    AP_INIT_TAKE_ARGV("SessionStoreCache", set_cache, NULL, RSRC_CONF,
                      "Off, or SIZE [name=value ...]: memory in which this "
                      "host keeps copies of sealed sessions"),
    AP_INIT_TAKE1("SessionStoreSerialize", set_serialize, NULL, WHERE_STORE,
                  "Off, or how long a request waits until others of its "
                  "session have saved"),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL }
};

const sst_dir_conf_t *sst_conf_dir(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &session_store_module);
}

const sst_dir_conf_t *sst_conf_base(const server_rec *server)
{
    return ap_get_module_config(server->lookup_defaults,
                                &session_store_module);
}

const sst_server_conf_t *sst_conf_server(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &session_store_module);
}
