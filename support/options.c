/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* How options are written. */

#include "support/options.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

/* One option. `value` is NULL for a switch, and else what its argument is
 * called; `offset` is that of its field: an int for a switch, an array for what
 * may be given more than once.
 */
typedef struct option_t {
    char letter;
    const char *name;
    const char *value;
    apr_size_t offset;
    const char *help;
} option_t;

#define FIELD(name) offsetof(sst_args_t, name)

static const option_t options[] = {
    { 'u', "user", "USER", FIELD(user), "the sessions of this user" },
    { 'r', "row", "ROW", FIELD(row),
      "this session: its row, or the row's first digits" },
    { 'o', "older-than", "TIME", FIELD(older_than),
      "sessions that began so long ago: 90s, 20m, 12h, 30d" },
    { 'a', "all", NULL, FIELD(all), "every session" },
    { 'n', "dry-run", NULL, FIELD(dry_run), "says what would be done" },
    { 'j', "json", NULL, FIELD(json), "writes JSON, one object a line" },
    { 'l', "last", NULL, FIELD(last),
      "puts the new key below the others: it opens, and does not seal" },
    { 'p', "promote", "KEY", FIELD(promote),
      "lets the key with this id, or that begins so, seal" },
    { 'S', "store", "STORE", FIELD(store),
      "the store, as \"URL [name=value ...]\"" },
    { 'K', "keys", "file:PATH", FIELD(keys), "its keys" },
    { 's', "server", "NAME", FIELD(server), "the server of this ServerName" },
    { 'c', "cookie", "NAME", FIELD(cookie),
      "the cookie's name, for users of --store [session]" },
    { 'U', "user-key", "NAME", FIELD(user_key),
      "an entry that names users besides *-user, for --store" },
    { 'f', "conf", "FILE", FIELD(conf), "httpd's configuration" },
    { 'd', "root", "DIR", FIELD(root), "httpd's ServerRoot" },
    { 'D', "define", "NAME", FIELD(defines),
      "a definition for httpd; may be given again" },
    { 'x', "httpd", "PROGRAM", FIELD(httpd), "httpd itself" },
    { 'h', "help", NULL, FIELD(help), "shows this text" }
};

#define OPTIONS ((int) (sizeof(options) / sizeof(options[0])))

static int takes(const sst_verb_t *verb, const option_t *option)
{
    return option->letter == 'h'
           || (verb->options != NULL
               && strchr(verb->options, option->letter) != NULL);
}

/* The verb's part of the table, as apr_getopt_long wants it. */
static const apr_getopt_option_t *table_of(const sst_verb_t *verb,
                                           apr_pool_t *pool)
{
    apr_getopt_option_t *table = apr_pcalloc(pool, (OPTIONS + 1)
                                                   * sizeof(*table));
    int count = 0;
    int i;

    for (i = 0; i < OPTIONS; i++) {
        if (takes(verb, &options[i])) {
            table[count].name = options[i].name;
            table[count].optch = (unsigned char) options[i].letter;
            table[count].has_arg = options[i].value != NULL;
            count++;
        }
    }
    return table;
}

static void add(apr_array_header_t **field, const char *value,
                apr_pool_t *pool)
{
    if (*field == NULL) {
        *field = apr_array_make(pool, 2, sizeof(char *));
    }
    APR_ARRAY_PUSH(*field, const char *) = value;
}

/* Answers 0 when it has a value already, of which nobody may lose sight. */
static int set(sst_args_t *out, const option_t *option, const char *value,
               apr_pool_t *pool)
{
    void *field = (char *) out + option->offset;

    if (option->value == NULL) {
        *(int *) field = 1;
    }
    else if (option->offset == FIELD(defines)) {
        add(field, value, pool);
    }
    else if (*(const char **) field != NULL) {
        return 0;
    }
    else {
        *(const char **) field = value;
    }
    return 1;
}

static const option_t *find(int letter)
{
    int i = 0;

    while (options[i].letter != letter) {
        i++;
    }
    return &options[i];
}

sst_exit_t sst_options_read(sst_args_t *out, apr_getopt_t *parser,
                            const sst_verb_t *verb, apr_pool_t *pool)
{
    const apr_getopt_option_t *table = table_of(verb, pool);
    const char *value = NULL;
    apr_status_t rv;
    int letter = 0;

    memset(out, 0, sizeof(*out));
    parser->interleave = 1;
    while ((rv = apr_getopt_long(parser, table, &letter, &value))
           == APR_SUCCESS) {
        const option_t *option = find(letter);

        if (!set(out, option, value, pool)) {
            parser->errfn(parser->errarg, "htsession: --%s can be given only "
                          "once\n", option->name);
            return SST_EXIT_USAGE;
        }
    }
    return APR_STATUS_IS_EOF(rv) ? SST_EXIT_DONE : SST_EXIT_USAGE;
}

const char *sst_options_help(const sst_verb_t *verb, apr_pool_t *pool)
{
    const char *text = "\nOptions:\n";
    int i;

    for (i = 0; i < OPTIONS; i++) {
        const char *name = options[i].value == NULL ? options[i].name
            : apr_pstrcat(pool, options[i].name, " ", options[i].value, NULL);

        if (takes(verb, &options[i])) {
            text = apr_psprintf(pool, "%s  -%c, --%-17s %s\n", text,
                                options[i].letter, name, options[i].help);
        }
    }
    return text;
}
