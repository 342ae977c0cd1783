/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the tests of sessions have in common: a site over a store in memory,
 * browsers that are the texts of tickets, and a way past the library into the
 * store, for attackers and administrators.
 */
#ifndef SST_TESTS_SESSION_RIG_H
#define SST_TESTS_SESSION_RIG_H

#include "tests/unit/unit.h"

#include "lib/meta.h"
#include "lib/record.h"
#include "lib/session.h"
#include "tests/unit/memory_store.h"

#define RIG_IDLE_S 1200
#define RIG_ABSOLUTE_S 86400
#define RIG_TOUCH_S 120

typedef struct rig_t {
    apr_pool_t *pool;
    sst_store_t *store;
    sst_site_t site;            /* a test may change it */
} rig_t;

/* A site whose store is empty and has seen no call. */
void rig_make(rig_t *rig, apr_pool_t *pool);

/* A deadline that a test does not reach. */
apr_time_t rig_deadline(void);

/* The present, in seconds. */
apr_int64_t rig_now_s(void);

/* A new browser with a session of these entries: its ticket. */
const char *rig_login(rig_t *rig, const char *entries);

/* The session's ticket as text. */
const char *rig_ticket(rig_t *rig, const sst_session_t *session);

/* Loads the session of one ticket. */
sst_status_t rig_load(sst_session_t **out, rig_t *rig, const char *ticket);

/* The same, where the session has to be there. */
sst_session_t *rig_session(rig_t *rig, const char *ticket);

/* Saves entries written as a text. */
sst_status_t rig_save(sst_outcome_t *out, rig_t *rig, sst_session_t *session,
                      const char *entries, int flags);

/* The same, where it has to succeed, with this outcome. */
void rig_saves(rig_t *rig, sst_session_t *session, const char *entries,
               int flags, sst_saved_t expected);

/* What a browser with this ticket finds: its entries as a text, or the name of
 * the status that it gets.
 */
const char *rig_finds(rig_t *rig, const char *ticket);

/* How many sessions are noted for a user. */
int rig_noted(rig_t *rig, const char *user);

/* --- Past the library --- */

/* The stored value of a session, which has to be there. */
sst_value_t rig_value(rig_t *rig, const sst_row_t *row);

/* Puts these bytes in the row, whatever is there. */
void rig_overwrite(rig_t *rig, const sst_row_t *row, sst_span_t bytes);

/* Sets when the store lets the session go. */
void rig_expire(rig_t *rig, const sst_session_t *session,
                apr_int64_t expires_s);

/* Ends the record as another request would. */
void rig_remove(rig_t *rig, const sst_session_t *session);

/* Sets an overlay, as an administrator does without the ticket's secret. */
void rig_set_overlay(rig_t *rig, const sst_session_t *session,
                     const char *overlay);

#endif
