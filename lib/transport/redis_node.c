/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A node: opening connections to it, and trips. */

#include "lib/transport/redis_node.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "lib/clock.h"

#define GREETING_MAX 65536      /* bytes of the answers to a greeting */
#define FAIR_CHANCE apr_time_from_msec(5)   /* to answer in */
#define PAUSE apr_time_from_msec(20)    /* before a greeting is repeated */

struct sst_redis_node_t {
    const sst_redis_profile_t *profile;
    sst_redis_address_t address;
    sst_redis_tls_peer_t *peer;     /* NULL: plain text */
    sst_redis_pool_t *conns;
    apr_thread_mutex_t *mutex;      /* guards what follows */
    sst_breaker_t breaker;
    sst_times_t spent;              /* since they were handed over */
};

sst_status_t sst_redis_node_create(sst_redis_node_t **out,
                                   const sst_redis_profile_t *profile,
                                   const sst_redis_address_t *address,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_node_t *node = apr_pcalloc(pool, sizeof(*node));
    sst_status_t status = SST_OK;
    apr_status_t os;

    *out = NULL;
    node->profile = profile;
    node->address = *address;
    os = apr_thread_mutex_create(&node->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pool);
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot make the lock of a Redis node");
    }
    if (profile->tls != NULL) {
        status = sst_redis_tls_peer_create(&node->peer, profile->tls,
                                           address->host, err, pool);
    }
    if (status == SST_OK) {
        status = sst_redis_pool_create(&node->conns, profile->pool_max,
                                       profile->idle_age, err, pool);
    }
    if (status == SST_OK) {
        *out = node;
    }
    return status;
}

const sst_redis_address_t *sst_redis_node_address(const sst_redis_node_t *n)
{
    return &n->address;
}

const char *sst_redis_node_name(const sst_redis_node_t *node)
{
    return node->address.name;
}

const char *sst_redis_node_user(const sst_redis_node_t *node)
{
    return sst_redis_login_user(node->profile->login);
}

void sst_redis_node_flush(sst_redis_node_t *node)
{
    sst_redis_pool_flush(node->conns);
}

void sst_redis_node_doubt(sst_redis_node_t *node)
{
    if (node->address.host != NULL) {
        sst_redis_resolver_refresh(node->profile->resolver,
                                   node->address.host);
    }
}

/* --- Opening --- */

/* What came of one. */
typedef struct opening_t {
    sst_redis_fault_t fault;        /* why the node refused it */
    apr_uint32_t generation;        /* of the password that was used */
} opening_t;

/* When an opening that begins now has to be done. */
static apr_time_t opening_limit(const sst_redis_node_t *node,
                                apr_time_t deadline)
{
    apr_time_t limit = sst_clock() + node->profile->connect_timeout;

    return limit < deadline ? limit : deadline;
}

/* Looking up the name may take until the deadline; *limit is for the rest. */
static sst_status_t node_connect(apr_time_t *limit, sst_redis_conn_t *conn,
                                 sst_redis_node_t *node, apr_time_t deadline,
                                 sst_error_t *err)
{
    sst_redis_endpoints_t endpoints;
    sst_status_t status;

    *limit = opening_limit(node, deadline);
    if (node->address.path != NULL) {
        return sst_redis_conn_unix(conn, node->address.path, err);
    }
    status = sst_redis_resolve(&endpoints, node->profile->resolver,
                               node->address.host, node->address.port,
                               deadline, err);
    if (status != SST_OK) {
        return status;
    }
    *limit = opening_limit(node, deadline);
    status = sst_redis_conn_tcp(conn, &endpoints, node->address.name,
                                *limit, err);
    if (status != SST_OK) {
        sst_redis_node_doubt(node);
        return status;
    }
    if (node->peer != NULL) {
        status = sst_redis_conn_secure(conn, node->peer, node->address.name,
                                       *limit, err);
    }
    return status;
}

/* What is sent first: login, database, and a question that shows that the
 * server answers. A server without our client certificate only says so here.
 */
static sst_status_t make_greeting(sst_redis_request_t *request,
                                  apr_uint32_t *generation,
                                  const sst_redis_node_t *node,
                                  sst_error_t *err, apr_pool_t *pool)
{
    const sst_redis_profile_t *profile = node->profile;
    const char *question = profile->primary_only ? "ROLE" : "PING";
    const sst_span_t last[] = { sst_span_text(question) };
    sst_status_t status;

    sst_redis_request_init(request, pool);
    status = sst_redis_login_add(request, generation, profile->login, err);
    if (status == SST_OK && profile->db > 0) {
        const sst_span_t argv[] = {
            sst_span_text("SELECT"),
            sst_span_text(apr_itoa(pool, profile->db))
        };

        status = sst_redis_request_add(request, 2, argv, err);
    }
    if (status == SST_OK) {
        status = sst_redis_request_add(request, 1, last, err);
    }
    return status;
}

