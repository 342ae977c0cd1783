/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Waiting for the socket of a connection, never beyond a deadline. For
 * redis_conn.c.
 */
#ifndef SST_REDIS_WAIT_H
#define SST_REDIS_WAIT_H

#include <apr_time.h>

#include "lib/transport/redis_conn.h"

/* Waits for one of poll's events on the socket. Answers FINE; LATE; LOST when
 * poll fails; WOKEN when the connection's wake_fd has bytes.
 */
sst_redis_fate_t sst_redis_wait(const sst_redis_conn_t *conn, short events,
                                apr_time_t deadline) SST_CHECKED;

/* Waits for what an I/O call said it needs. Answers as sst_redis_wait, and
 * what an end or a failure means for an exchange.
 */
sst_redis_fate_t sst_redis_wait_for(const sst_redis_conn_t *conn,
                                    sst_redis_io_t io,
                                    apr_time_t deadline) SST_CHECKED;

#endif
