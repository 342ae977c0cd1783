/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions and numbers as people and programs read them: aligned lines, or
 * JSON with one object a line, so that nothing has to be kept for the end.
 *
 * Texts of sessions come from visitors. For people, what is not printable is
 * escaped; what is not UTF-8 is escaped in JSON too.
 */
#ifndef SST_OUTPUT_H
#define SST_OUTPUT_H

#include <jansson.h>

#include "lib/admin.h"
#include "support/htsession.h"
#include "support/places.h"

/* A time for people: local, to the second or the minute; "-" for 0. */
const char *sst_output_time(apr_int64_t time_s, apr_pool_t *pool);
const char *sst_output_minute(apr_int64_t time_s, apr_pool_t *pool);

/* A text of a session for people. */
const char *sst_output_text(const char *text, apr_pool_t *pool);

/* A text as JSON; a time as JSON: "2026-11-26T12:00:00Z", or null for 0. */
json_t *sst_output_json_text(const char *text, apr_pool_t *pool);
json_t *sst_output_json_time(apr_int64_t time_s, apr_pool_t *pool);

/* Writes `object` as a line and lets it go. */
sst_exit_t sst_output_json(const sst_cli_t *cli, json_t *object);

/* The head of a table of sessions, under the store's name where there are
 * several; and a session as one of its lines, or as a line of JSON.
 */
sst_exit_t sst_output_head(const sst_cli_t *cli, const sst_place_t *place);
sst_exit_t sst_output_session(const sst_cli_t *cli, const sst_place_t *place,
                              const sst_summary_t *summary, apr_pool_t *pool);

/* Everything about a session, a line for each thing. */
sst_exit_t sst_output_details(const sst_cli_t *cli, const sst_place_t *place,
                              const sst_summary_t *summary, apr_pool_t *pool);

/* "1 session", "2 sessions". */
const char *sst_output_count(apr_uint64_t count, apr_pool_t *pool);

#endif
