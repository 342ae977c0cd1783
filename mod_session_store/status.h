/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the counters say, for people and for programs: the handler
 * session-store-status (a page, `?json`, `?prometheus`), and a section of
 * mod_status. Shows stores by name and keys by id, and nothing of a session.
 */
#ifndef SST_STATUS_PAGE_H
#define SST_STATUS_PAGE_H

#include <httpd.h>

#include "lib/cache.h"
#include "lib/keys.h"
#include "mod_session_store/metrics.h"

/* httpd's handler hook. */
int sst_status_handler(request_rec *r);

/* Hands the section to mod_status, if that is there. */
void sst_status_register(void);

/* --- What is shown, for the files that write it --- */

/* A store's cache. */
typedef struct sst_cache_view_t {
    int there;                  /* 0: it has none, and the rest is zero */
    sst_cache_state_t state;
    apr_uint32_t watcher;       /* the process that hears of changes; 0: none */
    sst_cache_figures_t figures;
} sst_cache_view_t;

/* One store and its counters. */
typedef struct sst_store_view_t {
    const char *name;
    int counted;                /* 0: there was no memory to count in */
    int has_servers;            /* the two below are of such a store */
    int processes;              /* that use it */
    sst_usage_t usage;
    const apr_array_header_t *servers;  /* sst_server_times_t */
    sst_tally_t tally;
    sst_cache_view_t cache;
} sst_store_view_t;

/* One key ring. */
typedef struct sst_ring_view_t {
    const sst_keys_t *keys;
    const char *source;         /* where they come from, for people */
    apr_array_header_t *ids;    /* const char *, hex */
    int seals;                  /* which one seals */
} sst_ring_view_t;

typedef struct sst_status_view_t {
    const char *server;         /* its name */
    apr_time_t now;
    apr_time_t since;           /* 0 when nothing is counted */
    apr_array_header_t *stores; /* sst_store_view_t */
    apr_array_header_t *rings;  /* sst_ring_view_t */
} sst_status_view_t;

/* The three forms. Each sets the content type and writes the response; the
 * answer is httpd's.
 */
int sst_status_page(request_rec *r, const sst_status_view_t *view);
int sst_status_json(request_rec *r, const sst_status_view_t *view);
int sst_status_prometheus(request_rec *r, const sst_status_view_t *view);

/* The part of the page about a store's servers. */
void sst_status_servers(request_rec *r, const sst_store_view_t *store);

/* The sum of a family's events, or of those that mean a failure. */
apr_uint64_t sst_status_sum(const sst_tally_t *tally, sst_event_t first,
                            sst_event_t last);
apr_uint64_t sst_status_failures(const sst_tally_t *tally);

/* The style sheet of the page. */
extern const char sst_status_style[];

#endif
