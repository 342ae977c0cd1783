/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A session's text, put together from a Cookie header field. */

#include "mod_session_store/held_field.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/session.h"
#include "mod_session_store/cookie_field.h"

const char *sst_held_part_name(const char *name, int i, apr_pool_t *pool)
{
    return i == 0 ? name : apr_psprintf(pool, "%s-%d", name, i);
}

/* How many parts there are, by the front of the first one; 0 when it is no
 * first part.
 */
static int part_count(sst_span_t first)
{
    if (first.len < SST_HELD_COUNT_LEN || first.data[1] != '.'
        || first.data[0] < '1' || first.data[0] > '0' + SST_HELD_MAX) {
        return 0;
    }
    return first.data[0] - '0';
}

/* Of the cookies with the name of a part the nth, or the last. *more is set
 * when there are others behind it. Expected: 1; 0 when there is none, or
 * nothing in it.
 */
static int find_part(sst_span_t *out, int *more, const char *header,
                     const char *name, int nth)
{
    sst_span_t found[SST_CANDIDATES_MAX];
    int count = sst_cookie_find(found, SST_CANDIDATES_MAX, header, name);

    if (count == 0) {
        return 0;
    }
    *more |= nth + 1 < count;
    *out = found[nth < count ? nth : count - 1];
    return out->len > 0;
}

/* The parts of the nth text: how many, or 0 when one is missing. Somebody may
 * have put cookies of these names beside ours; a browser sends those of one
 * kind in one order, before or behind ours.
 */
static int find_parts(sst_span_t parts[SST_HELD_MAX], int *more, int nth,
                      const char *header, const char *name, apr_pool_t *pool)
{
    int complete = 1;
    int count;
    int i;

    if (!find_part(&parts[0], more, header, name, nth)) {
        return 0;
    }
    count = part_count(parts[0]);
    for (i = 1; i < count; i++) {
        complete &= find_part(&parts[i], more, header,
                              sst_held_part_name(name, i, pool), nth);
    }
    return complete ? count : 0;
}

static sst_span_t join(const sst_span_t *parts, int count, apr_pool_t *pool)
{
    sst_writer_t writer;
    apr_size_t len = 0;
    int i;

    for (i = 0; i < count; i++) {
        len += parts[i].len;
    }
    writer = sst_writer(apr_palloc(pool, len + 1), len);
    sst_write_bytes(&writer, sst_span(parts[0].data + SST_HELD_COUNT_LEN,
                                      parts[0].len - SST_HELD_COUNT_LEN));
    for (i = 1; i < count; i++) {
        sst_write_bytes(&writer, parts[i]);
    }
    return sst_written(&writer);
}

static int find_carried(sst_span_t *out, int most, const char *header,
                        const char *name, apr_pool_t *pool)
{
    sst_span_t parts[SST_HELD_MAX];
    int found = 0;
    int more = 1;
    int nth;

    for (nth = 0; nth < most && more; nth++) {
        int count;

        more = 0;
        count = find_parts(parts, &more, nth, header, name, pool);
        if (count > 0) {
            out[found++] = join(parts, count, pool);
        }
    }
    return found;
}

int sst_held_find(sst_span_t *out, int most, const char *header,
                  const char *name, int carried, apr_pool_t *pool)
{
    return carried ? find_carried(out, most, header, name, pool)
                   : sst_cookie_find(out, most, header, name);
}

const char *sst_held_without(const char *header, const char *name,
                             int carried, apr_pool_t *pool)
{
    int count = carried ? SST_HELD_MAX : 1;
    int i;

    /* A part's name begins with the name. */
    if (strstr(header, name) == NULL) {
        return header;
    }
    for (i = 0; i < count && header != NULL; i++) {
        header = sst_cookie_without(header,
                                    sst_held_part_name(name, i, pool), pool);
    }
    return header;
}
