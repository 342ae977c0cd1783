/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession's verbs: what one has to say about itself to be found, to take its
 * options, and to answer --help, and what it gets to work with from the main
 * program. A file here holds a family of verbs and exports each one as a table
 * entry.
 */
#ifndef SST_HTSESSION_H
#define SST_HTSESSION_H

#include <apr_file_io.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "lib/status.h"

/* Exit codes, as the manual page has them. */
typedef enum {
    SST_EXIT_DONE = 0,
    SST_EXIT_FAILED = 1,        /* the work could not be done */
    SST_EXIT_USAGE = 2          /* the command line is wrong */
} sst_exit_t;

/* What the options of a command line say; NULL or 0 where they say nothing.
 * options.c knows how each one is written.
 */
typedef struct sst_args_t {
    int help;
    int all;
    int dry_run;
    int json;
    int last;
    const char *user;
    const char *row;
    const char *older_than;
    const char *promote;        /* a key's id, or its beginning */
    const char *store;          /* "URL name=value ..." */
    const char *keys;
    const char *server;
    const char *cookie;
    const char *user_key;
    const char *conf;           /* of httpd: -f, */
    const char *root;           /* -d, */
    apr_array_header_t *defines;    /* -D, const char *; */
    const char *httpd;          /* and the program that reads it */
} sst_args_t;

/* What a verb works with; lives as long as the program. */
typedef struct sst_cli_t {
    apr_file_t *out;
    apr_file_t *err;
    apr_pool_t *pool;
    const sst_args_t *args;
} sst_cli_t;

/* The options by which sessions are found, for sst_verb_t.options. */
#define SST_PLACE_OPTIONS "SKscUfdDx"

/* One verb. A table of these is all that the main program knows of verbs. */
typedef struct sst_verb_t {
    const char *name;           /* NULL ends the table */
    const char *arguments;      /* for the usage line: "[PATH]" */
    const char *summary;        /* a line of `htsession --help` */
    const char *help;           /* paragraphs of `htsession VERB --help` */
    const char *options;        /* letters of its options but -h; NULL: none */
    int arguments_min;          /* fewer are wrong usage, */
    int arguments_max;          /* and so are more */

    /* Does the work with the arguments that are left when the options are
     * taken off, and reports a failure on cli->err by itself.
     */
    sst_exit_t (*run)(const sst_cli_t *cli, int argc,
                      const char *const *argv);
} sst_verb_t;

/* keygen.c */
extern const sst_verb_t sst_verb_keygen;

/* list.c */
extern const sst_verb_t sst_verb_list;
extern const sst_verb_t sst_verb_show;
extern const sst_verb_t sst_verb_count;

/* revoke.c */
extern const sst_verb_t sst_verb_revoke;

/* change.c */
extern const sst_verb_t sst_verb_set;
extern const sst_verb_t sst_verb_unset;

/* doctor.c */
extern const sst_verb_t sst_verb_doctor;

/* keys.c */
extern const sst_verb_t sst_verb_keys;

/* purge.c */
extern const sst_verb_t sst_verb_purge;

/* Writes `err` as one line to cli->err, with the system's reason if there is
 * one, and answers SST_EXIT_FAILED.
 */
sst_exit_t sst_cli_failed(const sst_cli_t *cli, const sst_error_t *err);

/* The same for a line of the verb's own. */
sst_exit_t sst_cli_fail(const sst_cli_t *cli, const char *fmt, ...)
    SST_PRINTF(2, 3);

/* Says what is wrong with the command line, and answers SST_EXIT_USAGE; the
 * main program then points to the help.
 */
sst_exit_t sst_cli_misused(const sst_cli_t *cli, const char *fmt, ...)
    SST_PRINTF(2, 3);

/* Writes a text to cli->out. A text that was asked for and cannot be written
 * is a failure.
 */
sst_exit_t sst_cli_show(const sst_cli_t *cli, const char *text);

/* The worse of two. */
sst_exit_t sst_exit_worse(sst_exit_t a, sst_exit_t b);

#endif
