/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How often and how soon a failed call is tried again: full jitter, so that
 * clients do not come back together, within the caller's deadline; and a
 * quota for the whole process, so that retries do not add to the load of a
 * service that is down. The figures are those of AWS's standard retry mode,
 * with shorter delays, because a browser is waiting.
 */
#ifndef SST_RETRY_H
#define SST_RETRY_H

#include <apr.h>
#include <apr_time.h>

typedef enum {
    SST_RETRY_LOST,             /* the connection broke: again soon, while what
                                 * may have been written is still on top */
    SST_RETRY_TRANSIENT,        /* no answer in time, or 5xx */
    SST_RETRY_THROTTLED         /* the service asks for less */
} sst_retry_reason_t;

/* Retries that a process may have on the way. Any thread; never waits. */
typedef struct sst_retry_quota_t {
    apr_uint32_t used;          /* tokens; atomic */
} sst_retry_quota_t;

/* The retries of one call; zero-filled before the first. */
typedef struct sst_retry_t {
    int count;                  /* retries so far */
    apr_uint32_t taken;         /* tokens that this call holds */
} sst_retry_t;

/* Whether to try again, and after which delay (0 is possible): 1 with *delay
 * set, or 0 when the attempts, the quota or the time until `deadline` are used
 * up. `asked` is the delay that the service asked for, or 0.
 */
int sst_retry_next(apr_interval_time_t *delay, sst_retry_t *retry,
                   sst_retry_quota_t *quota, sst_retry_reason_t reason,
                   apr_interval_time_t asked, apr_time_t deadline);

/* The call succeeded: the tokens it took go back, and one more. */
void sst_retry_succeeded(sst_retry_t *retry, sst_retry_quota_t *quota);

/* When an attempt that begins at `now` should give up, so that a connection
 * that hangs leaves time for another attempt.
 */
apr_time_t sst_retry_attempt_deadline(apr_time_t now, apr_time_t deadline);

#endif
