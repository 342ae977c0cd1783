/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Credentials from a program: credential_process. */

#include "lib/transport/aws_sources.h"

#include <signal.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define OUTPUT_MAX 65536
#define WHAT "credential_process"

static sst_status_t start_program(apr_proc_t *out, const char *command,
                                  sst_error_t *err, apr_pool_t *pool)
{
    apr_procattr_t *attr = NULL;
    char **words = NULL;
    char why[120];
    apr_status_t rv;

    rv = apr_tokenize_to_argv(command, &words, pool);
    if (rv != APR_SUCCESS || words[0] == NULL) {
        return sst_error_set(err, SST_INVALID, rv, WHAT " is no command");
    }
    rv = apr_procattr_create(&attr, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_procattr_io_set(attr, APR_NO_FILE, APR_CHILD_BLOCK,
                                 APR_NO_PIPE);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_procattr_cmdtype_set(attr, APR_PROGRAM_PATH);
    }
    if (rv == APR_SUCCESS) {
        /* A program that cannot be run is then known here. */
        rv = apr_procattr_error_check_set(attr, 1);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_proc_create(out, words[0], (const char *const *) words, NULL,
                             attr, pool);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_UNAVAILABLE, rv,
                             WHAT ": %s cannot be run: %s", words[0],
                             apr_strerror(rv, why, sizeof(why)));
    }
    return SST_OK;
}

/* Reads until the program closes its output. */
static sst_status_t read_output(sst_writer_t *out, apr_file_t *pipe,
                                apr_time_t deadline, sst_error_t *err)
{
    apr_status_t rv = APR_SUCCESS;
    apr_interval_time_t left;
    apr_size_t len;

    while (rv == APR_SUCCESS && out->len < out->cap) {
        left = deadline - apr_time_now();
        (void) apr_file_pipe_timeout_set(pipe, left > 0 ? left : 0);
        len = out->cap - out->len;
        rv = apr_file_read(pipe, out->data + out->len, &len);
        if (rv == APR_SUCCESS) {
            out->len += len;
        }
    }
    if (APR_STATUS_IS_EOF(rv)) {
        return SST_OK;
    }
    if (rv == APR_SUCCESS) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             WHAT " printed more than %d bytes", OUTPUT_MAX);
    }
    return sst_error_set(err, SST_TIMEOUT, rv, WHAT " did not end in time");
}

static sst_status_t wait_program(apr_proc_t *program, sst_status_t status,
                                 sst_error_t *err)
{
    apr_exit_why_e why = APR_PROC_EXIT;
    int code = 0;

    if (status != SST_OK) {
        (void) apr_proc_kill(program, SIGKILL);
    }
    (void) apr_proc_wait(program, &code, &why, APR_WAIT);
    (void) apr_file_close(program->out);
    if (status == SST_OK && (!APR_PROC_CHECK_EXIT(why) || code != 0)) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             WHAT " failed with code %d; what it says is in"
                             " the server's error log", code);
    }
    return status;
}

sst_status_t sst_aws_from_process(sst_aws_keys_t *out, const char *command,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_writer_t output = sst_writer(apr_palloc(pool, OUTPUT_MAX),
                                     OUTPUT_MAX);
    apr_proc_t program;
    sst_status_t status;

    memset(out, 0, sizeof(*out));
    status = start_program(&program, command, err, pool);
    if (status != SST_OK) {
        return status;
    }
    status = read_output(&output, program.out, deadline, err);
    status = wait_program(&program, status, err);
    if (status == SST_OK) {
        status = sst_aws_keys_from_json(out, WHAT, sst_written(&output),
                                        "SessionToken", err, pool);
    }
    sst_wipe(output.data, output.len);
    return status;
}
