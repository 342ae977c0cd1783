/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession revoke: ends sessions, so that the next request of their browsers
 * has none, on whatever server.
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/clock.h"
#include "lib/not_before.h"
#include "support/audit_log.h"
#include "support/output.h"
#include "support/places.h"
#include "support/progress.h"
#include "support/select.h"

/* A walk over a store can miss what moves meanwhile, as in a cluster; another
 * walk finds it.
 */
#define WALKS_MAX 10

typedef struct revoke_t {
    const sst_cli_t *cli;
    const sst_place_t *place;
    sst_audit_log_t *audit;     /* of that place; NULL: nothing is changed */
    apr_int64_t before_s;       /* older than, or 0 */
    apr_int64_t began_s;        /* when this call began */
    apr_uint64_t ended;
    apr_uint64_t failed;
    apr_uint64_t met;           /* in this walk */
    int walks;                  /* before this one */
    sst_error_t err;            /* the first failure */
    sst_progress_t progress;
} revoke_t;

/* --- One session --- */

static void note_ended(const revoke_t *revoke, const sst_summary_t *summary,
                       apr_pool_t *pool)
{
    if (revoke->audit != NULL) {
        sst_audit_log_revoked(revoke->audit, &summary->row,
                              summary->meta.users, pool);
    }
}

static void end_one(revoke_t *revoke, const sst_place_t *place,
                    const sst_summary_t *summary, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;

    if (!revoke->cli->args->dry_run) {
        status = sst_admin_end(sst_place_admin(place), summary, &revoke->err,
                               pool);
    }
    if (status == SST_OK) {
        note_ended(revoke, summary, pool);
    }
    revoke->ended += status == SST_OK;
    revoke->failed += status != SST_OK && status != SST_NOT_FOUND;
}

/* --- Many --- */

/* A session whose beginning cannot be read is meant by --all alone. What is
 * there when this begins is meant, also if its server's clock is ahead: by the
 * clock, that cannot be told from what comes while the first walk lasts. Walks
 * behind it leave out what has come meanwhile, or there would be no end.
 */
static int is_meant(const revoke_t *revoke, const sst_summary_t *summary)
{
    return sst_select_is_older(summary, revoke->before_s)
           && (revoke->walks == 0 || summary->created_s <= revoke->began_s);
}

static sst_status_t visit(void *baton, const sst_summary_t *summary,
                          apr_pool_t *pool)
{
    revoke_t *revoke = baton;

    sst_progress_step(&revoke->progress);
    if (is_meant(revoke, summary)) {
        revoke->met++;
        end_one(revoke, revoke->place, summary, pool);
    }
    return SST_OK;
}

/* Walks until one walk meets nothing more. */
static sst_status_t end_all(revoke_t *revoke)
{
    sst_status_t status = SST_OK;

    revoke->walks = 0;
    sst_progress_begin(&revoke->progress, revoke->cli, 0);
    do {
        revoke->met = 0;
        status = sst_admin_scan(sst_place_admin(revoke->place), visit, revoke,
                                &revoke->err, revoke->cli->pool);
        revoke->walks++;
    } while (status == SST_OK && revoke->met > 0 && revoke->failed == 0
             && !revoke->cli->args->dry_run && revoke->walks < WALKS_MAX);
    sst_progress_end(&revoke->progress);
    return status;
}

/* --- Those of a user --- */

static sst_status_t count_user(revoke_t *revoke)
{
    apr_array_header_t *found;
    sst_status_t status = sst_place_user(&found, revoke->place,
                                         revoke->cli->args->user,
                                         &revoke->err, revoke->cli->pool);

    revoke->ended += (apr_uint64_t) found->nelts;
    return status;
}

static void note_all(const revoke_t *revoke, const apr_array_header_t *ended)
{
    int i;

    for (i = 0; i < ended->nelts; i++) {
        note_ended(revoke, &APR_ARRAY_IDX(ended, i, sst_summary_t),
                   revoke->cli->pool);
    }
}

