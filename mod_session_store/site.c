/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a request finds configured, defaults applied. */

#include "config.h"

#include "mod_session_store/site.h"

#include "mod_session_store/module.h"
#include "mod_session_store/user_keys.h"

#define DEFAULT_IDLE_S (20 * 60)
#define DEFAULT_ABSOLUTE_S (24 * 60 * 60)
#define DEFAULT_MAX_SIZE 262144

const sst_cookie_conf_t *sst_site_cookie(const sst_dir_conf_t *conf)
{
    static const sst_cookie_conf_t fallback = {
        SST_SITE_COOKIE, "; Path=/; HttpOnly; SameSite=Lax", 0, 0
    };

    return conf->cookie ? conf->cookie : &fallback;
}

const apr_array_header_t *sst_site_hide(const sst_dir_conf_t *conf)
{
    static const char *patterns[] = { "*-pw", "*-site" };
    static const apr_array_header_t fallback = {
        NULL, sizeof(patterns[0]), 2, 2, (char *) patterns
    };

    return conf->hide ? conf->hide : &fallback;
}

const char *sst_site_header(const sst_dir_conf_t *conf)
{
    if (conf->header == NULL) {
        return SST_DEFAULT_HEADER;
    }
    return *conf->header != '\0' ? conf->header : NULL;
}

static apr_int64_t given(apr_int64_t value, apr_int64_t fallback)
{
    return value == SST_UNSET ? fallback : value;
}

apr_size_t sst_site_max_size(const sst_dir_conf_t *conf)
{
    return (apr_size_t) given(conf->max_size, DEFAULT_MAX_SIZE);
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

void sst_site_configured(sst_site_t *site, const request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    const sst_server_conf_t *server = sst_conf_server(r->server);
    const session_dir_conf *session = ap_get_module_config(r->per_dir_config,
                                                           &session_module);

    site->store = sst_migration_store(conf->store, conf->migration);
    site->ring = NULL;
    site->scope.cookie = sst_site_cookie(conf)->name;
    site->scope.tenant = sst_scope_tenant(conf->store, server->name,
                                          site->scope.cookie, r->pool);
    site->idle_s = session != NULL && session->maxage > 0
        ? session->maxage : given(conf->idle_s, DEFAULT_IDLE_S);
    site->absolute_s = given(conf->absolute_s, DEFAULT_ABSOLUTE_S);
    site->touch_s = touch_s(conf, session, site->idle_s);
    if (site->touch_s > site->idle_s) {
        /* Else a session that nobody uses would live for the longer one. */
        site->touch_s = site->idle_s;
    }
    site->max_size = sst_site_max_size(conf);
    site->user_keys = sst_user_keys_of(conf, server, r->pool);
    site->client = r->useragent_ip;
    site->max_per_user = (int) given(conf->max_per_user, 0);
    site->at_limit = (sst_limit_t) given(conf->at_limit, SST_LIMIT_END_OLDEST);
}
