/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One record in two stores.
 *
 * Who may write where:
 * - In the old store, a record is changed by compare-and-set until it bears the
 *   mark CLAIMED, and never after that. So whoever moves it has its last state.
 * - In the new store, a moved record is only ever put where nothing is: of two
 *   movers one writes, and the other finds a conflict, as with any two writers.
 * - Who ends a record that a mover may have at hand puts the mark ENDED in the
 *   new store: the mover finds that in its way.
 */

#include "lib/migrate_row.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/migrate_mark.h"

/* How long the mark of an ended record stays at least: longer than any call
 * that may still be under way. It also outlives what it ended.
 */
#define ENDED_S 300

typedef enum {
    WHERE_NOWHERE,
    WHERE_ENDED,                /* the new store says that it has ended */
    WHERE_OLD,
    WHERE_NEW
} where_t;

/* A call's arguments that are handed on everywhere. */
typedef struct call_t {
    const sst_migrate_t *migrate;
    const sst_row_t *row;
    apr_time_t deadline;
    sst_error_t *err;
    apr_pool_t *pool;
} call_t;

/* Where a record was found, and as what. */
typedef struct found_t {
    where_t where;
    sst_value_t value;          /* valid if OLD or NEW */
} found_t;

int sst_migrate_is_settling(const sst_migrate_t *migrate)
{
    return sst_clock() < migrate->settled;
}

static apr_int64_t now_s(void)
{
    return (apr_int64_t) apr_time_sec(apr_time_now());
}

static int is_over(const sst_value_t *value)
{
    return value->expires_s <= now_s();
}

/* --- One store --- */

static sst_status_t get(sst_value_t *out, sst_store_t *part,
                        apr_uint64_t min_revision, const call_t *call)
{
    return part->ops->get(out, part, call->row, min_revision, call->deadline,
                          call->err, call->pool);
}

static sst_status_t put(sst_store_t *part, sst_span_t value,
                        apr_int64_t expires_s, const sst_version_t *expected,
                        const call_t *call)
{
    return part->ops->put(part, call->row, value, expires_s, expected,
                          call->deadline, call->err, call->pool);
}

static sst_status_t touch(sst_store_t *part, apr_int64_t expires_s,
                          const call_t *call)
{
    return part->ops->touch(part, call->row, expires_s, call->deadline,
                            call->err, call->pool);
}

static sst_status_t end(sst_store_t *part, const sst_version_t *expected,
                        const call_t *call)
{
    return part->ops->remove(part, call->row, expected, call->deadline,
                             call->err, call->pool);
}

/* Takes what is left out of the old store, where the new one has the say: a
 * failure does no harm, and is nobody's news.
 */
static void drop_old(const sst_version_t *expected, const call_t *call)
{
    call_t quiet = *call;
    sst_status_t status;

    quiet.err = NULL;
    status = end(call->migrate->from, expected, &quiet);
    (void) status;
}

/* --- Finding it --- */

/* Expected: OK, with out->where NEW, ENDED or NOWHERE. A record of the new
 * store that is claimed has been moved the other way, and what was left of it
 * counts only if there is no other (`last`).
 */
static sst_status_t look_in_new(found_t *out, apr_uint64_t min_revision,
                                int last, const call_t *call)
{
    sst_status_t status = get(&out->value, call->migrate->to, min_revision,
                              call);

    out->where = WHERE_NOWHERE;
    if (status != SST_OK) {
        return status == SST_NOT_FOUND ? SST_OK : status;
    }
    switch (sst_mark_of(&out->value.version)) {
    case SST_MARK_NONE:
        out->where = WHERE_NEW;
        break;
    case SST_MARK_CLAIMED:
        out->where = last ? WHERE_NEW : WHERE_NOWHERE;
        break;
    case SST_MARK_ENDED:
        out->where = WHERE_ENDED;
        break;
    }
    return SST_OK;
}

