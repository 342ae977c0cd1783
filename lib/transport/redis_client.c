/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Calls: one attempt after the other, and what decides between them. */

#include "lib/transport/redis_client.h"

#include <apr_atomic.h>
#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/transport/redis_resolver.h"
#include "lib/transport/redis_sentinel.h"
#include "lib/transport/redis_slots.h"
#include "lib/transport/redis_thread.h"
#include "lib/transport/redis_topology.h"
#include "lib/transport/redis_watch.h"

/* A pause before a node that cannot serve at the moment is asked again. */
#define PAUSE apr_time_from_msec(20)
#define CONFIRM apr_time_from_msec(100)     /* that a replica may take */
#define WITNESS_MS "1000"   /* that a witness lives, when nobody removes it */
#define HOPS_MAX 8          /* redirections of one call */

struct sst_redis_client_t {
    sst_redis_topology_t *topology;
};

/* One call on its way. */
typedef struct call_t {
    sst_redis_replies_t *out;
    sst_redis_topology_t *topology;
    const sst_redis_request_t *request;
    apr_size_t max;
    apr_time_t deadline;
    apr_pool_t *pool;
    unsigned int slot;
    sst_redis_node_t *node;     /* to ask next; NULL: look for it */
    int asking;                 /* after an ASK */
    int confirmed;              /* replicas that confirm the answer */
    sst_span_t refusal;         /* why they could not be asked; or empty */
    int replays;                /* how often it may still do each of these */
    int searches;
    int logins;
    int hops;
    sst_status_t status;        /* of the last attempt */
    sst_error_t trial;
} call_t;

typedef enum {
    NEXT_DONE,
    NEXT_FAIL,
    NEXT_AGAIN
} next_t;

static void prefetch(sst_redis_resolver_t *resolver,
                     const apr_array_header_t *seeds)
{
    int i;

    for (i = 0; i < seeds->nelts; i++) {
        const sst_redis_address_t *seed
            = &APR_ARRAY_IDX(seeds, i, sst_redis_address_t);

        if (seed->host != NULL) {
            sst_redis_resolver_refresh(resolver, seed->host);
        }
    }
}

sst_status_t sst_redis_client_create(sst_redis_client_t **out,
                                     const sst_redis_config_t *config,
                                     const sst_redis_access_t *access,
                                     int watch, sst_error_t *err,
                                     apr_pool_t *parent)
{
    sst_redis_client_t *client = apr_pcalloc(parent, sizeof(*client));
    sst_redis_resolver_t *resolver = NULL;
    apr_pool_t *pool;
    sst_status_t status = sst_redis_shared_pool(&pool, err, parent);

    *out = NULL;
    if (status == SST_OK) {
        status = sst_redis_resolver_create(&resolver, err, pool);
    }
    if (status == SST_OK) {
        prefetch(resolver, config->seeds);
        status = sst_redis_topology_create(&client->topology, config, access,
                                           resolver, err, pool);
    }
    if (status == SST_OK && watch && config->form == SST_REDIS_SENTINEL) {
        status = sst_redis_watch_start(client->topology, err, pool);
    }
    if (status == SST_OK) {
        *out = client;
    }
    return status;
}

/* --- What to do next --- */

/* Looks for the node anew. AGAIN when it is another one now. */
static next_t search(call_t *call, const sst_redis_node_t *before)
{
    sst_error_t unused;

    if (call->searches-- <= 0) {
        return NEXT_FAIL;
    }
    call->asking = 0;
    sst_redis_topology_misled(call->topology);
    sst_redis_topology_refresh(call->topology, call->deadline, call->pool);
    sst_error_clear(&unused);
    if (sst_redis_topology_find(&call->node, call->topology, call->slot,
                                call->deadline, &unused, call->pool)
        != SST_OK) {
        return NEXT_FAIL;
    }
    return call->node != before ? NEXT_AGAIN : NEXT_FAIL;
}

/* Waits a moment. FAIL when there is no time for another attempt then. */
static next_t pause_call(call_t *call)
{
    if (call->deadline - sst_clock() < 2 * PAUSE) {
        return NEXT_FAIL;
    }
    apr_sleep(PAUSE);
    call->node = NULL;
    call->asking = 0;
    return NEXT_AGAIN;
}

static next_t redirect(call_t *call, sst_span_t text, int moved)
{
    sst_redis_node_t *from = call->node;
    unsigned int slot;
    sst_span_t target;

    if (call->hops-- <= 0
        || call->topology->config->form != SST_REDIS_CLUSTER
        || sst_redis_fault_target(&slot, &target, text) != SST_OK) {
        return NEXT_FAIL;
    }
    call->asking = !moved;
    return sst_redis_topology_redirect(&call->node, call->topology, from,
                                       target, slot, moved, &call->trial,
                                       call->pool) == SST_OK
        ? NEXT_AGAIN : NEXT_FAIL;
}

