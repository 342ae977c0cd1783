/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Watching for changes of records: what Redis tells of keys, as rows. */

#include "lib/backends/redis.h"

#include <apr_strings.h>

#include "lib/transport/redis_tracking.h"

typedef struct copies_t {
    const sst_watcher_t *watcher;
    sst_redis_listener_t listener;
} copies_t;

static sst_redis_wish_t copies_wanted(void *baton)
{
    const sst_watcher_t *watcher = ((copies_t *) baton)->watcher;

    switch (watcher->wanted(watcher->baton)) {
    case SST_WATCH_NOT:
        return SST_REDIS_TRACK_NOT;
    case SST_WATCH_ON:
        return SST_REDIS_TRACK_ON;
    case SST_WATCH_ANEW:
        break;
    }
    return SST_REDIS_TRACK_ANEW;
}

static void copies_armed(void *baton, const apr_uint64_t *servers, int count)
{
    const sst_watcher_t *watcher = ((copies_t *) baton)->watcher;

    watcher->armed(watcher->baton, servers, count);
}

/* A key under our prefix that is none of ours is nobody's copy. */
static void copies_changed(void *baton, sst_span_t key)
{
    const copies_t *copies = baton;
    const sst_watcher_t *watcher = copies->watcher;
    apr_size_t prefix_len = copies->listener.prefix.len;
    sst_row_t row;

    if (key.len == 0) {
        watcher->changed(watcher->baton, NULL);
    }
    else if (key.len == prefix_len + SST_ROW_HEX_LEN
             && sst_row_from_hex(&row, sst_span(key.data + prefix_len,
                                                SST_ROW_HEX_LEN)) == SST_OK) {
        watcher->changed(watcher->baton, &row);
    }
}

static void copies_proved(void *baton, apr_time_t asked_at)
{
    const sst_watcher_t *watcher = ((copies_t *) baton)->watcher;

    watcher->proved(watcher->baton, asked_at);
}

static void copies_lost(void *baton)
{
    const sst_watcher_t *watcher = ((copies_t *) baton)->watcher;

    watcher->lost(watcher->baton);
}

static void copies_refused(void *baton, const char *text)
{
    const sst_watcher_t *watcher = ((copies_t *) baton)->watcher;

    watcher->refused(watcher->baton, text);
}

sst_status_t sst_redis_copies_watch(sst_store_t *store,
                                    const sst_watcher_t *watcher,
                                    sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_t *redis = store->impl;
    copies_t *copies = apr_pcalloc(pool, sizeof(*copies));
    sst_redis_topology_t *topology;

    if (redis->client == NULL) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "the Redis store did not start in this process");
    }
    topology = sst_redis_client_topology(redis->client);
    copies->watcher = watcher;
    copies->listener.baton = copies;
    copies->listener.prefix = sst_span_text(
        apr_pstrcat(pool, redis->prefix, "s:", NULL));
    copies->listener.pause = watcher->pause;
    copies->listener.wanted = copies_wanted;
    copies->listener.armed = copies_armed;
    copies->listener.changed = copies_changed;
    copies->listener.proved = copies_proved;
    copies->listener.lost = copies_lost;
    copies->listener.refused = copies_refused;
    return sst_redis_tracking_start(topology, &copies->listener, err,
                                    topology->pool);
}
