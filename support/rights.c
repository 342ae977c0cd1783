/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Every operation of a store, tried out. */

#include "support/rights.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"

#define LIFE_S 60

/* A server may have to be connected to first. */
#define PATIENCE apr_time_from_sec(5)

/* One trial: a row, a user, and two writes. */
typedef struct trial_t {
    sst_store_t *store;
    sst_row_t row;
    sst_row_t user;
    sst_version_t first;
    sst_version_t second;
    apr_int64_t expires_s;
    apr_pool_t *pool;
} trial_t;

typedef sst_status_t step_fn_t(trial_t *trial, apr_time_t deadline,
                               sst_error_t *err);

/* A value that is a version and nothing else: it parses as no session. */
static sst_status_t put(trial_t *trial, const sst_version_t *version,
                        const sst_version_t *expected, apr_time_t deadline,
                        sst_error_t *err)
{
    unsigned char bytes[SST_VERSION_LEN];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));

    sst_write_bytes(&writer, sst_span(version->token, SST_TOKEN_LEN));
    sst_write_u64(&writer, version->revision);
    return trial->store->ops->put(trial->store, &trial->row,
                                  sst_written(&writer), trial->expires_s,
                                  expected, deadline, err, trial->pool);
}

static sst_status_t step_note(trial_t *trial, apr_time_t deadline,
                              sst_error_t *err)
{
    return trial->store->ops->index_add(trial->store, &trial->user,
                                        &trial->row, trial->expires_s,
                                        deadline, err, trial->pool);
}

static sst_status_t step_create(trial_t *trial, apr_time_t deadline,
                                sst_error_t *err)
{
    return put(trial, &trial->first, NULL, deadline, err);
}

static sst_status_t step_read(trial_t *trial, apr_time_t deadline,
                              sst_error_t *err)
{
    sst_value_t value;

    return trial->store->ops->get(&value, trial->store, &trial->row,
                                  trial->first.revision, deadline, err,
                                  trial->pool);
}

static sst_status_t step_change(trial_t *trial, apr_time_t deadline,
                                sst_error_t *err)
{
    return put(trial, &trial->second, &trial->first, deadline, err);
}

static sst_status_t step_touch(trial_t *trial, apr_time_t deadline,
                               sst_error_t *err)
{
    return trial->store->ops->touch(trial->store, &trial->row,
                                    trial->expires_s + 1, deadline, err,
                                    trial->pool);
}

static sst_status_t step_find(trial_t *trial, apr_time_t deadline,
                              sst_error_t *err)
{
    apr_array_header_t *rows;

    return trial->store->ops->index_list(&rows, trial->store, &trial->user,
                                         deadline, err, trial->pool);
}

static sst_status_t step_end(trial_t *trial, apr_time_t deadline,
                             sst_error_t *err)
{
    return trial->store->ops->remove(trial->store, &trial->row, NULL,
                                     deadline, err, trial->pool);
}

static sst_status_t step_forget(trial_t *trial, apr_time_t deadline,
                                sst_error_t *err)
{
    return trial->store->ops->index_remove(trial->store, &trial->user,
                                           &trial->row, deadline, err,
                                           trial->pool);
}

/* One record is enough; CONFLICT is an answer that no scan has by itself. */
static sst_status_t stop(void *baton, const sst_row_t *row,
                         const sst_value_t *value, apr_pool_t *pool)
{
    return SST_CONFLICT;
}

static sst_status_t step_scan(trial_t *trial, apr_time_t deadline,
                              sst_error_t *err)
{
    sst_status_t status = trial->store->ops->scan(trial->store, stop, NULL,
                                                  err, trial->pool);

    return status == SST_CONFLICT ? SST_OK : status;
}

typedef struct step_t {
    const char *what;
    step_fn_t *run;
    sst_finding_t weight;       /* of a failure */
} step_t;

/* In the order of a session's life. */
static const step_t steps[] = {
    { "note a user's session", step_note, SST_FINDING_FAILED },
    { "store a session", step_create, SST_FINDING_FAILED },
    { "read a session", step_read, SST_FINDING_FAILED },
    { "change a session", step_change, SST_FINDING_FAILED },
    { "prolong a session", step_touch, SST_FINDING_FAILED },
    { "find a user's sessions", step_find, SST_FINDING_FAILED },
    /* The tool alone does this. */
    { "list all sessions", step_scan, SST_FINDING_WARNING },
    { "end a session", step_end, SST_FINDING_FAILED },
    { "forget a user's session", step_forget, SST_FINDING_FAILED }
};

#define STEPS ((int) (sizeof(steps) / sizeof(steps[0])))

static sst_status_t make_trial(trial_t *trial, sst_store_t *store,
                               sst_error_t *err, apr_pool_t *pool)
{
    unsigned char bytes[2 * SST_ROW_LEN + 2 * SST_TOKEN_LEN];
    sst_reader_t reader = sst_reader(sst_span(bytes, sizeof(bytes)));
    sst_status_t status = sst_random(bytes, sizeof(bytes), err);

    memset(trial, 0, sizeof(*trial));
    trial->store = store;
    trial->pool = pool;
    trial->expires_s = apr_time_sec(apr_time_now()) + LIFE_S;
    sst_read_into(&reader, trial->row.bytes, SST_ROW_LEN);
    sst_read_into(&reader, trial->user.bytes, SST_ROW_LEN);
    sst_read_into(&reader, trial->first.token, SST_TOKEN_LEN);
    sst_read_into(&reader, trial->second.token, SST_TOKEN_LEN);
    trial->first.revision = 1;
    trial->second.revision = 2;
    return status;
}

static sst_status_t try_step(const step_t *step, trial_t *trial,
                             const sst_examiner_t *examiner)
{
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = step->run(trial, sst_clock() + PATIENCE, &err);
    if (status != SST_OK) {
        sst_examiner_tell(examiner, step->weight, "rights",
                          "cannot %s: %s", step->what, err.text[0] != '\0'
                          ? err.text : sst_status_name(status));
    }
    return status;
}

/* A store that does not answer would keep one waiting at each step. */
static int is_silent(sst_status_t status)
{
    return status == SST_TIMEOUT || status == SST_UNAVAILABLE;
}

void sst_rights_examine(sst_store_t *store, const sst_examiner_t *examiner,
                        apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    sst_error_t err;
    trial_t trial;
    int worked = 0;
    int i;

    sst_error_clear(&err);
    if (make_trial(&trial, store, &err, pool) != SST_OK) {
        sst_examiner_tell(examiner, SST_FINDING_FAILED, "rights", "%s",
                          err.text);
        return;
    }
    for (i = 0; i < STEPS && !is_silent(status); i++) {
        status = try_step(&steps[i], &trial, examiner);
        worked += status == SST_OK;
    }
    if (worked == STEPS) {
        sst_examiner_tell(examiner, SST_FINDING_OK, "rights",
                          "sessions can be stored, read, changed and ended");
    }
}
