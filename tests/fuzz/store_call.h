/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* One operation of a store whose server may answer anything, and what the
 * contract (lib/store.h) says of every answer.
 */
#ifndef SST_TESTS_FUZZ_STORE_CALL_H
#define SST_TESTS_FUZZ_STORE_CALL_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/store.h"

/* How many operations there are to choose from: 3 of reading, 6 of writing, 3
 * of the index of users, and 3 for tools.
 */
#define STORE_CALLS 15

/* Opens and starts a store: a URL and `argc` options that are right. */
sst_store_t *store_ready(const char *url, int argc, const char *const *argv,
                         apr_pool_t *pool);

/* The row that the operations are about, and the user. */
const sst_row_t *store_row(void);
const sst_row_t *store_user(void);

/* Calls operation `choice` and ends the process when the answer is none that
 * the contract allows.
 */
void store_call(sst_store_t *store, unsigned int choice, apr_time_t deadline,
                apr_pool_t *pool);

#endif