static sst_status_t end_user(revoke_t *revoke)
{
    const apr_array_header_t *admins = revoke->place->admins;
    sst_status_t result = SST_OK;
    int i;

    if (revoke->cli->args->dry_run) {
        return count_user(revoke);
    }
    /* A tenant that fails keeps no other from being worked on. */
    for (i = 0; i < admins->nelts; i++) {
        sst_ended_t ended;
        sst_status_t status = sst_admin_end_user(
            &ended, &APR_ARRAY_IDX(admins, i, sst_admin_t),
            revoke->cli->args->user, NULL, &revoke->err, revoke->cli->pool);

        note_all(revoke, ended.sessions);
        revoke->ended += (apr_uint64_t) ended.ended;
        revoke->failed += (apr_uint64_t) ended.failed;
        result = result == SST_OK ? status : result;
    }
    return result;
}

/* --- Where browsers carry the sessions --- */

static void note_user(const revoke_t *revoke)
{
    apr_array_header_t *users = apr_array_make(revoke->cli->pool, 1,
                                               sizeof(char *));

    APR_ARRAY_PUSH(users, const char *) = revoke->cli->args->user;
    if (revoke->audit != NULL) {
        sst_audit_log_revoked(revoke->audit, NULL, users, revoke->cli->pool);
    }
}

/* Nobody can count them; what began up to now is refused from now on. */
static sst_exit_t refuse_user(const revoke_t *revoke,
                              const sst_place_t *place)
{
    const sst_cli_t *cli = revoke->cli;
    sst_store_t *store = place->store;
    sst_status_t status = SST_OK;
    sst_error_t err;
    int i;

    sst_error_clear(&err);
    if (store->revocations == NULL) {
        return sst_cli_fail(cli, "the sessions of %s are in browsers, and no "
                            "revoke= names a store that can end a user's",
                            store->name);
    }
    for (i = 0; i < place->admins->nelts && status == SST_OK
                && !cli->args->dry_run; i++) {
        const sst_admin_t *admin = &APR_ARRAY_IDX(place->admins, i,
                                                  sst_admin_t);

        status = sst_not_before_set(store, admin->ring, &admin->scope,
                                    cli->args->user, sst_clock()
                                    + store->revocations->timeout, &err,
                                    cli->pool);
    }
    if (status != SST_OK) {
        return sst_cli_failed(cli, &err);
    }
    note_user(revoke);
    return sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s: all sessions of the user %s\n", store->name,
        cli->args->dry_run ? "would be ended" : "have ended"));
}

static sst_exit_t revoke_carried(const revoke_t *revoke,
                                 const sst_place_t *place)
{
    if (revoke->cli->args->user != NULL) {
        return refuse_user(revoke, place);
    }
    return sst_cli_fail(revoke->cli, "the sessions of %s are in browsers and "
                        "end all at once only: by another key in place of "
                        "the old ones", place->store->name);
}

/* --- The verb --- */

/* What became of it, for people; and whether it has worked. */
static sst_exit_t tell(const revoke_t *revoke, const sst_place_t *place,
                       sst_status_t status)
{
    const sst_cli_t *cli = revoke->cli;
    const char *failed = "";
    sst_exit_t result;

    if (revoke->failed > 0) {
        failed = apr_psprintf(cli->pool, ", %" APR_UINT64_T_FMT " could not "
                              "be reached and may live on", revoke->failed);
    }
    else if (status != SST_OK) {
        failed = ", others could not be reached and may live on";
    }
    result = sst_cli_show(cli, apr_psprintf(
        cli->pool, "%s: %s %s%s\n", place->store->name,
        sst_output_count(revoke->ended, cli->pool),
        cli->args->dry_run ? "would be ended" : "ended", failed));
    if (status != SST_OK || revoke->failed > 0) {
        result = sst_cli_failed(cli, &revoke->err);
    }
    return result;
}

/* Nothing is ended where that could not be noted. */
static sst_exit_t open_audit(revoke_t *revoke, const sst_place_t *place)
{
    revoke->audit = NULL;
    return revoke->cli->args->dry_run ? SST_EXIT_DONE
        : sst_audit_log_open(&revoke->audit, revoke->cli, place);
}

