/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Cookies in a Cookie header field (RFC 6265, 4.2 and 5.4). */

#include "mod_session_store/cookie_field.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

sst_span_t sst_cookie_trimmed(const char *start, const char *stop)
{
    while (start < stop && apr_isspace(*start)) {
        start++;
    }
    while (start < stop && apr_isspace(stop[-1])) {
        stop--;
    }
    return sst_span(start, (apr_size_t) (stop - start));
}

/* 1 when [start, stop) is `name`, optional blanks, '='; then *value is what
 * follows.
 */
static int is_cookie(sst_span_t *value, const char *start, const char *stop,
                     const char *name)
{
    const char *equals = memchr(start, '=', (apr_size_t) (stop - start));
    sst_span_t found;

    if (equals == NULL) {
        return 0;
    }
    found = sst_cookie_trimmed(start, equals);
    *value = sst_cookie_trimmed(equals + 1, stop);
    return found.len == strlen(name)
        && memcmp(found.data, name, found.len) == 0;
}

static int is_known(const sst_span_t *values, int count, sst_span_t value)
{
    int i;

    for (i = 0; i < count; i++) {
        if (sst_bytes_equal(values[i], value)) {
            return 1;
        }
    }
    return 0;
}

int sst_cookie_find(sst_span_t *out, int most, const char *header,
                    const char *name)
{
    const char *start = header;
    int count = 0;

    while (start != NULL && *start != '\0' && count < most) {
        const char *stop = strchr(start, ';');
        sst_span_t value;

        if (stop == NULL) {
            stop = start + strlen(start);
        }
        if (is_cookie(&value, start, stop, name)
            && !is_known(out, count, value)) {
            out[count++] = value;
        }
        start = *stop == ';' ? stop + 1 : stop;
    }
    return count;
}

/* Copies the parts that are not ours, each with the delimiter in front of it;
 * a part that comes first takes none.
 */
static apr_size_t copy_others(char *out, const char *header, const char *name)
{
    const char *start = header;
    apr_size_t len = 0;
    char delimiter = '\0';

    while (*start != '\0') {
        const char *stop = start + strcspn(start, ";,");
        sst_span_t value;

        if (!is_cookie(&value, start, stop, name)) {
            if (len == 0 && delimiter != '\0') {
                start += strspn(start, " \t");
            }
            else if (delimiter != '\0') {
                out[len++] = delimiter;
            }
            memcpy(out + len, start, (apr_size_t) (stop - start));
            len += (apr_size_t) (stop - start);
        }
        delimiter = *stop;
        start = *stop != '\0' ? stop + 1 : stop;
    }
    out[len] = '\0';
    return len;
}

const char *sst_cookie_without(const char *header, const char *name,
                               apr_pool_t *pool)
{
    apr_size_t len = strlen(header);
    apr_size_t kept;
    char *others;

    if (strstr(header, name) == NULL) {
        return header;
    }
    others = apr_palloc(pool, len + 1);
    kept = copy_others(others, header, name);
    if (kept == len) {
        return header;
    }
    return sst_cookie_trimmed(others, others + kept).len > 0 ? others : NULL;
}
