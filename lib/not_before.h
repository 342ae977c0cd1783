/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Ending a user's sessions where browsers carry them (`cookie:`): nobody can
 * take such a session away, but a server can refuse the ones that began before
 * a certain second. That second, the user's not-before, is kept in a second
 * store, which store->revocations is; a session that names a user is compared
 * with it at each load.
 *
 * It is kept in the second store's user index, under digests that are not those
 * of users with sessions there: whoever lists, counts or ends sessions in that
 * store does not meet it. An entry is the second and a keyed digest of it, so
 * that none can be made without a server key.
 *
 * Any thread may call, with a pool of its own.
 */
#ifndef SST_NOT_BEFORE_H
#define SST_NOT_BEFORE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/keyring.h"
#include "lib/status.h"
#include "lib/store.h"
#include "lib/ticket.h"

/* Ends all sessions of `user` in the scope's tenant that have begun up to now,
 * under every key of the ring; `store` is the SessionStore itself. Answers when
 * the present second is over: a login that begins after that is valid.
 * Expected: OK; INVALID when the store has no second one to note it in.
 */
sst_status_t sst_not_before_set(sst_store_t *store, const sst_keyring_t *ring,
                                const sst_scope_t *scope, const char *user,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

/* The last second of which sessions of `user` under this key are ended; 0 when
 * there is none, or no second store. One read. Expected: OK.
 */
sst_status_t sst_not_before_get(apr_int64_t *out_s, sst_store_t *store,
                                const sst_key_t *key, const sst_scope_t *scope,
                                const char *user, apr_time_t deadline,
                                sst_error_t *err,
                                apr_pool_t *pool) SST_CHECKED;

#endif
