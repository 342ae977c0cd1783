/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession set, unset: entries of live sessions, which the tool cannot read,
 * changed through their overlay. The next request of a session has the change.
 */

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/entries.h"
#include "support/output.h"
#include "support/places.h"
#include "support/select.h"

/* How often a user's sessions are looked for again: one that gets a new id
 * meanwhile takes the change along, one that is new may be without it.
 */
#define ROUNDS_MAX 10

typedef struct change_t {
    const sst_cli_t *cli;
    apr_table_t *changes;       /* as sst_admin_set wants them */
    apr_hash_t *done;           /* rows, 32 bytes each */
    apr_uint64_t changed;
    apr_uint64_t failed;
    sst_error_t err;            /* the first failure */
} change_t;

/* --- The command line --- */

static sst_exit_t add_set(apr_table_t *changes, const sst_cli_t *cli,
                          const char *word)
{
    const char *equals = strchr(word, '=');

    if (equals == NULL || equals == word) {
        return sst_cli_misused(cli, "\"%s\" is not of the form name=value",
                               sst_output_text(word, cli->pool));
    }
    apr_table_set(changes, apr_psprintf(cli->pool, "+%.*s",
                                        (int) (equals - word), word),
                  equals + 1);
    return SST_EXIT_DONE;
}

static sst_exit_t add_unset(apr_table_t *changes, const sst_cli_t *cli,
                            const char *word)
{
    if (*word == '\0' || strchr(word, '=') != NULL) {
        return sst_cli_misused(cli, "\"%s\" is no entry's name",
                               sst_output_text(word, cli->pool));
    }
    apr_table_set(changes, apr_pstrcat(cli->pool, "-", word, NULL), "");
    return SST_EXIT_DONE;
}

static sst_exit_t check_choice(const sst_cli_t *cli)
{
    if ((cli->args->user != NULL) == (cli->args->row != NULL)) {
        return sst_cli_misused(cli, "whose entries? Allowed is one of --user "
                               "and --row");
    }
    return SST_EXIT_DONE;
}

/* --- Sessions --- */

/* The entry that names users differs from server to server, and which of them
 * a session is of does not show: none of them may be changed.
 */
static sst_exit_t check_names(const change_t *change, const sst_place_t *place)
{
    const apr_array_header_t *changes = apr_table_elts(change->changes);
    int i;
    int k;

    for (i = 0; i < changes->nelts; i++) {
        const char *name = APR_ARRAY_IDX(changes, i, apr_table_entry_t).key + 1;

        for (k = 0; k < place->admins->nelts; k++) {
            const sst_admin_t *admin = &APR_ARRAY_IDX(place->admins, k,
                                                      sst_admin_t);

            if (sst_entries_names_user(name, admin->user_keys)) {
                return sst_cli_fail(change->cli, "\"%s\" says who the user "
                                    "is, which a login alone may change",
                                    sst_output_text(name, change->cli->pool));
            }
        }
    }
    return SST_EXIT_DONE;
}

/* Changes a session, unless that was done before: 1 when it was not. */
static int change_one(change_t *change, const sst_place_t *place,
                      const sst_summary_t *summary)
{
    apr_pool_t *pool = change->cli->pool;
    sst_status_t status = SST_OK;
    sst_admin_t admin;

    if (apr_hash_get(change->done, summary->row.bytes, SST_ROW_LEN) != NULL) {
        return 0;
    }
    apr_hash_set(change->done, apr_pmemdup(pool, summary->row.bytes,
                                           SST_ROW_LEN), SST_ROW_LEN, place);
    if (!change->cli->args->dry_run) {
        status = sst_place_owner(&admin, place, summary, &change->err, pool);
    }
    if (status == SST_OK && !change->cli->args->dry_run) {
        status = sst_admin_set(&admin, &summary->row, change->changes,
                               &change->err, pool);
    }
    change->changed += status == SST_OK;
    change->failed += status != SST_OK && status != SST_NOT_FOUND;
    return 1;
}

/* One look at a user's sessions: *met is how many were new. */
static sst_status_t change_found(int *met, change_t *change,
                                 const sst_place_t *place)
{
    apr_array_header_t *found;
    sst_status_t status = sst_place_user(&found, place,
                                         change->cli->args->user,
                                         &change->err, change->cli->pool);
    int i;

    *met = 0;
    for (i = 0; status == SST_OK && i < found->nelts; i++) {
        *met += change_one(change, place, &APR_ARRAY_IDX(found, i,
                                                         sst_summary_t));
    }
    return status;
}

