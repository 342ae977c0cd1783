/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* From what the command line says to sessions. */

#include "support/select.h"

#include <string.h>

#include "support/progress.h"

/* The name of a session in httpd's log has so many digits. */
#define DIGITS_MIN 8

sst_exit_t sst_select_before(apr_int64_t *out, const sst_cli_t *cli)
{
    const char *text = cli->args->older_than;
    apr_interval_time_t age;

    *out = 0;
    if (text == NULL) {
        return SST_EXIT_DONE;
    }
    if (sst_duration_parse(&age, text) != SST_OK) {
        return sst_cli_misused(cli, "\"%s\" is no time: allowed are times "
                               "such as 90s, 20m, 12h and 30d", text);
    }
    *out = apr_time_sec(apr_time_now() - age);
    if (*out <= 0) {
        return sst_cli_misused(cli, "\"%s\" is before all times", text);
    }
    return SST_EXIT_DONE;
}

int sst_select_is_older(const sst_summary_t *summary, apr_int64_t before_s)
{
    return before_s == 0
           || (summary->created_s != 0 && summary->created_s < before_s);
}

/* --- One session --- */

/* A search for the beginning of a row. */
typedef struct search_t {
    const char *text;
    const sst_place_t *place;       /* that is searched now */
    const sst_place_t *found_in;    /* NULL: nothing was found yet */
    sst_row_t found;
    int several;
    sst_progress_t progress;
} search_t;

static sst_status_t compare(void *baton, const sst_summary_t *summary,
                            apr_pool_t *pool)
{
    search_t *search = baton;
    char hex[SST_ROW_HEX_LEN + 1];

    sst_progress_step(&search->progress);
    sst_row_hex(hex, &summary->row);
    if (strncmp(hex, search->text, strlen(search->text)) != 0) {
        return SST_OK;
    }
    /* A scan may show a session twice, and so may two places that share it. */
    if (search->found_in == NULL) {
        search->found = summary->row;
        search->found_in = search->place;
    }
    else if (!sst_row_equal(&search->found, &summary->row)) {
        search->several = 1;
    }
    return SST_OK;
}

static sst_exit_t search_places(search_t *search, const sst_cli_t *cli,
                                const apr_array_header_t *places)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    sst_progress_begin(&search->progress, cli, 0);
    for (i = 0; i < places->nelts; i++) {
        sst_error_t err;

        search->place = &APR_ARRAY_IDX(places, i, sst_place_t);
        if (search->place->store->ops->carried) {
            continue;           /* has no rows */
        }
        err = search->place->broken;
        if (err.status != SST_OK
            || sst_admin_scan(sst_place_admin(search->place), compare, search,
                              &err, cli->pool) != SST_OK) {
            sst_progress_end(&search->progress);
            result = sst_cli_failed(cli, &err);
        }
    }
    sst_progress_end(&search->progress);
    if (search->several) {
        return sst_cli_fail(cli, "several sessions begin with %s: give more "
                            "of the row", search->text);
    }
    /* Where a place could not be searched, another one may fit too. */
    return result;
}

/* Looks for a whole row in each place. */
static sst_exit_t find_whole(search_t *search, const sst_cli_t *cli,
                             const apr_array_header_t *places)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    for (i = 0; i < places->nelts && search->found_in == NULL; i++) {
        const sst_place_t *place = &APR_ARRAY_IDX(places, i, sst_place_t);
        sst_error_t err = place->broken;
        sst_summary_t summary;
        sst_status_t status = err.status;

        if (place->store->ops->carried) {
            continue;
        }
        if (status == SST_OK) {
            status = sst_admin_find(&summary, sst_place_admin(place),
                                    &search->found, &err, cli->pool);
        }
        if (status == SST_OK) {
            search->found_in = place;
        }
        else if (status != SST_NOT_FOUND) {
            result = sst_cli_failed(cli, &err);
        }
    }
    return search->found_in != NULL ? SST_EXIT_DONE : result;
}

static sst_exit_t check_text(const sst_cli_t *cli, const char *text)
{
    apr_size_t len = strlen(text);

    if (len < DIGITS_MIN || len > SST_ROW_HEX_LEN
        || strspn(text, "0123456789abcdef") != len) {
        return sst_cli_misused(cli, "\"%s\" is no row: allowed are %d to %d "
                               "lower-case hex digits, as in `htsession "
                               "list` and in httpd's log", text, DIGITS_MIN,
                               SST_ROW_HEX_LEN);
    }
    return SST_EXIT_DONE;
}

static sst_exit_t find(search_t *search, const sst_cli_t *cli)
{
    apr_array_header_t *places;
    sst_exit_t result = sst_places_open(&places, cli);

    if (result != SST_EXIT_DONE) {
        return result;
    }
    return sst_row_from_hex(&search->found, sst_span_text(search->text))
           == SST_OK
        ? find_whole(search, cli, places)
        : search_places(search, cli, places);
}

sst_exit_t sst_select_row(sst_summary_t *out, const sst_place_t **place,
                          const sst_cli_t *cli, const char *text)
{
    search_t search;
    sst_error_t err;
    sst_status_t status = SST_NOT_FOUND;
    sst_exit_t result = check_text(cli, text);

    memset(&search, 0, sizeof(search));
    memset(out, 0, sizeof(*out));
    *place = NULL;
    search.text = text;
    if (result == SST_EXIT_DONE) {
        result = find(&search, cli);
    }
    if (result != SST_EXIT_DONE) {
        return result;
    }
    sst_error_clear(&err);
    if (search.found_in != NULL) {
        *place = search.found_in;
        status = sst_admin_find(out, sst_place_admin(*place), &search.found,
                                &err, cli->pool);
    }
    if (status == SST_NOT_FOUND) {
        return sst_cli_fail(cli, "there is no live session %s", text);
    }
    return status == SST_OK ? SST_EXIT_DONE : sst_cli_failed(cli, &err);
}
