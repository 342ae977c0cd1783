/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Lines of the tool in the servers' audit logs. */

#include "support/audit_log.h"

#include <string.h>

#include <apr_signal.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "lib/audit_line.h"

#define LOG_RIGHTS (APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD)

/* One log. */
typedef struct log_t {
    const char *name;           /* as SessionStoreAudit has it */
    apr_file_t *file;
    apr_status_t failed;        /* of the first line that is missing */
} log_t;

struct sst_audit_log_t {
    const sst_cli_t *cli;
    const char *store;
    apr_array_header_t *logs;   /* log_t */
};

/* --- Opening --- */

/* Without a shell, as httpd runs it. */
static apr_status_t open_program(apr_file_t **out, const char *command,
                                 apr_pool_t *pool)
{
    apr_procattr_t *attributes = NULL;
    apr_proc_t program;
    char **argv;
    apr_status_t rv = apr_tokenize_to_argv(command, &argv, pool);

    if (rv == APR_SUCCESS && argv[0] == NULL) {
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        rv = apr_procattr_create(&attributes, pool);
    }
    if (rv == APR_SUCCESS) {
        (void) apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
        (void) apr_procattr_error_check_set(attributes, 1);
        rv = apr_procattr_io_set(attributes, APR_FULL_BLOCK, APR_NO_PIPE,
                                 APR_NO_PIPE);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_proc_create(&program, argv[0], (const char *const *) argv,
                             NULL, attributes, pool);
    }
    if (rv == APR_SUCCESS) {
        /* One that has ended is then a write that fails. */
        (void) apr_signal(SIGPIPE, SIG_IGN);
        *out = program.in;
    }
    return rv;
}

static apr_status_t open_log(log_t *log, apr_pool_t *pool)
{
    log->failed = APR_SUCCESS;
    if (log->name[0] == '|') {
        return open_program(&log->file, log->name + 1, pool);
    }
    return apr_file_open(&log->file, log->name, APR_FOPEN_WRITE
                         | APR_FOPEN_APPEND | APR_FOPEN_CREATE
                         | APR_FOPEN_LARGEFILE, LOG_RIGHTS, pool);
}

static sst_exit_t cannot(const sst_cli_t *cli, const char *what,
                         const log_t *log, apr_status_t os)
{
    char why[120];

    return sst_cli_fail(cli, "SessionStoreAudit %s: %s: %s", log->name, what,
                        apr_strerror(os, why, sizeof(why)));
}

sst_exit_t sst_audit_log_open(sst_audit_log_t **out, const sst_cli_t *cli,
                              const sst_place_t *place)
{
    sst_audit_log_t *log = apr_pcalloc(cli->pool, sizeof(*log));
    int i;

    log->cli = cli;
    log->store = place->store->name;
    log->logs = apr_array_make(cli->pool, 1, sizeof(log_t));
    *out = log;
    for (i = 0; i < place->audits->nelts; i++) {
        log_t one = { APR_ARRAY_IDX(place->audits, i, const char *), NULL,
                      APR_SUCCESS };
        apr_status_t os = open_log(&one, cli->pool);

        if (os != APR_SUCCESS) {
            (void) sst_audit_log_close(log);
            return cannot(cli, "cannot be opened, so that nothing is ended",
                          &one, os);
        }
        APR_ARRAY_PUSH(log->logs, log_t) = one;
    }
    return SST_EXIT_DONE;
}

/* --- Writing --- */

void sst_audit_log_revoked(sst_audit_log_t *log, const sst_row_t *row,
                           const apr_array_header_t *users, apr_pool_t *pool)
{
    char name[SST_ROW_NAME_LEN + 1] = "-";
    sst_audit_line_t line = { .event = "revoked", .reason = "htsession",
                              .users = users, .session = name,
                              .store = log->store };
    const char *text;
    int i;

    if (row != NULL) {
        sst_row_name(name, row);
    }
    text = sst_audit_line(&line, apr_time_now(), pool);
    for (i = 0; i < log->logs->nelts; i++) {
        log_t *one = &APR_ARRAY_IDX(log->logs, i, log_t);
        apr_status_t os = text == NULL ? APR_ENOMEM
            : apr_file_write_full(one->file, text, strlen(text), NULL);

        if (one->failed == APR_SUCCESS) {
            one->failed = os;
        }
    }
}

sst_exit_t sst_audit_log_close(sst_audit_log_t *log)
{
    sst_exit_t result = SST_EXIT_DONE;
    int i;

    for (i = 0; i < log->logs->nelts; i++) {
        log_t *one = &APR_ARRAY_IDX(log->logs, i, log_t);

        (void) apr_file_close(one->file);
        if (one->failed != APR_SUCCESS) {
            result = cannot(log->cli, "does not have all that was ended", one,
                            one->failed);
        }
    }
    return result;
}
