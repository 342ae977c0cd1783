/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Entries of the session as headers of the request: SessionStoreForward, for
 * servers behind the proxy, and everything else that reads headers.
 */
#ifndef SST_FORWARD_H
#define SST_FORWARD_H

#include <httpd.h>

#include "mod_session_store/forward_conf.h"

/* Bytes that the value of such a header may have. */
#define SST_FORWARD_MAX 4000

/* Takes the configured headers of the client, under every name that a server
 * behind could take for theirs, out of the request and the environment that
 * was made of it: a post_perdir_config hook, before anybody decides by them.
 */
int sst_forward_strip(request_rec *r);

/* The same once more, and sets the headers that the session has a value for:
 * a handler hook that runs before all others and handles nothing. No earlier
 * one knows what is configured for the request in the end: mod_dir and
 * mod_negotiation change the place among the fixups.
 */
int sst_forward_handler(request_rec *r);

#endif
