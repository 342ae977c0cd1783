/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Redis Cluster's slots: which of 16,384 a key is in, and who has them. */
#ifndef SST_REDIS_SLOTS_H
#define SST_REDIS_SLOTS_H

#include "lib/bytes.h"

#define SST_REDIS_SLOTS 16384

/* The slot of a key: CRC-16 (XMODEM) of the key, or of what stands between the
 * first { and the next } when that is not empty.
 */
unsigned int sst_redis_slot(sst_span_t key);

#endif
