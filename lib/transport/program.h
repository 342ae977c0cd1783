/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a program of the administrator's prints: a secret that is kept
 * elsewhere. The program is run without a shell; its standard input is empty,
 * and what it writes to its standard error goes to ours.
 */
#ifndef SST_TRANSPORT_PROGRAM_H
#define SST_TRANSPORT_PROGRAM_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/status.h"

#define SST_PROGRAM_OUTPUT_MAX 65536

/* Runs argv (ended by NULL; the program is looked for in PATH unless it names
 * a folder) and takes all that it prints, SST_PROGRAM_OUTPUT_MAX bytes at
 * most. A program that has not ended by `deadline` is killed. `what` names it
 * in messages. *out, *len bytes, is from `pool`, for the caller to wipe.
 * Expected: OK; UNAVAILABLE when it cannot be run or fails, with its code;
 * INVALID when it prints too much; TIMEOUT.
 */
sst_status_t sst_program_output(unsigned char **out, apr_size_t *len,
                                const char *const *argv, const char *what,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

#endif
