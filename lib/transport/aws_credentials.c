/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The thread that keeps credentials fresh, and those who use them. */

#include "lib/transport/aws_credentials.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "lib/clock.h"
#include "lib/monitor.h"
#include "lib/transport/aws_snapshot.h"
#include "lib/transport/aws_sources.h"

#define ATTEMPT_MAX apr_time_from_sec(10)
#define LEAD apr_time_from_sec(600)
#define LEAD_JITTER_S 60
#define EXTENSION apr_time_from_sec(600)    /* past an end that is not
                                             * believed */
#define BACKOFF_MIN apr_time_from_sec(1)
#define BACKOFF_MAX apr_time_from_sec(60)
#define RENEW_PAUSE apr_time_from_sec(1)
#define SLEEP_MAX apr_time_from_sec(60)     /* until a clock that was set is
                                             * noticed */

struct sst_aws_credentials_t {
    const sst_aws_settings_t *settings;
    sst_http_t *http;
    const char *service;
    sst_aws_tell_fn_t *tell;
    void *baton;                    /* for tell */
    apr_pool_t *pool;               /* of the thread */
    apr_thread_t *thread;
    sst_monitor_t *monitor;         /* guards everything below; calls the thread
                                     * to work, and callers when the sources
                                     * were asked */
    sst_aws_snapshot_t *current;    /* or NULL */
    const char *region;             /* known from the instance, or NULL */
    apr_time_t refresh_at;          /* by AWS's clock, as `expires` is */
    apr_time_t retry_at;            /* by sst_clock(), while backoff > 0 */
    apr_time_t renewed_at;          /* when a caller last asked for it */
    apr_interval_time_t backoff;    /* 0 while the sources answer */
    sst_error_t failure;            /* of the last time, while backoff > 0 */
    apr_uint32_t rounds;            /* how often the sources were asked */
    apr_interval_time_t clock_offset;   /* of AWS's to this host's */
    int extended;                   /* what the source gave as the end of
                                     * `current` had passed */
    int stopping;
};

/* --- What there is, and for how long --- */

static apr_time_t unsafe_now(const sst_aws_credentials_t *credentials)
{
    return apr_time_now() + credentials->clock_offset;
}

/* A new day: the same credentials with another signing key. */
static sst_status_t unsafe_change_day(sst_aws_credentials_t *credentials,
                                      const char *time, sst_error_t *err)
{
    sst_aws_snapshot_t *old = credentials->current;
    sst_aws_keys_t keys;
    sst_aws_snapshot_t *fresh;
    sst_status_t status;

    keys.key_id = (char *) old->identity.key_id;
    keys.secret = (char *) old->secret;
    keys.token = (char *) old->identity.token;
    keys.expires = old->expires;
    status = sst_aws_snapshot_new(&fresh, &keys, old->identity.region,
                                  credentials->service, time, err);
    if (status == SST_OK) {
        credentials->current = fresh;
        sst_aws_snapshot_release(old);
    }
    return status;
}

/* How long the sources need not be asked: until shortly before the end, which
 * is a time of day; after a failure for a pause, whatever time of day it is.
 */
static apr_interval_time_t unsafe_left(
    const sst_aws_credentials_t *credentials)
{
    return credentials->backoff > 0
        ? credentials->retry_at - sst_clock()
        : credentials->refresh_at - unsafe_now(credentials);
}

/* Has the thread ask the sources at once. */
static void unsafe_hurry(sst_aws_credentials_t *credentials)
{
    credentials->refresh_at = 0;
    credentials->retry_at = 0;
    sst_monitor_call_all(credentials->monitor);
}

/* --- Asking the sources --- */

static sst_status_t find_region(const char **out, sst_aws_context_t *context,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status;

    if (*out != NULL) {
        return SST_OK;
    }
    status = sst_aws_instance_region(out, context, err, pool);
    if (status == SST_NOT_FOUND) {
        status = sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                               "no AWS region is known: set region=... or"
                               " AWS_REGION");
    }
    return status;
}

