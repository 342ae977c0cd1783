/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* SessionStoreSerialize: requests of one session take turns on this host, from
 * their load to their save, for programs that lose something when two of them
 * work on the same entry. Nobody else waits: neither other sessions nor those
 * without one.
 */
#ifndef SST_TURN_H
#define SST_TURN_H

#include <httpd.h>
#include <http_config.h>

#include "mod_session_store/request.h"

/* Reads the directive's value, how long a request waits for its turn: *out in
 * microseconds, 0 for Off. Answers NULL, or what is allowed.
 */
const char *sst_turn_configure(apr_int64_t *out, cmd_parms *cmd,
                               const char *value);

/* Makes the folder of the locks, for the children, when the configuration says
 * that somebody takes turns. Answers OK, or an error after it said on the log
 * what is wrong: the end of a start, not of a restart, after which requests
 * that would take turns are refused.
 */
int sst_turn_prepare(apr_pool_t *pconf, const server_rec *main_server);

/* Waits for the turn of the request's session, where the place asks for that,
 * the request has a ticket that checks, and something may be saved yet. Answers
 * OK when the turn has come now: what was loaded before has to be loaded again;
 * DECLINED when there is none to be waited for, or it has come before;
 * HTTP_SERVICE_UNAVAILABLE when it did not come in time, and from then on
 * wherever the request comes to a place that wants it.
 */
int sst_turn_take(request_rec *r, sst_request_t *state);

/* 1 for a part of a page that has no session: httpd saves none with it. */
int sst_turn_is_vain(const request_rec *r);

/* 1 where a turn is wanted that did not come. */
int sst_turn_missed(const request_rec *r, const sst_request_t *state);

/* Gives the turns of a request up: its sessions are saved, or cannot be saved
 * any more.
 */
void sst_turn_give(request_rec *r);

/* Has the turns of a request given up, at the latest, when its response leaves
 * the filters of sessions behind, also where mod_cache has taken those out.
 */
void sst_turn_insert(request_rec *r);

/* Makes the filter for that known to httpd. */
void sst_turn_register(void);

#endif
