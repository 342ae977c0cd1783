/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The inside of the counters, for the files metrics*.c and nobody else: what a
 * store's `observer` points to.
 */
#ifndef SST_METER_H
#define SST_METER_H

#include "mod_session_store/metrics.h"

/* Counts on whenever the memory below changes in a way that its size does not
 * tell: the order of what is counted, a unit. A restart may put a newer module,
 * or an older one, into a parent that has the memory of this one.
 */
#define SST_METER_LAYOUT "1"

/* So many processes and threads count without meeting in one cache line. */
#define SST_STRIPES 16

/* So many processes tell what they have open; a further one is not shown. */
#define SST_PROCESSES 512

/* A longer name of a server is cut off. */
#define SST_SERVER_NAME 128

/* A tally, on cache lines of its own. */
typedef struct sst_stripe_t {
    sst_tally_t tally;
    char apart[128];
} sst_stripe_t;

/* What one process has open. Written by that process only, once it has put its
 * number in.
 */
typedef struct sst_process_t {
    volatile apr_uint32_t pid;      /* 0: nobody's */
    volatile apr_uint32_t told_s;   /* when it told last */
    sst_usage_t usage;
} sst_process_t;

/* What all processes have spent at one server. A slot whose server was not
 * asked for an hour is given to another one.
 */
typedef struct sst_server_slot_t {
    volatile apr_uint32_t state;    /* of sst_slot_state_t */
    volatile apr_uint32_t told_s;   /* when somebody told last */
    char name[SST_SERVER_NAME];     /* while READY */
    sst_times_t times;              /* each number by an atomic operation */
} sst_server_slot_t;

typedef enum {
    SST_SLOT_FREE = 0,
    SST_SLOT_TAKEN,                 /* somebody writes the name */
    SST_SLOT_READY
} sst_slot_state_t;

/* In shared memory, one for each name of a store. */
typedef struct sst_meter_memory_t {
    sst_stripe_t stripes[SST_STRIPES];
    sst_process_t processes[SST_PROCESSES];
    sst_server_slot_t servers[SST_SERVERS];
} sst_meter_memory_t;

typedef struct sst_meter_t {
    sst_store_t *store;             /* whose operations these are: a store that
                                     * stands in front of it, and moves
                                     * sessions, has the same observer */
    const sst_store_ops_t *inner;   /* the operations as they were */
    sst_store_ops_t ops;            /* the same, timed */
    sst_meter_memory_t *memory;
    apr_uint32_t pid;               /* in a child, its number: to ask for it
                                     * is a system call */
    sst_process_t *own;             /* in a child; NULL: has no place */
} sst_meter_t;

/* The meter of a store, or NULL. */
sst_meter_t *sst_meter_of(const sst_store_t *store);

/* Adds to what a server has been told to have taken. Any thread. */
void sst_meter_add_server(sst_meter_t *meter,
                          const sst_server_times_t *server,
                          apr_uint32_t now_s);

/* The tally that this thread adds to. */
sst_tally_t *sst_meter_tally(sst_meter_t *meter);

/* Has the operations of a store timed; its meter has `inner` and `memory`. */
void sst_meter_time_ops(sst_store_t *store, sst_meter_t *meter);

#endif
