/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The contract under fire: many threads, and many processes, at once. */

#include "tests/contract/contract.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#define WORKERS 6
#define ROUNDS 40
#define BODY 8192

/* What one worker works on, and how it went: a thread must not assert. */
typedef struct worker_t {
    sst_store_t *store;
    sst_row_t row;
    sst_row_t user;
    int won;                /* how often it succeeded */
    int failures;           /* answers that the contract does not allow */
} worker_t;

typedef void work_fn_t(worker_t *worker, apr_pool_t *pool);

typedef struct thread_t {
    apr_thread_t *thread;
    work_fn_t *work;
    worker_t worker;
} thread_t;

static void *APR_THREAD_FUNC run_thread(apr_thread_t *thread, void *data)
{
    thread_t *self = data;
    apr_pool_t *pool = NULL;

    (void) thread;
    if (apr_pool_create(&pool, NULL) == APR_SUCCESS) {
        self->work(&self->worker, pool);
        apr_pool_destroy(pool);
    }
    return NULL;
}

/* Lets threads work on the same row and user; *total is filled with the sums.
 */
static void run_threads(worker_t *total, work_fn_t *work, fixture_t *fixture)
{
    thread_t threads[WORKERS];
    apr_status_t rv;
    int i;

    for (i = 0; i < WORKERS; i++) {
        threads[i].work = work;
        threads[i].worker = *total;
        assert_int_equal(apr_thread_create(&threads[i].thread, NULL,
                                           run_thread, &threads[i],
                                           fixture->pool), APR_SUCCESS);
    }
    for (i = 0; i < WORKERS; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i].thread),
                         APR_SUCCESS);
        total->won += threads[i].worker.won;
        total->failures += threads[i].worker.failures;
    }
}

/* The same with processes, each of which opens the store for itself. */
static pid_t fork_worker(work_fn_t *work, const worker_t *given)
{
    pid_t pid = fork();

    if (pid == 0) {
        apr_pool_t *pool = NULL;
        worker_t worker = *given;

        apr_pool_create(&pool, NULL);
        worker.store = contract_open(pool);
        if (worker.store == NULL) {
            _exit(EXIT_FAILURE);
        }
        work(&worker, pool);
        _exit(worker.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    return pid;
}

static void run_processes(work_fn_t *work, const worker_t *given)
{
    pid_t pids[WORKERS];
    int code;
    int i;

    for (i = 0; i < WORKERS; i++) {
        pids[i] = fork_worker(work, given);
        assert_true(pids[i] > 0);
    }
    for (i = 0; i < WORKERS; i++) {
        assert_int_equal(waitpid(pids[i], &code, 0), pids[i]);
        assert_true(WIFEXITED(code));
        assert_int_equal(WEXITSTATUS(code), EXIT_SUCCESS);
    }
}

static worker_t make_worker(const fixture_t *fixture)
{
    worker_t worker;

    memset(&worker, 0, sizeof(worker));
    worker.store = fixture->store;
    worker.row = contract_row();
    worker.user = contract_row();
    return worker;
}

/* --- Compare and set --- */

/* The number that a record's body is. */
static int number_in(const sst_value_t *value, apr_pool_t *pool)
{
    sst_span_t body = contract_body(value->bytes);

    return (int) apr_atoi64(apr_pstrmemdup(pool, (const char *) body.data,
                                           body.len));
}

/* Adds one to the number in the record, once: the status of the put. */
static sst_status_t increment_once(worker_t *worker, apr_pool_t *pool)
{
    const sst_store_ops_t *ops = worker->store->ops;
    sst_value_t value;
    sst_version_t next;
    sst_status_t status;
    int number;

    status = ops->get(&value, worker->store, &worker->row, 0,
                      contract_deadline(), NULL, pool);
    if (status != SST_OK) {
        return SST_INTERNAL;
    }
    number = number_in(&value, pool) + 1;
    next = contract_version(value.version.revision + 1);
    return ops->put(worker->store, &worker->row,
                    contract_value(&next, sst_span_text(apr_itoa(pool,
                                                                 number)),
                                   pool),
                    contract_now_s() + 600, &value.version,
                    contract_deadline(), NULL, pool);
}

static void increment(worker_t *worker, apr_pool_t *pool)
{
    apr_pool_t *each;
    int i = 0;

    apr_pool_create(&each, pool);
    while (i < ROUNDS && worker->failures == 0) {
        sst_status_t status = increment_once(worker, each);

        i += status == SST_OK;
        worker->failures += status != SST_OK && status != SST_CONFLICT;
        apr_pool_clear(each);
    }
}

static void assert_none_lost(fixture_t *fixture, const worker_t *worker)
{
    sst_value_t value;

    assert_answer(fixture, contract_get(&value, fixture, &worker->row),
                  SST_OK);
    assert_int_equal(number_in(&value, fixture->pool), 1 + WORKERS * ROUNDS);
    /* A store that moves records writes them once by itself. */
    assert_in_range(value.version.revision, 1 + WORKERS * ROUNDS,
                    2 + WORKERS * ROUNDS);
}

static void no_increment_of_many_threads_is_lost(void **state)
{
    fixture_t *fixture = *state;
    worker_t worker = make_worker(fixture);
    sst_version_t first = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &worker.row, &first, "1",
                                        NULL), SST_OK);
    run_threads(&worker, increment, fixture);
    assert_int_equal(worker.failures, 0);
    assert_none_lost(fixture, &worker);
}

