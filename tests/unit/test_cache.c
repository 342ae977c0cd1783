/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Copies of sealed records: what counts, and what does not count any more. */

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "lib/cache.h"
#include "lib/cache_watch.h"
#include "lib/clock.h"
#include "tests/unit/memory_store.h"
#include "tests/unit/unit.h"

#define VALUE_MAX 1024
#define SIZE (1024 * 1024)

/* A cached store in memory, and what is behind the cache. */
typedef struct rig_t {
    sst_cache_place_t place;
    sst_store_t *store;
    sst_store_t *inner;
    const sst_watcher_t *watcher;   /* of a WATCHED store that was started */
    apr_pool_t *pool;
} rig_t;

/* --- Rigs --- */

static void *shared_memory(apr_size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static void make_place(sst_cache_place_t *out, apr_size_t size,
                       apr_pool_t *pool)
{
    sst_error_t err;

    sst_error_clear(&err);
    out->index = 0;
    assert_status(sst_cache_memory_make(&out->memory, shared_memory(size),
                                        size, VALUE_MAX, &err, pool), SST_OK);
}

static rig_t *the_rig;

/* The test itself is the watcher's thread. */
static sst_status_t watch(sst_store_t *store, const sst_watcher_t *watcher,
                          sst_error_t *err, apr_pool_t *pool)
{
    the_rig->watcher = watcher;
    return SST_OK;
}

static rig_t *make_rig(sst_copies_t copies, apr_interval_time_t limit,
                       apr_pool_t *pool)
{
    sst_cache_conf_t conf = { SIZE, VALUE_MAX, limit, limit };
    sst_store_ops_t *ops;
    rig_t *rig = apr_pcalloc(pool, sizeof(*rig));

    the_rig = rig;
    rig->pool = pool;
    make_place(&rig->place, SIZE, pool);
    assert_status(sst_store_open_with(&rig->store, &sst_backend_memory,
                                      "memory:", 0, NULL, NULL, pool),
                  SST_OK);
    ops = apr_pmemdup(pool, rig->store->ops, sizeof(*ops));
    ops->copies = copies;
    ops->watch = watch;
    rig->store->ops = ops;
    rig->inner = sst_cache_put_before(rig->store, &rig->place, &conf, pool);
    assert_status(rig->store->ops->start(rig->store, NULL, pool), SST_OK);
    return rig;
}

static rig_t *aged_rig(apr_pool_t *pool)
{
    return make_rig(SST_COPIES_AGED, apr_time_from_sec(60), pool);
}

/* --- Rows and values --- */

static sst_row_t row_of(apr_uint32_t number, apr_pool_t *pool)
{
    sst_row_t row;

    memcpy(row.bytes, unit_noise(number, SST_ROW_LEN, pool).data,
           SST_ROW_LEN);
    return row;
}

/* A value whose bytes all follow from its number, after the version. */
static void fill_value(sst_value_t *out, apr_uint64_t revision,
                       unsigned char body, apr_size_t len, apr_pool_t *pool)
{
    unsigned char *bytes = apr_palloc(pool, len);
    sst_writer_t writer = sst_writer(bytes, len);

    memset(bytes, body, len);
    writer.len = SST_TOKEN_LEN;
    sst_write_u64(&writer, revision);
    memset(out, 0, sizeof(*out));
    out->bytes = sst_span(bytes, len);
    out->expires_s = (apr_int64_t) apr_time_sec(apr_time_now()) + 3600;
    assert_status(sst_version_read(&out->version, out->bytes, NULL), SST_OK);
}

static apr_time_t soon(void)
{
    return apr_time_now() + apr_time_from_sec(5);
}

static void put(rig_t *rig, sst_store_t *store, const sst_row_t *row,
                apr_uint64_t revision, const sst_version_t *expected)
{
    sst_value_t value;

    fill_value(&value, revision, (unsigned char) revision, 100, rig->pool);
    assert_status(store->ops->put(store, row, value.bytes, value.expires_s,
                                  expected, soon(), NULL, rig->pool), SST_OK);
}

static sst_status_t get(sst_value_t *out, rig_t *rig, const sst_row_t *row,
                        apr_uint64_t min_revision)
{
    return rig->store->ops->get(out, rig->store, row, min_revision, soon(),
                                NULL, rig->pool);
}

/* A record that the store has, and the cache a copy of. */
static sst_version_t put_and_read(rig_t *rig, const sst_row_t *row)
{
    sst_value_t value;

    put(rig, rig->inner, row, 1, NULL);
    assert_status(get(&value, rig, row, 0), SST_OK);
    return value.version;
}

/* How often the store behind is asked by one get of the row. */
static int asks(rig_t *rig, const sst_row_t *row, apr_uint64_t min_revision)
{
    sst_value_t value;

    sst_memory_calls_reset(rig->inner);
    (void) get(&value, rig, row, min_revision);
    return sst_memory_calls(rig->inner, SST_MEMORY_GET);
}

/* --- The memory --- */

static int is_found(const sst_cache_place_t *place, const sst_row_t *row,
                    apr_pool_t *pool)
{
    sst_value_t value;
    apr_time_t read_at;

    return sst_cache_find(&value, &read_at, place, row, pool);
}

static void keep(const sst_cache_place_t *place, const sst_row_t *row,
                 apr_size_t len, apr_pool_t *pool)
{
    sst_cache_mark_t mark;
    sst_value_t value;

    sst_cache_mark(&mark, place, row);
    fill_value(&value, 1, 'x', len, pool);
    sst_cache_keep(place, row, &value, &mark);
}

static void test_a_copy_is_the_value_that_was_kept(void **state)
{
    sst_row_t row = row_of(1, *state);
    sst_cache_place_t place;
    sst_cache_mark_t mark;
    sst_value_t value;
    sst_value_t copy;
    apr_time_t read_at;
    apr_size_t len;

    make_place(&place, SIZE, *state);
    for (len = SST_VERSION_LEN; len <= VALUE_MAX; len++) {
        fill_value(&value, len, (unsigned char) len, len, *state);
        sst_cache_mark(&mark, &place, &row);
        sst_cache_keep(&place, &row, &value, &mark);
        assert_true(sst_cache_find(&copy, &read_at, &place, &row, *state));
        assert_span_equal(copy.bytes, value.bytes);
        assert_true(sst_version_equal(&copy.version, &value.version));
        assert_true(copy.expires_s == value.expires_s);
        assert_true(read_at == mark.at);
    }
}

static void test_another_row_and_another_store_have_no_copy(void **state)
{
    sst_row_t row = row_of(1, *state);
    sst_row_t other = row;
    sst_cache_place_t place;
    sst_cache_place_t elsewhere;

    make_place(&place, SIZE, *state);
    elsewhere = place;
    elsewhere.index = 1;
    keep(&place, &row, 100, *state);
    other.bytes[SST_ROW_LEN - 1] ^= 1;
    assert_true(is_found(&place, &row, *state));
    assert_false(is_found(&place, &other, *state));
    assert_false(is_found(&elsewhere, &row, *state));
}

static void test_an_evicted_copy_does_not_count(void **state)
{
    sst_row_t row = row_of(1, *state);
    sst_cache_place_t place;

    make_place(&place, SIZE, *state);
    keep(&place, &row, 100, *state);
    sst_cache_evict(&place, &row);
    assert_false(is_found(&place, &row, *state));
    keep(&place, &row, 100, *state);
    assert_true(is_found(&place, &row, *state));
}

static void test_what_was_read_before_an_eviction_is_not_kept(void **state)
{
    sst_row_t row = row_of(1, *state);
    sst_cache_place_t place;
    sst_cache_mark_t mark;
    sst_value_t value;

    make_place(&place, SIZE, *state);
    fill_value(&value, 1, 'x', 100, *state);
    sst_cache_mark(&mark, &place, &row);
    sst_cache_evict(&place, &row);
    sst_cache_keep(&place, &row, &value, &mark);
    assert_false(is_found(&place, &row, *state));
    sst_cache_mark(&mark, &place, &row);
    sst_cache_drop(&place);
    sst_cache_keep(&place, &row, &value, &mark);
    assert_false(is_found(&place, &row, *state));
}

static void test_dropping_reaches_all_copies_of_one_store(void **state)
{
    sst_cache_place_t place;
    sst_cache_place_t other;
    sst_row_t row;
    apr_uint32_t i;

    make_place(&place, SIZE, *state);
    other = place;
    other.index = 1;
    for (i = 0; i < 20; i++) {
        row = row_of(i, *state);
        keep(&place, &row, 100, *state);
        keep(&other, &row, 100, *state);
    }
    sst_cache_drop(&place);
    for (i = 0; i < 20; i++) {
        row = row_of(i, *state);
        assert_false(is_found(&place, &row, *state));
        assert_true(is_found(&other, &row, *state));
    }
}

static void test_a_value_over_the_limit_is_not_kept(void **state)
{
    sst_row_t row = row_of(1, *state);
    sst_cache_figures_t figures;
    sst_cache_place_t place;

    make_place(&place, SIZE, *state);
    keep(&place, &row, VALUE_MAX + 1, *state);
    assert_false(is_found(&place, &row, *state));
    sst_cache_figures(&figures, &place);
    assert_int_equal(figures.events[SST_CACHE_TOO_BIG], 1);
    assert_int_equal(figures.entries, 0);
}

/* Nine rows for eight slots: the last one finds room. */
static void test_a_full_memory_makes_room(void **state)
{
    sst_cache_figures_t figures;
    sst_cache_place_t place;
    sst_row_t row;
    apr_uint32_t i;

    make_place(&place, sst_cache_memory_least(VALUE_MAX), *state);
    for (i = 0; i < 8; i++) {
        row = row_of(i, *state);
        keep(&place, &row, 100, *state);
    }
    sst_cache_figures(&figures, &place);
    assert_int_equal(figures.slots, 8);
    /* Generations are shared, so that fewer may count; not by much. */
    assert_true(figures.entries >= 6);
    assert_int_equal(figures.bytes, figures.entries * 100);
    row = row_of(8, *state);
    keep(&place, &row, 100, *state);
    assert_true(is_found(&place, &row, *state));
}

/* Pages that the system has had to find for the memory. */
static int resident_pages(void *base, apr_size_t size)
{
    unsigned char pages[SIZE / 4096];
    int count = 0;
    apr_size_t i;

    assert_true(size / (apr_size_t) sysconf(_SC_PAGESIZE) <= sizeof(pages));
    assert_int_equal(mincore(base, size, pages), 0);
    for (i = 0; i < size / (apr_size_t) sysconf(_SC_PAGESIZE); i++) {
        count += pages[i] & 1;
    }
    return count;
}

static void test_memory_is_taken_as_it_is_used(void **state)
{
    void *base = shared_memory(SIZE);
    sst_row_t row = row_of(1, *state);
    sst_cache_place_t place = { NULL, 0 };
    sst_cache_figures_t figures;

    assert_status(sst_cache_memory_make(&place.memory, base, SIZE, VALUE_MAX,
                                        NULL, *state), SST_OK);
    keep(&place, &row, 100, *state);
    sst_cache_figures(&figures, &place);
    assert_int_equal(figures.entries, 1);
    assert_true(figures.slots > 700);
    assert_true(resident_pages(base, SIZE) < 32);
    munmap(base, SIZE);
}

static void test_what_a_stranger_wrote_is_never_handed_out(void **state)
{
    apr_uint32_t seed;

    for (seed = 1; seed <= 8; seed++) {
        apr_size_t size = 64 * 1024;
        void *base = shared_memory(size);
        sst_cache_place_t place = { NULL, 0 };
        sst_cache_figures_t figures;
        apr_uint32_t i;

        memcpy(base, unit_noise(seed, size, *state).data, size);
        assert_status(sst_cache_memory_make(&place.memory, base, size,
                                            VALUE_MAX, NULL, *state), SST_OK);
        for (i = 0; i < 1000; i++) {
            sst_row_t row = row_of(i, *state);

            assert_false(is_found(&place, &row, *state));
        }
        sst_cache_figures(&figures, &place);
        assert_int_equal(figures.entries, 0);
        munmap(base, size);
    }
}

/* --- Many at once --- */

/* Each row has values of one byte, over and over: anything else is torn. */
static int is_whole(const sst_value_t *value)
{
    apr_size_t i;

    for (i = SST_VERSION_LEN; i < value->bytes.len; i++) {
        if (value->bytes.data[i] != (unsigned char) value->version.revision) {
            return 0;
        }
    }
    return 1;
}

static void write_some(const sst_cache_place_t *place, apr_uint64_t number,
                       apr_pool_t *pool)
{
    sst_row_t row = row_of((apr_uint32_t) (number % 4), pool);
    sst_cache_mark_t mark;
    sst_value_t value;

    sst_cache_mark(&mark, place, &row);
    fill_value(&value, number, (unsigned char) number,
               100 + (apr_size_t) (number % 900), pool);
    sst_cache_keep(place, &row, &value, &mark);
}

/* The number of torn values among those found. */
static int look_at_all(const sst_cache_place_t *place, apr_pool_t *pool)
{
    int torn = 0;
    apr_uint32_t i;

    for (i = 0; i < 4; i++) {
        sst_row_t row = row_of(i, pool);
        sst_value_t value;
        apr_time_t read_at;

        torn += sst_cache_find(&value, &read_at, place, &row, pool)
                && !is_whole(&value);
    }
    return torn;
}

typedef struct worker_t {
    const sst_cache_place_t *place;
    int writes;
    apr_uint64_t first;
    int torn;
} worker_t;

static void *APR_THREAD_FUNC work(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    apr_pool_t *pool = NULL;
    apr_uint64_t i;

    assert_int_equal(apr_pool_create_unmanaged(&pool), APR_SUCCESS);
    for (i = 0; i < 3000; i++) {
        if (worker->writes) {
            write_some(worker->place, worker->first + i, pool);
        }
        else {
            worker->torn += look_at_all(worker->place, pool);
        }
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    return NULL;
}

static void test_readers_never_see_half_a_record(void **state)
{
    worker_t workers[4];
    apr_thread_t *threads[4];
    sst_cache_place_t place;
    apr_status_t result;
    int i;

    make_place(&place, SIZE, *state);
    for (i = 0; i < 4; i++) {
        workers[i].place = &place;
        workers[i].writes = i < 2;
        workers[i].first = (apr_uint64_t) i * 7919;
        workers[i].torn = 0;
        assert_int_equal(apr_thread_create(&threads[i], NULL, work,
                                           &workers[i], *state),
                         APR_SUCCESS);
    }
    for (i = 0; i < 4; i++) {
        apr_thread_join(&result, threads[i]);
        assert_int_equal(workers[i].torn, 0);
    }
}

static void write_for_ever(const sst_cache_place_t *place)
{
    apr_pool_t *pool = NULL;
    apr_uint64_t number = 0;

    if (apr_pool_create_unmanaged(&pool) != APR_SUCCESS) {
        _exit(1);
    }
    for (;;) {
        write_some(place, number++, pool);
        apr_pool_clear(pool);
    }
}

static void kill_a_writer(const sst_cache_place_t *place, int after_us)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        write_for_ever(place);
    }
    apr_sleep(after_us);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Each may cost one slot of eight, and no more. */
static void test_a_killed_writer_leaves_no_half_record(void **state)
{
    sst_row_t row = row_of(99, *state);
    sst_cache_place_t place;
    int round;

    for (round = 0; round < 56; round++) {
        if (round % 7 == 0) {
            make_place(&place, sst_cache_memory_least(VALUE_MAX), *state);
        }
        kill_a_writer(&place, 500 + round * 37);
        assert_int_equal(look_at_all(&place, *state), 0);
        keep(&place, &row, 100, *state);
        assert_true(is_found(&place, &row, *state));
    }
}

/* --- The store in front --- */

static void test_an_unchanged_record_is_read_once(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);
    sst_value_t stored;
    sst_value_t copy;

    put(rig, rig->inner, &row, 1, NULL);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(asks(rig, &row, 0), 0);
    assert_int_equal(asks(rig, &row, 1), 0);
    assert_status(get(&copy, rig, &row, 0), SST_OK);
    assert_status(rig->inner->ops->get(&stored, rig->inner, &row, 0, soon(),
                                       NULL, *state), SST_OK);
    assert_span_equal(copy.bytes, stored.bytes);
    assert_true(copy.expires_s == stored.expires_s);
}

