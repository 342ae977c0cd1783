/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession doctor: is everything set up so that sessions work and last? Each
 * check has a name, and what is not well comes with what to do about it.
 */

#include <string.h>

#include <apr_strings.h>

#include "support/output.h"
#include "support/places.h"
#include "support/rights.h"
#include "support/sources.h"

#include "lib/clock.h"
#include "lib/migrate.h"

/* For all that one store's servers are asked. */
#define PATIENCE apr_time_from_sec(20)

typedef struct doctor_t {
    const sst_cli_t *cli;
    const char *subject;        /* what is looked at now */
    int headed;                 /* and its name was written */
    int failed;
    int warned;
    sst_exit_t result;          /* of writing */
} doctor_t;

static const char *word_of(sst_finding_t finding)
{
    switch (finding) {
    case SST_FINDING_OK:
        return "ok";
    case SST_FINDING_WARNING:
        return "warning";
    default:
        return "failed";
    }
}

static void tell(void *baton, sst_finding_t finding, const char *check,
                 const char *text)
{
    doctor_t *doctor = baton;
    const sst_cli_t *cli = doctor->cli;
    apr_pool_t *pool = cli->pool;
    const char *head = doctor->headed ? ""
        : apr_pstrcat(pool, doctor->subject, "\n", NULL);
    sst_exit_t result;

    doctor->failed += finding == SST_FINDING_FAILED;
    doctor->warned += finding == SST_FINDING_WARNING;
    doctor->headed = 1;
    result = cli->args->json
        ? sst_output_json(cli, json_pack(
              "{s:o, s:s, s:s, s:o}", "subject",
              sst_output_json_text(doctor->subject, pool), "check", check,
              "result", word_of(finding), "text",
              sst_output_json_text(text, pool)))
        : sst_cli_show(cli, apr_psprintf(pool, "%s  %-7s  %-21s  %s\n", head,
                                         word_of(finding), check,
                                         sst_output_text(text, pool)));
    doctor->result = sst_exit_worse(doctor->result, result);
}

static void begin(doctor_t *doctor, const char *subject)
{
    doctor->subject = subject;
    doctor->headed = 0;
}

/* --- The configuration --- */

/* What httpd said is on the error output already. */
static void examine_modules(doctor_t *doctor, const sst_examiner_t *examiner)
{
    apr_array_header_t *modules;

    if (sst_httpd_modules(&modules, doctor->cli) != SST_EXIT_DONE) {
        return;
    }
    if (!sst_httpd_has(modules, "session_store_module")) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "modules",
                          "session_store_module is not loaded: load it, on "
                          "Debian by a2enmod session_store");
    }
    if (!sst_httpd_has(modules, "session_module")) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "modules",
                          "session_module is not loaded: load it before "
                          "session_store_module, on Debian by a2enmod "
                          "session");
    }
    if (!sst_httpd_has(modules, "watchdog_module")) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "modules",
                          "watchdog_module is not loaded: token directories "
                          "are not purged in the background");
    }
    if (sst_httpd_has(modules, "session_crypto_module")) {
        sst_examiner_tell(examiner, SST_FINDING_WARNING, "modules",
                          "session_crypto_module is loaded, and costs more "
                          "than all the rest: on Debian a2dismod "
                          "session_crypto");
    }
}

/* Sources as for the other verbs; *sources is NULL when there are none. */
static sst_exit_t examine_configuration(apr_array_header_t **sources,
                                        doctor_t *doctor,
                                        const sst_examiner_t *examiner)
{
    sst_exit_t result = sst_sources_read(sources, doctor->cli);

    begin(doctor, "configuration");
    if (result == SST_EXIT_USAGE) {
        return result;
    }
    if (doctor->cli->args->store == NULL) {
        examine_modules(doctor, examiner);
    }
    if (result != SST_EXIT_DONE) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "configuration",
                          "httpd has none that works: do what it says above");
        return result;
    }
    sst_examiner_tell(examiner, SST_FINDING_OK, "configuration", "%s",
                      doctor->cli->args->store == NULL
                      ? "httpd reads it" : "given by options");
    return SST_EXIT_DONE;
}

/* --- Stores --- */

/* In each of two stores between which sessions move: as one, they do not do
 * everything in both of them today.
 */
