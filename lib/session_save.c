/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Saving a session: compare-and-set and merge, a new id, the end. */

#include "lib/session.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/entries.h"
#include "lib/session_carried.h"
#include "lib/session_limit.h"
#include "lib/session_row.h"

/* Between two tries at a record that others write too: random, growing. */
#define RETRY_STEP (500)            /* us */
#define RETRY_MAX (20 * 1000)       /* us */

/* What a save that fails has left is seen to when its time is up, mostly. */
#define UNDO_TIME apr_time_from_msec(300)

static int is_allowed(const sst_session_t *session, apr_size_t size)
{
    return session->site->max_size == 0 || size <= session->site->max_size;
}

static sst_status_t too_big(const sst_session_t *session, apr_size_t size,
                            sst_error_t *err)
{
    return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                         "a session of %" APR_SIZE_T_FMT " bytes is more than "
                         "the %" APR_SIZE_T_FMT " bytes allowed", size,
                         session->site->max_size);
}

static sst_status_t check_size(const sst_session_t *session,
                               const apr_table_t *entries, sst_error_t *err)
{
    apr_size_t size = sst_entries_size(entries);

    /* What does not grow passes: a limit that was lowered must not keep a
     * session from shrinking, nor its user from signing out.
     */
    if (is_allowed(session, size)
        || (session->exists && size <= sst_entries_size(session->base))) {
        return SST_OK;
    }
    return too_big(session, size, err);
}

/* Waits a little, so that writers who met do not meet again at once. */
static void stand_aside(int tries)
{
    apr_interval_time_t most = RETRY_STEP;
    apr_uint32_t dice = 0;

    while (tries-- > 0 && most < RETRY_MAX) {
        most *= 2;
    }
    if (sst_random(&dice, sizeof(dice), NULL) == SST_OK) {
        apr_sleep((apr_interval_time_t) dice % most);
    }
}

static sst_status_t out_of_time(sst_error_t *err)
{
    return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                         "others wrote the same session all the time; the "
                         "changes could not be merged in time");
}

/* --- Update: compare and set, merge --- */

/* Another write came first: takes it over and puts our changes on top. *mine
 * becomes the merged entries. Expected: OK, NOT_FOUND, EXPIRED.
 */
static sst_status_t merge_stored(sst_session_t *session,
                                 const apr_table_t **mine,
                                 sst_outcome_t *outcome, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const apr_table_t *base = session->base;
    sst_status_t status;
    int clashes = 0;

    if (sst_clock() >= deadline) {
        return out_of_time(err);
    }
    stand_aside(outcome->conflicts);
    status = sst_session_row_read(session, deadline, err);
    if (status != SST_OK) {
        return status;
    }
    *mine = sst_entries_merge(&clashes, base, *mine, session->base, pool);
    outcome->conflicts++;
    outcome->clashes += clashes;
    return check_size(session, *mine, err);
}

/* --- Create and end --- */

/* A new id for the session, with no record yet. */
static sst_status_t begin(sst_session_t *session, sst_error_t *err)
{
    const sst_site_t *site = session->site;
    sst_status_t status = sst_ticket_mint(&session->ticket,
                                          sst_keyring_sealing(site->ring), err);

    if (status == SST_OK) {
        status = sst_ticket_row(&session->row, &session->ticket, &site->scope,
                                err);
    }
    session->exists = 0;
    session->elsewhere = 0;
    memset(&session->version, 0, sizeof(session->version));
    return status;
}

/* The absolute time begins. */
static void start_clock(sst_session_t *session)
{
    apr_int64_t absolute_s = session->site->absolute_s;

    session->created_s = (apr_int64_t) apr_time_sec(apr_time_now());
    session->deadline_s = absolute_s ? session->created_s + absolute_s : 0;
}

/* Until when what is left of a save may be seen to. */
static apr_time_t undo_deadline(apr_time_t deadline)
{
    apr_time_t own = sst_clock() + UNDO_TIME;

    return own > deadline ? own : deadline;
}

/* What was noted, and `written` perhaps, of a session that will not begin: it
 * is told to nobody, but would count as one of its user's. While the record may
 * be there its note stays.
 */
static void undo_begun(const sst_session_t *session,
                       const apr_table_t *entries, int written,
                       apr_time_t deadline, apr_pool_t *pool)
{
    apr_time_t until = undo_deadline(deadline);
    sst_store_t *store = session->store;
    sst_status_t status = SST_NOT_FOUND;

    if (written) {
        status = store->ops->remove(store, &session->row, NULL, until, NULL,
                                    pool);
    }
    if (status == SST_OK || status == SST_NOT_FOUND) {
        sst_session_row_forget(session, entries, until, pool);
    }
}

