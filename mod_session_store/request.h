/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What one request knows of its session, whatever redirects, subrequests and
 * error documents it goes through: kept on the initial request, so that the
 * store is read once and no change is lost.
 */
#ifndef SST_REQUEST_H
#define SST_REQUEST_H

#include <httpd.h>

#include <mod_session.h>

#include "lib/session.h"
#include "mod_session_store/conf.h"

/* The session of one store, cookie and tenant in one request; a request that
 * passes through places with different ones has several.
 */
typedef struct sst_request_t {
    struct sst_request_t *next;
    sst_site_t site;            /* as configured where it was asked last */
    const ap_conf_vector_t *place;  /* of the initial request, where that was
                                     * the last to ask; else NULL */
    const sst_keys_t *keys;     /* that site.ring, held to the end, is of */
    const sst_cookie_conf_t *cookie;    /* our own copy */
    const char *header;         /* Cookie as the client sent it, or NULL */
    sst_span_t candidates[SST_CANDIDATES_MAX];  /* cookies that came along */
    int candidate_count;
    int loaded;                 /* the store has answered, or has failed */
    int load_failed;            /* whether there is a session is not known */
    apr_status_t failure;       /* and the hook answers this */
    int early;                  /* loading before anybody decides on it */
    int touched;                /* its use has been noted, or could not be */
    int denied;                 /* the load failed, and 503 is the answer */
    sst_session_t *session;     /* NULL until loaded */
    session_rec *record;        /* what httpd works on; NULL until loaded */
    apr_table_t *withheld;      /* its entries, while mod_session makes a text
                                 * of none; else NULL */
    int save_flags;             /* SST_SAVE_..., as applications asked for */
    int used;                   /* the response depends on a session */
    int begun;                  /* the response's headers have left */
    const char *found;          /* what the load led to, for the access log */
    const char *done;           /* what a save did; NULL: nothing */
    char name[SST_ROW_NAME_LEN + 1];    /* of the session, or "" */
    apr_interval_time_t store_time;     /* spent in the store */
    int turn;                   /* SessionStoreSerialize: descriptor of the
                                 * lock that is held, or -1 */
    int turn_file;              /* number of the lock that keeps others off,
                                 * which another state may hold; -1: none */
    int turn_failed;            /* places that want a turn answer 503 */
    int refusal;                /* status that replaces the response, or 0 */
    int replaced;               /* it has replaced it */
} sst_request_t;

/* The state for `r` and what is configured there, made on the first call: that
 * is when the cookies are taken. On every call ours are taken out of r and all
 * requests it came from, so that no application sees them, and with them a
 * client's own `Session` header, which would pass for a session. NULL where no
 * SessionStore is configured.
 */
sst_request_t *sst_request_get(request_rec *r);

/* All states of the request that `r` is part of, or NULL. */
sst_request_t *sst_request_first(const request_rec *r);

/* Whether sessions of ours may be in the request that `r` is part of: it is in
 * a place with a SessionStore, or has been.
 */
int sst_request_concerned(const request_rec *r);

/* The request that the client sent. */
request_rec *sst_request_initial(const request_rec *r);

/* When everything that the store is asked for now has to be done. */
apr_time_t sst_request_deadline(const sst_request_t *state);

#endif
