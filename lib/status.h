/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What a call of the library answers: one closed list of statuses, and an
 * error record that belongs to the caller.
 *
 * A status is part of a function's contract: each function names the two or
 * three it is expected to answer; every other one is a failure. NOT_FOUND is
 * an answer ("there is no such record") and never stands for a failure; a
 * failure never stands for NOT_FOUND.
 */
#ifndef SST_STATUS_H
#define SST_STATUS_H

#include <stdarg.h>

#include <apr.h>
#include <apr_errno.h>

#define SST_ERROR_TEXT_MAX 320

#if defined(__GNUC__)
#define SST_CHECKED __attribute__((warn_unused_result))
#define SST_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SST_CHECKED
#define SST_PRINTF(fmt, args)
#endif

typedef enum {
    SST_OK = 0,
    SST_NOT_FOUND,      /* no such record; an answer, not a failure */
    SST_EXPIRED,        /* it was there, and its time is over */
    SST_CONFLICT,       /* another revision is stored than the one expected */
    SST_DENIED,         /* the store refuses us: rights, password, mode */
    SST_INVALID,        /* input that is not what it has to be */
    SST_CORRUPT,        /* stored bytes that do not open or do not parse */
    SST_TOO_BIG,        /* over the configured or the store's limit */
    SST_TIMEOUT,        /* the deadline passed; the outcome may be unknown */
    SST_UNAVAILABLE,    /* the store cannot be reached or cannot serve now */
    SST_INTERNAL        /* memory, a library, or a bug: never the input */
} sst_status_t;

/* What went wrong, for a log line. Owned by the caller; a function that fails
 * fills it unless it is filled already: the first error wins, because it is
 * the nearest to the cause. The text holds no id, secret or key.
 */
typedef struct sst_error_t {
    sst_status_t status;            /* SST_OK while nothing has failed */
    apr_status_t os;                /* the system's code, or APR_SUCCESS */
    char text[SST_ERROR_TEXT_MAX];  /* NUL-terminated, one line */
} sst_error_t;

/* Empties *err, so that it can record the next failure. */
void sst_error_clear(sst_error_t *err);

/* Records a failure in *err, unless err is NULL or one is recorded already,
 * and returns `status`, so that a function can end with it. `os` is the
 * system's code or APR_SUCCESS; its text is not added to the message, which is
 * written by sst_error_line.
 */
sst_status_t sst_error_set(sst_error_t *err, sst_status_t status,
                           apr_status_t os, const char *fmt, ...)
    SST_PRINTF(4, 5);

/* Clang's analyzer reads one file at a time: it is told here that the status
 * comes back, or it would follow failures as if they were SST_OK.
 */
#ifdef __clang_analyzer__
/* NOLINTNEXTLINE(readability-identifier-naming): it stands for the function */
#define sst_error_set(err, status, ...) \
    ((void) sst_error_set((err), (status), __VA_ARGS__), (status))
#endif

/* Writes a message of at most `size` bytes, with its NUL. What it quotes may
 * come from anywhere, and a terminal or a log would do what its control
 * characters say: they become '?'.
 */
void sst_error_line(char *out, apr_size_t size, const char *fmt,
                    va_list args) SST_PRINTF(3, 0);

/* The status's name in lower case ("not found"), a constant. */
const char *sst_status_name(sst_status_t status);

#endif
