/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The token directory among processes that stop, die and race, its purge, and
 * what an operation costs.
 */

#include "tests/unit/dir_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define HOUR_S 3600

/* --- Locks --- */

/* A process that stops while it holds the lock of a row; killed, at the
 * latest, when the pool goes.
 */
static apr_status_t kill_process(void *data)
{
    pid_t pid = *(pid_t *) data;

    if (pid > 0) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
    }
    return APR_SUCCESS;
}

static pid_t *stop_with_lock(fixture_t *fixture, const sst_row_t *row)
{
    pid_t *pid = apr_palloc(fixture->pool, sizeof(*pid));
    const char *path = apr_psprintf(fixture->pool, "%s/locks/%02x",
                                    dir_path(fixture), row->bytes[0]);
    int code;

    *pid = fork();
    assert_true(*pid >= 0);
    if (*pid == 0) {
        int fd = open(path, O_RDWR | O_CREAT, 0600);

        if (fd < 0 || flock(fd, LOCK_EX) != 0) {
            _exit(EXIT_FAILURE);
        }
        (void) raise(SIGSTOP);
        _exit(EXIT_SUCCESS);
    }
    apr_pool_cleanup_register(fixture->pool, pid, kill_process,
                              apr_pool_cleanup_null);
    assert_int_equal(waitpid(*pid, &code, WUNTRACED), *pid);
    assert_true(WIFSTOPPED(code));
    return pid;
}

/* Writes with this deadline; a test's clock may be slow, never fast. */
static sst_status_t put_within(fixture_t *fixture, const sst_row_t *row,
                               const sst_version_t *expected,
                               apr_interval_time_t wait)
{
    sst_store_t *store = fixture->store;
    sst_version_t version = contract_version(2);
    apr_time_t deadline = apr_time_now() + wait;
    sst_status_t status = store->ops->put(store, row,
                                          contract_value(&version,
                                                         unit_text("two"),
                                                         fixture->pool),
                                          contract_now_s() + 60, expected,
                                          deadline, &fixture->err,
                                          fixture->pool);

    if (status == SST_TIMEOUT) {
        assert_true(apr_time_now() >= deadline);
        assert_true(apr_time_now() < deadline + apr_time_from_sec(30));
    }
    return status;
}

static void a_stopped_holder_of_the_lock_makes_others_time_out(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    apr_interval_time_t wait = apr_time_from_msec(50);

    (void) stop_with_lock(fixture, &row);
    assert_answer(fixture, put_within(fixture, &row, &first, wait),
                  SST_TIMEOUT);
    assert_non_null(strstr(fixture->err.text, "locks/"));
    assert_answer(fixture, put_within(fixture, &row, &first, 0),
                  SST_TIMEOUT);
    assert_answer(fixture, store->ops->remove(store, &row, NULL,
                                              apr_time_now() + wait,
                                              &fixture->err, fixture->pool),
                  SST_TIMEOUT);
    assert_answer(fixture, store->ops->index_add(store, &row, &row,
                                                 contract_now_s() + 60,
                                                 apr_time_now() + wait,
                                                 &fixture->err,
                                                 fixture->pool),
                  SST_TIMEOUT);
    contract_assert_stored(fixture, &row, &first, "one");
}

static void reading_and_touching_need_no_lock(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    apr_array_header_t *rows = NULL;

    (void) stop_with_lock(fixture, &row);
    contract_assert_stored(fixture, &row, &first, "one");
    assert_answer(fixture, store->ops->touch(store, &row,
                                             contract_now_s() + HOUR_S, 0,
                                             &fixture->err, fixture->pool),
                  SST_OK);
    assert_answer(fixture, store->ops->index_list(&rows, store, &row, 0,
                                                  &fixture->err,
                                                  fixture->pool), SST_OK);
}

static void a_killed_holder_of_the_lock_gives_it_back(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    pid_t *holder = stop_with_lock(fixture, &row);

    assert_int_equal(kill(*holder, SIGKILL), 0);
    dir_wait_for_end(*holder);
    *holder = 0;
    assert_answer(fixture, put_within(fixture, &row, &first,
                                      apr_time_from_sec(60)), SST_OK);
}

static void a_lock_concerns_its_own_rows_only(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_row_t other = row;
    sst_version_t first;

    other.bytes[0] ^= 1;
    first = dir_put(fixture, &other, "one");
    (void) stop_with_lock(fixture, &row);
    assert_answer(fixture, put_within(fixture, &other, &first, 0), SST_OK);
}

/* --- Killed writers --- */

#define KILLS 60
#define BODY 20000

