/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Headers of applications, taken out of bytes that pass httpd by. */

#include "mod_session_store/raw.h"

#include <string.h>

#include <apr_strings.h>
#include <http_request.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/module.h"
#include "mod_session_store/report.h"
#include "mod_session_store/request.h"
#include "mod_session_store/site.h"
#include "mod_session_store/turn.h"

/* A line of a header that is longer than this is none. */
#define RAW_LINE_MAX 65536

#define NAMES 2

typedef struct raw_t {
    request_rec *r;
    const char *names[NAMES];   /* headers to take out; NULL: none */
    char *line;                 /* the beginning of a line */
    apr_size_t len;
    apr_size_t room;
    int interim;                /* another response will follow this one */
    int begun;                  /* the status line has gone by */
    int dropping;               /* the last line was taken out */
    int dropped;                /* and that has been told */
    int done;                   /* the headers are over */
} raw_t;

/* --- One line --- */

static int is_named(const raw_t *raw, const char *line, apr_size_t len)
{
    int i;

    for (i = 0; i < NAMES; i++) {
        apr_size_t name_len = raw->names[i] ? strlen(raw->names[i]) : 0;

        if (name_len > 0 && len > name_len
            && ap_cstr_casecmpn(line, raw->names[i], name_len) == 0
            && strchr(": \t", line[name_len]) != NULL) {
            return 1;
        }
    }
    return 0;
}

/* 1xx but 101, after which the bytes are no HTTP any more (RFC 9110, 15.2). */
static int is_interim(const char *line, apr_size_t len)
{
    const char *blank = memchr(line, ' ', len);
    apr_size_t at = blank ? (apr_size_t) (blank - line) + 1 : len;

    return len - at >= 3 && line[at] == '1'
           && strncmp(line + at, "101", 3) != 0;
}

/* Whether the whole line that was collected goes on to the client. */
static int passes(raw_t *raw)
{
    const char *line = raw->line;
    int is_end = line[0] == '\n' || (line[0] == '\r' && line[1] == '\n');

    if (!raw->begun) {
        raw->begun = 1;
        raw->interim = is_interim(line, raw->len);
        if (!raw->interim) {
            /* Nothing of this response can be saved, however long it takes. */
            sst_turn_give(raw->r);
        }
        return 1;
    }
    if (is_end) {
        raw->done = !raw->interim;
        raw->begun = 0;
        raw->dropping = 0;
        return 1;
    }
    /* A line that begins with a blank goes on with the one before. */
    if (line[0] != ' ' && line[0] != '\t') {
        raw->dropping = is_named(raw, line, raw->len);
    }
    if (raw->dropping && !raw->dropped) {
        raw->dropped = 1;
        sst_report_said_nowhere(raw->r);
    }
    return !raw->dropping;
}

/* Adds bytes to the line: 0 when it is too long. */
static int collect(raw_t *raw, const char *bytes, apr_size_t len)
{
    if (len > RAW_LINE_MAX - raw->len) {
        return 0;
    }
    if (raw->len + len > raw->room) {
        apr_size_t room = 2 * (raw->len + len);
        char *line = apr_palloc(raw->r->pool, room);

        if (raw->len > 0) {
            memcpy(line, raw->line, raw->len);
        }
        raw->line = line;
        raw->room = room;
    }
    memcpy(raw->line + raw->len, bytes, len);
    raw->len += len;
    return 1;
}

/* --- Buckets --- */

static apr_status_t pass_line(raw_t *raw, apr_bucket_brigade *out)
{
    apr_status_t rv = APR_SUCCESS;

    if (raw->len > 0) {
        rv = apr_brigade_write(out, NULL, NULL, raw->line, raw->len);
    }
    raw->len = 0;
    return rv;
}

/* Takes what it needs of the bytes of a bucket: *used of them. */
static apr_status_t read_bytes(raw_t *raw, const char *bytes, apr_size_t len,
                               apr_size_t *used, apr_bucket_brigade *out)
{
    apr_status_t rv = APR_SUCCESS;

    *used = 0;
    while (*used < len && !raw->done && rv == APR_SUCCESS) {
        const char *rest = bytes + *used;
        const char *end = memchr(rest, '\n', len - *used);
        apr_size_t part = end ? (apr_size_t) (end - rest) + 1 : len - *used;

        if (!collect(raw, rest, part)) {
            return APR_EGENERAL;
        }
        *used += part;
        if (end != NULL && passes(raw)) {
            rv = pass_line(raw, out);
        }
        else if (end != NULL) {
            raw->len = 0;
        }
    }
    return rv;
}

/* Moves one bucket to `out`, or what passes of it. */
static apr_status_t move_bucket(raw_t *raw, apr_bucket *bucket,
                                apr_bucket_brigade *out)
{
    const char *bytes;
    apr_size_t len;
    apr_size_t used;
    apr_status_t rv = APR_SUCCESS;

    if (raw->done || APR_BUCKET_IS_METADATA(bucket)) {
        if (AP_BUCKET_IS_EOR(bucket) || APR_BUCKET_IS_EOS(bucket)) {
            raw->done = 1;
            rv = pass_line(raw, out);
        }
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(out, bucket);
        return rv;
    }
    rv = apr_bucket_read(bucket, &bytes, &len, APR_BLOCK_READ);
    if (rv == APR_SUCCESS) {
        rv = read_bytes(raw, bytes, len, &used, out);
    }
    if (rv == APR_SUCCESS && used < len) {
        rv = apr_bucket_split(bucket, used);
    }
    if (rv == APR_SUCCESS) {
        apr_bucket_delete(bucket);
    }
    return rv;
}

apr_status_t sst_raw_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    raw_t *raw = filter->ctx;
    apr_bucket_brigade *out = apr_brigade_create(filter->c->pool,
                                                 filter->c->bucket_alloc);
    apr_status_t rv = APR_SUCCESS;

    while (!APR_BRIGADE_EMPTY(brigade) && rv == APR_SUCCESS) {
        rv = move_bucket(raw, APR_BRIGADE_FIRST(brigade), out);
    }
    if (rv != APR_SUCCESS) {
        apr_brigade_destroy(out);
        filter->c->aborted = 1;
        return APR_ECONNABORTED;
    }
    /* The request, and with it what this filter knows, may end below. */
    if (raw->done) {
        ap_remove_output_filter(filter);
    }
    return ap_pass_brigade(filter->next, out);
}

/* --- Where --- */

static int speaks_for_itself(const request_rec *r)
{
    const char *name = r->filename ? strrchr(r->filename, '/') : NULL;

    return name != NULL && strncmp(name + 1, "nph-", 4) == 0;
}

void sst_raw_insert(request_rec *r)
{
    const sst_dir_conf_t *conf = sst_conf_dir(r);
    const session_dir_conf *session = ap_get_module_config(r->per_dir_config,
                                                           &session_module);
    raw_t *raw;

    if ((conf->store == NULL && sst_request_first(r) == NULL)
        || r->main != NULL
        || (!speaks_for_itself(r)
            && apr_table_get(r->headers_in, "Upgrade") == NULL)) {
        return;
    }
    raw = apr_pcalloc(r->pool, sizeof(*raw));
    raw->r = r;
    raw->names[0] = sst_site_header(conf);
    raw->names[1] = session != NULL && session->header_set ? session->header
                                                           : NULL;
    ap_add_output_filter(SST_RAW_FILTER, raw, r, r->connection);
}
