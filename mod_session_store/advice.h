/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Configurations that work and do not do what was meant: what is said about
 * them on the log. Nothing here keeps httpd from starting.
 */
#ifndef SST_ADVICE_H
#define SST_ADVICE_H

#include <httpd.h>

/* In the parent, once the configuration is read: looks for servers in which
 * two stores use one cookie. A browser keeps one value of a cookie, so that
 * each of the stores makes it forget the session in the other. Of each server,
 * the first such pair is reported.
 */
void sst_advice_cookies(server_rec *main_server, apr_pool_t *pconf);

#endif
