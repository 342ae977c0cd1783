/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A clock that nobody can set: for deadlines, pauses and ages, which must not
 * become longer or shorter because somebody corrects the time of day. When a
 * session ends, what is signed and what is shown have the time of day, which
 * is apr_time_now()'s and may jump.
 */
#ifndef SST_CLOCK_H
#define SST_CLOCK_H

#include <apr_time.h>

/* Microseconds since the host was started, with the time it slept where the
 * system counts that (CLOCK_BOOTTIME, else CLOCK_MONOTONIC): the same for all
 * processes of the host. Any thread may call.
 */
apr_time_t sst_uptime(void);

/* Microseconds at the same pace, that begin at the time of day of the first use
 * in the process, so that a deadline of a caller who knows only that time is
 * the right one until somebody sets it. Any thread may call.
 */
apr_time_t sst_clock(void);

#endif
