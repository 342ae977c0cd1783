/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Servers made of the input: for targets that are linked with --wrap=connect.
 * Each connection finds the next piece of the input in its socket, and the end
 * of the connection behind it. When there is no more, it is refused. Names lead
 * nowhere: with --wrap=sst_stray_start nobody looks them up.
 */
#ifndef SST_TESTS_FUZZ_REDIS_ENDS_H
#define SST_TESTS_FUZZ_REDIS_ENDS_H

#include <sys/socket.h>

#include "lib/transport/stray.h"
#include "tests/fuzz/feed.h"

FEED_WRAP int __wrap_connect(int fd, const struct sockaddr *address,
                             socklen_t len);

FEED_WRAP int __wrap_sst_stray_start(sst_stray_t *out,
                                     void *(*function)(void *), void *data);

/* Closes the servers' ends, when the library has closed its own. */
void redis_ends_close(void);

#endif
