/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The Redis store's own parts, shared by its files and by nothing else.
 *
 *   PREFIX s: <64 hex>     a value, as a string with a time to live
 *   PREFIX u: <64 hex>     a user's rows, as a sorted set scored by expiry
 *   PREFIX w: {KEY}        nothing, for a moment: written for replicas to
 *                          confirm what was answered about KEY
 *
 * Each operation is about one key, so that it works on every form of Redis.
 * Writes compare the write token at the front of the value, by a script, which
 * leaves the tokens of the writes before in what it stores.
 */
#ifndef SST_REDIS_H
#define SST_REDIS_H

#include "lib/store.h"
#include "lib/transport/redis_client.h"
#include "lib/transport/redis_config.h"

/* Largest value; a longer reply is not read. */
#define SST_REDIS_VALUE_MAX (4 * 1024 * 1024)
#define SST_REDIS_REPLY_MAX (SST_REDIS_VALUE_MAX + 1024)

#define SST_REDIS_SCRIPTS 3

/* The commands that read a row, formatted once, with a row of zeros. */
typedef struct sst_redis_reading_t {
    sst_span_t bytes;               /* GET and PTTL, one behind the other */
    apr_size_t second;              /* where the second begins */
    apr_size_t keys[2];             /* where their keys stand */
    apr_size_t key_len;
} sst_redis_reading_t;

typedef struct sst_redis_t {
    sst_redis_config_t config;
    const char *prefix;
    sst_redis_reading_t reading;
    const char *digests[SST_REDIS_SCRIPTS];     /* by sst_redis_script_t */
    apr_pool_t *pool;               /* of the configuration */
    sst_redis_access_t *access;     /* NULL until prepare or start */
    sst_redis_client_t *client;     /* NULL until start */
    apr_uint32_t no_scripts_until_s;    /* atomic: the server refuses scripts
                                         * to us; asked again after that */
} sst_redis_t;

/* The options of Redis stores, and what `open` does with them and the URL. */
extern const sst_option_def_t sst_redis_options[];
sst_status_t sst_redis_open(sst_store_t *store, sst_error_t *err,
                            apr_pool_t *pool);

/* Reads passwords and certificates, and tells store->notify what is wrong with
 * the servers, as far as they answer.
 */
sst_status_t sst_redis_prepare(sst_store_t *store, apr_uid_t uid,
                               apr_gid_t gid, sst_error_t *err,
                               apr_pool_t *pool);

/* Asks every primary what it is set up to, with a client of its own, and tells
 * the examiner. `all` 0 leaves to the checks of the tool what is no business of
 * a start. Expected: OK, whatever was found.
 */
