/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The form-urlencoded text of entries. */

#include "lib/form.h"

#include <string.h>

#include "lib/entries.h"

/* Whatever the locale says. */
static int is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
        || c == '*';
}

static apr_size_t encoded_len(const char *text)
{
    apr_size_t len = 0;

    for (; *text != '\0'; text++) {
        len += is_plain((unsigned char) *text) || *text == ' ' ? 1 : 3;
    }
    return len;
}

static char *encode_text(char *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char) *text;

        if (is_plain(c)) {
            *out++ = (char) c;
        }
        else if (c == ' ') {
            *out++ = '+';
        }
        else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    return out;
}

static int is_shown(const apr_table_entry_t *entry,
                    const apr_array_header_t *hide)
{
    return !sst_entries_is_expiry(entry->key)
        && !sst_entries_hidden(entry->key, hide);
}

/* The entries that are shown (const apr_table_entry_t *). */
static apr_array_header_t *shown(const apr_table_t *entries,
                                 const apr_array_header_t *hide,
                                 apr_pool_t *pool)
{
    const apr_array_header_t *array = apr_table_elts(entries);
    apr_array_header_t *chosen = apr_array_make(pool, array->nelts + 1,
                                                sizeof(void *));
    int i;

    for (i = 0; i < array->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(array, i,
                                                        apr_table_entry_t);

        if (is_shown(entry, hide)) {
            APR_ARRAY_PUSH(chosen, const apr_table_entry_t *) = entry;
        }
    }
    return chosen;
}

sst_span_t sst_form_encode(const apr_table_t *entries,
                           const apr_array_header_t *hide, apr_pool_t *pool)
{
    const apr_array_header_t *chosen = shown(entries, hide, pool);
    apr_size_t size = 1;
    char *text;
    char *out;
    int i;

    for (i = 0; i < chosen->nelts; i++) {
        const apr_table_entry_t *entry = APR_ARRAY_IDX(
            chosen, i, const apr_table_entry_t *);

        size += encoded_len(entry->key) + encoded_len(entry->val) + 2;
    }
    text = out = apr_palloc(pool, size);
    for (i = 0; i < chosen->nelts; i++) {
        const apr_table_entry_t *entry = APR_ARRAY_IDX(
            chosen, i, const apr_table_entry_t *);

        if (i > 0) {
            *out++ = '&';
        }
        out = encode_text(out, entry->key);
        *out++ = '=';
        out = encode_text(out, entry->val);
    }
    *out = '\0';
    return sst_span(text, (apr_size_t) (out - text));
}

/* --- Back --- */

/* The value of a hexadecimal digit, or -1. */
static int digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The character at the front of `text`, and in *len how many bytes spell it;
 * 0, which no text may hold, when it cannot be read.
 */
static int next_char(sst_span_t text, apr_size_t *len)
{
    unsigned char c = text.data[0];
    int high;
    int low;

    *len = 1;
    if (c == '+') {
        return ' ';
    }
    if (c != '%') {
        return c < ' ' || c == 0x7f ? 0 : c;
    }
    if (text.len < 3) {
        return 0;
    }
    *len = 3;
    high = digit(text.data[1]);
    low = digit(text.data[2]);
    return high < 0 || low < 0 ? 0 : high * 16 + low;
}

sst_status_t sst_form_decode(char **out, sst_span_t text, apr_pool_t *pool)
{
    char *decoded = apr_palloc(pool, text.len + 1);
    apr_size_t len = 0;

    *out = NULL;
    while (text.len > 0) {
        apr_size_t spelt;
        int c = next_char(text, &spelt);

        if (c == 0) {
            return SST_INVALID;
        }
        decoded[len++] = (char) c;
        text = sst_span(text.data + spelt, text.len - spelt);
    }
    decoded[len] = '\0';
    *out = decoded;
    return SST_OK;
}
