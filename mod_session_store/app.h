/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What applications see of a session. */
#ifndef SST_APP_H
#define SST_APP_H

#include <httpd.h>

/* Takes the entries that SessionStoreHide names out of the environment that
 * mod_session's SessionEnv has made: a fixups hook that runs behind it.
 */
int sst_app_hide(request_rec *r);

#endif
