/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What an operation of the token directory costs at growing numbers of
 * sessions: fills a directory step by step and measures at each.
 *
 *   make tests/bench/dir_scale
 *   tests/bench/dir_scale /var/tmp/scale 1000 100000 1000000
 *
 * The directory is made, and left to the caller to remove: a second run with
 * the same path and larger numbers goes on from there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "lib/store.h"

#define BODY 600                /* a session of some 20 entries, sealed */
#define SAMPLES 5000
#define LIFE_S (7 * 24 * 3600)
#define SLICE apr_time_from_msec(20)

typedef struct bench_t {
    sst_store_t *store;
    apr_pool_t *pool;           /* cleared for each operation */
    apr_uint64_t records;
    apr_uint64_t random;
    sst_error_t err;
} bench_t;

typedef sst_status_t work_fn_t(bench_t *bench, const sst_row_t *row);

static void give_up(const bench_t *bench, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, bench->err.text);
    exit(EXIT_FAILURE);
}

/* --- Rows --- */

/* Spreads a number over 64 bits (splitmix64). */
static apr_uint64_t spread(apr_uint64_t x)
{
    x += APR_UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * APR_UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static sst_row_t numbered_row(apr_uint64_t number)
{
    sst_row_t row;
    sst_writer_t writer = sst_writer(row.bytes, sizeof(row.bytes));
    int i;

    for (i = 0; i < 4; i++) {
        sst_write_u64(&writer, spread(number * 4 + (apr_uint64_t) i));
    }
    return row;
}

static sst_row_t random_row(bench_t *bench)
{
    return numbered_row(spread(bench->random++) % bench->records);
}

/* --- Operations --- */

static apr_time_t deadline(void)
{
    return apr_time_now() + apr_time_from_sec(10);
}

static sst_status_t put(bench_t *bench, const sst_row_t *row,
                        apr_uint64_t revision, const sst_version_t *expected)
{
    unsigned char bytes[SST_VERSION_LEN + BODY];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));
    unsigned char token[SST_TOKEN_LEN];

    memset(bytes, 'x', sizeof(bytes));
    (void) apr_generate_random_bytes(token, sizeof(token));
    sst_write_bytes(&writer, sst_span(token, sizeof(token)));
    sst_write_u64(&writer, revision);
    return bench->store->ops->put(bench->store, row,
                                  sst_span(bytes, sizeof(bytes)),
                                  apr_time_sec(apr_time_now()) + LIFE_S,
                                  expected, deadline(), &bench->err,
                                  bench->pool);
}

static sst_status_t create(bench_t *bench, const sst_row_t *row)
{
    return put(bench, row, 1, NULL);
}

static sst_status_t get(bench_t *bench, const sst_row_t *row)
{
    sst_value_t value;

    return bench->store->ops->get(&value, bench->store, row, 0, deadline(),
                                  &bench->err, bench->pool);
}

static sst_status_t update(bench_t *bench, const sst_row_t *row)
{
    sst_value_t value;
    sst_status_t status = bench->store->ops->get(&value, bench->store, row, 0,
                                                 deadline(), &bench->err,
                                                 bench->pool);

    return status != SST_OK ? status
           : put(bench, row, value.version.revision + 1, &value.version);
}

static sst_status_t touch(bench_t *bench, const sst_row_t *row)
{
    return bench->store->ops->touch(bench->store, row,
                                    apr_time_sec(apr_time_now()) + LIFE_S,
                                    deadline(), &bench->err, bench->pool);
}

/* --- Measuring --- */

static int by_size(const void *a, const void *b)
{
    apr_interval_time_t x = *(const apr_interval_time_t *) a;
    apr_interval_time_t y = *(const apr_interval_time_t *) b;

    return (x > y) - (x < y);
}

