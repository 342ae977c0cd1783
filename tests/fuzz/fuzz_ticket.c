/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Any text as a ticket, and any id, secret and revision as one of ours: a
 * ticket has one spelling.
 *
 * Subject: lib/ticket.c lib/bytes.c
 */

#include <string.h>

#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "ticket";

static void parse_text(sst_span_t text)
{
    static const sst_ticket_t zero;
    char again[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    sst_status_t status = sst_ticket_parse(&ticket, text, fuzz_ring(),
                                           fuzz_scope(), NULL);

    if (status == SST_OK) {
        fuzz_require(sst_ticket_format(again, &ticket, fuzz_scope(),
                                       NULL) == SST_OK
                     && fuzz_same(sst_span_text(again), text),
                     "a ticket has one spelling");
    }
    else {
        fuzz_require(status == SST_INVALID, "it is ours or invalid");
        fuzz_require(memcmp(&ticket, &zero, sizeof(zero)) == 0,
                     "nothing of it is left");
    }
}

static void write_and_read(sst_reader_t reader)
{
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    sst_ticket_t read;

    sst_read_into(&reader, ticket.id, SST_ID_LEN);
    sst_read_into(&reader, ticket.secret, SST_SECRET_LEN);
    ticket.revision = sst_read_u64(&reader) >> 1;
    ticket.key = &fuzz_ring()->keys[ticket.revision & 1];
    fuzz_require(sst_ticket_format(text, &ticket, fuzz_scope(),
                                   NULL) == SST_OK, "it is written");
    fuzz_require(sst_ticket_parse(&read, sst_span_text(text), fuzz_ring(),
                                  fuzz_scope(), NULL) == SST_OK,
                 "what is written is read");
    fuzz_require(memcmp(read.id, ticket.id, SST_ID_LEN) == 0
                 && memcmp(read.secret, ticket.secret, SST_SECRET_LEN) == 0
                 && read.revision == ticket.revision
                 && read.key == ticket.key, "all of it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse_text(sst_span(data, size));
    write_and_read(sst_reader(sst_span(data, size)));
    return 0;
}
