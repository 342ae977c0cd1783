/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a session does to the response: private, or replaced by the truth. */

#include "mod_session_store/response.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>

#include "mod_session_store/hooks.h"
#include "mod_session_store/request.h"
#include "mod_session_store/say.h"
#include "mod_session_store/turn.h"

static ap_filter_rec_t *response_filter;

void sst_response_register(void)
{
    response_filter = ap_register_output_filter(
        "SESSION_STORE_OUT", sst_response_filter, NULL,
        (ap_filter_type) (AP_FTYPE_CONTENT_SET + 1));
}

void sst_response_insert(request_rec *r)
{
    if (r->main == NULL && sst_request_concerned(r)) {
        ap_add_output_filter_handle(response_filter, NULL, r, r->connection);
    }
}

/* RFC 9111: `private` keeps shared caches off, whatever else is said. */
static void keep_private(request_rec *r)
{
    const char *control = apr_table_get(r->headers_out, "Cache-Control");

    r->no_cache = 1;
    if (control == NULL) {
        control = apr_table_get(r->err_headers_out, "Cache-Control");
    }
    if (control == NULL) {
        apr_table_setn(r->err_headers_out, "Cache-Control",
                       "no-cache, private");
    }
    else if (!ap_find_token(r->pool, control, "private")
             && !ap_find_token(r->pool, control, "no-store")) {
        apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
    }
}

/* Sends an error instead of what the handler has said; it and all that it will
 * still say is thrown away.
 */
static apr_status_t replace_response(ap_filter_t *filter,
                                     apr_bucket_brigade *brigade, int status)
{
    apr_bucket_alloc_t *buckets = filter->r->connection->bucket_alloc;
    apr_status_t rv;

    /* With the status of the page that is thrown away, httpd would take this
     * for the failure of an error document.
     */
    filter->r->status = HTTP_OK;
    apr_brigade_cleanup(brigade);
    APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(
        status, NULL, filter->r->pool, buckets));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(buckets));
    rv = ap_pass_brigade(filter->next, brigade);
    /* The error has been answered in full; a handler that learns of it would
     * answer a second time.
     */
    return rv == AP_FILTER_ERROR ? APR_SUCCESS : rv;
}

/* What a filter of ours has seen of its response. */
typedef enum {
    RESPONSE_BEGINS = 0,
    RESPONSE_PASSES,    /* an error in another's place, up to its end */
    RESPONSE_DROPPED    /* what comes behind the end of that */
} response_t;

static int ends_response(apr_bucket_brigade *brigade)
{
    apr_bucket *bucket;

    for (bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        if (APR_BUCKET_IS_EOS(bucket)) {
            return 1;
        }
    }
    return 0;
}

/* A response that took the place of another: passes up to its end; what the
 * first handler still sends must not follow it to the client.
 */
static apr_status_t pass_replacement(ap_filter_t *filter,
                                     apr_bucket_brigade *brigade)
{
    response_t *seen = filter->ctx;

    if (*seen == RESPONSE_DROPPED) {
        apr_brigade_cleanup(brigade);
        return APR_SUCCESS;
    }
    *seen = ends_response(brigade) ? RESPONSE_DROPPED : RESPONSE_PASSES;
    return ap_pass_brigade(filter->next, brigade);
}

/* The first state whose save was refused, or NULL. */
static sst_request_t *refused(const request_rec *r)
{
    sst_request_t *state = sst_request_first(r);

    while (state != NULL && state->refusal == 0) {
        state = state->next;
    }
    return state;
}

static int uses_session(const request_rec *r)
{
    const sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        if (state->used) {
            return 1;
        }
    }
    return 0;
}

/* What is said from now on comes too late for the cookie. */
static void set_begun(const request_rec *r)
{
    sst_request_t *state;

    for (state = sst_request_first(r); state; state = state->next) {
        state->begun = 1;
    }
}

apr_status_t sst_response_filter(ap_filter_t *filter,
                                 apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    sst_request_t *state;

    if (filter->ctx == NULL) {
        sst_hook_save_pending(r);
        sst_turn_give(r);
        sst_hook_touch_with_response(r);
        sst_say_withhold(r);
        if (uses_session(r)) {
            keep_private(r);
        }
        set_begun(r);
    }
    state = refused(r);
    if (state == NULL) {
        ap_remove_output_filter(filter);
        return ap_pass_brigade(filter->next, brigade);
    }
    if (filter->ctx == NULL) {
        filter->ctx = apr_pcalloc(r->pool, sizeof(response_t));
        if (r->status == HTTP_SERVICE_UNAVAILABLE) {
            apr_table_setn(r->err_headers_out, "Retry-After",
                           SST_RETRY_AFTER_S);
        }
    }
    if (!state->replaced) {
        state->replaced = 1;
        *(response_t *) filter->ctx = RESPONSE_DROPPED;
        return replace_response(filter, brigade, state->refusal);
    }
    return pass_replacement(filter, brigade);
}