/* Expected: OK, with out->where OLD or NOWHERE. */
static sst_status_t look_in_old(found_t *out, apr_uint64_t min_revision,
                                const call_t *call)
{
    sst_status_t status = get(&out->value, call->migrate->from, min_revision,
                              call);

    out->where = WHERE_NOWHERE;
    if (status == SST_OK
        && sst_mark_of(&out->value.version) != SST_MARK_ENDED) {
        out->where = WHERE_OLD;
    }
    return status == SST_NOT_FOUND ? SST_OK : status;
}

/* The new store, the old one, and, since it may have been moved in between,
 * the new one again. With `miss`, an old store that fails has nothing.
 */
static sst_status_t look(found_t *out, apr_uint64_t min_revision, int miss,
                         const call_t *call)
{
    call_t quiet = *call;
    sst_status_t status = look_in_new(out, min_revision, 0, call);

    if (status != SST_OK || out->where != WHERE_NOWHERE) {
        return status;
    }
    if (miss) {
        quiet.err = NULL;
    }
    status = look_in_old(out, min_revision, &quiet);
    if (status != SST_OK) {
        return miss ? SST_OK : status;
    }
    return out->where == WHERE_NOWHERE
        ? look_in_new(out, min_revision, 1, call) : SST_OK;
}

sst_status_t sst_migrate_get(sst_value_t *out, sst_store_t *store,
                             const sst_row_t *row, apr_uint64_t min_revision,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    const sst_migrate_t *migrate = store->impl;
    call_t call = { migrate, row, deadline, err, pool };
    found_t found;
    sst_status_t status = look(&found, min_revision, migrate->miss, &call);

    memset(out, 0, sizeof(*out));
    if (status != SST_OK) {
        return status;
    }
    if (found.where != WHERE_OLD && found.where != WHERE_NEW) {
        return SST_NOT_FOUND;
    }
    *out = found.value;
    out->elsewhere = found.where == WHERE_OLD;
    return SST_OK;
}

/* --- Moving it --- */

/* Puts a record in the new store where nothing is, or nothing but a mark of
 * this kind. Expected: OK; CONFLICT.
 */
static sst_status_t put_in_new(sst_span_t value, apr_int64_t expires_s,
                               sst_mark_t passed_over, const call_t *call)
{
    sst_store_t *to = call->migrate->to;
    sst_value_t there;
    sst_status_t status = put(to, value, expires_s, NULL, call);

    if (status != SST_CONFLICT) {
        return status;
    }
    status = get(&there, to, SST_REVISION_LATEST, call);
    if (status == SST_OK && sst_mark_of(&there.version) == passed_over) {
        status = put(to, value, expires_s, &there.version, call);
    }
    else if (status == SST_OK) {
        return SST_CONFLICT;
    }
    return status == SST_NOT_FOUND ? SST_CONFLICT : status;
}

/* From now on nobody else writes it in the old store. Expected: OK, with
 * *found as it is stored now; CONFLICT.
 */
static sst_status_t claim(found_t *found, const call_t *call)
{
    sst_value_t *value = &found->value;
    sst_version_t version;
    sst_span_t bytes;
    sst_status_t status;

    if (sst_mark_of(&value->version) == SST_MARK_CLAIMED) {
        return SST_OK;
    }
    status = sst_mark_put(&bytes, &version, SST_MARK_CLAIMED, value->bytes,
                          call->err, call->pool);
    if (status == SST_OK) {
        status = put(call->migrate->from, bytes, value->expires_s,
                     &value->version, call);
    }
    if (status == SST_OK) {
        value->bytes = bytes;
        value->version = version;
    }
    return status == SST_NOT_FOUND ? SST_CONFLICT : status;
}

/* Moves what was found in the old store, as `value`. Expected: OK; CONFLICT. */
static sst_status_t move(found_t *found, sst_span_t value,
                         apr_int64_t expires_s, const call_t *call)
{
    sst_status_t status = claim(found, call);

    if (status == SST_OK) {
        status = put_in_new(value, expires_s, SST_MARK_CLAIMED, call);
    }
    if (status == SST_OK) {
        drop_old(&found->value.version, call);
    }
    return status;
}

