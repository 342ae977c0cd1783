/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Servers made of the input: for targets that are linked with --wrap=connect.
 * Each connection finds the next piece of the input in its socket, and the end
 * of the connection behind it. When there is no more, it is refused.
 */
#ifndef SST_TESTS_FUZZ_REDIS_ENDS_H
#define SST_TESTS_FUZZ_REDIS_ENDS_H

#include <sys/socket.h>

#include "tests/fuzz/feed.h"

FEED_WRAP int __wrap_connect(int fd, const struct sockaddr *address,
                             socklen_t len);

/* Closes the servers' ends, when the library has closed its own. */
void redis_ends_close(void);

#endif
