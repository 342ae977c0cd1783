/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The page on which a signed-in user sees his own sessions and ends them:
 * SetHandler session-store-self.
 */
#ifndef SST_SELF_H
#define SST_SELF_H

#include <httpd.h>

/* The handler hook. GET and HEAD show the page, POST ends what its form says
 * and sends the browser back to the page. Every sign of a user comes from the
 * session: who has none, or is nobody in it, gets 403.
 */
int sst_self_handler(request_rec *r);

#endif
