/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A thread that waits for what nobody can hurry, and may be left behind in it
 * by whoever cannot wait: also where httpd unloads the code, as it does at each
 * restart, and where it forks meanwhile.
 */
#ifndef SST_STRAY_H
#define SST_STRAY_H

#include <pthread.h>

typedef struct sst_stray_t {
    pthread_t thread;
    void *stack;
} sst_stray_t;

/* Starts it; it leaves every signal to the host's own threads. Answers 0 when
 * that cannot be done.
 */
int sst_stray_start(sst_stray_t *out, void *(*function)(void *), void *data);

/* Waits for its end. */
void sst_stray_join(sst_stray_t *stray);

/* Leaves it alone, for good. Its code, and the libraries that this is linked
 * with, stay loaded to the end of the process, and so does its stack. What it
 * works on has to be its own.
 */
void sst_stray_leave(sst_stray_t *stray);

#endif
