/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The table of a store that moves sessions, its options, and what it does with
 * all of two stores: the index of users, and walking through.
 */

#include "lib/migrate.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/migrate_mark.h"
#include "lib/migrate_row.h"

/* As long as a site's servers may take to be configured. */
#define SETTLE_MAX apr_time_from_sec(7 * 24 * 3600)

/* --- Options --- */

/* What follows `name` at the front of a word, or NULL. */
static const char *value_of(const char *word, const char *name)
{
    apr_size_t len = strlen(name);

    return strncmp(word, name, len) == 0 ? word + len : NULL;
}

static sst_status_t read_on_error(sst_migrate_conf_t *out, const char *value,
                                  sst_error_t *err)
{
    out->miss = strcmp(value, "miss") == 0;
    if (!out->miss && strcmp(value, "deny") != 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"on-error\" has the value \"%.60s\": "
                             "allowed is one of deny, miss", value);
    }
    return SST_OK;
}

static sst_status_t read_settle(sst_migrate_conf_t *out, const char *value,
                                sst_error_t *err)
{
    if (sst_duration_parse(&out->settle, value) != SST_OK
        || out->settle > SETTLE_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"settle\" has the value \"%.60s\": "
                             "allowed is a time from 0 to 7d, such as 10s, 5m "
                             "or 1h", value);
    }
    return SST_OK;
}

sst_status_t sst_migrate_words(sst_migrate_conf_t *out,
                               apr_array_header_t **rest, int argc,
                               const char *const *argv, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    int i;

    out->miss = 0;
    out->settle = SST_MIGRATE_SETTLE;
    *rest = apr_array_make(pool, argc, sizeof(const char *));
    for (i = 0; i < argc && status == SST_OK; i++) {
        const char *on_error = value_of(argv[i], "on-error=");
        const char *settle = value_of(argv[i], "settle=");

        if (on_error != NULL) {
            status = read_on_error(out, on_error, err);
        }
        else if (settle != NULL) {
            status = read_settle(out, settle, err);
        }
        else {
            APR_ARRAY_PUSH(*rest, const char *) = argv[i];
        }
    }
    return status;
}

/* --- The index of users --- */

/* A failure of the old store, where that is to count as having nothing. */
static sst_status_t forgiven(const sst_migrate_t *migrate,
                             sst_status_t status)
{
    return migrate->miss ? SST_OK : status;
}

static sst_error_t *told(const sst_migrate_t *migrate, sst_error_t *err)
{
    return migrate->miss ? NULL : err;
}

static sst_status_t migrate_index_add(sst_store_t *store,
                                      const sst_row_t *user,
                                      const sst_row_t *row,
                                      apr_int64_t expires_s,
                                      apr_time_t deadline, sst_error_t *err,
                                      apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_status_t status = SST_OK;

    if (sst_migrate_is_settling(migrate)) {
        status = forgiven(migrate, from->ops->index_add(
            from, user, row, expires_s, deadline, told(migrate, err), pool));
    }
    /* The record may be moved without that its user is known. */
    return status == SST_OK
        ? to->ops->index_add(to, user, row, expires_s, deadline, err, pool)
        : status;
}

static int is_listed(const apr_array_header_t *rows, const sst_row_t *row)
{
    int i;

    for (i = 0; i < rows->nelts; i++) {
        if (sst_row_equal(&APR_ARRAY_IDX(rows, i, sst_row_t), row)) {
            return 1;
        }
    }
    return 0;
}

