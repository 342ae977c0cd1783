/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the fuzz targets have in common. A target is one file with one
 * function; with libFuzzer it is a fuzzer (tests/fuzz/fuzz.sh builds and runs
 * it), with replay.c a program that runs it over tests/fuzz/seeds/TARGET, as
 * `make check` does.
 */
#ifndef SST_TESTS_FUZZ_H
#define SST_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <apr_pools.h>

#include "lib/bytes.h"
#include "lib/keyring.h"
#include "lib/record.h"
#include "lib/ticket.h"

/* The target's name, which is that of its folder of seeds. */
extern const char fuzz_target[];

/* The target. Answers 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An empty pool, the same each time; what was in it is gone. */
apr_pool_t *fuzz_pool(void);

/* One that lives as long as the process. */
apr_pool_t *fuzz_lasting_pool(void);

/* Ends the process, so that the fuzzer keeps the input, unless `holds`. */
void fuzz_require(int holds, const char *what);

/* 1 when both spans hold the same bytes. */
int fuzz_same(sst_span_t a, sst_span_t b);

/* 1 when the text is one line, without control characters. */
int fuzz_is_line(const char *text);

/* The ring and the scope of the golden vectors, from which the seeds are. */
const sst_keyring_t *fuzz_ring(void);
const sst_scope_t *fuzz_scope(void);

/* What opens the boxes of the first golden record. */
const sst_box_key_t *fuzz_box_key(void);

#endif
