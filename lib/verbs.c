/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The commands of applications: read, and done to entries. Time grows with the
 * length of the text and with the number of entries, whatever is said.
 */

#include "lib/verbs.h"

#include <string.h>

#include <apr_fnmatch.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "lib/entries.h"
#include "lib/form.h"

/* An entry while the commands are done. */
typedef struct item_t {
    const char *name;
    const char *key;                /* the name, folded */
    apr_array_header_t *parts;      /* const char *: together the value */
    int ours;                       /* set by these commands */
    int removed;
} item_t;

typedef struct run_t {
    apr_array_header_t *items;      /* item_t *, in their order */
    apr_hash_t *by_key;             /* those of them that are not removed */
    const apr_array_header_t *hide;
    int names;                      /* mentioned so far */
    sst_verbs_t *out;
    sst_error_t *err;
    apr_pool_t *pool;
} run_t;

/* --- Characters --- */

static int is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static sst_span_t trim(sst_span_t text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text = sst_span(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* The text up to `mark`, or all of it; *rest becomes what is behind. */
static sst_span_t cut(sst_span_t *rest, char mark)
{
    const unsigned char *at = rest->len > 0
        ? memchr(rest->data, mark, rest->len) : NULL;
    sst_span_t front = *rest;

    if (at == NULL) {
        *rest = sst_span(NULL, 0);
        return front;
    }
    front.len = (apr_size_t) (at - rest->data);
    *rest = sst_span(at + 1, rest->len - front.len - 1);
    return front;
}

/* The first word of a command; *rest becomes its arguments. */
static sst_span_t cut_word(sst_span_t *rest)
{
    sst_span_t word = *rest;
    apr_size_t len = 0;

    while (len < word.len && !is_blank(word.data[len])) {
        len++;
    }
    word.len = len;
    *rest = trim(sst_span(rest->data + len, rest->len - len));
    return word;
}

/* --- Refusals --- */

/* As much of a name as a log line needs, as it was sent. */
#define NAME_SHOWN 64

static sst_status_t refuse(run_t *run, sst_status_t status, const char *verb,
                           const char *why, sst_span_t name)
{
    int len = name.len > NAME_SHOWN ? NAME_SHOWN : (int) name.len;

    return sst_error_set(run->err, status, APR_SUCCESS, "%s: %s%s%.*s", verb,
                         why, len > 0 ? ": " : "", len,
                         len > 0 ? (const char *) name.data : "");
}

int sst_verbs_protects(const char *name, const apr_array_header_t *hide)
{
    static const char *const logins[] = { "*-user", "*-pw", "*-site" };
    apr_size_t i;

    for (i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
        if (apr_fnmatch(logins[i], name, APR_FNM_CASE_BLIND)
            == APR_SUCCESS) {
            return 1;
        }
    }
    return sst_entries_is_expiry(name) || sst_entries_hidden(name, hide);
}

/* The name that a command gives, if it may. */
static sst_status_t take_name(char **out, run_t *run, const char *verb,
                              sst_span_t text)
{
    *out = NULL;
    if (++run->names > SST_VERBS_NAMES_MAX) {
        return refuse(run, SST_TOO_BIG, verb, "too many names in one response",
                      sst_span(NULL, 0));
    }
    if (text.len == 0) {
        return refuse(run, SST_INVALID, verb, "a name is missing", text);
    }
    if (sst_form_decode(out, text, run->pool) != SST_OK) {
        return refuse(run, SST_INVALID, verb, "a name cannot be read", text);
    }
    if (sst_verbs_protects(*out, run->hide)) {
        return refuse(run, SST_DENIED, verb,
                      "applications may not change this entry", text);
    }
    return SST_OK;
}

/* --- Items --- */

static item_t *find(const run_t *run, const char *key)
{
    return apr_hash_get(run->by_key, key, APR_HASH_KEY_STRING);
}

static item_t *add_item(run_t *run, const char *name, const char *key)
{
    item_t *item = apr_pcalloc(run->pool, sizeof(*item));

    item->name = name;
    item->key = key;
    APR_ARRAY_PUSH(run->items, item_t *) = item;
    apr_hash_set(run->by_key, key, APR_HASH_KEY_STRING, item);
    return item;
}

static void give_value(run_t *run, item_t *item, const char *value)
{
    item->parts = apr_array_make(run->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(item->parts, const char *) = value;
}

static void remove_item(run_t *run, item_t *item)
{
    item->removed = 1;
    apr_hash_set(run->by_key, item->key, APR_HASH_KEY_STRING, NULL);
}

/* --- Verbs --- */

static sst_status_t do_set(run_t *run, const char *name, const char *value)
{
    const char *key = sst_entries_fold(name, run->pool);
    item_t *item = find(run, key);

    if (item == NULL) {
        item = add_item(run, name, key);
    }
    give_value(run, item, value);
    item->ours = 1;
    return SST_OK;
}

/* Only to what was set before: a line that got lost must not leave half a
 * value behind another one's end. Expected: OK, NOT_FOUND.
 */
static sst_status_t do_append(run_t *run, const char *name, const char *value)
{
    item_t *item = find(run, sst_entries_fold(name, run->pool));

    if (item == NULL || !item->ours) {
        return SST_NOT_FOUND;
    }
    APR_ARRAY_PUSH(item->parts, const char *) = value;
    return SST_OK;
}

typedef sst_status_t act_t(run_t *run, const char *name, const char *value);

static sst_status_t run_pair(run_t *run, const char *verb, sst_span_t pair,
                             act_t *act)
{
    sst_span_t value = pair;
    sst_span_t name = cut(&value, '=');
    sst_status_t status;
    char *name_text;
    char *value_text;

    status = take_name(&name_text, run, verb, name);
    if (status != SST_OK) {
        return status;
    }
    if (name.len == pair.len) {
        return refuse(run, SST_INVALID, verb, "a name without '='", name);
    }
    if (sst_form_decode(&value_text, value, run->pool) != SST_OK) {
        return refuse(run, SST_INVALID, verb, "a value cannot be read, of",
                      name);
    }
    if (act(run, name_text, value_text) != SST_OK) {
        return refuse(run, SST_INVALID, verb,
                      "this response has not set the entry before", name);
    }
    return SST_OK;
}

static sst_status_t run_pairs(run_t *run, const char *verb, sst_span_t args,
                              act_t *act)
{
    int count = 0;

    while (args.len > 0) {
        sst_span_t pair = cut(&args, '&');

        if (pair.len > 0) {
            sst_status_t status = run_pair(run, verb, pair, act);

            if (status != SST_OK) {
                return status;
            }
            count++;
        }
    }
    return count > 0 ? SST_OK : refuse(run, SST_INVALID, verb,
                                       "no name=value", sst_span(NULL, 0));
}

static sst_status_t run_set(run_t *run, sst_span_t args)
{
    return run_pairs(run, "set", args, do_set);
}

static sst_status_t run_append(run_t *run, sst_span_t args)
{
    return run_pairs(run, "append", args, do_append);
}

static sst_status_t run_delete(run_t *run, sst_span_t args)
{
    int count = 0;

    while (args.len > 0) {
        sst_span_t text = cut(&args, '&');
        sst_status_t status;
        item_t *item;
        char *name;

        if (text.len == 0) {
            continue;
        }
        count++;
        status = take_name(&name, run, "delete", text);
        if (status != SST_OK) {
            return status;
        }
        item = find(run, sst_entries_fold(name, run->pool));
        if (item != NULL) {
            remove_item(run, item);
        }
    }
    return count > 0 ? SST_OK : refuse(run, SST_INVALID, "delete",
                                       "a name is missing",
                                       sst_span(NULL, 0));
}

static sst_status_t run_clear(run_t *run, sst_span_t args)
{
    apr_array_header_t *items = run->items;
    int i;

    /* What stays is few: a second `clear` goes over that only. */
    run->items = apr_array_make(run->pool, 4, sizeof(item_t *));
    for (i = 0; i < items->nelts; i++) {
        item_t *item = APR_ARRAY_IDX(items, i, item_t *);

        if (!item->removed && sst_verbs_protects(item->name, run->hide)) {
            APR_ARRAY_PUSH(run->items, item_t *) = item;
        }
        else if (!item->removed) {
            remove_item(run, item);
        }
    }
    return SST_OK;
}

static sst_status_t run_regenerate(run_t *run, sst_span_t args)
{
    run->out->regenerate = 1;
    return SST_OK;
}

static sst_status_t run_end(run_t *run, sst_span_t args)
{
    run->items = apr_array_make(run->pool, 4, sizeof(item_t *));
    apr_hash_clear(run->by_key);
    run->out->end = 1;
    return SST_OK;
}

typedef struct verb_t {
    const char *name;
    int takes_arguments;
    sst_status_t (*run)(run_t *run, sst_span_t args);
} verb_t;

static const verb_t verbs[] = {
    { "set", 1, run_set },
    { "append", 1, run_append },
    { "delete", 1, run_delete },
    { "clear", 0, run_clear },
    { "regenerate", 0, run_regenerate },
    { "end", 0, run_end }
};

static const verb_t *find_verb(sst_span_t word)
{
    apr_size_t i;

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (word.len == strlen(verbs[i].name)
            && memcmp(word.data, verbs[i].name, word.len) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static sst_status_t run_command(run_t *run, sst_span_t command)
{
    sst_span_t args = command;
    const verb_t *verb = find_verb(cut_word(&args));

    if (verb == NULL) {
        return refuse(run, SST_INVALID, "a command is not known",
                      "allowed are set, append, delete, clear, regenerate, "
                      "end", sst_span(NULL, 0));
    }
    if (!verb->takes_arguments && args.len > 0) {
        return refuse(run, SST_INVALID, verb->name, "takes no argument",
                      sst_span(NULL, 0));
    }
    run->out->said = 1;
    return verb->run(run, args);
}

/* --- From entries and back --- */

static void take_entries(run_t *run, const apr_table_t *entries)
{
    const apr_array_header_t *array = apr_table_elts(entries);
    int i;

    for (i = 0; i < array->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(array, i,
                                                        apr_table_entry_t);

        give_value(run, add_item(run, entry->key,
                                 sst_entries_fold(entry->key, run->pool)),
                   entry->val);
    }
}

static const char *value_of(const item_t *item, apr_pool_t *pool)
{
    return item->parts->nelts == 1
        ? APR_ARRAY_IDX(item->parts, 0, const char *)
        : apr_array_pstrcat(pool, item->parts, '\0');
}

static apr_table_t *make_entries(const run_t *run)
{
    apr_table_t *entries = apr_table_make(run->pool, run->items->nelts + 4);
    int i;

    for (i = 0; i < run->items->nelts; i++) {
        const item_t *item = APR_ARRAY_IDX(run->items, i, item_t *);

        if (!item->removed) {
            apr_table_addn(entries, item->name, value_of(item, run->pool));
        }
    }
    return entries;
}

sst_status_t sst_verbs_run(sst_verbs_t *out, const apr_table_t *entries,
                           sst_span_t text, const apr_array_header_t *hide,
                           sst_error_t *err, apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    run_t run;

    memset(out, 0, sizeof(*out));
    memset(&run, 0, sizeof(run));
    run.items = apr_array_make(pool, 16, sizeof(item_t *));
    run.by_key = apr_hash_make(pool);
    run.hide = hide;
    run.out = out;
    run.err = err;
    run.pool = pool;
    take_entries(&run, entries);
    while (text.len > 0 && status == SST_OK) {
        sst_span_t command = trim(cut(&text, ','));

        if (command.len > 0) {
            status = run_command(&run, command);
        }
    }
    if (status != SST_OK) {
        memset(out, 0, sizeof(*out));
        out->entries = apr_table_copy(pool, entries);
        return status;
    }
    out->entries = make_entries(&run);
    return SST_OK;
}
