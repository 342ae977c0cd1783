/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* SessionStoreCache: the memory that all children share, and the stores that
 * have copies in it (lib/cache.h).
 *
 * The memory is made by the parent and lives as long as it does, over graceful
 * restarts: children of the generation before go on using it, and evict in it
 * what they change. With another size, and for a module that makes something
 * else of it, it is made anew.
 */
#ifndef SST_SHARED_CACHE_H
#define SST_SHARED_CACHE_H

#include <httpd.h>
#include <http_config.h>

#include "lib/store.h"

/* Reads the directive's words. Answers NULL, or what is wrong and what is
 * allowed.
 */
const char *sst_shared_cache_configure(cmd_parms *cmd, int argc,
                                       char *const argv[]);

/* Once the configuration is read: OK, or an error after it said on the log why
 * there can be no cache.
 */
int sst_shared_cache_check(const server_rec *main_server, apr_pool_t *pconf);

/* In the parent, once stores are counted and before they are prepared: puts
 * the cache in front of each store that may have copies. Where there is no
 * memory, or nothing to cache, says so on the log, and all goes on.
 */
void sst_shared_cache_attach(const apr_array_header_t *stores,
                             server_rec *server, apr_pool_t *pconf);

#endif