static sst_status_t migrate_index_list(apr_array_header_t **out,
                                       sst_store_t *store,
                                       const sst_row_t *user,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    apr_array_header_t *old = NULL;
    apr_array_header_t *rows = NULL;
    sst_status_t status;
    int i;

    *out = NULL;
    /* The old store first: a login that moves on meanwhile is then seen in the
     * new one.
     */
    status = forgiven(migrate, from->ops->index_list(
        &old, from, user, deadline, told(migrate, err), pool));
    if (status == SST_OK) {
        status = to->ops->index_list(&rows, to, user, deadline, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    for (i = 0; old != NULL && i < old->nelts; i++) {
        const sst_row_t *row = &APR_ARRAY_IDX(old, i, sst_row_t);

        if (!is_listed(rows, row)) {
            APR_ARRAY_PUSH(rows, sst_row_t) = *row;
        }
    }
    *out = rows;
    return SST_OK;
}

static sst_status_t migrate_index_remove(sst_store_t *store,
                                         const sst_row_t *user,
                                         const sst_row_t *row,
                                         apr_time_t deadline,
                                         sst_error_t *err, apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_status_t status = to->ops->index_remove(to, user, row, deadline, err,
                                                pool);

    return status == SST_OK
        ? forgiven(migrate, from->ops->index_remove(
              from, user, row, deadline, told(migrate, err), pool))
        : status;
}

/* --- Walking through both --- */

typedef struct scan_t {
    sst_store_t *store;         /* the moving one */
    sst_scan_fn_t *each;
    void *baton;
    sst_status_t answer;        /* of each, when that ended the walk */
    sst_error_t *err;
} scan_t;

static sst_status_t show(scan_t *scan, const sst_row_t *row,
                         const sst_value_t *value, apr_pool_t *pool)
{
    scan->answer = scan->each(scan->baton, row, value, pool);
    return scan->answer;
}

/* What is marked was shown with the old store, or is no record. */
static sst_status_t scan_new(void *baton, const sst_row_t *row,
                             const sst_value_t *value, apr_pool_t *pool)
{
    return sst_mark_of(&value->version) == SST_MARK_NONE
        ? show(baton, row, value, pool) : SST_OK;
}

/* A claimed record may have arrived in the new store: what counts is shown. */
static sst_status_t scan_claimed(scan_t *scan, const sst_row_t *row,
                                 apr_pool_t *pool)
{
    apr_time_t deadline = sst_clock() + scan->store->timeout;
    sst_value_t value;
    sst_status_t status = sst_migrate_get(&value, scan->store, row,
                                          SST_REVISION_LATEST, deadline,
                                          scan->err, pool);

    if (status == SST_NOT_FOUND) {
        return SST_OK;
    }
    if (status != SST_OK) {
        return status;
    }
    return value.elsewhere ? show(scan, row, &value, pool) : SST_OK;
}

static sst_status_t scan_old(void *baton, const sst_row_t *row,
                             const sst_value_t *value, apr_pool_t *pool)
{
    switch (sst_mark_of(&value->version)) {
    case SST_MARK_NONE:
        return show(baton, row, value, pool);
    case SST_MARK_CLAIMED:
        return scan_claimed(baton, row, pool);
    case SST_MARK_ENDED:
        break;
    }
    return SST_OK;
}

/* The old store first: what moves meanwhile is shown twice, and never missed.
 */
static sst_status_t migrate_scan(sst_store_t *store, sst_scan_fn_t *each,
                                 void *baton, sst_error_t *err,
                                 apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    scan_t scan = { store, each, baton, SST_OK, err };
    sst_status_t status = from->ops->scan(from, scan_old, &scan,
                                          told(migrate, err), pool);

    if (scan.answer != SST_OK) {
        return scan.answer;
    }
    status = forgiven(migrate, status);
    return status == SST_OK ? to->ops->scan(to, scan_new, &scan, err, pool)
                            : status;
}

/* --- The life of both --- */

/* The old store is there already, or it is the wrong one. */
static sst_status_t migrate_prepare(sst_store_t *store, apr_uid_t uid,
                                    apr_gid_t gid, sst_error_t *err,
                                    apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_status_t status = to->ops->prepare(to, uid, gid, err, pool);

    from->prepared_before = 1;
    return status == SST_OK
        ? forgiven(migrate, from->ops->prepare(from, uid, gid,
                                               told(migrate, err), pool))
        : status;
}

static sst_status_t migrate_start(sst_store_t *store, sst_error_t *err,
                                  apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_status_t status = to->ops->start(to, err, pool);

    return status == SST_OK
        ? forgiven(migrate, from->ops->start(from, told(migrate, err), pool))
        : status;
}

/* First the new store, then the old one, of which this bit of the position
 * tells.
 */
#define IN_OLD 0x80000000U

static sst_status_t migrate_purge(sst_purge_t *state, sst_store_t *store,
                                  apr_int64_t now_s,
                                  apr_interval_time_t budget,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    int in_old = (state->position & IN_OLD) != 0;
    sst_store_t *part = in_old ? migrate->from : migrate->to;
    sst_status_t status;

    state->position &= ~IN_OLD;
    status = part->ops->purge(state, part, now_s, budget, err, pool);
    if (in_old) {
        state->position |= IN_OLD;
    }
    else if (state->done) {
        state->done = 0;
        state->position = IN_OLD;
    }
    return status;
}

static sst_status_t migrate_examine(sst_store_t *store,
                                    const sst_examiner_t *examiner,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    sst_store_t *to = migrate->to;
    sst_store_t *from = migrate->from;
    sst_status_t status = to->ops->examine(to, examiner, deadline, err, pool);

    return status == SST_OK
        ? forgiven(migrate, from->ops->examine(from, examiner, deadline,
                                               told(migrate, err), pool))
        : status;
}

/* --- The store --- */

static sst_status_t migrate_open(sst_store_t *store, sst_error_t *err,
                                 apr_pool_t *pool)
{
    return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                         "a store that moves sessions is made of two others");
}

static const sst_option_def_t no_options[] = {
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

static const sst_store_ops_t table = {
    .schemes = "",
    .options = no_options,
    .open = migrate_open,
    .prepare = migrate_prepare,
    .start = migrate_start,
    .bind = sst_store_default_bind,
    .get = sst_migrate_get,
    .put = sst_migrate_put,
    .touch = sst_migrate_touch,
    .remove = sst_migrate_remove,
    .index_add = migrate_index_add,
    .index_list = migrate_index_list,
    .index_remove = migrate_index_remove,
    .scan = migrate_scan,
    .purge = migrate_purge,
    .examine = migrate_examine
};

/* The table with the limits of the new store. */
static const sst_store_ops_t *table_for(const sst_store_t *to,
                                        apr_pool_t *pool)
{
    sst_store_ops_t *ops = apr_pmemdup(pool, &table, sizeof(table));

    ops->value_max = to->ops->value_max;
    ops->deflate_min = to->ops->deflate_min;
    ops->touch_max = to->ops->touch_max;
    ops->touch_divisor = to->ops->touch_divisor;
    return ops;
}

sst_store_t *sst_migrate_make(sst_store_t *to, sst_store_t *from,
                              const sst_migrate_conf_t *conf,
                              apr_pool_t *pool)
{
    sst_store_t *store = apr_pmemdup(pool, to, sizeof(*store));
    sst_migrate_t *migrate = apr_pcalloc(pool, sizeof(*migrate));

    migrate->to = to;
    migrate->from = from;
    migrate->miss = conf->miss;
    migrate->settled = sst_clock() + conf->settle;
    store->ops = table_for(to, pool);
    store->impl = migrate;
    store->name = apr_pstrcat(pool, to->name, " (moving from ", from->name,
                              ")", NULL);
    store->purge_interval = 0;
    return store;
}

void sst_migrate_parts(sst_store_t **to, sst_store_t **from,
                       sst_store_t *store)
{
    const sst_migrate_t *migrate = store->impl;
    int moves = store->ops->get == sst_migrate_get;

    *to = moves ? migrate->to : store;
    *from = moves ? migrate->from : NULL;
}

static sst_status_t open_old(sst_store_t **out, sst_migrate_conf_t *conf,
                             int argc, const char *const *argv,
                             sst_error_t *err, apr_pool_t *pool)
{
    apr_array_header_t *words;
    sst_status_t status = sst_migrate_words(conf, &words, argc, argv, err,
                                            pool);
    const char *const *list = (const char *const *) words->elts;

    *out = NULL;
    if (status == SST_OK && words->nelts == 0) {
        (void) sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "the URL of the old store is missing");
        return SST_INVALID;
    }
    return status == SST_OK
        ? sst_store_open(out, list[0], words->nelts - 1, list + 1, err, pool)
        : status;
}

sst_status_t sst_migrate_open(sst_store_t **out, int argc,
                              const char *const *argv, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_migrate_conf_t conf;
    sst_store_t *from = NULL;
    sst_status_t status;
    int own = 1;

    while (own < argc && strcmp(argv[own], SST_MIGRATE_WORD) != 0) {
        own++;
    }
    status = sst_store_open(out, argv[0], own - 1, argv + 1, err, pool);
    if (status != SST_OK || own == argc || (*out)->ops->carried) {
        return status;
    }
    status = open_old(&from, &conf, argc - own - 1, argv + own + 1, err,
                      pool);
    conf.miss = 0;
    *out = status == SST_OK ? sst_migrate_make(*out, from, &conf, pool)
                            : NULL;
    return status;
}
