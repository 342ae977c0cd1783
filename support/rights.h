/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* May we do in a store what requests do there? Tried out with a record that is
 * no session, in a row that none has.
 */
#ifndef SST_RIGHTS_H
#define SST_RIGHTS_H

#include "lib/store.h"

/* Does each operation once and tells the examiner, under the name "rights".
 * What it writes it removes, or it ends within a minute.
 */
void sst_rights_examine(sst_store_t *store, const sst_examiner_t *examiner,
                        apr_pool_t *pool);

#endif
