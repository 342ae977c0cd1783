/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a browser holds of a session, as cookies: one with a ticket; or, where
 * it carries the session itself, as many as the text takes:
 *
 *     NAME=3.<text>  NAME-1=<more of it>  NAME-2=<the rest>
 *
 * The digit says how many there are. Who joins parts that do not belong
 * together gets a text that does not open. Everything here is said for the
 * cookies of one configuration and `carried`, the store's own (store.h).
 */
#ifndef SST_HELD_H
#define SST_HELD_H

#include <httpd.h>

#include "mod_session_store/conf.h"
#include "mod_session_store/held_field.h"

/* How many characters of a carried session the browser may hold: what fits
 * into SST_HELD_MAX cookies, and into a Cookie header field of `field_limit`
 * bytes (LimitRequestFieldSize) beside 1 KB of other cookies. A browser that
 * sent more would be refused before anybody could make it send less.
 */
apr_size_t sst_held_room(const sst_cookie_conf_t *cookie,
                         apr_size_t field_limit);

/* Puts the text on the response to `r`, in place of an earlier one, or with
 * NULL the order to forget it. Cookies of ours that the request brought along
 * (`header`, may be NULL) and that the text does not fill are forgotten too.
 */
void sst_held_set(request_rec *r, const sst_cookie_conf_t *cookie,
                  int carried, const char *text, const char *header);

#endif
