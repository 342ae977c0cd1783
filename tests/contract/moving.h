/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Stores that move their records (lib/migrate.h) as targets of the contract:
 *
 *   'migrate: MODE NEW-URL OLD-URL'
 *
 * MODE is `settling` (all is written to the old store), `settled` (all to the
 * new one), or `moving`: records begin in the old store, so that the first
 * change of each of them moves it.
 */
#ifndef SST_TESTS_MOVING_H
#define SST_TESTS_MOVING_H

#include "tests/contract/contract.h"

#define MOVING_URL "migrate:"

/* Opens one store of a URL; contract.c's. */
typedef sst_status_t moving_open_t(sst_store_t **out, const char *url,
                                   sst_error_t *err, apr_pool_t *pool);

/* Makes the store of these words, to be prepared and started. */
sst_status_t moving_open(sst_store_t **out, const target_t *target,
                         moving_open_t *open_part, sst_error_t *err,
                         apr_pool_t *pool);

#endif
