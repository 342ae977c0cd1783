/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The registry of backends, store URLs and their options, and the small parts
 * that all backends share.
 */

#include "lib/store.h"

#include <stdarg.h>
#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

#include "lib/backends/backends.h"

/* Names, look-up and messages come from here and nowhere else. */
static const sst_store_ops_t *const backends[] = {
    &sst_backend_dir,
    &sst_backend_redis,
    &sst_backend_dynamodb,
    &sst_backend_cookie
};

#define BACKENDS ((int) (sizeof(backends) / sizeof(backends[0])))

#define TIMEOUT_DEFAULT apr_time_from_sec(1)

static const sst_option_def_t common_options[] = {
    { "tenant", SST_OPTION_TEXT, NULL, 1, 255 },
    { "timeout", SST_OPTION_DURATION, NULL, apr_time_from_msec(10),
      apr_time_from_sec(60) },
    { NULL, SST_OPTION_TEXT, NULL, 0, 0 }
};

/* --- Versions and rows --- */

sst_status_t sst_version_read(sst_version_t *out, sst_span_t value,
                              sst_error_t *err)
{
    sst_reader_t reader = sst_reader(value);

    sst_read_into(&reader, out->token, sizeof(out->token));
    out->revision = sst_read_u64(&reader);
    if (reader.failed) {
        memset(out, 0, sizeof(*out));
        return sst_error_set(err, SST_CORRUPT, APR_SUCCESS,
                             "a stored value of %" APR_SIZE_T_FMT " bytes is "
                             "too short to be a session", value.len);
    }
    return SST_OK;
}

int sst_version_equal(const sst_version_t *a, const sst_version_t *b)
{
    return a->revision == b->revision
           && sst_bytes_equal(sst_span(a->token, sizeof(a->token)),
                              sst_span(b->token, sizeof(b->token)));
}

int sst_row_equal(const sst_row_t *a, const sst_row_t *b)
{
    return sst_bytes_equal(sst_span(a->bytes, sizeof(a->bytes)),
                           sst_span(b->bytes, sizeof(b->bytes)));
}

void sst_row_hex(char out[SST_ROW_HEX_LEN + 1], const sst_row_t *row)
{
    sst_hex_encode(out, sst_span(row->bytes, sizeof(row->bytes)));
}

void sst_row_name(char out[SST_ROW_NAME_LEN + 1], const sst_row_t *row)
{
    sst_hex_encode(out, sst_span(row->bytes, SST_ROW_NAME_LEN / 2));
}

sst_status_t sst_row_from_hex(sst_row_t *out, sst_span_t hex)
{
    return sst_hex_decode(out->bytes, sizeof(out->bytes), hex);
}

/* --- Durations --- */

typedef struct unit_t {
    const char *name;
    apr_interval_time_t us;
} unit_t;

/* Largest first, for duration_text. */
static const unit_t units[] = {
    { "d", 24 * 3600 * APR_USEC_PER_SEC },
    { "h", 3600 * APR_USEC_PER_SEC },
    { "m", 60 * APR_USEC_PER_SEC },
    { "s", APR_USEC_PER_SEC },
    { "ms", APR_USEC_PER_SEC / 1000 },
    { "us", 1 }
};

#define UNITS ((int) (sizeof(units) / sizeof(units[0])))

/* How many microseconds a unit has: 0 for an unknown one. */
static apr_interval_time_t unit_us(const char *name)
{
    int i;

    if (name[0] == '\0') {
        return APR_USEC_PER_SEC;
    }
    for (i = 0; i < UNITS; i++) {
        if (strcmp(units[i].name, name) == 0) {
            return units[i].us;
        }
    }
    return 0;
}

sst_status_t sst_duration_parse(apr_interval_time_t *out, const char *text)
{
    apr_size_t digits = strspn(text, "0123456789");
    apr_interval_time_t us = unit_us(text + digits);
    apr_uint64_t count;

    *out = 0;
    if (us == 0
        || sst_decimal_decode(&count, sst_span(text, digits)) != SST_OK
        || count > (apr_uint64_t) (APR_INT64_MAX / us)) {
        return SST_INVALID;
    }
    *out = (apr_interval_time_t) count * us;
    return SST_OK;
}