/* The index first: a crash in between leaves a note without a record, and
 * never a session that ending a user's sessions would miss.
 */
static sst_status_t write_new(sst_session_t *session,
                              const apr_table_t *entries, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = sst_session_row_note(session, entries, deadline,
                                               err, pool);
    int written = 0;

    if (status == SST_OK) {
        status = sst_session_row_put(session, entries, deadline, err, pool);
        /* Of anything else it is not known. */
        written = status != SST_CONFLICT && status != SST_NOT_FOUND
            && status != SST_TOO_BIG;
    }
    if (status != SST_OK) {
        undo_begun(session, entries, written, deadline, pool);
    }
    return status;
}

/* A new id, noted and written. */
static sst_status_t create(sst_session_t *session, const apr_table_t *entries,
                           apr_time_t deadline, sst_error_t *err,
                           apr_pool_t *pool)
{
    sst_status_t status = begin(session, err);

    if (status == SST_OK) {
        status = write_new(session, entries, deadline, err, pool);
    }
    if (status == SST_CONFLICT || status == SST_NOT_FOUND) {
        /* 128 random bits do not meet a second time. */
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "%s says that a new id is taken",
                             session->site->store->name);
    }
    return status;
}

/* The record has been removed by us. */
static void set_ended(sst_session_t *session, apr_time_t deadline,
                      apr_pool_t *pool)
{
    sst_session_row_forget(session, session->base, deadline, pool);
    session->exists = 0;
    session->base = apr_table_make(session->pool, 8);
}

/* The record has been removed by somebody else, or its time was over. */
static void set_gone(sst_outcome_t *out, sst_session_t *session)
{
    out->saved = SST_SAVED_GONE;
    session->exists = 0;
    session->gone = 1;
    session->base = apr_table_make(session->pool, 8);
}

sst_status_t sst_session_end(sst_session_t *session, apr_time_t deadline,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    sst_status_t status;

    if (!session->exists) {
        return SST_OK;
    }
    status = store->ops->remove(store, &session->row, NULL, deadline, err,
                                pool);
    if (status != SST_OK && status != SST_NOT_FOUND) {
        return status;
    }
    set_ended(session, deadline, pool);
    return SST_OK;
}

/* What has failed is undone. If that fails too, a record stays that nobody has
 * a ticket for; it expires.
 */
static void undo_create(sst_session_t *session, apr_time_t deadline,
                        apr_pool_t *pool)
{
    sst_status_t undone = sst_session_end(session, undo_deadline(deadline),
                                          NULL, pool);

    (void) undone;
}

/* Creates the session, with another user than `old` (NULL: none) had, if the
 * users' limits let it be: out->saved is then not REFUSED.
 */
static sst_status_t sign_in(sst_outcome_t *out, sst_session_t *session,
                            const apr_table_t *entries,
                            const sst_session_t *old, apr_time_t deadline,
                            sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = create(session, entries, deadline, err, pool);
    int refused = 0;

    if (status == SST_OK) {
        status = sst_session_limit(&refused, &out->displaced, session,
                                   entries, old, deadline, err, pool);
        if (status != SST_OK || refused) {
            undo_create(session, deadline, pool);
        }
    }
    if (refused) {
        out->saved = SST_SAVED_REFUSED;
    }
    return status;
}

/* --- Update --- */

/* Writes the entries, or ends the session when there are none. Expected: OK,
 * CONFLICT, NOT_FOUND.
 */
static sst_status_t put_or_end(sst_outcome_t *out, sst_session_t *session,
                               const apr_table_t *entries,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_store_t *store = session->store;
    sst_status_t status;

    if (!sst_entries_empty(entries)) {
        return sst_session_row_put(session, entries, deadline, err, pool);
    }
    status = store->ops->remove(store, &session->row, &session->version,
                                deadline, err, pool);
    if (status == SST_OK) {
        out->saved = SST_SAVED_ENDED;
        set_ended(session, deadline, pool);
    }
    return status;
}

static sst_status_t update(sst_outcome_t *out, sst_session_t *session,
                           const apr_table_t *entries, apr_time_t deadline,
                           sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status;

    out->saved = SST_SAVED_UPDATED;
    status = put_or_end(out, session, entries, deadline, err, pool);
    while (status == SST_CONFLICT) {
        status = merge_stored(session, &entries, out, deadline, err, pool);
        if (status == SST_OK) {
            status = put_or_end(out, session, entries, deadline, err, pool);
        }
    }
    if (status == SST_NOT_FOUND || status == SST_EXPIRED) {
        set_gone(out, session);
        return SST_OK;
    }
    return status;
}

/* --- Rotation --- */

/* Writes the entries to the new record. When nothing is left to write, it is
 * for the caller to end the session.
 */
