/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Requests, and replies as hiredis reads them.
 *
 * A request is an array of texts, each with its length in front; hiredis'
 * formatter, which goes through printf, takes longer for one with a session in
 * it than AES does.
 */

#include "lib/transport/redis_resp.h"

#include <string.h>

#include <apr_strings.h>

#define HEAD_MAX (1 + SST_DECIMAL_MAX + 2)

static const char end_of_line[] = "\r\n";
static const char asking_command[] = "*1\r\n$6\r\nASKING\r\n";

void sst_redis_request_init(sst_redis_request_t *request, apr_pool_t *pool)
{
    memset(request, 0, sizeof(*request));
    request->pool = pool;
}

static sst_status_t too_many_parts(sst_error_t *err)
{
    return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                         "a Redis request has too many parts");
}

static void write_line_end(sst_writer_t *writer)
{
    sst_write_bytes(writer, sst_span(end_of_line, sizeof(end_of_line) - 1));
}

/* How many elements, or bytes, follow. */
static void write_head(sst_writer_t *writer, char kind, apr_size_t number)
{
    sst_write_u8(writer, (apr_byte_t) kind);
    sst_write_decimal(writer, number);
    write_line_end(writer);
}

sst_status_t sst_redis_request_add(sst_redis_request_t *request, int argc,
                                   const sst_span_t *argv, sst_error_t *err)
{
    sst_writer_t writer;
    apr_size_t len = HEAD_MAX;
    int i;

    if (argc > SST_REDIS_ARGS_MAX
        || request->count == SST_REDIS_COMMANDS_MAX) {
        return too_many_parts(err);
    }
    for (i = 0; i < argc; i++) {
        len += HEAD_MAX + argv[i].len + sizeof(end_of_line) - 1;
    }
    writer = sst_writer(apr_palloc(request->pool, len), len);
    write_head(&writer, '*', (apr_size_t) argc);
    for (i = 0; i < argc; i++) {
        write_head(&writer, '$', argv[i].len);
        sst_write_bytes(&writer, argv[i]);
        write_line_end(&writer);
    }
    request->commands[request->count++] = sst_written(&writer);
    return SST_OK;
}

sst_status_t sst_redis_request_add_formatted(sst_redis_request_t *request,
                                             sst_span_t command,
                                             sst_error_t *err)
{
    if (request->count == SST_REDIS_COMMANDS_MAX) {
        return too_many_parts(err);
    }
    request->commands[request->count++] = command;
    return SST_OK;
}

/* 1 when the commands lie one behind the other already. */
static int are_joined(const sst_redis_request_t *request)
{
    int i;

    for (i = 1; i < request->count; i++) {
        const sst_span_t *before = &request->commands[i - 1];

        if (before->data + before->len != request->commands[i].data) {
            return 0;
        }
    }
    return request->count > 0;
}

sst_span_t sst_redis_request_bytes(const sst_redis_request_t *request,
                                   int asking)
{
    sst_span_t prefix = sst_span(asking_command,
                                 asking ? sizeof(asking_command) - 1 : 0);
    sst_writer_t writer;
    apr_size_t len = 0;
    int i;

    for (i = 0; i < request->count; i++) {
        len += prefix.len + request->commands[i].len;
    }
    if (!asking && are_joined(request)) {
        return sst_span(request->commands[0].data, len);
    }
    writer = sst_writer(apr_palloc(request->pool, len), len);
    for (i = 0; i < request->count; i++) {
        sst_write_bytes(&writer, prefix);
        sst_write_bytes(&writer, request->commands[i]);
    }
    return sst_written(&writer);
}

void sst_redis_request_wipe(sst_redis_request_t *request, sst_span_t bytes)
{
    int i;

    if (bytes.len > 0) {
        sst_wipe((void *) bytes.data, bytes.len);
    }
    for (i = 0; i < request->count; i++) {
        sst_wipe((void *) request->commands[i].data,
                 request->commands[i].len);
    }
    request->count = 0;
}

void sst_redis_replies_init(sst_redis_replies_t *replies)
{
    memset(replies, 0, sizeof(*replies));
}

void sst_redis_replies_clear(sst_redis_replies_t *replies)
{
    int i;

    for (i = 0; i < replies->count; i++) {
        freeReplyObject(replies->items[i]);
        replies->items[i] = NULL;
    }
    replies->count = 0;
    replies->fault = SST_REDIS_FAULT_NONE;
}

const redisReply *sst_redis_replies_error(const sst_redis_replies_t *replies)
{
    int i;

    for (i = 0; i < replies->count; i++) {
        if (replies->items[i]->type == REDIS_REPLY_ERROR) {
            return replies->items[i];
        }
    }
    return NULL;
}

sst_span_t sst_redis_reply_text(const redisReply *reply)
{
    if (reply != NULL
        && (reply->type == REDIS_REPLY_STRING
            || reply->type == REDIS_REPLY_STATUS
            || reply->type == REDIS_REPLY_ERROR)) {
        return sst_span(reply->str, (apr_size_t) reply->len);
    }
    return sst_span(NULL, 0);
}

int sst_redis_reply_mentions(const redisReply *reply, const char *words)
{
    sst_span_t text = sst_redis_reply_text(reply);

    /* A NUL stands behind each text. */
    return text.data != NULL
        && strstr((const char *) text.data, words) != NULL;
}

apr_int64_t sst_redis_reply_number(const redisReply *reply,
                                   apr_int64_t fallback)
{
    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer;
    }
    return fallback;
}

int sst_redis_reply_is_nothing(const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        return 1;
    case REDIS_REPLY_STRING:
        return reply->len == 0;
    case REDIS_REPLY_ARRAY:
        return reply->elements == 0;
    case REDIS_REPLY_INTEGER:
        return reply->integer == 0;
    default:
        return 0;
    }
}

int sst_redis_reply_is_done(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STATUS
        || (reply->type == REDIS_REPLY_INTEGER && reply->integer > 0);
}

const redisReply *sst_redis_reply_at(const redisReply *reply, int index)
{
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY
        && index >= 0 && (size_t) index < reply->elements) {
        return reply->element[index];
    }
    return NULL;
}