static void test_a_missing_record_is_asked_for_each_time(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);

    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(asks(rig, &row, 0), 1);
}

static void test_a_newer_revision_and_the_latest_are_asked_for(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);

    (void) put_and_read(rig, &row);
    assert_int_equal(asks(rig, &row, 2), 1);
    assert_int_equal(asks(rig, &row, SST_REVISION_LATEST), 1);
    assert_int_equal(asks(rig, &row, 1), 0);
}

static void test_each_write_through_this_host_counts_at_once(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_store_t *store = rig->store;
    sst_row_t row = row_of(1, *state);
    sst_version_t first = put_and_read(rig, &row);
    sst_value_t value;

    put(rig, store, &row, 2, &first);
    assert_status(get(&value, rig, &row, 0), SST_OK);
    assert_int_equal(value.version.revision, 2);
    assert_status(store->ops->touch(store, &row, value.expires_s + 100,
                                    soon(), NULL, *state), SST_OK);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_status(store->ops->remove(store, &row, NULL, soon(), NULL,
                                     *state), SST_OK);
    assert_status(get(&value, rig, &row, 0), SST_NOT_FOUND);
}

static void test_a_conflict_evicts_the_copy(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);
    sst_version_t first = put_and_read(rig, &row);
    sst_value_t value;

    /* By another host, of which nothing is heard here. */
    put(rig, rig->inner, &row, 2, &first);
    assert_int_equal(asks(rig, &row, 0), 0);
    fill_value(&value, 2, 'y', 100, *state);
    assert_status(rig->store->ops->put(rig->store, &row, value.bytes,
                                       value.expires_s, &first, soon(), NULL,
                                       *state), SST_CONFLICT);
    assert_status(get(&value, rig, &row, 0), SST_OK);
    assert_int_equal(value.version.revision, 2);
}

