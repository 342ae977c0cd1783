/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Hosts that are this one by their very name: what is sent there can be read
 * by nobody on the way.
 */
#ifndef SST_LOOPBACK_H
#define SST_LOOPBACK_H

/* 1 when `host` is localhost, an address in 127.0.0.0/8, or ::1, with brackets
 * around it or not; in lower case. Looks nothing up.
 */
int sst_loopback(const char *host);

#endif
