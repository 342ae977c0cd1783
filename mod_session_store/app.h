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

/* Sets what SessionStoreEnv promises, and takes the entries that
 * SessionStoreHide names out of the environment that mod_session's SessionEnv
 * has made: a fixups hook that runs behind it. What an earlier request in the
 * chain of redirects and subrequests was given is taken out everywhere.
 */
int sst_app_fixups(request_rec *r);

#endif
