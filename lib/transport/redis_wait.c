/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Waiting by poll. */

#include "lib/transport/redis_wait.h"

#include <errno.h>
#include <poll.h>

#include "lib/clock.h"

static int poll_ms(apr_interval_time_t left)
{
    apr_interval_time_t ms = (left + 999) / 1000;

    return ms > 3600000 ? 3600000 : (int) ms;
}

sst_redis_fate_t sst_redis_wait(const sst_redis_conn_t *conn, short events,
                                apr_time_t deadline)
{
    struct pollfd fds[2];
    nfds_t count = conn->wake_fd >= 0 ? 2 : 1;

    fds[0].fd = conn->fd;
    fds[0].events = events;
    fds[1].fd = conn->wake_fd;
    fds[1].events = POLLIN;
    for (;;) {
        apr_interval_time_t left = deadline - sst_clock();
        int ready;

        if (left <= 0) {
            return SST_REDIS_FATE_LATE;
        }
        fds[0].revents = fds[1].revents = 0;
        ready = poll(fds, count, poll_ms(left));
        if (ready < 0 && errno != EINTR) {
            return SST_REDIS_FATE_LOST;
        }
        if (ready > 0) {
            return fds[1].revents ? SST_REDIS_FATE_WOKEN
                                  : SST_REDIS_FATE_FINE;
        }
    }
}

sst_redis_fate_t sst_redis_wait_for(const sst_redis_conn_t *conn,
                                    sst_redis_io_t io, apr_time_t deadline)
{
    switch (io) {
    case SST_REDIS_IO_READ:
        return sst_redis_wait(conn, POLLIN, deadline);
    case SST_REDIS_IO_WRITE:
        return sst_redis_wait(conn, POLLOUT, deadline);
    case SST_REDIS_IO_FAILED:
        return SST_REDIS_FATE_GARBLED;
    case SST_REDIS_IO_END:
        return SST_REDIS_FATE_LOST;
    case SST_REDIS_IO_DONE:
        break;
    }
    return SST_REDIS_FATE_FINE;
}
