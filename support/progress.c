/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A line of progress on a terminal. */

#include "support/progress.h"

#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

/* Short work shows nothing; and a terminal is slow. */
#define FIRST apr_time_from_msec(500)
#define EVERY apr_time_from_msec(200)

/* The clock is asked once in so many steps. */
#define STEPS 64

/* Back to the line's beginning, and wipe it to its end. */
#define WIPE "\r\033[K"

void sst_progress_begin(sst_progress_t *progress, const sst_cli_t *cli,
                        int writes)
{
    memset(progress, 0, sizeof(*progress));
    progress->cli = cli;
    progress->wanted = isatty(STDERR_FILENO)
                       && !(writes && isatty(STDOUT_FILENO));
    progress->next = sst_clock() + FIRST;
}

void sst_progress_step(sst_progress_t *progress)
{
    apr_time_t now;

    progress->count++;
    if (!progress->wanted || progress->count % STEPS != 0) {
        return;
    }
    now = sst_clock();
    if (now >= progress->next) {
        apr_file_printf(progress->cli->err, WIPE "%" APR_UINT64_T_FMT
                        " sessions seen", progress->count);
        progress->shown = 1;
        progress->next = now + EVERY;
    }
}

void sst_progress_end(sst_progress_t *progress)
{
    if (progress->shown) {
        apr_file_puts(WIPE, progress->cli->err);
    }
    progress->shown = 0;
}
