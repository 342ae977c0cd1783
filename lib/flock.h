/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Locks between threads and processes of one host: flock(2) on a descriptor
 * that was opened for it. Such a lock belongs to that opening of the file, and
 * so keeps apart threads as well as processes; the system drops it when its
 * holder dies. The locks of fcntl(2), which APR's apr_file_lock takes, belong
 * to the process: two of its threads would both have it, and any close of the
 * file would drop it.
 */
#ifndef SST_FLOCK_H
#define SST_FLOCK_H

#include <apr_time.h>

/* Waits until the open file is this opening's alone, until `deadline` at most.
 * Answers 0, ETIMEDOUT, or the system's code. Any thread, on a descriptor of
 * its own.
 */
int sst_flock_take(int fd, apr_time_t deadline);

/* Gives the lock up and closes the descriptor. */
void sst_flock_drop(int fd);

#endif