static void no_increment_of_many_processes_is_lost(void **state)
{
    fixture_t *fixture = *state;
    worker_t worker = make_worker(fixture);
    sst_version_t first = contract_version(1);

    assert_answer(fixture, contract_put(fixture, &worker.row, &first, "1",
                                        NULL), SST_OK);
    run_processes(increment, &worker);
    assert_none_lost(fixture, &worker);
}

/* --- One winner --- */

static void count_answer(worker_t *worker, sst_status_t status,
                         sst_status_t loser)
{
    worker->won += status == SST_OK;
    worker->failures += status != SST_OK && status != loser;
}

static void create(worker_t *worker, apr_pool_t *pool)
{
    sst_version_t version = contract_version(1);

    count_answer(worker,
                 worker->store->ops->put(worker->store, &worker->row,
                                         contract_value(&version,
                                                        unit_text("x"), pool),
                                         contract_now_s() + 600, NULL,
                                         contract_deadline(), NULL, pool),
                 SST_CONFLICT);
}

static void one_of_many_creators_wins(void **state)
{
    fixture_t *fixture = *state;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        worker_t worker = make_worker(fixture);

        run_threads(&worker, create, fixture);
        assert_int_equal(worker.failures, 0);
        assert_int_equal(worker.won, 1);
    }
}

static void end(worker_t *worker, apr_pool_t *pool)
{
    count_answer(worker,
                 worker->store->ops->remove(worker->store, &worker->row, NULL,
                                            contract_deadline(), NULL, pool),
                 SST_NOT_FOUND);
}

static void one_of_many_removers_wins(void **state)
{
    fixture_t *fixture = *state;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        worker_t worker = make_worker(fixture);
        sst_version_t version = contract_version(1);

        assert_answer(fixture, contract_put(fixture, &worker.row, &version,
                                            "x", NULL), SST_OK);
        run_threads(&worker, end, fixture);
        assert_int_equal(worker.failures, 0);
        assert_int_equal(worker.won, 1);
    }
}

/* A writer that is late must not bring the record back. */
static void write_or_end(worker_t *worker, apr_pool_t *pool)
{
    sst_status_t status;

    do {
        status = increment_once(worker, pool);
    } while (status == SST_CONFLICT);
    (void) worker->store->ops->remove(worker->store, &worker->row, NULL,
                                      contract_deadline(), NULL, pool);
    /* INTERNAL is a get that found nothing. */
    worker->failures += status != SST_OK && status != SST_NOT_FOUND
                        && status != SST_INTERNAL;
}

