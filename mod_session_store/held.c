/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session's text in one cookie or several. */

#include "mod_session_store/held.h"

#include <string.h>

#include <apr_strings.h>

#include "mod_session_store/cookie.h"
#include "mod_session_store/cookie_field.h"

#define COOKIE_MAX 4096         /* name, value and attributes: RFC 6265, 6.1 */
#define VALUE_MIN 2048          /* attributes of half a cookie are a mistake */
#define OTHERS_MAX 1024         /* what is left to other cookies */
#define SUFFIX_LEN 2            /* "-1" */

/* How long the value of one cookie may be. */
static apr_size_t part_room(const sst_cookie_conf_t *cookie)
{
    apr_size_t rest = strlen(cookie->name) + SUFFIX_LEN + 1
        + strlen(cookie->attributes)
        + strlen("; Secure; Max-Age=") + 10;

    return rest < COOKIE_MAX - VALUE_MIN ? COOKIE_MAX - rest : VALUE_MIN;
}

apr_size_t sst_held_room(const sst_cookie_conf_t *cookie,
                         apr_size_t field_limit)
{
    /* "Cookie: ", and with each part its name, "=" and "; ". */
    apr_size_t rest = strlen("Cookie: ") + OTHERS_MAX + SST_HELD_COUNT_LEN
        + SST_HELD_MAX * (strlen(cookie->name) + SUFFIX_LEN + 3);
    apr_size_t in_line = field_limit > rest ? field_limit - rest : 0;
    apr_size_t in_parts = SST_HELD_MAX * part_room(cookie)
        - SST_HELD_COUNT_LEN;

    return in_line < in_parts ? in_line : in_parts;
}

/* --- Writing --- */

/* Takes back what an earlier save of this request may have set, and what the
 * request brought along.
 */
static void forget_part(request_rec *r, const sst_cookie_conf_t *cookie,
                        const char *name, const char *header)
{
    sst_span_t sent;

    if (sst_cookie_find(&sent, 1, header, name) > 0) {
        sst_cookie_set_named(r, cookie, name, NULL);
    }
    else {
        sst_cookie_unset_named(r, name);
    }
}

static void set_parts(request_rec *r, const sst_cookie_conf_t *cookie,
                      const char *text, const char *header)
{
    apr_size_t room = part_room(cookie);
    apr_size_t len = strlen(text) + SST_HELD_COUNT_LEN;
    int count = (int) ((len + room - 1) / room);
    int i;

    text = apr_pstrcat(r->pool, apr_itoa(r->pool, count), ".", text, NULL);
    for (i = 0; i < SST_HELD_MAX; i++) {
        const char *name = sst_held_part_name(cookie->name, i, r->pool);

        if (i < count) {
            const char *part = apr_pstrndup(r->pool, text, room);

            text += strlen(part);
            sst_cookie_set_named(r, cookie, name, part);
        }
        else {
            forget_part(r, cookie, name, header);
        }
    }
}

void sst_held_set(request_rec *r, const sst_cookie_conf_t *cookie,
                  int carried, const char *text, const char *header)
{
    int i;

    if (carried && text != NULL) {
        set_parts(r, cookie, text, header);
        return;
    }
    sst_cookie_set_named(r, cookie, cookie->name, text);
    for (i = 1; carried && i < SST_HELD_MAX; i++) {
        forget_part(r, cookie, sst_held_part_name(cookie->name, i, r->pool),
                    header);
    }
}
