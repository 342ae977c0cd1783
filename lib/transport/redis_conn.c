/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The socket and its exchanges. */

#include "lib/transport/redis_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/transport/redis_wait.h"

#define CHUNK 16384     /* read at once: one record of TLS */
#define ELEMENTS_MAX 1000000    /* of an array among the replies */

/* How long a read waits for bytes by itself, which saves a call to poll: most
 * replies are there sooner. Beyond that, poll keeps the deadline.
 */
#define PATIENCE apr_time_from_msec(10)

/* How long after an exchange a connection is taken to be as it was. */
#define TRUSTED apr_time_from_sec(1)

/* hiredis has counted elements as size_t since 1.0. */
#if HIREDIS_MAJOR >= 1
typedef size_t count_t;
#else
typedef int count_t;
#endif

void sst_redis_conn_init(sst_redis_conn_t *conn)
{
    memset(conn, 0, sizeof(*conn));
    conn->fd = -1;
    conn->wake_fd = -1;
}

void sst_redis_conn_close(sst_redis_conn_t *conn)
{
    if (conn->tls != NULL) {
        sst_redis_tls_close(conn->tls);
        conn->tls = NULL;
    }
    if (conn->fd >= 0) {
        close(conn->fd);
        conn->fd = -1;
    }
    if (conn->reader != NULL) {
        redisReaderFree(conn->reader);
        conn->reader = NULL;
    }
}

/* --- Connecting --- */

static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd >= 0
        && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0
            || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Lets the socket wait in reads, for PATIENCE. Who must not wait says so with
 * MSG_DONTWAIT.
 */
static int make_patient(int fd)
{
    struct timeval most = { 0, PATIENCE };

    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)) == 0
        && fcntl(fd, F_SETFL, 0) == 0;
}

/* 0, or the errno of a connect that poll says is over. */
static int socket_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) {
        return errno;
    }
    return error;
}

/* A number for an address: FNV-1a. Two servers of one store that have the same
 * are a matter of chance, of 1 in 2^64.
 */
static apr_uint64_t number_of(const struct sockaddr *address, socklen_t len)
{
    const unsigned char *bytes = (const unsigned char *) address;
    apr_uint64_t number = 0xcbf29ce484222325ULL;
    socklen_t i;

    for (i = 0; i < len; i++) {
        number = (number ^ bytes[i]) * 0x100000001b3ULL;
    }
    return number != 0 ? number : 1;
}

/* 0, or why this endpoint cannot be had. */
static int connect_one(sst_redis_conn_t *conn, const struct sockaddr *address,
                       socklen_t len, apr_time_t deadline)
{
    int on = 1;
    int error = 0;

    conn->fd = open_socket(address->sa_family);
    if (conn->fd < 0) {
        return errno;
    }
    if (connect(conn->fd, address, len) < 0) {
        error = errno;
    }
    if (error == EINPROGRESS) {
        sst_redis_fate_t fate = sst_redis_wait(conn, POLLOUT, deadline);

        error = fate == SST_REDIS_FATE_FINE ? socket_error(conn->fd)
              : fate == SST_REDIS_FATE_WOKEN ? ECANCELED : ETIMEDOUT;
    }
    if (error != 0) {
        sst_redis_conn_close(conn);
        return error;
    }
    conn->patient = make_patient(conn->fd);
    conn->server = number_of(address, len);
    if (address->sa_family != AF_UNIX) {
        (void) setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on,
                          sizeof(on));
        (void) setsockopt(conn->fd, SOL_SOCKET, SO_KEEPALIVE, &on,
                          sizeof(on));
    }
    return 0;
}

/* hiredis makes room for as many elements as the peer says will come. */
static void *create_array(const redisReadTask *task, count_t count)
{
    const sst_redis_conn_t *conn = task->privdata;

    return count <= ELEMENTS_MAX ? conn->defaults->createArray(task, count)
                                 : NULL;
}

static sst_status_t start_reader(sst_redis_conn_t *conn, sst_error_t *err)
{
    conn->reader = redisReaderCreate();
    if (conn->reader != NULL) {
        conn->defaults = conn->reader->fn;
        conn->functions = *conn->defaults;
        conn->functions.createArray = create_array;
        conn->reader->fn = &conn->functions;
        conn->reader->privdata = conn;
        return SST_OK;
    }
    sst_redis_conn_close(conn);
    return sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                         "no memory for a Redis connection");
}

static sst_status_t connect_failed(const char *name, int error,
                                   sst_error_t *err)
{
    char reason[80];

    if (error == ETIMEDOUT) {
        return sst_error_set(err, SST_TIMEOUT, error,
                             "connecting to Redis %s takes longer than "
                             "connect-timeout= or timeout= allows", name);
    }
    return sst_error_set(err, SST_UNAVAILABLE, error,
                         "cannot connect to Redis %s (%s): is it running "
                         "there?", name,
                         apr_strerror(error, reason, sizeof(reason)));
}

