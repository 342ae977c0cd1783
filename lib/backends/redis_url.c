/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The URLs and options of Redis stores. */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#define POOL_PLAIN 32
#define POOL_SECURE 8       /* a TLS handshake costs the server milliseconds */
#define DB_MAX 65535

const sst_option_def_t sst_redis_options[] = {
    { "prefix", SST_OPTION_TEXT, NULL, 1, 200 },
    { "connect-timeout", SST_OPTION_DURATION, NULL, apr_time_from_msec(1),
      apr_time_from_sec(60) },
    { "replicas", SST_OPTION_COUNT, NULL, 0, 9 },
    { "pool", SST_OPTION_COUNT, NULL, 1, SST_REDIS_POOL_MAX },
    { "pool-idle", SST_OPTION_DURATION, NULL, apr_time_from_sec(1),
      apr_time_from_sec(86400) },
    { "user", SST_OPTION_TEXT, NULL, 1, 255 },
    { "db", SST_OPTION_COUNT, NULL, 0, DB_MAX },
    { "password-file", SST_OPTION_PATH, NULL, 0, 0 },
    { "ca", SST_OPTION_PATH, NULL, 0, 0 },
    { "cert", SST_OPTION_PATH, NULL, 0, 0 },
    { "key", SST_OPTION_PATH, NULL, 0, 0 },
    { "servername", SST_OPTION_TEXT, NULL, 1, 255 },
    { "sentinel-user", SST_OPTION_TEXT, NULL, 1, 255 },
    { "sentinel-password-file", SST_OPTION_PATH, NULL, 0, 0 },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

typedef struct form_t {
    const char *scheme;
    sst_redis_form_t form;
    int secure;
    const char *shape;          /* for messages */
} form_t;

static const form_t forms[] = {
    { "redis", SST_REDIS_SINGLE, 0,
      "redis://[user[:password]@]host[:port][/db]" },
    { "rediss", SST_REDIS_SINGLE, 1,
      "rediss://[user[:password]@]host[:port][/db]" },
    { "redis+unix", SST_REDIS_SINGLE, 0, "redis+unix:/path" },
    { "redis+sentinel", SST_REDIS_SENTINEL, 0,
      "redis+sentinel://[user[:password]@]host[:port],.../name[/db]" },
    { "rediss+sentinel", SST_REDIS_SENTINEL, 1,
      "rediss+sentinel://[user[:password]@]host[:port],.../name[/db]" },
    { "redis+cluster", SST_REDIS_CLUSTER, 0,
      "redis+cluster://[user[:password]@]host[:port],..." },
    { "rediss+cluster", SST_REDIS_CLUSTER, 1,
      "rediss+cluster://[user[:password]@]host[:port],..." }
};

#define FORMS ((int) (sizeof(forms) / sizeof(forms[0])))

static const form_t *find_form(const char *scheme)
{
    int i;

    for (i = 0; i < FORMS; i++) {
        if (strcmp(forms[i].scheme, scheme) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

static sst_status_t bad_url(const sst_store_t *store, const form_t *form,
                            const char *what, sst_error_t *err)
{
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "\"%.80s\" %s: allowed is %s", store->name, what,
                         form ? form->shape : "redis://host");
}

/* --- The parts of a URL --- */

/* Reads `[user][:password]`, both with %XX for special characters. */
static int read_userinfo(sst_redis_config_t *config, const char *text,
                         apr_pool_t *pool)
{
    const char *colon = strchr(text, ':');
    const char *user = colon
        ? apr_pstrmemdup(pool, text, (apr_size_t) (colon - text)) : text;

    user = apr_punescape_url(pool, user, NULL, NULL, 0);
    if (colon != NULL) {
        config->password = apr_punescape_url(pool, colon + 1, NULL, NULL, 0);
        if (config->password == NULL || *config->password == '\0') {
            return 0;
        }
    }
    config->user = user != NULL && *user != '\0' ? user : NULL;
    return user != NULL && (config->user || config->password);
}

static sst_status_t read_hosts(sst_redis_config_t *config, const char *hosts,
                               sst_error_t *err, apr_pool_t *pool)
{
    apr_uint16_t port = config->form == SST_REDIS_SENTINEL
        ? SST_REDIS_SENTINEL_PORT : SST_REDIS_PORT;
    sst_status_t status = SST_OK;
    const char *end;

    do {
        sst_redis_address_t address;

        end = strchr(hosts, ',');
        status = sst_redis_address_parse(&address,
                                         sst_span(hosts, end
                                                  ? (apr_size_t) (end - hosts)
                                                  : strlen(hosts)),
                                         port, 0, err, pool);
        APR_ARRAY_PUSH(config->seeds, sst_redis_address_t) = address;
        hosts = end ? end + 1 : hosts;
    } while (status == SST_OK && end != NULL);
    return status;
}

static int read_db(sst_redis_config_t *config, const char *text)
{
    apr_uint64_t db = 0;

    if (*text != '\0'
        && (sst_decimal_decode(&db, sst_span_text(text)) != SST_OK
            || db > DB_MAX)) {
        return 0;
    }
    config->db = (int) db;
    return 1;
}

/* Reads what follows the hosts: a database, or Sentinel's name and one. */
static int read_path(sst_redis_config_t *config, const char *path,
                     apr_pool_t *pool)
{
    const char *slash = strchr(path, '/');

    if (config->form != SST_REDIS_SENTINEL) {
        return read_db(config, path)
            && (config->form == SST_REDIS_SINGLE || config->db == 0);
    }
    config->master = slash
        ? apr_pstrmemdup(pool, path, (apr_size_t) (slash - path)) : path;
    config->master = apr_punescape_url(pool, config->master, NULL, NULL, 0);
    return config->master != NULL && *config->master != '\0'
        && read_db(config, slash ? slash + 1 : "");
}

static sst_status_t read_url(sst_redis_config_t *config,
                             const sst_store_t *store, const form_t *form,
                             sst_error_t *err, apr_pool_t *pool)
{
    const char *rest = store->address;
    const char *slash;
    const char *at;
    char *authority;
    sst_status_t status;

    if (strncmp(rest, "//", 2) != 0 || strpbrk(rest, "?#") != NULL) {
        return bad_url(store, form, "is not the URL of a Redis", err);
    }
    rest += 2;
    slash = strchr(rest, '/');
    authority = slash ? apr_pstrmemdup(pool, rest, (apr_size_t)
                                       (slash - rest))
                      : apr_pstrdup(pool, rest);
    at = strrchr(authority, '@');
    if (at != NULL) {
        authority[at - authority] = '\0';
        if (!read_userinfo(config, authority, pool)) {
            return bad_url(store, form, "has no user or no password before "
                           "its @", err);
        }
        authority += at - authority + 1;
    }
    status = read_hosts(config, authority, err, pool);
    if (status != SST_OK) {
        return status;
    }
    if (config->form == SST_REDIS_SINGLE && config->seeds->nelts > 1) {
        return bad_url(store, form, "names several hosts", err);
    }
    if (!read_path(config, slash ? slash + 1 : "", pool)) {
        return bad_url(store, form, config->form == SST_REDIS_SENTINEL
                       ? "does not name the primary that Sentinel watches"
                       : "has a path that is no database", err);
    }
    return SST_OK;
}

static sst_status_t read_unix_url(sst_redis_config_t *config,
                                  const sst_store_t *store,
                                  const form_t *form, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const char *path = store->address;
    sst_redis_address_t address;

    if (strncmp(path, "///", 3) == 0) {
        path += 2;
    }
    if (path[0] != '/' || path[1] == '/' || path[1] == '\0') {
        return bad_url(store, form, "does not name a socket", err);
    }
    sst_redis_address_unix(&address, path, pool);
    APR_ARRAY_PUSH(config->seeds, sst_redis_address_t) = address;
    config->user = sst_options_text(store->options, "user", NULL);
    config->db = (int) sst_options_number(store->options, "db", 0);
    return SST_OK;
}

/* --- Options --- */

static void read_options(sst_redis_config_t *config,
                         const sst_options_t *options)
{
    config->password_file = sst_options_text(options, "password-file", NULL);
    config->sentinel_user = sst_options_text(options, "sentinel-user", NULL);
    config->sentinel_password_file
        = sst_options_text(options, "sentinel-password-file", NULL);
    config->tls.ca = sst_options_text(options, "ca", NULL);
    config->tls.cert = sst_options_text(options, "cert", NULL);
    config->tls.key = sst_options_text(options, "key", NULL);
    config->tls.servername = sst_options_text(options, "servername", NULL);
    config->connect_timeout
        = sst_options_number(options, "connect-timeout",
                             apr_time_from_msec(300));
    config->idle_age = sst_options_number(options, "pool-idle",
                                          apr_time_from_sec(60));
    config->replicas = (int) sst_options_number(options, "replicas", -1);
    config->pool_max = (int) sst_options_number(options, "pool",
                                                config->secure ? POOL_SECURE
                                                               : POOL_PLAIN);
}

static sst_status_t misplaced(const char *option, const char *where,
                              sst_error_t *err)
{
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "option \"%s\" has no meaning here: it is allowed "
                         "%s", option, where);
}

/* The first of the names that was given, or NULL. */
static const char *first_given(const sst_options_t *options,
                               const char *const *names)
{
    for (; *names != NULL; names++) {
        if (sst_options_text(options, *names, NULL) != NULL) {
            return *names;
        }
    }
    return NULL;
}

static sst_status_t check_options(const sst_redis_config_t *config,
                                  const sst_options_t *options,
                                  sst_error_t *err)
{
    static const char *const tls_only[]
        = { "ca", "cert", "key", "servername", NULL };
    static const char *const sentinel_only[]
        = { "sentinel-user", "sentinel-password-file", NULL };
    static const char *const unix_only[] = { "user", "db", NULL };
    const sst_redis_address_t *seed
        = &APR_ARRAY_IDX(config->seeds, 0, sst_redis_address_t);
    const char *name = config->secure ? NULL : first_given(options, tls_only);

    if (name != NULL) {
        return misplaced(name, "with rediss:// and the like", err);
    }
    name = config->form == SST_REDIS_SENTINEL
        ? NULL : first_given(options, sentinel_only);
    if (name != NULL) {
        return misplaced(name, "with redis+sentinel://", err);
    }
    name = seed->path != NULL ? NULL : first_given(options, unix_only);
    if (name != NULL) {
        return misplaced(name, "with redis+unix:; here it stands in the URL",
                         err);
    }
    if (config->tls.key != NULL && config->tls.cert == NULL) {
        return misplaced("key", "together with cert=", err);
    }
    if (config->password != NULL && config->password_file != NULL) {
        return misplaced("password-file", "without a password in the URL",
                         err);
    }
    if (config->user != NULL && config->password == NULL
        && config->password_file == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the Redis user \"%s\" has no password: give "
                             "one in the URL or with password-file=",
                             config->user);
    }
    return SST_OK;
}

/* Where replicas confirm answers, a key is written in the slot of another one,
 * which takes braces of our own or a whole pair of the prefix's.
 */
static sst_status_t check_prefix(const sst_redis_t *redis, sst_error_t *err)
{
    const char *open = strchr(redis->prefix, '{');
    const char *close = strchr(open != NULL ? open : redis->prefix, '}');

    if (redis->config.form != SST_REDIS_CLUSTER || redis->config.replicas <= 0
        || (open == NULL && close == NULL)
        || (open != NULL && close != NULL && close > open + 1)) {
        return SST_OK;
    }
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "prefix=%s: in a cluster with replicas=, braces "
                         "stand in pairs with something in them, as in {web}:",
                         redis->prefix);
}

sst_status_t sst_redis_open(sst_store_t *store, sst_error_t *err,
                            apr_pool_t *pool)
{
    const form_t *form = find_form(store->scheme);
    sst_redis_t *redis = apr_pcalloc(pool, sizeof(*redis));
    sst_redis_config_t *config = &redis->config;
    sst_status_t status;

    if (form == NULL) {
        return bad_url(store, form, "is not the URL of a Redis", err);
    }
    redis->pool = pool;
    redis->prefix = sst_options_text(store->options, "prefix", "sst:");
    sst_redis_scripts_init(redis);
    config->form = form->form;
    config->secure = form->secure;
    config->seeds = apr_array_make(pool, 4, sizeof(sst_redis_address_t));
    status = strcmp(form->scheme, "redis+unix") == 0
        ? read_unix_url(config, store, form, err, pool)
        : read_url(config, store, form, err, pool);
    if (status == SST_OK) {
        read_options(config, store->options);
        status = check_options(config, store->options, err);
    }
    if (status == SST_OK) {
        status = check_prefix(redis, err);
    }
    if (status == SST_OK) {
        status = sst_redis_reading_init(redis, err);
    }
    if (status == SST_OK) {
        store->impl = redis;
    }
    return status;
}