/* Writes the next revision: 1 when it is stored. */
static int write_next(sst_store_t *store, const sst_row_t *row,
                      apr_pool_t *pool)
{
    unsigned char *body = apr_palloc(pool, BODY);
    sst_version_t next;
    sst_value_t value;

    if (store->ops->get(&value, store, row, 0, 0, NULL, pool) != SST_OK) {
        return 0;
    }
    next = contract_version(value.version.revision + 1);
    memset(body, (int) (next.revision & 0xff), BODY);
    return store->ops->put(store, row,
                           contract_value(&next, sst_span(body, BODY), pool),
                           contract_now_s() + HOUR_S, &value.version,
                           contract_deadline(), NULL, pool) == SST_OK;
}

/* Writes one revision after the other, and says so by a byte for each. */
static void write_for_ever(const char *path, const sst_row_t *row, int pipe)
{
    apr_pool_t *pool = NULL;
    apr_pool_t *each = NULL;
    sst_store_t *store;

    apr_pool_create(&pool, NULL);
    apr_pool_create(&each, pool);
    store = dir_open(path, pool);
    while (store != NULL && write_next(store, row, each)
           && write(pipe, "", 1) == 1) {
        apr_pool_clear(each);
    }
    _exit(EXIT_FAILURE);
}

/* Lets a writer write some revisions, kills it at a moment that differs from
 * round to round, and answers how many it has acknowledged.
 */
static int write_and_kill(fixture_t *fixture, const sst_row_t *row, int round)
{
    int ends[2];
    int acknowledged = 0;
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        write_for_ever(dir_path(fixture), row, ends[1]);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    acknowledged++;
    apr_sleep((round * 37) % 1500);
    assert_int_equal(kill(pid, SIGKILL), 0);
    dir_wait_for_end(pid);
    while (read(ends[0], &byte, 1) == 1) {
        acknowledged++;
    }
    close(ends[0]);
    return acknowledged;
}

static void assert_whole(const sst_value_t *value)
{
    sst_span_t body = contract_body(value->bytes);
    apr_size_t i;

    assert_int_equal(body.len, BODY);
    for (i = 0; i < body.len; i++) {
        assert_int_equal(body.data[i], value->version.revision & 0xff);
    }
}

static void a_killed_writer_leaves_whole_records_and_no_broken_state(
    void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    apr_uint64_t acknowledged = 1;
    sst_value_t value;
    int i;

    (void) dir_put(fixture, &row, "x");
    for (i = 0; i < KILLS; i++) {
        acknowledged += (apr_uint64_t) write_and_kill(fixture, &row, i);
        assert_answer(fixture, contract_get(&value, fixture, &row), SST_OK);
        assert_whole(&value);
        /* The write in flight may have landed without being acknowledged. */
        assert_in_range(value.version.revision, acknowledged,
                        acknowledged + 1);
        acknowledged = value.version.revision;
    }
    assert_answer(fixture, put_within(fixture, &row, &value.version,
                                      apr_time_from_sec(60)), SST_OK);
}

/* What a killed writer can leave is a temporary file, and the same write, done
 * again, takes it away.
 */
static void a_repeated_write_takes_over_what_it_left(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    sst_version_t second = contract_version(2);
    char token[SST_HEX_LEN(SST_TOKEN_LEN) + 1];
    const char *left;

    sst_hex_encode(token, sst_span(second.token, sizeof(second.token)));
    left = apr_psprintf(fixture->pool, "%s/rows/%02x/tmp-%s",
                        dir_path(fixture), row.bytes[0], token);
    dir_write_file(left, "half");
    assert_answer(fixture, contract_put(fixture, &row, &second, "two",
                                        &first), SST_OK);
    contract_assert_stored(fixture, &row, &second, "two");
    assert_int_equal(access(left, F_OK), -1);
}

/* --- Purging --- */

static void purge_slice(fixture_t *fixture, sst_purge_t *purge,
                        apr_int64_t now_s, apr_interval_time_t budget)
{
    sst_store_t *store = fixture->store;

    assert_answer(fixture, store->ops->purge(purge, store, now_s, budget,
                                             &fixture->err, fixture->pool),
                  SST_OK);
}

static void purge_all(fixture_t *fixture, apr_int64_t now_s)
{
    sst_purge_t purge = { 0, 0, 0 };

    while (!purge.done) {
        purge_slice(fixture, &purge, now_s, apr_time_from_sec(1));
    }
}

