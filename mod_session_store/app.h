/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications see of a session: their environment.
 *
 *   SESSION_STORE_COUNT          how many chunks there are, 0 for an empty
 *                                session; not set where SessionStoreEnv is Off
 *   SESSION_STORE_0, _1, ...     the entries, form-urlencoded, cut anywhere
 *   SESSION_STORE_HEADER         the header by which to answer, if any
 *   SESSION_STORE_MAX_SIZE       the bytes that the entries may have
 *
 * A request header cannot become a variable of such a name: those of headers
 * begin with HTTP_.
 */
#ifndef SST_APP_H
#define SST_APP_H

#include <httpd.h>

/* Bytes of one chunk at most: mod_proxy_fcgi drops variables of 16 KB. */
#define SST_APP_CHUNK 14336

/* Takes out what other requests were given, mod_session's HTTP_SESSION too: a
 * post_perdir_config hook. A subrequest begins with a copy of the page's
 * environment, an internal redirect with the last one's under other names, and
 * what may be seen in one place is not for another.
 */
int sst_app_strip(request_rec *r);

/* Sets what SessionStoreEnv promises, and takes the entries that
 * SessionStoreHide names out of the environment that mod_session's SessionEnv
 * has made: a fixups hook that runs behind it.
 */
int sst_app_fixups(request_rec *r);

/* The same once more where mod_dir or mod_negotiation has put another place in
 * this one's stead, and that one's environment in front of this one's, among
 * the fixups: a handler hook that runs before all others and handles nothing.
 */
int sst_app_handler(request_rec *r);

#endif
