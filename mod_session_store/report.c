/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The only place that writes to httpd's log. */

#include "config.h"

#include "mod_session_store/report.h"

#include <errno.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_log.h>

#include "mod_session_store/module.h"

APLOG_USE_MODULE(session_store);

/* --- At the start --- */

void sst_report_no_mod_session(const server_rec *server)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server,
                 "SST0101: mod_session is not loaded, or is loaded after "
                 "mod_session_store: load session_module first (Debian: "
                 "a2enmod session, then a2enmod session_store)");
}

void sst_report_keys(const server_rec *server, const char *keys,
                     const sst_error_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, err->os, server,
                 "SST0102: SessionStoreKeys %s: %s", keys, err->text);
}

void sst_report_prepare(const server_rec *server, const sst_store_t *store,
                        const sst_error_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, err->os, server,
                 "SST0103: SessionStore %s: %s", store->name, err->text);
}

void sst_report_turn_folder(const server_rec *server, const char *path,
                            int code)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, APR_FROM_OS_ERROR(code), server,
                 "SST0110: SessionStoreSerialize keeps its locks in %s, which "
                 "has to be a folder that nobody but httpd can write to: "
                 "remove what is there, or see to the folder above", path);
}

void sst_report_session_crypto(const server_rec *server)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "SST0104: mod_session_crypto is loaded: sessions in a "
                 "SessionStore are encrypted already, and its key derivation "
                 "costs more than all the rest of a request; remove "
                 "SessionCryptoPassphrase there (Debian: a2dismod "
                 "session_crypto)");
}

void sst_report_no_watchdog(const server_rec *server)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "SST0105: mod_watchdog is not loaded: expired sessions are "
                 "not removed in the background; load watchdog_module");
}

void sst_report_audit_open(const server_rec *server, const char *path,
                           apr_status_t os)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, os, server,
                 "SST0108: SessionStoreAudit %s: the log cannot be opened; "
                 "see that the %s", path,
                 *path == '|' ? "program is there and can be run"
                              : "folder is there and that root may write it");
}

void sst_report_shared_cookie(const server_rec *server,
                              const sst_store_t *first,
                              const sst_store_t *second, const char *cookie)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "SST0109: SessionStore %s and SessionStore %s use the cookie "
                 "%s both: a browser has a session in one of them only, and "
                 "loses it in the other; give one of them another name or "
                 "Path with SessionStoreCookie", first->name, second->name,
                 cookie);
}

void sst_report_cache_moving(const server_rec *server)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server,
                 "SST0111: SessionStoreCache and SessionStoreMigrateFrom do "
                 "not go together: take SessionStoreCache out until all "
                 "sessions are moved");
}

void sst_report_no_cache(const server_rec *server, apr_status_t os,
                         const char *why)
{
    ap_log_error(APLOG_MARK, os == APR_SUCCESS ? APLOG_NOTICE
                                               : APLOG_WARNING, os, server,
                 "SST0112: SessionStoreCache: %s", why);
}

void sst_report_no_metrics(const server_rec *server, apr_status_t os)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, os, server,
                 "SST0107: there is no shared memory for counters: "
                 "session-store-status will show none; see that the host has "
                 "memory left");
}

void sst_report_started(const server_rec *server, const sst_store_t *store)
{
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server,
                 "SST0106: SessionStore %s is ready", store->name);
}

/* --- In a child --- */

void sst_report_start(const server_rec *server, const sst_store_t *store,
                      const sst_error_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, err->os, server,
                 "SST0201: SessionStore %s cannot be used by this process: "
                 "%s", store->name, err->text);
}

void sst_report_keys_new(const server_rec *server, const char *keys,
                         int count)
{
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                 "SST0205: SessionStoreKeys %s has changed: %d keys from now "
                 "on", keys, count);
}

void sst_report_keys_kept(const server_rec *server, const char *keys,
                          const sst_error_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, err->os, server,
                 "SST0206: SessionStoreKeys %s has changed and cannot be "
                 "used, the keys stay as they were: %s", keys, err->text);
}

void sst_report_notice(const server_rec *server, const sst_store_t *store,
                       sst_status_t status, const char *text)
{
    ap_log_error(APLOG_MARK, status == SST_OK ? APLOG_NOTICE : APLOG_WARNING,
                 0, server, "SST0204: %s: %s", store->name, text);
}

