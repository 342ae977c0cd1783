/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The HTTP client on libcurl: the only file that includes its headers. */

#include "lib/transport/http.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include <curl/curl.h>

#include "lib/clock.h"

/* Servers close a connection that idles for long; one of this age is not
 * tried any more.
 */
#define IDLE_MAX_S 50L
#define ANSWER_START 4096
#define LINE_MAX_LEN 200

/* An easy handle keeps its connection: one for each call at the same time. */
typedef struct handle_t {
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    int used;                       /* has had a connection before */
    apr_uint32_t failures;          /* the client's, when it looked last */
    struct handle_t *next;          /* guarded by the client's mutex */
} handle_t;

struct sst_http_t {
    apr_thread_mutex_t *mutex;      /* guards idle, all and pool */
    handle_t *idle;                 /* last used first: its connection lives */
    apr_array_header_t *all;        /* handle_t *, for the end */
    const char *ca;
    apr_pool_t *pool;               /* of the handles */
    apr_uint32_t cancelled;         /* atomic */
    apr_uint32_t failures;          /* atomic: calls that brought no answer */
};

/* One answer while it comes in. */
typedef struct incoming_t {
    sst_http_t *http;
    unsigned char *data;
    apr_size_t len;
    apr_size_t cap;
    apr_size_t max;
    int too_long;
    apr_table_t *headers;
    apr_pool_t *pool;
} incoming_t;

/* --- The client --- */

static apr_status_t http_cleanup(void *data)
{
    sst_http_t *http = data;
    int i;

    for (i = 0; i < http->all->nelts; i++) {
        curl_easy_cleanup(APR_ARRAY_IDX(http->all, i, handle_t *)->curl);
    }
    curl_global_cleanup();
    return APR_SUCCESS;
}

sst_status_t sst_http_make(sst_http_t **out, const char *ca, sst_error_t *err,
                           apr_pool_t *pool)
{
    sst_http_t *http = apr_pcalloc(pool, sizeof(*http));
    apr_status_t rv;

    *out = NULL;
    http->all = apr_array_make(pool, 16, sizeof(handle_t *));
    http->ca = ca;
    rv = apr_pool_create(&http->pool, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&http->mutex, APR_THREAD_MUTEX_DEFAULT,
                                     pool);
    }
    if (rv != APR_SUCCESS
        || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return sst_error_set(err, SST_INTERNAL, rv,
                             "libcurl could not be started");
    }
    apr_pool_cleanup_register(pool, http, http_cleanup,
                              apr_pool_cleanup_null);
    *out = http;
    return SST_OK;
}

void sst_http_cancel(sst_http_t *http)
{
    apr_atomic_set32(&http->cancelled, 1);
}

int sst_http_is_cancelled(sst_http_t *http)
{
    return apr_atomic_read32(&http->cancelled) != 0;
}

static handle_t *handle_new(sst_http_t *http)
{
    handle_t *handle = apr_pcalloc(http->pool, sizeof(*handle));

    handle->curl = curl_easy_init();
    if (handle->curl == NULL) {
        return NULL;
    }
    APR_ARRAY_PUSH(http->all, handle_t *) = handle;
    return handle;
}

static handle_t *handle_take(sst_http_t *http)
{
    handle_t *handle;

    (void) apr_thread_mutex_lock(http->mutex);
    handle = http->idle;
    if (handle != NULL) {
        http->idle = handle->next;
    }
    else {
        handle = handle_new(http);
    }
    (void) apr_thread_mutex_unlock(http->mutex);
    return handle;
}

static void handle_give(sst_http_t *http, handle_t *handle)
{
    /* Drops the pointers to the caller's memory, and keeps the connection. */
    curl_easy_reset(handle->curl);
    (void) apr_thread_mutex_lock(http->mutex);
    handle->next = http->idle;
    http->idle = handle;
    (void) apr_thread_mutex_unlock(http->mutex);
}

void sst_http_usage(apr_uint32_t *open, apr_uint32_t *used, sst_http_t *http)
{
    const handle_t *handle;

    (void) apr_thread_mutex_lock(http->mutex);
    *open = (apr_uint32_t) http->all->nelts;
    *used = *open;
    for (handle = http->idle; handle != NULL; handle = handle->next) {
        (*used)--;
    }
    (void) apr_thread_mutex_unlock(http->mutex);
}

/* --- What comes in --- */

/* Room for `more` bytes and a NUL. What is outgrown is wiped, because answers
 * may hold credentials.
 */
static void reserve(incoming_t *in, apr_size_t more)
{
    apr_size_t need = in->len + more + 1;
    unsigned char *bigger;

    if (need <= in->cap) {
        return;
    }
    in->cap = need > 2 * in->cap ? need : 2 * in->cap;
    bigger = apr_palloc(in->pool, in->cap);
    if (in->len > 0) {
        memcpy(bigger, in->data, in->len);
        sst_wipe(in->data, in->len);
    }
    in->data = bigger;
}