/* One search, outside the monitor. */
static sst_status_t ask_sources(sst_aws_snapshot_t **out,
                                const sst_aws_credentials_t *credentials,
                                const char *region, sst_aws_clock_t *clock,
                                sst_error_t *err, apr_pool_t *pool)
{
    char time[SST_SIGV4_TIME_LEN + 1];
    sst_aws_context_t context;
    sst_aws_keys_t keys;
    sst_status_t status;

    *out = NULL;
    context.http = credentials->http;
    context.settings = credentials->settings;
    context.clock = clock;
    context.deadline = sst_clock() + ATTEMPT_MAX;
    status = find_region(&region, &context, err, pool);
    context.region = region;
    if (status == SST_OK) {
        status = sst_aws_find_keys(&keys, &context, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    sst_sigv4_time(time, apr_time_now() + clock->offset);
    return sst_aws_snapshot_new(out, &keys, region, credentials->service,
                                time, err);
}

/* Ten minutes ahead of the end, and not all processes together; or half way,
 * for credentials that live shorter.
 */
static apr_time_t next_refresh(apr_time_t expires, apr_time_t now)
{
    apr_interval_time_t left = expires - now;
    apr_interval_time_t lead = LEAD;
    unsigned char random = 0;

    if (expires == SST_AWS_NEVER) {
        return SST_AWS_NEVER;
    }
    if (sst_random(&random, sizeof(random), NULL) == SST_OK) {
        lead += apr_time_from_sec(random % (LEAD_JITTER_S + 1));
    }
    return expires - (lead < left / 2 ? lead : left / 2);
}

/* An end that has passed is not believed: it may be this clock that is wrong,
 * which only the service can tell; and an instance gives out what has expired
 * while AWS cannot make new ones, to be used for longer.
 */
static void unsafe_succeed(sst_aws_credentials_t *credentials,
                           sst_aws_snapshot_t *fresh)
{
    apr_time_t now = unsafe_now(credentials);

    credentials->extended = fresh->expires <= now;
    if (credentials->extended) {
        fresh->expires = now + EXTENSION;
    }
    sst_aws_snapshot_release(credentials->current);
    credentials->current = fresh;
    credentials->refresh_at = next_refresh(fresh->expires, now);
    credentials->backoff = 0;
    if (credentials->region == NULL) {
        credentials->region = apr_pstrdup(credentials->pool,
                                          fresh->identity.region);
    }
}

/* What there is stays in use while it is valid. Answers whether this failure
 * is the first after a success, and so worth a message.
 */
static int unsafe_fail(sst_aws_credentials_t *credentials,
                       const sst_error_t *failure)
{
    int first = credentials->backoff == 0;

    credentials->failure = *failure;
    credentials->backoff = first ? BACKOFF_MIN : 2 * credentials->backoff;
    if (credentials->backoff > BACKOFF_MAX) {
        credentials->backoff = BACKOFF_MAX;
    }
    credentials->retry_at = sst_clock() + credentials->backoff;
    return first;
}

/* One round of the thread, which is in the monitor before and after. */
static void refresh(sst_aws_credentials_t *credentials)
{
    const char *region = credentials->settings->region != NULL
        ? credentials->settings->region : credentials->region;
    sst_aws_clock_t clock = { credentials->clock_offset, 0 };
    sst_aws_snapshot_t *fresh = NULL;
    sst_error_t failure;
    apr_pool_t *pool;
    sst_status_t status = SST_INTERNAL;
    int tell = 0;

    sst_monitor_leave(credentials->monitor);
    sst_error_clear(&failure);
    if (apr_pool_create(&pool, credentials->pool) == APR_SUCCESS) {
        status = ask_sources(&fresh, credentials, region, &clock, &failure,
                             pool);
        apr_pool_destroy(pool);
    }
    sst_monitor_enter(credentials->monitor);
    if (clock.told > 0) {
        credentials->clock_offset = clock.offset;
    }
    if (status == SST_OK) {
        unsafe_succeed(credentials, fresh);
    }
    else {
        tell = unsafe_fail(credentials, &failure) && !credentials->stopping;
    }
    credentials->rounds++;
    sst_monitor_call_all(credentials->monitor);
    if (tell) {
        sst_monitor_leave(credentials->monitor);
        credentials->tell(credentials->baton, &failure);
        sst_monitor_enter(credentials->monitor);
    }
}

static void *APR_THREAD_FUNC refresh_thread(apr_thread_t *thread, void *data)
{
    sst_aws_credentials_t *credentials = data;
    apr_interval_time_t left;

    sst_monitor_enter(credentials->monitor);
    while (!credentials->stopping) {
        left = unsafe_left(credentials);
        if (left <= 0) {
            refresh(credentials);
        }
        else {
            sst_monitor_wait(credentials->monitor,
                             sst_clock() + (left < SLEEP_MAX ? left
                                                             : SLEEP_MAX));
        }
    }
    sst_monitor_leave(credentials->monitor);
    return NULL;
}

/* --- Life --- */

static apr_status_t stop(void *data)
{
    sst_aws_credentials_t *credentials = data;
    apr_status_t rv;

    sst_monitor_enter(credentials->monitor);
    credentials->stopping = 1;
    sst_monitor_call_all(credentials->monitor);
    sst_monitor_leave(credentials->monitor);
    sst_http_cancel(credentials->http);
    (void) apr_thread_join(&rv, credentials->thread);
    sst_aws_snapshot_release(credentials->current);
    credentials->current = NULL;
    return APR_SUCCESS;
}

sst_status_t sst_aws_credentials_start(sst_aws_credentials_t **out,
                                       const sst_aws_settings_t *settings,
                                       sst_http_t *http, const char *service,
                                       sst_aws_tell_fn_t *tell, void *baton,
                                       sst_error_t *err, apr_pool_t *pool)
{
    sst_aws_credentials_t *made = apr_pcalloc(pool, sizeof(*made));
    sst_status_t status;
    apr_status_t rv;

    *out = NULL;
    made->settings = settings;
    made->http = http;
    made->service = service;
    made->tell = tell;
    made->baton = baton;
    status = sst_monitor_create(&made->monitor, "AWS credentials", err, pool);
    if (status != SST_OK) {
        return status;
    }
    rv = apr_pool_create(&made->pool, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_create(&made->thread, NULL, refresh_thread, made,
                               made->pool);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv,
                             "the thread that refreshes AWS credentials could"
                             " not be started");
    }
    /* Before, not with the rest: the thread uses what else is in the pool. */
    apr_pool_pre_cleanup_register(pool, made, stop);
    *out = made;
    return SST_OK;
}

/* --- For callers --- */

/* Waits for the thread. 0 when the deadline has passed. */
static int unsafe_wait(sst_aws_credentials_t *credentials,
                       apr_time_t deadline)
{
    if (sst_clock() >= deadline || credentials->stopping) {
        return 0;
    }
    sst_monitor_wait(credentials->monitor, deadline);
    return 1;
}

static sst_status_t late(sst_error_t *err)
{
    return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                         "AWS credentials did not arrive in time");
}

