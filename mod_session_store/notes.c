/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Notes for the access log. */

#include "mod_session_store/notes.h"

#include <apr_strings.h>

#include "mod_session_store/report.h"
#include "mod_session_store/request.h"

/* Of several sessions, the one that the response depends on. */
static const sst_request_t *told(const request_rec *r)
{
    const sst_request_t *first = sst_request_first(r);
    const sst_request_t *state = first;

    while (state != NULL && !(state->loaded && state->used)) {
        state = state->next;
    }
    return state ? state : first;
}

void sst_notes_set(request_rec *r)
{
    const sst_request_t *state = told(r);
    const char *outcome;
    const char *time;

    if (state == NULL || !state->loaded) {
        return;
    }
    outcome = apr_pstrcat(r->pool, state->found ? state->found : "",
                          state->done ? "+" : "", state->done, NULL);
    time = apr_psprintf(r->pool, "%" APR_TIME_T_FMT, state->store_time);
    sst_report_done(r, state->site.store, state->name, outcome,
                    state->store_time);
    for (; r != NULL; r = r->next) {
        if (state->name[0] != '\0') {
            apr_table_setn(r->notes, "session-store-row", state->name);
        }
        apr_table_setn(r->notes, "session-store-outcome", outcome);
        apr_table_setn(r->notes, "session-store-time", time);
    }
}
