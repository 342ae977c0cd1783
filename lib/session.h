/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions: load, save, touch and end. The one interface of the httpd glue and
 * of htsession; it puts ticket, record and store together and holds the rules
 * that make sessions correct:
 *
 * - without a ticket that checks, no store is asked;
 * - what has not changed is not written;
 * - a change is a compare-and-set; on a conflict the changes are merged, by
 *   name, into what is stored now, and tried again;
 * - what has ended stays ended: an update needs the record to be there;
 * - another user (login, logout, change) means another id, another secret and
 *   another record, and the old record ends at once;
 * - a session without entries is not stored.
 *
 * A session belongs to the pool and the thread of its request.
 */
#ifndef SST_SESSION_H
#define SST_SESSION_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "lib/keyring.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/ticket.h"

/* Candidates for the ticket that one request may bring along. */
#define SST_CANDIDATES_MAX 4

/* What happens to a login that would give a user more sessions than allowed. */
typedef enum {
    SST_LIMIT_END_OLDEST = 0,   /* it makes room for itself */
    SST_LIMIT_REFUSE
} sst_limit_t;

/* What the configuration says about the sessions of a place. Belongs to the
 * caller, who keeps it as long as its sessions.
 */
typedef struct sst_site_t {
    sst_store_t *store;
    const sst_keyring_t *ring;
    sst_scope_t scope;          /* where tickets are valid */
    apr_int64_t idle_s;         /* ends after so long without a request */
    apr_int64_t absolute_s;     /* ends so long after it began; 0: never */
    apr_int64_t touch_s;        /* how late the store may learn of a request */
    apr_size_t max_size;        /* bytes of entries; 0: the store's limit */
    apr_size_t carried_max;     /* characters of cookies that one session may
                                 * take where browsers carry it */
    const apr_array_header_t *user_keys;    /* const char *: what names users
                                 * in any place whose sessions are these
                                 * (entries.h), whichever place this is */
    const char *client;         /* who asks, for the administrator's list */
    int max_per_user;           /* live sessions of one user; 0: any number */
    sst_limit_t at_limit;
} sst_site_t;

/* A session as this request knows it. Written by session.c, session_save.c and
 * session_row.c only.
 */
typedef struct sst_session_t {
    const sst_site_t *site;
    sst_store_t *store;         /* to call for this session: see its bind */
    apr_pool_t *pool;
    int exists;                 /* there is a record behind it */
    int gone;                   /* it ended meanwhile: no save brings it back */
    int elsewhere;              /* to be noted before it is written, which may
                                 * move it to another store */
    sst_ticket_t ticket;        /* valid while exists */
    sst_row_t row;              /* valid while exists */
    sst_version_t version;      /* of the record as last seen */
    apr_int64_t created_s;
    apr_int64_t deadline_s;     /* absolute end, 0 for none */
    apr_int64_t expires_s;      /* idle end, as the store has it */
    apr_table_t *base;          /* entries as last seen in the store */
} sst_session_t;

/* The session that one of the `count` candidates (texts of cookies, at most
 * SST_CANDIDATES_MAX are looked at) is the ticket of. *out is a session on
 * every path; unless the answer is OK it is a new, empty one without a record.
 * Expected:
 *   OK         found; its entries are in (*out)->base
 *   INVALID    no candidate checks (or there is none): the store was not asked
 *   NOT_FOUND  a ticket checked, its record is gone
 *   EXPIRED    the same, its time is over
 *   CORRUPT    the record does not open, belongs to another row, or is older
 *              than its ticket; *err says which
 * Everything else is a failure of the store: whether there is a session is
 * then not known.
 */
sst_status_t sst_session_load(sst_session_t **out, const sst_site_t *site,
                              const sst_span_t *candidates, int count,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* The row of the first candidate that checks, without I/O; not for a store that
 * browsers carry. Expected: OK; INVALID (*out is then zero).
 */
sst_status_t sst_session_row_of(sst_row_t *out, const sst_site_t *site,
                                const sst_span_t *candidates,
                                int count) SST_CHECKED;

/* A session without a record, for a visitor who has none. */
sst_session_t *sst_session_new(const sst_site_t *site, apr_pool_t *pool);

typedef enum {
    SST_SAVED_NOTHING,          /* no record before, none now */
    SST_SAVED_UNCHANGED,        /* the record is as it was; nothing written */
    SST_SAVED_CREATED,          /* a new session: send its ticket */
    SST_SAVED_UPDATED,          /* the record has changed: send the ticket */
    SST_SAVED_ROTATED,          /* another id now: send the ticket */
    SST_SAVED_ENDED,            /* the record is gone: take the ticket back */
    SST_SAVED_REFUSED,          /* the user has as many sessions as allowed: the
                                 * session is as it was before the login */
    SST_SAVED_GONE              /* it had ended meanwhile; the changes, those of
                                 * later saves too, are dropped and the ticket
                                 * is left alone, since the browser may hold a
                                 * newer one */
} sst_saved_t;

typedef struct sst_outcome_t {
    sst_saved_t saved;
    int conflicts;              /* how often another write came in between */
    int clashes;                /* names that both sides changed: ours won */
    apr_array_header_t *displaced;  /* sst_summary_t, from the save's pool: the
                                 * user's sessions that have ended to make
                                 * room, whatever the save answers; NULL: none
                                 * (lib/admin.h) */
} sst_outcome_t;

#define SST_SAVE_ROTATE 1       /* a new id although the user is the same */
#define SST_SAVE_END 2          /* the session ends, whatever others have set
                                 * in it; the entries are those of a new one,
                                 * and if that fails it does not end */

/* Makes the store agree with `entries` (httpd's expiry among them is passed
 * over). Afterwards the session is as stored. A rotation keeps the absolute end
 * unless the user has changed. Expected: OK, with *out saying what happened.
 * TOO_BIG: nothing changed, the stored session is as it was. Any other failure:
 * the session is not as asked for, and whoever asked must not be told that it
 * is; *session is as before the call, and the save can be tried again.
 */
sst_status_t sst_session_save(sst_outcome_t *out, sst_session_t *session,
                              const apr_table_t *entries, int flags,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* 1 when the store should learn that the session is in use: there is a record,
 * and a touch would move its expiry by the touch interval at least, or to its
 * absolute end.
 */
int sst_session_touch_due(const sst_session_t *session, apr_time_t now);

/* Moves the record's expiry to now + idle + touch interval, but not beyond its
 * absolute end. Expected: OK; NOT_FOUND when it has ended meanwhile, or never
 * had a record.
 */
sst_status_t sst_session_touch(sst_session_t *session, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* Ends the session: its record and what is noted of it. Expected: OK, also
 * when it had ended before.
 */
sst_status_t sst_session_end(sst_session_t *session, apr_time_t deadline,
                             sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* The ticket to send, NUL-terminated; wipe it when it is sent. */
sst_status_t sst_session_ticket(char out[SST_TICKET_MAX + 1],
                                const sst_session_t *session,
                                sst_error_t *err) SST_CHECKED;

/* All that the browser is to hold of the session, from `pool`: the ticket, and
 * where browsers carry their sessions the session behind it. Expected: OK.
 */
sst_status_t sst_session_cookie(const char **out, const sst_session_t *session,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* The name of its row for log lines, or "-" for a session without a record. */
void sst_session_name(char out[SST_ROW_NAME_LEN + 1],
                      const sst_session_t *session);

#endif