sst_status_t sst_redis_conn_tcp(sst_redis_conn_t *conn,
                                const sst_redis_endpoints_t *endpoints,
                                const char *name, apr_time_t deadline,
                                sst_error_t *err)
{
    int error = ETIMEDOUT;
    int i;

    for (i = 0; i < endpoints->count; i++) {
        apr_time_t now = sst_clock();
        apr_time_t share = now + (deadline - now) / (endpoints->count - i);

        error = connect_one(conn, (const struct sockaddr *)
                            &endpoints->addresses[i], endpoints->lens[i],
                            share);
        if (error == 0) {
            return start_reader(conn, err);
        }
    }
    return connect_failed(name, error, err);
}

sst_status_t sst_redis_conn_unix(sst_redis_conn_t *conn, const char *path,
                                 sst_error_t *err)
{
    struct sockaddr_un address;
    int error = ENAMETOOLONG;

    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    if (strlen(path) < sizeof(address.sun_path)) {
        apr_cpystrn(address.sun_path, path, sizeof(address.sun_path));
        error = connect_one(conn, (const struct sockaddr *) &address,
                            sizeof(address), 0);
    }
    return error == 0 ? start_reader(conn, err)
                      : connect_failed(path, error, err);
}

static sst_status_t handshake_failed(sst_redis_fate_t fate, const char *name,
                                     sst_error_t *err)
{
    if (fate == SST_REDIS_FATE_LATE) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "Redis %s did not finish the TLS handshake in "
                             "time: if its port speaks plain text, use "
                             "redis:// without the second s", name);
    }
    return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "Redis %s ended the TLS handshake: see its log, and "
                         "whether it wants a client certificate (cert=)",
                         name);
}

sst_status_t sst_redis_conn_secure(sst_redis_conn_t *conn,
                                   sst_redis_tls_peer_t *peer,
                                   const char *name, apr_time_t deadline,
                                   sst_error_t *err)
{
    sst_redis_io_t io = SST_REDIS_IO_READ;
    sst_redis_fate_t fate = SST_REDIS_FATE_FINE;

    conn->tls = sst_redis_tls_open(peer, conn->fd);
    if (conn->tls == NULL) {
        sst_redis_conn_close(conn);
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "OpenSSL cannot make a TLS connection to %s",
                             name);
    }
    while (fate == SST_REDIS_FATE_FINE && io != SST_REDIS_IO_DONE) {
        io = sst_redis_tls_handshake(conn->tls, err);
        fate = sst_redis_wait_for(conn, io, deadline);
    }
    if (fate == SST_REDIS_FATE_FINE) {
        return SST_OK;
    }
    sst_redis_conn_close(conn);
    return handshake_failed(fate, name, err);
}

/* --- Exchanging --- */

static sst_redis_io_t socket_io(ssize_t count, sst_redis_io_t blocked)
{
    if (count > 0) {
        return SST_REDIS_IO_DONE;
    }
    if (count < 0
        && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return blocked;
    }
    return SST_REDIS_IO_END;
}

static sst_redis_io_t socket_read(sst_redis_conn_t *conn, char *buffer,
                                  apr_size_t *done, int flags)
{
    ssize_t count = recv(conn->fd, buffer, CHUNK, flags);
    sst_redis_io_t io = socket_io(count, SST_REDIS_IO_READ);

    *done = count > 0 ? (apr_size_t) count : 0;
    return io;
}

static sst_redis_io_t conn_read(sst_redis_conn_t *conn, char *buffer,
                                apr_size_t *done, sst_error_t *err)
{
    return conn->tls != NULL
        ? sst_redis_tls_read(conn->tls, buffer, CHUNK, done, err)
        : socket_read(conn, buffer, done, MSG_DONTWAIT);
}

static sst_redis_io_t conn_write(sst_redis_conn_t *conn, sst_span_t bytes,
                                 apr_size_t *done, sst_error_t *err)
{
    sst_redis_io_t io;
    ssize_t count;

    if (conn->tls != NULL) {
        return sst_redis_tls_write(conn->tls, (const char *) bytes.data,
                                   bytes.len, done, err);
    }
    count = send(conn->fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    io = socket_io(count, SST_REDIS_IO_WRITE);
    *done = count > 0 ? (apr_size_t) count : 0;
    return io;
}

static sst_redis_fate_t send_all(sst_redis_conn_t *conn, sst_span_t bytes,
                                 apr_time_t deadline, sst_error_t *err)
{
    sst_redis_fate_t fate = SST_REDIS_FATE_FINE;

    while (fate == SST_REDIS_FATE_FINE && bytes.len > 0) {
        apr_size_t done = 0;

        fate = sst_redis_wait_for(conn, conn_write(conn, bytes, &done, err),
                                  deadline);
        bytes.data += done;
        bytes.len -= done;
    }
    return fate;
}

/* Takes the replies that are complete. Answers 0 when the bytes are not
 * Redis' protocol.
 */
static int take_replies(sst_redis_replies_t *out, sst_redis_conn_t *conn,
                        int count)
{
    while (out->count < count) {
        void *reply = NULL;

        if (redisReaderGetReply(conn->reader, &reply) != REDIS_OK) {
            return 0;
        }
        if (reply == NULL) {
            break;
        }
        out->items[out->count++] = reply;
    }
    return 1;
}

static sst_redis_fate_t garbled(const char *name, sst_error_t *err)
{
    (void) sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "what answers at %s does not speak Redis' protocol: "
                         "check host and port", name);
    return SST_REDIS_FATE_GARBLED;
}

