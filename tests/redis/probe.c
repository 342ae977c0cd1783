/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A store at the command line, for the tests: opens the store of a URL as a
 * child of httpd would, and carries out what it reads from its standard input,
 * one command a line; each is answered by one line of words separated by tabs:
 *
 *   command  status  microseconds  detail
 *
 * create NAME TTL [SIZE]   put into an empty row      save NAME [SIZE]
 * get NAME                 touch NAME TTL             remove NAME
 * take NAME                remove what was seen last
 * index USER NAME TTL      list USER                  unindex USER NAME
 * scan                     load THREADS PAUSE_US      halt
 * figures                  watch NAME
 *
 * `watch` gets the row until it is gone, and says when that was: microseconds
 * since 1970. With a last argument cache=PATH,MILLISECONDS, the store has a
 * cache in front, in a file, with a lease of so long.
 *
 * What the store says by itself comes as "notify  status  0  text". Under load
 * each thread reads and saves a session of its own, of which it knows what has
 * been acknowledged; see load.c.
 */

#include "tests/redis/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/crypto.h"

#define LINE_MAX_LEN 1024
#define WORDS_MAX 6

typedef struct seen_t {
    sst_version_t version;
} seen_t;

typedef struct shell_t {
    sst_store_t *store;
    apr_hash_t *seen;           /* seen_t by name: the version seen last */
    load_t *load;
    apr_pool_t *pool;
} shell_t;

/* The arguments of a command, and what it answers. */
typedef struct turn_t {
    shell_t *shell;
    char *words[WORDS_MAX];
    int count;
    apr_time_t deadline;
    const char *detail;
    sst_error_t err;
    apr_pool_t *pool;
} turn_t;

void probe_row(sst_row_t *row, const char *name)
{
    memset(row, 0, sizeof(*row));
    memcpy(row->bytes, name, strlen(name) < sizeof(row->bytes)
                             ? strlen(name) : sizeof(row->bytes));
}

sst_status_t probe_value(sst_span_t *out, sst_version_t *version,
                         apr_uint64_t revision, apr_size_t size,
                         sst_error_t *err, apr_pool_t *pool)
{
    unsigned char *bytes = apr_pcalloc(pool, size);
    sst_writer_t writer = sst_writer(bytes, size);
    sst_status_t status = sst_random(version->token, SST_TOKEN_LEN, err);

    version->revision = revision;
    sst_write_bytes(&writer, sst_span(version->token, SST_TOKEN_LEN));
    sst_write_u64(&writer, revision);
    *out = sst_span(bytes, size);
    return status;
}

static apr_int64_t number_at(const turn_t *turn, int index,
                             apr_int64_t fallback)
{
    return index < turn->count ? apr_atoi64(turn->words[index]) : fallback;
}

static apr_int64_t expiry_at(const turn_t *turn, int index)
{
    return apr_time_sec(apr_time_now()) + number_at(turn, index, 60);
}

static seen_t *seen_of(turn_t *turn)
{
    shell_t *shell = turn->shell;
    seen_t *seen = apr_hash_get(shell->seen, turn->words[1],
                                APR_HASH_KEY_STRING);

    if (seen == NULL) {
        seen = apr_pcalloc(shell->pool, sizeof(*seen));
        apr_hash_set(shell->seen, apr_pstrdup(shell->pool, turn->words[1]),
                     APR_HASH_KEY_STRING, seen);
    }
    return seen;
}

static sst_status_t write_row(turn_t *turn, apr_int64_t expires_s,
                              apr_size_t size, const sst_version_t *expected)
{
    sst_store_t *store = turn->shell->store;
    seen_t *seen = seen_of(turn);
    sst_version_t version;
    sst_span_t value;
    sst_row_t row;
    sst_status_t status;

    probe_row(&row, turn->words[1]);
    status = probe_value(&value, &version,
                         expected ? expected->revision + 1 : 1, size,
                         &turn->err, turn->pool);
    if (status == SST_OK) {
        status = store->ops->put(store, &row, value, expires_s, expected,
                                 turn->deadline, &turn->err, turn->pool);
    }
    if (status == SST_OK) {
        seen->version = version;
    }
    return status;
}

static sst_status_t do_create(turn_t *turn)
{
    return write_row(turn, expiry_at(turn, 2),
                     (apr_size_t) number_at(turn, 3, 200), NULL);
}

static sst_status_t do_save(turn_t *turn)
{
    sst_version_t expected = seen_of(turn)->version;

    return write_row(turn, expiry_at(turn, WORDS_MAX - 1),
                     (apr_size_t) number_at(turn, 2, 200), &expected);
}

