/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The TLS transport: context, sessions for resumption, streams. */

#include "lib/transport/redis_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "lib/transport/redis_tls_socket.h"

struct sst_redis_tls_t {
    SSL_CTX *ctx;
    BIO_METHOD *socket;
    const char *servername;
};

struct sst_redis_tls_peer_t {
    sst_redis_tls_t *tls;
    const char *name;           /* what the certificate has to name */
    int is_literal;             /* the name is an IP address */
    apr_thread_mutex_t *mutex;  /* guards the session */
    SSL_SESSION *session;       /* of the last connection, or NULL */
};

static apr_status_t tls_free(void *data)
{
    sst_redis_tls_t *tls = data;

    SSL_CTX_free(tls->ctx);
    BIO_meth_free(tls->socket);
    return APR_SUCCESS;
}

/* Takes the newest reason off OpenSSL's queue, which is the thread's and
 * shared with mod_ssl: nothing of ours may stay there.
 */
static const char *take_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return reason ? reason : "no reason given";
}

static sst_status_t option_failed(const char *option, const char *path,
                                  sst_error_t *err)
{
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "%s=%s cannot be used: %s", option, path,
                         take_reason());
}

static int load_ca(SSL_CTX *ctx, const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;
    int is_dir = apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS
        && info.filetype == APR_DIR;

    return SSL_CTX_load_verify_locations(ctx, is_dir ? NULL : path,
                                         is_dir ? path : NULL);
}

static sst_status_t load_files(SSL_CTX *ctx,
                               const sst_redis_tls_options_t *options,
                               sst_error_t *err, apr_pool_t *pool)
{
    const char *key = options->key ? options->key : options->cert;

    ERR_clear_error();
    if (options->ca != NULL && load_ca(ctx, options->ca, pool) != 1) {
        return option_failed("ca", options->ca, err);
    }
    if (options->ca == NULL && SSL_CTX_set_default_verify_paths(ctx) != 1) {
        return option_failed("ca", "(the system's)", err);
    }
    if (options->cert == NULL) {
        return SST_OK;
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, options->cert) != 1) {
        return option_failed("cert", options->cert, err);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1
        || SSL_CTX_check_private_key(ctx) != 1) {
        return option_failed("key", key, err);
    }
    return SST_OK;
}

/* OpenSSL hands over a session whenever the server sent one. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    sst_redis_tls_peer_t *peer = SSL_get_app_data(ssl);
    SSL_SESSION *before;

    apr_thread_mutex_lock(peer->mutex);
    before = peer->session;
    peer->session = session;
    apr_thread_mutex_unlock(peer->mutex);
    SSL_SESSION_free(before);
    return 1;
}

static void set_policy(SSL_CTX *ctx)
{
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                          | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT
                                        | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
}

sst_status_t sst_redis_tls_create(sst_redis_tls_t **out,
                                  const sst_redis_tls_options_t *options,
                                  sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_tls_t *tls = apr_pcalloc(pool, sizeof(*tls));
    sst_status_t status;

    *out = NULL;
    tls->ctx = SSL_CTX_new(TLS_client_method());
    tls->socket = sst_redis_tls_socket_method();
    tls->servername = options->servername;
    apr_pool_cleanup_register(pool, tls, tls_free, apr_pool_cleanup_null);
    if (tls->ctx == NULL || tls->socket == NULL) {
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "OpenSSL cannot make a TLS context: %s",
                             take_reason());
    }
    set_policy(tls->ctx);
    status = load_files(tls->ctx, options, err, pool);
    if (status == SST_OK) {
        *out = tls;
    }
    return status;
}

static apr_status_t peer_free(void *data)
{
    sst_redis_tls_peer_t *peer = data;

    SSL_SESSION_free(peer->session);
    peer->session = NULL;
    return APR_SUCCESS;
}

static int is_ip_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1
        || inet_pton(AF_INET6, name, bytes) == 1;
}

sst_status_t sst_redis_tls_peer_create(sst_redis_tls_peer_t **out,
                                       sst_redis_tls_t *tls, const char *host,
                                       sst_error_t *err, apr_pool_t *pool)
{
    sst_redis_tls_peer_t *peer = apr_pcalloc(pool, sizeof(*peer));
    apr_status_t os;

    *out = NULL;
    peer->tls = tls;
    peer->name = apr_pstrdup(pool, tls->servername ? tls->servername : host);
    peer->is_literal = is_ip_address(peer->name);
    os = apr_thread_mutex_create(&peer->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pool);
    if (os != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, os,
                             "cannot make the lock of a TLS session");
    }
    apr_pool_cleanup_register(pool, peer, peer_free, apr_pool_cleanup_null);
    *out = peer;
    return SST_OK;
}

static int expect_name(SSL *ssl, const sst_redis_tls_peer_t *peer)
{
    if (peer->is_literal) {
        /* SNI may not hold an address (RFC 6066 section 3). */
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
                                             peer->name);
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, peer->name) == 1
        && SSL_set_tlsext_host_name(ssl, peer->name) == 1;
}

