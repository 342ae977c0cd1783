/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* AWS credentials as they were at one moment, with the signing key of a day.
 * For aws_credentials.c, whose monitor guards who uses one.
 */
#ifndef SST_AWS_SNAPSHOT_H
#define SST_AWS_SNAPSHOT_H

#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/aws_credentials.h"
#include "lib/transport/aws_keys.h"
#include "lib/transport/sigv4.h"

/* When credentials end that do not. */
#define SST_AWS_NEVER APR_INT64_MAX

/* One block of memory, so that one wipe is enough. */
typedef struct sst_aws_snapshot_t {
    sst_aws_identity_t identity;    /* first: callers hold a pointer to it */
    char date[SST_SIGV4_DATE_LEN];  /* that identity.key is for */
    apr_time_t expires;             /* or SST_AWS_NEVER */
    int references;
    apr_size_t size;
    const char *secret;             /* like the others, in texts */
    char texts[];
} sst_aws_snapshot_t;

/* A snapshot with one reference, and the key for the day of `time`, as
 * sst_sigv4_time has it. Expected: OK.
 */
sst_status_t sst_aws_snapshot_new(sst_aws_snapshot_t **out,
                                  const sst_aws_keys_t *keys,
                                  const char *region, const char *service,
                                  const char *time,
                                  sst_error_t *err) SST_CHECKED;

/* Takes a reference back; the last one wipes and frees it. NULL is none. */
void sst_aws_snapshot_release(sst_aws_snapshot_t *snapshot);

#endif
