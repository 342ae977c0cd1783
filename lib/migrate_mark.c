/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Marks on stored values. */

#include "lib/migrate_mark.h"

#include <string.h>

#include "lib/crypto.h"

#define MARK_LEN 8

static const char claimed[MARK_LEN] = { 's', 's', 't', '-', 'm', 'o', 'v',
                                        'e' };
static const char ended[MARK_LEN] = { 's', 's', 't', '-', 'g', 'o', 'n', 'e' };

sst_mark_t sst_mark_of(const sst_version_t *version)
{
    if (memcmp(version->token, claimed, MARK_LEN) == 0) {
        return SST_MARK_CLAIMED;
    }
    return memcmp(version->token, ended, MARK_LEN) == 0 ? SST_MARK_ENDED
                                                        : SST_MARK_NONE;
}

static sst_status_t next_version(sst_version_t *out, sst_mark_t mark,
                                 sst_span_t value, sst_error_t *err)
{
    sst_version_t before;
    sst_status_t status = sst_version_read(&before, value, err);

    memset(out, 0, sizeof(*out));
    if (status == SST_OK) {
        status = sst_random(out->token, SST_TOKEN_LEN, err);
    }
    if (status == SST_OK) {
        memcpy(out->token, mark == SST_MARK_CLAIMED ? claimed : ended,
               MARK_LEN);
        out->revision = before.revision + 1;
    }
    return status;
}

sst_status_t sst_mark_put(sst_span_t *bytes, sst_version_t *version,
                          sst_mark_t mark, sst_span_t value, sst_error_t *err,
                          apr_pool_t *pool)
{
    sst_status_t status = next_version(version, mark, value, err);
    apr_size_t len = mark == SST_MARK_ENDED ? SST_VERSION_LEN : value.len;
    sst_writer_t writer;

    *bytes = sst_span(NULL, 0);
    if (status != SST_OK) {
        return status;
    }
    writer = sst_writer(apr_palloc(pool, len), len);
    sst_write_bytes(&writer, sst_span(version->token, SST_TOKEN_LEN));
    sst_write_u64(&writer, version->revision);
    sst_write_bytes(&writer, sst_span(value.data + SST_VERSION_LEN,
                                      len - SST_VERSION_LEN));
    *bytes = sst_written(&writer);
    return SST_OK;
}
