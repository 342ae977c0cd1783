/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What programs say of their session before httpd redirects their request
 * inside, a CGI program's `Location: /path` or an error document: httpd hands
 * their headers on to the next place, which may have other rules.
 */
#ifndef SST_REDIRECTED_H
#define SST_REDIRECTED_H

#include <httpd.h>

/* A post_read_request hook, which httpd also runs for the request that another
 * one is redirected to: does what the program of that one has said, by
 * SessionStoreHeader and by mod_session's SessionHeader, as configured where it
 * ran, and takes it out of the response.
 */
int sst_redirected_post_read(request_rec *r);

/* A hook that runs before the program of `r`, insert_filter, and before an
 * error that takes its place, insert_error_filter: takes out of the response
 * what earlier programs have said by headers that are obeyed here, and were
 * not where they said it.
 */
void sst_redirected_begin(request_rec *r);

#endif