static void test_a_write_that_failed_evicts_the_copy(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);

    (void) put_and_read(rig, &row);
    sst_memory_fail(rig->inner, SST_MEMORY_REMOVE, 1, SST_TIMEOUT,
                    SST_MEMORY_AFTER);
    assert_status(rig->store->ops->remove(rig->store, &row, NULL, soon(),
                                          NULL, *state), SST_TIMEOUT);
    assert_int_equal(asks(rig, &row, 0), 1);
}

static void test_an_expired_copy_is_asked_for(void **state)
{
    rig_t *rig = aged_rig(*state);
    sst_row_t row = row_of(1, *state);
    apr_int64_t now_s = (apr_int64_t) apr_time_sec(apr_time_now());
    sst_value_t value;

    (void) put_and_read(rig, &row);
    assert_status(rig->store->ops->touch(rig->store, &row, now_s + 1, soon(),
                                         NULL, *state), SST_OK);
    assert_int_equal(asks(rig, &row, 0), 1);
    /* Another host has touched it before it ended. */
    assert_status(rig->inner->ops->touch(rig->inner, &row, now_s + 100,
                                         soon(), NULL, *state), SST_OK);
    while ((apr_int64_t) apr_time_sec(apr_time_now()) < now_s + 1) {
        apr_sleep(10000);
    }
    assert_status(get(&value, rig, &row, 0), SST_OK);
    assert_true(value.expires_s == now_s + 100);
}

