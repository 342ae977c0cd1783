/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Lines for people and lines of JSON. */

#include "support/output.h"

#include <stdlib.h>
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>
#include <apr_time.h>

/* How many digits of a row and of a key's id name it: as in httpd's log. */
#define SHORT_ROW 8
#define SHORT_KEY 8

/* --- Texts, times, numbers --- */

static const char *formatted(const char *format, apr_int64_t time_s, int utc,
                             apr_pool_t *pool)
{
    char text[40] = "";
    apr_time_exp_t parts;
    apr_size_t len = 0;
    apr_time_t time = apr_time_from_sec(time_s);

    if (utc) {
        (void) apr_time_exp_gmt(&parts, time);
    }
    else {
        (void) apr_time_exp_lt(&parts, time);
    }
    (void) apr_strftime(text, &len, sizeof(text), format, &parts);
    return apr_pstrdup(pool, text);
}

const char *sst_output_time(apr_int64_t time_s, apr_pool_t *pool)
{
    return time_s == 0 ? "-"
           : formatted("%Y-%m-%d %H:%M:%S", time_s, 0, pool);
}

const char *sst_output_minute(apr_int64_t time_s, apr_pool_t *pool)
{
    return time_s == 0 ? "-" : formatted("%Y-%m-%d %H:%M", time_s, 0, pool);
}

const char *sst_output_text(const char *text, apr_pool_t *pool)
{
    return apr_pescape_echo(pool, text, 0);
}

const char *sst_output_count(apr_uint64_t count, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT " session%s", count,
                        count == 1 ? "" : "s");
}

/* A list of texts for people: "a, b". */
static const char *listed(const apr_array_header_t *texts, apr_pool_t *pool)
{
    apr_array_header_t *shown = apr_array_make(pool, 2 * texts->nelts + 1,
                                               sizeof(char *));
    int i;

    for (i = 0; i < texts->nelts; i++) {
        if (i > 0) {
            APR_ARRAY_PUSH(shown, const char *) = ", ";
        }
        APR_ARRAY_PUSH(shown, const char *)
            = sst_output_text(APR_ARRAY_IDX(texts, i, const char *), pool);
    }
    return texts->nelts > 0 ? apr_array_pstrcat(pool, shown, 0) : "-";
}

static const char *key_text(const unsigned char id[SST_KEY_ID_LEN],
                            apr_pool_t *pool)
{
    char *text = apr_palloc(pool, SST_HEX_LEN(SST_KEY_ID_LEN) + 1);

    sst_hex_encode(text, sst_span(id, SST_KEY_ID_LEN));
    return text;
}

static const char *row_text(const sst_row_t *row, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, SST_ROW_HEX_LEN + 1);

    sst_row_hex(text, row);
    return text;
}

static const char *readable_text(const sst_summary_t *summary)
{
    switch (summary->readable) {
    case SST_OK:
        return "yes";
    case SST_NOT_FOUND:
        return "no: its key is not in the ring";
    default:
        return "no: the record is damaged";
    }
}

/* --- JSON --- */

json_t *sst_output_json_text(const char *text, apr_pool_t *pool)
{
    json_t *value = json_string(text);

    return value != NULL ? value
           : json_string(apr_pescape_echo(pool, text, 0));
}

json_t *sst_output_json_time(apr_int64_t time_s, apr_pool_t *pool)
{
    return time_s == 0 ? json_null()
           : json_string(formatted("%Y-%m-%dT%H:%M:%SZ", time_s, 1, pool));
}

sst_exit_t sst_output_json(const sst_cli_t *cli, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    sst_exit_t result;

    json_decref(object);
    if (text == NULL) {
        return sst_cli_fail(cli, "no memory to write JSON");
    }
    result = sst_cli_show(cli, text);
    if (result == SST_EXIT_DONE) {
        result = sst_cli_show(cli, "\n");
    }
    free(text);
    return result;
}

static json_t *list_json(const apr_array_header_t *texts, apr_pool_t *pool)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < texts->nelts; i++) {
        (void) json_array_append_new(
            list, sst_output_json_text(APR_ARRAY_IDX(texts, i, const char *),
                                       pool));
    }
    return list;
}

