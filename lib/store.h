/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The store contract: what a place that keeps sessions has to do, and how the
 * rest of the library asks for it.
 *
 * A store maps a row (32 bytes, the keyed digest of a session id) to a value
 * (sealed bytes) that ends by itself at a given time, and a user (32 bytes,
 * the keyed digest of a user's name) to the rows of that user. It sees neither
 * plaintext nor ids nor requests.
 *
 * Every value begins with its version: 16 random bytes, the write token, and
 * the revision as 64 bits (see record.h). The token tells the repeat of our
 * own write from somebody else's; the revision orders the writes.
 *
 * Rules for every operation:
 * - The expected outcomes are named at the operation. Everything else is a
 *   failure, described in *err. NOT_FOUND is never a failure, and a failure is
 *   never NOT_FOUND.
 * - `deadline` is absolute, by sst_clock() (clock.h), which nobody can set. An
 *   operation that cannot be done by then answers SST_TIMEOUT, soon after at
 *   the latest.
 * - Times named _s are seconds since 1970 (Unix time).
 * - Out parameters are set on every path: to the answer, or to zero.
 * - Any thread may call any operation between start and close; results are
 *   allocated from the caller's pool, which belongs to one thread.
 * - A backend neither logs nor repeats a write that may have landed, unless it
 *   can recognise it by the token.
 */
#ifndef SST_STORE_H
#define SST_STORE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <apr_user.h>

#include "lib/bytes.h"
#include "lib/status.h"
#include "lib/times.h"

/* --- Keys and values --- */

#define SST_ROW_LEN 32
#define SST_TOKEN_LEN 16
#define SST_VERSION_LEN (SST_TOKEN_LEN + 8)

/* The key of a record, or the digest of a user: an HMAC, never an id. */
typedef struct sst_row_t {
    unsigned char bytes[SST_ROW_LEN];
} sst_row_t;

/* Which write of a record this is. */
typedef struct sst_version_t {
    unsigned char token[SST_TOKEN_LEN]; /* random, new for each write */
    apr_uint64_t revision;              /* 1 for the first write, then +1;
                                         * below 2^56 */
} sst_version_t;

/* For `get`: no revision is new enough to do without a consistent read. */
#define SST_REVISION_LATEST APR_UINT64_MAX

/* What `get` answers. */
typedef struct sst_value_t {
    sst_span_t bytes;           /* the value as it was put, version first */
    sst_version_t version;      /* read from the front of the bytes */
    apr_int64_t expires_s;      /* when the store lets it go */
    int elsewhere;              /* from `get` alone: it lies in another store
                                 * than a put may write to (migrate.h), and its
                                 * user is to be noted before that */
    apr_uint64_t source;        /* from `get` alone: which server answered, as
                                 * sst_watcher_t names it; 0: not told */
} sst_value_t;

/* The version at the front of a value. Answers SST_OK, or SST_CORRUPT when the
 * value is too short to have one (then *out is zero).
 */
sst_status_t sst_version_read(sst_version_t *out, sst_span_t value,
                              sst_error_t *err) SST_CHECKED;

/* 1 when both name the same write. */
int sst_version_equal(const sst_version_t *a, const sst_version_t *b);

/* 1 when both rows are the same. */
int sst_row_equal(const sst_row_t *a, const sst_row_t *b);

/* The row as 64 lower-case hex digits and a NUL. */
#define SST_ROW_HEX_LEN (SST_ROW_LEN * 2)
void sst_row_hex(char out[SST_ROW_HEX_LEN + 1], const sst_row_t *row);

/* A row's name in logs, which is no secret: its first 8 hex digits and a NUL.
 */
#define SST_ROW_NAME_LEN 8
void sst_row_name(char out[SST_ROW_NAME_LEN + 1], const sst_row_t *row);

/* Reads what sst_row_hex wrote: SST_OK or SST_INVALID (out is then zero). */
sst_status_t sst_row_from_hex(sst_row_t *out, sst_span_t hex) SST_CHECKED;

/* How long a record without an absolute end stays noted with its user. */
#define SST_NOTED_S (10LL * 365 * 24 * 3600)

/* --- Options --- */

typedef enum {
    SST_OPTION_TEXT,        /* any text, not empty */
    SST_OPTION_PATH,        /* an absolute path */
    SST_OPTION_DURATION,    /* 300ms, 20s, 5m, 2h, 1d; stored in microseconds */
    SST_OPTION_COUNT,       /* a whole number */
    SST_OPTION_CHOICE       /* one word of a list; stored as its index */
} sst_option_kind_t;

/* An option that a backend understands: name=value behind the URL. A backend
 * lists its own; `tenant` and `timeout` belong to every store.
 */
typedef struct sst_option_def_t {
    const char *name;           /* NULL ends a list */
    sst_option_kind_t kind;
    const char *choices;        /* CHOICE: words separated by '|'; else NULL */
    apr_int64_t min;            /* DURATION (us), COUNT: smallest allowed */
    apr_int64_t max;            /* DURATION (us), COUNT: largest allowed;
                                 * TEXT: most bytes, 0 = no limit */
} sst_option_def_t;

typedef struct sst_options_t sst_options_t;

/* The text, or the number, of an option that was given; else `fallback`. The
 * name has to be one of the backend's list.
 */
const char *sst_options_text(const sst_options_t *options, const char *name,
                             const char *fallback);
apr_int64_t sst_options_number(const sst_options_t *options, const char *name,
                               apr_int64_t fallback);

/* --- The operations --- */

typedef struct sst_store_t sst_store_t;

/* Called by `scan` for each record. Answering other than SST_OK ends the scan,
 * which then answers the same. The value lives until the function returns.
 */
typedef sst_status_t sst_scan_fn_t(void *baton, const sst_row_t *row,
                                   const sst_value_t *value,
                                   apr_pool_t *pool);

/* How far a purge has come; zero-filled before the first slice. */
typedef struct sst_purge_t {
    apr_uint32_t position;      /* the backend's own; 0 begins a round */
    apr_uint64_t removed;       /* records removed in this round so far */
    int done;                   /* the round is complete */
} sst_purge_t;

/* How a check of a store's setup went. */
typedef enum {
    SST_FINDING_OK = 0,
    SST_FINDING_WARNING = 1,    /* it works, and sessions may get lost */
    SST_FINDING_FAILED = 2      /* it does not work */
} sst_finding_t;

/* Hears what an examination finds, check by check: the check's name, one word
 * or two, and a line that says what was found, with the remedy unless all is
 * well. The texts live until the function returns.
 */
typedef struct sst_examiner_t {
    void (*tell)(void *baton, sst_finding_t finding, const char *check,
                 const char *text);
    void *baton;
    apr_uid_t uid;              /* whom httpd's children run as; 0: not known */
    apr_gid_t gid;
} sst_examiner_t;

/* What a store has open to its servers, in this process. */
typedef struct sst_usage_t {
    apr_uint32_t servers;       /* that it knows and may speak to */
    apr_uint32_t left_alone;    /* of them: were down, not asked for a while */
    apr_uint32_t connections_max;
    apr_uint32_t connections_open;
    apr_uint32_t connections_used;
    apr_uint32_t waits;         /* how often, ever, none was free */
} sst_usage_t;

/* What a store has spent at its servers since it was asked last, in this
 * process: each thing is handed over once.
 */
typedef struct sst_spent_t {
    apr_uint64_t retries;       /* attempts beyond the first of a call */
    apr_uint64_t throttled;     /* attempts refused because of their number */
    apr_uint64_t read_milli;    /* capacity, as the service meters it: in */
    apr_uint64_t write_milli;   /* thousandths of a unit */
    apr_array_header_t *servers;    /* sst_server_times_t, of those that were
                                     * asked; from the call's pool */
} sst_spent_t;

/* How long a copy of a record may stand for the record (cache.h). */
typedef enum {
    SST_COPIES_NONE = 0,        /* not at all: reading it is as cheap, or it
                                 * cannot be told whether it has changed */
    SST_COPIES_WATCHED,         /* until it changes: the store tells, by
                                 * `watch` */
    SST_COPIES_AGED             /* for a while: nobody tells */
} sst_copies_t;

/* What a watcher is to do next. */
typedef enum {
    SST_WATCH_NOT,              /* another process watches: ask again later */
    SST_WATCH_ON,
    SST_WATCH_ANEW              /* give up what there is, and begin again */
} sst_watch_t;

/* Whoever keeps copies of a store's records, as told by the thread that
 * watches the store: see `watch`. Servers are named by numbers, which a value's
 * `source` has too.
 */
typedef struct sst_watcher_t {
    void *baton;
    apr_interval_time_t pause;  /* between two proofs; also between attempts */

    /* Asked before watching begins, and then at each pause. */
    sst_watch_t (*wanted)(void *baton);

    /* From now on, each change at these servers will be told; what changed
     * before was not.
     */
    void (*armed)(void *baton, const apr_uint64_t *servers, int count);

    /* A record has changed, or has ended; NULL: any may have. */
    void (*changed)(void *baton, const sst_row_t *row);

    /* All that had changed at `asked_at` (sst_uptime's) was told by now. */
    void (*proved)(void *baton, apr_time_t asked_at);

    /* Nothing is told any more, until it is armed again. */
    void (*lost)(void *baton);

    /* The servers do not let us watch, for this reason, and with this remedy.
     * It is tried again later.
     */
    void (*refused)(void *baton, const char *text);
} sst_watcher_t;

/* One backend: a const table, the only symbol that its file exports. No
 * operation but `usage`, `spent` and `watch` may be NULL: where there is
 * nothing to do, use an sst_store_default_* function.
 */
typedef struct sst_store_ops_t {
    const char *schemes;        /* how its URLs begin, separated by '|':
                                 * "dir:", "redis://|rediss://" */
    const sst_option_def_t *options;    /* its own options */
    apr_size_t value_max;       /* largest value in bytes; 0 = no limit */
    apr_size_t deflate_min;     /* plaintext smaller than this is not deflated:
                                 * what saves nothing in this store */
    apr_time_t touch_max;       /* longest automatic touch interval (us) */
    int touch_divisor;          /* automatic interval = idle / this */
    int carried;                /* values travel behind their tickets: see
                                 * `bind`, and carried.h */
    sst_copies_t copies;        /* whether others may keep copies of records */

    /* At configuration: reads store->address (what follows the scheme and its
     * colon) and the options, and sets store->impl, allocated from `pool`,
     * which lives as long as the store. No I/O. Expected: OK; INVALID with a
     * message that says what is wrong and what is allowed.
     */
    sst_status_t (*open)(sst_store_t *store, sst_error_t *err,
                         apr_pool_t *pool);

    /* In the parent while it is still root: makes or checks what the children
     * (user `uid`, group `gid`) will need on this host. With
     * store->prepared_before, what is missing as a whole is not made anew.
     * Expected: OK; DENIED or UNAVAILABLE with a message that says how to mend
     * it.
     */
    sst_status_t (*prepare)(sst_store_t *store, apr_uid_t uid, apr_gid_t gid,
                            sst_error_t *err, apr_pool_t *pool);

    /* Once in each process that will use the store, after fork and before any
     * thread calls: `pool` lives until the process ends, and its cleanup ends
     * what start began. Must not wait for a server. Expected: OK; any failure
     * is reported, and the operations then fail by themselves.
     */
    sst_status_t (*start)(sst_store_t *store, sst_error_t *err,
                          apr_pool_t *pool);

    /* The store that one session is to call: the store itself, except where
     * browsers carry the values (`carried`). Then there is nothing to call but
     * the values that this session's ticket brought along, and what it writes:
     * a store of its own in `pool`, empty, for the session's thread. Never
     * fails.
     */
    sst_store_t *(*bind)(sst_store_t *store, apr_pool_t *pool);

    /* Reads a record. `min_revision` is the revision that the caller knows to
     * exist (0: none): a store with eventual reads looks again, harder, when
     * it finds less. SST_REVISION_LATEST asks for the last write, whatever that
     * costs. Expected: OK with *out, also when the record has expired
     * but is still there; NOT_FOUND.
     */
    sst_status_t (*get)(sst_value_t *out, sst_store_t *store,
                        const sst_row_t *row, apr_uint64_t min_revision,
                        apr_time_t deadline, sst_error_t *err,
                        apr_pool_t *pool);

    /* Writes a record whole, to be kept until `expires_s`. `expected` is the
     * version that has to be stored now, or NULL when the row has to be empty.
     * The value's own version is at its front. Expected: OK, also when exactly
     * this write (same token) is stored already, and when this call itself had
     * to repeat it and can tell that it has landed, whatever others have
     * written upon it since; CONFLICT when another version is stored;
     * NOT_FOUND when `expected` is given and there is no record:
     * what has ended stays ended, and what has expired has ended, whether the
     * store has removed it yet or not. On CONFLICT and NOT_FOUND nothing is
     * changed.
     */
    sst_status_t (*put)(sst_store_t *store, const sst_row_t *row,
                        sst_span_t value, apr_int64_t expires_s,
                        const sst_version_t *expected, apr_time_t deadline,
                        sst_error_t *err, apr_pool_t *pool);

    /* Sets when a record expires, and nothing else. Expected: OK; NOT_FOUND,
     * also for what has expired. Never creates.
     */
    sst_status_t (*touch)(sst_store_t *store, const sst_row_t *row,
                          apr_int64_t expires_s, apr_time_t deadline,
                          sst_error_t *err, apr_pool_t *pool);

    /* Ends a record. `expected` NULL: whatever is stored; else only that
     * version. Expected: OK; NOT_FOUND; CONFLICT (nothing changed).
     */
    sst_status_t (*remove)(sst_store_t *store, const sst_row_t *row,
                           const sst_version_t *expected, apr_time_t deadline,
                           sst_error_t *err, apr_pool_t *pool);

    /* Notes that `row` belongs to `user`, until `expires_s` at least, or until
     * its record is long gone: a row that begins with three zero bytes is no
     * digest but an entry without a record (not_before.h), and stays. Done
     * before the record is written, so that a crash leaves an entry without a
     * record and never a record that revocation misses. Expected: OK, also
     * when it was noted already.
     */
    sst_status_t (*index_add)(sst_store_t *store, const sst_row_t *user,
                              const sst_row_t *row, apr_int64_t expires_s,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool);

    /* The rows noted for a user (array of sst_row_t from `pool`, possibly
     * empty); rows whose record is gone may be among them. Expected: OK.
     */
    sst_status_t (*index_list)(apr_array_header_t **out, sst_store_t *store,
                               const sst_row_t *user, apr_time_t deadline,
                               sst_error_t *err, apr_pool_t *pool);

    /* Forgets that `row` belongs to `user`. Expected: OK, also when it was not
     * noted.
     */
    sst_status_t (*index_remove)(sst_store_t *store, const sst_row_t *user,
                                 const sst_row_t *row, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool);

    /* Calls `each` once for every record (more than once for one that moves
     * while the scan runs, where the store cannot avoid it), in constant
     * memory. What a store holds in the place of one may be shown as an empty
     * value, or passed over. For the tool; it has no deadline of its own beyond
     * those of its single calls. Expected: OK, or what `each` answered.
     */
    sst_status_t (*scan)(sst_store_t *store, sst_scan_fn_t *each, void *baton,
                         sst_error_t *err, apr_pool_t *pool);

    /* Removes what has expired by `now_s`, for stores that do not do so by
     * themselves: works for about `budget`, advances *state, and sets
     * state->done at the end of a round. A failure moves on behind the part
     * that failed, so that the round can be continued. Expected: OK.
     */
    sst_status_t (*purge)(sst_purge_t *state, sst_store_t *store,
                          apr_int64_t now_s, apr_interval_time_t budget,
                          sst_error_t *err, apr_pool_t *pool);

    /* Looks at how the store is set up, at its servers if it has any, and tells
     * each check. For the tool, of a store that was started; changes nothing.
     * Expected: OK, whatever was found; any failure means that the store could
     * not be looked at.
     */
    sst_status_t (*examine)(sst_store_t *store,
                            const sst_examiner_t *examiner,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool);

    /* What is open to servers, for those who watch. No I/O; takes locks for
     * moments only. NULL for a store without servers.
     */
    void (*usage)(sst_usage_t *out, sst_store_t *store, apr_pool_t *pool);

    /* The same for what was spent. NULL where `usage` is. */
    void (*spent)(sst_spent_t *out, sst_store_t *store, apr_pool_t *pool);

    /* Starts a thread that watches for changes by whomever, and tells
     * `watcher`, which lives as long as `pool`; the thread ends with that. For
     * a store that was started, whose `copies` are WATCHED; else NULL.
     * Expected: OK.
     */
    sst_status_t (*watch)(sst_store_t *store, const sst_watcher_t *watcher,
                          sst_error_t *err, apr_pool_t *pool);
} sst_store_ops_t;

/* A configured store. Written by open and start only. */
struct sst_store_t {
    const sst_store_ops_t *ops;
    void *impl;                     /* the backend's own */
    const char *scheme;             /* as written: "dir" */
    const char *address;            /* what follows "scheme:" */
    const char *name;               /* for messages: the URL without password */
    const sst_options_t *options;
    const char *tenant;             /* tenant=NAME, or NULL */
    apr_interval_time_t timeout;    /* timeout=, of all calls of one request */
    /* Hears what no call's answer can tell: what a store finds out at its start
     * or in a thread of its own. Set before start, called by any thread; NULL
     * when nobody listens. The status gives the weight: OK is good news.
     */
    void (*notify)(void *baton, const sst_store_t *store, sst_status_t status,
                   const char *text);
    void *notify_baton;
    void *observer;                 /* whoever counts what the store does keeps
                                     * this; nothing below reads it */
    int prepared_before;            /* in the life of this parent, before a
                                     * restart; set before prepare */
    apr_interval_time_t purge_interval; /* how often a round of `purge` begins;
                                         * set by its open, 0: never */
    sst_store_t *revocations;       /* where a store that cannot end a user's
                                     * sessions looks when they were ended
                                     * (not_before.h); set by its open, or
                                     * NULL */
};

/* --- Opening --- */

/* Opens the store that `url` and `argc` texts `name=value` describe, by asking
 * the backend that knows the scheme. No I/O. *out lives in `pool`. Expected:
 * OK; INVALID with a message that names the part and what is allowed.
 */
sst_status_t sst_store_open(sst_store_t **out, const char *url, int argc,
                            const char *const *argv, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;

/* The same with a given backend, whatever the scheme: for tests. */
sst_status_t sst_store_open_with(sst_store_t **out,
                                 const sst_store_ops_t *ops, const char *url,
                                 int argc, const char *const *argv,
                                 sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

/* A store's URL as it may be shown: a password in it is replaced, and what is
 * not printable is escaped. From `pool`.
 */
const char *sst_store_shown(const char *url, apr_pool_t *pool);

/* The schemes of all backends, for messages: "dir:, redis://". */
const char *sst_store_schemes(apr_pool_t *pool);

/* Reads a time span: digits and one of us, ms, s, m, h, d (no unit: seconds).
 * Answers SST_OK with microseconds, or SST_INVALID with *out 0.
 */
sst_status_t sst_duration_parse(apr_interval_time_t *out,
                                const char *text) SST_CHECKED;

/* Tells store->notify, if there is one: a line that names the thing and the
 * remedy, and holds no secret. For backends; how often is theirs to limit.
 */
void sst_store_notify(const sst_store_t *store, sst_status_t status,
                      const char *fmt, ...) SST_PRINTF(3, 4);

/* Tells an examiner of a check. For backends. */
void sst_examiner_tell(const sst_examiner_t *examiner, sst_finding_t finding,
                       const char *check, const char *fmt, ...)
    SST_PRINTF(4, 5);

/* Nothing to do, done: for operations that a store does not need. */
sst_status_t sst_store_default_prepare(sst_store_t *store, apr_uid_t uid,
                                       apr_gid_t gid, sst_error_t *err,
                                       apr_pool_t *pool);
sst_status_t sst_store_default_start(sst_store_t *store, sst_error_t *err,
                                     apr_pool_t *pool);
sst_store_t *sst_store_default_bind(sst_store_t *store, apr_pool_t *pool);
sst_status_t sst_store_default_purge(sst_purge_t *state, sst_store_t *store,
                                     apr_int64_t now_s,
                                     apr_interval_time_t budget,
                                     sst_error_t *err, apr_pool_t *pool);

#endif
