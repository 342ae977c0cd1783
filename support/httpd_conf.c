/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* httpd's configuration, read by httpd itself: nobody else knows what Define,
 * Include and IfModule make of it. `httpd -t` runs with a definition at which
 * the module prints what is configured, a line of JSON for each server.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_env.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "support/dump_lines.h"

#define OUTPUT_MAX (16 * 1024 * 1024)

/* Where Debian keeps what its httpd needs in the environment. */
#define ENVVARS "/etc/apache2/envvars"

/* Programs are here too, although a user's PATH may not say so. */
static const char *const more_folders[] = {
    "/usr/sbin", "/usr/local/sbin", "/usr/local/apache2/bin"
};

#define MORE_FOLDERS ((int) (sizeof(more_folders) / sizeof(more_folders[0])))

/* --- Finding httpd --- */

/* The path of a program, or NULL. */
static const char *find_program(const char *name, apr_pool_t *pool)
{
    apr_array_header_t *folders = NULL;
    char *search = NULL;
    int i;

    (void) apr_env_get(&search, "PATH", pool);
    if (search == NULL
        || apr_filepath_list_split(&folders, search, pool) != APR_SUCCESS) {
        folders = apr_array_make(pool, MORE_FOLDERS, sizeof(char *));
    }
    for (i = 0; i < MORE_FOLDERS; i++) {
        APR_ARRAY_PUSH(folders, const char *) = more_folders[i];
    }
    for (i = 0; i < folders->nelts; i++) {
        const char *path = apr_pstrcat(pool,
                                       APR_ARRAY_IDX(folders, i, char *), "/",
                                       name, NULL);

        if (access(path, X_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

/* Debian's httpd starts by a script that sets its environment. */
static const char *find_httpd(const sst_cli_t *cli)
{
    static const char *const names[] = { "apache2ctl", "httpd", "apache2" };
    const char *path = NULL;
    int i;

    if (cli->args->httpd != NULL) {
        return strchr(cli->args->httpd, '/') != NULL ? cli->args->httpd
               : find_program(cli->args->httpd, cli->pool);
    }
    for (i = access(ENVVARS, R_OK) == 0 ? 0 : 1; i < 3 && path == NULL; i++) {
        path = find_program(names[i], cli->pool);
    }
    return path;
}

/* --- Running it --- */

static void push_option(apr_array_header_t *argv, const char *option,
                        const char *value)
{
    if (value != NULL) {
        APR_ARRAY_PUSH(argv, const char *) = option;
        APR_ARRAY_PUSH(argv, const char *) = value;
    }
}

/* `httpd -t` with a definition that makes it tell something. */
static const char *const *command(const char *program, const char *define,
                                  const char *define_too, const sst_cli_t *cli)
{
    const apr_array_header_t *defines = cli->args->defines;
    apr_array_header_t *argv = apr_array_make(cli->pool, 12, sizeof(char *));
    int i;

    APR_ARRAY_PUSH(argv, const char *) = program;
    push_option(argv, "-d", cli->args->root);
    push_option(argv, "-f", cli->args->conf);
    for (i = 0; defines != NULL && i < defines->nelts; i++) {
        push_option(argv, "-D", APR_ARRAY_IDX(defines, i, const char *));
    }
    push_option(argv, "-D", define);
    push_option(argv, "-D", define_too);
    APR_ARRAY_PUSH(argv, const char *) = "-t";
    APR_ARRAY_PUSH(argv, const char *) = NULL;
    return (const char *const *) argv->elts;
}

/* Starts a program, both of whose outputs go into the pipe that is *from. */
static apr_status_t start(apr_proc_t *process, apr_file_t **from,
                          const char *const *argv, apr_pool_t *pool)
{
    apr_procattr_t *attributes;
    apr_file_t *nothing = NULL;
    apr_file_t *to = NULL;
    apr_status_t rv = apr_file_pipe_create(from, &to, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_open(&nothing, "/dev/null", APR_FOPEN_READ,
                           APR_OS_DEFAULT, pool);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_procattr_create(&attributes, pool);
    }
    if (rv == APR_SUCCESS) {
        (void) apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
        (void) apr_procattr_error_check_set(attributes, 1);
        (void) apr_procattr_child_in_set(attributes, nothing, NULL);
        (void) apr_procattr_child_out_set(attributes, to, NULL);
        (void) apr_procattr_child_err_set(attributes, to, NULL);
        rv = apr_proc_create(process, argv[0], argv, NULL, attributes, pool);
    }
    if (to != NULL) {
        (void) apr_file_close(to);
    }
    return rv;
}

/* All that comes out of a pipe, as a C string. */
static char *read_all(apr_file_t *from, apr_pool_t *pool)
{
    apr_array_header_t *text = apr_array_make(pool, 8192, 1);
    char part[4096];
    apr_size_t len = sizeof(part);

    while (apr_file_read(from, part, &len) == APR_SUCCESS) {
        apr_size_t i;

        for (i = 0; i < len && text->nelts < OUTPUT_MAX; i++) {
            APR_ARRAY_PUSH(text, char) = part[i];
        }
        len = sizeof(part);
    }
    APR_ARRAY_PUSH(text, char) = '\0';
    return text->elts;
}

/* Runs it to its end: *out is all that it said. Answers its exit code, or -1
 * when it could not be run or did not end by itself.
 */
static int run(char **out, const char *const *argv, apr_pool_t *pool)
{
    apr_exit_why_e why = APR_PROC_EXIT;
    apr_proc_t process;
    apr_file_t *from = NULL;
    int code = -1;

    *out = apr_pstrdup(pool, "");
    if (start(&process, &from, argv, pool) != APR_SUCCESS) {
        return -1;
    }
    *out = read_all(from, pool);
    (void) apr_proc_wait(&process, &code, &why, APR_WAIT);
    return why == APR_PROC_EXIT ? code : -1;
}

/* --- What it said --- */

static void add_cookie(apr_array_header_t *sources, const char *cookie)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        APR_ARRAY_PUSH(APR_ARRAY_IDX(sources, i, sst_source_t).cookies,
                       const char *) = cookie;
    }
}

sst_exit_t sst_sources_from_httpd(apr_array_header_t **out,
                                  const sst_cli_t *cli)
{
    const char *program = find_httpd(cli);
    const char *messages;
    char *said;
    int complete;
    int code;

    *out = apr_array_make(cli->pool, 4, sizeof(sst_source_t));
    if (program == NULL) {
        return sst_cli_fail(cli, "httpd was not found: name it with --httpd, "
                            "or name the store with --store");
    }
    code = run(&said, command(program, "DUMP_SESSION_STORE",
                              "DUMP_SESSION_STORE_PASSWORDS", cli),
               cli->pool);
    messages = sst_dump_lines_read(*out, &complete, said, cli->pool);
    if (code < 0) {
        return sst_cli_fail(cli, "%s cannot be run\n%s", program, messages);
    }
    if (code > 0) {
        return sst_cli_fail(cli, "%s cannot read its configuration:\n%s",
                            program, messages);
    }
    if (!complete) {
        return sst_cli_fail(cli, "what %s says of its stores cannot be "
                            "understood: are names in its configuration no "
                            "UTF-8, or is its module of another version?",
                            program);
    }
    if ((*out)->nelts == 0) {
        return sst_cli_fail(cli, "%s has no SessionStore in its "
                            "configuration (Debian: a2enmod session_store)",
                            program);
    }
    if (cli->args->cookie != NULL) {
        add_cookie(*out, cli->args->cookie);
    }
    return SST_EXIT_DONE;
}

/* --- Modules --- */

/* Lines such as " session_module (shared)". */
sst_exit_t sst_httpd_modules(apr_array_header_t **out, const sst_cli_t *cli)
{
    const char *program = find_httpd(cli);
    char *state = NULL;
    char *said;
    char *line;

    *out = apr_array_make(cli->pool, 64, sizeof(char *));
    if (program == NULL
        || run(&said, command(program, "DUMP_MODULES", NULL, cli), cli->pool)
           != 0) {
        return SST_EXIT_FAILED;
    }
    for (line = apr_strtok(said, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        line += strspn(line, " ");
        APR_ARRAY_PUSH(*out, const char *)
            = apr_pstrmemdup(cli->pool, line, strcspn(line, " "));
    }
    return SST_EXIT_DONE;
}

int sst_httpd_has(const apr_array_header_t *modules, const char *name)
{
    int i;

    for (i = 0; i < modules->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(modules, i, const char *), name) == 0) {
            return 1;
        }
    }
    return 0;
}
