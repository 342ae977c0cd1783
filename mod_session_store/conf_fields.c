/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The fields of the configuration, and how they are inherited. */

#include "mod_session_store/conf.h"

#include <stddef.h>

#include <apr_strings.h>

typedef enum {
    FIELD_POINTER,
    FIELD_NUMBER,
    FIELD_FORWARDS              /* adds to what is inherited */
} field_kind_t;

typedef struct field_t {
    apr_size_t offset;
    field_kind_t kind;
} field_t;

/* Every field of sst_dir_conf_t: what is not here is not inherited. */
static const field_t dir_fields[] = {
    { offsetof(sst_dir_conf_t, store), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, migration), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, cookie), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, idle_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, absolute_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, touch_s), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, on_error), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, user_key), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, hide), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, max_size), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, env), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, header), FIELD_POINTER },
    { offsetof(sst_dir_conf_t, forward), FIELD_FORWARDS },
    { offsetof(sst_dir_conf_t, max_per_user), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, at_limit), FIELD_NUMBER },
    { offsetof(sst_dir_conf_t, serialize), FIELD_NUMBER }
};

#define DIR_FIELDS (sizeof(dir_fields) / sizeof(dir_fields[0]))

static void **pointer_field(void *conf, const field_t *field)
{
    return (void **) ((char *) conf + field->offset);
}

static apr_int64_t *number_field(void *conf, const field_t *field)
{
    return (apr_int64_t *) ((char *) conf + field->offset);
}

void *sst_conf_dir_create(apr_pool_t *pool, char *dir)
{
    sst_dir_conf_t *conf = apr_pcalloc(pool, sizeof(*conf));
    apr_size_t i;

    for (i = 0; i < DIR_FIELDS; i++) {
        if (dir_fields[i].kind == FIELD_NUMBER) {
            *number_field(conf, &dir_fields[i]) = SST_UNSET;
        }
    }
    return conf;
}

static void inherit(void *conf, void *base, const field_t *field,
                    apr_pool_t *pool)
{
    if (field->kind == FIELD_NUMBER) {
        if (*number_field(conf, field) == SST_UNSET) {
            *number_field(conf, field) = *number_field(base, field);
        }
    }
    else if (*pointer_field(conf, field) == NULL) {
        *pointer_field(conf, field) = *pointer_field(base, field);
    }
    else if (field->kind == FIELD_FORWARDS
             && *pointer_field(base, field) != NULL) {
        *pointer_field(conf, field) = sst_forward_merge(
            *pointer_field(base, field), *pointer_field(conf, field), pool);
    }
}

void *sst_conf_dir_merge(apr_pool_t *pool, void *base, void *add)
{
    sst_dir_conf_t *conf = apr_pmemdup(pool, add, sizeof(*conf));
    apr_size_t i;

    for (i = 0; i < DIR_FIELDS; i++) {
        inherit(conf, base, &dir_fields[i], pool);
    }
    return conf;
}

void *sst_conf_server_create(apr_pool_t *pool, server_rec *server)
{
    return apr_pcalloc(pool, sizeof(sst_server_conf_t));
}

void *sst_conf_server_merge(apr_pool_t *pool, void *base, void *add)
{
    const sst_server_conf_t *parent = base;
    sst_server_conf_t *conf = apr_pmemdup(pool, add, sizeof(*conf));

    if (conf->key_source.path == NULL && conf->key_source.argv == NULL) {
        conf->key_source = parent->key_source;
    }
    if (conf->audit == NULL) {
        conf->audit = parent->audit;
    }
    return conf;
}