/* Rows of one folder, so that a slice ends inside it. */
static void purge_goes_on_inside_a_large_folder(void **state)
{
    fixture_t *fixture = *state;
    sst_purge_t purge = { 0, 0, 0 };
    apr_uint64_t before;
    int slices = 0;
    int i;

    for (i = 0; i < 50; i++) {
        sst_row_t row = contract_row();

        row.bytes[0] = 0;
        (void) dir_put(fixture, &row, "x");
    }
    while (purge.position == 0) {
        before = purge.removed;
        purge_slice(fixture, &purge, contract_now_s() + 2 * HOUR_S, 0);
        assert_true(purge.removed <= before + 1);
        slices++;
        assert_true(slices < 1000);
    }
    assert_int_equal(purge.removed, 50);
    assert_true(slices >= 50);
    assert_false(purge.done);
}

static void purge_removes_old_temporary_files_and_leaves_young_ones(
    void **state)
{
    fixture_t *fixture = *state;
    apr_int64_t now_s = contract_now_s();
    sst_row_t row = contract_row();
    const char *folder;

    (void) dir_put(fixture, &row, "x");
    folder = apr_psprintf(fixture->pool, "%s/rows/%02x", dir_path(fixture),
                          row.bytes[0]);
    dir_write_file(apr_pstrcat(fixture->pool, folder, "/tmp-1", NULL), "x");
    purge_all(fixture, now_s + HOUR_S - 60);
    assert_int_equal(dir_count(folder, "tmp-"), 1);
    purge_all(fixture, now_s + HOUR_S + 60);
    assert_int_equal(dir_count(folder, "tmp-"), 0);
}

static void purge_leaves_files_that_are_not_ours(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    const char *folder;

    (void) dir_put(fixture, &row, "x");
    folder = apr_psprintf(fixture->pool, "%s/rows/%02x", dir_path(fixture),
                          row.bytes[0]);
    dir_write_file(apr_pstrcat(fixture->pool, folder, "/README", NULL), "x");
    purge_all(fixture, contract_now_s() + 10 * HOUR_S);
    assert_int_equal(dir_count(folder, ""), 1);
    assert_int_equal(dir_count(folder, "README"), 1);
}

static void purge_removes_the_folders_of_users_without_rows(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    sst_row_t user = contract_row();
    sst_row_t row = contract_row();

    assert_answer(fixture, store->ops->index_add(store, &user, &row,
                                                 contract_now_s() + 60,
                                                 contract_deadline(),
                                                 &fixture->err,
                                                 fixture->pool), SST_OK);
    purge_all(fixture, contract_now_s() + 30);
    assert_int_equal(access(dir_user_path(fixture, &user), F_OK), 0);
    purge_all(fixture, contract_now_s() + 120);
    assert_int_equal(access(dir_user_path(fixture, &user), F_OK), -1);
}

static void purge_leaves_a_locked_folder_to_the_next_round(void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row = contract_row();
    sst_version_t first = dir_put(fixture, &row, "one");
    pid_t *holder = stop_with_lock(fixture, &row);
    sst_value_t value;

    purge_all(fixture, contract_now_s() + 2 * HOUR_S);
    contract_assert_stored(fixture, &row, &first, "one");
    assert_int_equal(kill(*holder, SIGKILL), 0);
    dir_wait_for_end(*holder);
    *holder = 0;
    purge_all(fixture, contract_now_s() + 2 * HOUR_S);
    assert_answer(fixture, contract_get(&value, fixture, &row),
                  SST_NOT_FOUND);
}

/* The link is reported, and the round goes on behind it. */
static void purge_does_not_follow_a_linked_folder(void **state)
{
    fixture_t *fixture = *state;
    sst_store_t *store = fixture->store;
    const char *aside = dir_below(fixture, "aside");
    sst_purge_t purge = { 0, 0, 0 };
    int refused = 0;
    sst_row_t row = contract_row();
    sst_row_t last = row;
    sst_value_t value;
    const char *folder;

    row.bytes[0] = 0x10;
    last.bytes[0] = 0xff;
    (void) dir_put(fixture, &row, "x");
    (void) dir_put(fixture, &last, "x");
    folder = dir_below(fixture, "rows/10");
    assert_int_equal(rename(folder, aside), 0);
    assert_int_equal(symlink(aside, folder), 0);
    while (!purge.done) {
        sst_error_clear(&fixture->err);
        refused += store->ops->purge(&purge, store,
                                     contract_now_s() + 2 * HOUR_S,
                                     apr_time_from_sec(1), &fixture->err,
                                     fixture->pool) == SST_DENIED;
    }
    assert_int_equal(refused, 1);
    assert_int_equal(dir_count(aside, ""), 1);
    assert_answer(fixture, contract_get(&value, fixture, &last),
                  SST_NOT_FOUND);
}

