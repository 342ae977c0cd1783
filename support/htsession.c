/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession, the administrator's tool: finds the verb, answers --help and
 * --version, and leaves the work to the verb's own file.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include "support/htsession.h"

static const sst_verb_t *const verbs[] = {
    &sst_verb_keygen,
    NULL
};

static const apr_getopt_option_t main_options[] = {
    { "help", 'h', 0, "shows this text" },
    { "version", 'V', 0, "shows the version" },
    { NULL, 0, 0, NULL }
};

static const apr_getopt_option_t verb_options[] = {
    { "help", 'h', 0, "shows this text" },
    { NULL, 0, 0, NULL }
};

/* --- Messages --- */

sst_exit_t sst_cli_failed(const sst_cli_t *cli, const sst_error_t *err)
{
    char reason[120] = "";

    if (err->os != APR_SUCCESS) {
        apr_strerror(err->os, reason, sizeof(reason));
    }
    apr_file_printf(cli->err, "htsession: %s%s%s\n", err->text,
                    reason[0] ? ": " : "", reason);
    return SST_EXIT_FAILED;
}

/* Text that was asked for and cannot be written is a failure too. */
static sst_exit_t show(const sst_cli_t *cli, const char *text)
{
    sst_error_t err;
    apr_status_t rv = apr_file_write_full(cli->out, text, strlen(text), NULL);

    if (rv == APR_SUCCESS) {
        return SST_EXIT_DONE;
    }
    sst_error_clear(&err);
    (void) sst_error_set(&err, SST_UNAVAILABLE, rv,
                         "the output cannot be written");
    return sst_cli_failed(cli, &err);
}

static const char *help_of_options(const apr_getopt_option_t *option,
                                   apr_pool_t *pool)
{
    const char *text = "\nOptions:\n";

    for (; option->name != NULL; option++) {
        text = apr_psprintf(pool, "%s  -%c, --%-12s %s\n", text,
                            option->optch, option->name,
                            option->description);
    }
    return text;
}

static sst_exit_t show_help(const sst_cli_t *cli)
{
    const char *text = "Usage: htsession [OPTION] VERB [ARGUMENT...]\n\n"
                       "Looks after the keys and the sessions of "
                       "mod_session_store.\n\nVerbs:\n";
    int i;

    for (i = 0; verbs[i] != NULL; i++) {
        text = apr_psprintf(cli->pool, "%s  %-18s %s\n", text,
                            verbs[i]->name, verbs[i]->summary);
    }
    text = apr_pstrcat(cli->pool, text,
                       help_of_options(main_options, cli->pool),
                       "\n`htsession VERB --help` says more about a verb; "
                       "htsession(8) says it all.\n", NULL);
    return show(cli, text);
}

static sst_exit_t show_verb_help(const sst_cli_t *cli, const sst_verb_t *verb)
{
    return show(cli, apr_pstrcat(cli->pool, "Usage: htsession ", verb->name,
                                 " ", verb->arguments, "\n\n", verb->help,
                                 help_of_options(verb_options, cli->pool),
                                 NULL));
}

/* --- The command line --- */

static const sst_verb_t *find_verb(const char *name)
{
    int i;

    for (i = 0; verbs[i] != NULL; i++) {
        if (strcmp(verbs[i]->name, name) == 0) {
            return verbs[i];
        }
    }
    return NULL;
}

/* apr_getopt_long has already said what is wrong with an option. */
static sst_exit_t wrong_usage(const sst_cli_t *cli, const char *verb)
{
    apr_file_printf(cli->err, "Try `htsession %s%s--help`.\n", verb,
                    verb[0] ? " " : "");
    return SST_EXIT_USAGE;
}

static sst_exit_t run_verb(const sst_cli_t *cli, const sst_verb_t *verb,
                           int argc, const char *const *argv)
{
    apr_getopt_t *parser;
    apr_status_t rv;
    const char *value;
    int option;

    apr_getopt_init(&parser, cli->pool, argc, argv);
    parser->interleave = 1;
    rv = apr_getopt_long(parser, verb_options, &option, &value);
    if (rv == APR_SUCCESS) {
        return show_verb_help(cli, verb);
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        return wrong_usage(cli, verb->name);
    }
    argc -= parser->ind;
    if (argc > verb->arguments_max) {
        apr_file_printf(cli->err, "htsession: %s takes %s and nothing "
                        "more\n", verb->name, verb->arguments);
        return wrong_usage(cli, verb->name);
    }
    return verb->run(cli, argc, parser->argv + parser->ind);
}

static sst_exit_t run(const sst_cli_t *cli, int argc, const char *const *argv)
{
    apr_getopt_t *parser;
    apr_status_t rv;
    const sst_verb_t *verb;
    const char *value;
    int option;

    apr_getopt_init(&parser, cli->pool, argc, argv);
    rv = apr_getopt_long(parser, main_options, &option, &value);
    if (rv == APR_SUCCESS) {
        return option == 'h' ? show_help(cli)
                             : show(cli, "htsession " SST_VERSION "\n");
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        return wrong_usage(cli, "");
    }
    if (parser->ind >= argc) {
        apr_file_puts("htsession: which verb?\n", cli->err);
        return wrong_usage(cli, "");
    }
    verb = find_verb(argv[parser->ind]);
    if (verb == NULL) {
        apr_file_printf(cli->err, "htsession: there is no verb \"%s\"\n",
                        argv[parser->ind]);
        return wrong_usage(cli, "");
    }
    return run_verb(cli, verb, argc - parser->ind, argv + parser->ind);
}

int main(int argc, const char *const *argv)
{
    sst_cli_t cli;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return SST_EXIT_FAILED;
    }
    atexit(apr_terminate);
    if (apr_pool_create(&cli.pool, NULL) != APR_SUCCESS
        || apr_file_open_stdout(&cli.out, cli.pool) != APR_SUCCESS
        || apr_file_open_stderr(&cli.err, cli.pool) != APR_SUCCESS) {
        return SST_EXIT_FAILED;
    }
    return run(&cli, argc, argv);
}