static sst_status_t unsafe_failure(const sst_aws_credentials_t *credentials,
                                   sst_error_t *err)
{
    /* A missing source is a failure of the store, not a missing record. */
    sst_status_t status = credentials->failure.status == SST_TIMEOUT
        ? SST_TIMEOUT
        : credentials->failure.status == SST_DENIED ? SST_DENIED
                                                    : SST_UNAVAILABLE;

    return sst_error_set(err, status, credentials->failure.os, "%s",
                         credentials->failure.text);
}

/* Waits until there is something valid. */
static sst_status_t unsafe_await(sst_aws_credentials_t *credentials,
                                 apr_time_t deadline, sst_error_t *err)
{
    while (credentials->current == NULL
           || credentials->current->expires <= unsafe_now(credentials)) {
        if (credentials->backoff > 0 && unsafe_left(credentials) > 0) {
            return unsafe_failure(credentials, err);
        }
        if (credentials->refresh_at != 0) {
            /* The thread sleeps, if the clock has jumped ahead. */
            unsafe_hurry(credentials);
        }
        if (!unsafe_wait(credentials, deadline)) {
            return late(err);
        }
    }
    return SST_OK;
}

sst_status_t sst_aws_credentials_get(const sst_aws_identity_t **out,
                                     char time[SST_SIGV4_TIME_LEN + 1],
                                     sst_aws_credentials_t *credentials,
                                     apr_time_t deadline, sst_error_t *err)
{
    sst_status_t status;

    *out = NULL;
    sst_monitor_enter(credentials->monitor);
    status = unsafe_await(credentials, deadline, err);
    sst_sigv4_time(time, unsafe_now(credentials));
    if (status == SST_OK
        && memcmp(credentials->current->date, time, SST_SIGV4_DATE_LEN)
           != 0) {
        status = unsafe_change_day(credentials, time, err);
    }
    if (status == SST_OK) {
        credentials->current->references++;
        *out = &credentials->current->identity;
    }
    sst_monitor_leave(credentials->monitor);
    return status;
}

