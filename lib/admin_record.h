/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What admin.c and admin_set.c share: nothing for others. Any thread. */
#ifndef SST_ADMIN_RECORD_H
#define SST_ADMIN_RECORD_H

#include "lib/admin.h"
#include "lib/record.h"

/* When the next call of the store has to be done. */
apr_time_t sst_admin_deadline(const sst_admin_t *admin);

/* 1 when the session's time is over. A record that did not parse is zero and
 * has no absolute end.
 */
int sst_admin_is_over(const sst_value_t *value, const sst_record_t *record);

#endif
