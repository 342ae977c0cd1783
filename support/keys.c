/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession keys: which keys there are, how many live sessions each of them
 * still holds, and which may go.
 */

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "support/output.h"
#include "support/places.h"
#include "support/progress.h"

/* Live sessions under one key, in all stores. */
typedef struct tally_t {
    unsigned char id[SST_KEY_ID_LEN];
    apr_uint64_t sessions;
    int known;                  /* in a ring */
} tally_t;

typedef struct keys_t {
    const sst_cli_t *cli;
    apr_hash_t *tallies;        /* id -> tally_t * */
    apr_array_header_t *order;  /* tally_t *, as they were met */
    apr_array_header_t *rings;  /* sst_place_ring_t, each once */
    sst_progress_t progress;
} keys_t;

static tally_t *tally_of(keys_t *keys, const unsigned char id[SST_KEY_ID_LEN])
{
    tally_t *tally = apr_hash_get(keys->tallies, id, SST_KEY_ID_LEN);

    if (tally == NULL) {
        tally = apr_pcalloc(keys->cli->pool, sizeof(*tally));
        memcpy(tally->id, id, SST_KEY_ID_LEN);
        apr_hash_set(keys->tallies, tally->id, SST_KEY_ID_LEN, tally);
        APR_ARRAY_PUSH(keys->order, tally_t *) = tally;
    }
    return tally;
}

static void add_ring(keys_t *keys, const sst_place_ring_t *ring)
{
    int i;

    for (i = 0; i < keys->rings->nelts; i++) {
        if (APR_ARRAY_IDX(keys->rings, i, sst_place_ring_t).ring
            == ring->ring) {
            return;
        }
    }
    APR_ARRAY_PUSH(keys->rings, sst_place_ring_t) = *ring;
    for (i = 0; i < ring->ring->count; i++) {
        tally_of(keys, ring->ring->keys[i].id)->known = 1;
    }
}

static sst_status_t count_one(void *baton, const sst_summary_t *summary,
                              apr_pool_t *pool)
{
    keys_t *keys = baton;

    sst_progress_step(&keys->progress);
    /* A damaged record names no key. */
    if (summary->created_s != 0) {
        tally_of(keys, summary->key_id)->sessions++;
    }
    return SST_OK;
}

static sst_exit_t count_place(void *baton, const sst_cli_t *cli,
                              const sst_place_t *place)
{
    keys_t *keys = baton;
    sst_status_t status;
    sst_error_t err;

    sst_error_clear(&err);
    sst_progress_begin(&keys->progress, cli, 0);
    status = sst_admin_scan(sst_place_admin(place), count_one, keys, &err,
                            cli->pool);
    sst_progress_end(&keys->progress);
    return status == SST_OK ? SST_EXIT_DONE : sst_cli_failed(cli, &err);
}

/* --- What is shown --- */

#define LINE "%-16s  %9s  %s\n"

static sst_exit_t show_key(const keys_t *keys, const char *file,
                           const unsigned char id[SST_KEY_ID_LEN],
                           apr_uint64_t sessions, const char *state)
{
    apr_pool_t *pool = keys->cli->pool;
    char hex[SST_HEX_LEN(SST_KEY_ID_LEN) + 1];

    sst_hex_encode(hex, sst_span(id, SST_KEY_ID_LEN));
    if (keys->cli->args->json) {
        return sst_output_json(keys->cli, json_pack(
            "{s:o, s:s, s:I, s:s}", "keys",
            file != NULL ? sst_output_json_text(file, pool) : json_null(),
            "key", hex, "sessions", (json_int_t) sessions, "state", state));
    }
    return sst_cli_show(keys->cli, apr_psprintf(
        pool, LINE, hex, apr_psprintf(pool, "%" APR_UINT64_T_FMT, sessions),
        state));
}

static sst_exit_t show_head(const keys_t *keys, const char *text)
{
    if (keys->cli->args->json) {
        return SST_EXIT_DONE;
    }
    return sst_cli_show(keys->cli, apr_psprintf(
        keys->cli->pool, "%s\n" LINE, text, "KEY", "SESSIONS", "STATE"));
}

/* The state of a key in its ring. A count that is not complete clears none. */
static const char *state_of(int index, apr_uint64_t sessions, int complete)
{
    if (index == 0) {
        return "seals";
    }
    return sessions == 0 && complete ? "may go" : "opens";
}

static sst_exit_t show_ring(keys_t *keys, const sst_place_ring_t *ring,
                            int complete)
{
    sst_exit_t result = show_head(keys, ring->keys);
    int i;

    for (i = 0; i < ring->ring->count && result == SST_EXIT_DONE; i++) {
        const unsigned char *id = ring->ring->keys[i].id;
        apr_uint64_t sessions = tally_of(keys, id)->sessions;

        result = show_key(keys, ring->keys, id, sessions,
                          state_of(i, sessions, complete));
    }
    return result;
}

static sst_exit_t show_unknown(const keys_t *keys)
{
    sst_exit_t result = SST_EXIT_DONE;
    int headed = 0;
    int i;

    for (i = 0; i < keys->order->nelts && result == SST_EXIT_DONE; i++) {
        const tally_t *tally = APR_ARRAY_IDX(keys->order, i, tally_t *);

        if (tally->known) {
            continue;
        }
        if (!headed) {
            result = show_head(keys, "In no key file: nobody can open these "
                               "sessions");
            headed = 1;
        }
        if (result == SST_EXIT_DONE) {
            result = show_key(keys, NULL, tally->id, tally->sessions,
                              "missing");
        }
    }
    return result;
}

static sst_exit_t show_all(keys_t *keys, int complete)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    for (i = 0; i < keys->rings->nelts && result == SST_EXIT_DONE; i++) {
        result = show_ring(keys, &APR_ARRAY_IDX(keys->rings, i,
                                                sst_place_ring_t), complete);
    }
    return result == SST_EXIT_DONE ? show_unknown(keys) : result;
}

static sst_exit_t keys_run(const sst_cli_t *cli, int argc,
                           const char *const *argv)
{
    apr_array_header_t *places;
    keys_t keys;
    sst_exit_t result = sst_places_open(&places, cli);
    int i;
    int k;

    if (result != SST_EXIT_DONE) {
        return result;
    }
    memset(&keys, 0, sizeof(keys));
    keys.cli = cli;
    keys.tallies = apr_hash_make(cli->pool);
    keys.order = apr_array_make(cli->pool, 8, sizeof(tally_t *));
    keys.rings = apr_array_make(cli->pool, 2, sizeof(sst_place_ring_t));
    for (i = 0; i < places->nelts; i++) {
        const sst_place_t *place = &APR_ARRAY_IDX(places, i, sst_place_t);

        for (k = 0; k < place->rings->nelts; k++) {
            add_ring(&keys, &APR_ARRAY_IDX(place->rings, k,
                                           sst_place_ring_t));
        }
    }
    result = sst_places_visit(cli, places, count_place, &keys);
    return sst_exit_worse(result, show_all(&keys, result == SST_EXIT_DONE));
}

const sst_verb_t sst_verb_keys = {
    .name = "keys",
    .arguments = "[OPTION...]",
    .summary = "says which keys are needed",
    .help =
        "Lists the keys of the key files, by their ids, with how many live\n"
        "sessions each one holds. The first key of a file seals, all open. A\n"
        "key that may go holds no session any more; where other servers read\n"
        "the same file, let them have another first key before it goes.\n",
    .options = "j" SST_PLACE_OPTIONS,
    .run = keys_run
};
