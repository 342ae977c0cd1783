/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Removing expired sessions in the background, for stores that do not do so by
 * themselves: in one child at a time, in short slices, in mod_watchdog's
 * thread and never in a request.
 */
#ifndef SST_PURGE_H
#define SST_PURGE_H

#include <httpd.h>

/* Registers the work for the stores of this configuration that want it. Says
 * so on the log when mod_watchdog is missing, and answers OK all the same.
 */
int sst_purge_register(server_rec *main_server, apr_pool_t *pconf);

#endif