static int fits(const sst_store_t *part, apr_size_t len)
{
    return part->ops->value_max == 0 || len <= part->ops->value_max;
}

/* 1 when a record in the old store is to be written there. */
static int stays(const found_t *found, apr_size_t len, const call_t *call)
{
    return sst_migrate_is_settling(call->migrate)
        && sst_mark_of(&found->value.version) != SST_MARK_CLAIMED
        && fits(call->migrate->from, len);
}

/* --- Writing it --- */

/* Where both stores could have it, the answers mean: OK, it is there; TOO_BIG
 * and, with `miss`, any failure, that the new store is to have it.
 */
static sst_status_t create(sst_span_t value, apr_int64_t expires_s,
                           const call_t *call)
{
    const sst_migrate_t *migrate = call->migrate;
    call_t quiet = *call;
    sst_status_t status;

    if (sst_migrate_is_settling(migrate) && fits(migrate->from, value.len)) {
        if (migrate->miss) {
            quiet.err = NULL;
        }
        status = put(migrate->from, value, expires_s, NULL, &quiet);
        if (status == SST_OK || status == SST_CONFLICT || !migrate->miss) {
            return status;
        }
    }
    return put_in_new(value, expires_s, SST_MARK_ENDED, call);
}

static int same_token(const sst_version_t *version, sst_span_t value)
{
    return value.len >= SST_TOKEN_LEN
        && memcmp(version->token, value.data, SST_TOKEN_LEN) == 0;
}

static sst_status_t update_old(found_t *found, sst_span_t value,
                               apr_int64_t expires_s,
                               const sst_version_t *expected,
                               const call_t *call)
{
    sst_status_t status;

    if (is_over(&found->value)) {
        return SST_NOT_FOUND;
    }
    if (!sst_version_equal(&found->value.version, expected)) {
        return same_token(&found->value.version, value) ? SST_OK
                                                        : SST_CONFLICT;
    }
    if (!stays(found, value.len, call)) {
        return move(found, value, expires_s, call);
    }
    status = put(call->migrate->from, value, expires_s, expected, call);
    /* Moved or ended meanwhile: who looks again sees which. */
    return status == SST_NOT_FOUND ? SST_CONFLICT : status;
}

static sst_status_t update(sst_span_t value, apr_int64_t expires_s,
                           const sst_version_t *expected, const call_t *call)
{
    found_t found;
    sst_status_t status = put(call->migrate->to, value, expires_s, expected,
                              call);

    /* In its way may be a mark, which is no record. */
    if (status != SST_NOT_FOUND && status != SST_CONFLICT) {
        return status;
    }
    status = look(&found, SST_REVISION_LATEST, 0, call);
    if (status != SST_OK) {
        return status;
    }
    switch (found.where) {
    case WHERE_OLD:
        return update_old(&found, value, expires_s, expected, call);
    case WHERE_NEW:
        return is_over(&found.value) ? SST_NOT_FOUND : SST_CONFLICT;
    default:
        return SST_NOT_FOUND;
    }
}

sst_status_t sst_migrate_put(sst_store_t *store, const sst_row_t *row,
                             sst_span_t value, apr_int64_t expires_s,
                             const sst_version_t *expected,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool)
{
    call_t call = { store->impl, row, deadline, err, pool };

    return expected == NULL ? create(value, expires_s, &call)
                            : update(value, expires_s, expected, &call);
}

/* --- Again and again --- */

/* 1 when a call that met another one may be tried again. */
static int try_again(sst_status_t status, const call_t *call)
{
    return status == SST_CONFLICT && sst_clock() < call->deadline;
}

static sst_status_t out_of_time(sst_error_t *err)
{
    return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                         "others wrote the same session all the time while it "
                         "was to be moved");
}

/* --- Touching it --- */

