/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Taking a file's lock by asking again and again, since flock(2) has no
 * deadline.
 */

#include "lib/flock.h"

#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/clock.h"

#define WAIT_FIRST 100              /* microseconds */
#define WAIT_LONGEST 10000

/* Sleeps for a part of `wait` that differs from caller to caller, so that
 * those who wait do not come back together, but not beyond `deadline`.
 */
static void wait_a_little(apr_interval_time_t wait, apr_time_t deadline)
{
    apr_time_t now = sst_clock();
    apr_interval_time_t sleep = wait / 2 + now % (wait / 2 + 1);

    if (sleep > deadline - now) {
        sleep = deadline - now;
    }
    if (sleep > 0) {
        apr_sleep(sleep);
    }
}

int sst_flock_take(int fd, apr_time_t deadline)
{
    apr_interval_time_t wait = WAIT_FIRST;

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return errno;
        }
        if (sst_clock() >= deadline) {
            return ETIMEDOUT;
        }
        wait_a_little(wait, deadline);
        wait = wait * 2 < WAIT_LONGEST ? wait * 2 : WAIT_LONGEST;
    }
    return 0;
}

void sst_flock_drop(int fd)
{
    /* Not left to close alone: a process that was forked meanwhile, and has
     * not reached its exec yet, holds a copy of the descriptor.
     */
    (void) flock(fd, LOCK_UN);
    (void) close(fd);
}
