/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession list, show, count: what an administrator may know of sessions. */

#include <string.h>

#include <apr_strings.h>

#include "support/output.h"
#include "support/places.h"
#include "support/progress.h"
#include "support/select.h"

/* Said by the help of each verb that works on a store. */
#define WHICH_STORE \
    "\nWithout --store and --keys, the stores are those of httpd's own\n" \
    "configuration, or of the one that -f, -d and -D name.\n"

/* --- list --- */

typedef struct list_t {
    const sst_cli_t *cli;
    const sst_place_t *place;
    apr_int64_t before_s;       /* 0: whatever their age */
    sst_progress_t progress;
    sst_exit_t result;
} list_t;

static sst_status_t list_one(void *baton, const sst_summary_t *summary,
                             apr_pool_t *pool)
{
    list_t *list = baton;

    sst_progress_step(&list->progress);
    if (sst_select_is_older(summary, list->before_s)) {
        list->result = sst_output_session(list->cli, list->place, summary,
                                          pool);
    }
    /* Output that fails has been reported, and ends the walk. */
    return list->result == SST_EXIT_DONE ? SST_OK : SST_UNAVAILABLE;
}

static sst_status_t list_user(list_t *list, sst_error_t *err)
{
    apr_array_header_t *found;
    sst_status_t status = sst_place_user(&found, list->place,
                                         list->cli->args->user, err,
                                         list->cli->pool);
    int i;

    for (i = 0; status == SST_OK && i < found->nelts; i++) {
        status = list_one(list, &APR_ARRAY_IDX(found, i, sst_summary_t),
                          list->cli->pool);
    }
    return status;
}

static sst_exit_t list_place(void *baton, const sst_cli_t *cli,
                             const sst_place_t *place)
{
    list_t *list = baton;
    sst_status_t status;
    sst_error_t err;

    sst_error_clear(&err);
    list->place = place;
    list->result = sst_output_head(cli, place);
    if (list->result != SST_EXIT_DONE) {
        return list->result;
    }
    sst_progress_begin(&list->progress, cli, 1);
    status = cli->args->user != NULL
        ? list_user(list, &err)
        : sst_admin_scan(sst_place_admin(place), list_one, list, &err,
                         cli->pool);
    sst_progress_end(&list->progress);
    return status == SST_OK || list->result != SST_EXIT_DONE
        ? list->result : sst_cli_failed(cli, &err);
}

static sst_exit_t list_run(const sst_cli_t *cli, int argc,
                           const char *const *argv)
{
    list_t list;
    sst_exit_t result;

    memset(&list, 0, sizeof(list));
    list.cli = cli;
    result = sst_select_before(&list.before_s, cli);
    return result == SST_EXIT_DONE ? sst_places_each(cli, list_place, &list)
                                   : result;
}

const sst_verb_t sst_verb_list = {
    .name = "list",
    .arguments = "[OPTION...]",
    .summary = "lists live sessions",
    .help =
        "Lists the live sessions: their rows, times, sizes, users and the\n"
        "names of their entries. What is in the entries nobody can read\n"
        "without the browser's cookie.\n" WHICH_STORE,
    .options = "uoj" SST_PLACE_OPTIONS,
    .run = list_run
};

/* --- show --- */

static sst_exit_t show_run(const sst_cli_t *cli, int argc,
                           const char *const *argv)
{
    const sst_place_t *place;
    sst_summary_t summary;
    sst_exit_t result = sst_select_row(&summary, &place, cli, argv[0]);

    return result == SST_EXIT_DONE
        ? sst_output_details(cli, place, &summary, cli->pool) : result;
}

const sst_verb_t sst_verb_show = {
    .name = "show",
    .arguments = "ROW",
    .summary = "shows what is known of a session",
    .help =
        "Shows what is known of one live session. ROW is its row, or the\n"
        "first digits of it, 8 at least, as httpd's log and `htsession list`\n"
        "have them.\n" WHICH_STORE,
    .options = "j" SST_PLACE_OPTIONS,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = show_run
};

/* --- count --- */

typedef struct count_t {
    apr_int64_t before_s;
    apr_uint64_t sessions;
    apr_uint64_t users;         /* of them: with a user */
    apr_uint64_t unreadable;
    sst_progress_t progress;
} count_t;

static sst_status_t count_one(void *baton, const sst_summary_t *summary,
                              apr_pool_t *pool)
{
    count_t *count = baton;

    sst_progress_step(&count->progress);
    if (sst_select_is_older(summary, count->before_s)) {
        count->sessions++;
        count->users += summary->meta.users->nelts > 0;
        count->unreadable += summary->readable != SST_OK;
    }
    return SST_OK;
}

static sst_exit_t show_count(const sst_cli_t *cli, const sst_place_t *place,
                             const count_t *count)
{
    const char *name = place->store->name;

    if (cli->args->json) {
        return sst_output_json(cli, json_pack(
            "{s:o, s:I, s:I, s:I}", "store",
            sst_output_json_text(name, cli->pool),
            "sessions", (json_int_t) count->sessions,
            "signed_in", (json_int_t) count->users,
            "unreadable", (json_int_t) count->unreadable));
    }
    return sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s: %s, %" APR_UINT64_T_FMT " signed in, %"
        APR_UINT64_T_FMT " not readable\n", name,
        sst_output_count(count->sessions, cli->pool), count->users,
        count->unreadable));
}

static sst_exit_t count_place(void *baton, const sst_cli_t *cli,
                              const sst_place_t *place)
{
    count_t count = *(const count_t *) baton;
    sst_status_t status;
    sst_error_t err;

    sst_error_clear(&err);
    sst_progress_begin(&count.progress, cli, 0);
    status = sst_admin_scan(sst_place_admin(place), count_one, &count, &err,
                            cli->pool);
    sst_progress_end(&count.progress);
    return status == SST_OK ? show_count(cli, place, &count)
                            : sst_cli_failed(cli, &err);
}

static sst_exit_t count_run(const sst_cli_t *cli, int argc,
                            const char *const *argv)
{
    count_t count;
    sst_exit_t result;

    memset(&count, 0, sizeof(count));
    result = sst_select_before(&count.before_s, cli);
    return result == SST_EXIT_DONE ? sst_places_each(cli, count_place, &count)
                                   : result;
}

const sst_verb_t sst_verb_count = {
    .name = "count",
    .arguments = "[OPTION...]",
    .summary = "counts live sessions",
    .help =
        "Counts the live sessions of each store, and how many of them are\n"
        "signed in.\n" WHICH_STORE,
    .options = "oj" SST_PLACE_OPTIONS,
    .run = count_run
};