static void examine_rights(doctor_t *doctor, const sst_examiner_t *examiner,
                           const sst_place_t *place)
{
    apr_pool_t *pool = doctor->cli->pool;
    sst_store_t *to;
    sst_store_t *from;

    sst_migrate_parts(&to, &from, place->store);
    if (place->store->ops->carried) {
        to = place->store->revocations;
    }
    if (from != NULL) {
        begin(doctor, to->name);
    }
    if (to != NULL) {
        sst_rights_examine(to, examiner, pool);
    }
    if (from != NULL) {
        begin(doctor, from->name);
        sst_rights_examine(from, examiner, pool);
    }
}

static void examine_place(doctor_t *doctor, sst_examiner_t *examiner,
                          const sst_place_t *place)
{
    apr_pool_t *pool = doctor->cli->pool;
    sst_error_t err = place->broken;
    int i;

    begin(doctor, place->store->name);
    examiner->uid = place->uid;
    examiner->gid = place->gid;
    for (i = 0; i < place->rings->nelts; i++) {
        const sst_place_ring_t *ring = &APR_ARRAY_IDX(place->rings, i,
                                                      sst_place_ring_t);

        sst_examiner_tell(examiner, SST_FINDING_OK, "keys",
                          "%s has %d key%s", ring->keys, ring->ring->count,
                          ring->ring->count == 1 ? "" : "s");
    }
    if (err.status != SST_OK) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "store", "%s",
                          err.text);
        return;
    }
    if (place->store->ops->examine(place->store, examiner,
                                   sst_clock() + PATIENCE, &err, pool)
        != SST_OK) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "store", "%s",
                          err.text);
        return;
    }
    examine_rights(doctor, examiner, place);
}

static sst_exit_t examine_places(doctor_t *doctor, sst_examiner_t *examiner,
                                 const apr_array_header_t *sources)
{
    apr_array_header_t *places;
    sst_exit_t result = sst_places_make(&places, doctor->cli, sources);
    int i;

    if (result == SST_EXIT_FAILED) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "keys and stores",
                          "they cannot be used: do what is said above");
    }
    for (i = 0; result == SST_EXIT_DONE && i < places->nelts; i++) {
        examine_place(doctor, examiner, &APR_ARRAY_IDX(places, i,
                                                       sst_place_t));
    }
    return result;
}

/* --- The verb --- */

static sst_exit_t sum_up(const doctor_t *doctor)
{
    sst_exit_t result = doctor->result;

    if (!doctor->cli->args->json) {
        result = sst_exit_worse(result, sst_cli_show(doctor->cli, apr_psprintf(
            doctor->cli->pool, "%d failed, %d warning%s\n", doctor->failed,
            doctor->warned, doctor->warned == 1 ? "" : "s")));
    }
    return doctor->failed > 0 ? sst_exit_worse(result, SST_EXIT_FAILED)
                              : result;
}

static sst_exit_t doctor_run(const sst_cli_t *cli, int argc,
                             const char *const *argv)
{
    apr_array_header_t *sources;
    sst_examiner_t examiner;
    doctor_t doctor;
    sst_exit_t result;

    memset(&doctor, 0, sizeof(doctor));
    doctor.cli = cli;
    memset(&examiner, 0, sizeof(examiner));
    examiner.tell = tell;
    examiner.baton = &doctor;
    result = examine_configuration(&sources, &doctor, &examiner);
    if (result == SST_EXIT_DONE) {
        result = examine_places(&doctor, &examiner, sources);
    }
    return result == SST_EXIT_USAGE ? result
           : sst_exit_worse(result, sum_up(&doctor));
}

const sst_verb_t sst_verb_doctor = {
    .name = "doctor",
    .arguments = "[OPTION...]",
    .summary = "looks for what is wrong",
    .help =
        "Looks at the configuration, the keys and the stores, and says of\n"
        "each check whether it is ok, a warning (sessions may get lost) or\n"
        "failed, and what to do. Writes a record that is no session to each\n"
        "store, to see whether that is allowed, and removes it. Fails when a\n"
        "check has failed.\n"
        "\n"
        "Without --store and --keys, httpd's own configuration is looked at,\n"
        "or the one that -f, -d and -D name.\n",
    .options = "j" SST_PLACE_OPTIONS,
    .run = doctor_run
};
