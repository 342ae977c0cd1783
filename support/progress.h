/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How far long work has come: one line on the error output that is written
 * over and over, where that is a terminal and the work itself does not write
 * to one.
 */
#ifndef SST_PROGRESS_H
#define SST_PROGRESS_H

#include <apr_time.h>

#include "support/htsession.h"

typedef struct sst_progress_t {
    const sst_cli_t *cli;
    int shown;                  /* there is a line to be wiped */
    int wanted;
    apr_uint64_t count;
    apr_time_t next;            /* when the line is written anew */
} sst_progress_t;

/* `writes` is 1 when the work writes lines to cli->out. */
void sst_progress_begin(sst_progress_t *progress, const sst_cli_t *cli,
                        int writes);

/* One more session has been looked at. */
void sst_progress_step(sst_progress_t *progress);

/* Takes the line away. */
void sst_progress_end(sst_progress_t *progress);

#endif
