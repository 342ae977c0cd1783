/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A circuit breaker: after several failures in a row, calls to a server are
 * refused at once for a while, and then one call may try again. A dead server
 * thus costs its clients nothing but the first few calls.
 *
 * One breaker for one server in one process. Any thread; no call waits.
 */
#ifndef SST_BREAKER_H
#define SST_BREAKER_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"

typedef struct sst_breaker_t sst_breaker_t;

/* Opens after `failures` in a row, for `pause`. Lives as long as `pool`.
 * Expected: OK.
 */
sst_status_t sst_breaker_make(sst_breaker_t **out, int failures,
                              apr_interval_time_t pause, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* 1 when a call may be made now; 0 when it should fail at once. After the
 * pause one caller gets 1 and tries for all; it has to report how that went.
 */
int sst_breaker_allow(sst_breaker_t *breaker, apr_time_t now);

/* What a call that was allowed came to: the server answered, or it did not. */
void sst_breaker_report(sst_breaker_t *breaker, int answered, apr_time_t now);

#endif
