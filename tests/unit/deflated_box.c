/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Seals a deflated box by docs/record-format.md. */

#include "tests/unit/deflated_box.h"

#include <string.h>

#define AAD_LEN (3 + SST_KEY_ID_LEN + SST_ROW_LEN + 24)

static void write_aad(unsigned char aad[AAD_LEN], const sst_record_t *record,
                      const sst_row_t *row)
{
    sst_writer_t writer = sst_writer(aad, AAD_LEN);

    sst_write_u8(&writer, SST_BOX_META);
    sst_write_u8(&writer, SST_RECORD_FORMAT);
    sst_write_u8(&writer, 1);
    sst_write_bytes(&writer, sst_span(record->key_id, SST_KEY_ID_LEN));
    sst_write_bytes(&writer, sst_span(row->bytes, SST_ROW_LEN));
    sst_write_u64(&writer, (apr_uint64_t) record->created_s);
    sst_write_u64(&writer, (apr_uint64_t) record->deadline_s);
    sst_write_u64(&writer, record->version.revision);
}

sst_status_t deflated_box_seal(sst_record_t *record, sst_span_t text,
                               const sst_box_key_t *key, apr_pool_t *pool)
{
    sst_box_t *box = &record->boxes[SST_BOX_META - 1];
    unsigned char *sealed = apr_palloc(pool, text.len + SST_SEAL_OVERHEAD);
    unsigned char aad[AAD_LEN];
    unsigned char info[1 + SST_ROW_LEN];
    unsigned char box_key[SST_AEAD_KEY_LEN];
    sst_status_t status;

    info[0] = SST_BOX_META;
    memcpy(info + 1, key->row->bytes, SST_ROW_LEN);
    status = sst_hkdf(box_key, sizeof(box_key),
                      sst_span(key->key->admin, SST_KEY_LEN),
                      sst_span(NULL, 0), sst_span(info, sizeof(info)), NULL);
    if (status != SST_OK) {
        return status;
    }
    write_aad(aad, record, key->row);
    box->deflated = 1;
    box->revision = record->version.revision;
    box->bytes = sst_span(sealed, text.len + SST_SEAL_OVERHEAD);
    return sst_seal(sealed, box_key, sst_span(aad, AAD_LEN), text, NULL);
}
