/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A clock that nobody sets: for what must not last longer because somebody
 * corrects the time of day. All processes of a host read the same one.
 */
#ifndef SST_UPTIME_H
#define SST_UPTIME_H

#include <apr_time.h>

/* Microseconds since the host was started, with the time it slept where the
 * system counts that (CLOCK_BOOTTIME, else CLOCK_MONOTONIC). Any thread may
 * call.
 */
apr_time_t sst_uptime(void);

#endif