/* The node is not the primary, or is cut off from its replicas. */
static next_t leave_node(call_t *call)
{
    sst_redis_node_t *before = call->node;

    sst_redis_node_flush(before);
    return search(call, before);
}

static next_t log_in_again(call_t *call)
{
    if (call->logins-- <= 0) {
        return NEXT_FAIL;
    }
    sst_redis_node_flush(call->node);
    return NEXT_AGAIN;
}

/* What an error reply leads to. */
static next_t judge_fault(call_t *call, sst_span_t text)
{
    sst_redis_fault_t fault = sst_redis_fault(text);

    call->out->fault = fault;
    call->status = sst_redis_fault_error(text,
                                         sst_redis_node_name(call->node),
                                         sst_redis_node_user(call->node),
                                         &call->trial);
    switch (fault) {
    case SST_REDIS_FAULT_WAIT:
        sst_redis_topology_misled(call->topology);
        return pause_call(call);
    case SST_REDIS_FAULT_MOVED:
        return redirect(call, text, 1);
    case SST_REDIS_FAULT_ASK:
        return redirect(call, text, 0);
    case SST_REDIS_FAULT_PRIMARY:
        return leave_node(call);
    case SST_REDIS_FAULT_LOGIN:
        return log_in_again(call);
    case SST_REDIS_FAULT_NONE:
    case SST_REDIS_FAULT_SCRIPT:
    case SST_REDIS_FAULT_RIGHTS:
    case SST_REDIS_FAULT_REFUSED:
    case SST_REDIS_FAULT_TYPE:
        break;
    }
    return NEXT_FAIL;
}

/* The first answer of this attempt, or NULL when none came. */
static const redisReply *first_answer(const call_t *call)
{
    int index = call->asking ? 1 : 0;

    return call->out->count > index ? call->out->items[index] : NULL;
}

/* Notes that the request is sent again, unless this attempt did nothing: then
 * the next one is none the less the first to do it.
 */
static void note_replay(call_t *call)
{
    const redisReply *answer = first_answer(call);

    if (answer == NULL || sst_redis_reply_is_done(answer)) {
        call->out->replayed = 1;
    }
}

/* Too few replicas follow this primary: if it is about to be replaced, a write
 * is lost; if it was already, and came back, others have what it has not. A
 * write that is done again is recognised where it has arrived.
 */
static next_t judge_unconfirmed(call_t *call)
{
    static const char *const confirmed[] = {    /* by sst_redis_confirm_t */
        "that a session is gone", "what a session is", "a write"
    };

    call->status = sst_error_set(&call->trial, SST_TIMEOUT, APR_SUCCESS,
                                 "no replica of Redis %s confirmed %s "
                                 "in time: see its INFO replication",
                                 sst_redis_node_name(call->node),
                                 confirmed[call->request->confirm]);
    note_replay(call);
    sst_redis_topology_misled(call->topology);
    if (call->deadline - sst_clock() < 3 * CONFIRM) {
        return NEXT_FAIL;
    }
    return pause_call(call);
}

static next_t judge_replies(call_t *call)
{
    const redisReply *error = sst_redis_replies_error(call->out);

    if (error != NULL) {
        return judge_fault(call, sst_redis_reply_text(error));
    }
    if (call->refusal.len > 0) {
        note_replay(call);
        return judge_fault(call, call->refusal);
    }
    if (call->confirmed < call->request->replicas) {
        return judge_unconfirmed(call);
    }
    call->status = SST_OK;
    return NEXT_DONE;
}

/* The connection ended after something was sent. The others to this node ended
 * with it, most likely.
 */
static next_t judge_lost(call_t *call)
{
    call->status = SST_UNAVAILABLE;
    sst_redis_node_flush(call->node);
    if (call->replays-- <= 0) {
        return NEXT_FAIL;
    }
    note_replay(call);
    return NEXT_AGAIN;
}

/* Nothing was sent: another node may be the right one by now. */
static next_t judge_unsent(call_t *call, const sst_redis_trip_t *trip)
{
    if (trip->fault == SST_REDIS_FAULT_WAIT) {
        sst_redis_topology_misled(call->topology);
        return pause_call(call);
    }
    if (trip->fault != SST_REDIS_FAULT_PRIMARY
        && call->status != SST_UNAVAILABLE && call->status != SST_TIMEOUT) {
        return NEXT_FAIL;
    }
    return search(call, call->node);
}

