/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* AWS credentials that are always fresh: one thread in each process asks the
 * sources ahead of the end of what it has, while everybody else goes on with
 * it. Callers get an identity, an immutable snapshot with the day's signing
 * key, which stays valid until they give it back.
 *
 * One monitor guards everything that changes; nobody is inside during I/O.
 */
#ifndef SST_AWS_CREDENTIALS_H
#define SST_AWS_CREDENTIALS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "lib/status.h"
#include "lib/transport/aws_settings.h"
#include "lib/transport/http.h"
#include "lib/transport/sigv4.h"

typedef struct sst_aws_credentials_t sst_aws_credentials_t;

/* As whom, and where, a request is signed. Belongs to the credentials; wiped
 * when the last one that uses it gives it back.
 */
typedef struct sst_aws_identity_t {
    const char *key_id;
    const char *token;              /* session token, or NULL */
    const char *region;
    unsigned char key[SST_SIGV4_KEY_LEN];   /* of the day that was asked for */
} sst_aws_identity_t;

/* Hears that the sources failed, for the first time after they answered. Called
 * by the thread.
 */
typedef void sst_aws_tell_fn_t(void *baton, const sst_error_t *failure);

/* Makes the credentials for `service` and starts their thread, which ends
 * before anything else in `pool` does. Does not wait for a source. `settings`,
 * `http` and `baton` have to live as long. Expected: OK.
 */
sst_status_t sst_aws_credentials_start(sst_aws_credentials_t **out,
                                       const sst_aws_settings_t *settings,
                                       sst_http_t *http, const char *service,
                                       sst_aws_tell_fn_t *tell, void *baton,
                                       sst_error_t *err,
                                       apr_pool_t *pool) SST_CHECKED;

/* The identity to sign with now, and the time to sign with. Waits only while
 * there is none that is valid, and then not after a failure that has just been
 * seen. Expected: OK, with *out to be given back; TIMEOUT; what the source
 * answered.
 */
sst_status_t sst_aws_credentials_get(const sst_aws_identity_t **out,
                                     char time[SST_SIGV4_TIME_LEN + 1],
                                     sst_aws_credentials_t *credentials,
                                     apr_time_t deadline,
                                     sst_error_t *err) SST_CHECKED;

/* Gives an identity back; NULL is allowed. */
void sst_aws_credentials_release(sst_aws_credentials_t *credentials,
                                 const sst_aws_identity_t *identity);

/* The service refuses `identity` as expired or unknown: waits for the sources
 * to be asked again, unless that has happened since. Sources are not asked
 * more than once in a second this way. Expected: OK; TIMEOUT; what the source
 * answered.
 */
sst_status_t sst_aws_credentials_renew(sst_aws_credentials_t *credentials,
                                       const sst_aws_identity_t *identity,
                                       apr_time_t deadline,
                                       sst_error_t *err) SST_CHECKED;

/* What the service's clock says now. Requests are signed with its time from
 * now on, and the ends of credentials compared with it.
 */
void sst_aws_credentials_set_clock(sst_aws_credentials_t *credentials,
                                   apr_time_t service_now);

/* The time by the service's clock. */
apr_time_t sst_aws_credentials_now(sst_aws_credentials_t *credentials);

#endif
