/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Addresses of nodes, parsed. */

#include "lib/transport/redis_address.h"

#include <string.h>

#include <apr_strings.h>

static sst_status_t bad_address(sst_span_t text, sst_error_t *err)
{
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "\"%.*s\" is no address of a Redis node: write "
                         "host, host:port or [IPv6]:port",
                         text.len > 80 ? 80 : (int) text.len,
                         text.len > 0 ? (const char *) text.data : "");
}

void sst_redis_address_unix(sst_redis_address_t *out, const char *path,
                            apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    out->path = apr_pstrdup(pool, path);
    out->name = out->path;
}

void sst_redis_address_tcp(sst_redis_address_t *out, sst_span_t host,
                           apr_uint16_t port, apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    out->host = apr_pstrmemdup(pool, (const char *) host.data, host.len);
    out->port = port;
    out->name = apr_psprintf(pool, strchr(out->host, ':') ? "[%s]:%d"
                                                          : "%s:%d",
                             out->host, (int) port);
}

/* Where the host ends; the rest is empty or begins with the port's colon. */
static const char *find_port(const char *text, apr_size_t len, int announced)
{
    const char *end = text + len;
    const char *colon;

    if (len > 0 && text[0] == '[') {
        const char *bracket = memchr(text, ']', len);

        return bracket ? bracket + 1 : NULL;
    }
    colon = memchr(text, ':', len);
    if (colon != NULL && announced) {
        while (end[-1] != ':') {
            end--;
        }
        colon = end - 1;
    }
    return colon ? colon : end;
}

static int host_is_sane(sst_span_t host)
{
    apr_size_t i;

    for (i = 0; i < host.len; i++) {
        if (host.data[i] <= ' ' || host.data[i] >= 0x7f
            || strchr("/@[],?#\\\"'", host.data[i]) != NULL) {
            return 0;
        }
    }
    return host.len > 0 && host.len <= 255;
}

sst_status_t sst_redis_address_parse(sst_redis_address_t *out,
                                     sst_span_t text, apr_uint16_t port,
                                     int announced, sst_error_t *err,
                                     apr_pool_t *pool)
{
    const char *start = (const char *) text.data;
    const char *after = text.len > 0
        ? find_port(start, text.len, announced) : NULL;
    apr_uint64_t number = port;
    sst_span_t host;

    memset(out, 0, sizeof(*out));
    if (after == NULL) {
        return bad_address(text, err);
    }
    host = sst_span(start, (apr_size_t) (after - start));
    if (start[0] == '[') {
        host = sst_span(start + 1, host.len - 2);
    }
    if (after != start + text.len) {
        apr_size_t len = text.len - (apr_size_t) (after - start) - 1;

        if (*after != ':'
            || sst_decimal_decode(&number, sst_span(after + 1, len))
               != SST_OK) {
            return bad_address(text, err);
        }
    }
    if (!host_is_sane(host) || number < 1 || number > 65535) {
        return bad_address(text, err);
    }
    sst_redis_address_tcp(out, host, (apr_uint16_t) number, pool);
    return SST_OK;
}
