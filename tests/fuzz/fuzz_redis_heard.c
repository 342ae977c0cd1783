/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any bytes as what Redis servers and Sentinels tell the threads that listen to
 * them: of keys that change, and of another primary. The first byte chooses
 * who listens to what; each connection gets the next piece of the input.
 *
 * Subject: lib/transport/redis_tracking.c lib/transport/redis_tracks.c
 * Subject: lib/transport/redis_watch.c lib/backends/redis_copies.c
 */

#include <poll.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/store.h"
#include "lib/transport/redis_thread.h"
#include "tests/fuzz/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/redis_ends.h"
#include "tests/fuzz/store_call.h"

const char fuzz_target[] = "redis_heard";

/* How often a thread may wait for what does not come until it has to end. */
#define WAITS_MAX 8

/* The thread that was to be started last, which this one stands in for. */
static apr_thread_start_t thread_main;
static void *thread_data;
static int runs;

static int waits;
static int armed;
static apr_time_t proved_at;

apr_status_t __wrap_sst_redis_thread_start(apr_thread_t **thread,
                                           apr_thread_start_t function,
                                           void *data, apr_pool_t *pool);
FEED_WRAP int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);

/* While it runs, no other starts. */
apr_status_t __wrap_sst_redis_thread_start(apr_thread_t **thread,
                                           apr_thread_start_t function,
                                           void *data, apr_pool_t *pool)
{
    (void) pool;
    *thread = NULL;
    if (runs) {
        return APR_EGENERAL;
    }
    thread_main = function;
    thread_data = data;
    return APR_SUCCESS;
}

/* The time to wait passes at once; in the end, the thread is woken. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    int ready = __real_poll(fds, count, 0);

    if (ready == 0 && timeout > 0) {
        __wrap_apr_sleep(apr_time_from_msec(timeout));
        if (++waits > WAITS_MAX) {
            fds[count - 1].revents = POLLIN;
            ready = 1;
        }
    }
    return ready;
}

/* --- What is told of keys --- */

static sst_watch_t wanted(void *baton)
{
    (void) baton;
    return SST_WATCH_ON;
}

static void on_armed(void *baton, const apr_uint64_t *servers, int count)
{
    (void) baton;
    fuzz_require(!armed && servers != NULL && count > 0,
                 "it is armed once, with servers");
    armed = 1;
    proved_at = 0;
}

static void on_changed(void *baton, const sst_row_t *row)
{
    (void) baton;
    (void) row;
    fuzz_require(armed, "changes are told when it is armed");
}

static void on_proved(void *baton, apr_time_t asked_at)
{
    (void) baton;
    fuzz_require(armed && asked_at >= proved_at && asked_at <= sst_uptime(),
                 "what is proved was asked for");
    proved_at = asked_at;
}

static void on_lost(void *baton)
{
    (void) baton;
    fuzz_require(armed, "what is lost was there");
    armed = 0;
}

static void on_refused(void *baton, const char *text)
{
    (void) baton;
    fuzz_require(!armed && text[0] != '\0' && fuzz_is_line(text),
                 "a refusal is one line");
}

static const sst_watcher_t watcher = {
    .pause = APR_USEC_PER_SEC, .wanted = wanted, .armed = on_armed,
    .changed = on_changed, .proved = on_proved, .lost = on_lost,
    .refused = on_refused
};

/* --- Who listens --- */

static void listen_to_keys(const char *url, apr_pool_t *pool)
{
    sst_store_t *store = store_ready(url, 0, NULL, pool);
    sst_error_t err;

    sst_error_clear(&err);
    fuzz_require(store->ops->watch(store, &watcher, &err, pool) == SST_OK,
                 "there is a thread that listens");
}

/* Opening the store has left the thread that listens to Sentinels. */
static void choose(unsigned int choice, apr_pool_t *pool)
{
    static const char *const urls[] = {
        "redis://web:secret@127.0.0.1:6379/1",
        "redis+unix:/run/redis.sock",
        "redis+sentinel://10.0.0.1,10.0.0.2/mymaster",
        "redis+cluster://10.0.0.1,10.0.0.2:7000"
    };

    if (choice % 5 == 4) {
        (void) store_ready(urls[2], 0, NULL, pool);
    }
    else {
        listen_to_keys(urls[choice % 5], pool);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_pool();

    feed_begin(data, size);
    runs = 0;
    waits = 0;
    armed = 0;
    choose(feed_byte(), pool);
    runs = 1;
    (void) thread_main(NULL, thread_data);
    fuzz_require(!armed, "a thread that has ended tells nothing");
    apr_pool_clear(pool);
    redis_ends_close();
    return 0;
}
