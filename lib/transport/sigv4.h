/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* AWS Signature Version 4, as "Create a signed AWS API request" in the IAM
 * User Guide describes it: the Authorization header of one request.
 *
 * Arithmetic only: no I/O, no clock, no state, any thread. Path and query are
 * taken as they are, so the caller gives them in canonical form (this library
 * asks for "/" without a query only).
 */
#ifndef SST_SIGV4_H
#define SST_SIGV4_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/crypto.h"
#include "lib/status.h"

#define SST_SIGV4_DATE_LEN 8            /* 20150830 */
#define SST_SIGV4_TIME_LEN 16           /* 20150830T123600Z */
#define SST_SIGV4_KEY_LEN SST_HASH_LEN
#define SST_SIGV4_HEADERS_MAX 16

typedef struct sst_sigv4_header_t {
    const char *name;           /* lower case */
    const char *value;
} sst_sigv4_header_t;

/* What is signed. The texts belong to the caller. */
typedef struct sst_sigv4_request_t {
    const char *method;
    const char *path;           /* canonical: "/" */
    const char *query;          /* canonical: "" */
    const sst_sigv4_header_t *headers;  /* sorted by name, host among them */
    int header_count;           /* at most SST_SIGV4_HEADERS_MAX */
    sst_span_t body;
    const char *time;           /* the value of x-amz-date */
    const char *region;
    const char *service;
    const char *key_id;
} sst_sigv4_request_t;

/* A time as x-amz-date has it (UTC), NUL-terminated; its first
 * SST_SIGV4_DATE_LEN characters are the date.
 */
void sst_sigv4_time(char out[SST_SIGV4_TIME_LEN + 1], apr_time_t when);

/* The key for one day (the date at the front of `time`), region and service.
 * The caller wipes it.
 */
sst_status_t sst_sigv4_key(unsigned char out[SST_SIGV4_KEY_LEN],
                           const char *secret, const char *time,
                           const char *region, const char *service,
                           sst_error_t *err) SST_CHECKED;

/* The value of the Authorization header, from `pool`. Expected: OK; INVALID
 * when there are more headers than can be signed.
 */
sst_status_t sst_sigv4_authorize(const char **out,
                                 const sst_sigv4_request_t *request,
                                 const unsigned char key[SST_SIGV4_KEY_LEN],
                                 sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

#endif
