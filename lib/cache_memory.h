/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Copies of sealed records in memory that the processes of a host share, for
 * cache.h.
 *
 * The memory has a fixed number of slots, in sets of eight; a row may lie in
 * the slots of one set, and the one that was not used for longest makes room.
 * Nobody waits: there is no lock.
 *
 * - A slot has a sequence number, odd while somebody writes. A reader takes
 *   what it has copied only if the number was even and has not changed. A
 *   process that is killed while it writes leaves the slot odd: it is lost
 *   until the memory is made anew, and nobody reads it.
 * - A row has a *generation*, a counter that it shares with a few others. A
 *   copy holds the one that was noted before its record was read from the
 *   store, and counts only as long as that is the row's. To evict is to count
 *   the generation on: that reaches copies that are only about to be written,
 *   cannot fail, and waits for nobody.
 * - A store has an *epoch*, the same for all of its copies at once.
 *
 * What is read is judged as if a stranger had written it: lengths are checked
 * against this process' own numbers. Any thread of any process may call
 * everything, unless it says otherwise.
 */
#ifndef SST_CACHE_MEMORY_H
#define SST_CACHE_MEMORY_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/store.h"

#define SST_CACHE_STORES 16     /* that one memory has copies for */
#define SST_CACHE_SERVERS 128   /* of one store, that are watched */

/* What is counted, for each store. */
typedef enum {
    SST_CACHE_HIT = 0,          /* answered from a copy */
    SST_CACHE_MISS,             /* there was none that counts */
    SST_CACHE_BYPASS,           /* copies could not be trusted just then */
    SST_CACHE_KEPT,             /* copies that were made */
    SST_CACHE_TOO_BIG,          /* records that are too large to be kept */
    SST_CACHE_EVICTED,          /* rows whose copies stopped counting */
    SST_CACHE_DROPPED,          /* times that all of them did */
    SST_CACHE_DISPLACED,        /* copies that made room for others */
    SST_CACHE_EVENTS
} sst_cache_event_t;

/* What the watcher of a store has written down for all; times are sst_uptime's,
 * read and written one by one by atomic operations.
 */
typedef struct sst_cache_board_t {
    apr_uint64_t epoch;
    apr_uint64_t lease_until;   /* copies count until then; 0: they do not */
    apr_uint64_t owner;         /* the process that watches; 0: none */
    apr_uint64_t owner_at;      /* when it was last heard of */
    apr_uint64_t armed_at;      /* since when it hears of changes; 0: not */
    apr_uint64_t doubted;       /* somebody was answered by a server that is
                                 * not watched */
    apr_uint64_t refused;       /* the servers do not let us watch, and it was
                                 * said */
    apr_uint64_t server_count;
    apr_uint64_t servers[SST_CACHE_SERVERS];
} sst_cache_board_t;

typedef struct sst_cache_memory_t sst_cache_memory_t;

/* What this build makes of the memory, and of sst_cache_memory_t, as a text
 * from `pool`: builds that give another one must not use each other's.
 */
const char *sst_cache_memory_layout(apr_pool_t *pool);

/* The bytes for `value_max` that a slot takes, and the least that a memory has
 * to have for one set.
 */
apr_size_t sst_cache_memory_least(apr_size_t value_max);

/* Divides `size` bytes at `base`, which are zero and which all processes will
 * see at the same time, into slots for values of up to `value_max` bytes. *out
 * is from `pool`; processes that are forked later have it too. Expected: OK;
 * INVALID when there is no room for one set.
 */
sst_status_t sst_cache_memory_make(sst_cache_memory_t **out, void *base,
                                   apr_size_t size, apr_size_t value_max,
                                   sst_error_t *err,
                                   apr_pool_t *pool) SST_CHECKED;

/* The copies of one store. */
typedef struct sst_cache_place_t {
    sst_cache_memory_t *memory;
    int index;                      /* of the store; below SST_CACHE_STORES */
} sst_cache_place_t;

/* The board of a store, in the memory. */
sst_cache_board_t *sst_cache_board(const sst_cache_place_t *place);

/* --- Copies --- */

/* What has to be noted before a record is read from the store. */
typedef struct sst_cache_mark_t {
    apr_uint64_t epoch;
    apr_uint64_t generation;
    apr_time_t at;                  /* sst_uptime's */
} sst_cache_mark_t;

/* Makes a mark. */
void sst_cache_mark(sst_cache_mark_t *out, const sst_cache_place_t *place,
                    const sst_row_t *row);

/* The copy of a row that counts, with its bytes from `pool`; *read_at is when
 * its mark was made. Answers 0, with *out zero, when there is none.
 */
int sst_cache_find(sst_value_t *out, apr_time_t *read_at,
                   const sst_cache_place_t *place, const sst_row_t *row,
                   apr_pool_t *pool);

/* Keeps a copy of what was read after `mark`; or not: when it is too large,
 * when it does not count any more, when others write all around.
 */
void sst_cache_keep(const sst_cache_place_t *place, const sst_row_t *row,
                    const sst_value_t *value, const sst_cache_mark_t *mark);

/* From the return on, no copy that was read before counts: of a row, and of
 * all of the store.
 */
void sst_cache_evict(const sst_cache_place_t *place, const sst_row_t *row);
void sst_cache_drop(const sst_cache_place_t *place);

/* --- Counting --- */

/* Counts one of these. */
void sst_cache_count(const sst_cache_place_t *place, sst_cache_event_t event);

typedef struct sst_cache_figures_t {
    apr_uint64_t events[SST_CACHE_EVENTS];
    apr_uint64_t entries;           /* copies that count */
    apr_uint64_t bytes;             /* of them, sealed */
    apr_uint64_t slots;             /* of the memory, for all stores */
    apr_uint64_t slot_size;         /* in bytes */
} sst_cache_figures_t;

/* Looks through the whole memory; for those who watch. */
void sst_cache_figures(sst_cache_figures_t *out,
                       const sst_cache_place_t *place);

#endif
