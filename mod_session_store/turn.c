/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Turns: a lock on one of many files, chosen by the session's row. */

#include "mod_session_store/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_core.h>
#include <unixd.h>
#include <util_filter.h>

#include "lib/clock.h"
#include "lib/flock.h"
#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"

static ap_filter_rec_t *turn_filter;

#define FOLDER "session_store.turns"
#define WANTED_KEY "mod_session_store:turns"

#define WAIT_LONGEST apr_time_from_sec(600)

/* --- Configuration --- */

const char *sst_turn_configure(apr_int64_t *out, cmd_parms *cmd,
                               const char *value)
{
    apr_interval_time_t wait = 0;

    if (ap_cstr_casecmp(value, "Off") != 0
        && (sst_duration_parse(&wait, value) != SST_OK || wait <= 0
            || wait > WAIT_LONGEST)) {
        return apr_psprintf(cmd->pool, "SessionStoreSerialize: \"%s\" is not "
                            "allowed; allowed: Off, or how long a request "
                            "waits for its turn, up to 10m, such as 500ms or "
                            "10s", value);
    }
    *out = wait;
    (void) apr_pool_userdata_setn(WANTED_KEY, WANTED_KEY, NULL, cmd->pool);
    return NULL;
}

static const char *folder(apr_pool_t *pool)
{
    return ap_runtime_dir_relative(pool, FOLDER);
}

int sst_turn_prepare(apr_pool_t *pconf, const server_rec *main_server)
{
    const char *path = folder(pconf);
    struct stat info;
    void *wanted = NULL;

    (void) apr_pool_userdata_get(&wanted, WANTED_KEY, pconf);
    if (wanted == NULL) {
        return OK;
    }
    if ((mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
        || lstat(path, &info) != 0
        || (geteuid() == 0 && S_ISDIR(info.st_mode)
            && lchown(path, ap_unixd_config.user_id,
                      ap_unixd_config.group_id) != 0)) {
        sst_report_turn_folder(main_server, path, errno);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!S_ISDIR(info.st_mode) || (info.st_mode & (S_IWGRP | S_IWOTH))) {
        sst_report_turn_folder(main_server, path, ENOTDIR);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* --- Taking a turn --- */

/* Sessions that share a file wait for each other: one in 4096. */
static int file_number(const sst_row_t *row)
{
    return row->bytes[0] << 4 | (row->bytes[1] & 0xf);
}

static int open_lock(int number, apr_pool_t *pool)
{
    const char *path = apr_psprintf(pool, "%s/%03x", folder(pool),
                                    (unsigned int) number);

    return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                S_IRUSR | S_IWUSR);
}

static apr_status_t drop(void *data)
{
    sst_request_t *state = data;

    if (state->turn >= 0) {
        sst_flock_drop(state->turn);
        state->turn = -1;
    }
    state->turn_file = -1;
    return APR_SUCCESS;
}

/* 1 when a save may follow, of what can be waited for: nothing that a browser
 * carries can.
 */
static int may_save(const sst_request_t *state)
{
    if (state->site.store->ops->carried || state->begun || state->denied) {
        return 0;
    }
    /* The entries of a session that is to end are another one's. */
    return !state->loaded
        || (state->session->exists && !state->record->written
            && !(state->save_flags & SST_SAVE_END));
}

/* 1 when a state of this request holds the lock: of the same session, in
 * another place, or of one that shares the file. The request would wait for
 * itself.
 */
static int has_lock(const request_rec *r, int number)
{
    const sst_request_t *state = sst_request_first(r);

    while (state != NULL && state->turn_file != number) {
        state = state->next;
    }
    return state != NULL;
}

/* Answers 0 or the system's code. */
static int take_lock(sst_request_t *state, int number, apr_time_t deadline,
                     apr_pool_t *pool)
{
    int code;

    state->turn = open_lock(number, pool);
    code = state->turn < 0 ? errno : sst_flock_take(state->turn, deadline);
    /* What holds the lock ends with the request, whatever way that takes. */
    apr_pool_cleanup_register(pool, state, drop, apr_pool_cleanup_null);
    if (code != 0) {
        (void) drop(state);
    }
    return code;
}

int sst_turn_take(request_rec *r, sst_request_t *state)
{
    apr_interval_time_t wait = sst_conf_dir(r)->serialize;
    sst_row_t row;
    int code = 0;

    if (sst_turn_missed(r, state)) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (wait <= 0 || state->turn_file >= 0 || !may_save(state)
        || sst_session_row_of(&row, &state->site, state->candidates,
                              state->candidate_count) != SST_OK) {
        return DECLINED;
    }
    if (!has_lock(r, file_number(&row))) {
        code = take_lock(state, file_number(&row), sst_clock() + wait,
                         sst_request_initial(r)->pool);
    }
    if (code != 0) {
        state->turn_failed = 1;
        sst_report_turn_failed(r, code);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    state->turn_file = file_number(&row);
    return OK;
}

int sst_turn_missed(const request_rec *r, const sst_request_t *state)
{
    return state->turn_failed && sst_conf_dir(r)->serialize > 0;
}

/* --- Giving it up --- */

void sst_turn_give(request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        (void) drop(state);
    }
}

static int holds_turn(const request_rec *r)
{
    const sst_request_t *state = sst_request_first(r);

    while (state != NULL && state->turn < 0) {
        state = state->next;
    }
    return state != NULL;
}

static apr_status_t end_turns(ap_filter_t *filter,
                              apr_bucket_brigade *brigade)
{
    sst_turn_give(filter->r);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

int sst_turn_is_vain(const request_rec *r)
{
    const request_rec *top = r;

    while (top->main != NULL) {
        top = top->main;
    }
    return top != r && sst_conf_dir(top)->store == NULL;
}

void sst_turn_insert(request_rec *r)
{
    if (sst_turn_is_vain(r)) {
        sst_turn_give(r);
    }
    if (r->main == NULL && holds_turn(r)) {
        ap_add_output_filter_handle(turn_filter, NULL, r, r->connection);
    }
}

void sst_turn_register(void)
{
    /* An answer of mod_cache's takes out all filters in front of its own, which
     * stands where SESSION_STORE_OUT does: the turn would last as long as the
     * download.
     */
    turn_filter = ap_register_output_filter(
        "SESSION_STORE_TURN", end_turns, NULL,
        (ap_filter_type) (AP_FTYPE_CONTENT_SET + 2));
}