/* The shortest exact spelling: "10ms", "1m". */
static const char *duration_text(apr_interval_time_t us, apr_pool_t *pool)
{
    int i = 0;

    if (us == 0) {
        return "0";
    }
    while (us % units[i].us != 0) {
        i++;
    }
    return apr_psprintf(pool, "%" APR_TIME_T_FMT "%s", us / units[i].us,
                        units[i].name);
}

/* --- Lists of words separated by '|' --- */

/* The next word of a list and moves on; empty at the end. */
static sst_span_t next_word(const char **list)
{
    sst_span_t word = sst_span(*list, strcspn(*list, "|"));

    *list += word.len;
    if (**list == '|') {
        (*list)++;
    }
    return word;
}

/* "a|b" as "a, b", for messages. */
static const char *words_text(const char *list, apr_pool_t *pool)
{
    const char *text = "";

    while (*list != '\0') {
        sst_span_t word = next_word(&list);

        text = apr_pstrcat(pool, text, *text != '\0' ? ", " : "",
                           apr_pstrmemdup(pool, (const char *) word.data,
                                          word.len), NULL);
    }
    return text;
}

/* --- Options --- */

typedef struct option_t {
    const sst_option_def_t *def;
    const char *text;
    apr_int64_t number;
} option_t;

struct sst_options_t {
    const sst_option_def_t *own;    /* the backend's list */
    apr_array_header_t *given;      /* option_t */
};

