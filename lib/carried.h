/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a browser holds of a session that it carries itself: the ticket, and
 * behind it the value that a store would keep
 *
 *     <ticket>.<base64url of the sealed value>
 *
 * The value, the record with its boxes, is sealed once more as a whole,
 * together with the time at which it expires, which other stores keep
 * themselves: AES-256-GCM under the server's key, bound to the cookie's name,
 * to the ticket with its revision, and by the row to the tenant. A browser can
 * neither read nor change any of it, nor put two states of a session together.
 * docs/record-format.md has the bytes.
 */
#ifndef SST_CARRIED_H
#define SST_CARRIED_H

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/ticket.h"

/* The most characters that a value of `len` bytes takes, ticket included. */
apr_size_t sst_carried_len(apr_size_t len);

/* The front of a text that may be the ticket; lies inside `text`. */
sst_span_t sst_carried_ticket(sst_span_t text);

/* The text that a browser is to hold, C string in `pool`. *value's bytes and
 * expires_s count. Expected: OK.
 */
sst_status_t sst_carried_seal(const char **out, const sst_value_t *value,
                              const sst_ticket_t *ticket, const sst_row_t *row,
                              const sst_scope_t *scope, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

/* The value behind a ticket that has been checked, and its row; the bytes are
 * from `pool`. Expected: OK; INVALID when there is none that was sealed with
 * this ticket, however it is wrong (*out is then zero).
 */
sst_status_t sst_carried_open(sst_value_t *out, sst_span_t text,
                              const sst_ticket_t *ticket, const sst_row_t *row,
                              const sst_scope_t *scope, sst_error_t *err,
                              apr_pool_t *pool) SST_CHECKED;

#endif
