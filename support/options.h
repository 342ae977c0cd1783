/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The options of all verbs: one table says how each is written, what it means
 * and where it goes. A verb names those that it takes by their letters.
 */
#ifndef SST_OPTIONS_H
#define SST_OPTIONS_H

#include <apr_getopt.h>

#include "support/htsession.h"

/* Reads the options of a verb into *out. *rest is the first of the arguments
 * that are left, in parser->argv, up to parser->argc. Answers SST_EXIT_DONE;
 * SST_EXIT_USAGE, when it has been said what is wrong.
 */
sst_exit_t sst_options_read(sst_args_t *out, apr_getopt_t *parser,
                            const sst_verb_t *verb, apr_pool_t *pool);

/* The options of a verb as a paragraph of its help. */
const char *sst_options_help(const sst_verb_t *verb, apr_pool_t *pool);

#endif
