/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One connection to one Redis server: a socket that never blocks, TLS on top
 * where asked for, and an exchange of requests and replies that is over at its
 * deadline whatever the server does.
 *
 * Belongs to one thread at a time.
 */
#ifndef SST_REDIS_CONN_H
#define SST_REDIS_CONN_H

#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/status.h"
#include "lib/transport/redis_address.h"
#include "lib/transport/redis_resolver.h"
#include "lib/transport/redis_resp.h"
#include "lib/transport/redis_tls.h"

typedef struct sst_redis_conn_t {
    int fd;                     /* -1: closed */
    int wake_fd;                /* waiting ends when it has bytes; -1: none */
    int patient;                /* reading waits a little by itself */
    sst_redis_tls_stream_t *tls;    /* or NULL */
    redisReader *reader;
    redisReplyObjectFunctions functions;    /* of the reader, with bounds */
    const redisReplyObjectFunctions *defaults;
    apr_uint64_t server;        /* names the address at the other end, for all
                                 * processes the same way */
    apr_uint32_t generation;    /* of the pool when it was opened */
    apr_time_t used_at;         /* when it was given back last */
} sst_redis_conn_t;

/* How an exchange ended. What was sent may have been executed unless it is
 * FINE, where the replies say so.
 */
typedef enum {
    SST_REDIS_FATE_FINE,
    SST_REDIS_FATE_LOST,        /* the connection ended */
    SST_REDIS_FATE_LATE,        /* the deadline passed */
    SST_REDIS_FATE_GARBLED,     /* not Redis' protocol, or too much of it */
    SST_REDIS_FATE_WOKEN        /* wake_fd had bytes */
} sst_redis_fate_t;

/* A closed connection. */
void sst_redis_conn_init(sst_redis_conn_t *conn);

/* Connects a closed connection to one of the endpoints, each getting its share
 * of the time; `name` is for messages. On failure it is closed. Expected: OK;
 * UNAVAILABLE (refused, unreachable); TIMEOUT.
 */
sst_status_t sst_redis_conn_tcp(sst_redis_conn_t *conn,
                                const sst_redis_endpoints_t *endpoints,
                                const char *name, apr_time_t deadline,
                                sst_error_t *err) SST_CHECKED;

/* Connects to a Unix socket. Expected: OK; UNAVAILABLE. */
sst_status_t sst_redis_conn_unix(sst_redis_conn_t *conn, const char *path,
                                 sst_error_t *err) SST_CHECKED;

/* Puts TLS on a connection. On failure it is closed. Expected: OK; UNAVAILABLE
 * with the cause; TIMEOUT.
 */
sst_status_t sst_redis_conn_secure(sst_redis_conn_t *conn,
                                   sst_redis_tls_peer_t *peer,
                                   const char *name, apr_time_t deadline,
                                   sst_error_t *err) SST_CHECKED;

/* Sends `bytes` and reads `count` replies, of at most `max` bytes together.
 * The replies that came are in `out` whatever the answer; *err says why it is
 * not FINE.
 */
sst_redis_fate_t sst_redis_conn_exchange(sst_redis_replies_t *out,
                                         sst_redis_conn_t *conn,
                                         sst_span_t bytes, int count,
                                         apr_size_t max, const char *name,
                                         apr_time_t deadline,
                                         sst_error_t *err) SST_CHECKED;

/* Reads replies that nobody asked for now (of a subscription). */
sst_redis_fate_t sst_redis_conn_receive(sst_redis_replies_t *out,
                                        sst_redis_conn_t *conn, int count,
                                        apr_size_t max, const char *name,
                                        apr_time_t deadline,
                                        sst_error_t *err) SST_CHECKED;

/* 1 when nothing is there to be read, as it has to be between exchanges: no
 * bytes, no end, no error. A connection that was in use a moment ago is not
 * looked at: one that has ended since shows so at its next exchange.
 */
int sst_redis_conn_is_quiet(const sst_redis_conn_t *conn, apr_time_t now);

/* Closes; a closed connection stays as it is. */
void sst_redis_conn_close(sst_redis_conn_t *conn);

#endif
