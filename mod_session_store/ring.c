/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading the servers' key rings, and holding them. */

#include "mod_session_store/ring.h"

#include <string.h>

#include <apr_strings.h>
#include <http_core.h>

#include "mod_session_store/report.h"

#include "lib/clock.h"

const char *sst_ring_shown(const sst_keys_source_t *source, apr_pool_t *pool)
{
    return source->argv == NULL ? source->path
        : apr_pstrcat(pool, "exec:", source->argv[0], NULL);
}

const char *sst_ring_name(const sst_keys_source_t *source, apr_pool_t *pool)
{
    const char *name = sst_ring_shown(source, pool);
    int i;

    if (source->argv == NULL) {
        return apr_pstrcat(pool, "file:", name, NULL);
    }
    for (i = 1; source->argv[i] != NULL; i++) {
        name = apr_pstrcat(pool, name, " \"",
                           ap_escape_quotes(pool, source->argv[i]), "\"",
                           NULL);
    }
    return name;
}

/* --- From the first reading of the configuration to the second --- */

/* Plain bytes without a clean-up: between the two readings httpd unloads this
 * module.
 */
typedef struct kept_t {
    sst_keyring_t ring;
    sst_keys_stamp_t stamp;
    sst_key_t room[SST_KEYRING_MAX];
} kept_t;

static const char *kept_key(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "mod_session_store:ring:", name, NULL);
}

static void keep(const sst_keyring_t *ring, const sst_keys_stamp_t *stamp,
                 const char *name, apr_pool_t *life)
{
    kept_t *kept = apr_pcalloc(life, sizeof(*kept));

    kept->stamp = *stamp;
    kept->ring.count = ring->count;
    memcpy(kept->room, ring->keys,
           (apr_size_t) ring->count * sizeof(ring->keys[0]));
    (void) apr_pool_userdata_setn(kept, kept_key(name, life), NULL, life);
}

/* What was kept, or NULL; it is for the caller to wipe. */
static kept_t *take_kept(const char *name, apr_pool_t *life)
{
    const char *key = kept_key(name, life);
    void *data = NULL;
    kept_t *kept;

    (void) apr_pool_userdata_get(&data, key, life);
    (void) apr_pool_userdata_setn(NULL, key, NULL, life);
    kept = data;
    if (kept != NULL) {
        kept->ring.keys = kept->room;
    }
    return kept;
}

/* --- Reading --- */

static sst_status_t read_ring(sst_keys_t **out,
                              const sst_keys_source_t *source,
                              const char *name, apr_pool_t *life,
                              sst_error_t *err, apr_pool_t *pconf)
{
    kept_t *kept = take_kept(name, life);
    sst_keys_stamp_t stamp;
    sst_keyring_t *ring;
    sst_status_t status;

    *out = NULL;
    if (kept != NULL) {
        status = sst_keys_make(out, &kept->ring, source->path, &kept->stamp,
                               err, pconf);
        sst_wipe(kept, sizeof(*kept));
        return status;
    }
    if (source->path == NULL
        && ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_NORMAL) {
        return sst_keys_check_program(source, err, pconf);
    }
    status = sst_keys_read(&ring, &stamp, source, err, pconf);
    if (status == SST_OK) {
        status = sst_keys_make(out, ring, source->path, &stamp, err, pconf);
    }
    if (status == SST_OK
        && ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        keep(ring, &stamp, name, life);
    }
    return status;
}

int sst_ring_read(sst_keys_t **out, const sst_keys_source_t *source,
                  const server_rec *server, apr_pool_t *pconf)
{
    const char *name = sst_ring_name(source, pconf);
    sst_error_t err;

    sst_error_clear(&err);
    if (read_ring(out, source, name, server->process->pool, &err,
                  pconf) != SST_OK) {
        sst_report_keys(server, sst_ring_shown(source, pconf), &err);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* --- Holding --- */

const sst_keyring_t *sst_ring_hold(const sst_server_conf_t *conf,
                                   request_rec *initial)
{
    const char *name = sst_ring_shown(&conf->key_source, initial->pool);
    const sst_keyring_t *ring;
    sst_keys_news_t news;
    sst_error_t err;

    sst_error_clear(&err);
    ring = sst_keys_hold(&news, conf->keys, sst_clock(), &err,
                         initial->pool);
    if (news == SST_KEYS_NEW) {
        sst_report_keys_new(initial->server, name, ring->count);
    }
    else if (news == SST_KEYS_KEPT) {
        sst_report_keys_kept(initial->server, name, &err);
    }
    return ring;
}
