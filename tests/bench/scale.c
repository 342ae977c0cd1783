/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store with many sessions: real ones, sealed and saved as httpd does it.
 *
 *   make tests/bench/scale
 *   tests/bench/scale fill KEYFILE COUNT BYTES THREADS SHOW URL [OPTION...]
 *   tests/bench/scale walk URL [OPTION...]
 *
 * fill makes COUNT sessions of BYTES each (ten entries of words, which deflate
 * as text does), and prints the cookies of about SHOW of them, evenly spread
 * over the time, and how long it took. They live for a day, and are those of
 * the store's tenant: httpd's SessionStore needs the same tenant=NAME. walk
 * visits every record, then runs a round of purge
 * that finds nothing expired, and prints what both took.
 *
 *   cookie TEXT
 *   filled SESSIONS SECONDS
 *   scanned RECORDS SECONDS KILOBYTES_OF_MEMORY
 *   purged SLICES SECONDS LONGEST_SLICE_IN_MILLISECONDS
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "lib/entries.h"
#include "lib/session.h"

#define COOKIE "session"
#define LIFE_S (24 * 3600)
#define ENTRIES 10
#define SLICE apr_time_from_msec(20)

#define WORDS 512
#define WORD_MAX 10

/* One thread that fills. */
typedef struct filler_t {
    sst_site_t site;
    apr_uint64_t first;         /* its sessions are numbered from here on */
    apr_uint64_t count;
    apr_uint64_t each;          /* the cookie of each so many is shown */
    apr_size_t value_len;       /* of each entry */
    apr_pool_t *pool;
    apr_thread_t *thread;
} filler_t;

static char words[WORDS][WORD_MAX + 1];

static void give_up(const char *what, const sst_error_t *err)
{
    fprintf(stderr, "%s: %s\n", what, err->text);
    exit(EXIT_FAILURE);
}

static apr_time_t deadline(void)
{
    return apr_time_now() + apr_time_from_sec(30);
}

static double seconds_since(apr_time_t begin)
{
    return (double) (apr_time_now() - begin) / 1e6;
}

/* --- What is in the sessions --- */

/* Spreads a number over 64 bits (splitmix64). */
static apr_uint64_t spread(apr_uint64_t x)
{
    x += APR_UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * APR_UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Words of three to ten letters. */
static void make_words(void)
{
    int i;

    for (i = 0; i < WORDS; i++) {
        apr_uint64_t random = spread((apr_uint64_t) i);
        int len = 3 + (int) (random % (WORD_MAX - 2));
        int at;

        for (at = 0; at < len; at++) {
            random = spread(random);
            words[i][at] = (char) ('a' + random % 26);
        }
        words[i][len] = '\0';
    }
}

static char *make_value(apr_uint64_t *random, apr_size_t len,
                        apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + WORD_MAX + 2);
    apr_size_t at = 0;

    while (at < len) {
        const char *word;
        apr_size_t word_len;

        *random = spread(*random);
        word = words[*random % WORDS];
        word_len = strlen(word);
        memcpy(text + at, word, word_len);
        at += word_len;
        text[at++] = ' ';
    }
    text[len] = '\0';
    return text;
}

static apr_table_t *make_entries(const filler_t *filler, apr_uint64_t number,
                                 apr_pool_t *pool)
{
    apr_table_t *entries = apr_table_make(pool, ENTRIES);
    apr_uint64_t random = spread(number + WORDS);
    int i;

    for (i = 0; i < ENTRIES; i++) {
        apr_table_setn(entries, apr_psprintf(pool, "name%d", i),
                       make_value(&random, filler->value_len, pool));
    }
    return entries;
}

/* --- Filling --- */

static void make_session(const filler_t *filler, apr_uint64_t number,
                         apr_pool_t *pool)
{
    sst_session_t *session = sst_session_new(&filler->site, pool);
    const char *cookie = NULL;
    sst_outcome_t outcome;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_session_save(&outcome, session,
                              make_entries(filler, number, pool), 0,
                              deadline(), &err, pool);
    if (status == SST_OK && number % filler->each == 0) {
        status = sst_session_cookie(&cookie, session, &err, pool);
    }
    if (status != SST_OK) {
        give_up("fill", &err);
    }
    if (cookie != NULL) {
        printf("cookie " COOKIE "=%s\n", cookie);
    }
}

static void *APR_THREAD_FUNC run_filler(apr_thread_t *thread, void *data)
{
    filler_t *filler = data;
    apr_uint64_t i;

    for (i = 0; i < filler->count; i++) {
        make_session(filler, filler->first + i, filler->pool);
        apr_pool_clear(filler->pool);
    }
    return NULL;
}

static void fill_site(sst_site_t *site, sst_store_t *store,
                      const sst_keyring_t *ring, apr_pool_t *pool)
{
    memset(site, 0, sizeof(*site));
    site->store = store;
    site->ring = ring;
    site->scope.cookie = COOKIE;
    site->scope.tenant = sst_scope_tenant(store, "", COOKIE, pool);
    site->idle_s = LIFE_S;
    site->touch_s = LIFE_S / 10;
    site->user_keys = sst_user_keys_with(NULL, SST_USER_KEY_AUTO, pool);
    site->client = "127.0.0.1";
}

