/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The entries by which users are known to a server: what SessionStoreUserKey
 * says in any place that may have the same sessions. A session that is signed
 * in under the key of one place is so in every other; were it not, whatever
 * that place saves would hide its user from revocation and limits.
 */
#ifndef SST_USER_KEYS_H
#define SST_USER_KEYS_H

#include <httpd.h>

#include "mod_session_store/conf.h"

/* Once the servers have their names (registry.h): gives each its list of keys,
 * if there is a store at all.
 */
void sst_user_keys_collect(apr_pool_t *pconf, server_rec *main_server);

/* The keys (const char *) that count for a request to `server` in a place of
 * this configuration: the server's, and in a folder whose .htaccess file names
 * another one that too, from `pool`. Any thread may call.
 */
const apr_array_header_t *sst_user_keys_of(const sst_dir_conf_t *conf,
                                           const sst_server_conf_t *server,
                                           apr_pool_t *pool);

#endif
