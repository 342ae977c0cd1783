/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The floor below which no session store on Redis can be: a module that does
 * one bare GET for each request, by hiredis' own blocking connection, one for
 * each thread, and throws the answer away.
 *
 *   BareGet PORT KEY
 */
#include <httpd.h>
#include <http_config.h>
#include <http_request.h>

#include <stdlib.h>

#include <apr_strings.h>

#include <hiredis/hiredis.h>

module AP_MODULE_DECLARE_DATA floor_module;

typedef struct floor_conf_t {
    int port;                   /* 0: nothing to get here */
    const char *key;
} floor_conf_t;

static __thread redisContext *connection;

static int get_once(request_rec *r)
{
    const floor_conf_t *conf = ap_get_module_config(r->per_dir_config,
                                                    &floor_module);
    redisReply *reply;
    int found;

    if (conf->port == 0 || r->main != NULL) {
        return DECLINED;
    }
    if (connection == NULL) {
        connection = redisConnect("127.0.0.1", conf->port);
    }
    if (connection == NULL || connection->err) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    reply = redisCommand(connection, "GET %s", conf->key);
    found = reply != NULL && reply->type == REDIS_REPLY_STRING;
    freeReplyObject(reply);
    return found ? DECLINED : HTTP_SERVICE_UNAVAILABLE;
}

static void *create_conf(apr_pool_t *pool, char *folder)
{
    return apr_pcalloc(pool, sizeof(floor_conf_t));
}

static const char *set_get(cmd_parms *cmd, void *config, const char *port,
                           const char *key)
{
    floor_conf_t *conf = config;

    conf->port = (int) apr_atoi64(port);
    conf->key = key;
    return NULL;
}

static const command_rec commands[] = {
    AP_INIT_TAKE2("BareGet", set_get, NULL, ACCESS_CONF,
                  "port and key of what is got for each request"),
    { NULL }
};

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_fixups(get_once, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(floor) = {
    STANDARD20_MODULE_STUFF, create_conf, NULL, NULL, NULL, commands,
    register_hooks, 0
};
