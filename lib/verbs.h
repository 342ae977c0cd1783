/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications say about their session: commands, carried by lines of a
 * response header.
 *
 *   set &name=value&name=value&      each of the entries gets this value
 *   append &name=value&              the value is put behind the one that this
 *                                    response has set
 *   delete &name&name&               the entries are removed
 *   clear                            all entries that applications may change
 *                                    are removed
 *   regenerate                       the session gets a new id
 *   end                              the session ends, with everything in it;
 *                                    what follows belongs to a new one
 *
 * Names and values are form-urlencoded; the outer '&' may be left out. Commands
 * are separated by commas, so that lines may be joined as HTTP joins them, and
 * are done in their order, all of them or none.
 *
 * An application is not trusted with what httpd decides by: it may neither
 * change nor remove an entry that is hidden from it, nor mod_auth_form's
 * (`*-user`, `*-pw`, `*-site`), nor httpd's expiry.
 */
#ifndef SST_VERBS_H
#define SST_VERBS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/bytes.h"
#include "lib/status.h"

/* Names that one response may mention: what is built of them is searched by
 * httpd's own encoder, whose time grows with their square.
 */
#define SST_VERBS_NAMES_MAX 16384

/* Bytes that the commands of one response may have, for a session that may
 * have `max_size`: each byte is three when it is escaped.
 */
#define SST_VERBS_LEN_MAX(max_size) (4 * (max_size) + 65536)

/* What the commands come to. */
typedef struct sst_verbs_t {
    apr_table_t *entries;   /* what the session holds afterwards */
    int said;               /* there was a command */
    int regenerate;         /* a new id is asked for */
    int end;                /* the session as it was ends */
} sst_verbs_t;

/* Does the commands in `text` to a copy of `entries`, which stay as they are;
 * `hide` are the patterns of sst_entries_hidden. The result's texts are from
 * `pool` or those of `entries`. Expected: OK; INVALID when it is no list of
 * commands; DENIED when a command is not an application's to give; TOO_BIG
 * when there are more than SST_VERBS_NAMES_MAX names. Unless the answer is OK,
 * *out asks for nothing, and *err says which command and why, without values.
 */
sst_status_t sst_verbs_run(sst_verbs_t *out, const apr_table_t *entries,
                           sst_span_t text, const apr_array_header_t *hide,
                           sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* 1 when applications may neither change nor remove an entry of this name. */
int sst_verbs_protects(const char *name, const apr_array_header_t *hide);

#endif
