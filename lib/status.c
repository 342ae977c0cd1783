/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The names of the statuses and the caller-owned error record. */

#include "lib/status.h"

#include <apr_strings.h>

#undef sst_error_set    /* what stands for it in an analysis */

void sst_error_clear(sst_error_t *err)
{
    err->status = SST_OK;
    err->os = APR_SUCCESS;
    err->text[0] = '\0';
}

void sst_error_line(char *out, apr_size_t size, const char *fmt, va_list args)
{
    apr_vsnprintf(out, size, fmt, args);
    for (; *out != '\0'; out++) {
        if ((unsigned char) *out < ' ' || *out == 0x7f) {
            *out = '?';
        }
    }
}

sst_status_t sst_error_set(sst_error_t *err, sst_status_t status,
                           apr_status_t os, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->status != SST_OK) {
        return status;
    }
    err->status = status;
    err->os = os;
    va_start(args, fmt);
    sst_error_line(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return status;
}

const char *sst_status_name(sst_status_t status)
{
    switch (status) {
    case SST_OK:
        return "ok";
    case SST_NOT_FOUND:
        return "not found";
    case SST_EXPIRED:
        return "expired";
    case SST_CONFLICT:
        return "conflict";
    case SST_DENIED:
        return "denied";
    case SST_INVALID:
        return "invalid";
    case SST_CORRUPT:
        return "corrupt";
    case SST_TOO_BIG:
        return "too big";
    case SST_TIMEOUT:
        return "timeout";
    case SST_UNAVAILABLE:
        return "unavailable";
    case SST_INTERNAL:
        return "internal";
    }
    return "unknown";
}
