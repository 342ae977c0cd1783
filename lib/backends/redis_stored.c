/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A value as it is stored: with the tokens of earlier writes in it, so that a
 * write whose answer was lost is known again when others have written since.
 * The first value of a row is stored as it is.
 */

#include "lib/backends/redis.h"

#define MARK SST_TOKEN_LEN      /* where it stands */

sst_status_t sst_redis_stored_parts(sst_span_t *token, sst_span_t *rest,
                                    sst_span_t value, sst_error_t *err)
{
    *token = sst_span(NULL, 0);
    *rest = *token;
    if (value.len < SST_VERSION_LEN || value.len > SST_REDIS_VALUE_MAX) {
        return sst_error_set(err, value.len < SST_VERSION_LEN ? SST_INTERNAL
                                                              : SST_TOO_BIG,
                             APR_SUCCESS, "a value of %" APR_SIZE_T_FMT
                             " bytes: a Redis store takes %d to %d",
                             value.len, SST_VERSION_LEN,
                             SST_REDIS_VALUE_MAX);
    }
    if (value.data[MARK] != 0) {
        return sst_error_set(err, SST_INTERNAL, APR_SUCCESS,
                             "a Redis store has no room for revisions of 2^56 "
                             "and more");
    }
    *token = sst_span(value.data, SST_TOKEN_LEN);
    *rest = sst_span(value.data + MARK + 1, value.len - MARK - 1);
    return SST_OK;
}

sst_status_t sst_redis_stored_value(sst_span_t *out, sst_span_t stored,
                                    sst_error_t *err, apr_pool_t *pool)
{
    sst_reader_t reader = sst_reader(stored);
    sst_writer_t writer = sst_writer(apr_palloc(pool, stored.len),
                                     stored.len);

    *out = sst_span(NULL, 0);
    if (stored.len > MARK && stored.data[MARK] > 0) {
        sst_write_bytes(&writer, sst_read_bytes(&reader, SST_TOKEN_LEN));
        (void) sst_read_bytes(&reader, sst_read_u8(&reader)
                                       * (apr_size_t) SST_REDIS_EARLIER_LEN);
        sst_write_u8(&writer, 0);
    }
    if (reader.failed) {
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored value of %" APR_SIZE_T_FMT " bytes is "
                             "shorter than it says", stored.len);
    }
    sst_write_bytes(&writer, reader.rest);
    *out = sst_written(&writer);
    return SST_OK;
}
