/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any text as what a browser carries, any text behind a ticket of ours, and any
 * value as one that is sealed into such a text.
 *
 * Subject: lib/carried.c lib/bytes.c
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/carried.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "carried";

static void open_text(sst_span_t text, const sst_ticket_t *ticket,
                      apr_pool_t *pool)
{
    static const sst_value_t zero;
    sst_value_t value;
    sst_row_t row;
    sst_status_t status;

    fuzz_require(sst_ticket_row(&row, ticket, fuzz_scope(), NULL) == SST_OK,
                 "a ticket has a row");
    status = sst_carried_open(&value, text, ticket, &row, fuzz_scope(), NULL,
                              pool);
    fuzz_require(status == SST_OK || status == SST_INVALID,
                 "it is ours or invalid");
    /* Every byte was set. */
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
    fuzz_require(status == SST_OK || memcmp(&value, &zero, sizeof(zero)) == 0,
                 "nothing of it is left");
}

static void parse_text(sst_span_t text, apr_pool_t *pool)
{
    sst_span_t front = sst_carried_ticket(text);
    sst_ticket_t ticket;

    fuzz_require(front.len <= text.len, "a front is not longer");
    if (sst_ticket_parse(&ticket, front, fuzz_ring(), fuzz_scope(),
                         NULL) == SST_OK) {
        open_text(text, &ticket, pool);
    }
}

static sst_ticket_t our_ticket(void)
{
    sst_ticket_t ticket;

    memset(&ticket, 0, sizeof(ticket));
    ticket.key = &fuzz_ring()->keys[0];
    ticket.revision = 1;
    return ticket;
}

static void behind_a_ticket(sst_span_t text, apr_pool_t *pool)
{
    sst_ticket_t ticket = our_ticket();
    char front[SST_TICKET_MAX + 1];
    apr_size_t len;
    char *whole;

    fuzz_require(sst_ticket_format(front, &ticket, fuzz_scope(),
                                   NULL) == SST_OK, "it is written");
    len = strlen(front) + 1 + text.len;
    whole = apr_psprintf(pool, "%s.", front);
    whole = memcpy(apr_palloc(pool, len + 1), whole, strlen(whole));
    if (text.len > 0) {
        memcpy(whole + len - text.len, text.data, text.len);
    }
    open_text(sst_span(whole, len), &ticket, pool);
}

static void seal_and_open(sst_span_t bytes, apr_pool_t *pool)
{
    sst_ticket_t ticket = our_ticket();
    sst_value_t value;
    sst_value_t opened;
    sst_row_t row;
    const char *text;

    memset(&value, 0, sizeof(value));
    value.bytes = bytes;
    value.expires_s = (apr_int64_t) bytes.len;
    fuzz_require(sst_ticket_row(&row, &ticket, fuzz_scope(), NULL) == SST_OK
                 && sst_carried_seal(&text, &value, &ticket, &row,
                                     fuzz_scope(), NULL, pool) == SST_OK,
                 "it is sealed");
    fuzz_require(strlen(text) <= sst_carried_len(bytes.len),
                 "it is not longer than was said");
    fuzz_require(sst_carried_open(&opened, sst_span_text(text), &ticket, &row,
                                  fuzz_scope(), NULL, pool)
                 == (bytes.len < SST_VERSION_LEN ? SST_INVALID : SST_OK),
                 "what is sealed is opened, if it may be a record");
    fuzz_require(bytes.len < SST_VERSION_LEN
                 || (fuzz_same(opened.bytes, bytes)
                     && opened.expires_s == value.expires_s), "all of it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sst_span_t input = sst_span(data, size);
    apr_pool_t *pool = fuzz_pool();

    parse_text(input, pool);
    seal_and_open(input, pool);
    behind_a_ticket(input, pool);
    return 0;
}
