/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The board: lease, owner, and the servers that are watched. */

#include "lib/cache_watch.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/clock.h"

#define PAUSES 3            /* in a lease: as many proofs may come late */

static apr_uint64_t load(const apr_uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(apr_uint64_t *word, apr_uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static int replace(apr_uint64_t *word, apr_uint64_t before,
                   apr_uint64_t after)
{
    return __atomic_compare_exchange_n(word, &before, after, 0,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static sst_cache_board_t *board_of(const sst_cache_watch_t *watch)
{
    return sst_cache_board(&watch->place);
}

/* --- The owner --- */

/* The process' number in the lower half; above it when it began, since numbers
 * are used again.
 */
static pid_t process_of(apr_uint64_t owner)
{
    return (pid_t) (owner & 0xffffffff);
}

static int is_gone(const sst_cache_watch_t *watch, apr_uint64_t owner)
{
    apr_time_t heard_at = (apr_time_t) load(&board_of(watch)->owner_at);

    return owner == 0
        || (kill(process_of(owner), 0) != 0 && errno == ESRCH)
        || sst_uptime() - heard_at > 2 * watch->lease;
}

static void end_lease(const sst_cache_watch_t *watch)
{
    store(&board_of(watch)->lease_until, 0);
    store(&board_of(watch)->armed_at, 0);
    sst_cache_drop(&watch->place);
}

/* 1 when the board is this process' now. */
static int take_over(sst_cache_watch_t *watch, apr_uint64_t owner)
{
    sst_cache_board_t *board = board_of(watch);

    if (!is_gone(watch, owner) || !replace(&board->owner, owner,
                                           watch->self)) {
        return 0;
    }
    store(&board->owner_at, (apr_uint64_t) sst_uptime());
    end_lease(watch);
    return 1;
}

static sst_watch_t wanted(void *baton)
{
    sst_cache_watch_t *watch = baton;
    sst_cache_board_t *board = board_of(watch);
    apr_uint64_t owner = load(&board->owner);

    if (owner != watch->self) {
        return take_over(watch, owner) ? SST_WATCH_ANEW : SST_WATCH_NOT;
    }
    store(&board->owner_at, (apr_uint64_t) sst_uptime());
    return replace(&board->doubted, 1, 0) ? SST_WATCH_ANEW : SST_WATCH_ON;
}

void sst_cache_watch_leave(sst_cache_watch_t *watch)
{
    (void) replace(&board_of(watch)->owner, watch->self, 0);
}

/* --- What it tells --- */

/* The epoch is counted on last: what was read before, or meanwhile from a
 * server that was not watched yet, does not count.
 */
static void armed(void *baton, const apr_uint64_t *servers, int count)
{
    sst_cache_watch_t *watch = baton;
    sst_cache_board_t *board = board_of(watch);
    int i;

    store(&board->server_count, 0);
    for (i = 0; i < count && i < SST_CACHE_SERVERS; i++) {
        store(&board->servers[i], servers[i]);
    }
    store(&board->server_count, (apr_uint64_t) i);
    store(&board->doubted, 0);
    store(&board->refused, 0);
    store(&board->armed_at, (apr_uint64_t) sst_uptime());
    sst_cache_drop(&watch->place);
}

static void changed(void *baton, const sst_row_t *row)
{
    sst_cache_watch_t *watch = baton;

    if (row != NULL) {
        sst_cache_evict(&watch->place, row);
    }
    else {
        sst_cache_drop(&watch->place);
    }
}

/* A lease is never made shorter: another watcher's proof may be the younger
 * one.
 */
static void proved(void *baton, apr_time_t asked_at)
{
    sst_cache_watch_t *watch = baton;
    apr_uint64_t *until = &board_of(watch)->lease_until;
    apr_uint64_t now_until = load(until);
    apr_uint64_t own = (apr_uint64_t) (asked_at + watch->lease);

    while (own > now_until && !replace(until, now_until, own)) {
        now_until = load(until);
    }
}

/* Of a watcher that others have taken for gone, nobody depends any more. */
static void lost(void *baton)
{
    sst_cache_watch_t *watch = baton;

    if (load(&board_of(watch)->owner) == watch->self) {
        end_lease(watch);
    }
}

static void refused(void *baton, const char *text)
{
    sst_cache_watch_t *watch = baton;

    if (replace(&board_of(watch)->refused, 0, 1)) {
        sst_store_notify(watch->store, SST_DENIED, "%s", text);
    }
}

void sst_cache_watch_init(sst_cache_watch_t *out,
                          const sst_cache_place_t *place,
                          apr_interval_time_t lease, const sst_store_t *store)
{
    out->place = *place;
    out->lease = lease;
    out->store = store;
    out->self = (apr_uint64_t) apr_time_as_msec(sst_uptime()) << 32
                | (apr_uint64_t) getpid();
    out->watcher.baton = out;
    out->watcher.pause = lease / PAUSES;
    out->watcher.wanted = wanted;
    out->watcher.armed = armed;
    out->watcher.changed = changed;
    out->watcher.proved = proved;
    out->watcher.lost = lost;
    out->watcher.refused = refused;
}

/* --- What others ask --- */

apr_uint32_t sst_cache_watch_owner(const sst_cache_place_t *place)
{
    return (apr_uint32_t) process_of(load(&sst_cache_board(place)->owner));
}

int sst_cache_watch_holds(const sst_cache_place_t *place)
{
    return (apr_uint64_t) sst_uptime()
        < load(&sst_cache_board(place)->lease_until);
}

int sst_cache_watch_knows(const sst_cache_place_t *place, apr_uint64_t server)
{
    sst_cache_board_t *board = sst_cache_board(place);
    apr_uint64_t count = load(&board->server_count);
    apr_uint64_t i;

    for (i = 0; i < count && i < SST_CACHE_SERVERS; i++) {
        if (load(&board->servers[i]) == server) {
            return 1;
        }
    }
    store(&board->doubted, 1);
    return 0;
}