static const option_t *find_given(const sst_options_t *options,
                                  const char *name)
{
    int i;

    for (i = 0; i < options->given->nelts; i++) {
        const option_t *option = &APR_ARRAY_IDX(options->given, i, option_t);

        if (strcmp(option->def->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

const char *sst_options_text(const sst_options_t *options, const char *name,
                             const char *fallback)
{
    const option_t *option = find_given(options, name);

    return option != NULL ? option->text : fallback;
}

apr_int64_t sst_options_number(const sst_options_t *options, const char *name,
                               apr_int64_t fallback)
{
    const option_t *option = find_given(options, name);

    return option != NULL ? option->number : fallback;
}

static const sst_option_def_t *find_in(const sst_option_def_t *defs,
                                       const char *name)
{
    while (defs->name != NULL) {
        if (strcmp(defs->name, name) == 0) {
            return defs;
        }
        defs++;
    }
    return NULL;
}

static const sst_option_def_t *find_def(const sst_options_t *options,
                                        const char *name)
{
    const sst_option_def_t *def = find_in(options->own, name);

    return def != NULL ? def : find_in(common_options, name);
}

static const char *names_of(const sst_option_def_t *defs, const char *before,
                            apr_pool_t *pool)
{
    for (; defs->name != NULL; defs++) {
        before = apr_pstrcat(pool, before, *before != '\0' ? ", " : "",
                             defs->name, NULL);
    }
    return before;
}

/* The names of all options, for messages. */
static const char *all_names(const sst_options_t *options, apr_pool_t *pool)
{
    return names_of(options->own, names_of(common_options, "", pool), pool);
}

/* What an option takes, for messages. */
static const char *allowed_text(const sst_option_def_t *def, apr_pool_t *pool)
{
    switch (def->kind) {
    case SST_OPTION_TEXT:
        return def->max > 0
               ? apr_psprintf(pool, "a text of 1 to %" APR_INT64_T_FMT
                              " bytes", def->max)
               : "a text that is not empty";
    case SST_OPTION_PATH:
        return "an absolute path";
    case SST_OPTION_DURATION:
        return apr_psprintf(pool, "a time from %s to %s, such as 300ms, 20s "
                            "or 5m", duration_text(def->min, pool),
                            duration_text(def->max, pool));
    case SST_OPTION_COUNT:
        return apr_psprintf(pool, "a whole number from %" APR_INT64_T_FMT
                            " to %" APR_INT64_T_FMT, def->min, def->max);
    case SST_OPTION_CHOICE:
        return apr_psprintf(pool, "one of %s", words_text(def->choices, pool));
    }
    return "";
}

/* The place of `text` in a list of words, or -1. */
static int choice_index(const char *choices, const char *text)
{
    sst_span_t wanted = sst_span_text(text);
    int index = 0;

    while (*choices != '\0') {
        if (sst_bytes_equal(next_word(&choices), wanted)) {
            return index;
        }
        index++;
    }
    return -1;
}

/* Reads option->text by its kind; 1 when it is allowed. */
static int read_value(option_t *option)
{
    const sst_option_def_t *def = option->def;
    apr_size_t len = strlen(option->text);
    apr_uint64_t count = 0;

    switch (def->kind) {
    case SST_OPTION_TEXT:
        return len > 0 && (def->max == 0 || len <= (apr_size_t) def->max);
    case SST_OPTION_PATH:
        return option->text[0] == '/';
    case SST_OPTION_DURATION:
        return sst_duration_parse(&option->number, option->text) == SST_OK
               && option->number >= def->min && option->number <= def->max;
    case SST_OPTION_COUNT:
        if (sst_decimal_decode(&count, sst_span_text(option->text))
            != SST_OK) {
            return 0;
        }
        option->number = (apr_int64_t) count;
        return option->number >= def->min && option->number <= def->max;
    case SST_OPTION_CHOICE:
        option->number = choice_index(def->choices, option->text);
        return option->number >= 0;
    }
    return 0;
}

/* The text in a form that keeps a message on one line, and short. An option
 * may be a URL.
 */
static const char *shown(const char *text, apr_pool_t *pool)
{
    return apr_pstrndup(pool, sst_store_shown(text, pool), 60);
}

static sst_status_t parse_option(sst_options_t *options, const char *text,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const char *equals = strchr(text, '=');
    option_t option = { NULL, NULL, 0 };
    const char *name;

    if (equals == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "\"%s\" is not of the form name=value: allowed "
                             "names are %s", shown(text, pool),
                             all_names(options, pool));
    }
    name = apr_pstrmemdup(pool, text, (apr_size_t) (equals - text));
    option.def = find_def(options, name);
    option.text = apr_pstrdup(pool, equals + 1);
    /* Without the value: who misspells an option may have put a secret in. */
    if (option.def == NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"%s\" is unknown: allowed are %s",
                             shown(name, pool), all_names(options, pool));
    }
    if (find_given(options, name) != NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"%s\" is given twice, the second time "
                             "as \"%s\": allowed is once", name,
                             shown(option.text, pool));
    }
    if (!read_value(&option)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "option \"%s\" has the value \"%s\": allowed is "
                             "%s", name, shown(option.text, pool),
                             allowed_text(option.def, pool));
    }
    APR_ARRAY_PUSH(options->given, option_t) = option;
    return SST_OK;
}

static sst_status_t parse_options(const sst_options_t **out,
                                  const sst_option_def_t *own, int argc,
                                  const char *const *argv, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_options_t *options = apr_palloc(pool, sizeof(*options));
    sst_status_t status = SST_OK;
    int i;

    options->own = own;
    options->given = apr_array_make(pool, argc, sizeof(option_t));
    for (i = 0; i < argc && status == SST_OK; i++) {
        status = parse_option(options, argv[i], err, pool);
    }
    *out = status == SST_OK ? options : NULL;
    return status;
}

/* --- URLs --- */

/* The last '@' counts, wherever it stands: a password that was not escaped may
 * hold any character, and showing too little is the smaller harm.
 */
const char *sst_store_shown(const char *url, apr_pool_t *pool)
{
    const char *authority = strstr(url, "://");
    const char *at = strrchr(url, '@');
    const char *colon = authority ? strchr(authority + 3, ':') : NULL;

    if (colon != NULL && at != NULL && colon < at) {
        url = apr_pstrcat(pool, apr_pstrmemdup(pool, url,
                                               (apr_size_t) (colon + 1 - url)),
                          "***", at, NULL);
    }
    return apr_pescape_echo(pool, url, 1);
}