static void no_late_writer_brings_back_what_has_ended(void **state)
{
    fixture_t *fixture = *state;
    sst_value_t value;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        worker_t worker = make_worker(fixture);
        sst_version_t version = contract_version(1);

        assert_answer(fixture, contract_put(fixture, &worker.row, &version,
                                            "1", NULL), SST_OK);
        run_threads(&worker, write_or_end, fixture);
        assert_int_equal(worker.failures, 0);
        assert_answer(fixture, contract_get(&value, fixture, &worker.row),
                      SST_NOT_FOUND);
    }
}

/* --- Whole values --- */

/* A body of one repeated byte, which tells whether it is whole. */
static int is_whole(sst_span_t body)
{
    apr_size_t i;

    for (i = 1; i < body.len; i++) {
        if (body.data[i] != body.data[0]) {
            return 0;
        }
    }
    return body.len == BODY;
}

/* Puts such a body, whose byte is the version's revision. */
static sst_status_t put_body(worker_t *worker, apr_uint64_t revision,
                             const sst_version_t *expected, apr_pool_t *pool)
{
    sst_version_t version = contract_version(revision);
    unsigned char *body = apr_palloc(pool, BODY);

    memset(body, (int) (revision & 0xff), BODY);
    return worker->store->ops->put(worker->store, &worker->row,
                                   contract_value(&version,
                                                  sst_span(body, BODY), pool),
                                   contract_now_s() + 600, expected,
                                   contract_deadline(), NULL, pool);
}

static void read_and_overwrite(worker_t *worker, apr_pool_t *pool)
{
    sst_value_t value;
    sst_status_t status;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        status = worker->store->ops->get(&value, worker->store, &worker->row,
                                         0, contract_deadline(), NULL, pool);
        if (status != SST_OK || !is_whole(contract_body(value.bytes))) {
            worker->failures++;
            return;
        }
        count_answer(worker, put_body(worker, value.version.revision + 1,
                                      &value.version, pool), SST_CONFLICT);
    }
}

static void a_reader_sees_whole_values_only(void **state)
{
    fixture_t *fixture = *state;
    worker_t worker = make_worker(fixture);

    assert_answer(fixture, put_body(&worker, 1, NULL, fixture->pool), SST_OK);
    run_threads(&worker, read_and_overwrite, fixture);
    assert_int_equal(worker.failures, 0);
    assert_true(worker.won > 0);
}

/* --- The index --- */

static void note_and_forget(worker_t *worker, apr_pool_t *pool)
{
    const sst_store_ops_t *ops = worker->store->ops;
    sst_row_t row;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        row = contract_row();
        count_answer(worker, ops->index_add(worker->store, &worker->user,
                                            &row, contract_now_s() + 600,
                                            contract_deadline(), NULL, pool),
                     SST_OK);
        if (i < ROUNDS - 1) {
            count_answer(worker, ops->index_remove(worker->store,
                                                   &worker->user, &row,
                                                   contract_deadline(), NULL,
                                                   pool), SST_OK);
        }
    }
}

static void no_index_entry_of_many_threads_is_lost(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    worker_t worker = make_worker(fixture);
    apr_array_header_t *rows = NULL;

    run_threads(&worker, note_and_forget, fixture);
    assert_int_equal(worker.failures, 0);
    assert_answer(fixture, store->ops->index_list(&rows, store, &worker.user,
                                                  contract_deadline(),
                                                  &fixture->err,
                                                  fixture->pool), SST_OK);
    assert_int_equal(rows->nelts, WORKERS);
}

void contract_add_concurrency(apr_array_header_t *tests)
{
    const struct CMUnitTest threads[] = {
        CONTRACT_TEST(no_increment_of_many_threads_is_lost),
        CONTRACT_TEST(one_of_many_creators_wins),
        CONTRACT_TEST(one_of_many_removers_wins),
        CONTRACT_TEST(no_late_writer_brings_back_what_has_ended),
        CONTRACT_TEST(a_reader_sees_whole_values_only),
        CONTRACT_TEST(no_index_entry_of_many_threads_is_lost)
    };
    const struct CMUnitTest processes[] = {
        CONTRACT_TEST(no_increment_of_many_processes_is_lost)
    };

    contract_add(tests, threads);
    if (!contract_target->private) {
        contract_add(tests, processes);
    }
}
