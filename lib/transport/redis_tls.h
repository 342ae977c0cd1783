/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* TLS to Redis by OpenSSL, on a socket that never blocks: each call does what
 * it can and says what it waits for. The certificate's chain and name are
 * always verified; there is no option to leave that out.
 *
 * The context is made once and shared by all threads. A peer keeps the last
 * session of one node, for resumption, under a lock of its own. A stream
 * belongs to one connection.
 */
#ifndef SST_REDIS_TLS_H
#define SST_REDIS_TLS_H

#include <apr_pools.h>

#include "lib/status.h"

typedef struct sst_redis_tls_options_t {
    const char *ca;             /* file or directory of trusted certificates;
                                 * NULL: the system's */
    const char *cert;           /* our certificate, or NULL */
    const char *key;            /* its key; NULL: in the same file */
    const char *servername;     /* the name to verify instead of the host */
} sst_redis_tls_options_t;

typedef struct sst_redis_tls_t sst_redis_tls_t;
typedef struct sst_redis_tls_peer_t sst_redis_tls_peer_t;
typedef struct ssl_st sst_redis_tls_stream_t;

/* Reads the certificates. Expected: OK; INVALID with the option, its file and
 * what is wrong with it. Freed with `pool`.
 */
sst_status_t sst_redis_tls_create(sst_redis_tls_t **out,
                                  const sst_redis_tls_options_t *options,
                                  sst_error_t *err,
                                  apr_pool_t *pool) SST_CHECKED;

/* A node to be spoken to as `host`, from and freed with `pool`. */
sst_status_t sst_redis_tls_peer_create(sst_redis_tls_peer_t **out,
                                       sst_redis_tls_t *tls, const char *host,
                                       sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

typedef enum {
    SST_REDIS_IO_DONE,
    SST_REDIS_IO_READ,          /* call again when the socket has bytes */
    SST_REDIS_IO_WRITE,         /* call again when the socket takes bytes */
    SST_REDIS_IO_END,           /* the peer closed or reset the connection */
    SST_REDIS_IO_FAILED         /* TLS failed; see *err */
} sst_redis_io_t;

/* A stream over the connected socket `fd`, which stays the caller's. NULL
 * when there is no memory.
 */
sst_redis_tls_stream_t *sst_redis_tls_open(sst_redis_tls_peer_t *peer,
                                           int fd);

/* Shakes hands, verifying the peer. */
sst_redis_io_t sst_redis_tls_handshake(sst_redis_tls_stream_t *stream,
                                       sst_error_t *err);

/* Reads or writes some bytes; *done says how many when the answer is DONE. */
sst_redis_io_t sst_redis_tls_read(sst_redis_tls_stream_t *stream,
                                  char *buffer, apr_size_t len,
                                  apr_size_t *done, sst_error_t *err);
sst_redis_io_t sst_redis_tls_write(sst_redis_tls_stream_t *stream,
                                   const char *bytes, apr_size_t len,
                                   apr_size_t *done, sst_error_t *err);

/* 1 when the stream holds bytes that a wait for the socket would not see. */
int sst_redis_tls_has_bytes(const sst_redis_tls_stream_t *stream);

/* Frees the stream, without a word to the peer. */
void sst_redis_tls_close(sst_redis_tls_stream_t *stream);

#endif
