/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The stores that a verb works on, opened and started, each once (servers may
 * describe it with different time-outs), with the keys and the tenants of all
 * servers that use it.
 */
#ifndef SST_PLACES_H
#define SST_PLACES_H

#include "lib/admin.h"
#include "support/htsession.h"

/* A ring and what names it: "file:PATH". */
typedef struct sst_place_ring_t {
    const char *keys;
    const sst_keyring_t *ring;
} sst_place_ring_t;

typedef struct sst_place_t {
    sst_store_t *store;
    const apr_array_header_t *words;    /* const char *: what describes it */
    apr_array_header_t *rings;      /* sst_place_ring_t, of its servers */
    const sst_keyring_t *ring;      /* every key of them */
    apr_array_header_t *admins;     /* sst_admin_t: one for each tenant in
                                     * which users are looked up; not empty */
    apr_array_header_t *audits;     /* const char *: where its servers write
                                     * their audit logs; may be empty */
    const char *others;             /* a server that --server leaves out has
                                     * its sessions here too; or NULL */
    apr_uid_t uid;                  /* whom httpd's children run as; 0: not */
    apr_gid_t gid;                  /* known */
    sst_error_t broken;             /* why it cannot be used, or SST_OK */
} sst_place_t;

/* Opens what the options say: *out is an array of sst_place_t in cli->pool.
 * Answers SST_EXIT_DONE, also when a store could not be started (`broken`
 * says so); another code after it said what is wrong.
 */
sst_exit_t sst_places_open(apr_array_header_t **out, const sst_cli_t *cli);

/* The same for sources that have been read already. */
sst_exit_t sst_places_make(apr_array_header_t **out, const sst_cli_t *cli,
                           const apr_array_header_t *sources);

/* A place as a whole: the sessions of all of its tenants. */
const sst_admin_t *sst_place_admin(const sst_place_t *place);

/* Does a verb's work in one place. */
typedef sst_exit_t sst_place_fn_t(void *baton, const sst_cli_t *cli,
                                  const sst_place_t *place);

/* Calls `each` for every place that can be used. One that cannot is reported,
 * and keeps no other from being worked on. Answers the worst result.
 */
sst_exit_t sst_places_visit(const sst_cli_t *cli,
                            const apr_array_header_t *places,
                            sst_place_fn_t *each, void *baton);

/* Opens the places and visits them. */
sst_exit_t sst_places_each(const sst_cli_t *cli, sst_place_fn_t *each,
                           void *baton);

/* The live sessions of cli->args->user in a place, in all of its tenants:
 * *out is an array of sst_summary_t from `pool`. Expected: OK, also with none.
 */
sst_status_t sst_place_user(apr_array_header_t **out,
                            const sst_place_t *place, const char *user,
                            sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

/* *out is for changing this session of a place: with the tenant in which it is
 * noted with a user of its, or without one when there is none, or when a change
 * notes nothing. Expected: OK.
 */
sst_status_t sst_place_owner(sst_admin_t *out, const sst_place_t *place,
                             const sst_summary_t *summary, sst_error_t *err,
                             apr_pool_t *pool) SST_CHECKED;

#endif
