/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession, the administrator's tool: finds the verb, answers --help and
 * --version, and leaves the work to the verb's own file.
 */

#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_getopt.h>
#include <apr_strings.h>

#include "support/htsession.h"
#include "support/options.h"

static const sst_verb_t *const verbs[] = {
    &sst_verb_list,
    &sst_verb_show,
    &sst_verb_count,
    &sst_verb_revoke,
    &sst_verb_set,
    &sst_verb_unset,
    &sst_verb_keys,
    &sst_verb_keygen,
    &sst_verb_purge,
    &sst_verb_doctor,
    NULL
};

static const apr_getopt_option_t main_options[] = {
    { "help", 'h', 0, "shows this text" },
    { "version", 'V', 0, "shows the version" },
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

sst_exit_t sst_cli_fail(const sst_cli_t *cli, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    apr_file_printf(cli->err, "htsession: %s\n",
                    apr_pvsprintf(cli->pool, fmt, args));
    va_end(args);
    return SST_EXIT_FAILED;
}

sst_exit_t sst_cli_misused(const sst_cli_t *cli, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    apr_file_printf(cli->err, "htsession: %s\n",
                    apr_pvsprintf(cli->pool, fmt, args));
    va_end(args);
    return SST_EXIT_USAGE;
}

sst_exit_t sst_exit_worse(sst_exit_t a, sst_exit_t b)
{
    return a > b ? a : b;
}

sst_exit_t sst_cli_show(const sst_cli_t *cli, const char *text)
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
        text = apr_psprintf(cli->pool, "%s  %-10s %s\n", text,
                            verbs[i]->name, verbs[i]->summary);
    }
    text = apr_pstrcat(cli->pool, text,
                       help_of_options(main_options, cli->pool),
                       "\n`htsession VERB --help` says more about a verb; "
                       "htsession(8) says it all.\n", NULL);
    return sst_cli_show(cli, text);
}

static sst_exit_t show_verb_help(const sst_cli_t *cli, const sst_verb_t *verb)
{
    return sst_cli_show(cli, apr_pstrcat(cli->pool, "Usage: htsession ",
                                         verb->name, " ", verb->arguments,
                                         "\n\n", verb->help,
                                         sst_options_help(verb, cli->pool),
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

/* 1 when there are as many arguments as the verb wants; says so if not. */
static int suits(const sst_cli_t *cli, const sst_verb_t *verb, int argc)
{
    if (argc > verb->arguments_max) {
        (void) sst_cli_misused(cli, "%s takes %s and nothing more",
                               verb->name, verb->arguments);
        return 0;
    }
    if (argc < verb->arguments_min) {
        (void) sst_cli_misused(cli, "%s needs %s", verb->name,
                               verb->arguments);
        return 0;
    }
    return 1;
}

static sst_exit_t run_verb(const sst_cli_t *frame, const sst_verb_t *verb,
                           int argc, const char *const *argv)
{
    sst_cli_t cli = *frame;
    sst_args_t args;
    apr_getopt_t *parser;
    sst_exit_t result;

    apr_getopt_init(&parser, cli.pool, argc, argv);
    result = sst_options_read(&args, parser, verb, cli.pool);
    cli.args = &args;
    if (result == SST_EXIT_DONE && args.help) {
        return show_verb_help(&cli, verb);
    }
    argc -= parser->ind;
    if (result == SST_EXIT_DONE) {
        result = suits(&cli, verb, argc)
            ? verb->run(&cli, argc, parser->argv + parser->ind)
            : SST_EXIT_USAGE;
    }
    return result == SST_EXIT_USAGE ? wrong_usage(&cli, verb->name) : result;
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
                             : sst_cli_show(cli, "htsession " SST_VERSION "\n");
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
    sst_exit_t result;

    cli.args = NULL;
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return SST_EXIT_FAILED;
    }
    (void) atexit(apr_terminate);
    if (apr_pool_create(&cli.pool, NULL) != APR_SUCCESS
        || apr_file_open_stdout(&cli.out, cli.pool) != APR_SUCCESS
        || apr_file_open_stderr(&cli.err, cli.pool) != APR_SUCCESS) {
        return SST_EXIT_FAILED;
    }
    result = run(&cli, argc, argv);
    /* Threads of a store end here: libraries that they use clean up at exit. */
    apr_pool_destroy(cli.pool);
    return result;
}
