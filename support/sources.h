/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where the tool learns of stores and keys: from its options, or from httpd,
 * which reads its own configuration and tells what it found.
 */
#ifndef SST_SOURCES_H
#define SST_SOURCES_H

#include "support/htsession.h"

/* What is configured for one server. Every list has one element at least. */
typedef struct sst_source_t {
    const char *server;             /* its ServerName, or "" */
    const char *keys;               /* "file:PATH" */
    apr_array_header_t *stores;     /* apr_array_header_t * of const char *:
                                     * a URL and its options */
    apr_array_header_t *cookies;    /* const char * */
    apr_array_header_t *user_keys;  /* const char * */
    const char *audit;              /* its SessionStoreAudit, or NULL */
    apr_uid_t uid;                  /* whom httpd's children run as; 0: not */
    apr_gid_t gid;                  /* known */
} sst_source_t;

/* A ServerName as it is written, with its scheme and port, as the name that
 * tenants go by: "https://Shop.example:443" is "shop.example". From `pool`.
 */
const char *sst_source_server(const char *name, apr_pool_t *pool);

/* Fills *out (an array of sst_source_t, in cli->pool) with what the options
 * name, or else with what httpd's configuration has. Answers SST_EXIT_DONE, or
 * another code after it said what is wrong.
 */
sst_exit_t sst_sources_read(apr_array_header_t **out, const sst_cli_t *cli);

/* httpd_conf.c: the part that asks httpd. */
sst_exit_t sst_sources_from_httpd(apr_array_header_t **out,
                                  const sst_cli_t *cli);

/* The modules that httpd loads ("session_module"; const char * in cli->pool).
 * Answers SST_EXIT_DONE; another code when httpd does not tell, which is left
 * to sst_sources_from_httpd to report.
 */
sst_exit_t sst_httpd_modules(apr_array_header_t **out, const sst_cli_t *cli);

/* 1 when one of them has this name. */
int sst_httpd_has(const apr_array_header_t *modules, const char *name);

#endif
