/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the verbs of htsession and its main program know of each other. A file
 * here holds a family of verbs and exports each one as a table entry.
 */
#ifndef SST_HTSESSION_H
#define SST_HTSESSION_H

#include <apr_file_io.h>
#include <apr_pools.h>

#include "lib/status.h"

/* Exit codes, as the manual page has them. */
typedef enum {
    SST_EXIT_DONE = 0,
    SST_EXIT_FAILED = 1,        /* the work could not be done */
    SST_EXIT_USAGE = 2          /* the command line is wrong */
} sst_exit_t;

/* What a verb works with; lives as long as the program. */
typedef struct sst_cli_t {
    apr_file_t *out;
    apr_file_t *err;
    apr_pool_t *pool;
} sst_cli_t;

/* One verb. A table of these is all that the main program knows of verbs. */
typedef struct sst_verb_t {
    const char *name;           /* NULL ends the table */
    const char *arguments;      /* for the usage line: "[PATH]" */
    const char *summary;        /* a line of `htsession --help` */
    const char *help;           /* paragraphs of `htsession VERB --help` */
    int arguments_max;          /* more are wrong usage */

    /* Does the work with the arguments that are left when the options are
     * taken off, and reports a failure on cli->err by itself.
     */
    sst_exit_t (*run)(const sst_cli_t *cli, int argc,
                      const char *const *argv);
} sst_verb_t;

/* keygen.c */
extern const sst_verb_t sst_verb_keygen;

/* Writes `err` as one line to cli->err, with the system's reason if there is
 * one, and answers SST_EXIT_FAILED.
 */
sst_exit_t sst_cli_failed(const sst_cli_t *cli, const sst_error_t *err);

#endif