static size_t on_body(char *data, size_t size, size_t count, void *baton)
{
    incoming_t *in = baton;
    size_t len = size * count;

    if (len > in->max - in->len) {
        in->too_long = 1;
        return 0;
    }
    reserve(in, len);
    memcpy(in->data + in->len, data, len);
    in->len += len;
    return len;
}

static size_t on_header(char *data, size_t size, size_t count, void *baton)
{
    incoming_t *in = baton;
    char *line = apr_pstrmemdup(in->pool, data, size * count);
    char *value = strchr(line, ':');

    if (strncmp(line, "HTTP/", 5) == 0) {
        apr_table_clear(in->headers);
    }
    else if (value != NULL) {
        *value++ = '\0';
        while (apr_isspace(*value)) {
            value++;
        }
        value[strcspn(value, "\r\n")] = '\0';
        apr_table_setn(in->headers, line, value);
    }
    return size * count;
}

static int on_progress(void *baton, curl_off_t down_total, curl_off_t down,
                       curl_off_t up_total, curl_off_t up)
{
    incoming_t *in = baton;

    return sst_http_is_cancelled(in->http);
}

/* --- One call --- */

static long milliseconds(apr_interval_time_t span)
{
    return span < 1000 ? 1L : (long) (span / 1000);
}

static void set_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_times(CURL *curl, const sst_http_request_t *request,
                      apr_interval_time_t left)
{
    apr_interval_time_t connect = request->connect_timeout;

    if (connect <= 0 || connect > left) {
        connect = left;
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(left));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x074100
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Else a call that gave up waits for the resolver's thread, beyond its
     * deadline.
     */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/* libcurl keeps addresses for a minute, with each handle. After a call without
 * an answer, of any handle, the name is looked up anew: it may point elsewhere
 * by now.
 */
static void set_names(handle_t *handle, sst_http_t *http)
{
    apr_uint32_t failures = apr_atomic_read32(&http->failures);

    if (handle->failures != failures) {
        handle->failures = failures;
        curl_easy_setopt(handle->curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    }
}

/* With a file of authorities, no others: libcurl would look into the system's
 * folder as well. NULL is no way to say so, as it brings that folder back from
 * 8.21 on. A file is a folder that nothing can lie in.
 */
static void set_trust(CURL *curl, const char *ca)
{
    if (ca != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, ca);
    }
}

static void set_body(CURL *curl, const sst_http_request_t *request)
{
    if (strcmp(request->method, "GET") == 0) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t) request->body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                     request->body.len > 0 ? (const char *) request->body.data
                                           : "");
}

static void set_all(handle_t *handle, const sst_http_request_t *request,
                    struct curl_slist *headers, incoming_t *in,
                    apr_interval_time_t left)
{
    CURL *curl = handle->curl;

    handle->error[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle->error);
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, in);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, in);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, in);
    if (request->direct) {
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }
    set_trust(curl, in->http->ca);
    set_protocols(curl);
    set_times(curl, request, left);
    set_names(handle, in->http);
    set_body(curl, request);
}

static struct curl_slist *header_list(const char *const *lines)
{
    struct curl_slist *list = NULL;
    struct curl_slist *longer;

    for (; lines != NULL && *lines != NULL; lines++) {
        longer = curl_slist_append(list, *lines);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

/* Header lines hold tokens and signatures, and libcurl keeps copies. */
static void header_list_free(struct curl_slist *list)
{
    struct curl_slist *item;

    for (item = list; item != NULL; item = item->next) {
        sst_wipe(item->data, strlen(item->data));
    }
    curl_slist_free_all(list);
}

static const char *host_of(const char *url, apr_pool_t *pool)
{
    const char *host = strstr(url, "://");

    host = host != NULL ? host + 3 : url;
    return apr_pstrndup(pool, host, strcspn(host, "/?"));
}

static sst_status_t call_failed(const handle_t *handle, CURLcode code,
                                const incoming_t *in,
                                const sst_http_request_t *request,
                                sst_error_t *err)
{
    const char *host = host_of(request->url, in->pool);
    const char *why = handle->error[0] != '\0' ? handle->error
                                               : curl_easy_strerror(code);

    if (in->too_long) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "%s: the answer is longer than %" APR_SIZE_T_FMT
                             " bytes", host, in->max);
    }
    return sst_error_set(err,
                         code == CURLE_OPERATION_TIMEDOUT ? SST_TIMEOUT
                                                          : SST_UNAVAILABLE,
                         APR_SUCCESS, "%s: %s", host, why);
}

