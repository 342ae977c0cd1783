/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Snapshots of credentials. */

#include "lib/transport/aws_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"

static const char *append(char **end, const char *text)
{
    char *start = *end;
    apr_size_t len;

    if (text == NULL) {
        return NULL;
    }
    len = strlen(text) + 1;
    memcpy(start, text, len);
    *end += len;
    return start;
}

static apr_size_t room_for(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static void wipe_and_free(sst_aws_snapshot_t *snapshot)
{
    sst_wipe(snapshot, snapshot->size);
    free(snapshot);
}

sst_status_t sst_aws_snapshot_new(sst_aws_snapshot_t **out,
                                  const sst_aws_keys_t *keys,
                                  const char *region, const char *service,
                                  const char *time, sst_error_t *err)
{
    apr_size_t size = sizeof(sst_aws_snapshot_t) + room_for(keys->key_id)
        + room_for(keys->secret) + room_for(keys->token) + room_for(region);
    sst_aws_snapshot_t *snapshot = calloc(1, size);
    sst_status_t status;
    char *end;

    *out = NULL;
    if (snapshot == NULL) {
        return sst_error_set(err, SST_INTERNAL, APR_ENOMEM, "no memory");
    }
    end = snapshot->texts;
    snapshot->size = size;
    snapshot->references = 1;
    snapshot->expires = keys->expires != 0 ? keys->expires : SST_AWS_NEVER;
    snapshot->secret = append(&end, keys->secret);
    snapshot->identity.key_id = append(&end, keys->key_id);
    snapshot->identity.token = append(&end, keys->token);
    snapshot->identity.region = append(&end, region);
    memcpy(snapshot->date, time, SST_SIGV4_DATE_LEN);
    status = sst_sigv4_key(snapshot->identity.key, snapshot->secret, time,
                           region, service, err);
    if (status != SST_OK) {
        wipe_and_free(snapshot);
        return status;
    }
    *out = snapshot;
    return SST_OK;
}

void sst_aws_snapshot_release(sst_aws_snapshot_t *snapshot)
{
    if (snapshot != NULL && --snapshot->references == 0) {
        wipe_and_free(snapshot);
    }
}