/* --- Purging against those who renew --- */

#define RACES 1000
#define SLOW_RACES 100      /* 2 ms each */

/* A purge that runs round and round over one folder, in a thread. */
typedef struct purger_t {
    sst_store_t *store;
    volatile apr_uint32_t stop;
    volatile apr_uint32_t rounds;
    int failures;
} purger_t;

static void *APR_THREAD_FUNC purge_round_and_round(apr_thread_t *thread,
                                                   void *data)
{
    purger_t *purger = data;
    apr_pool_t *pool = NULL;

    (void) thread;
    apr_pool_create(&pool, NULL);
    while (apr_atomic_read32(&purger->stop) == 0) {
        sst_purge_t purge = { 0, 0, 0 };

        purger->failures += purger->store->ops->purge(&purge, purger->store,
                                                      contract_now_s(), 0,
                                                      NULL, pool) != SST_OK;
        apr_atomic_inc32(&purger->rounds);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

/* Waits until a purge that had begun has ended: what it could remove, it has.
 */
static void let_purge_end(purger_t *purger)
{
    apr_uint32_t now = apr_atomic_read32(&purger->rounds);

    while (apr_atomic_read32(&purger->rounds) - now < 2) {
        apr_thread_yield();
    }
}

typedef sst_status_t renew_fn_t(fixture_t *fixture, const sst_row_t *row,
                                const sst_version_t *stored);

static sst_status_t renew_by_touch(fixture_t *fixture, const sst_row_t *row,
                                   const sst_version_t *stored)
{
    return contract_touch(fixture, row, contract_now_s() + HOUR_S);
}

static sst_status_t renew_by_put(fixture_t *fixture, const sst_row_t *row,
                                 const sst_version_t *stored)
{
    sst_version_t next = contract_version(2);

    return contract_put(fixture, row, &next, "two", stored);
}

/* As a put that takes its time does: the purge sees the record expired, waits
 * for the lock, and by then the record is alive.
 */
static sst_status_t renew_slowly(fixture_t *fixture, const sst_row_t *row,
                                 const sst_version_t *stored)
{
    struct timespec times[2] = { { 0, UTIME_OMIT }, { 0, 0 } };
    int fd = open(dir_below(fixture, "locks/00"), O_RDWR);
    int rc;

    times[1].tv_sec = contract_now_s() + HOUR_S;
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    apr_sleep(apr_time_from_msec(2));
    rc = utimensat(AT_FDCWD, dir_row_path(fixture, row), times, 0);
    assert_int_equal(close(fd), 0);
    return rc == 0 ? SST_OK : SST_NOT_FOUND;
}

/* Each record expires, and is renewed while the purge goes for it: either may
 * win, but what was renewed is there.
 */
static void race_purge(fixture_t *fixture, renew_fn_t *renew, int races)
{
    purger_t purger = { fixture->store, 0, 0, 0 };
    apr_thread_t *thread;
    apr_pool_t *main_pool = fixture->pool;
    sst_value_t value;
    apr_status_t rv;
    int lost = 0;
    int i;

    assert_int_equal(apr_thread_create(&thread, NULL, purge_round_and_round,
                                       &purger, main_pool), APR_SUCCESS);
    apr_pool_create(&fixture->pool, NULL);
    for (i = 0; i < races; i++) {
        sst_row_t row = contract_row();
        sst_version_t version;

        row.bytes[0] = 0;       /* where each of the purge's rounds begins */
        version = dir_put(fixture, &row, "one");
        if (contract_touch(fixture, &row, contract_now_s() - 1) == SST_OK
            && renew(fixture, &row, &version) == SST_OK) {
            let_purge_end(&purger);
            lost += contract_get(&value, fixture, &row) != SST_OK;
            (void) contract_remove(fixture, &row, NULL);
        }
        apr_pool_clear(fixture->pool);
    }
    apr_pool_destroy(fixture->pool);
    fixture->pool = main_pool;
    apr_atomic_set32(&purger.stop, 1);
    assert_int_equal(apr_thread_join(&rv, thread), APR_SUCCESS);
    assert_int_equal(lost, 0);
    assert_int_equal(purger.failures, 0);
}

static void purge_never_removes_what_was_just_touched(void **state)
{
    race_purge(*state, renew_by_touch, RACES);
}

static void purge_never_removes_what_was_just_put(void **state)
{
    race_purge(*state, renew_by_put, RACES);
}

static void purge_looks_again_when_it_has_the_lock(void **state)
{
    race_purge(*state, renew_slowly, SLOW_RACES);
}

/* --- Cost --- */

/* Runs the work in a traced process and counts the system calls between its
 * two stops; -1 when it went wrong.
 */
static int count_calls(dir_work_t *work, void *baton)
{
    pid_t pid = fork();
    int entries = 0;
    int stops = 0;
    int code;

    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(1);
        }
        (void) raise(SIGUSR1);
        code = work(baton);
        (void) raise(SIGUSR1);
        _exit(code);
    }
    while (waitpid(pid, &code, 0) == pid && WIFSTOPPED(code)) {
        if (WSTOPSIG(code) == SIGUSR1) {
            stops++;
        }
        else if (stops == 1) {
            entries++;
        }
        (void) ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    }
    /* Each call stops at its begin and its end, and raise does so itself: its
     * end after the first signal, its begin before the second.
     */
    return WIFEXITED(code) && WEXITSTATUS(code) == 0 ? entries / 2 : -1;
}