static void test_an_aged_copy_counts_no_longer_than_its_age(void **state)
{
    rig_t *rig = make_rig(SST_COPIES_AGED, apr_time_from_msec(100), *state);
    sst_row_t row = row_of(1, *state);
    sst_version_t first = put_and_read(rig, &row);
    apr_time_t read_at = sst_uptime();
    sst_value_t value;

    put(rig, rig->inner, &row, 2, &first);
    while (sst_uptime() < read_at + apr_time_from_msec(101)) {
        apr_sleep(10000);
    }
    assert_status(get(&value, rig, &row, 0), SST_OK);
    assert_int_equal(value.version.revision, 2);
}

/* --- The watcher --- */

#define SERVER 4711

/* A rig whose watcher has just proved that it is connected. */
static rig_t *watched_rig(apr_interval_time_t lease, apr_pool_t *pool)
{
    static const apr_uint64_t servers[] = { 0, SERVER };
    rig_t *rig = make_rig(SST_COPIES_WATCHED, lease, pool);
    const sst_watcher_t *watcher = rig->watcher;

    assert_int_equal(watcher->wanted(watcher->baton), SST_WATCH_ANEW);
    watcher->armed(watcher->baton, servers, 2);
    watcher->proved(watcher->baton, sst_uptime());
    return rig;
}

