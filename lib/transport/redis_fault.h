/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an error reply of Redis means: one table from the code at its front to
 * what the caller does next, what the store answers, and what an
 * administrator can do about it. No I/O, no state.
 */
#ifndef SST_REDIS_FAULT_H
#define SST_REDIS_FAULT_H

#include "lib/bytes.h"
#include "lib/status.h"

typedef enum {
    SST_REDIS_FAULT_NONE = 0,
    SST_REDIS_FAULT_WAIT,       /* passes by itself: try again until the
                                 * deadline */
    SST_REDIS_FAULT_MOVED,      /* another node has the slot */
    SST_REDIS_FAULT_ASK,        /* another node has this key already */
    SST_REDIS_FAULT_PRIMARY,    /* not the primary, or one that was cut off */
    SST_REDIS_FAULT_SCRIPT,     /* the node does not know the script yet */
    SST_REDIS_FAULT_LOGIN,      /* the connection has to log in (again) */
    SST_REDIS_FAULT_RIGHTS,     /* the user may not do this */
    SST_REDIS_FAULT_REFUSED,    /* refused, and a repeat changes nothing */
    SST_REDIS_FAULT_TYPE        /* the key holds something else */
} sst_redis_fault_t;

/* What the text of an error reply means; never NONE. */
sst_redis_fault_t sst_redis_fault(sst_span_t text);

/* Records the error reply `text` of the node `node`, where we are `user`, in
 * *err, with the remedy, and answers the status that goes with it.
 */
sst_status_t sst_redis_fault_error(sst_span_t text, const char *node,
                                   const char *user, sst_error_t *err);

/* Reads where a MOVED or ASK reply points to: "MOVED 3999 127.0.0.1:6381".
 * *target lies inside `text`. Expected: OK; INVALID.
 */
sst_status_t sst_redis_fault_target(unsigned int *slot, sst_span_t *target,
                                    sst_span_t text) SST_CHECKED;

#endif