static sst_exit_t tell(const change_t *change, const sst_place_t *place,
                       sst_status_t status)
{
    const sst_cli_t *cli = change->cli;
    const char *failed = "";
    sst_exit_t result;

    if (change->failed > 0) {
        failed = apr_psprintf(cli->pool, ", %" APR_UINT64_T_FMT
                              " could not be", change->failed);
    }
    result = sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s: %s %s%s\n", place->store->name,
        sst_output_count(change->changed, cli->pool),
        cli->args->dry_run ? "would be changed" : "changed", failed));
    return status == SST_OK && change->failed == 0
        ? result : sst_cli_failed(cli, &change->err);
}

static sst_exit_t change_place(void *baton, const sst_cli_t *cli,
                               const sst_place_t *place)
{
    change_t *change = baton;
    sst_exit_t result = check_names(change, place);
    sst_status_t status = SST_OK;
    int rounds = 0;
    int met = 1;

    change->changed = 0;
    change->failed = 0;
    sst_error_clear(&change->err);
    if (result != SST_EXIT_DONE) {
        return result;
    }
    for (; status == SST_OK && met > 0 && rounds < ROUNDS_MAX; rounds++) {
        status = change_found(&met, change, place);
    }
    return tell(change, place, status);
}

static sst_exit_t change_row(change_t *change)
{
    const sst_place_t *place;
    sst_summary_t summary;
    sst_exit_t result = sst_select_row(&summary, &place, change->cli,
                                       change->cli->args->row);

    if (result == SST_EXIT_DONE) {
        result = check_names(change, place);
    }
    if (result != SST_EXIT_DONE) {
        return result;
    }
    (void) change_one(change, place, &summary);
    return tell(change, place, SST_OK);
}

/* --- The verbs --- */

/* Reads one argument into the table. */
typedef sst_exit_t add_fn_t(apr_table_t *changes, const sst_cli_t *cli,
                            const char *word);

static sst_exit_t change_run(const sst_cli_t *cli, int argc,
                             const char *const *argv, add_fn_t *add)
{
    change_t change;
    sst_exit_t result = check_choice(cli);
    int i;

    memset(&change, 0, sizeof(change));
    change.cli = cli;
    change.changes = apr_table_make(cli->pool, argc);
    change.done = apr_hash_make(cli->pool);
    sst_error_clear(&change.err);
    for (i = 0; i < argc && result == SST_EXIT_DONE; i++) {
        result = add(change.changes, cli, argv[i]);
    }
    if (result != SST_EXIT_DONE) {
        return result;
    }
    return cli->args->row != NULL ? change_row(&change)
           : sst_places_each(cli, change_place, &change);
}

static sst_exit_t set_run(const sst_cli_t *cli, int argc,
                          const char *const *argv)
{
    return change_run(cli, argc, argv, add_set);
}

static sst_exit_t unset_run(const sst_cli_t *cli, int argc,
                            const char *const *argv)
{
    return change_run(cli, argc, argv, add_unset);
}

/* No command line has more words. */
#define WORDS_MAX 1000

const sst_verb_t sst_verb_set = {
    .name = "set",
    .arguments = "--user USER|--row ROW NAME=VALUE...",
    .summary = "sets entries of sessions",
    .help =
        "Sets entries of the live sessions of a user, or of one session. The\n"
        "next request has them, and they stay until somebody writes them\n"
        "anew. Entries that say who the user is cannot be set.\n",
    .options = "urn" SST_PLACE_OPTIONS,
    .arguments_min = 1,
    .arguments_max = WORDS_MAX,
    .run = set_run
};

const sst_verb_t sst_verb_unset = {
    .name = "unset",
    .arguments = "--user USER|--row ROW NAME...",
    .summary = "removes entries of sessions",
    .help =
        "Removes entries of the live sessions of a user, or of one session.\n"
        "The next request is without them. Entries that say who the user is\n"
        "cannot be removed: end the session.\n",
    .options = "urn" SST_PLACE_OPTIONS,
    .arguments_min = 1,
    .arguments_max = WORDS_MAX,
    .run = unset_run
};