/* 1 when the URL begins with one of the schemes. */
static int begins_with_scheme(const char *url, const char *schemes)
{
    while (*schemes != '\0') {
        sst_span_t scheme = next_word(&schemes);

        if (strncmp(url, (const char *) scheme.data, scheme.len) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *sst_store_schemes(apr_pool_t *pool)
{
    const char *list = "";
    int i;

    for (i = 0; i < BACKENDS; i++) {
        list = apr_pstrcat(pool, list, *list != '\0' ? "|" : "",
                           backends[i]->schemes, NULL);
    }
    return words_text(list, pool);
}

static sst_status_t fail_scheme(const char *url, const char *allowed,
                                sst_error_t *err, apr_pool_t *pool)
{
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "\"%.60s\" is not the URL of a store: allowed are %s",
                         sst_store_shown(url, pool), allowed);
}

sst_status_t sst_store_open_with(sst_store_t **out,
                                 const sst_store_ops_t *ops, const char *url,
                                 int argc, const char *const *argv,
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_store_t *store = apr_pcalloc(pool, sizeof(*store));
    const char *colon = strchr(url, ':');
    sst_status_t status;

    *out = NULL;
    if (colon == NULL) {
        return fail_scheme(url, words_text(ops->schemes, pool), err, pool);
    }
    store->ops = ops;
    store->scheme = apr_pstrmemdup(pool, url, (apr_size_t) (colon - url));
    store->address = apr_pstrdup(pool, colon + 1);
    store->name = sst_store_shown(url, pool);
    status = parse_options(&store->options, ops->options, argc, argv, err,
                           pool);
    if (status == SST_OK) {
        store->tenant = sst_options_text(store->options, "tenant", NULL);
        store->timeout = sst_options_number(store->options, "timeout",
                                            TIMEOUT_DEFAULT);
        status = ops->open(store, err, pool);
    }
    *out = status == SST_OK ? store : NULL;
    return status;
}

sst_status_t sst_store_open(sst_store_t **out, const char *url, int argc,
                            const char *const *argv, sst_error_t *err,
                            apr_pool_t *pool)
{
    int i;

    *out = NULL;
    for (i = 0; i < BACKENDS; i++) {
        if (begins_with_scheme(url, backends[i]->schemes)) {
            return sst_store_open_with(out, backends[i], url, argc, argv, err,
                                       pool);
        }
    }
    return fail_scheme(url, sst_store_schemes(pool), err, pool);
}

/* --- Notices --- */

void sst_store_notify(const sst_store_t *store, sst_status_t status,
                      const char *fmt, ...)
{
    char text[SST_ERROR_TEXT_MAX];
    va_list args;

    if (store->notify == NULL) {
        return;
    }
    va_start(args, fmt);
    sst_error_line(text, sizeof(text), fmt, args);
    va_end(args);
    store->notify(store->notify_baton, store, status, text);
}

void sst_examiner_tell(const sst_examiner_t *examiner, sst_finding_t finding,
                       const char *check, const char *fmt, ...)
{
    char text[SST_ERROR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    sst_error_line(text, sizeof(text), fmt, args);
    va_end(args);
    examiner->tell(examiner->baton, finding, check, text);
}

/* --- Nothing to do --- */

sst_status_t sst_store_default_prepare(sst_store_t *store, apr_uid_t uid,
                                       apr_gid_t gid, sst_error_t *err,
                                       apr_pool_t *pool)
{
    return SST_OK;
}

sst_status_t sst_store_default_start(sst_store_t *store, sst_error_t *err,
                                     apr_pool_t *pool)
{
    return SST_OK;
}

sst_store_t *sst_store_default_bind(sst_store_t *store, apr_pool_t *pool)
{
    return store;
}

sst_status_t sst_store_default_purge(sst_purge_t *state, sst_store_t *store,
                                     apr_int64_t now_s,
                                     apr_interval_time_t budget,
                                     sst_error_t *err, apr_pool_t *pool)
{
    state->done = 1;
    return SST_OK;
}
