/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as what Redis servers answer, to any operation on any form of
 * Redis: one server, a Unix socket, Sentinel, Cluster. The first byte chooses
 * form and operation; each connection finds the next piece of the input in its
 * socket, and the end of the connection behind it.
 *
 * Subject: lib/transport/redis_conn.c lib/transport/redis_resp.c
 * Subject: lib/transport/redis_client.c lib/transport/redis_node.c
 * Subject: lib/transport/redis_cluster.c lib/transport/redis_sentinel.c
 * Subject: lib/transport/redis_topology.c lib/transport/redis_address.c
 * Subject: lib/backends/redis_read.c lib/backends/redis_write.c
 * Subject: lib/backends/redis_script.c lib/backends/redis_index.c
 * Subject: lib/backends/redis_scan.c lib/backends/redis_examine.c
 */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/backends/redis.h"
#include "lib/transport/redis_thread.h"
#include "lib/transport/redis_watch.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/store_call.h"

const char fuzz_target[] = "redis";

#define CONNECTIONS_MAX 64

/* The servers' ends of the connections of this run. */
static int ends[CONNECTIONS_MAX];
static int end_count;

FEED_WRAP int __wrap_connect(int fd, const struct sockaddr *address,
                             socklen_t len);
apr_status_t __wrap_sst_redis_thread_start(apr_thread_t **thread,
                                           apr_thread_start_t function,
                                           void *data, apr_pool_t *pool);
sst_status_t __wrap_sst_redis_watch_start(sst_redis_topology_t *topology,
                                          sst_error_t *err, apr_pool_t *pool);

/* The socket is one end of a pair from now on, whose other end has said all it
 * has to say.
 */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    sst_span_t piece;
    int pair[2];

    (void) address;
    (void) len;
    if (end_count == CONNECTIONS_MAX || !feed_piece(&piece)) {
        errno = ECONNREFUSED;
        return -1;
    }
    fuzz_require(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0
                 && (piece.len == 0
                     || write(pair[1], piece.data, piece.len)
                        == (ssize_t) piece.len)
                 && shutdown(pair[1], SHUT_WR) == 0
                 && dup2(pair[0], fd) == fd, "there is a connection");
    (void) close(pair[0]);
    ends[end_count++] = pair[1];
    return 0;
}

/* No threads: names are not resolved, and nobody listens to a Sentinel. */
apr_status_t __wrap_sst_redis_thread_start(apr_thread_t **thread,
                                           apr_thread_start_t function,
                                           void *data, apr_pool_t *pool)
{
    (void) thread;
    (void) function;
    (void) data;
    (void) pool;
    return APR_EGENERAL;
}

sst_status_t __wrap_sst_redis_watch_start(sst_redis_topology_t *topology,
                                          sst_error_t *err, apr_pool_t *pool)
{
    (void) topology;
    (void) err;
    (void) pool;
    return SST_OK;
}

static sst_store_t *open_form(unsigned int form, apr_pool_t *pool)
{
    static const char *const urls[] = {
        "redis://web:secret@127.0.0.1:6379/1",
        "redis+unix:/run/redis.sock",
        "redis+sentinel://10.0.0.1,10.0.0.2/mymaster",
        "redis+cluster://10.0.0.1,10.0.0.2:7000"
    };
    static const char *const replicas[] = { "replicas=1" };

    return store_ready(urls[form % 4], (int) (form / 4 % 2), replicas, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();
    apr_time_t deadline;
    sst_store_t *store;
    unsigned int choice;

    feed_begin(data, size);
    choice = feed_byte();
    store = open_form(choice / STORE_CALLS, pool);
    deadline = __wrap_apr_time_now() + apr_time_from_sec(1);
    store_call(store, choice, deadline, pool);
    apr_pool_clear(pool);
    while (end_count > 0) {
        (void) close(ends[--end_count]);
    }
    return 0;
}