typedef struct work_t {
    fixture_t *fixture;
    sst_row_t row;
    sst_version_t version;
} work_t;

static int work_nothing(void *baton)
{
    return baton == NULL;
}

static int work_get(void *baton)
{
    work_t *work = baton;
    sst_value_t value;

    return contract_get(&value, work->fixture, &work->row) != SST_OK;
}

static int work_touch(void *baton)
{
    work_t *work = baton;

    return contract_touch(work->fixture, &work->row,
                          contract_now_s() + HOUR_S) != SST_OK;
}

static int work_put(void *baton)
{
    work_t *work = baton;
    sst_store_t *store = work->fixture->store;
    unsigned char bytes[SST_VERSION_LEN + 8];

    memset(bytes, 7, sizeof(bytes));
    return store->ops->put(store, &work->row, sst_span(bytes, sizeof(bytes)),
                           contract_now_s() + 60, &work->version,
                           contract_deadline(), &work->fixture->err,
                           work->fixture->pool) != SST_OK;
}

static int calls_of(dir_work_t *work, fixture_t *fixture)
{
    work_t data;
    int raising = count_calls(work_nothing, &data);

    data.fixture = fixture;
    data.row = contract_row();
    data.version = dir_put(fixture, &data.row, "x");
    assert_true(raising >= 0);
    return count_calls(work, &data) - raising;
}

static void get_is_four_system_calls_and_touch_is_two(void **state)
{
    /* open, fstat, read, close; lstat, utimensat. */
    assert_int_equal(calls_of(work_get, *state), 4);
    assert_int_equal(calls_of(work_touch, *state), 2);
}

static void no_operation_needs_more_system_calls_for_more_records(
    void **state)
{
    fixture_t *fixture = *state;
    sst_row_t row;
    int gets;
    int puts;
    int i;

    /* So that all folders are there before and after. */
    for (i = 0; i < 256; i++) {
        row = contract_row();
        row.bytes[0] = (unsigned char) i;
        (void) dir_put(fixture, &row, "x");
    }
    gets = calls_of(work_get, fixture);
    puts = calls_of(work_put, fixture);
    for (i = 0; i < 5000; i++) {
        row = contract_row();
        (void) dir_put(fixture, &row, "x");
    }
    assert_int_equal(calls_of(work_get, fixture), gets);
    assert_int_equal(calls_of(work_put, fixture), puts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIR_TEST(a_stopped_holder_of_the_lock_makes_others_time_out),
        DIR_TEST(reading_and_touching_need_no_lock),
        DIR_TEST(a_killed_holder_of_the_lock_gives_it_back),
        DIR_TEST(a_lock_concerns_its_own_rows_only),
        DIR_TEST(a_killed_writer_leaves_whole_records_and_no_broken_state),
        DIR_TEST(a_repeated_write_takes_over_what_it_left),
        DIR_TEST(purge_goes_on_inside_a_large_folder),
        DIR_TEST(purge_removes_old_temporary_files_and_leaves_young_ones),
        DIR_TEST(purge_leaves_files_that_are_not_ours),
        DIR_TEST(purge_removes_the_folders_of_users_without_rows),
        DIR_TEST(purge_leaves_a_locked_folder_to_the_next_round),
        DIR_TEST(purge_does_not_follow_a_linked_folder),
        DIR_TEST(purge_never_removes_what_was_just_touched),
        DIR_TEST(purge_never_removes_what_was_just_put),
        DIR_TEST(purge_looks_again_when_it_has_the_lock),
        DIR_TEST(get_is_four_system_calls_and_touch_is_two),
        DIR_TEST(no_operation_needs_more_system_calls_for_more_records)
    };

    return cmocka_run_group_tests_name("dir's life", tests, unit_start,
                                       unit_stop);
}
