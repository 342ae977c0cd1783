/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The meta box's plain text: version, time, size, life, client, users, names.
 */

#include "lib/meta.h"

#include <string.h>

#define META_VERSION 2
#define FIXED_LEN (1 + 8 + 4 + 4)       /* version, time, size, life */

static apr_size_t text_size(const char *text)
{
    return strlen(text) + 1;
}

static apr_size_t list_size(const apr_array_header_t *list)
{
    apr_size_t size = 4;
    int i;

    for (i = 0; i < list->nelts; i++) {
        size += text_size(APR_ARRAY_IDX(list, i, const char *));
    }
    return size;
}

static void write_text(sst_writer_t *writer, const char *text)
{
    sst_write_bytes(writer, sst_span(text, text_size(text)));
}

static void write_list(sst_writer_t *writer, const apr_array_header_t *list)
{
    int i;

    sst_write_u32(writer, (apr_uint32_t) list->nelts);
    for (i = 0; i < list->nelts; i++) {
        write_text(writer, APR_ARRAY_IDX(list, i, const char *));
    }
}

sst_span_t sst_meta_encode(const sst_meta_t *meta, apr_pool_t *pool)
{
    apr_size_t size = FIXED_LEN + text_size(meta->client)
                      + list_size(meta->users) + list_size(meta->names);
    sst_writer_t writer = sst_writer(apr_palloc(pool, size), size);

    sst_write_u8(&writer, META_VERSION);
    sst_write_u64(&writer, (apr_uint64_t) meta->saved_s);
    sst_write_u32(&writer, meta->size);
    sst_write_u32(&writer, meta->life_s);
    write_text(&writer, meta->client);
    write_list(&writer, meta->users);
    write_list(&writer, meta->names);
    return sst_written(&writer);
}

static void read_list(apr_array_header_t *list, sst_reader_t *reader)
{
    apr_uint32_t left = sst_read_u32(reader);

    while (left > 0 && !reader->failed) {
        sst_span_t text = sst_read_cstring(reader);

        if (!reader->failed) {
            APR_ARRAY_PUSH(list, const char *) = (const char *) text.data;
        }
        left--;
    }
}

void sst_meta_clear(sst_meta_t *out, apr_pool_t *pool)
{
    memset(out, 0, sizeof(*out));
    out->users = apr_array_make(pool, 1, sizeof(const char *));
    out->names = apr_array_make(pool, 8, sizeof(const char *));
    out->client = "";
}

sst_status_t sst_meta_decode(sst_meta_t *out, sst_span_t bytes,
                             sst_error_t *err, apr_pool_t *pool)
{
    sst_reader_t reader = sst_reader(bytes);
    apr_byte_t version = sst_read_u8(&reader);
    sst_span_t client;

    sst_meta_clear(out, pool);
    out->saved_s = (apr_int64_t) sst_read_u64(&reader);
    out->size = sst_read_u32(&reader);
    out->life_s = sst_read_u32(&reader);
    client = sst_read_cstring(&reader);
    read_list(out->users, &reader);
    read_list(out->names, &reader);
    if (reader.failed || reader.rest.len > 0 || version != META_VERSION) {
        sst_meta_clear(out, pool);
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a session's description cannot be read");
    }
    out->client = (const char *) client.data;
    return SST_OK;
}
