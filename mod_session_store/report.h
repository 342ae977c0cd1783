/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the module says in the error log: one function per event, with its
 * level, its id (SST and four digits) and what to do about it. Nothing else in
 * the module logs, and nothing here prints an id, a secret or a value; `name`
 * is the digest by which sst_session_name names a session.
 */
#ifndef SST_REPORT_H
#define SST_REPORT_H

#include <httpd.h>

#include "lib/session.h"
#include "lib/status.h"
#include "lib/store.h"

/* --- At the start --- */

void sst_report_no_mod_session(const server_rec *server);
void sst_report_keys(const server_rec *server, const char *keys,
                     const sst_error_t *err);
void sst_report_prepare(const server_rec *server, const sst_store_t *store,
                        const sst_error_t *err);
void sst_report_turn_folder(const server_rec *server, const char *path,
                            int code);
void sst_report_session_crypto(const server_rec *server);
void sst_report_no_watchdog(const server_rec *server);
void sst_report_audit_open(const server_rec *server, const char *path,
                           apr_status_t os);
void sst_report_shared_cookie(const server_rec *server,
                              const sst_store_t *first,
                              const sst_store_t *second, const char *cookie);
void sst_report_cache_moving(const server_rec *server);
void sst_report_no_cache(const server_rec *server, apr_status_t os,
                         const char *why);
void sst_report_no_metrics(const server_rec *server, apr_status_t os);
void sst_report_started(const server_rec *server, const sst_store_t *store);

/* --- In a child --- */

void sst_report_start(const server_rec *server, const sst_store_t *store,
                      const sst_error_t *err);
void sst_report_keys_new(const server_rec *server, const char *keys,
                         int count);
void sst_report_keys_kept(const server_rec *server, const char *keys,
                          const sst_error_t *err);
void sst_report_notice(const server_rec *server, const sst_store_t *store,
                       sst_status_t status, const char *text);
void sst_report_purged(const server_rec *server, const sst_store_t *store,
                       apr_uint64_t removed);
void sst_report_purge_failed(const server_rec *server,
                             const sst_store_t *store,
                             const sst_error_t *err);

/* --- In a request --- */

/* When the store fails, every request has the same to say: of load, save and
 * touch failures a process logs ten lines a second at most, and how many it
 * has kept back.
 */

void sst_report_load_failed(request_rec *r, const sst_store_t *store,
                            const sst_error_t *err);
void sst_report_unreadable(request_rec *r, const sst_store_t *store,
                           const sst_error_t *err);
void sst_report_save_failed(request_rec *r, const sst_store_t *store,
                            const char *name, const sst_error_t *err);
void sst_report_too_big(request_rec *r, const char *name,
                        const sst_error_t *err);
void sst_report_said_refused(request_rec *r, const char *name,
                             const sst_error_t *err);
void sst_report_said_nowhere(request_rec *r);
void sst_report_said_late(request_rec *r);
void sst_report_said_elsewhere(request_rec *r, const char *header,
                               const char *uri);
void sst_report_not_forwarded(request_rec *r, const char *header,
                              const sst_error_t *err);
void sst_report_turn_failed(request_rec *r, int code);
void sst_report_login_refused(request_rec *r, const char *name, int max);
void sst_report_self_without_store(request_rec *r);
void sst_report_self_failed(request_rec *r, const sst_store_t *store,
                            const sst_error_t *err);
void sst_report_self_forged(request_rec *r);
void sst_report_self_ended(request_rec *r, int count);
void sst_report_degraded_save(request_rec *r, const sst_store_t *store);
void sst_report_touch_failed(request_rec *r, const sst_store_t *store,
                             const char *name, const sst_error_t *err);
void sst_report_audit_write(request_rec *r, const char *path,
                            apr_status_t os);
void sst_report_clock(request_rec *r, const char *name,
                      apr_int64_t ahead_s);
void sst_report_done(request_rec *r, const sst_store_t *store,
                     const char *name, const char *outcome,
                     apr_interval_time_t store_time);
void sst_report_loaded(request_rec *r, sst_status_t status, const char *name);
void sst_report_saved(request_rec *r, const sst_outcome_t *outcome,
                      const char *name);

#endif
