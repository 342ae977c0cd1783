/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* RESP, the protocol of Redis: requests as bytes, replies as trees. hiredis
 * does the format and the parsing (any version from 0.14); nothing here does
 * I/O. A request or a set of replies belongs to one thread.
 */
#ifndef SST_REDIS_RESP_H
#define SST_REDIS_RESP_H

#include <apr_pools.h>

#include <hiredis/hiredis.h>

#include "lib/bytes.h"
#include "lib/status.h"
#include "lib/transport/redis_fault.h"

#define SST_REDIS_COMMANDS_MAX 6    /* that are sent together */
#define SST_REDIS_REPLIES_MAX (2 * SST_REDIS_COMMANDS_MAX)  /* with ASKING */
#define SST_REDIS_ARGS_MAX 12       /* of one command */

/* Which answers of a primary count only when replicas stand by it. */
typedef enum {
    SST_REDIS_CONFIRM_NOTHING,      /* a read's, when there is nothing */
    SST_REDIS_CONFIRM_STATE,        /* a read's, whatever it is */
    SST_REDIS_CONFIRM_WRITE         /* a write's */
} sst_redis_confirm_t;

/* Commands that are sent in one write, each as the bytes of its array. */
typedef struct sst_redis_request_t {
    apr_pool_t *pool;
    int count;
    int secret;                     /* holds a password: wiped after use */
    int replicas;                   /* that have to confirm the answer */
    sst_redis_confirm_t confirm;    /* which answers those are */
    sst_span_t witness;             /* a key that is written for a moment, for
                                     * them to confirm, behind an answer that
                                     * wrote nothing; in the slot of the key
                                     * that the request is about */
    sst_span_t commands[SST_REDIS_COMMANDS_MAX];
} sst_redis_request_t;

/* An empty request whose bytes will come from `pool`. */
void sst_redis_request_init(sst_redis_request_t *request, apr_pool_t *pool);

/* Adds a command of `argc` arguments, its name first. Expected: OK. */
sst_status_t sst_redis_request_add(sst_redis_request_t *request, int argc,
                                   const sst_span_t *argv,
                                   sst_error_t *err) SST_CHECKED;

/* Adds a command that is formatted already; the bytes stay the caller's, and
 * must live as long as the request. Expected: OK.
 */
sst_status_t sst_redis_request_add_formatted(sst_redis_request_t *request,
                                             sst_span_t command,
                                             sst_error_t *err) SST_CHECKED;

/* All commands in one piece, in the request's pool. With `asking` each has an
 * ASKING in front, as a node that takes over a slot of a cluster wants it.
 */
sst_span_t sst_redis_request_bytes(const sst_redis_request_t *request,
                                   int asking);

/* Overwrites a request that holds a password, and `bytes`: all of it in one
 * piece, when that was made.
 */
void sst_redis_request_wipe(sst_redis_request_t *request, sst_span_t bytes);

/* Replies, in the order of the commands. They belong to whoever holds the
 * struct and are freed by sst_redis_replies_clear.
 */
typedef struct sst_redis_replies_t {
    int count;
    redisReply *items[SST_REDIS_REPLIES_MAX];
    sst_redis_fault_t fault;        /* of the first error among them */
    int replayed;                   /* the request was sent again, after it
                                     * had done something, or may have */
    apr_uint64_t server;            /* that sent them (redis_conn.h) */
} sst_redis_replies_t;

/* No replies; and freeing those that there are. */
void sst_redis_replies_init(sst_redis_replies_t *replies);
void sst_redis_replies_clear(sst_redis_replies_t *replies);

/* The first error among the replies, or NULL. */
const redisReply *sst_redis_replies_error(const sst_redis_replies_t *replies);

/* 1 when a reply says that there is nothing: nil, an empty text or array, 0. */
int sst_redis_reply_is_nothing(const redisReply *reply);

/* 1 when a reply says that something was done: a status, or a number above 0.
 */
int sst_redis_reply_is_done(const redisReply *reply);

/* A reply's text (bulk string, status or error); empty for any other, and for
 * NULL.
 */
sst_span_t sst_redis_reply_text(const redisReply *reply);

/* 1 when `words` stand in a reply's text, up to its first NUL. */
int sst_redis_reply_mentions(const redisReply *reply, const char *words);

/* A reply's number, or `fallback` when it is none. */
apr_int64_t sst_redis_reply_number(const redisReply *reply,
                                   apr_int64_t fallback);

/* Element `index` of an array, or NULL. */
const redisReply *sst_redis_reply_at(const redisReply *reply, int index);

#endif
