/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession purge: removes what has expired, from stores that do not do so by
 * themselves. httpd does it in the background; this is for stores that no
 * httpd looks after, and for when there is no room left.
 */

#include <string.h>

#include <apr_strings.h>

#include "support/output.h"
#include "support/places.h"
#include "support/progress.h"

#define SLICE apr_time_from_sec(1)

/* Where there may be something to remove. Browsers look after what they carry
 * themselves; a second store may hold when users' sessions were ended.
 */
static sst_store_t *kept_in(const sst_place_t *place)
{
    return place->store->ops->carried ? place->store->revocations
                                      : place->store;
}

/* --- Counting, for --dry-run --- */

typedef struct expired_t {
    apr_int64_t now_s;
    apr_uint64_t count;
    sst_progress_t progress;
} expired_t;

static sst_status_t count_expired(void *baton, const sst_row_t *row,
                                  const sst_value_t *value, apr_pool_t *pool)
{
    expired_t *expired = baton;

    sst_progress_step(&expired->progress);
    expired->count += value->expires_s <= expired->now_s;
    return SST_OK;
}

static sst_status_t count(apr_uint64_t *out, const sst_cli_t *cli,
                          const sst_place_t *place, sst_error_t *err)
{
    sst_store_t *store = kept_in(place);
    expired_t expired;
    sst_status_t status;

    memset(&expired, 0, sizeof(expired));
    expired.now_s = apr_time_sec(apr_time_now());
    sst_progress_begin(&expired.progress, cli, 0);
    status = store->ops->scan(store, count_expired, &expired, err, cli->pool);
    sst_progress_end(&expired.progress);
    *out = expired.count;
    return status;
}

/* --- Removing --- */

/* A part that fails is passed over, so that all the rest is purged; the first
 * failure is in *err.
 */
static sst_status_t purge(apr_uint64_t *out, const sst_cli_t *cli,
                          const sst_place_t *place, sst_error_t *err)
{
    sst_store_t *store = kept_in(place);
    sst_status_t result = SST_OK;
    sst_purge_t state;
    apr_pool_t *slice;
    int stuck = 0;

    memset(&state, 0, sizeof(state));
    apr_pool_create(&slice, cli->pool);
    while (!state.done && !stuck) {
        apr_uint32_t began_at = state.position;
        sst_status_t status;

        apr_pool_clear(slice);
        status = store->ops->purge(&state, store, apr_time_sec(apr_time_now()),
                                   SLICE, err, slice);
        stuck = status != SST_OK && state.position == began_at;
        result = result == SST_OK ? status : result;
    }
    apr_pool_destroy(slice);
    *out = state.removed;
    return result;
}

static sst_exit_t purge_place(void *baton, const sst_cli_t *cli,
                              const sst_place_t *place)
{
    const sst_store_t *store = kept_in(place);
    const char *name = place->store->name;
    apr_uint64_t removed;
    sst_error_t err;
    sst_exit_t result;
    sst_status_t status;

    if (store == NULL || store->ops->purge == sst_store_default_purge) {
        return sst_cli_show(cli, apr_pstrcat(cli->pool, name, ": removes what "
                                             "has expired by itself\n", NULL));
    }
    sst_error_clear(&err);
    status = cli->args->dry_run ? count(&removed, cli, place, &err)
                                : purge(&removed, cli, place, &err);
    result = sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s: %" APR_UINT64_T_FMT " expired session%s %sremoved\n",
        name, removed, removed == 1 ? "" : "s",
        cli->args->dry_run ? "would be " : ""));
    return status == SST_OK ? result : sst_cli_failed(cli, &err);
}

static sst_exit_t purge_run(const sst_cli_t *cli, int argc,
                            const char *const *argv)
{
    return sst_places_each(cli, purge_place, NULL);
}

const sst_verb_t sst_verb_purge = {
    .name = "purge",
    .arguments = "[OPTION...]",
    .summary = "removes what has expired",
    .help =
        "Removes expired sessions, and what is left of them, from stores that\n"
        "do not do so by themselves: token directories. httpd does the same\n"
        "in the background; this is for directories that no httpd looks\n"
        "after.\n",
    .options = "n" SST_PLACE_OPTIONS,
    .run = purge_run
};