sst_status_t sst_redis_check_servers(sst_store_t *store,
                                     const sst_examiner_t *examiner, int all,
                                     apr_time_t deadline, sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;

/* --- Keys and calls --- */

/* The key of a row or of a user's set, from `pool`. */
sst_span_t sst_redis_row_key(const sst_redis_t *redis, const sst_row_t *row,
                             apr_pool_t *pool);
sst_span_t sst_redis_user_key(const sst_redis_t *redis, const sst_row_t *user,
                              apr_pool_t *pool);

/* The key of the witness of what is answered about `key`: in the same slot. */
sst_span_t sst_redis_witness_key(const sst_redis_t *redis, sst_span_t key,
                                 apr_pool_t *pool);

/* Milliseconds from now to a time, as text; at least 1. */
sst_span_t sst_redis_ttl(apr_int64_t expires_s, apr_pool_t *pool);

/* A number as text. */
sst_span_t sst_redis_number(apr_int64_t number, apr_pool_t *pool);

/* Sends a request, or one command, about a key. Where replicas stand by the
 * writes, they also have to confirm that there is nothing, as the first reply
 * may say: a primary that was replaced and came back lacks what others have.
 * The caller clears the replies. Expected: OK.
 */
sst_status_t sst_redis_send(sst_redis_replies_t *out,
                            const sst_redis_t *redis, sst_span_t key,
                            sst_redis_request_t *request,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool) SST_CHECKED;
sst_status_t sst_redis_command(sst_redis_replies_t *out,
                               const sst_redis_t *redis, sst_span_t key,
                               int argc, const sst_span_t *argv,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool) SST_CHECKED;

/* The same for a write, which they have to confirm whatever the answer. */
sst_status_t sst_redis_write(sst_redis_replies_t *out,
                             const sst_redis_t *redis, sst_span_t key,
                             int argc, const sst_span_t *argv,
                             apr_time_t deadline, sst_error_t *err,
                             apr_pool_t *pool) SST_CHECKED;

/* A reply of another kind than the command has. */
sst_status_t sst_redis_odd_reply(const char *command, sst_error_t *err);

/* --- A value as it is stored --- */

/* How many earlier writes a stored value tells of, and by how many bytes of
 * each one's token. Their number stands in the value's mark, the first byte of
 * its revision, which no revision gets to; the bytes themselves follow the
 * mark, those of the last write first.
 */
#define SST_REDIS_EARLIER_MAX 8
#define SST_REDIS_EARLIER_LEN 6

/* What of a value goes to a script: the mark between the two is the script's to
 * set. Expected: OK; TOO_BIG; INTERNAL when it is shorter than a version, or
 * its revision reaches the mark.
 */
sst_status_t sst_redis_stored_parts(sst_span_t *token, sst_span_t *rest,
                                    sst_span_t value,
                                    sst_error_t *err) SST_CHECKED;

/* The value that was put, from `pool`: what is stored, without what tells of
 * earlier writes. Expected: OK; CORRUPT when it is shorter than it says (*out
 * is then empty).
 */
sst_status_t sst_redis_stored_value(sst_span_t *out, sst_span_t stored,
                                    sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* --- Scripts --- */

typedef enum {
    SST_REDIS_SCRIPT_PUT,
    SST_REDIS_SCRIPT_REMOVE,
    SST_REDIS_SCRIPT_INDEX
} sst_redis_script_t;

/* What SST_REDIS_SCRIPT_PUT answers. */
typedef enum {
    SST_REDIS_PUT_GONE = -1,        /* nothing is stored */
    SST_REDIS_PUT_CONFLICT = 0,     /* another version is */
    SST_REDIS_PUT_STORED = 1,
    SST_REDIS_PUT_THERE = 2,        /* this very write is what is stored */
    SST_REDIS_PUT_BENEATH = 3       /* others have written upon it */
} sst_redis_put_t;

/* Computes the scripts' digests; part of open. */
void sst_redis_scripts_init(sst_redis_t *redis);

/* Runs a script on one key. *answer is its number; *replayed is 1 when it may
 * have run twice. Expected: OK; DENIED with *forbidden 1 when the server lets
 * us run no scripts (*err is then as it was, and plain commands have to do).
 */
sst_status_t sst_redis_script_run(apr_int64_t *answer, int *replayed,
                                  int *forbidden, sst_store_t *store,
                                  sst_redis_script_t script, sst_span_t key,
                                  int argc, const sst_span_t *argv,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* Formats the commands that read a row; part of open. Expected: OK. */
sst_status_t sst_redis_reading_init(sst_redis_t *redis,
                                    sst_error_t *err) SST_CHECKED;

/* --- Operations in files of their own; see sst_store_ops_t --- */

sst_status_t sst_redis_get(sst_value_t *out, sst_store_t *store,
                           const sst_row_t *row, apr_uint64_t min_revision,
                           apr_time_t deadline, sst_error_t *err,
                           apr_pool_t *pool);
sst_status_t sst_redis_put(sst_store_t *store, const sst_row_t *row,
                           sst_span_t value, apr_int64_t expires_s,
                           const sst_version_t *expected, apr_time_t deadline,
                           sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_redis_remove(sst_store_t *store, const sst_row_t *row,
                              const sst_version_t *expected,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool);
sst_status_t sst_redis_index_add(sst_store_t *store, const sst_row_t *user,
                                 const sst_row_t *row, apr_int64_t expires_s,
                                 apr_time_t deadline, sst_error_t *err,
                                 apr_pool_t *pool);
sst_status_t sst_redis_index_list(apr_array_header_t **out,
                                  sst_store_t *store, const sst_row_t *user,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool);
sst_status_t sst_redis_index_remove(sst_store_t *store, const sst_row_t *user,
                                    const sst_row_t *row, apr_time_t deadline,
                                    sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_redis_scan(sst_store_t *store, sst_scan_fn_t *each,
                            void *baton, sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_redis_copies_watch(sst_store_t *store,
                                    const sst_watcher_t *watcher,
                                    sst_error_t *err, apr_pool_t *pool);
sst_status_t sst_redis_examine(sst_store_t *store,
                               const sst_examiner_t *examiner,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool);

#endif
