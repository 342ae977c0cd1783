/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* send() and recv() as a BIO. */

#include "lib/transport/redis_tls_socket.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

static int socket_of(BIO *bio)
{
    return (int) (intptr_t) BIO_get_data(bio);
}

static int would_block(ssize_t count)
{
    return count < 0
        && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static int socket_write(BIO *bio, const char *bytes, int len)
{
    ssize_t count = send(socket_of(bio), bytes, (size_t) len,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

    BIO_clear_retry_flags(bio);
    if (would_block(count)) {
        BIO_set_retry_write(bio);
    }
    return (int) count;
}

static int socket_read(BIO *bio, char *buffer, int len)
{
    ssize_t count = recv(socket_of(bio), buffer, (size_t) len,
                         MSG_DONTWAIT);

    BIO_clear_retry_flags(bio);
    if (would_block(count)) {
        BIO_set_retry_read(bio);
    }
    return (int) count;
}

static long socket_ctrl(BIO *bio, int command, long number, void *data)
{
    (void) bio;
    (void) number;
    (void) data;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *sst_redis_tls_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");

    if (method != NULL) {
        BIO_meth_set_write(method, socket_write);
        BIO_meth_set_read(method, socket_read);
        BIO_meth_set_ctrl(method, socket_ctrl);
    }
    return method;
}

BIO *sst_redis_tls_socket(const BIO_METHOD *method, int fd)
{
    BIO *bio = BIO_new((BIO_METHOD *) method);

    if (bio != NULL) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): no other place there */
        BIO_set_data(bio, (void *) (intptr_t) fd);
        BIO_set_init(bio, 1);
    }
    return bio;
}
