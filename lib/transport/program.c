/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Running a program for what it prints. */

#include "lib/transport/program.h"

#include <signal.h>

#include <apr_file_io.h>
#include <apr_thread_proc.h>

#include "lib/clock.h"

/* How often is looked whether a program that has closed its output has ended.
 */
#define END_POLL apr_time_from_msec(5)

static sst_status_t start_program(apr_proc_t *out, const char *const *argv,
                                  const char *what, sst_error_t *err,
                                  apr_pool_t *pool)
{
    apr_procattr_t *attr = NULL;
    char why[120];
    apr_status_t rv = apr_procattr_create(&attr, pool);

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
        rv = apr_proc_create(out, argv[0], argv, NULL, attr, pool);
    }
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_UNAVAILABLE, rv,
                             "%s: %s cannot be run: %s", what, argv[0],
                             apr_strerror(rv, why, sizeof(why)));
    }
    return SST_OK;
}

static sst_status_t too_late(const char *what, apr_status_t rv,
                             sst_error_t *err)
{
    return sst_error_set(err, SST_TIMEOUT, rv, "%s did not end in time", what);
}

/* Reads until the program closes its output. */
static sst_status_t read_output(sst_writer_t *out, apr_file_t *pipe,
                                const char *what, apr_time_t deadline,
                                sst_error_t *err)
{
    apr_status_t rv = APR_SUCCESS;
    apr_interval_time_t left;
    apr_size_t len;

    while (rv == APR_SUCCESS && out->len < out->cap) {
        left = deadline - sst_clock();
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
                             "%s printed more than %d bytes", what,
                             SST_PROGRAM_OUTPUT_MAX);
    }
    return too_late(what, rv, err);
}

/* Waits for the end of a program that has closed its output. */
static sst_status_t await_end(apr_proc_t *program, const char *what,
                              apr_time_t deadline, sst_error_t *err)
{
    apr_exit_why_e why = APR_PROC_EXIT;
    int code = 0;
    apr_status_t rv = apr_proc_wait(program, &code, &why, APR_NOWAIT);

    while (APR_STATUS_IS_CHILD_NOTDONE(rv)) {
        if (sst_clock() >= deadline) {
            return too_late(what, APR_SUCCESS, err);
        }
        apr_sleep(END_POLL);
        rv = apr_proc_wait(program, &code, &why, APR_NOWAIT);
    }
    if (!APR_PROC_CHECK_EXIT(why) || code != 0) {
        return sst_error_set(err, SST_UNAVAILABLE, APR_SUCCESS,
                             "%s failed with code %d; what it says is in"
                             " the server's error log", what, code);
    }
    return SST_OK;
}

static void kill_program(apr_proc_t *program)
{
    apr_exit_why_e why;
    int code;

    (void) apr_proc_kill(program, SIGKILL);
    (void) apr_proc_wait(program, &code, &why, APR_WAIT);
}

sst_status_t sst_program_output(unsigned char **out, apr_size_t *len,
                                const char *const *argv, const char *what,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_writer_t output = sst_writer(apr_palloc(pool, SST_PROGRAM_OUTPUT_MAX),
                                     SST_PROGRAM_OUTPUT_MAX);
    apr_proc_t program;
    sst_status_t status = start_program(&program, argv, what, err, pool);

    *out = NULL;
    *len = 0;
    if (status != SST_OK) {
        return status;
    }
    status = read_output(&output, program.out, what, deadline, err);
    if (status != SST_OK) {
        kill_program(&program);
    }
    else {
        status = await_end(&program, what, deadline, err);
        if (status == SST_TIMEOUT) {
            kill_program(&program);
        }
    }
    (void) apr_file_close(program.out);
    if (status != SST_OK) {
        sst_wipe(output.data, output.len);
        return status;
    }
    *out = output.data;
    *len = output.len;
    return SST_OK;
}
