/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A socket under OpenSSL that never raises SIGPIPE: OpenSSL's own uses
 * write(), and not every program that uses us may ignore the signal.
 */
#ifndef SST_REDIS_TLS_SOCKET_H
#define SST_REDIS_TLS_SOCKET_H

#include <openssl/bio.h>

/* The kind of BIO, one for all sockets; NULL when there is no memory. */
BIO_METHOD *sst_redis_tls_socket_method(void);

/* A BIO over `fd`, which stays the caller's; NULL when there is no memory. */
BIO *sst_redis_tls_socket(const BIO_METHOD *method, int fd);

#endif
