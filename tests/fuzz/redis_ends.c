/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A piece of the input as what a server says on a connection. */

#include "tests/fuzz/redis_ends.h"

#include <errno.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define CONNECTIONS_MAX 64

static int ends[CONNECTIONS_MAX];
static int end_count;

/* The socket is one end of a pair from now on, whose other end has said all it
 * has to say.
 */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    sst_span_t piece;
    int pair[2];

    (void) address;
    (void) len;
    if (end_count == CONNECTIONS_MAX || !feed_piece(&piece)) {
        errno = ECONNREFUSED;
        return -1;
    }
    fuzz_require(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0
                 && (piece.len == 0
                     || write(pair[1], piece.data, piece.len)
                        == (ssize_t) piece.len)
                 && shutdown(pair[1], SHUT_WR) == 0
                 && dup2(pair[0], fd) == fd, "there is a connection");
    (void) close(pair[0]);
    ends[end_count++] = pair[1];
    return 0;
}

int __wrap_sst_stray_start(sst_stray_t *out, void *(*function)(void *),
                           void *data)
{
    (void) out;
    (void) function;
    (void) data;
    return 0;
}

void redis_ends_close(void)
{
    while (end_count > 0) {
        (void) close(ends[--end_count]);
    }
}