static sst_status_t do_get(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    sst_value_t value;
    sst_row_t row;
    sst_status_t status;

    probe_row(&row, turn->words[1]);
    status = store->ops->get(&value, store, &row,
                             (apr_uint64_t) number_at(turn, 2, 0),
                             turn->deadline, &turn->err, turn->pool);
    if (status == SST_OK) {
        seen_of(turn)->version = value.version;
        turn->detail = apr_psprintf(turn->pool, "%" APR_UINT64_T_FMT " %"
                                    APR_INT64_T_FMT " %" APR_SIZE_T_FMT,
                                    value.version.revision,
                                    value.expires_s
                                    - apr_time_sec(apr_time_now()),
                                    value.bytes.len);
    }
    return status;
}

static sst_status_t do_touch(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    sst_row_t row;

    probe_row(&row, turn->words[1]);
    return store->ops->touch(store, &row, expiry_at(turn, 2), turn->deadline,
                             &turn->err, turn->pool);
}

static sst_status_t do_remove(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    const sst_version_t *expected = strcmp(turn->words[0], "take") == 0
        ? &seen_of(turn)->version : NULL;
    sst_row_t row;

    probe_row(&row, turn->words[1]);
    return store->ops->remove(store, &row, expected, turn->deadline,
                              &turn->err, turn->pool);
}

static sst_status_t do_index(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    sst_row_t user;
    sst_row_t row;

    probe_row(&user, turn->words[1]);
    probe_row(&row, turn->words[2]);
    if (strcmp(turn->words[0], "unindex") == 0) {
        return store->ops->index_remove(store, &user, &row, turn->deadline,
                                        &turn->err, turn->pool);
    }
    return store->ops->index_add(store, &user, &row, expiry_at(turn, 3),
                                 turn->deadline, &turn->err, turn->pool);
}

static sst_status_t do_list(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    apr_array_header_t *rows;
    sst_row_t user;
    sst_status_t status;
    int i;

    probe_row(&user, turn->words[1]);
    status = store->ops->index_list(&rows, store, &user, turn->deadline,
                                    &turn->err, turn->pool);
    turn->detail = "";
    for (i = 0; i < rows->nelts; i++) {
        const sst_row_t *row = &APR_ARRAY_IDX(rows, i, sst_row_t);

        turn->detail = apr_pstrcat(turn->pool, turn->detail, i ? " " : "",
                                   apr_pstrmemdup(turn->pool,
                                                  (const char *) row->bytes,
                                                  sizeof(row->bytes)), NULL);
    }
    return status;
}

static sst_status_t count_row(void *baton, const sst_row_t *row,
                              const sst_value_t *value, apr_pool_t *pool)
{
    int *count = baton;

    *count += 1;
    return SST_OK;
}

static sst_status_t do_scan(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    int count = 0;
    sst_status_t status = store->ops->scan(store, count_row, &count,
                                           &turn->err, turn->pool);

    turn->detail = apr_itoa(turn->pool, count);
    return status;
}

static sst_status_t do_figures(turn_t *turn)
{
    turn->detail = probe_cache_figures(turn->shell->store, turn->pool);
    return SST_OK;
}

#define WATCH_LIMIT apr_time_from_sec(30)

static sst_status_t do_watch(turn_t *turn)
{
    sst_store_t *store = turn->shell->store;
    apr_time_t end = apr_time_now() + WATCH_LIMIT;
    apr_pool_t *pool = NULL;
    sst_value_t value;
    sst_row_t row;
    sst_status_t status;

    probe_row(&row, turn->words[1]);
    if (apr_pool_create(&pool, turn->pool) != APR_SUCCESS) {
        return SST_INTERNAL;
    }
    do {
        apr_pool_clear(pool);
        status = store->ops->get(&value, store, &row, 0,
                                 apr_time_now() + store->timeout, NULL, pool);
    } while (status == SST_OK && apr_time_now() < end);
    turn->detail = apr_psprintf(turn->pool, "%" APR_TIME_T_FMT,
                                apr_time_now());
    return status;
}

static sst_status_t do_load(turn_t *turn)
{
    shell_t *shell = turn->shell;

    shell->load = load_start(shell->store, (int) number_at(turn, 1, 1),
                             number_at(turn, 2, 1000), shell->pool);
    return SST_OK;
}

static sst_status_t do_halt(turn_t *turn)
{
    turn->detail = load_stop(turn->shell->load, turn->pool);
    turn->shell->load = NULL;
    return SST_OK;
}

