/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Names to addresses, without making a request wait for DNS longer than its
 * deadline: getaddrinfo has none, so it runs in a thread of the resolver's
 * own, and what it found is kept.
 *
 * A literal address needs neither the thread nor the cache. Any thread may
 * call. The resolver ends with its owner's pool, which does not wait either: a
 * look-up that takes long is left behind, and the code stays loaded for it.
 */
#ifndef SST_REDIS_RESOLVER_H
#define SST_REDIS_RESOLVER_H

#include <sys/socket.h>

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"

#define SST_REDIS_ENDPOINTS_MAX 4
#define SST_REDIS_RESOLVER_AGE apr_time_from_sec(60)

/* Socket addresses of one host, with the port filled in. */
typedef struct sst_redis_endpoints_t {
    int count;
    struct sockaddr_storage addresses[SST_REDIS_ENDPOINTS_MAX];
    socklen_t lens[SST_REDIS_ENDPOINTS_MAX];
} sst_redis_endpoints_t;

typedef struct sst_redis_resolver_t sst_redis_resolver_t;

/* Lives as long as the pool `owner`. No I/O. */
sst_status_t sst_redis_resolver_create(sst_redis_resolver_t **out,
                                       sst_error_t *err,
                                       apr_pool_t *owner) SST_CHECKED;

/* Asks for a name ahead of its use, or again because its addresses did not
 * answer; does not wait.
 */
void sst_redis_resolver_refresh(sst_redis_resolver_t *resolver,
                                const char *host);

/* The addresses of a host: what is known, or what is found by the deadline.
 * Expected: OK; UNAVAILABLE (no such name, with the reason); TIMEOUT.
 */
sst_status_t sst_redis_resolve(sst_redis_endpoints_t *out,
                               sst_redis_resolver_t *resolver,
                               const char *host, apr_uint16_t port,
                               apr_time_t deadline,
                               sst_error_t *err) SST_CHECKED;

#endif
