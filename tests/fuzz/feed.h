/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* For targets that answer in place of a server: the input, handed out piece by
 * piece, and a clock that nobody waits for. The linker puts the functions
 * whose names begin with __wrap_ in place of the library's own (--wrap).
 */
#ifndef SST_TESTS_FUZZ_FEED_H
#define SST_TESTS_FUZZ_FEED_H

#include <stddef.h>
#include <stdint.h>

#include <apr_time.h>

#include "lib/bytes.h"
#include "lib/monitor.h"

/* What stands in for a function of a shared library: ld wants to see it in the
 * program's own table of symbols.
 */
#define FEED_WRAP __attribute__((visibility("default")))

/* Takes the input and sets the clock back to where it begins. */
void feed_begin(const uint8_t *data, size_t size);

/* The next byte, 0 at the end: for what a target chooses by. */
unsigned int feed_byte(void);

/* The bytes up to the next 0xff 0xfe, or to the end. Answers 0 when there is
 * no more.
 */
int feed_piece(sst_span_t *out);

/* The clock: it moves by a little whenever it is read, and by as much as
 * somebody wants to wait.
 */
FEED_WRAP apr_time_t __wrap_apr_time_now(void);
apr_time_t __wrap_sst_clock(void);
apr_time_t __wrap_sst_uptime(void);
FEED_WRAP void __wrap_apr_sleep(apr_interval_time_t time);
void __wrap_sst_monitor_wait(sst_monitor_t *monitor, apr_time_t deadline);

#endif