/* Whether a server that does not answer PING serves all the same: one that is
 * loading, or a user that may not PING, says so later to whom it matters.
 */
static int may_refuse_ping(sst_span_t text)
{
    switch (sst_redis_fault(text)) {
    case SST_REDIS_FAULT_LOGIN:
        return 0;
    case SST_REDIS_FAULT_REFUSED:
        return text.len >= 7 && memcmp(text.data, "MISCONF", 7) == 0;
    default:
        return 1;
    }
}

/* The first error among a greeting's answers, one for each of `count`
 * commands, that makes the connection useless, or NULL. Nobody logs in later,
 * or asks again for the database or the role.
 */
static const redisReply *greeting_error(const sst_redis_replies_t *replies,
                                        int count,
                                        const sst_redis_node_t *node)
{
    int i;

    for (i = 0; i < replies->count; i++) {
        const redisReply *reply = replies->items[i];
        int is_ping = i + 1 == count && !node->profile->primary_only;

        if (reply->type == REDIS_REPLY_ERROR
            && !(is_ping && may_refuse_ping(sst_redis_reply_text(reply)))) {
            return reply;
        }
    }
    return NULL;
}

static int says_primary(const redisReply *role)
{
    return sst_bytes_equal(sst_redis_reply_text(sst_redis_reply_at(role, 0)),
                           sst_span_text("master"));
}

static sst_status_t judge_greeting(sst_redis_replies_t *replies, int count,
                                   const sst_redis_node_t *node,
                                   sst_error_t *err)
{
    const redisReply *error = greeting_error(replies, count, node);

    if (error != NULL) {
        replies->fault = sst_redis_fault(sst_redis_reply_text(error));
        return sst_redis_fault_error(sst_redis_reply_text(error),
                                     node->address.name,
                                     sst_redis_node_user(node), err);
    }
    if (node->profile->primary_only && replies->count == count
        && !says_primary(replies->items[count - 1])) {
        replies->fault = SST_REDIS_FAULT_PRIMARY;
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "Redis %s is not the primary (any more)",
                             node->address.name);
    }
    return SST_OK;
}

static sst_status_t greeting_lost(sst_redis_fate_t fate,
                                  const sst_redis_node_t *node,
                                  sst_error_t *err)
{
    if (fate == SST_REDIS_FATE_LATE) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "Redis %s accepts connections but does not "
                             "answer", node->address.name);
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "Redis %s closed a new connection without an "
                         "answer: %s", node->address.name,
                         node->peer
                         ? "it may want a client certificate (cert=), or "
                           "have no free clients"
                         : "if its port speaks TLS, use rediss://");
}

