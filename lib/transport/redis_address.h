/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where a Redis node is: a host and a port, or a Unix socket. */
#ifndef SST_REDIS_ADDRESS_H
#define SST_REDIS_ADDRESS_H

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/status.h"

#define SST_REDIS_PORT 6379
#define SST_REDIS_SENTINEL_PORT 26379

typedef struct sst_redis_address_t {
    const char *host;       /* name, IPv4 or IPv6 without brackets; NULL for
                             * a Unix socket */
    const char *path;       /* of a Unix socket, or NULL */
    apr_uint16_t port;
    const char *name;       /* host:port, [v6]:port or the path: for messages,
                             * and equal when the addresses are */
} sst_redis_address_t;

/* Reads `host[:port]`, with IPv6 in brackets. Also `v6:port` without brackets,
 * as Redis writes it, when `announced`. Strings from `pool`. Expected: OK;
 * INVALID with a message.
 */
sst_status_t sst_redis_address_parse(sst_redis_address_t *out,
                                     sst_span_t text, apr_uint16_t port,
                                     int announced, sst_error_t *err,
                                     apr_pool_t *pool) SST_CHECKED;

/* The address of a Unix socket. */
void sst_redis_address_unix(sst_redis_address_t *out, const char *path,
                            apr_pool_t *pool);

/* The address of a host and a port that are known apart. */
void sst_redis_address_tcp(sst_redis_address_t *out, sst_span_t host,
                           apr_uint16_t port, apr_pool_t *pool);

#endif
