/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Lines of JSON, each a server's configuration. */

#include "support/dump_lines.h"

#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

static const char *text_in(const json_t *object, const char *key,
                           apr_pool_t *pool)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? apr_pstrdup(pool, text) : NULL;
}

/* Answers 0 when not all of them are texts. */
static int add_texts(apr_array_header_t *out, const json_t *texts)
{
    int complete = json_is_array(texts);
    size_t i;

    for (i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));

        if (text != NULL) {
            APR_ARRAY_PUSH(out, const char *) = apr_pstrdup(out->pool, text);
        }
        complete = complete && text != NULL;
    }
    return complete;
}

/* At least one text: 1 when there is. */
static int read_texts(apr_array_header_t **out, const json_t *object,
                      const char *key, apr_pool_t *pool)
{
    *out = apr_array_make(pool, 2, sizeof(char *));
    return add_texts(*out, json_object_get(object, key)) && (*out)->nelts > 0;
}

static int read_store(apr_array_header_t **words, const json_t *store,
                      apr_pool_t *pool)
{
    const char *url = text_in(store, "url", pool);

    *words = apr_array_make(pool, 4, sizeof(char *));
    if (url == NULL) {
        return 0;
    }
    APR_ARRAY_PUSH(*words, const char *) = url;
    return add_texts(*words, json_object_get(store, "options"));
}

static int read_stores(apr_array_header_t **out, const json_t *object,
                       apr_pool_t *pool)
{
    const json_t *stores = json_object_get(object, "stores");
    int complete = json_array_size(stores) > 0;
    size_t i;

    *out = apr_array_make(pool, 2, sizeof(apr_array_header_t *));
    for (i = 0; i < json_array_size(stores) && complete; i++) {
        apr_array_header_t *words;

        complete = read_store(&words, json_array_get(stores, i), pool);
        APR_ARRAY_PUSH(*out, apr_array_header_t *) = words;
    }
    return complete;
}

/* Reads a line of the module's: 0 when it cannot be understood. A server that
 * is left out would be one whose sessions are missed.
 */
static int add_source(apr_array_header_t *out, const char *line,
                      apr_pool_t *pool)
{
    json_t *object = json_loads(line, 0, NULL);
    sst_source_t source;
    int complete;

    source.server = text_in(object, "server", pool);
    source.keys = text_in(object, "keys", pool);
    source.audit = text_in(object, "audit", pool);
    source.uid = (apr_uid_t) json_integer_value(json_object_get(object,
                                                                "uid"));
    source.gid = (apr_gid_t) json_integer_value(json_object_get(object,
                                                                "gid"));
    complete = source.server != NULL && source.keys != NULL
               && (source.audit != NULL
                   || json_object_get(object, "audit") == NULL)
               && read_stores(&source.stores, object, pool)
               && read_texts(&source.cookies, object, "cookies", pool)
               && read_texts(&source.user_keys, object, "user_keys", pool);
    json_decref(object);
    if (complete) {
        APR_ARRAY_PUSH(out, sst_source_t) = source;
    }
    return complete;
}

const char *sst_dump_lines_read(apr_array_header_t *out, int *complete,
                                char *text, apr_pool_t *pool)
{
    const char *messages = "";
    char *state = NULL;
    char *line;

    *complete = 1;
    for (line = apr_strtok(text, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        if (line[0] != '{') {
            messages = apr_pstrcat(pool, messages, "  ", line, "\n", NULL);
        }
        else if (!add_source(out, line, pool)) {
            *complete = 0;
        }
    }
    return messages;
}
