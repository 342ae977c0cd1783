/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The notes in a user's item: an attribute for each row, named by the row in
 * base64url. Its number says until when the row may matter and, behind the
 * point, when it was noted: 1790000000.1789913600, both in seconds since 1970.
 * Any thread on documents of its own.
 */
#ifndef SST_DYNAMODB_NOTES_H
#define SST_DYNAMODB_NOTES_H

#include <apr_pools.h>

#include <jansson.h>

#include "lib/backends/dynamodb.h"

#define SST_DYNAMODB_NOTE_LEN SST_BASE64URL_LEN(SST_ROW_LEN)

/* The name of a row's note, with a NUL. */
void sst_dynamodb_note_name(char out[SST_DYNAMODB_NOTE_LEN + 1],
                            const sst_row_t *row);

/* The row that an attribute is the note of: 1, or 0 when it is no note (*out
 * is then unspecified).
 */
int sst_dynamodb_note_row(sst_row_t *out, const char *name);

/* The value of a note that is made at `noted_s`: a new reference. */
json_t *sst_dynamodb_note_value(apr_int64_t until_s, apr_int64_t noted_s,
                                apr_pool_t *pool);

/* Takes notes out of a user's item, which is `item` (NULL: nothing to do):
 * those that are over, when there are several, or else some of those whose
 * record is long gone, when there are many. With `full`, whatever is found of
 * either. Takes a part of the time until `deadline`; what fails is left for
 * the next time. Answers how many were taken out.
 */
int sst_dynamodb_notes_tidy(sst_dynamodb_t *dynamodb, const sst_row_t *user,
                            json_t *item, int full, apr_time_t deadline,
                            apr_pool_t *pool);

#endif