/* Whether replicas have to stand by the answer. */
static int is_guarded(const call_t *call)
{
    return call->request->replicas > 0
        && sst_redis_replies_error(call->out) == NULL
        && (call->request->confirm != SST_REDIS_CONFIRM_NOTHING
            || sst_redis_reply_is_nothing(first_answer(call)));
}

/* A write that nobody wants, behind an answer that wrote nothing. WAIT alone
 * counts the replicas that had everything when they last told so, which may
 * have been before this primary was cut off from them; from Redis 7.2 on,
 * everything that this connection has written, which may be nothing at all.
 */
static sst_status_t add_witness(sst_redis_request_t *request, call_t *call)
{
    const sst_span_t key = call->request->witness;
    const sst_span_t set[] = { sst_span_text("SET"), key, sst_span_text(""),
                               sst_span_text("PX"),
                               sst_span_text(WITNESS_MS) };
    const sst_span_t del[] = { sst_span_text("DEL"), key };
    sst_status_t status = sst_redis_request_add(request, 5, set,
                                                &call->trial);

    return status == SST_OK
        ? sst_redis_request_add(request, 2, del, &call->trial) : status;
}

static sst_status_t add_wait(sst_redis_request_t *request, call_t *call)
{
    apr_interval_time_t left = call->deadline - sst_clock();
    apr_time_t wait = left / 3 < CONFIRM ? left / 3 : CONFIRM;
    const sst_span_t argv[] = {
        sst_span_text("WAIT"),
        sst_span_text(apr_itoa(call->pool, call->request->replicas)),
        sst_span_text(apr_itoa(call->pool, (int) (wait / 1000) + 1))
    };

    return sst_redis_request_add(request, 3, argv, &call->trial);
}

/* What came of it. A primary without replicas refuses the witness, and has it
 * confirmed by none. One that is giving the key's slot away has the key still,
 * but takes no new one: there, WAIT alone has to do.
 */
static void note_confirmation(call_t *call, const sst_redis_replies_t *replies)
{
    const redisReply *error = sst_redis_replies_error(replies);
    sst_span_t text = sst_redis_reply_text(error);

    if (error == NULL || sst_redis_fault(text) == SST_REDIS_FAULT_ASK) {
        const redisReply *last = replies->items[replies->count - 1];

        call->confirmed = (int) sst_redis_reply_number(last, 0);
    }
    else if (!sst_redis_reply_mentions(error, "NOREPLICAS")) {
        call->refusal = sst_span(apr_pmemdup(call->pool, text.data, text.len),
                                 text.len);
    }
}

/* Waits until enough replicas have all that this primary had when it answered.
 * (A round trip of its own, because WAIT behind a write that was refused would
 * take all of its time.)
 */
static sst_redis_fate_t confirm(call_t *call, sst_redis_trip_t *trip)
{
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_redis_fate_t fate = SST_REDIS_FATE_LOST;
    sst_status_t status = SST_OK;

    sst_redis_replies_init(&replies);
    sst_redis_request_init(&request, call->pool);
    if (!sst_redis_reply_is_done(first_answer(call))) {
        status = add_witness(&request, call);
    }
    if (status == SST_OK) {
        status = add_wait(&request, call);
    }
    if (status == SST_OK) {
        fate = sst_redis_conn_exchange(
            &replies, trip->conn,
            sst_redis_request_bytes(&request, call->asking),
            request.count * (call->asking ? 2 : 1), call->max,
            sst_redis_node_name(call->node), call->deadline, &call->trial);
    }
    if (fate == SST_REDIS_FATE_FINE) {
        note_confirmation(call, &replies);
    }
    sst_redis_replies_clear(&replies);
    return fate;
}

/* Sends and receives, and has the answer confirmed where that is wanted. */
static sst_redis_fate_t exchange(call_t *call, sst_redis_trip_t *trip)
{
    int count = call->request->count * (call->asking ? 2 : 1);
    sst_redis_fate_t fate;

    fate = sst_redis_conn_exchange(call->out, trip->conn,
                                   sst_redis_request_bytes(call->request,
                                                           call->asking),
                                   count, call->max,
                                   sst_redis_node_name(call->node),
                                   call->deadline, &call->trial);
    call->out->server = trip->conn->server;
    if (fate != SST_REDIS_FATE_FINE) {
        return fate;
    }
    if (is_guarded(call)) {
        return confirm(call, trip);
    }
    call->confirmed = call->request->replicas;
    return fate;
}

