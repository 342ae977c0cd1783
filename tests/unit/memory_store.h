/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store in the process's memory, for tests: it keeps the whole contract of
 * lib/store.h, counts the calls, fails when it is told to, or called after its
 * deadline, and lets a test play the other writer at the worst moment.
 *
 * Open it with sst_store_open_with(&store, &sst_backend_memory, "memory:", ...)
 * and hand the store to the functions below. Each store is empty when opened.
 * Any thread may call anything here.
 */
#ifndef SST_MEMORY_STORE_H
#define SST_MEMORY_STORE_H

#include "lib/store.h"

extern const sst_store_ops_t sst_backend_memory;

typedef enum {
    SST_MEMORY_ANY,             /* whichever is called */
    SST_MEMORY_PREPARE,
    SST_MEMORY_START,
    SST_MEMORY_GET,
    SST_MEMORY_PUT,
    SST_MEMORY_TOUCH,
    SST_MEMORY_REMOVE,
    SST_MEMORY_INDEX_ADD,
    SST_MEMORY_INDEX_LIST,
    SST_MEMORY_INDEX_REMOVE,
    SST_MEMORY_SCAN,
    SST_MEMORY_PURGE,
    SST_MEMORY_OPS              /* how many there are */
} sst_memory_op_t;

typedef enum {
    SST_MEMORY_BEFORE,          /* the call fails and has changed nothing */
    SST_MEMORY_AFTER            /* it has taken effect, and fails all the same:
                                 * the answer was lost on the way */
} sst_memory_when_t;

/* How often an operation has been called since the store was opened or its
 * counters were reset; SST_MEMORY_ANY gives the sum. Failed calls count.
 */
int sst_memory_calls(sst_store_t *store, sst_memory_op_t op);
void sst_memory_calls_reset(sst_store_t *store);

/* Makes the nth call from now on (1 is the next one) of `op` answer `status`,
 * with "injected failure" as its text; nth 0 means every call until
 * sst_memory_heal. A later order replaces an earlier one.
 */
void sst_memory_fail(sst_store_t *store, sst_memory_op_t op, int nth,
                     sst_status_t status, sst_memory_when_t when);
void sst_memory_heal(sst_store_t *store);

/* Called before each put takes effect, with no lock held, so that it may call
 * the store. Its own puts do not call it again.
 */
typedef void sst_memory_hook_t(void *baton, sst_store_t *store,
                               const sst_row_t *row);

/* Sets the hook, NULL for none. Not while other threads put. */
void sst_memory_before_put(sst_store_t *store, sst_memory_hook_t *hook,
                           void *baton);

/* How many records, and how many entries of the user index, there are. */
int sst_memory_records(sst_store_t *store);
int sst_memory_index_entries(sst_store_t *store);

#endif
