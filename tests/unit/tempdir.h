/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A folder of its own for a test that works on files. */
#ifndef SST_TESTS_TEMPDIR_H
#define SST_TESTS_TEMPDIR_H

#include <apr_pools.h>

/* Makes a folder (mode 0700) that goes, with all in it, when the pool does;
 * NULL when it cannot be made.
 */
const char *unit_temporary_folder(apr_pool_t *pool);

/* Removes a folder and all in it, without following links. */
void unit_remove_folder(const char *path);

#endif
