/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A box whose deflated text is whatever a test wants, as somebody with the
 * server's key could make it; sst_record_seal makes only good ones.
 */
#ifndef SST_TESTS_DEFLATED_BOX_H
#define SST_TESTS_DEFLATED_BOX_H

#include "lib/record.h"

/* Seals `text` as the record's meta box, with the flag that says that it is
 * deflated. The box lies in `pool`.
 */
sst_status_t deflated_box_seal(sst_record_t *record, sst_span_t text,
                               const sst_box_key_t *key,
                               apr_pool_t *pool) SST_CHECKED;

#endif
