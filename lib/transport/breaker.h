/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The circuit breaker of one node or service: after a few failures in a row,
 * nobody asks it for a while, then one at a time does, until one succeeds.
 *
 * Plain arithmetic on a struct: whoever owns it locks, says what time it is,
 * and judges what a failure is.
 */
#ifndef SST_BREAKER_H
#define SST_BREAKER_H

#include <apr_time.h>

#define SST_BREAKER_FAILURES 5    /* in a row that open it */
#define SST_BREAKER_PAUSE_MIN apr_time_from_msec(200)
#define SST_BREAKER_PAUSE_MAX apr_time_from_sec(2)

typedef struct sst_breaker_t {
    int failures;               /* in a row */
    int probing;                /* somebody tries whether it is back */
    apr_interval_time_t pause;  /* how long it was opened for last */
    apr_time_t open_until;      /* 0: closed */
} sst_breaker_t;

typedef enum {
    SST_PASS_NO,          /* open: fail at once */
    SST_PASS_YES,
    SST_PASS_PROBE        /* go, as the one that tries */
} sst_pass_t;

typedef enum {
    SST_VERDICT_GOOD,     /* the node answered */
    SST_VERDICT_BAD,      /* it cost time, and brought nothing */
    SST_VERDICT_NONE      /* says nothing about the node */
} sst_verdict_t;

/* May somebody use the node now? After YES and PROBE comes exactly one
 * sst_breaker_leave with the same pass.
 */
sst_pass_t sst_breaker_enter(sst_breaker_t *breaker,
                                         apr_time_t now);

/* How it went. */
void sst_breaker_leave(sst_breaker_t *breaker,
                             sst_pass_t pass,
                             sst_verdict_t verdict, apr_time_t now);

/* 1 from when it opens until somebody has found the node to answer again. */
int sst_breaker_is_open(const sst_breaker_t *breaker);

#endif
