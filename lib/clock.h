/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A clock that nobody can set: for deadlines, pauses and ages inside of a
 * process. When a session ends, what is signed and what is shown have the time
 * of day, which is apr_time_now()'s and may jump.
 */
#ifndef SST_CLOCK_H
#define SST_CLOCK_H

#include <apr_time.h>

/* Microseconds that only grow, as sst_uptime's do. It begins at the time of day
 * of its first use in the process, so that a deadline of a caller who knows
 * only that time is the right one until somebody sets it; another process may
 * have another beginning. Any thread may call.
 */
apr_time_t sst_clock(void);

#endif
