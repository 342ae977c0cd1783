/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory of another user, in the hands of root: the tool. What it
 * does there it does as that user, to whom the folders belong: root would
 * follow a link that has taken the place of one of them, to anywhere.
 */

#include "lib/backends/dir.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/backends/backends.h"

/* Who the process was; for operations within another's callback, that is the
 * owner already.
 */
typedef struct self_t {
    int changed;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    int count;
} self_t;

/* Nobody may go on as the wrong user. */
static void insist(int rc)
{
    if (rc != 0) {
        abort();
    }
}

static void go_back(const self_t *self)
{
    if (self->changed) {
        insist(seteuid(self->uid));
        insist(setegid(self->gid));
        insist(setgroups((size_t) self->count, self->groups));
    }
}

static int read_groups(self_t *self, apr_pool_t *pool)
{
    self->count = getgroups(0, NULL);
    if (self->count < 0) {
        return -1;
    }
    self->groups = apr_palloc(pool, ((apr_size_t) self->count + 1)
                                    * sizeof(self->groups[0]));
    return getgroups(self->count, self->groups) == self->count ? 0 : -1;
}

/* Acts as the directory's owner from here on. Expected: OK. */
static sst_status_t become_owner(self_t *self, const sst_store_t *store,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    int code;

    self->uid = geteuid();
    self->gid = getegid();
    self->changed = self->uid == 0;
    if (!self->changed) {
        return SST_OK;
    }
    if (read_groups(self, pool) == 0 && setgroups(1, &dir->gid) == 0) {
        if (setegid(dir->gid) == 0 && seteuid(dir->uid) == 0) {
            return SST_OK;
        }
        code = errno;
        go_back(self);
    }
    else {
        code = errno;
    }
    return sst_error_set(err, SST_DENIED, code, "cannot act as the owner of "
                         "\"%s\", whom it needs all rights of root to become",
                         dir->path);
}

/* --- The operations, as the owner --- */

static sst_status_t owner_get(sst_value_t *out, sst_store_t *store,
                              const sst_row_t *row,
                              apr_uint64_t min_revision, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status != SST_OK) {
        memset(out, 0, sizeof(*out));
        return status;
    }
    status = sst_backend_dir.get(out, store, row, min_revision, deadline, err,
                                 pool);
    go_back(&self);
    return status;
}

static sst_status_t owner_put(sst_store_t *store, const sst_row_t *row,
                              sst_span_t value, apr_int64_t expires_s,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.put(store, row, value, expires_s, expected,
                                     deadline, err, pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_touch(sst_store_t *store, const sst_row_t *row,
                                apr_int64_t expires_s, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.touch(store, row, expires_s, deadline, err,
                                       pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_remove(sst_store_t *store, const sst_row_t *row,
                                 const sst_version_t *expected,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.remove(store, row, expected, deadline, err,
                                        pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_index_add(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row,
                                    apr_int64_t expires_s,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.index_add(store, user, row, expires_s,
                                           deadline, err, pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_index_list(apr_array_header_t **out,
                                     sst_store_t *store,
                                     const sst_row_t *user,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    *out = NULL;
    if (status == SST_OK) {
        status = sst_backend_dir.index_list(out, store, user, deadline, err,
                                            pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_index_remove(sst_store_t *store,
                                       const sst_row_t *user,
                                       const sst_row_t *row,
                                       apr_time_t deadline, sst_error_t *err,
                                       apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.index_remove(store, user, row, deadline, err,
                                              pool);
        go_back(&self);
    }
    return status;
}

static sst_status_t owner_purge(sst_purge_t *state, sst_store_t *store,
                                apr_int64_t now_s,
                                apr_interval_time_t budget, sst_error_t *err,
                                apr_pool_t *pool)
{
    self_t self;
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.purge(state, store, now_s, budget, err, pool);
        go_back(&self);
    }
    return status;
}

/* --- The walk --- */

typedef struct walk_t {
    sst_scan_fn_t *each;
    void *baton;
    const self_t *self;
    uid_t owner;
} walk_t;

/* Whoever is shown a record goes on as who it was. The groups, which cost the
 * most to change, stay.
 */
static sst_status_t show(void *baton, const sst_row_t *row,
                         const sst_value_t *value, apr_pool_t *pool)
{
    const walk_t *walk = baton;
    sst_status_t status;

    insist(walk->self->changed ? seteuid(walk->self->uid) : 0);
    status = walk->each(walk->baton, row, value, pool);
    insist(walk->self->changed ? seteuid(walk->owner) : 0);
    return status;
}

static sst_status_t owner_scan(sst_store_t *store, sst_scan_fn_t *each,
                               void *baton, sst_error_t *err,
                               apr_pool_t *pool)
{
    const sst_dir_t *dir = store->impl;
    self_t self;
    walk_t walk = { each, baton, &self, dir->uid };
    sst_status_t status = become_owner(&self, store, err, pool);

    if (status == SST_OK) {
        status = sst_backend_dir.scan(store, show, &walk, err, pool);
        go_back(&self);
    }
    return status;
}

/* --- The table --- */

void sst_dir_act_as_owner(sst_store_t *store, apr_pool_t *pool)
{
    sst_store_ops_t *ops = apr_pmemdup(pool, &sst_backend_dir, sizeof(*ops));

    ops->get = owner_get;
    ops->put = owner_put;
    ops->touch = owner_touch;
    ops->remove = owner_remove;
    ops->index_add = owner_index_add;
    ops->index_list = owner_index_list;
    ops->index_remove = owner_index_remove;
    ops->scan = owner_scan;
    ops->purge = owner_purge;
    store->ops = ops;
}
