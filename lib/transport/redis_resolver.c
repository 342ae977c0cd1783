/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The resolver: a cache of names inside one monitor, and a thread that fills
 * it. Nobody is inside during a look-up.
 *
 * getaddrinfo waits as long as resolv.conf says, and cannot be called back. So
 * the resolver has a pool without a parent, which a thread that is left behind
 * in a look-up takes along and destroys when it comes back.
 */

#include "lib/transport/redis_resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/monitor.h"
#include "lib/transport/stray.h"

/* How long the end waits for a look-up; most take less. */
#define END_PATIENCE apr_time_from_msec(200)

typedef struct entry_t {
    const char *host;
    int wanted;                 /* the thread has to look it up */
    int failure;                /* of the last look-up, an EAI_ code, or 0 */
    apr_uint32_t rounds;        /* look-ups done */
    apr_time_t found_at;
    sst_redis_endpoints_t found;    /* the last success; the ports are 0 */
} entry_t;

struct sst_redis_resolver_t {
    apr_pool_t *pool;
    sst_monitor_t *monitor;     /* guards what follows: the thread waits for
                                 * work, callers for answers */
    apr_hash_t *entries;        /* entry_t by host */
    sst_stray_t thread;
    int started;                /* from when a name is asked for */
    int looking;                /* the thread is in getaddrinfo */
    int stopping;
    int left;                   /* the thread is to destroy the pool */
};

static void keep_endpoints(sst_redis_endpoints_t *out,
                           const struct addrinfo *list)
{
    memset(out, 0, sizeof(*out));
    for (; list != NULL && out->count < SST_REDIS_ENDPOINTS_MAX;
         list = list->ai_next) {
        if (list->ai_addrlen <= sizeof(out->addresses[0])) {
            memcpy(&out->addresses[out->count], list->ai_addr,
                   list->ai_addrlen);
            out->lens[out->count++] = list->ai_addrlen;
        }
    }
}

static int look_up(sst_redis_endpoints_t *out, const char *host, int flags)
{
    struct addrinfo hints;
    struct addrinfo *list = NULL;
    int failure;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    failure = getaddrinfo(host, NULL, &hints, &list);
    keep_endpoints(out, failure == 0 ? list : NULL);
    if (list != NULL) {
        freeaddrinfo(list);
    }
    return failure == 0 && out->count == 0 ? EAI_NONAME : failure;
}

static void set_port(sst_redis_endpoints_t *endpoints, apr_uint16_t port)
{
    int i;

    for (i = 0; i < endpoints->count; i++) {
        struct sockaddr *any = (struct sockaddr *) &endpoints->addresses[i];

        if (any->sa_family == AF_INET6) {
            ((struct sockaddr_in6 *) any)->sin6_port = htons(port);
        }
        else {
            ((struct sockaddr_in *) any)->sin_port = htons(port);
        }
    }
}

/* Inside the monitor. */
static entry_t *next_wanted(sst_redis_resolver_t *resolver)
{
    apr_hash_index_t *index;
    entry_t *found = NULL;

    for (index = apr_hash_first(NULL, resolver->entries);
         index != NULL && found == NULL; index = apr_hash_next(index)) {
        entry_t *entry = apr_hash_this_val(index);

        if (entry->wanted) {
            found = entry;
        }
    }
    return found;
}

static void serve(sst_redis_resolver_t *resolver, entry_t *entry)
{
    sst_redis_endpoints_t found;
    int failure;

    resolver->looking = 1;
    sst_monitor_leave(resolver->monitor);
    failure = look_up(&found, entry->host, AI_ADDRCONFIG);
    sst_monitor_enter(resolver->monitor);
    resolver->looking = 0;
    entry->wanted = 0;
    entry->rounds++;
    entry->failure = failure;
    /* A name server that fails for a while takes away nothing we know. */
    if (failure == 0) {
        entry->found = found;
        entry->found_at = sst_clock();
    }
    sst_monitor_call_all(resolver->monitor);
}

static void *resolver_main(void *data)
{
    sst_redis_resolver_t *resolver = data;
    int left;

    sst_monitor_enter(resolver->monitor);
    while (!resolver->stopping) {
        entry_t *entry = next_wanted(resolver);

        if (entry != NULL) {
            serve(resolver, entry);
        }
        else {
            sst_monitor_wait(resolver->monitor, SST_MONITOR_EVER);
        }
    }
    left = resolver->left;
    sst_monitor_leave(resolver->monitor);
    if (left) {
        apr_pool_destroy(resolver->pool);
    }
    return NULL;
}

