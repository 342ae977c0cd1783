/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as what Redis servers answer, to any operation on any form of
 * Redis: one server, a Unix socket, Sentinel, Cluster. The first byte chooses
 * form and operation; each connection gets the next piece of the input.
 *
 * Subject: lib/transport/redis_conn.c lib/transport/redis_resp.c
 * Subject: lib/transport/redis_client.c lib/transport/redis_node.c
 * Subject: lib/transport/redis_cluster.c lib/transport/redis_sentinel.c
 * Subject: lib/transport/redis_topology.c lib/transport/redis_address.c
 * Subject: lib/backends/redis_read.c lib/backends/redis_write.c
 * Subject: lib/backends/redis_script.c lib/backends/redis_index.c
 * Subject: lib/backends/redis_scan.c lib/backends/redis_examine.c
 * Subject: lib/status.c
 * Subject: lib/backends/redis_stored.c
 */

#include "lib/backends/redis.h"
#include "lib/transport/redis_watch.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/redis_ends.h"
#include "tests/fuzz/store_call.h"

const char fuzz_target[] = "redis";

sst_status_t __wrap_sst_redis_watch_start(sst_redis_topology_t *topology,
                                          sst_error_t *err, apr_pool_t *pool);

/* Nobody listens to a Sentinel. */
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
    redis_ends_close();
    return 0;
}
