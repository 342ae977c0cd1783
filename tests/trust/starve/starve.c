/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Each operation of a session, over and over: first without the first block of
 * memory or system call that it asks for, then without the second, and so on,
 * until it asks for no more. Each time in a process of its own, since it may
 * crash:
 *
 *   trust_starve memory|calls|short[/EVERY] STEPS URL [name=value ...]
 *
 * With a number EVERY, only each block or call of so many is refused. STEPS is
 * "all", or names of operations with commas in between.
 *
 * Whatever is refused, a session that is there is never said not to be, what
 * is said to be done is done, and what fails says so. A line for each
 * operation tells what it answered how often; the status is 0 when all held.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/admin.h"
#include "lib/clock.h"
#include "lib/entries.h"
#include "lib/session.h"
#include "tests/trust/starve/shim.h"
#include "tests/unit/unit.h"

#define MOST 5000               /* of what an operation may ask for */
#define STATUSES (SST_INTERNAL + 1)
#define WRONG 100               /* exit codes: a status, */
#define ENOUGH 101              /* or that nothing was refused any more */
#define USER "alice"

typedef struct trial_t {
    apr_pool_t *pool;
    sst_site_t site;
    sst_admin_t admin;
    sst_session_t *session;
    const char *ticket;
    apr_time_t deadline;
    sst_error_t err;
} trial_t;

/* Does something to the session, and checks afterwards what came of it. */
typedef struct step_t {
    const char *name;
    sst_status_t (*run)(trial_t *trial, sst_outcome_t *outcome);
    const char *(*judge)(trial_t *trial, sst_status_t status,
                         const sst_outcome_t *outcome);
} step_t;

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(WRONG);
}

static const char *ticket_of(trial_t *trial)
{
    char text[SST_TICKET_MAX + 1];

    if (sst_session_ticket(text, trial->session, NULL) != SST_OK) {
        give_up("ticket", "cannot be written");
    }
    return apr_pstrdup(trial->pool, text);
}

/* What a browser with that ticket finds: entries as a text, or a status. */
static const char *found(trial_t *trial, const char *ticket)
{
    sst_span_t candidate = sst_span_text(ticket);
    sst_session_t *session;
    sst_status_t status = SST_TIMEOUT;
    int tries;

    for (tries = 0; tries < 50 && status >= SST_TIMEOUT; tries++) {
        status = sst_session_load(&session, &trial->site, &candidate, 1,
                                  sst_clock() + apr_time_from_sec(10), NULL,
                                  trial->pool);
        if (status >= SST_TIMEOUT) {
            apr_sleep(100 * 1000);      /* a breaker may be open */
        }
    }
    return status == SST_OK ? unit_table_text(session->base, trial->pool)
                            : sst_status_name(status);
}

static int finds(trial_t *trial, const char *ticket, const char *wanted)
{
    return strcmp(found(trial, ticket), wanted) == 0;
}

static int is_failure(sst_status_t status)
{
    return status == SST_DENIED || status >= SST_TIMEOUT;
}

#define BEFORE "a=1 site-user=" USER
#define AFTER "a=2 site-user=" USER

static const char *as_before_or(trial_t *trial, const char *other)
{
    return finds(trial, trial->ticket, BEFORE)
        || finds(trial, trial->ticket, other)
        ? NULL : found(trial, trial->ticket);
}

/* --- The operations --- */

static sst_status_t load(trial_t *trial, sst_outcome_t *outcome)
{
    sst_span_t candidate = sst_span_text(trial->ticket);

    (void) outcome;
    return sst_session_load(&trial->session, &trial->site, &candidate, 1,
                            trial->deadline, &trial->err, trial->pool);
}

static const char *judge_load(trial_t *trial, sst_status_t status,
                              const sst_outcome_t *outcome)
{
    (void) outcome;
    if (status == SST_OK) {
        const char *text = unit_table_text(trial->session->base, trial->pool);

        return strcmp(text, BEFORE) == 0 ? as_before_or(trial, BEFORE) : text;
    }
    return is_failure(status) ? as_before_or(trial, BEFORE)
                              : "a session is said not to be there";
}

static sst_status_t save(trial_t *trial, sst_outcome_t *outcome,
                         const char *entries)
{
    return sst_session_save(outcome, trial->session,
                            unit_table(entries, trial->pool), 0,
                            trial->deadline, &trial->err, trial->pool);
}

static sst_status_t change(trial_t *trial, sst_outcome_t *outcome)
{
    return save(trial, outcome, AFTER);
}