/* Prints the median and the 99th percentile of many single operations. */
static void measure(bench_t *bench, const char *name, work_fn_t *work)
{
    static apr_interval_time_t took[SAMPLES];
    int i;

    for (i = 0; i < SAMPLES; i++) {
        sst_row_t row = random_row(bench);
        apr_time_t begin = apr_time_now();

        if (work(bench, &row) != SST_OK) {
            give_up(bench, name);
        }
        took[i] = apr_time_now() - begin;
        apr_pool_clear(bench->pool);
    }
    qsort(took, SAMPLES, sizeof(took[0]), by_size);
    printf("  %-12s %6" APR_TIME_T_FMT " us median %6" APR_TIME_T_FMT
           " us 99th percentile\n", name, took[SAMPLES / 2],
           took[SAMPLES * 99 / 100]);
}

static sst_status_t count_row(void *baton, const sst_row_t *row,
                              const sst_value_t *value, apr_pool_t *pool)
{
    (*(apr_uint64_t *) baton)++;
    return SST_OK;
}

static long memory_kb(void)
{
    struct rusage usage;

    (void) getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void measure_scan(bench_t *bench)
{
    apr_time_t begin = apr_time_now();
    long before = memory_kb();
    apr_uint64_t seen = 0;

    if (bench->store->ops->scan(bench->store, count_row, &seen, &bench->err,
                                bench->pool) != SST_OK) {
        give_up(bench, "scan");
    }
    printf("  %-12s %6.2f s for %" APR_UINT64_T_FMT " records, %ld kB more "
           "memory\n", "scan", (double) (apr_time_now() - begin) / 1e6, seen,
           memory_kb() - before);
}

/* A round that finds nothing expired: what a purge costs at least. */
static void measure_purge(bench_t *bench)
{
    apr_interval_time_t longest = 0;
    apr_interval_time_t total = 0;
    sst_purge_t purge = { 0, 0, 0 };
    int slices = 0;

    while (!purge.done) {
        apr_time_t begin = apr_time_now();

        if (bench->store->ops->purge(&purge, bench->store,
                                     apr_time_sec(begin), SLICE, &bench->err,
                                     bench->pool) != SST_OK) {
            give_up(bench, "purge");
        }
        begin = apr_time_now() - begin;
        longest = begin > longest ? begin : longest;
        total += begin;
        slices++;
        apr_pool_clear(bench->pool);
    }
    printf("  %-12s %6.2f s in %d slices of 20 ms, the longest %.1f ms\n",
           "purge round", (double) total / 1e6, slices,
           (double) longest / 1e3);
}

static void fill(bench_t *bench, apr_uint64_t records)
{
    for (; bench->records < records; bench->records++) {
        sst_row_t row = numbered_row(bench->records);
        sst_status_t status = create(bench, &row);

        /* A conflict is a record of an earlier run. */
        if (status != SST_OK && status != SST_CONFLICT) {
            give_up(bench, "fill");
        }
        apr_pool_clear(bench->pool);
    }
}

static void run_step(bench_t *bench, apr_uint64_t records)
{
    fill(bench, records);
    printf("%" APR_UINT64_T_FMT " sessions\n", records);
    measure(bench, "get", get);
    measure(bench, "get and put", update);
    measure(bench, "touch", touch);
    measure_scan(bench);
    measure_purge(bench);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    apr_pool_t *pool = NULL;
    bench_t bench;
    int i;

    memset(&bench, 0, sizeof(bench));
    if (argc < 3 || apr_initialize() != APR_SUCCESS
        || apr_pool_create(&pool, NULL) != APR_SUCCESS
        || apr_pool_create(&bench.pool, pool) != APR_SUCCESS) {
        fprintf(stderr, "usage: dir_scale PATH NUMBER...\n");
        return EXIT_FAILURE;
    }
    if (sst_store_open(&bench.store, apr_pstrcat(pool, "dir:", argv[1], NULL),
                       0, NULL, &bench.err, pool) != SST_OK
        || bench.store->ops->prepare(bench.store, geteuid(), getegid(),
                                     &bench.err, pool) != SST_OK
        || bench.store->ops->start(bench.store, &bench.err, pool)
           != SST_OK) {
        give_up(&bench, argv[1]);
    }
    for (i = 2; i < argc; i++) {
        run_step(&bench, (apr_uint64_t) apr_strtoi64(argv[i], NULL, 10));
    }
    return EXIT_SUCCESS;
}
