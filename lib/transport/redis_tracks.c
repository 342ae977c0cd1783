/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The connections that hear of changes. */

#include "lib/transport/redis_tracks.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <apr_strings.h>

#include "lib/clock.h"

#define CHANNEL "__redis__:invalidate"

/* Of one message: all keys that one turn of Redis' event loop changed. */
#define MESSAGE_MAX (16 * 1024 * 1024)

/* How long a message may take that has begun, before others have their turn. */
#define MOMENT apr_time_from_msec(1)

#define EXCHANGE_MAX 4096

/* --- Opening --- */

static sst_status_t refused(const sst_redis_node_t *node,
                            const redisReply *error, sst_error_t *err)
{
    sst_span_t text = sst_redis_reply_text(error);
    const char *user = sst_redis_node_user(node);

    if (sst_redis_fault(text) == SST_REDIS_FAULT_WAIT) {
        return SST_UNAVAILABLE;
    }
    user = user != NULL ? user : "default";
    return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                         "not cached, because Redis %s does not tell of "
                         "changes (\"%.*s\"): it has to be 6.0 or later, "
                         "without a proxy, and to allow ACL SETUSER %s "
                         "+client|id +client|tracking +subscribe "
                         "&" CHANNEL, sst_redis_node_name(node),
                         (int) (text.len < 80 ? text.len : 80),
                         (const char *) text.data, user);
}

/* Sends a request on a track's connection. *out is for the caller to clear;
 * the answer is OK only without an error in it.
 */
static sst_status_t exchange(sst_redis_replies_t *out,
                             sst_redis_track_t *track,
                             const sst_redis_request_t *request,
                             apr_time_t deadline, sst_error_t *err)
{
    const char *name = sst_redis_node_name(track->node);
    const redisReply *error;

    if (sst_redis_conn_exchange(out, &track->conn,
                                sst_redis_request_bytes(request, 0),
                                request->count, EXCHANGE_MAX, name, deadline,
                                err) != SST_REDIS_FATE_FINE) {
        return SST_UNAVAILABLE;
    }
    error = sst_redis_replies_error(out);
    return error == NULL ? SST_OK : refused(track->node, error, err);
}

static sst_status_t read_id(apr_int64_t *out, sst_redis_track_t *track,
                            apr_time_t deadline, sst_error_t *err,
                            apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("CLIENT"),
                                sst_span_text("ID") };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status;

    *out = 0;
    sst_redis_replies_init(&replies);
    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 2, argv, err);
    if (status == SST_OK) {
        status = exchange(&replies, track, &request, deadline, err);
    }
    if (status == SST_OK) {
        *out = sst_redis_reply_number(replies.items[0], 0);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static sst_status_t have_it_tell(sst_redis_track_t *track, apr_int64_t id,
                                 sst_span_t prefix, apr_time_t deadline,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const sst_span_t track_argv[] = {
        sst_span_text("CLIENT"), sst_span_text("TRACKING"),
        sst_span_text("ON"), sst_span_text("REDIRECT"),
        sst_span_text(apr_psprintf(pool, "%" APR_INT64_T_FMT, id)),
        sst_span_text("BCAST"), sst_span_text("PREFIX"), prefix
    };
    const sst_span_t listen_argv[] = { sst_span_text("SUBSCRIBE"),
                                       sst_span_text(CHANNEL) };
    sst_redis_request_t request;
    sst_redis_replies_t replies;
    sst_status_t status;

    sst_redis_replies_init(&replies);
    sst_redis_request_init(&request, pool);
    status = sst_redis_request_add(&request, 8, track_argv, err);
    if (status == SST_OK) {
        status = sst_redis_request_add(&request, 2, listen_argv, err);
    }
    if (status == SST_OK) {
        status = exchange(&replies, track, &request, deadline, err);
    }
    sst_redis_replies_clear(&replies);
    return status;
}

static sst_status_t open_track(sst_redis_track_t *track, sst_span_t prefix,
                               apr_time_t deadline, sst_error_t *err,
                               apr_pool_t *pool)
{
    apr_int64_t id = 0;
    sst_status_t status = sst_redis_node_connect(&track->conn, track->node,
                                                 deadline, err, pool);

    if (status == SST_OK) {
        status = read_id(&id, track, deadline, err, pool);
    }
    if (status == SST_OK) {
        status = have_it_tell(track, id, prefix, deadline, err, pool);
    }
    return status;
}

sst_status_t sst_redis_tracks_open(sst_redis_tracks_t *out,
                                   const apr_array_header_t *nodes,
                                   const sst_redis_listener_t *listener,
                                   int wake_fd, apr_time_t deadline,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;

    memset(out, 0, sizeof(*out));
    out->listener = listener;
    out->wake_fd = wake_fd;
    if (nodes->nelts == 0 || nodes->nelts > SST_REDIS_TRACKS_MAX) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "not cached: it has %d primaries, and 1 to %d "
                             "can be watched", nodes->nelts,
                             SST_REDIS_TRACKS_MAX);
    }
    while (status == SST_OK && out->count < nodes->nelts) {
        sst_redis_track_t *track = &out->items[out->count];

        track->node = APR_ARRAY_IDX(nodes, out->count, sst_redis_node_t *);
        out->count++;
        status = open_track(track, listener->prefix, deadline, err, pool);
        track->conn.wake_fd = wake_fd;
    }
    return status;
}