static sst_status_t perform(sst_http_answer_t *out, handle_t *handle,
                            const sst_http_request_t *request, incoming_t *in,
                            sst_error_t *err)
{
    int used = handle->used;
    long connects = 0;
    long code = 0;
    CURLcode result = curl_easy_perform(handle->curl);

    handle->used = 1;
    if (result != CURLE_OK) {
        (void) apr_atomic_inc32(&in->http->failures);
        sst_wipe(in->data, in->len);
        return call_failed(handle, result, in, request, err);
    }
    curl_easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(handle->curl, CURLINFO_NUM_CONNECTS, &connects);
    in->data[in->len] = '\0';
    out->code = (int) code;
    out->headers = in->headers;
    out->reconnected = used && connects > 0;
    out->body = sst_span(in->data, in->len);
    return SST_OK;
}

static void incoming_init(incoming_t *in, sst_http_t *http,
                          const sst_http_request_t *request, apr_pool_t *pool)
{
    memset(in, 0, sizeof(*in));
    in->http = http;
    in->max = request->answer_max;
    in->headers = apr_table_make(pool, 8);
    in->pool = pool;
    in->cap = ANSWER_START;
    in->data = apr_palloc(pool, in->cap);
}

sst_status_t sst_http_call(sst_http_answer_t *out, sst_http_t *http,
                           const sst_http_request_t *request,
                           sst_error_t *err, apr_pool_t *pool)
{
    apr_interval_time_t left = request->deadline - sst_clock();
    struct curl_slist *headers;
    incoming_t in;
    handle_t *handle;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    if (left <= 0) {
        return sst_error_set(err, SST_TIMEOUT, APR_SUCCESS,
                             "%s: no time was left for a call",
                             host_of(request->url, pool));
    }
    incoming_init(&in, http, request, pool);
    headers = header_list(request->headers);
    handle = handle_take(http);
    if (handle == NULL || (headers == NULL && request->headers != NULL
                           && request->headers[0] != NULL)) {
        status = sst_error_set(err, SST_INTERNAL, APR_ENOMEM,
                               "libcurl is out of memory");
    }
    else {
        set_all(handle, request, headers, &in, left);
        status = perform(out, handle, request, &in, err);
    }
    if (handle != NULL) {
        handle_give(http, handle);
    }
    header_list_free(headers);
    return status;
}

const char *sst_http_line(sst_span_t body, apr_pool_t *pool)
{
    char *line = apr_pstrmemdup(pool, (const char *) body.data,
                                body.len < LINE_MAX_LEN ? body.len
                                                        : LINE_MAX_LEN);
    char *c;

    for (c = line; *c != '\0'; c++) {
        if (!apr_isprint(*c)) {
            *c = ' ';
        }
    }
    return line;
}

/* --- URLs --- */

/* A part of a URL in `pool`; "" when it has none. */
static const char *url_part(CURLU *parsed, CURLUPart part, apr_pool_t *pool)
{
    char *text = NULL;
    char *copy = apr_pstrdup(pool, "");

    if (curl_url_get(parsed, part, &text, 0) == CURLUE_OK) {
        copy = apr_pstrdup(pool, text);
    }
    curl_free(text);
    return copy;
}

static const char *lower_case(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text);
    char *c;

    for (c = copy; *c != '\0'; c++) {
        *c = (char) apr_tolower(*c);
    }
    return copy;
}

static int url_is_plain(CURLU *parsed, const char *scheme, const char *host,
                        apr_pool_t *pool)
{
    return (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)
        && host[0] != '\0'
        && url_part(parsed, CURLUPART_USER, pool)[0] == '\0'
        && url_part(parsed, CURLUPART_QUERY, pool)[0] == '\0'
        && url_part(parsed, CURLUPART_FRAGMENT, pool)[0] == '\0';
}

/* curl sends the port unless it is the scheme's own, and so it is signed. */
static const char *with_port(const char *scheme, const char *host,
                             const char *port, apr_pool_t *pool)
{
    const char *own = strcmp(scheme, "https") == 0 ? "443" : "80";

    if (port[0] == '\0' || strcmp(port, own) == 0) {
        return host;
    }
    return apr_pstrcat(pool, host, ":", port, (char *) NULL);
}

sst_status_t sst_http_url_parse(sst_http_url_t *out, const char *url,
                                sst_error_t *err, apr_pool_t *pool)
{
    CURLU *parsed = curl_url();
    sst_status_t status = SST_INVALID;
    const char *scheme;
    const char *host;

    memset(out, 0, sizeof(*out));
    if (parsed != NULL
        && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK) {
        scheme = url_part(parsed, CURLUPART_SCHEME, pool);
        host = lower_case(url_part(parsed, CURLUPART_HOST, pool), pool);
        if (url_is_plain(parsed, scheme, host, pool)) {
            out->scheme = scheme;
            out->host = host;
            out->host_port = with_port(scheme, host,
                                       url_part(parsed, CURLUPART_PORT, pool),
                                       pool);
            out->path = url_part(parsed, CURLUPART_PATH, pool);
            status = SST_OK;
        }
    }
    curl_url_cleanup(parsed);
    if (status != SST_OK) {
        (void) sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "not a plain http or https URL");
    }
    return status;
}