static const char *judge_change(trial_t *trial, sst_status_t status,
                                const sst_outcome_t *outcome)
{
    if (status != SST_OK) {
        return is_failure(status) ? as_before_or(trial, AFTER)
                                  : "a failure that is none";
    }
    if (outcome->saved != SST_SAVED_UPDATED) {
        return "a session is said to have ended";
    }
    return finds(trial, ticket_of(trial), AFTER) ? NULL : "a write is lost";
}

static sst_status_t leave(trial_t *trial, sst_outcome_t *outcome)
{
    return save(trial, outcome, "a=1");
}

static const char *judge_leave(trial_t *trial, sst_status_t status,
                               const sst_outcome_t *outcome)
{
    if (status != SST_OK) {
        return is_failure(status) ? as_before_or(trial, "not found")
                                  : "a failure that is none";
    }
    if (outcome->saved != SST_SAVED_ROTATED) {
        return "no other id";
    }
    if (!finds(trial, trial->ticket, "not found")) {
        return "the old ticket opens something";
    }
    return finds(trial, ticket_of(trial), "a=1") ? NULL
                                                 : "the entries are lost";
}

static sst_status_t begin(trial_t *trial, sst_outcome_t *outcome)
{
    trial->session = sst_session_new(&trial->site, trial->pool);
    return save(trial, outcome, BEFORE);
}

static const char *judge_begin(trial_t *trial, sst_status_t status,
                               const sst_outcome_t *outcome)
{
    if (status != SST_OK) {
        return is_failure(status) ? NULL : "a failure that is none";
    }
    return outcome->saved == SST_SAVED_CREATED
        && finds(trial, ticket_of(trial), BEFORE) ? NULL
                                                  : "it does not begin";
}

static sst_status_t end(trial_t *trial, sst_outcome_t *outcome)
{
    (void) outcome;
    return sst_session_end(trial->session, trial->deadline, &trial->err,
                           trial->pool);
}

static const char *judge_end(trial_t *trial, sst_status_t status,
                             const sst_outcome_t *outcome)
{
    (void) outcome;
    if (status != SST_OK) {
        return is_failure(status) ? as_before_or(trial, "not found")
                                  : "a failure that is none";
    }
    return finds(trial, trial->ticket, "not found") ? NULL : "it goes on";
}

static sst_status_t touch(trial_t *trial, sst_outcome_t *outcome)
{
    (void) outcome;
    return sst_session_touch(trial->session, trial->deadline, &trial->err,
                             trial->pool);
}

static const char *judge_touch(trial_t *trial, sst_status_t status,
                               const sst_outcome_t *outcome)
{
    (void) outcome;
    return status == SST_OK || is_failure(status)
        ? as_before_or(trial, BEFORE) : "a session is said to have ended";
}

static sst_status_t end_all(trial_t *trial, sst_outcome_t *outcome)
{
    sst_ended_t ended;
    sst_status_t status = sst_admin_end_user(&ended, &trial->admin, USER,
                                             NULL, &trial->err, trial->pool);

    outcome->conflicts = ended.ended;
    return status;
}

/* --- One trial, in a process of its own --- */

static void open_store(trial_t *trial, int argc, const char *const *argv)
{
    sst_error_t err;
    sst_store_t *store;

    sst_error_clear(&err);
    if (sst_store_open(&store, argv[3], argc - 4, argv + 4, &err, trial->pool)
            != SST_OK
        || store->ops->prepare(store, geteuid(), getegid(), &err, trial->pool)
            != SST_OK
        || store->ops->start(store, &err, trial->pool) != SST_OK) {
        give_up("open", err.text);
    }
    trial->site.store = store;
    trial->site.ring = unit_ring("1", trial->pool);
    /* A tenant for each trial, so that users' notes never meet. */
    trial->site.scope.tenant = apr_psprintf(trial->pool, "%d.%" APR_TIME_T_FMT,
                                            (int) getpid(), sst_clock());
    trial->site.scope.cookie = "session";
    trial->site.idle_s = 1200;
    trial->site.absolute_s = 86400;
    trial->site.user_keys = sst_user_keys_with(NULL, SST_USER_KEY_AUTO,
                                               trial->pool);
    trial->site.client = "192.0.2.7";
    trial->admin.store = store;
    trial->admin.ring = trial->site.ring;
    trial->admin.scope = trial->site.scope;
    trial->admin.user_keys = trial->site.user_keys;
}