void sst_report_purged(const server_rec *server, const sst_store_t *store,
                       apr_uint64_t removed)
{
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server,
                 "SST0202: %" APR_UINT64_T_FMT " expired sessions removed "
                 "from %s", removed, store->name);
}

void sst_report_purge_failed(const server_rec *server,
                             const sst_store_t *store, const sst_error_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, err->os, server,
                 "SST0203: expired sessions could not be removed from %s: %s",
                 store->name, err->text);
}

/* --- In a request --- */

#define BURST 10    /* lines a second and kind */

/* How often one kind of line was logged in a second. Shared by all threads;
 * a line more or less at the turn of a second is of no matter.
 */
typedef struct throttle_t {
    volatile apr_uint32_t second;
    volatile apr_uint32_t logged;
    volatile apr_uint32_t kept_back;
} throttle_t;

/* 1 when the line may be logged; then *kept_back is how many were not. */
static int may_log(apr_uint32_t *kept_back, throttle_t *throttle)
{
    apr_uint32_t now_s = (apr_uint32_t) apr_time_sec(apr_time_now());

    *kept_back = 0;
    if (apr_atomic_xchg32(&throttle->second, now_s) != now_s) {
        apr_atomic_set32(&throttle->logged, 0);
    }
    if (apr_atomic_inc32(&throttle->logged) >= BURST) {
        apr_atomic_inc32(&throttle->kept_back);
        return 0;
    }
    *kept_back = apr_atomic_xchg32(&throttle->kept_back, 0);
    return 1;
}

/* "" or " (12 more of this kind were not logged)". */
static const char *more(apr_uint32_t kept_back, apr_pool_t *pool)
{
    return kept_back == 0 ? "" : apr_psprintf(
        pool, " (%u more of this kind were not logged)", kept_back);
}

void sst_report_load_failed(request_rec *r, const sst_store_t *store,
                            const sst_error_t *err)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, err->os, r,
                      "SST0301: a session could not be read from %s (%s): "
                      "%s%s", store->name, sst_status_name(err->status),
                      err->text, more(kept_back, r->pool));
    }
}

void sst_report_unreadable(request_rec *r, const sst_store_t *store,
                           const sst_error_t *err)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, err->os, r,
                  "SST0302: a session in %s is not used: %s", store->name,
                  err->text);
}

void sst_report_save_failed(request_rec *r, const sst_store_t *store,
                            const char *name, const sst_error_t *err)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, err->os, r,
                      "SST0303: session %s could not be written to %s (%s), "
                      "the request is refused: %s%s", name, store->name,
                      sst_status_name(err->status), err->text,
                      more(kept_back, r->pool));
    }
}

void sst_report_too_big(request_rec *r, const char *name,
                        const sst_error_t *err)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "SST0304: session %s is not changed, the request is "
                  "refused: %s; let the application store less, or raise "
                  "SessionStoreMaxSize where that is the limit", name,
                  err->text);
}

void sst_report_said_refused(request_rec *r, const char *name,
                             const sst_error_t *err)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "SST0309: session %s is not changed, the request is "
                  "refused: what the application says by SessionStoreHeader "
                  "is not allowed: %s", name, err->text);
}

void sst_report_said_nowhere(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "SST0310: an application changes a session by "
                  "SessionStoreHeader or SessionHeader where there is none "
                  "(Session is Off, the path is excluded, or no SessionStore "
                  "is configured): nothing is stored");
}

void sst_report_said_late(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "SST0311: an application changes a session by "
                  "SessionStoreHeader after the response has begun: nothing "
                  "is stored");
}

void sst_report_said_elsewhere(request_rec *r, const char *header,
                               const char *uri)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "SST0314: %s is not obeyed: a program said it before its "
                  "request came here from %s, where that header changes no "
                  "session; if it may, configure it for that place too, by "
                  "SessionStoreHeader or SessionHeader", header, uri);
}

void sst_report_not_forwarded(request_rec *r, const char *header,
                              const sst_error_t *err)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, err->os, r,
                      "SST0312: SessionStoreForward leaves %s out of a "
                      "request: %s%s", header, err->text,
                      more(kept_back, r->pool));
    }
}

void sst_report_login_refused(request_rec *r, const char *name, int max)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "SST0320: a login is refused, session %s stays as it is: the "
                  "user has the %d sessions that SessionStoreMaxPerUser "
                  "allows, or another login took the last place at the same "
                  "time", name, max);
}

