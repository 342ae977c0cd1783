/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Our cookie, as it is configured and written to a response; cookie_field.h
 * finds it in a request.
 *
 * httpd's own cookie functions are not used: they split values at commas (so
 * that another cookie's value can pass for ours), take no duplicates, and
 * write the value to the log.
 */
#ifndef SST_COOKIE_H
#define SST_COOKIE_H

#include <httpd.h>

#include "mod_session_store/conf.h"

/* Reads SessionStoreCookie's words: a name and attributes (Path, Domain,
 * Secure, HttpOnly, SameSite, Partitioned, Max-Age), separate or joined by
 * semicolons. Answers NULL with *out from `pool`, or a message that says what
 * is wrong and what is allowed.
 */
const char *sst_cookie_configure(sst_cookie_conf_t **out, const char *name,
                                 int argc, char *const argv[],
                                 apr_pool_t *pool);

/* Puts one Set-Cookie line on the response to `r`, in place of an earlier one
 * of this name: a value, or with NULL the order to forget the cookie. It stands
 * among the headers that errors and redirects keep. What stands in such a
 * cookie is held.h's matter.
 */
void sst_cookie_set_named(request_rec *r, const sst_cookie_conf_t *cookie,
                          const char *name, const char *value);

/* Takes such a line away again. */
void sst_cookie_unset_named(request_rec *r, const char *name);

#endif