static sst_exit_t close_audit(const revoke_t *revoke)
{
    return revoke->audit == NULL ? SST_EXIT_DONE
                                 : sst_audit_log_close(revoke->audit);
}

static sst_exit_t end_meant(revoke_t *revoke, const sst_place_t *place)
{
    const sst_cli_t *cli = revoke->cli;

    if (place->store->ops->carried) {
        return revoke_carried(revoke, place);
    }
    /* Which server a session is of shows only when its user is looked up. */
    if (cli->args->user == NULL && place->others != NULL) {
        return sst_cli_fail(cli, "%s holds sessions of %s too, and they "
                            "cannot be told apart: leave out --server to end "
                            "them all", place->store->name, place->others);
    }
    return tell(revoke, place, cli->args->user != NULL ? end_user(revoke)
                                                       : end_all(revoke));
}

static sst_exit_t revoke_place(void *baton, const sst_cli_t *cli,
                               const sst_place_t *place)
{
    revoke_t *revoke = baton;
    sst_exit_t result = open_audit(revoke, place);

    revoke->place = place;
    revoke->ended = 0;
    revoke->failed = 0;
    sst_error_clear(&revoke->err);
    if (result == SST_EXIT_DONE) {
        result = end_meant(revoke, place);
        result = sst_exit_worse(result, close_audit(revoke));
    }
    return result;
}

static sst_exit_t revoke_row(revoke_t *revoke)
{
    const sst_place_t *place;
    sst_summary_t summary;
    sst_exit_t result = sst_select_row(&summary, &place, revoke->cli,
                                       revoke->cli->args->row);

    if (result == SST_EXIT_DONE) {
        result = open_audit(revoke, place);
    }
    if (result != SST_EXIT_DONE) {
        return result;
    }
    end_one(revoke, place, &summary, revoke->cli->pool);
    return sst_exit_worse(tell(revoke, place, SST_OK), close_audit(revoke));
}

static sst_exit_t check_choice(const sst_cli_t *cli)
{
    const sst_args_t *args = cli->args;
    int chosen = args->all + (args->user != NULL) + (args->row != NULL)
                 + (args->older_than != NULL);

    if (chosen != 1) {
        return sst_cli_misused(cli, "revoke needs one of --user, --row, "
                               "--older-than and --all");
    }
    if (args->store != NULL && args->server != NULL
        && (args->all || args->older_than != NULL)) {
        return sst_cli_misused(cli, "a store's sessions cannot be told apart "
                               "by --server, except with --user");
    }
    return SST_EXIT_DONE;
}

static sst_exit_t revoke_run(const sst_cli_t *cli, int argc,
                             const char *const *argv)
{
    revoke_t revoke;
    sst_exit_t result = check_choice(cli);

    memset(&revoke, 0, sizeof(revoke));
    revoke.cli = cli;
    revoke.began_s = apr_time_sec(apr_time_now());
    sst_error_clear(&revoke.err);
    if (result == SST_EXIT_DONE) {
        result = sst_select_before(&revoke.before_s, cli);
    }
    if (result != SST_EXIT_DONE) {
        return result;
    }
    return cli->args->row != NULL ? revoke_row(&revoke)
           : sst_places_each(cli, revoke_place, &revoke);
}

const sst_verb_t sst_verb_revoke = {
    .name = "revoke",
    .arguments = "--user USER | --row ROW | --older-than TIME | --all",
    .summary = "ends sessions",
    .help =
        "Ends sessions: those of a user, one, those that began long ago, or\n"
        "all. The next request of their browsers has no session, whatever\n"
        "server it reaches. Says how many have ended, and fails when one\n"
        "could not be reached: it may then live on.\n"
        "\n"
        "Without --store and --keys, the stores are those of httpd's own\n"
        "configuration, or of the one that -f, -d and -D name. With --user,\n"
        "the user's sessions on all of its servers are meant; --server\n"
        "leaves one.\n"
        "\n"
        "A line for each session goes to the audit log that httpd's\n"
        "configuration names (SessionStoreAudit). If that cannot be opened,\n"
        "nothing is ended.\n",
    .options = "uroan" SST_PLACE_OPTIONS,
    .run = revoke_run
};