typedef struct verb_t {
    const char *name;
    int words;                  /* at least, with its own */
    sst_status_t (*run)(turn_t *turn);
} verb_t;

static const verb_t verbs[] = {
    { "create", 3, do_create }, { "save", 2, do_save },
    { "get", 2, do_get }, { "touch", 3, do_touch },
    { "remove", 2, do_remove }, { "take", 2, do_remove },
    { "index", 4, do_index }, { "unindex", 3, do_index },
    { "list", 2, do_list }, { "scan", 1, do_scan },
    { "load", 3, do_load }, { "halt", 1, do_halt },
    { "figures", 1, do_figures }, { "watch", 2, do_watch }
};

static void say(const char *what, sst_status_t status, apr_time_t took,
                const char *detail)
{
    printf("%s\t%s\t%" APR_TIME_T_FMT "\t%s\n", what,
           sst_status_name(status), took, detail);
    fflush(stdout);
}

static void run_line(shell_t *shell, char *line, apr_pool_t *pool)
{
    apr_time_t start = apr_time_now();
    sst_status_t status = SST_INVALID;
    turn_t turn;
    char *state = NULL;
    char *word = apr_strtok(line, " \n", &state);
    apr_size_t i;

    memset(&turn, 0, sizeof(turn));
    turn.shell = shell;
    turn.pool = pool;
    turn.deadline = start + shell->store->timeout;
    turn.detail = "";
    while (word != NULL && turn.count < WORDS_MAX) {
        turn.words[turn.count++] = word;
        word = apr_strtok(NULL, " \n", &state);
    }
    for (i = 0; turn.count > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, turn.words[0]) == 0
            && turn.count >= verbs[i].words) {
            status = verbs[i].run(&turn);
        }
    }
    say(turn.count > 0 ? turn.words[0] : "?", status, apr_time_now() - start,
        turn.err.text[0] ? turn.err.text : turn.detail);
}

static void notify(void *baton, const sst_store_t *store, sst_status_t status,
                   const char *text)
{
    say("notify", status, 0, text);
}

#define CACHE "cache="

/* The last argument, if it asks for a cache. */
static const char *cache_word(int argc, const char *const *argv)
{
    const char *last = argv[argc - 1];

    return strncmp(last, CACHE, strlen(CACHE)) == 0 ? last + strlen(CACHE)
                                                    : NULL;
}

static sst_status_t put_cache(sst_store_t *store, const char *word,
                              sst_error_t *err, apr_pool_t *pool)
{
    const char *comma = strrchr(word, ',');
    apr_int64_t lease_ms = comma ? apr_atoi64(comma + 1) : 1500;
    apr_size_t len = comma ? (apr_size_t) (comma - word) : strlen(word);

    return probe_cache(store, apr_pstrmemdup(pool, word, len),
                       apr_time_from_msec(lease_ms), err, pool);
}

static sst_status_t open_store(sst_store_t **store, int argc,
                               const char *const *argv, sst_error_t *err,
                               apr_pool_t *pool)
{
    const char *cache = cache_word(argc, argv);
    sst_status_t status;

    argc -= cache != NULL ? 1 : 0;
    status = sst_store_open(store, argv[1], argc - 2, argv + 2, err, pool);
    if (status == SST_OK && cache != NULL) {
        status = put_cache(*store, cache, err, pool);
    }
    if (status != SST_OK) {
        return status;
    }
    (*store)->notify = notify;
    status = (*store)->ops->prepare(*store, 0, 0, err, pool);
    if (status == SST_OK) {
        status = (*store)->ops->start(*store, err, pool);
    }
    return status;
}

int main(int argc, const char *const *argv)
{
    char line[LINE_MAX_LEN];
    shell_t shell;
    apr_pool_t *turn;
    sst_error_t err;
    sst_status_t status;

    apr_initialize();
    memset(&shell, 0, sizeof(shell));
    sst_error_clear(&err);
    if (argc < 2 || apr_pool_create(&shell.pool, NULL) != APR_SUCCESS
        || apr_pool_create(&turn, shell.pool) != APR_SUCCESS) {
        return EXIT_FAILURE;
    }
    shell.seen = apr_hash_make(shell.pool);
    status = open_store(&shell.store, argc, argv, &err, shell.pool);
    say("start", status, 0, err.text);
    while (status == SST_OK && fgets(line, sizeof(line), stdin) != NULL) {
        apr_pool_clear(turn);
        run_line(&shell, line, turn);
    }
    if (shell.load != NULL) {
        (void) load_stop(shell.load, shell.pool);
    }
    apr_pool_destroy(shell.pool);
    apr_terminate();
    return status == SST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