static void test_without_a_watcher_the_store_is_asked(void **state)
{
    rig_t *rig = make_rig(SST_COPIES_WATCHED, apr_time_from_sec(60), *state);
    sst_row_t row = row_of(1, *state);
    sst_cache_figures_t figures;

    (void) put_and_read(rig, &row);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(sst_cache_state(rig->store), SST_CACHE_WAITS);
    sst_cache_figures(&figures, &rig->place);
    assert_int_equal(figures.events[SST_CACHE_BYPASS], 2);
    assert_int_equal(figures.events[SST_CACHE_KEPT], 0);
}

static void test_what_the_watcher_hears_of_is_evicted(void **state)
{
    rig_t *rig = watched_rig(apr_time_from_sec(60), *state);
    sst_row_t row = row_of(1, *state);
    sst_row_t other = row_of(2, *state);

    (void) put_and_read(rig, &row);
    (void) put_and_read(rig, &other);
    rig->watcher->changed(rig->watcher->baton, &row);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(asks(rig, &other, 0), 0);
    rig->watcher->changed(rig->watcher->baton, NULL);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(asks(rig, &other, 0), 1);
}

static void test_a_lease_that_ran_out_is_not_relied_on(void **state)
{
    rig_t *rig = watched_rig(apr_time_from_msec(100), *state);
    sst_row_t row = row_of(1, *state);

    (void) put_and_read(rig, &row);
    while (sst_cache_watch_holds(&rig->place)) {
        apr_sleep(5000);
    }
    assert_int_equal(asks(rig, &row, 0), 1);
    /* It was connected all the while: nothing has to be dropped. */
    rig->watcher->proved(rig->watcher->baton,
                         sst_uptime() + apr_time_from_sec(60));
    assert_int_equal(asks(rig, &row, 0), 0);
}

