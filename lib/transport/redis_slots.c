/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* CRC-16 and hash tags. */

#include "lib/transport/redis_slots.h"

#include <string.h>

/* The remainders of four bits under CRC-16/XMODEM's polynomial, 0x1021. */
static const apr_uint16_t remainders[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
    0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef
};

static unsigned int shifted(unsigned int crc, unsigned int four_bits)
{
    return (crc << 4 & 0xffff) ^ remainders[(crc >> 12 ^ four_bits) & 15];
}

static unsigned int crc16(sst_span_t bytes)
{
    unsigned int crc = 0;
    apr_size_t i;

    for (i = 0; i < bytes.len; i++) {
        crc = shifted(crc, bytes.data[i] >> 4);
        crc = shifted(crc, bytes.data[i]);
    }
    return crc;
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
