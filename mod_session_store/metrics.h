/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What has happened since httpd was started: counters for each store, in
 * memory that all children share. Shown by status.h.
 *
 * The memory is made by the parent and lives as long as it does, over graceful
 * restarts; a store is found again by its name, so that stores that differ in
 * options only are counted together. A module whose memory has another layout,
 * which a restart may put into the same parent, begins with memory of its own.
 * Counting takes no lock: it adds to one of several tallies, chosen by process
 * and thread, which are summed when they are read. (Where APR has no 64-bit
 * atomics, steps may get lost.)
 *
 * Where the memory could not be had, nothing is counted and all goes on.
 */
#ifndef SST_METRICS_H
#define SST_METRICS_H

#include <httpd.h>

#include "lib/session.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/times.h"

/* --- What is counted --- */

/* In a request. */
typedef enum {
    SST_LOAD_NONE = 0,      /* loads: the request brought no ticket */
    SST_LOAD_HIT,
    SST_LOAD_MISS,          /* a good ticket, and no record any more */
    SST_LOAD_EXPIRED,
    SST_LOAD_FORGED,        /* no ticket that came along checks */
    SST_LOAD_UNREADABLE,    /* a record that does not open */
    SST_LOAD_FAILED,
    SST_SAVE_UNCHANGED,     /* saves: nothing was written */
    SST_SAVE_CREATED,
    SST_SAVE_UPDATED,
    SST_SAVE_ROTATED,
    SST_SAVE_ENDED,
    SST_SAVE_GONE,
    SST_SAVE_REFUSED,       /* the user has as many sessions as allowed */
    SST_SAVE_TOO_BIG,
    SST_SAVE_FAILED,
    SST_TOUCH_DONE,         /* touches */
    SST_TOUCH_GONE,
    SST_TOUCH_FAILED,
    SST_REVOKED_SELF,       /* live sessions that another session's request has
                             * ended: the user, by session-store-self, */
    SST_REVOKED_LIMIT,      /* or a login, to make room for itself */
    SST_CONFLICTS,          /* writes of others that were merged */
    SST_CLASHES,            /* names that both sides had changed */
    SST_PURGED,             /* expired records removed */
    SST_WAITS,              /* for a connection to become free */
    SST_RETRIES,            /* attempts beyond the first */
    SST_THROTTLED,          /* attempts that a service refused for their
                             * number */
    SST_READ_MILLI,         /* capacity consumed, in thousandths of a unit;
                             * of no family */
    SST_WRITE_MILLI,
    SST_EVENTS              /* how many there are */
} sst_event_t;

/* Events that belong together, from first to last; of several, each has a word
 * of its own.
 */
#define SST_FAMILIES 10
typedef struct sst_family_t {
    const char *name;           /* "loads" */
    const char *about;          /* a line for people */
    sst_event_t first;
    sst_event_t last;
} sst_family_t;

extern const sst_family_t sst_metrics_families[SST_FAMILIES];

/* The word for an event within its family ("hit"), a constant; "" when it is
 * alone there.
 */
const char *sst_metrics_event_name(sst_event_t event);

/* Operations of a store. */
typedef enum {
    SST_OP_GET = 0,
    SST_OP_PUT,
    SST_OP_TOUCH,
    SST_OP_REMOVE,
    SST_OP_INDEX_ADD,
    SST_OP_INDEX_LIST,
    SST_OP_INDEX_REMOVE,
    SST_OPS                 /* how many there are */
} sst_op_t;

#define SST_STATUSES (SST_INTERNAL + 1)

typedef struct sst_op_tally_t {
    apr_uint64_t results[SST_STATUSES];
    apr_uint64_t buckets[SST_BUCKETS];  /* each its own; the last is open */
    apr_uint64_t time_us;               /* of all together */
} sst_op_tally_t;

typedef struct sst_tally_t {
    apr_uint64_t events[SST_EVENTS];
    sst_op_tally_t ops[SST_OPS];
    apr_uint64_t answered;      /* when the store last did what it was asked,
                                 * and when it did not: apr_time_t, 0 is never;
                                 * exact to a hundredth of a second */
    apr_uint64_t failed;
} sst_tally_t;

/* An operation's name ("get"), a constant. */
const char *sst_metrics_op_name(sst_op_t op);

/* 1 when a store that answers this has not done what it was asked. */
int sst_metrics_is_failure(sst_status_t status);

/* --- Counting --- */

/* In the parent, once the configuration is read, before a store is prepared:
 * finds or makes the memory of each store, and has its operations timed from
 * now on. The memory lives as long as the parent, its use as long as `pconf`.
 */
void sst_metrics_attach(const apr_array_header_t *stores, server_rec *server,
                        apr_pool_t *pconf);

/* A cache was put in front of a counted store: `inner` is what is behind it,
 * and goes on being counted.
 */
void sst_metrics_behind(const sst_store_t *store, sst_store_t *inner);

/* In a child, once it is started: takes a place for what it has open, and
 * leaves it when `pchild` goes.
 */
void sst_metrics_child(const apr_array_header_t *stores, apr_pool_t *pchild);

/* Tells the other processes what this one has open to a store's servers and has
 * spent there, unless it has told in this second. `pool` is for the moment.
 */
void sst_metrics_tell(sst_store_t *store, apr_pool_t *pool);

/* Counts n of these. Any thread may call, as for the next ones. */
void sst_metrics_count(const sst_store_t *store, sst_event_t event,
                       apr_uint64_t n);

/* Count how a load (of a request with so many candidates), a save and a touch
 * ended, and answer which event that was. For a save, `outcome` counts when
 * `status` is OK; what there was nothing to do for is not counted.
 */
sst_event_t sst_metrics_loaded(const sst_store_t *store, sst_status_t status,
                               int candidates);
sst_event_t sst_metrics_saved(const sst_store_t *store, sst_status_t status,
                              const sst_outcome_t *outcome);
sst_event_t sst_metrics_touched(const sst_store_t *store, sst_status_t status);

/* The time that this thread has ever spent in stores: two answers tell what
 * was spent between them.
 */
apr_interval_time_t sst_metrics_thread_time(void);

/* --- Reading --- */

/* The sum over all processes, since the start. Each number is right; together
 * they are of nearly the same moment. Answers 0, with *out zero, for a store
 * that is not counted.
 */
int sst_metrics_read(sst_tally_t *out, const sst_store_t *store);

/* What all living processes have open, as each told last; who has told nothing
 * for ten minutes is left out. *processes says how many they are. Answers 0 for
 * a store without servers.
 */
int sst_metrics_usage(sst_usage_t *out, int *processes,
                      const sst_store_t *store);

/* The servers of a store that were asked within the last hour, by all processes
 * together (array of sst_server_times_t from `pool`, by name; empty for a store
 * without servers). At most so many are told apart; of others nothing is shown.
 */
#define SST_SERVERS 128
apr_array_header_t *sst_metrics_servers(const sst_store_t *store,
                                        apr_pool_t *pool);

/* The stores to be shown: of those with the same name the first (array of
 * sst_store_t * from `pool`).
 */
apr_array_header_t *sst_metrics_stores(const apr_array_header_t *stores,
                                       apr_pool_t *pool);

/* When the counting began. */
apr_time_t sst_metrics_since(server_rec *server);

#endif
