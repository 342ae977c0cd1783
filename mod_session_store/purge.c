/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The background purge on mod_watchdog. */

#include "mod_session_store/purge.h"

#include <string.h>

#include <apr_optional.h>
#include <mod_watchdog.h>

#include "mod_session_store/metrics.h"
#include "mod_session_store/registry.h"
#include "mod_session_store/report.h"

#include "lib/clock.h"

#define WATCHDOG "_session_store_purge_"
#define STEP apr_time_from_sec(1)
#define BUDGET apr_time_from_msec(50)   /* of one slice */

/* A child that takes over does not know when the last round was: it begins
 * after this part of the interval.
 */
#define FIRST_ROUND_PART 10

/* One store's purge, in the child that has the watchdog's lock. */
typedef struct purge_t {
    sst_store_t *store;
    const server_rec *server;
    sst_purge_t state;
    apr_time_t next_round;
    int running;
    int failed;                 /* in this round, and that was reported */
} purge_t;

static void begin_round(purge_t *purge)
{
    memset(&purge->state, 0, sizeof(purge->state));
    purge->running = 1;
    purge->failed = 0;
}

static void end_round(purge_t *purge, apr_time_t now)
{
    purge->running = 0;
    purge->next_round = now + purge->store->purge_interval;
}

/* A part that cannot be purged is passed over: what lies behind it expires
 * too. The first of a round is reported.
 */
static void slice(purge_t *purge, apr_time_t now, apr_pool_t *pool)
{
    const sst_store_ops_t *ops = purge->store->ops;
    apr_uint32_t began_at = purge->state.position;
    apr_uint64_t removed_before;
    sst_error_t err;

    sst_error_clear(&err);
    removed_before = purge->state.removed;
    if (ops->purge(&purge->state, purge->store, apr_time_sec(apr_time_now()),
                   BUDGET, &err, pool) != SST_OK) {
        if (!purge->failed) {
            sst_report_purge_failed(purge->server, purge->store, &err);
        }
        purge->failed = 1;
        if (purge->state.position == began_at) {
            end_round(purge, now);
        }
    }
    sst_metrics_count(purge->store, SST_PURGED,
                      purge->state.removed - removed_before);
    if (purge->running && purge->state.done) {
        sst_report_purged(purge->server, purge->store, purge->state.removed);
        end_round(purge, now);
    }
}

static apr_status_t step(int state, void *data, apr_pool_t *pool)
{
    purge_t *purge = data;
    apr_time_t now = sst_clock();

    if (state == AP_WATCHDOG_STATE_STARTING) {
        purge->running = 0;
        purge->next_round = now + purge->store->purge_interval
                                  / FIRST_ROUND_PART;
    }
    else if (state == AP_WATCHDOG_STATE_RUNNING
             && (purge->running || now >= purge->next_round)) {
        if (!purge->running) {
            begin_round(purge);
        }
        slice(purge, now, pool);
    }
    return APR_SUCCESS;
}

static purge_t *make_purge(sst_store_t *store, const server_rec *server,
                           apr_pool_t *pool)
{
    purge_t *purge = apr_pcalloc(pool, sizeof(*purge));

    purge->store = store;
    purge->server = server;
    return purge;
}

int sst_purge_register(server_rec *main_server, apr_pool_t *pconf)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add
        = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    const apr_array_header_t *stores = sst_registry_stores(pconf);
    ap_watchdog_t *watchdog = NULL;
    int i;

    for (i = 0; i < stores->nelts; i++) {
        sst_store_t *store = APR_ARRAY_IDX(stores, i, sst_store_t *);

        if (store->purge_interval == 0) {
            continue;
        }
        if (get == NULL || add == NULL
            || get(&watchdog, WATCHDOG, 0, 1, pconf) != APR_SUCCESS
            || add(watchdog, STEP, make_purge(store, main_server, pconf),
                   step) != APR_SUCCESS) {
            sst_report_no_watchdog(main_server);
            return OK;
        }
    }
    return OK;
}