void sst_report_self_without_store(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "SST0321: the handler session-store-self needs a "
                  "SessionStore here");
}

/* A code of the system; a turn that did not come is no failure of it. */
void sst_report_turn_failed(request_rec *r, int code)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING,
                      code == ETIMEDOUT ? 0 : APR_FROM_OS_ERROR(code), r,
                      "SST0313: a request did not get the turn of its "
                      "session in the time that SessionStoreSerialize gives: "
                      "503%s", more(kept_back, r->pool));
    }
}

void sst_report_self_failed(request_rec *r, const sst_store_t *store,
                            const sst_error_t *err)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, err->os, r,
                      "SST0322: a user's own sessions could not be listed or "
                      "ended in %s (%s): %s%s", store->name,
                      sst_status_name(err->status), err->text,
                      more(kept_back, r->pool));
    }
}

void sst_report_self_forged(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "SST0323: a form that was not made for this session is "
                  "refused; nothing has ended");
}

void sst_report_self_ended(request_rec *r, int count)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "SST0324: a user has ended %d of his own sessions", count);
}

void sst_report_degraded_save(request_rec *r, const sst_store_t *store)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "SST0305: a change of a session is refused: %s could not be "
                  "read at the beginning of this request", store->name);
}

void sst_report_touch_failed(request_rec *r, const sst_store_t *store,
                             const char *name, const sst_error_t *err)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, err->os, r,
                      "SST0306: the use of session %s could not be noted in "
                      "%s (%s): %s%s", name, store->name,
                      sst_status_name(err->status), err->text,
                      more(kept_back, r->pool));
    }
}

void sst_report_audit_write(request_rec *r, const char *path,
                            apr_status_t os)
{
    static throttle_t throttle;
    apr_uint32_t kept_back;

    if (may_log(&kept_back, &throttle)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, os, r,
                      "SST0330: a line of SessionStoreAudit %s is lost: it "
                      "could not be written; see that there is space left%s",
                      path, more(kept_back, r->pool));
    }
}

void sst_report_clock(request_rec *r, const char *name, apr_int64_t ahead_s)
{
    static volatile apr_uint32_t minute;
    apr_uint32_t now = (apr_uint32_t) (apr_time_sec(apr_time_now()) / 60);

    /* Once a minute and process says it all. */
    if (apr_atomic_xchg32(&minute, now) != now) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "SST0332: session %s began %" APR_INT64_T_FMT " s in "
                      "the future: the clock of this machine, or of another "
                      "one with the same store, is off, and sessions end "
                      "early or late; synchronise them (timedatectl set-ntp "
                      "true)", name, ahead_s);
    }
}

void sst_report_done(request_rec *r, const sst_store_t *store,
                     const char *name, const char *outcome,
                     apr_interval_time_t store_time)
{
    ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r,
                  "SST0331: session %s: %s, %" APR_TIME_T_FMT " us in %s",
                  *name ? name : "-", outcome, store_time, store->name);
}

void sst_report_loaded(request_rec *r, sst_status_t status, const char *name)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  "SST0307: session %s: %s", name,
                  status == SST_INVALID ? "no valid ticket"
                                        : sst_status_name(status));
}

static const char *saved_name(sst_saved_t saved)
{
    switch (saved) {
    case SST_SAVED_NOTHING:
        return "nothing to keep";
    case SST_SAVED_UNCHANGED:
        return "unchanged";
    case SST_SAVED_CREATED:
        return "created";
    case SST_SAVED_UPDATED:
        return "updated";
    case SST_SAVED_ROTATED:
        return "moved to a new id";
    case SST_SAVED_ENDED:
        return "ended";
    case SST_SAVED_REFUSED:
        return "login refused";
    case SST_SAVED_GONE:
        return "had ended meanwhile, changes dropped";
    }
    return "unknown";
}

void sst_report_saved(request_rec *r, const sst_outcome_t *outcome,
                      const char *name)
{
    int level = outcome->saved == SST_SAVED_GONE ? APLOG_INFO : APLOG_DEBUG;

    ap_log_rerror(APLOG_MARK, level, 0, r,
                  "SST0308: session %s: %s, %d conflicts merged, %d names "
                  "changed by both", name, saved_name(outcome->saved),
                  outcome->conflicts, outcome->clashes);
}