static void test_a_watcher_that_lost_its_connection_drops_all(void **state)
{
    static const apr_uint64_t servers[] = { 0 };
    rig_t *rig = watched_rig(apr_time_from_sec(60), *state);
    const sst_watcher_t *watcher = rig->watcher;
    sst_row_t row = row_of(1, *state);

    (void) put_and_read(rig, &row);
    watcher->lost(watcher->baton);
    assert_false(sst_cache_watch_holds(&rig->place));
    assert_int_equal(asks(rig, &row, 0), 1);
    watcher->armed(watcher->baton, servers, 1);
    watcher->proved(watcher->baton, sst_uptime());
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(asks(rig, &row, 0), 0);
}

static void test_what_another_server_answered_is_not_kept(void **state)
{
    static const apr_uint64_t servers[] = { SERVER };
    rig_t *rig = watched_rig(apr_time_from_sec(60), *state);
    const sst_watcher_t *watcher = rig->watcher;
    sst_row_t row = row_of(1, *state);

    watcher->armed(watcher->baton, servers, 1);
    /* The memory store answers as server 0. */
    (void) put_and_read(rig, &row);
    assert_int_equal(asks(rig, &row, 0), 1);
    assert_int_equal(watcher->wanted(watcher->baton), SST_WATCH_ANEW);
    assert_int_equal(watcher->wanted(watcher->baton), SST_WATCH_ON);
}