/* Inside the monitor. */
static void await_end(sst_redis_resolver_t *resolver)
{
    apr_time_t limit = sst_clock() + END_PATIENCE;

    while (resolver->looking && sst_clock() < limit) {
        sst_monitor_wait(resolver->monitor, limit);
    }
}

static apr_status_t resolver_stop(void *data)
{
    sst_redis_resolver_t *resolver = data;
    sst_stray_t thread;
    int left;

    sst_monitor_enter(resolver->monitor);
    thread = resolver->thread;
    resolver->stopping = 1;
    sst_monitor_call_all(resolver->monitor);
    await_end(resolver);
    left = resolver->left = resolver->looking;
    sst_monitor_leave(resolver->monitor);
    if (left) {
        sst_stray_leave(&thread);
        return APR_SUCCESS;
    }
    if (resolver->started) {
        sst_stray_join(&thread);
    }
    apr_pool_destroy(resolver->pool);
    return APR_SUCCESS;
}

sst_status_t sst_redis_resolver_create(sst_redis_resolver_t **out,
                                       sst_error_t *err, apr_pool_t *owner)
{
    sst_redis_resolver_t *resolver;
    apr_pool_t *pool = NULL;
    apr_status_t os = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    sst_status_t status;

    *out = NULL;
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot make a pool for the name resolver");
    }
    resolver = apr_pcalloc(pool, sizeof(*resolver));
    resolver->pool = pool;
    resolver->entries = apr_hash_make(pool);
    status = sst_monitor_create(&resolver->monitor, "the name resolver", err,
                                pool);
    if (status != SST_OK) {
        apr_pool_destroy(pool);
        return status;
    }
    apr_pool_cleanup_register(owner, resolver, resolver_stop,
                              apr_pool_cleanup_null);
    *out = resolver;
    return SST_OK;
}

/* Inside the monitor: notes that a name is wanted; starts the thread. */
static entry_t *want(sst_redis_resolver_t *resolver, const char *host,
                     int again)
{
    entry_t *entry = apr_hash_get(resolver->entries, host,
                                  APR_HASH_KEY_STRING);

    if (entry == NULL) {
        entry = apr_pcalloc(resolver->pool, sizeof(*entry));
        entry->host = apr_pstrdup(resolver->pool, host);
        apr_hash_set(resolver->entries, entry->host, APR_HASH_KEY_STRING,
                     entry);
    }
    if (again || entry->found.count == 0) {
        entry->wanted = 1;
        sst_monitor_call_all(resolver->monitor);
    }
    if (!resolver->started && entry->wanted) {
        resolver->started = sst_stray_start(&resolver->thread, resolver_main,
                                            resolver);
    }
    return entry;
}

static int is_literal(sst_redis_endpoints_t *out, const char *host)
{
    return look_up(out, host, AI_NUMERICHOST) == 0;
}

void sst_redis_resolver_refresh(sst_redis_resolver_t *resolver,
                                const char *host)
{
    sst_redis_endpoints_t literal;

    if (is_literal(&literal, host)) {
        return;
    }
    sst_monitor_enter(resolver->monitor);
    (void) want(resolver, host, 1);
    sst_monitor_leave(resolver->monitor);
}

/* Inside the monitor. */
static void await(sst_redis_resolver_t *resolver, const entry_t *entry,
                  apr_time_t deadline)
{
    apr_uint32_t rounds = entry->rounds;

    while (sst_clock() < deadline && entry->rounds == rounds
           && entry->found.count == 0 && !resolver->stopping
           && resolver->started) {
        sst_monitor_wait(resolver->monitor, deadline);
    }
}

sst_status_t sst_redis_resolve(sst_redis_endpoints_t *out,
                               sst_redis_resolver_t *resolver,
                               const char *host, apr_uint16_t port,
                               apr_time_t deadline, sst_error_t *err)
{
    entry_t *entry;
    apr_uint32_t rounds;
    int failure = 0;

    if (!is_literal(out, host)) {
        sst_monitor_enter(resolver->monitor);
        entry = want(resolver, host, 0);
        rounds = entry->rounds;
        if (sst_clock() - entry->found_at > SST_REDIS_RESOLVER_AGE) {
            entry = want(resolver, host, 1);
        }
        await(resolver, entry, deadline);
        failure = entry->rounds != rounds ? entry->failure : 0;
        *out = entry->found;
        sst_monitor_leave(resolver->monitor);
    }
    set_port(out, port);
    if (out->count > 0) {
        return SST_OK;
    }
    if (failure == 0) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "the name %s was not resolved in time: look at "
                             "the name servers", host);
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "the name %s does not resolve (%s): check the store's "
                         "URL and the name servers", host,
                         gai_strerror(failure));
}
