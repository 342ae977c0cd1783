/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The module record, the hook table, and the life of the stores: opened by the
 * directives, prepared by the parent, started in each child.
 */

#include "config.h"

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <unixd.h>

#include <mod_session.h>

#include "mod_session_store/advice.h"
#include "mod_session_store/app.h"
#include "mod_session_store/audit.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/dump.h"
#include "mod_session_store/encode.h"
#include "mod_session_store/forward.h"
#include "mod_session_store/hooks.h"
#include "mod_session_store/metrics.h"
#include "mod_session_store/migration.h"
#include "mod_session_store/module.h"
#include "mod_session_store/purge.h"
#include "mod_session_store/raw.h"
#include "mod_session_store/redirected.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/report.h"
#include "mod_session_store/response.h"
#include "mod_session_store/say.h"
#include "mod_session_store/self.h"
#include "mod_session_store/shared_cache.h"
#include "mod_session_store/status.h"
#include "mod_session_store/turn.h"
#include "mod_session_store/user_keys.h"

static int has_mod_session(void)
{
    return ap_hook_session_load != NULL && ap_hook_session_save != NULL
        && ap_hook_session_encode != NULL;
}

/* With `httpd -t` too: a test of the configuration finds what a start would. */
static int check_config(apr_pool_t *pconf, apr_pool_t *plog,
                        apr_pool_t *ptemp, server_rec *server)
{
    if (!has_mod_session()) {
        sst_report_no_mod_session(server);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (sst_shared_cache_check(server, pconf) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (sst_registry_servers(pconf, server) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    sst_user_keys_collect(pconf, server);
    return OK;
}

/* 1 when this was asked before in the life of the parent. */
static int known_before(const char *what, server_rec *server)
{
    apr_pool_t *life = server->process->pool;
    const char *key = apr_pstrcat(life, "mod_session_store:", what, NULL);
    void *known = NULL;

    (void) apr_pool_userdata_get(&known, key, life);
    (void) apr_pool_userdata_setn(key, key, NULL, life);
    return known != NULL;
}

static void notice(void *baton, const sst_store_t *store, sst_status_t status,
                   const char *text)
{
    sst_report_notice(baton, store, status, text);
}

/* At the start a store that cannot be used is an error. At a restart it is
 * not: httpd would end, and with it the pages that need no session. An old
 * store is there already, or it is the wrong one.
 */
static int prepare(sst_store_t *store, int restart, server_rec *server,
                   apr_pool_t *pool)
{
    sst_error_t err;

    sst_error_clear(&err);
    store->notify = notice;
    store->notify_baton = server;
    store->prepared_before = known_before(store->name, server)
        || sst_migration_is_old(store, pool);
    if (store->ops->prepare(store, ap_unixd_config.user_id,
                            ap_unixd_config.group_id, &err, pool) == SST_OK) {
        sst_report_started(server, store);
        return OK;
    }
    sst_report_prepare(server, store, &err);
    return restart || sst_migration_may_fail(store, pool)
        ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *server)
{
    const apr_array_header_t *stores = sst_registry_stores(pconf);
    int restart;
    int i;

    /* httpd reads its configuration twice at the start. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG
        || stores->nelts == 0) {
        return OK;
    }
    restart = known_before("started", server);
    if (sst_turn_prepare(pconf, server) != OK && !restart) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    sst_metrics_attach(stores, server, pconf);
    sst_shared_cache_attach(stores, server, pconf);
    if (ap_find_linked_module("mod_session_crypto.c") != NULL) {
        sst_report_session_crypto(server);
    }
    for (i = 0; i < stores->nelts; i++) {
        if (prepare(APR_ARRAY_IDX(stores, i, sst_store_t *), restart, server,
                    pconf) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    sst_migration_make(pconf);
    sst_advice_cookies(server, pconf);
    return sst_purge_register(server, pconf);
}

static void child_init(apr_pool_t *pchild, server_rec *server)
{
    const apr_array_header_t *stores
        = sst_registry_stores(server->process->pconf);
    int i;

    for (i = 0; i < stores->nelts; i++) {
        sst_store_t *store = APR_ARRAY_IDX(stores, i, sst_store_t *);
        sst_error_t err;

        sst_error_clear(&err);
        if (store->ops->start(store, &err, pchild) != SST_OK) {
            sst_report_start(server, store, &err);
        }
    }
    sst_metrics_child(stores, pchild);
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const after_session[] = { "mod_session.c", NULL };
    /* The one may hand HTTP_SESSION on to a server behind, the other answer
     * the request as it is, for an access log to write it.
     */
    static const char *const before_use[] = { "mod_headers.c", "mod_alias.c",
                                              NULL };
    /* It writes the notes. */
    static const char *const before_log[] = { "mod_log_config.c", NULL };

    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    if (!has_mod_session()) {
        return;
    }
    ap_hook_test_config(sst_dump_test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_open_logs(sst_audit_open, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before other providers: a SessionStore that is configured is meant. */
    ap_hook_session_load(sst_hook_session_load, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_session_save(sst_hook_session_save, NULL, NULL, APR_HOOK_FIRST);
    sst_encode_register();
    ap_hook_map_to_storage(sst_hook_map_to_storage, NULL, NULL,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(sst_redirected_post_read, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(sst_forward_strip, NULL, NULL,
                               APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(sst_app_strip, NULL, NULL,
                               APR_HOOK_REALLY_FIRST);
    ap_hook_header_parser(sst_hook_header_parser, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_fixups(sst_hook_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(sst_app_fixups, after_session, before_use,
                   APR_HOOK_MIDDLE);
    ap_hook_insert_filter(sst_redirected_begin, NULL, NULL,
                          APR_HOOK_REALLY_FIRST);
    ap_hook_insert_error_filter(sst_redirected_begin, NULL, NULL,
                                APR_HOOK_REALLY_FIRST);
    ap_hook_insert_filter(sst_say_insert, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_filter(sst_raw_insert, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_filter(sst_turn_insert, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(sst_say_insert, NULL, NULL, APR_HOOK_LAST);
    ap_hook_handler(sst_hook_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(sst_app_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(sst_forward_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(sst_self_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_insert_filter(sst_response_insert, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(sst_response_insert, NULL, NULL,
                                APR_HOOK_LAST);
    ap_hook_log_transaction(sst_hook_log_transaction, NULL, before_log,
                            APR_HOOK_MIDDLE);
    ap_register_output_filter(SST_RAW_FILTER, sst_raw_filter, NULL,
                              AP_FTYPE_CONNECTION);
    sst_say_register();
    sst_response_register();
    sst_turn_register();
    ap_hook_handler(sst_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    sst_status_register();
}

AP_DECLARE_MODULE(session_store) = {
    STANDARD20_MODULE_STUFF,
    sst_conf_dir_create,
    sst_conf_dir_merge,
    sst_conf_server_create,
    sst_conf_server_merge,
    sst_conf_commands,
    register_hooks,
#ifdef AP_MODULE_FLAG_NONE
    AP_MODULE_FLAG_NONE
#endif
};