static next_t attempt(call_t *call)
{
    sst_redis_trip_t trip;
    sst_redis_fate_t fate;

    call->confirmed = 0;
    call->refusal = sst_span(NULL, 0);
    sst_redis_replies_clear(call->out);
    call->status = sst_redis_trip_begin(&trip, call->node, call->deadline,
                                        &call->trial, call->pool);
    if (call->status != SST_OK) {
        return judge_unsent(call, &trip);
    }
    fate = exchange(call, &trip);
    sst_redis_trip_end(&trip, fate == SST_REDIS_FATE_FINE,
                       fate == SST_REDIS_FATE_FINE ? SST_VERDICT_GOOD
                       : fate == SST_REDIS_FATE_LATE
                       ? sst_redis_trip_late(&trip)
                       : SST_VERDICT_NONE);
    switch (fate) {
    case SST_REDIS_FATE_FINE:
        return judge_replies(call);
    case SST_REDIS_FATE_LOST:
        return judge_lost(call);
    case SST_REDIS_FATE_LATE:
        sst_redis_topology_misled(call->topology);
        call->status = SST_TIMEOUT;
        return NEXT_FAIL;
    case SST_REDIS_FATE_GARBLED:
    case SST_REDIS_FATE_WOKEN:
        break;
    }
    call->status = SST_UNAVAILABLE;
    return NEXT_FAIL;
}

static next_t step(call_t *call)
{
    if (call->node == NULL) {
        call->status = sst_redis_topology_find(&call->node, call->topology,
                                               call->slot, call->deadline,
                                               &call->trial, call->pool);
        if (call->status != SST_OK) {
            return NEXT_FAIL;
        }
    }
    return attempt(call);
}

/* The replies to ASKING are nobody's business. */
static void drop_asking(sst_redis_replies_t *replies)
{
    int kept = 0;
    int i;

    for (i = 0; i < replies->count; i++) {
        if (i % 2 == 0) {
            freeReplyObject(replies->items[i]);
        }
        else {
            replies->items[kept++] = replies->items[i];
        }
    }
    replies->count = kept;
}

/* Only a cluster has slots. */
static unsigned int slot_of(const sst_redis_client_t *client, sst_span_t key)
{
    return client->topology->config->form == SST_REDIS_CLUSTER
        ? sst_redis_slot(key) : 0;
}

sst_status_t sst_redis_call(sst_redis_replies_t *out,
                            sst_redis_client_t *client, sst_span_t key,
                            const sst_redis_request_t *request,
                            apr_size_t max, apr_time_t deadline,
                            sst_error_t *err, apr_pool_t *pool)
{
    call_t call = {
        .out = out, .topology = client->topology, .request = request,
        .max = max, .deadline = deadline, .pool = pool,
        .slot = slot_of(client, key), .replays = 1, .searches = 1,
        .logins = 1, .hops = HOPS_MAX
    };
    next_t next;

    sst_redis_replies_init(out);
    do {
        sst_error_clear(&call.trial);
        next = step(&call);
    } while (next == NEXT_AGAIN && sst_clock() < deadline);
    if (next == NEXT_DONE) {
        if (call.asking) {
            drop_asking(out);
        }
        return SST_OK;
    }
    if (call.status == SST_OK) {
        call.status = SST_TIMEOUT;
    }
    return sst_error_set(err, call.status, call.trial.os, "%s",
                         call.trial.text[0] ? call.trial.text
                         : "Redis did not answer within timeout=");
}

int sst_redis_client_replicas(sst_redis_client_t *client, apr_time_t deadline,
                              apr_pool_t *pool)
{
    sst_redis_topology_t *topology = client->topology;
    apr_uint32_t guard;

    if (topology->config->replicas >= 0) {
        return topology->config->replicas;
    }
    if (topology->config->form != SST_REDIS_SENTINEL) {
        return 0;
    }
    guard = apr_atomic_read32(&topology->guard);
    if (guard == SST_REDIS_GUARD_UNKNOWN) {
        guard = sst_redis_sentinel_guard(topology, deadline, pool);
    }
    return guard != SST_REDIS_GUARD_NONE;
}

sst_status_t sst_redis_client_primaries(apr_array_header_t **out,
                                        sst_redis_client_t *client,
                                        apr_time_t deadline, sst_error_t *err,
                                        apr_pool_t *pool)
{
    return sst_redis_topology_primaries(out, client->topology, deadline, err,
                                        pool);
}

sst_redis_topology_t *sst_redis_client_topology(sst_redis_client_t *client)
{
    return client->topology;
}

void sst_redis_client_usage(sst_redis_usage_t *out,
                            sst_redis_client_t *client, apr_pool_t *pool)
{
    sst_redis_topology_usage(out, client->topology, pool);
}

void sst_redis_client_spent(apr_array_header_t *out,
                            sst_redis_client_t *client, apr_pool_t *pool)
{
    sst_redis_topology_spent(out, client->topology, pool);
}
