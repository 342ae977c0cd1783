/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Visitors: sign in, look at pages, of which some change the session. With the
 * real rules of lib/session.c, so that what a store bills can be measured.
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/crypto.h"
#include "lib/entries.h"
#include "lib/session.h"
#include "tests/dynamodb/driver.h"

#define IDLE_S 1200

static sst_status_t make_ring(sst_keyring_t **out, sst_error_t *err,
                              apr_pool_t *pool)
{
    char line[SST_KEY_LINE_LEN + 1];
    sst_status_t status = sst_keyring_generate(line, err);

    *out = NULL;
    return status == SST_OK
        ? sst_keyring_parse(out, sst_span_text(line), "the test's key", err,
                            pool)
        : status;
}

static void fill_site(sst_site_t *site, sst_store_t *store,
                      sst_keyring_t *ring, apr_pool_t *pool)
{
    memset(site, 0, sizeof(*site));
    site->store = store;
    site->ring = ring;
    site->scope.tenant = "test";
    site->scope.cookie = "session";
    site->idle_s = IDLE_S;
    site->touch_s = IDLE_S / store->ops->touch_divisor;
    if (site->touch_s > apr_time_sec(store->ops->touch_max)) {
        site->touch_s = apr_time_sec(store->ops->touch_max);
    }
    site->user_keys = sst_user_keys_with(NULL, SST_USER_KEY_AUTO, pool);
    site->client = "";
}

/* Bytes that deflate does not make fewer; entries hold no NUL. */
static const char *make_noise(int len, apr_pool_t *pool)
{
    unsigned char *bytes = apr_pcalloc(pool, (apr_size_t) len + 1);
    int i;

    if (sst_random(bytes, (apr_size_t) len, NULL) != SST_OK) {
        return "";
    }
    for (i = 0; i < len; i++) {
        bytes[i] = bytes[i] != 0 ? bytes[i] : 1;
    }
    return (const char *) bytes;
}

static apr_table_t *make_entries(const driver_visit_t *visit, int visitor,
                                 apr_pool_t *pool)
{
    apr_table_t *entries = apr_table_make(pool, 8);
    json_t *value;
    const char *name;

    json_object_foreach((json_t *) visit->entries, name, value) {
        apr_table_set(entries, name, json_string_value(value));
    }
    if (visit->noise > 0) {
        apr_table_setn(entries, "noise", make_noise(visit->noise, pool));
    }
    if (visit->user) {
        apr_table_setn(entries, "Members-user",
                       apr_psprintf(pool, "user-%d", visitor));
    }
    return entries;
}

static apr_time_t deadline(void)
{
    return apr_time_now() + apr_time_from_sec(5);
}

/* One page: `seconds` after the sign-in. */
static sst_status_t view(sst_span_t *cookie, const sst_site_t *site,
                         apr_table_t *change, int seconds, sst_error_t *err,
                         apr_pool_t *pool)
{
    apr_time_t now = apr_time_now() + apr_time_from_sec(seconds);
    char *ticket = apr_palloc(pool, SST_TICKET_MAX + 1);
    sst_session_t *session;
    sst_outcome_t outcome;
    sst_status_t status;

    status = sst_session_load(&session, site, cookie, 1, deadline(), err,
                              pool);
    if (status != SST_OK) {
        return status;
    }
    if (change != NULL) {
        status = sst_session_save(&outcome, session, change, 0, deadline(),
                                  err, pool);
    }
    else if (sst_session_touch_due(session, now)) {
        status = sst_session_touch(session, deadline(), err, pool);
    }
    if (status == SST_OK) {
        status = sst_session_ticket(ticket, session, err);
    }
    *cookie = sst_span_text(ticket);
    return status;
}

static sst_status_t sign_in(sst_span_t *cookie, const sst_site_t *site,
                            apr_table_t *entries, sst_error_t *err,
                            apr_pool_t *pool)
{
    char *ticket = apr_palloc(pool, SST_TICKET_MAX + 1);
    sst_session_t *session = sst_session_new(site, pool);
    sst_outcome_t outcome;
    sst_status_t status;

    status = sst_session_save(&outcome, session, entries, 0, deadline(), err,
                              pool);
    if (status == SST_OK) {
        status = sst_session_ticket(ticket, session, err);
    }
    *cookie = sst_span_text(ticket);
    return status;
}

/* One visitor, from signing in on. */
static sst_status_t run_visit(const sst_site_t *site,
                              const driver_visit_t *visit, int visitor,
                              sst_error_t *err, apr_pool_t *pool)
{
    apr_table_t *entries = make_entries(visit, visitor, pool);
    sst_span_t cookie;
    sst_status_t status = sign_in(&cookie, site, entries, err, pool);
    int i;

    for (i = 0; i < visit->views && status == SST_OK; i++) {
        int changes = i % 7 == 6;

        if (changes) {
            apr_table_setn(entries, "page", apr_itoa(pool, i));
        }
        status = view(&cookie, site, changes ? entries : NULL,
                      i * visit->apart_s, err, pool);
    }
    return status;
}

json_t *driver_views(sst_store_t *store, const driver_visit_t *visit,
                     apr_pool_t *pool)
{
    sst_status_t status;
    sst_keyring_t *ring;
    sst_site_t site;
    sst_error_t err;
    int i;

    sst_error_clear(&err);
    status = make_ring(&ring, &err, pool);
    fill_site(&site, store, ring, pool);
    for (i = 0; i < visit->visitors && status == SST_OK; i++) {
        status = run_visit(&site, visit, i, &err, pool);
    }
    return driver_answer(status, &err);
}
