/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the module prints at `httpd -t -D DUMP_SESSION_STORE`, read: a line of
 * JSON for each server, among whatever else httpd says.
 */
#ifndef SST_DUMP_LINES_H
#define SST_DUMP_LINES_H

#include "support/sources.h"

/* Splits `text`, which is written to, into sources (sst_source_t, added to
 * *out) and messages; answers the messages. *complete is 0 when a source could
 * not be understood, which is not shown: a password may stand in it. All from
 * `pool`.
 */
const char *sst_dump_lines_read(apr_array_header_t *out, int *complete,
                                char *text, apr_pool_t *pool);

#endif
