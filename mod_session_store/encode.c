/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The entries, withheld from mod_session while it makes a text of them. */

#include "mod_session_store/encode.h"

#include "mod_session_store/module.h"

void sst_encode_reveal(sst_request_t *state)
{
    if (state->withheld != NULL) {
        state->record->entries = state->withheld;
        state->withheld = NULL;
    }
}

/* The state of a record that our load gave, or NULL. */
static sst_request_t *state_of(request_rec *r, const session_rec *record)
{
    sst_request_t *state = sst_request_get(r);

    return state != NULL && state->loaded && state->record == record
        ? state : NULL;
}

static apr_status_t withhold(request_rec *r, session_rec *record)
{
    sst_request_t *state = state_of(r, record);

    if (state != NULL && state->withheld == NULL) {
        state->withheld = record->entries;
        record->entries = apr_table_make(record->pool, 1);
    }
    return DECLINED;
}

static apr_status_t reveal(request_rec *r, session_rec *record)
{
    sst_request_t *state = state_of(r, record);

    if (state != NULL) {
        sst_encode_reveal(state);
    }
    return DECLINED;
}

void sst_encode_register(void)
{
    static const char *const mod_session[] = { "mod_session.c", NULL };

    ap_hook_session_encode(withhold, NULL, mod_session,
                           APR_HOOK_REALLY_FIRST);
    ap_hook_session_encode(reveal, mod_session, NULL, APR_HOOK_REALLY_FIRST);
}