static sst_status_t greet_once(sst_redis_fault_t *fault,
                               sst_redis_conn_t *conn,
                               const sst_redis_node_t *node,
                               sst_span_t bytes, int count,
                               apr_time_t deadline, sst_error_t *err)
{
    sst_redis_replies_t replies;
    sst_redis_fate_t fate;
    sst_error_t trial;
    sst_status_t status;

    sst_error_clear(&trial);
    sst_redis_replies_init(&replies);
    fate = sst_redis_conn_exchange(&replies, conn, bytes, count, GREETING_MAX,
                                   node->address.name, deadline, &trial);
    status = judge_greeting(&replies, count, node, err);
    *fault = replies.fault;
    if (status == SST_OK && fate == SST_REDIS_FATE_GARBLED) {
        status = sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS, "%s",
                               trial.text);
    }
    else if (status == SST_OK && fate != SST_REDIS_FATE_FINE) {
        status = greeting_lost(fate, node, err);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

/* Waits a moment. 0 when there is no time for another greeting then. */
static int pause_greeting(apr_time_t deadline)
{
    if (deadline - sst_clock() < 2 * PAUSE) {
        return 0;
    }
    apr_sleep(PAUSE);
    return 1;
}

/* A server that only has to be waited for is greeted again, and not opened
 * anew each time, which costs it much more. When it is late then, it still is
 * one that has to be waited for, and no other.
 */
static sst_status_t greet_patiently(sst_redis_fault_t *fault,
                                    sst_redis_conn_t *conn,
                                    const sst_redis_node_t *node,
                                    sst_span_t bytes, int count,
                                    apr_time_t deadline, sst_error_t *err)
{
    sst_status_t status = greet_once(fault, conn, node, bytes, count,
                                     deadline, err);

    while (*fault == SST_REDIS_FAULT_WAIT && pause_greeting(deadline)) {
        sst_redis_fault_t again;
        sst_status_t outcome;
        sst_error_t trial;

        sst_error_clear(&trial);
        outcome = greet_once(&again, conn, node, bytes, count, deadline,
                             &trial);
        if (outcome == SST_TIMEOUT) {
            break;
        }
        *fault = again;
        *err = trial;
        status = outcome;
    }
    return status;
}

static sst_status_t greet(opening_t *opening, sst_redis_conn_t *conn,
                          const sst_redis_node_t *node, apr_time_t deadline,
                          sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t bytes = sst_span(NULL, 0);
    sst_redis_request_t request;
    sst_status_t status = make_greeting(&request, &opening->generation, node,
                                        err, pool);

    if (status == SST_OK) {
        bytes = sst_redis_request_bytes(&request, 0);
        status = greet_patiently(&opening->fault, conn, node, bytes,
                                 request.count, deadline, err);
    }
    if (request.secret) {
        sst_redis_request_wipe(&request, bytes);
    }
    return status;
}

static sst_status_t node_open_once(opening_t *opening, sst_redis_conn_t *conn,
                                   sst_redis_node_t *node,
                                   apr_time_t deadline, sst_error_t *err,
                                   apr_pool_t *pool)
{
    apr_time_t limit;
    sst_status_t status = node_connect(&limit, conn, node, deadline, err);

    memset(opening, 0, sizeof(*opening));
    if (status == SST_OK) {
        status = greet(opening, conn, node, limit, err, pool);
    }
    if (status != SST_OK) {
        sst_redis_conn_close(conn);
    }
    return status;
}

/* After a refused login: 1 when the password is another one than was used, as
 * the file has it now, or as another thread has read it just before.
 */
static int has_new_password(const opening_t *opening,
                            const sst_redis_node_t *node, sst_error_t *err)
{
    sst_redis_login_t *login = node->profile->login;
    sst_error_t file;

    sst_error_clear(&file);
    if (sst_redis_login_read(login, &file) != SST_OK) {
        *err = file;
        return 0;
    }
    return sst_redis_login_generation(login) != opening->generation;
}

/* Opens a connection; with the password file's new content when the old one
 * is refused.
 */
static sst_status_t node_open(sst_redis_fault_t *fault,
                              sst_redis_conn_t *conn, sst_redis_node_t *node,
                              apr_time_t deadline, sst_error_t *err,
                              apr_pool_t *pool)
{
    opening_t opening;
    sst_error_t trial;
    sst_status_t status;

    sst_error_clear(&trial);
    status = node_open_once(&opening, conn, node, deadline, &trial, pool);
    if (opening.fault == SST_REDIS_FAULT_LOGIN
        && has_new_password(&opening, node, &trial)) {
        sst_error_clear(&trial);
        status = node_open_once(&opening, conn, node, deadline, &trial, pool);
    }
    *fault = opening.fault;
    if (status != SST_OK) {
        (void) sst_error_set(err, status, trial.os, "%s", trial.text);
    }
    return status;
}

sst_status_t sst_redis_node_connect(sst_redis_conn_t *out,
                                    sst_redis_node_t *node,
                                    apr_time_t deadline, sst_error_t *err,
                                    apr_pool_t *pool)
{
    sst_redis_fault_t fault;

    sst_redis_conn_init(out);
    return node_open(&fault, out, node, deadline, err, pool);
}

/* --- Trips --- */

static sst_status_t pass_breaker(sst_redis_trip_t *trip, sst_error_t *err)
{
    sst_redis_node_t *node = trip->node;

    apr_thread_mutex_lock(node->mutex);
    trip->pass = sst_breaker_enter(&node->breaker, sst_clock());
    apr_thread_mutex_unlock(node->mutex);
    if (trip->pass != SST_PASS_NO) {
        return SST_OK;
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "Redis %s failed several times in a row and is "
                         "left alone for a moment", node->address.name);
}

/* Notes how a trip went. 1 when this opens the breaker. (A trip that has not
 * begun has taken no time at the node.)
 */
static int note_trip(const sst_redis_trip_t *trip, sst_verdict_t verdict)
{
    sst_redis_node_t *node = trip->node;
    apr_time_t now = sst_clock();
    int was_open;
    int is_open;

    apr_thread_mutex_lock(node->mutex);
    if (trip->began_at != 0) {
        sst_times_note(&node->spent,
                       now > trip->began_at ? now - trip->began_at : 0,
                       verdict != SST_VERDICT_GOOD);
    }
    was_open = sst_breaker_is_open(&node->breaker);
    sst_breaker_leave(&node->breaker, trip->pass, verdict, now);
    is_open = sst_breaker_is_open(&node->breaker);
    apr_thread_mutex_unlock(node->mutex);
    return is_open && !was_open;
}

/* When the breaker opens, what is idle is no better than what was used: the
 * host is gone, perhaps, and its name points to another one. A probe that took
 * one of these would only find out that this one is dead, too.
 */
static void leave_breaker(const sst_redis_trip_t *trip,
                          sst_verdict_t verdict)
{
    if (note_trip(trip, verdict)) {
        sst_redis_node_flush(trip->node);
        sst_redis_node_doubt(trip->node);
    }
}

void sst_redis_trip_end(sst_redis_trip_t *trip, int reusable,
                        sst_verdict_t verdict)
{
    leave_breaker(trip, verdict);
    sst_redis_pool_give(trip->node->conns, trip->conn, reusable);
    trip->conn = NULL;
}

sst_verdict_t sst_redis_trip_late(const sst_redis_trip_t *trip)
{
    return sst_clock() - trip->began_at >= FAIR_CHANCE
        ? SST_VERDICT_BAD : SST_VERDICT_NONE;
}

/* A refused login counts although it costs little: to repeat it with every
 * request fills the server's log and may lock the user out.
 */
static sst_verdict_t opening_verdict(const sst_redis_trip_t *trip,
                                           sst_status_t status)
{
    if (trip->fault == SST_REDIS_FAULT_LOGIN) {
        return SST_VERDICT_BAD;
    }
    return status == SST_TIMEOUT ? sst_redis_trip_late(trip)
                                 : SST_VERDICT_NONE;
}

sst_status_t sst_redis_trip_begin(sst_redis_trip_t *trip,
                                  sst_redis_node_t *node, apr_time_t deadline,
                                  sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status;

    memset(trip, 0, sizeof(*trip));
    trip->node = node;
    status = pass_breaker(trip, err);
    if (status != SST_OK) {
        return status;
    }
    status = sst_redis_pool_take(&trip->conn, node->conns,
                                 node->address.name, deadline, err);
    if (status != SST_OK) {
        leave_breaker(trip, SST_VERDICT_NONE);
        return status;
    }
    trip->began_at = sst_clock();
    if (trip->conn->fd < 0) {
        status = node_open(&trip->fault, trip->conn, node, deadline, err,
                           pool);
    }
    if (status != SST_OK) {
        sst_redis_trip_end(trip, 0, opening_verdict(trip, status));
    }
    return status;
}

sst_status_t sst_redis_node_ask(sst_redis_replies_t *out,
                                sst_redis_node_t *node,
                                const sst_redis_request_t *request,
                                apr_size_t max, apr_time_t deadline,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_trip_t trip;
    sst_redis_fate_t fate;
    const redisReply *error;
    sst_status_t status = sst_redis_trip_begin(&trip, node, deadline, err,
                                               pool);

    sst_redis_replies_init(out);
    if (status != SST_OK) {
        return status;
    }
    fate = sst_redis_conn_exchange(out, trip.conn,
                                   sst_redis_request_bytes(request, 0),
                                   request->count, max, node->address.name,
                                   deadline, err);
    sst_redis_trip_end(&trip, fate == SST_REDIS_FATE_FINE,
                       fate == SST_REDIS_FATE_FINE ? SST_VERDICT_GOOD
                       : fate == SST_REDIS_FATE_LATE
                       ? sst_redis_trip_late(&trip)
                       : SST_VERDICT_NONE);
    error = sst_redis_replies_error(out);
    if (error != NULL) {
        out->fault = sst_redis_fault(sst_redis_reply_text(error));
    }
    return fate == SST_REDIS_FATE_FINE ? SST_OK
         : fate == SST_REDIS_FATE_LATE ? SST_TIMEOUT : SST_UNAVAILABLE;
}

void sst_redis_node_usage(sst_redis_usage_t *sum, sst_redis_node_t *node)
{
    int open;

    apr_thread_mutex_lock(node->mutex);
    open = sst_breaker_is_open(&node->breaker);
    apr_thread_mutex_unlock(node->mutex);
    sum->nodes++;
    sum->left_alone += open ? 1 : 0;
    sst_redis_pool_usage(sum, node->conns);
}

int sst_redis_node_spent(sst_server_times_t *out, sst_redis_node_t *node)
{
    out->name = node->address.name;
    apr_thread_mutex_lock(node->mutex);
    out->times = node->spent;
    memset(&node->spent, 0, sizeof(node->spent));
    apr_thread_mutex_unlock(node->mutex);
    return sst_times_count(out->times.buckets) > 0;
}