void sst_aws_credentials_release(sst_aws_credentials_t *credentials,
                                 const sst_aws_identity_t *identity)
{
    sst_monitor_enter(credentials->monitor);
    sst_aws_snapshot_release((sst_aws_snapshot_t *) identity);
    sst_monitor_leave(credentials->monitor);
}

/* Whether `identity` is of the same credentials as those in use now. */
static int unsafe_is_current(const sst_aws_credentials_t *credentials,
                             const sst_aws_identity_t *identity)
{
    const sst_aws_snapshot_t *current = credentials->current;
    const sst_aws_snapshot_t *used = (const sst_aws_snapshot_t *) identity;

    return current != NULL && strcmp(current->secret, used->secret) == 0;
}

static sst_status_t unsafe_renew(sst_aws_credentials_t *credentials,
                                 apr_time_t deadline, sst_error_t *err)
{
    apr_uint32_t rounds = credentials->rounds;
    apr_time_t now = sst_clock();

    if (now - credentials->renewed_at >= RENEW_PAUSE) {
        credentials->renewed_at = now;
        unsafe_hurry(credentials);
    }
    else if (unsafe_left(credentials) > 0) {
        return SST_OK;
    }
    while (credentials->rounds == rounds) {
        if (!unsafe_wait(credentials, deadline)) {
            return late(err);
        }
    }
    return credentials->backoff > 0 ? unsafe_failure(credentials, err)
                                    : SST_OK;
}

sst_status_t sst_aws_credentials_renew(sst_aws_credentials_t *credentials,
                                       const sst_aws_identity_t *identity,
                                       apr_time_t deadline, sst_error_t *err)
{
    sst_status_t status = SST_OK;

    sst_monitor_enter(credentials->monitor);
    if (unsafe_is_current(credentials, identity)) {
        status = unsafe_renew(credentials, deadline, err);
    }
    sst_monitor_leave(credentials->monitor);
    return status;
}

void sst_aws_credentials_set_clock(sst_aws_credentials_t *credentials,
                                   apr_time_t service_now)
{
    sst_monitor_enter(credentials->monitor);
    credentials->clock_offset = service_now - apr_time_now();
    if (credentials->extended) {
        /* The true end can be told now. */
        credentials->extended = 0;
        unsafe_hurry(credentials);
    }
    sst_monitor_leave(credentials->monitor);
}

apr_time_t sst_aws_credentials_now(sst_aws_credentials_t *credentials)
{
    apr_time_t now;

    sst_monitor_enter(credentials->monitor);
    now = unsafe_now(credentials);
    sst_monitor_leave(credentials->monitor);
    return now;
}