static void run_trial(const step_t *step, shim_kind_t kind, int n, int argc,
                      const char *const *argv)
{
    trial_t trial;
    sst_outcome_t outcome;
    sst_status_t status;
    const char *wrong;
    int refused;

    memset(&trial, 0, sizeof(trial));   /* with an empty error */
    memset(&outcome, 0, sizeof(outcome));
    apr_pool_create(&trial.pool, NULL);
    open_store(&trial, argc, argv);
    trial.deadline = sst_clock() + apr_time_from_sec(10);
    if (begin(&trial, &outcome) != SST_OK) {
        give_up(step->name, "no session begins");
    }
    trial.ticket = ticket_of(&trial);
    trial.deadline = sst_clock() + apr_time_from_sec(10);
    trial.admin.deadline = trial.deadline;
    shim_arm(kind, n);
    status = step->run(&trial, &outcome);
    refused = shim_disarm();
    wrong = step->judge(&trial, status, &outcome);
    if (wrong) {
        give_up(step->name,
                apr_psprintf(trial.pool, "without number %d: %s (%s: %s)", n,
                             wrong, sst_status_name(status), trial.err.text));
    }
    _exit(refused ? (int) status : ENOUGH);
}

/* What the trial's process ended with; a signal is as wrong as WRONG. */
static int answer_of(const step_t *step, shim_kind_t kind, int n, int argc,
                     const char *const *argv)
{
    pid_t pid = fork();
    int code = 0;

    if (pid == 0) {
        run_trial(step, kind, n, argc, argv);
    }
    if (pid < 0 || waitpid(pid, &code, 0) != pid) {
        give_up(step->name, "no process");
    }
    if (WIFSIGNALED(code)) {
        fprintf(stderr, "%s: without number %d: signal %d\n", step->name, n,
                WTERMSIG(code));
        return WRONG;
    }
    return WEXITSTATUS(code);
}

/* 1 when all held. *refusals grows by how much was refused. */
static int run_step(int *refusals, const step_t *step, shim_kind_t kind,
                    int every, int argc, const char *const *argv)
{
    int counts[STATUSES] = { 0 };
    int tried = 0;
    int wrong = 0;
    int answer;
    int n;
    int i;

    for (n = every; n <= MOST; n += every) {
        answer = answer_of(step, kind, n, argc, argv);
        if (answer == ENOUGH) {
            break;
        }
        tried++;
        if (answer < STATUSES) {
            counts[answer]++;
        }
        else {
            wrong++;
        }
    }
    printf("%s: %d refusals", step->name, tried);
    for (i = 0; i < STATUSES; i++) {
        if (counts[i]) {
            printf(", %d %s", counts[i], sst_status_name((sst_status_t) i));
        }
    }
    printf(", %d wrong\n", wrong);
    fflush(stdout);
    *refusals += tried;
    return wrong == 0 && n <= MOST;
}

/* The number behind "memory/"; 1 when there is none, 0 when it is not this
 * kind.
 */
static int every_of(const char *text, const char *kind)
{
    apr_size_t len = strlen(kind);

    if (strncmp(text, kind, len) != 0) {
        return 0;
    }
    if (text[len] == '\0') {
        return 1;
    }
    return text[len] == '/' ? (int) strtol(text + len + 1, NULL, 10) : 0;
}

static int is_chosen(const step_t *step, const char *names)
{
    apr_size_t len = strlen(step->name);
    const char *at = strstr(names, step->name);

    return strcmp(names, "all") == 0
        || (at && (at == names || at[-1] == ',')
            && (at[len] == ',' || at[len] == '\0'));
}

int main(int argc, const char *const *argv)
{
    static const step_t steps[] = {
        { "load", load, judge_load },
        { "change", change, judge_change },
        { "another id", leave, judge_leave },
        { "begin", begin, judge_begin },
        { "touch", touch, judge_touch },
        { "end", end, judge_end },
        { "revoke", end_all, judge_end }
    };
    static const char *const kinds[] = { "memory", "calls", "short" };
    int refusals = 0;
    int held = 1;
    int every = 0;
    int kind = 0;
    apr_size_t i;

    while (argc >= 4 && kind < 3
           && (every = every_of(argv[1], kinds[kind])) <= 0) {
        kind++;
    }
    if (every <= 0) {
        fprintf(stderr, "usage: %s memory|calls|short[/EVERY] STEPS URL"
                " [name=value ...]\n", argv[0]);
        return EXIT_FAILURE;
    }
    apr_initialize();
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (is_chosen(&steps[i], argv[2])) {
            held &= run_step(&refusals, &steps[i], (shim_kind_t) kind, every,
                             argc, argv);
        }
    }
    return held && refusals > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