void sst_redis_tracks_close(sst_redis_tracks_t *tracks)
{
    int i;

    for (i = 0; i < tracks->count; i++) {
        sst_redis_conn_close(&tracks->items[i].conn);
    }
    tracks->count = 0;
}

int sst_redis_tracks_match(const sst_redis_tracks_t *tracks,
                           const apr_array_header_t *nodes)
{
    int i;
    int k;

    for (i = 0; i < tracks->count; i++) {
        for (k = 0; k < nodes->nelts; k++) {
            if (APR_ARRAY_IDX(nodes, k, sst_redis_node_t *)
                == tracks->items[i].node) {
                break;
            }
        }
        if (k == nodes->nelts) {
            return 0;
        }
    }
    return tracks->count == nodes->nelts;
}

/* --- Proofs --- */

/* The answer is heard like all that comes. */
static sst_redis_fate_t send_ping(sst_redis_track_t *track,
                                  const sst_redis_request_t *request)
{
    sst_redis_replies_t replies;
    sst_redis_fate_t fate;

    sst_redis_replies_init(&replies);
    track->asked_at = sst_uptime();
    fate = sst_redis_conn_exchange(&replies, &track->conn,
                                   sst_redis_request_bytes(request, 0), 0,
                                   EXCHANGE_MAX,
                                   sst_redis_node_name(track->node),
                                   sst_clock() + 100 * MOMENT, NULL);
    sst_redis_replies_clear(&replies);
    return fate == SST_REDIS_FATE_FINE ? fate : SST_REDIS_FATE_LOST;
}

sst_redis_fate_t sst_redis_tracks_ask(sst_redis_tracks_t *tracks,
                                      apr_interval_time_t patience,
                                      apr_pool_t *pool)
{
    const sst_span_t argv[] = { sst_span_text("PING") };
    sst_redis_fate_t fate = SST_REDIS_FATE_FINE;
    sst_redis_request_t request;
    int i;

    sst_redis_request_init(&request, pool);
    if (sst_redis_request_add(&request, 1, argv, NULL) != SST_OK) {
        return SST_REDIS_FATE_LOST;
    }
    for (i = 0; i < tracks->count && fate == SST_REDIS_FATE_FINE; i++) {
        sst_redis_track_t *track = &tracks->items[i];

        if (track->asked_at == 0) {
            fate = send_ping(track, &request);
        }
        else if (sst_uptime() - track->asked_at > patience) {
            fate = SST_REDIS_FATE_LOST;
        }
    }
    return fate;
}

/* All is proved that each of the servers has proved. */
static void take_pong(sst_redis_tracks_t *tracks, sst_redis_track_t *track)
{
    apr_time_t oldest;
    int i;

    track->proved_at = track->asked_at;
    track->asked_at = 0;
    oldest = track->proved_at;
    for (i = 0; i < tracks->count; i++) {
        if (tracks->items[i].proved_at < oldest) {
            oldest = tracks->items[i].proved_at;
        }
    }
    if (oldest > 0) {
        tracks->listener->proved(tracks->listener->baton, oldest);
    }
}

