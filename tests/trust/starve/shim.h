/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The system as it is when it runs out: of what the armed thread asks for, the
 * n-th is refused, once. Everybody's calls come here, libraries' included,
 * since a program's own functions go before those of libc.
 */
#ifndef SST_TESTS_TRUST_SHIM_H
#define SST_TESTS_TRUST_SHIM_H

typedef enum {
    SHIM_MEMORY,        /* malloc and its kin; not for APR, which aborts
                         * without memory, by design */
    SHIM_CALLS,         /* files and sockets: EIO, ENOSPC, EMFILE, ... */
    SHIM_SHORT          /* the same, and write writes a half first */
} shim_kind_t;

/* Refuses the n-th (from 1) of this kind that this thread asks for. */
void shim_arm(shim_kind_t kind, int n);

/* Refuses nothing any more. Answers 1 when something was refused. */
int shim_disarm(void);

#endif
