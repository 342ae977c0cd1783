/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The servers' key rings: read once at the start and at each restart, and held
 * by requests while they may be exchanged.
 */
#ifndef SST_RING_H
#define SST_RING_H

#include <httpd.h>

#include "lib/keys.h"
#include "mod_session_store/conf.h"

/* Where keys come from, for people: the file's path, or "exec:/program" without
 * its arguments, which may be nobody's business. NULL when nothing is set.
 */
const char *sst_ring_shown(const sst_keys_source_t *source, apr_pool_t *pool);

/* SessionStoreKeys as it was written, to tell one from another: "file:/path",
 * "exec:/program "argument""; as htsession's --keys takes it.
 */
const char *sst_ring_name(const sst_keys_source_t *source, apr_pool_t *pool);

/* Reads the keys of a server. httpd reads its configuration twice when it
 * starts: the second time, *out has what the first has read. In a mere test of
 * the configuration, a program is looked at and not run; *out is then NULL.
 * Answers OK, or an error after it said on the log what is wrong.
 */
int sst_ring_read(sst_keys_t **out, const sst_keys_source_t *source,
                  const server_rec *server, apr_pool_t *pconf);

/* The ring of the server's keys that counts for this request, from now to its
 * end. What the keys' file has to say goes to the log.
 */
const sst_keyring_t *sst_ring_hold(const sst_server_conf_t *conf,
                                   request_rec *initial);

#endif
