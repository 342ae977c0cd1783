/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Marks on stored values by which movers know each other's work. A mark is the
 * front half of a write token, which is otherwise random: whoever knows
 * nothing of marks sees one more write of the record.
 */
#ifndef SST_MIGRATE_MARK_H
#define SST_MIGRATE_MARK_H

#include "lib/store.h"

typedef enum {
    SST_MARK_NONE,
    SST_MARK_CLAIMED,           /* is being moved: nobody writes it here */
    SST_MARK_ENDED              /* there was a record, which has ended */
} sst_mark_t;

/* The mark that a version bears. */
sst_mark_t sst_mark_of(const sst_version_t *version);

/* A copy of `value`, all of it or, for ENDED, the version alone, as the next
 * write with this mark: *bytes from `pool`, and its *version. Expected: OK;
 * CORRUPT when `value` has no version.
 */
sst_status_t sst_mark_put(sst_span_t *bytes, sst_version_t *version,
                          sst_mark_t mark, sst_span_t value, sst_error_t *err,
                          apr_pool_t *pool) SST_CHECKED;

#endif