static void resume(SSL *ssl, sst_redis_tls_peer_t *peer)
{
    SSL_SESSION *session;

    apr_thread_mutex_lock(peer->mutex);
    session = peer->session;
    if (session != NULL) {
        SSL_SESSION_up_ref(session);
    }
    apr_thread_mutex_unlock(peer->mutex);
    if (session != NULL) {
        SSL_set_session(ssl, session);
        SSL_SESSION_free(session);
    }
}

sst_redis_tls_stream_t *sst_redis_tls_open(sst_redis_tls_peer_t *peer, int fd)
{
    SSL *ssl = SSL_new(peer->tls->ctx);
    BIO *bio = ssl ? sst_redis_tls_socket(peer->tls->socket, fd) : NULL;

    if (bio == NULL || !expect_name(ssl, peer)) {
        BIO_free(bio);
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, peer);
    resume(ssl, peer);
    SSL_set_connect_state(ssl);
    return ssl;
}

/* What to do about a failure that OpenSSL names so. */
static const char *remedy(const char *reason)
{
    if (strstr(reason, "wrong version number") != NULL) {
        return "; the port speaks plain text: use redis:// without the second "
               "s, or its TLS port";
    }
    if (strstr(reason, "alert") != NULL
        && strstr(reason, "certificate") != NULL) {
        return "; it wants a client certificate that it accepts: see cert= "
               "and key=";
    }
    return "";
}

static void set_failure(SSL *ssl, sst_error_t *err)
{
    const sst_redis_tls_peer_t *peer = SSL_get_app_data(ssl);
    long verified = SSL_get_verify_result(ssl);
    const char *reason = take_reason();

    if (verified != X509_V_OK) {
        (void) sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "the certificate of %s was not accepted: %s; "
                             "check ca= and servername=", peer->name,
                             X509_verify_cert_error_string(verified));
        return;
    }
    (void) sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                         "TLS with %s failed: %s%s", peer->name, reason,
                         remedy(reason));
}

static sst_redis_io_t judge(SSL *ssl, int result, sst_error_t *err)
{
    int code;

    if (result > 0) {
        return SST_REDIS_IO_DONE;
    }
    code = SSL_get_error(ssl, result);
    switch (code) {
    case SSL_ERROR_WANT_READ:
        return SST_REDIS_IO_READ;
    case SSL_ERROR_WANT_WRITE:
        return SST_REDIS_IO_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return SST_REDIS_IO_END;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        return SST_REDIS_IO_END;
    default:
        break;
    }
    /* A close without TLS's farewell is an end like any other: what was asked
     * is told by its length, not by the end of the stream.
     */
    if (strstr(ERR_reason_error_string(ERR_peek_last_error())
               ? ERR_reason_error_string(ERR_peek_last_error()) : "",
               "unexpected eof") != NULL) {
        ERR_clear_error();
        return SST_REDIS_IO_END;
    }
    set_failure(ssl, err);
    return SST_REDIS_IO_FAILED;
}

sst_redis_io_t sst_redis_tls_handshake(sst_redis_tls_stream_t *stream,
                                       sst_error_t *err)
{
    ERR_clear_error();
    return judge(stream, SSL_do_handshake(stream), err);
}

sst_redis_io_t sst_redis_tls_read(sst_redis_tls_stream_t *stream,
                                  char *buffer, apr_size_t len,
                                  apr_size_t *done, sst_error_t *err)
{
    ERR_clear_error();
    *done = 0;
    return judge(stream, SSL_read_ex(stream, buffer, len, done), err);
}

sst_redis_io_t sst_redis_tls_write(sst_redis_tls_stream_t *stream,
                                   const char *bytes, apr_size_t len,
                                   apr_size_t *done, sst_error_t *err)
{
    ERR_clear_error();
    *done = 0;
    return judge(stream, SSL_write_ex(stream, bytes, len, done), err);
}

int sst_redis_tls_has_bytes(const sst_redis_tls_stream_t *stream)
{
    return SSL_has_pending(stream);
}

void sst_redis_tls_close(sst_redis_tls_stream_t *stream)
{
    /* Said to be shut down although it is not: otherwise OpenSSL takes the
     * session for a broken one and it is not resumed.
     */
    SSL_set_shutdown(stream, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(stream);
    ERR_clear_error();
}
