/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* CRC-16 and hash tags. */

#include "lib/transport/redis_slots.h"

#include <string.h>

#define CRC16_POLYNOMIAL 0x1021

static unsigned int crc16(sst_span_t bytes)
{
    unsigned int crc = 0;
    apr_size_t i;
    int bit;

    for (i = 0; i < bytes.len; i++) {
        crc ^= (unsigned int) bytes.data[i] << 8;
        for (bit = 0; bit < 8; bit++) {
            crc = crc & 0x8000 ? crc << 1 ^ CRC16_POLYNOMIAL : crc << 1;
        }
    }
    return crc & 0xffff;
}

static sst_span_t hashed_part(sst_span_t key)
{
    const unsigned char *end = key.data + key.len;
    const unsigned char *open = key.len > 0
        ? memchr(key.data, '{', key.len) : NULL;
    const unsigned char *close;

    if (open == NULL) {
        return key;
    }
    open++;
    close = open < end ? memchr(open, '}', (apr_size_t) (end - open)) : NULL;
    if (close == NULL || close == open) {
        return key;
    }
    return sst_span(open, (apr_size_t) (close - open));
}

unsigned int sst_redis_slot(sst_span_t key)
{
    return crc16(hashed_part(key)) % SST_REDIS_SLOTS;
}