static void test_one_process_watches_and_another_takes_over(void **state)
{
    rig_t *rig = make_rig(SST_COPIES_WATCHED, apr_time_from_sec(60), *state);
    const sst_watcher_t *watcher = rig->watcher;
    sst_cache_watch_t others;
    pid_t child = fork();
    int code = 0;

    assert_true(child >= 0);
    if (child == 0) {
        int begins;
        int goes_on;

        sst_cache_watch_init(&others, &rig->place, apr_time_from_sec(60),
                             rig->store);
        begins = others.watcher.wanted(&others) == SST_WATCH_ANEW;
        goes_on = others.watcher.wanted(&others) == SST_WATCH_ON;
        _exit(begins && goes_on ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    /* It is gone without a word. */
    assert_int_equal(watcher->wanted(watcher->baton), SST_WATCH_ANEW);
    /* A third one, beside this. */
    sst_cache_watch_init(&others, &rig->place, apr_time_from_sec(60),
                         rig->store);
    others.self ^= (apr_uint64_t) 1 << 40;
    assert_int_equal(others.watcher.wanted(&others), SST_WATCH_NOT);
    sst_cache_watch_leave(watcher->baton);
    assert_int_equal(others.watcher.wanted(&others), SST_WATCH_ANEW);
}

static int notices;

static void count_notice(void *baton, const sst_store_t *store,
                         sst_status_t status, const char *text)
{
    notices++;
}

static void test_a_refusal_is_told_once(void **state)
{
    static const apr_uint64_t servers[] = { 0 };
    rig_t *rig = make_rig(SST_COPIES_WATCHED, apr_time_from_sec(60), *state);
    const sst_watcher_t *watcher = rig->watcher;

    notices = 0;
    rig->inner->notify = count_notice;
    watcher->refused(watcher->baton, "no");
    watcher->refused(watcher->baton, "no");
    assert_int_equal(notices, 1);
    assert_int_equal(sst_cache_state(rig->store), SST_CACHE_REFUSED);
    watcher->armed(watcher->baton, servers, 1);
    watcher->proved(watcher->baton, sst_uptime());
    assert_int_equal(sst_cache_state(rig->store), SST_CACHE_WORKS);
}

/* --- Options --- */

static sst_status_t words(sst_cache_conf_t *out, const char *a, const char *b,
                          sst_error_t *err, apr_pool_t *pool)
{
    const char *argv[] = { a, b };

    sst_error_clear(err);
    return sst_cache_words(out, b != NULL ? 2 : 1, argv, err, pool);
}

static void test_sizes_and_times_are_read(void **state)
{
    sst_cache_conf_t conf;
    sst_error_t err;

    assert_status(words(&conf, "32m", NULL, &err, *state), SST_OK);
    assert_int_equal(conf.size, 32 * 1024 * 1024);
    assert_int_equal(conf.value_max, 4096);
    assert_int_equal(conf.max_age, apr_time_from_sec(2));
    assert_int_equal(conf.lease, apr_time_from_msec(1500));
    assert_status(words(&conf, "2097152", "max-value=8K", &err, *state),
                  SST_OK);
    assert_int_equal(conf.size, 2 * 1024 * 1024);
    assert_int_equal(conf.value_max, 8192);
    assert_status(words(&conf, "1G", "max-age=500ms", &err, *state), SST_OK);
    assert_int_equal(conf.max_age, apr_time_from_msec(500));
    assert_status(words(&conf, "1g", "lease=3s", &err, *state), SST_OK);
    assert_int_equal(conf.lease, apr_time_from_sec(3));
}

static void test_other_words_are_refused_with_what_is_allowed(void **state)
{
    static const char *const bad[][2] = {
        { "", NULL }, { "32", NULL }, { "m", NULL }, { "32x", NULL },
        { "32mb", NULL }, { "-1m", NULL }, { "512k", NULL }, { "65g", NULL },
        { "99999999999999999999", NULL }, { "32m", "max-age=" },
        { "32m", "max-age=61s" }, { "32m", "max-age=99ms" },
        { "32m", "lease=1ms" }, { "32m", "lease=2m" },
        { "32m", "max-value=1" }, { "32m", "max-value=1m" },
        { "32m", "maxage=2s" }, { "1m", "max-value=256k" }
    };
    sst_cache_conf_t conf;
    sst_error_t err;
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(words(&conf, bad[i][0], bad[i][1], &err, *state),
                      SST_INVALID);
        assert_error(&err, SST_INVALID);
        assert_non_null(strstr(err.text, "allowed"));
        assert_zero(&conf, sizeof(conf));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_a_copy_is_the_value_that_was_kept),
        UNIT_TEST(test_another_row_and_another_store_have_no_copy),
        UNIT_TEST(test_an_evicted_copy_does_not_count),
        UNIT_TEST(test_what_was_read_before_an_eviction_is_not_kept),
        UNIT_TEST(test_dropping_reaches_all_copies_of_one_store),
        UNIT_TEST(test_a_value_over_the_limit_is_not_kept),
        UNIT_TEST(test_a_full_memory_makes_room),
        UNIT_TEST(test_memory_is_taken_as_it_is_used),
        UNIT_TEST(test_what_a_stranger_wrote_is_never_handed_out),
        UNIT_TEST(test_readers_never_see_half_a_record),
        UNIT_TEST(test_a_killed_writer_leaves_no_half_record),
        UNIT_TEST(test_an_unchanged_record_is_read_once),
        UNIT_TEST(test_a_missing_record_is_asked_for_each_time),
        UNIT_TEST(test_a_newer_revision_and_the_latest_are_asked_for),
        UNIT_TEST(test_each_write_through_this_host_counts_at_once),
        UNIT_TEST(test_a_conflict_evicts_the_copy),
        UNIT_TEST(test_a_write_that_failed_evicts_the_copy),
        UNIT_TEST(test_an_expired_copy_is_asked_for),
        UNIT_TEST(test_an_aged_copy_counts_no_longer_than_its_age),
        UNIT_TEST(test_without_a_watcher_the_store_is_asked),
        UNIT_TEST(test_what_the_watcher_hears_of_is_evicted),
        UNIT_TEST(test_a_lease_that_ran_out_is_not_relied_on),
        UNIT_TEST(test_a_watcher_that_lost_its_connection_drops_all),
        UNIT_TEST(test_what_another_server_answered_is_not_kept),
        UNIT_TEST(test_one_process_watches_and_another_takes_over),
        UNIT_TEST(test_a_refusal_is_told_once),
        UNIT_TEST(test_sizes_and_times_are_read),
        UNIT_TEST(test_other_words_are_refused_with_what_is_allowed)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
