/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* For the tests: a child of httpd that crashes says where, in a line of the
 * error log:
 *
 *     [-] [probe:emerg] [pid 42] crashed in its first thread:
 *     libapr-1.so.0 mod_mpm_event.so apache2 libc.so.6 apache2
 *
 * as one line: the files whose functions had called each other, the innermost
 * first, each once in a row. httpd itself does not say where, and of those that
 * it waits for, as when it restarts at once, mostly nothing at all.
 */
#ifndef PROBE_CRASH_H
#define PROBE_CRASH_H

/* From here on, in this process; once, before it has threads. What httpd does
 * about a crash, as to leave a core, it does afterwards.
 */
void probe_tell_crashes(void);

#endif
