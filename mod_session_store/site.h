/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a request finds configured: the directives that apply to it, with the
 * defaults in place of those that were not given. Any thread may call.
 */
#ifndef SST_SITE_H
#define SST_SITE_H

#include <httpd.h>

#include "lib/session.h"
#include "mod_session_store/conf.h"

/* What applies where no directive says otherwise. */
#define SST_SITE_COOKIE "session"

/* Fills *site for a request in a place with a SessionStore, but for the ring,
 * which is to be held (ring.h). Its texts live as long as the request.
 */
void sst_site_configured(sst_site_t *site, const request_rec *r);

/* The cookie of a directory: as configured, or the default. */
const sst_cookie_conf_t *sst_site_cookie(const sst_dir_conf_t *conf);

/* The patterns of names that applications do not see (const char *). */
const apr_array_header_t *sst_site_hide(const sst_dir_conf_t *conf);

#define SST_DEFAULT_HEADER "X-Session-Store"

/* The header by which applications speak, or NULL when they may not. */
const char *sst_site_header(const sst_dir_conf_t *conf);

/* Bytes that the entries of a session may have. */
apr_size_t sst_site_max_size(const sst_dir_conf_t *conf);

#endif
