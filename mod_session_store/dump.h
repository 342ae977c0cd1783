/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* `httpd -t -D DUMP_SESSION_STORE`: what is configured, for people and for the
 * administrator's tool, which lets httpd read its configuration.
 */
#ifndef SST_DUMP_H
#define SST_DUMP_H

#include <httpd.h>

/* httpd's hook test_config. With the define, prints one line of JSON for each
 * server with a store:
 *
 *   {"server": NAME, "keys": "file:PATH",
 *    "stores": [{"url": URL, "options": ["name=value", ...]}, ...],
 *    "cookies": [NAME, ...], "user_keys": [NAME, ...],
 *    "uid": NUMBER, "gid": NUMBER}
 *
 * Behind the options of a store that sessions are moved to stand
 * "SessionStoreMigrateFrom" and the words of the old one.
 *
 * Each list holds what stands anywhere in the server's configuration, sections
 * included, and in what it inherits; the user keys, `auto` and those of other
 * servers with the same sessions too. Passwords in URLs are replaced by ***,
 * unless SST_DUMP_PASSWORDS is defined too and the output is no terminal.
 */
#define SST_DUMP_DEFINE "DUMP_SESSION_STORE"
#define SST_DUMP_PASSWORDS "DUMP_SESSION_STORE_PASSWORDS"
void sst_dump_test_config(apr_pool_t *pconf, server_rec *main_server);

#endif