/* Expected: OK; NOT_FOUND; CONFLICT. */
static sst_status_t touch_old(found_t *found, apr_int64_t expires_s,
                              const call_t *call)
{
    apr_size_t len = found->value.bytes.len;
    sst_status_t status;

    if (is_over(&found->value)) {
        return SST_NOT_FOUND;
    }
    /* What is too large for the new store stays until it is written anew. */
    if (!stays(found, len, call) && fits(call->migrate->to, len)) {
        return move(found, found->value.bytes, expires_s, call);
    }
    status = touch(call->migrate->from, expires_s, call);
    return status == SST_NOT_FOUND ? SST_CONFLICT : status;
}

static sst_status_t touch_once(apr_int64_t expires_s, const call_t *call)
{
    found_t found;
    sst_status_t status = look(&found, SST_REVISION_LATEST, 0, call);

    if (status != SST_OK) {
        return status;
    }
    switch (found.where) {
    case WHERE_OLD:
        return touch_old(&found, expires_s, call);
    case WHERE_NEW:
        return touch(call->migrate->to, expires_s, call);
    default:
        return SST_NOT_FOUND;
    }
}

sst_status_t sst_migrate_touch(sst_store_t *store, const sst_row_t *row,
                               apr_int64_t expires_s, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool)
{
    call_t call = { store->impl, row, deadline, err, pool };
    sst_status_t status;

    do {
        status = touch_once(expires_s, &call);
    } while (try_again(status, &call));
    return status == SST_CONFLICT ? out_of_time(err) : status;
}

/* --- Ending it --- */

/* Puts the mark of the end in the new store, over the version that was found
 * there, or where nothing is. Expected: OK; CONFLICT.
 */
static sst_status_t mark_ended(const found_t *found, const call_t *call)
{
    const sst_value_t *value = &found->value;
    apr_int64_t until_s = now_s() + ENDED_S;
    sst_version_t version;
    sst_span_t bytes;
    sst_status_t status;

    if (value->expires_s > until_s) {
        until_s = value->expires_s;
    }
    status = sst_mark_put(&bytes, &version, SST_MARK_ENDED, value->bytes,
                          call->err, call->pool);
    if (status != SST_OK) {
        return status;
    }
    if (found->where == WHERE_OLD) {
        return put_in_new(bytes, until_s, SST_MARK_CLAIMED, call);
    }
    status = put(call->migrate->to, bytes, until_s, &value->version, call);
    return status == SST_NOT_FOUND ? SST_CONFLICT : status;
}

/* Ends exactly what was found. Expected: OK; NOT_FOUND; CONFLICT. */
static sst_status_t end_found(const found_t *found, const call_t *call)
{
    const sst_version_t *version = &found->value.version;
    sst_status_t status;

    if (found->where == WHERE_NEW && is_over(&found->value)) {
        return end(call->migrate->to, version, call);
    }
    if (found->where == WHERE_OLD
        && sst_mark_of(version) != SST_MARK_CLAIMED) {
        /* Nobody can claim it any more, so nobody has it to move. */
        status = end(call->migrate->from, version, call);
        return status == SST_NOT_FOUND ? SST_CONFLICT : status;
    }
    status = mark_ended(found, call);
    if (status == SST_OK) {
        drop_old(found->where == WHERE_OLD ? version : NULL, call);
    }
    return status;
}

static sst_status_t end_once(const sst_version_t *expected,
                             const call_t *call)
{
    found_t found;
    sst_status_t status = look(&found, SST_REVISION_LATEST, 0, call);

    if (status != SST_OK) {
        return status;
    }
    if (found.where != WHERE_OLD && found.where != WHERE_NEW) {
        return SST_NOT_FOUND;
    }
    if (expected != NULL
        && !sst_version_equal(&found.value.version, expected)) {
        return SST_CONFLICT;
    }
    return end_found(&found, call);
}

sst_status_t sst_migrate_remove(sst_store_t *store, const sst_row_t *row,
                                const sst_version_t *expected,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool)
{
    call_t call = { store->impl, row, deadline, err, pool };
    sst_status_t status;

    do {
        status = end_once(expected, &call);
    } while (expected == NULL && try_again(status, &call));
    return status == SST_CONFLICT && expected == NULL ? out_of_time(err)
                                                      : status;
}