/* 1 when a read may wait by itself. Not in TLS, which reads until it has a
 * whole record, however slowly that comes.
 */
static int may_wait_in_read(const sst_redis_conn_t *conn, apr_time_t deadline)
{
    return conn->patient && conn->tls == NULL && conn->wake_fd < 0
        && deadline - sst_clock() >= PATIENCE;
}

/* Reads up to CHUNK bytes; *done may be 0 when more has to come first. The
 * request was sent just now, so there is nothing yet: it is waited for, except
 * where OpenSSL holds bytes that poll does not see.
 */
static sst_redis_fate_t read_some(sst_redis_conn_t *conn, char *buffer,
                                  apr_size_t *done, apr_time_t deadline,
                                  sst_error_t *err)
{
    sst_redis_fate_t fate = SST_REDIS_FATE_FINE;

    if (may_wait_in_read(conn, deadline)) {
        return sst_redis_wait_for(conn, socket_read(conn, buffer, done, 0),
                                  deadline);
    }
    if (conn->tls == NULL || !sst_redis_tls_has_bytes(conn->tls)) {
        fate = sst_redis_wait(conn, POLLIN, deadline);
    }
    if (fate != SST_REDIS_FATE_FINE) {
        return fate;
    }
    return sst_redis_wait_for(conn, conn_read(conn, buffer, done, err),
                              deadline);
}

static sst_redis_fate_t receive(sst_redis_replies_t *out,
                                sst_redis_conn_t *conn, int count,
                                apr_size_t max, const char *name,
                                apr_time_t deadline, sst_error_t *err)
{
    char buffer[CHUNK];
    apr_size_t fed = 0;

    for (;;) {
        apr_size_t done = 0;
        sst_redis_fate_t fate;

        if (!take_replies(out, conn, count)) {
            return garbled(name, err);
        }
        if (out->count >= count) {
            return SST_REDIS_FATE_FINE;
        }
        if (fed > max) {
            (void) sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                                 "Redis %s answers with more than %"
                                 APR_SIZE_T_FMT " bytes: somebody else "
                                 "writes under our prefix=", name, max);
            return SST_REDIS_FATE_GARBLED;
        }
        fate = read_some(conn, buffer, &done, deadline, err);
        if (fate != SST_REDIS_FATE_FINE) {
            return fate;
        }
        fed += done;
        if (done > 0
            && redisReaderFeed(conn->reader, buffer, done) != REDIS_OK) {
            return garbled(name, err);
        }
    }
}

/* A failure that has not said yet what it is. */
static sst_redis_fate_t explain(sst_redis_fate_t fate, const char *name,
                                sst_error_t *err)
{
    if (fate == SST_REDIS_FATE_LOST) {
        (void) sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "Redis %s closed the connection before it "
                             "answered", name);
    }
    else if (fate == SST_REDIS_FATE_LATE) {
        (void) sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "Redis %s did not answer within timeout=",
                             name);
    }
    return fate;
}

sst_redis_fate_t sst_redis_conn_receive(sst_redis_replies_t *out,
                                        sst_redis_conn_t *conn, int count,
                                        apr_size_t max, const char *name,
                                        apr_time_t deadline, sst_error_t *err)
{
    return explain(receive(out, conn, count, max, name, deadline, err), name,
                   err);
}

sst_redis_fate_t sst_redis_conn_exchange(sst_redis_replies_t *out,
                                         sst_redis_conn_t *conn,
                                         sst_span_t bytes, int count,
                                         apr_size_t max, const char *name,
                                         apr_time_t deadline,
                                         sst_error_t *err)
{
    sst_redis_fate_t fate = send_all(conn, bytes, deadline, err);

    /* A server that has closed may have said why before it did. */
    if (fate == SST_REDIS_FATE_FINE || fate == SST_REDIS_FATE_LOST) {
        sst_redis_fate_t answer = receive(out, conn, count, max, name,
                                          deadline, err);

        fate = fate == SST_REDIS_FATE_FINE ? answer : fate;
    }
    return explain(fate, name, err);
}

int sst_redis_conn_is_quiet(const sst_redis_conn_t *conn, apr_time_t now)
{
    char byte;
    ssize_t count;

    if (conn->reader->len != conn->reader->pos) {
        return 0;
    }
    if (now - conn->used_at < TRUSTED) {
        return 1;
    }
    count = recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}
