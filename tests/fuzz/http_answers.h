/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Answers of web services, made of the input: for targets that are linked with
 * --wrap=sst_http_call and --wrap=sst_http_make. Each call takes a piece: a
 * line with the code, header lines, an empty line, the body. What does not
 * look so, or is not there, is a call that failed.
 */
#ifndef SST_TESTS_FUZZ_HTTP_ANSWERS_H
#define SST_TESTS_FUZZ_HTTP_ANSWERS_H

#include "lib/transport/http.h"

sst_status_t __wrap_sst_http_make(sst_http_t **out, const char *ca,
                                  sst_error_t *err, apr_pool_t *pool);
sst_status_t __wrap_sst_http_call(sst_http_answer_t *out, sst_http_t *http,
                                  const sst_http_request_t *request,
                                  sst_error_t *err, apr_pool_t *pool);
int __wrap_sst_http_is_cancelled(sst_http_t *http);

#endif
