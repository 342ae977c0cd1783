/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an access log may tell of a request's session, as notes:
 *
 *   %{session-store-row}n        the digest that names the session in log lines
 *   %{session-store-outcome}n    what the ticket led to, and behind a '+' what
 *                                was done: hit, none+created, hit+ended, ...
 *   %{session-store-time}n       microseconds spent in the store
 *
 * No note is set where there is nothing to tell: httpd then writes "-".
 */
#ifndef SST_NOTES_H
#define SST_NOTES_H

#include <httpd.h>

/* Sets the notes on `r` and on all requests that it was redirected to, and
 * says the same at level trace1: once everything is done, before the access log
 * is written.
 */
void sst_notes_set(request_rec *r);

#endif