static sst_status_t put_again(sst_session_t *session,
                              const apr_table_t *entries, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    if (sst_entries_empty(entries)) {
        return SST_OK;
    }
    return sst_session_row_put(session, entries, deadline, err, pool);
}

/* The old record has ended meanwhile: what it held must not live on under the
 * new id. Only what this request has set itself is kept.
 */
static sst_status_t keep_own_changes(sst_session_t *session,
                                     const sst_session_t *old,
                                     const apr_table_t **entries,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool)
{
    apr_table_t *nothing = apr_table_make(pool, 1);
    int clashes;

    *entries = sst_entries_merge(&clashes, old->base, *entries, nothing,
                                 pool);
    return put_again(session, *entries, deadline, err, pool);
}

/* Removes the old record, exactly as this request has seen it, or whatever it
 * holds by now (`version` is NULL). Where no answer came, it is done once more
 * before anybody gives up the new record: both would be gone. (A look would not
 * do: an old store that fails may be said to have nothing.)
 */
static sst_status_t remove_old(const sst_session_t *old,
                               const sst_version_t *version,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_store_t *store = old->store;
    sst_error_t own;
    sst_status_t status;
    sst_status_t again;

    sst_error_clear(&own);
    status = store->ops->remove(store, &old->row, version, deadline, &own,
                                pool);
    if (status == SST_OK || status == SST_NOT_FOUND
        || status == SST_CONFLICT) {
        return status;
    }
    again = store->ops->remove(store, &old->row, version,
                               undo_deadline(deadline), NULL, pool);
    if (again == SST_OK || again == SST_NOT_FOUND) {
        return SST_OK;
    }
    return sst_error_set(err, status, own.os, "%s", own.text);
}

/* Ends the old record, exactly as this request has seen it; what somebody else
 * has written to it meanwhile is merged into the new one first. *entries
 * becomes what the new record holds.
 */
static sst_status_t end_old(sst_outcome_t *out, sst_session_t *session,
                            sst_session_t *old, const apr_table_t **entries,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    sst_status_t status = remove_old(old, &old->version, deadline, err, pool);

    out->saved = SST_SAVED_ROTATED;
    while (status == SST_CONFLICT) {
        status = merge_stored(old, entries, out, deadline, err, pool);
        if (status == SST_OK) {
            status = put_again(session, *entries, deadline, err, pool);
        }
        if (status == SST_OK) {
            status = remove_old(old, &old->version, deadline, err, pool);
        }
    }
    if (status == SST_NOT_FOUND || status == SST_EXPIRED) {
        old->gone = 1;
        return keep_own_changes(session, old, entries, deadline, err, pool);
    }
    return status;
}

/* The merge with the old record has left nothing to keep under the new id. */
static sst_status_t end_empty(sst_outcome_t *out, sst_session_t *session,
                              const sst_session_t *old, apr_time_t deadline,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = sst_session_end(session, deadline, err, pool);

    out->saved = SST_SAVED_ENDED;
    if (status == SST_OK && old->gone) {
        set_gone(out, session);
    }
    return status;
}

/* A new id, secret and record; the old record ends. The new one is written
 * first, so that a crash loses nothing; nobody holds its ticket until we
 * return.
 */
static sst_status_t rotate(sst_outcome_t *out, sst_session_t *session,
                           const apr_table_t *entries, int other_user,
                           apr_time_t deadline, sst_error_t *err,
                           apr_pool_t *pool)
{
    sst_session_t old = *session;
    const apr_table_t *old_entries = old.base;
    sst_status_t status = other_user
        ? sign_in(out, session, entries, &old, deadline, err, pool)
        : create(session, entries, deadline, err, pool);

    if (status == SST_OK && out->saved != SST_SAVED_REFUSED) {
        status = end_old(out, session, &old, &entries, deadline, err, pool);
        if (status == SST_OK && sst_entries_empty(entries)) {
            status = end_empty(out, session, &old, deadline, err, pool);
        }
        if (status == SST_NOT_FOUND) {
            /* Of the new record: an administrator has ended it already. */
            set_gone(out, session);
            status = SST_OK;
        }
        else if (status != SST_OK) {
            undo_create(session, deadline, pool);
        }
    }
    if (status == SST_OK && out->saved != SST_SAVED_REFUSED) {
        sst_session_row_forget(&old, old_entries, deadline, pool);
    }
    sst_wipe(&old.ticket, sizeof(old.ticket));
    return status;
}

/* --- Save --- */

static int user_changed(const sst_session_t *session,
                        const apr_table_t *entries, apr_pool_t *pool)
{
    const apr_array_header_t *keys = session->site->user_keys;

    return !sst_users_equal(sst_entries_users(session->base, keys, pool),
                            sst_entries_users(entries, keys, pool));
}