/* Beyond the threads' share, the last one makes what is left. */
static void start_filler(filler_t *filler, const filler_t *plan, int number,
                         int threads, apr_pool_t *pool)
{
    apr_uint64_t share = plan->count / (apr_uint64_t) threads;

    *filler = *plan;
    filler->first = share * (apr_uint64_t) number;
    filler->count = number < threads - 1 ? share : plan->count - filler->first;
    if (apr_pool_create(&filler->pool, pool) != APR_SUCCESS
        || apr_thread_create(&filler->thread, NULL, run_filler, filler, pool)
           != APR_SUCCESS) {
        fprintf(stderr, "no thread could be made\n");
        exit(EXIT_FAILURE);
    }
}

static void fill(const filler_t *plan, int threads, apr_pool_t *pool)
{
    filler_t *fillers = apr_pcalloc(pool, (apr_size_t) threads
                                          * sizeof(*fillers));
    apr_time_t begin = apr_time_now();
    apr_status_t ended;
    int i;

    for (i = 0; i < threads; i++) {
        start_filler(&fillers[i], plan, i, threads, pool);
    }
    for (i = 0; i < threads; i++) {
        (void) apr_thread_join(&ended, fillers[i].thread);
    }
    printf("filled %" APR_UINT64_T_FMT " %.2f\n", plan->count,
           seconds_since(begin));
}

/* --- Walking --- */

static sst_status_t count_record(void *baton, const sst_row_t *row,
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

static void scan(sst_store_t *store, apr_pool_t *pool)
{
    apr_time_t begin = apr_time_now();
    long before = memory_kb();
    apr_uint64_t seen = 0;
    sst_error_t err;

    sst_error_clear(&err);
    if (store->ops->scan(store, count_record, &seen, &err, pool) != SST_OK) {
        give_up("scan", &err);
    }
    printf("scanned %" APR_UINT64_T_FMT " %.2f %ld\n", seen,
           seconds_since(begin), memory_kb() - before);
}

/* A round that finds nothing expired: what a purge costs at least. */
static void purge(sst_store_t *store, apr_pool_t *parent)
{
    apr_time_t began = apr_time_now();
    apr_interval_time_t longest = 0;
    sst_purge_t state = { 0, 0, 0 };
    apr_pool_t *pool = NULL;
    sst_error_t err;
    int slices = 0;

    sst_error_clear(&err);
    (void) apr_pool_create(&pool, parent);
    while (!state.done) {
        apr_time_t begin = apr_time_now();

        if (store->ops->purge(&state, store, apr_time_sec(begin), SLICE, &err,
                              pool) != SST_OK) {
            give_up("purge", &err);
        }
        begin = apr_time_now() - begin;
        longest = begin > longest ? begin : longest;
        slices++;
        apr_pool_clear(pool);
    }
    printf("purged %d %.2f %.1f\n", slices, seconds_since(began),
           (double) longest / 1e3);
}

/* --- The command line --- */

static sst_store_t *open_store(int argc, const char *const *argv,
                               apr_pool_t *pool)
{
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    if (sst_store_open(&store, argv[0], argc - 1, argv + 1, &err, pool)
            != SST_OK
        || store->ops->prepare(store, geteuid(), getegid(), &err, pool)
           != SST_OK
        || store->ops->start(store, &err, pool) != SST_OK) {
        give_up(argv[0], &err);
    }
    return store;
}

static apr_uint64_t number(const char *text)
{
    return (apr_uint64_t) apr_strtoi64(text, NULL, 10);
}

static void run_fill(int argc, const char *const *argv, apr_pool_t *pool)
{
    filler_t plan;
    sst_keyring_t *ring;
    sst_error_t err;
    int threads = (int) number(argv[3]);
    apr_uint64_t shown = number(argv[4]);

    sst_error_clear(&err);
    memset(&plan, 0, sizeof(plan));
    if (sst_keyring_load(&ring, argv[0], &err, pool) != SST_OK) {
        give_up(argv[0], &err);
    }
    plan.count = number(argv[1]);
    plan.each = plan.count > shown ? plan.count / shown : 1;
    plan.value_len = (apr_size_t) number(argv[2]) / ENTRIES;
    fill_site(&plan.site, open_store(argc - 5, argv + 5, pool), ring, pool);
    make_words();
    fill(&plan, threads > 0 ? threads : 1, pool);
}

static void run_walk(int argc, const char *const *argv, apr_pool_t *pool)
{
    sst_store_t *store = open_store(argc, argv, pool);

    scan(store, pool);
    purge(store, pool);
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool = NULL;
    int ready = apr_initialize() == APR_SUCCESS
                && apr_pool_create(&pool, NULL) == APR_SUCCESS;

    if (ready && argc > 7 && strcmp(argv[1], "fill") == 0) {
        run_fill(argc - 2, argv + 2, pool);
    }
    else if (ready && argc > 2 && strcmp(argv[1], "walk") == 0) {
        run_walk(argc - 2, argv + 2, pool);
    }
    else {
        fprintf(stderr, "usage: scale fill KEYFILE COUNT BYTES THREADS SHOW "
                "URL [OPTION...]\n       scale walk URL [OPTION...]\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