static json_t *session_json(const sst_place_t *place,
                            const sst_summary_t *summary, apr_pool_t *pool)
{
    const sst_meta_t *meta = &summary->meta;
    json_t *object = json_object();

    (void) json_object_set_new(object, "store",
                               sst_output_json_text(place->store->name, pool));
    (void) json_object_set_new(object, "row",
                               json_string(row_text(&summary->row, pool)));
    (void) json_object_set_new(object, "users", list_json(meta->users, pool));
    (void) json_object_set_new(object, "created",
                               sst_output_json_time(summary->created_s, pool));
    (void) json_object_set_new(object, "seen",
                               sst_output_json_time(summary->seen_s, pool));
    (void) json_object_set_new(object, "saved",
                               sst_output_json_time(meta->saved_s, pool));
    (void) json_object_set_new(object, "idle_end",
                               sst_output_json_time(summary->expires_s, pool));
    (void) json_object_set_new(object, "absolute_end",
                               sst_output_json_time(summary->deadline_s,
                                                    pool));
    (void) json_object_set_new(object, "size",
                               json_integer((json_int_t) meta->size));
    (void) json_object_set_new(object, "entries",
                               list_json(meta->names, pool));
    (void) json_object_set_new(object, "client",
                               sst_output_json_text(meta->client, pool));
    (void) json_object_set_new(object, "key",
                               json_string(key_text(summary->key_id, pool)));
    (void) json_object_set_new(object, "key_known",
                               json_boolean(summary->key_index >= 0));
    (void) json_object_set_new(object, "overlaid",
                               json_boolean(summary->overlaid));
    (void) json_object_set_new(object, "readable",
                               json_boolean(summary->readable == SST_OK));
    return object;
}

/* --- Lines --- */

/* Columns of the same width on every line, without knowing what is to come:
 * users and entries, whose lengths nobody knows, stand last.
 */
#define LINE "%-8s  %-16s  %-16s  %-16s  %-16s  %8s  %-8s  %-16s  %s\n"

sst_exit_t sst_output_head(const sst_cli_t *cli, const sst_place_t *place)
{
    if (cli->args->json) {
        return SST_EXIT_DONE;
    }
    return sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s\n" LINE, place->store->name, "ROW", "CREATED",
        "LAST SEEN", "IDLE END", "ABSOLUTE END", "BYTES", "KEY", "USER",
        "ENTRIES"));
}

static const char *line_of(const sst_summary_t *summary, apr_pool_t *pool)
{
    const sst_meta_t *meta = &summary->meta;
    const char *names = summary->readable == SST_OK
        ? listed(meta->names, pool)
        : apr_psprintf(pool, "(not readable: %s)",
                       summary->readable == SST_NOT_FOUND
                       ? "its key is not in the ring" : "damaged");

    return apr_psprintf(
        pool, LINE, apr_pstrmemdup(pool, row_text(&summary->row, pool),
                                   SHORT_ROW),
        sst_output_minute(summary->created_s, pool),
        sst_output_minute(summary->seen_s, pool),
        sst_output_minute(summary->expires_s, pool),
        sst_output_minute(summary->deadline_s, pool),
        apr_psprintf(pool, "%u", meta->size),
        apr_pstrmemdup(pool, key_text(summary->key_id, pool), SHORT_KEY),
        listed(meta->users, pool), names);
}

sst_exit_t sst_output_session(const sst_cli_t *cli, const sst_place_t *place,
                              const sst_summary_t *summary, apr_pool_t *pool)
{
    return cli->args->json
        ? sst_output_json(cli, session_json(place, summary, pool))
        : sst_cli_show(cli, line_of(summary, pool));
}

#define DETAIL "%-14s%s\n"

sst_exit_t sst_output_details(const sst_cli_t *cli, const sst_place_t *place,
                              const sst_summary_t *summary, apr_pool_t *pool)
{
    const sst_meta_t *meta = &summary->meta;

    if (cli->args->json) {
        return sst_output_json(cli, session_json(place, summary, pool));
    }
    return sst_cli_show(cli, apr_pstrcat(pool,
        apr_psprintf(pool, DETAIL DETAIL DETAIL, "Row",
                     row_text(&summary->row, pool), "Store",
                     place->store->name, "User", listed(meta->users, pool)),
        apr_psprintf(pool, DETAIL DETAIL DETAIL DETAIL DETAIL, "Created",
                     sst_output_time(summary->created_s, pool), "Last seen",
                     sst_output_time(summary->seen_s, pool), "Last saved",
                     sst_output_time(meta->saved_s, pool), "Idle end",
                     sst_output_time(summary->expires_s, pool),
                     "Absolute end",
                     sst_output_time(summary->deadline_s, pool)),
        apr_psprintf(pool, DETAIL DETAIL DETAIL, "Bytes",
                     apr_psprintf(pool, "%u", meta->size), "Entries",
                     listed(meta->names, pool), "Client",
                     meta->client[0] != '\0'
                     ? sst_output_text(meta->client, pool) : "-"),
        apr_psprintf(pool, DETAIL DETAIL DETAIL, "Key",
                     key_text(summary->key_id, pool), "Changes",
                     summary->overlaid ? "set by htsession, not saved yet"
                                       : "-",
                     "Readable", readable_text(summary)), NULL));
}