static sst_status_t save_empty(sst_outcome_t *out, sst_session_t *session,
                               const apr_table_t *entries,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    if (!session->exists) {
        return SST_OK;
    }
    if (!user_changed(session, entries, pool)) {
        /* What others have set meanwhile is not ours to remove. */
        return update(out, session, entries, deadline, err, pool);
    }
    out->saved = SST_SAVED_ENDED;
    return sst_session_end(session, deadline, err, pool);
}

static sst_status_t save_entries(sst_outcome_t *out, sst_session_t *session,
                                 const apr_table_t *entries, int flags,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool)
{
    int asked_to_rotate = (flags & SST_SAVE_ROTATE) != 0;
    apr_int64_t began_s = session->created_s;
    sst_status_t status;
    int other_user;

    if (session->exists && !asked_to_rotate
        && sst_entries_equal(session->base, entries, pool)) {
        out->saved = SST_SAVED_UNCHANGED;
        return SST_OK;
    }
    status = check_size(session, entries, err);
    if (status != SST_OK) {
        return status;
    }
    other_user = user_changed(session, entries, pool);
    /* With another user a session begins anew, and so does its time. */
    if (!session->exists || other_user) {
        start_clock(session);
    }
    if (!session->exists) {
        out->saved = SST_SAVED_CREATED;
        return sign_in(out, session, entries, NULL, deadline, err, pool);
    }
    if (other_user && session->store->ops->carried) {
        status = sst_session_carried_recheck(session, began_s, deadline, err,
                                             pool);
        if (status != SST_OK) {
            return status;
        }
    }
    if (other_user || asked_to_rotate) {
        return rotate(out, session, entries, other_user, deadline, err, pool);
    }
    return update(out, session, entries, deadline, err, pool);
}

static sst_status_t drop_old(const sst_session_t *old, apr_time_t deadline,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status;

    if (!old->exists) {
        return SST_OK;
    }
    status = remove_old(old, NULL, deadline, err, pool);
    if (status != SST_OK && status != SST_NOT_FOUND) {
        return status;
    }
    sst_session_row_forget(old, old->base, deadline, pool);
    return SST_OK;
}

/* Begins another session with the entries; the old one, if there is one, ends.
 * The new one is written first: what fails or is refused leaves the old one as
 * it was.
 */
static sst_status_t begin_anew(sst_outcome_t *out, sst_session_t *session,
                               const apr_table_t *entries,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    sst_session_t old = *session;
    sst_status_t status;

    start_clock(session);
    out->saved = SST_SAVED_CREATED;
    status = sign_in(out, session, entries, &old, deadline, err, pool);
    if (status == SST_OK && out->saved != SST_SAVED_REFUSED) {
        status = drop_old(&old, deadline, err, pool);
        if (status != SST_OK) {
            undo_create(session, deadline, pool);
        }
    }
    sst_wipe(&old.ticket, sizeof(old.ticket));
    return status;
}

/* Ends the session, and begins another one with the entries, if there are any.
 */
static sst_status_t end_and_begin(sst_outcome_t *out, sst_session_t *session,
                                  const apr_table_t *entries,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    apr_size_t size = sst_entries_size(entries);

    if (sst_entries_empty(entries)) {
        out->saved = session->exists ? SST_SAVED_ENDED : SST_SAVED_NOTHING;
        return sst_session_end(session, deadline, err, pool);
    }
    return is_allowed(session, size)
        ? begin_anew(out, session, entries, deadline, err, pool)
        : too_big(session, size, err);
}

static sst_status_t save(sst_outcome_t *out, sst_session_t *session,
                         const apr_table_t *entries, int flags,
                         apr_time_t deadline, sst_error_t *err,
                         apr_pool_t *pool)
{
    if (flags & SST_SAVE_END) {
        return end_and_begin(out, session, entries, deadline, err, pool);
    }
    return sst_entries_empty(entries)
        ? save_empty(out, session, entries, deadline, err, pool)
        : save_entries(out, session, entries, flags, deadline, err, pool);
}

sst_status_t sst_session_save(sst_outcome_t *out, sst_session_t *session,
                              const apr_table_t *entries, int flags,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    sst_session_t before;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    out->saved = SST_SAVED_NOTHING;
    if (session->gone) {
        out->saved = SST_SAVED_GONE;
        return SST_OK;
    }
    before = *session;
    status = save(out, session, entries, flags, deadline, err, pool);
    if (status != SST_OK || out->saved == SST_SAVED_REFUSED) {
        /* Also what was read for a merge: another try has to find again that
         * others have changed it.
         */
        *session = before;
    }
    if (status != SST_OK) {
        out->saved = SST_SAVED_NOTHING;
    }
    sst_wipe(&before.ticket, sizeof(before.ticket));
    return status;
}