/* --- Hearing --- */

/* The payload of an invalidation: keys, or nil after FLUSHALL and FLUSHDB. */
static void take_keys(const sst_redis_tracks_t *tracks,
                      const redisReply *keys)
{
    const sst_redis_listener_t *listener = tracks->listener;
    size_t i;

    if (keys->type != REDIS_REPLY_ARRAY) {
        listener->changed(listener->baton, sst_span(NULL, 0));
        return;
    }
    for (i = 0; i < keys->elements; i++) {
        listener->changed(listener->baton,
                          sst_redis_reply_text(keys->element[i]));
    }
}

static int says(const redisReply *message, const char *word)
{
    return sst_bytes_equal(
        sst_redis_reply_text(sst_redis_reply_at(message, 0)),
        sst_span_text(word));
}

/* Answers 0 for what nobody asked for. */
static int take_message(sst_redis_tracks_t *tracks, sst_redis_track_t *track,
                        const redisReply *message)
{
    if (says(message, "message") && message->elements == 3) {
        take_keys(tracks, message->element[2]);
        return 1;
    }
    if (says(message, "pong") && track->asked_at != 0) {
        take_pong(tracks, track);
        return 1;
    }
    return 0;
}

static int has_more(const sst_redis_track_t *track)
{
    const sst_redis_conn_t *conn = &track->conn;

    return conn->reader->len != conn->reader->pos
        || (conn->tls != NULL && sst_redis_tls_has_bytes(conn->tls));
}

/* Takes what has come. A message that is not whole yet is left for later. */
static sst_redis_fate_t hear_track(sst_redis_tracks_t *tracks,
                                   sst_redis_track_t *track)
{
    sst_redis_fate_t fate = SST_REDIS_FATE_FINE;
    sst_redis_replies_t replies;

    do {
        sst_redis_replies_init(&replies);
        fate = sst_redis_conn_receive(&replies, &track->conn, 1, MESSAGE_MAX,
                                      sst_redis_node_name(track->node),
                                      sst_clock() + MOMENT, NULL);
        if (track->conn.reader->len > MESSAGE_MAX
            || (fate == SST_REDIS_FATE_FINE
                && !take_message(tracks, track, replies.items[0]))) {
            fate = SST_REDIS_FATE_GARBLED;
        }
        sst_redis_replies_clear(&replies);
    } while (fate == SST_REDIS_FATE_FINE && has_more(track));
    return fate == SST_REDIS_FATE_LATE ? SST_REDIS_FATE_FINE : fate;
}

/* Waits until one of them has something, or until the time is over. */
static sst_redis_fate_t wait_for_some(sst_redis_tracks_t *tracks,
                                      struct pollfd *fds, apr_time_t until)
{
    apr_interval_time_t left = until - sst_uptime();
    int i;

    for (i = 0; i < tracks->count; i++) {
        fds[i].fd = tracks->items[i].conn.fd;
        fds[i].events = POLLIN;
        fds[i].revents = 0;
    }
    fds[i].fd = tracks->wake_fd;
    fds[i].events = POLLIN;
    fds[i].revents = 0;
    if (poll(fds, (nfds_t) tracks->count + 1,
             left > 0 ? (int) apr_time_as_msec(left) + 1 : 0) < 0
        && errno != EINTR) {
        return SST_REDIS_FATE_LOST;
    }
    return fds[i].revents != 0 ? SST_REDIS_FATE_WOKEN : SST_REDIS_FATE_FINE;
}

sst_redis_fate_t sst_redis_tracks_hear(sst_redis_tracks_t *tracks,
                                       apr_time_t until)
{
    struct pollfd fds[SST_REDIS_TRACKS_MAX + 1];
    sst_redis_fate_t fate;
    int i;

    do {
        fate = wait_for_some(tracks, fds, until);
        for (i = 0; i < tracks->count && fate == SST_REDIS_FATE_FINE; i++) {
            if (fds[i].revents != 0) {
                fate = hear_track(tracks, &tracks->items[i]);
            }
        }
    } while (fate == SST_REDIS_FATE_FINE && sst_uptime() < until);
    return fate;
}
