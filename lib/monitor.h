/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A lock, and waiting under it until something has changed, never beyond a
 * deadline. APR's conditions wait until a time of day: where somebody puts that
 * back by an hour, a wait of a second takes an hour and a second.
 */
#ifndef SST_MONITOR_H
#define SST_MONITOR_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"

typedef struct sst_monitor_t sst_monitor_t;

/* No deadline at all. */
#define SST_MONITOR_EVER APR_INT64_MAX

/* Makes a monitor, which ends with `pool`; `what` it belongs to is for the
 * message. Expected: OK.
 */
sst_status_t sst_monitor_create(sst_monitor_t **out, const char *what,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* One thread at a time is between the two. */
void sst_monitor_enter(sst_monitor_t *monitor);
void sst_monitor_leave(sst_monitor_t *monitor);

/* For a thread that has entered: lets others in until one of them calls, or
 * until sst_clock() is at `deadline`. It may also end for no reason, so what is
 * waited for is to be looked at again.
 */
void sst_monitor_wait(sst_monitor_t *monitor, apr_time_t deadline);

/* For a thread that has entered: ends the wait of one, or of all. */
void sst_monitor_call_one(sst_monitor_t *monitor);
void sst_monitor_call_all(sst_monitor_t *monitor);

#endif
