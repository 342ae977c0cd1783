/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The parser of the AWS shared files, and where they lie. */

#include "lib/transport/aws_profile.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_user.h>

#include "lib/transport/text_file.h"

#define FILE_MAX (1024 * 1024)

struct sst_aws_files_t {
    apr_pool_t *pool;
    apr_hash_t *values;         /* section \n key, or section \n key \n key */
    apr_hash_t *sections;       /* "profile x", "services x" */
    const char *unreadable;
};

/* Where the parser is in a file. */
typedef struct place_t {
    const char *section;        /* NULL: nothing that is kept */
    const char *block;          /* a key without a value: a block may follow */
} place_t;

sst_aws_files_t *sst_aws_files_new(apr_pool_t *pool)
{
    sst_aws_files_t *files = apr_pcalloc(pool, sizeof(*files));

    files->pool = pool;
    files->values = apr_hash_make(pool);
    files->sections = apr_hash_make(pool);
    return files;
}

/* --- Parsing --- */

static char *trim(char *text)
{
    char *end;

    while (apr_isspace(*text)) {
        text++;
    }
    end = text + strlen(text);
    while (end > text && apr_isspace(end[-1])) {
        end--;
    }
    *end = '\0';
    return text;
}

/* Cuts " # comment" and " ; comment" off; a # inside a word belongs to it. */
static void cut_comment(char *text)
{
    char *c;

    for (c = text; *c != '\0'; c++) {
        if ((*c == '#' || *c == ';') && (c == text || apr_isspace(c[-1]))) {
            *c = '\0';
            return;
        }
    }
}

static char *unquote(char *text)
{
    apr_size_t len = strlen(text);

    if (len >= 2 && (text[0] == '"' || text[0] == '\'')
        && text[len - 1] == text[0]) {
        text[len - 1] = '\0';
        return text + 1;
    }
    return text;
}

/* The section that a header names, as "profile x" or "services x"; NULL for
 * one that says nothing to us.
 */
static const char *section_name(sst_aws_file_t kind, char *header,
                                apr_pool_t *pool)
{
    char *name = header;

    if (kind == SST_AWS_FILE_CREDENTIALS || strcmp(header, "default") == 0) {
        return apr_pstrcat(pool, "profile ", unquote(header), (char *) NULL);
    }
    while (*name != '\0' && !apr_isspace(*name)) {
        name++;
    }
    if (*name == '\0') {
        return NULL;
    }
    *name++ = '\0';
    if (strcmp(header, "profile") != 0 && strcmp(header, "services") != 0) {
        return NULL;
    }
    return apr_pstrcat(pool, header, " ", unquote(trim(name)), (char *) NULL);
}

static void parse_header(sst_aws_files_t *files, place_t *place,
                         sst_aws_file_t kind, char *line)
{
    char *end = strchr(line, ']');

    place->section = NULL;
    place->block = NULL;
    if (end != NULL) {
        *end = '\0';
        place->section = section_name(kind, trim(line + 1), files->pool);
    }
    if (place->section != NULL) {
        apr_hash_set(files->sections, place->section, APR_HASH_KEY_STRING,
                     place->section);
    }
}

static void parse_setting(sst_aws_files_t *files, place_t *place, char *line,
                          int indented)
{
    char *value = strchr(line, '=');
    const char *key;

    if (place->section == NULL || value == NULL) {
        return;
    }
    *value++ = '\0';
    cut_comment(value);
    value = trim(value);
    key = trim(line);
    if (indented && place->block != NULL) {
        key = apr_pstrcat(files->pool, place->block, "\n", key, (char *) NULL);
    }
    else {
        place->block = *value == '\0' ? key : NULL;
    }
    key = apr_pstrcat(files->pool, place->section, "\n", key, (char *) NULL);
    apr_hash_set(files->values, key, APR_HASH_KEY_STRING, value);
}

static void parse_line(sst_aws_files_t *files, place_t *place,
                       sst_aws_file_t kind, char *line)
{
    int indented = apr_isspace(line[0]);
    char *text = trim(line);

    if (*text == '\0' || *text == '#' || *text == ';') {
        return;
    }
    if (*text == '[' && !indented) {
        parse_header(files, place, kind, text);
        return;
    }
    parse_setting(files, place, text, indented);
}

void sst_aws_files_parse(sst_aws_files_t *files, sst_aws_file_t kind,
                         char *text)
{
    place_t place = { NULL, NULL };
    char *line = text;
    char *next;

    for (; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        parse_line(files, &place, kind, line);
    }
}

/* --- Looking up --- */

int sst_aws_profile_exists(const sst_aws_files_t *files, const char *profile,
                           apr_pool_t *pool)
{
    const char *name = apr_pstrcat(pool, "profile ", profile, (char *) NULL);

    return apr_hash_get(files->sections, name, APR_HASH_KEY_STRING) != NULL;
}

static const char *look_up(const sst_aws_files_t *files, const char *name)
{
    const char *value = apr_hash_get(files->values, name,
                                     APR_HASH_KEY_STRING);

    return value != NULL && *value != '\0' ? value : NULL;
}

const char *sst_aws_profile_get(const sst_aws_files_t *files,
                                const char *profile, const char *key,
                                apr_pool_t *pool)
{
    return look_up(files, apr_pstrcat(pool, "profile ", profile, "\n", key,
                                      (char *) NULL));
}

const char *sst_aws_profile_service(const sst_aws_files_t *files,
                                    const char *profile, const char *service,
                                    const char *key, apr_pool_t *pool)
{
    const char *services = sst_aws_profile_get(files, profile, "services",
                                               pool);

    if (services == NULL) {
        return NULL;
    }
    return look_up(files, apr_pstrcat(pool, "services ", services, "\n",
                                      service, "\n", key, (char *) NULL));
}

const char *sst_aws_files_unreadable(const sst_aws_files_t *files)
{
    return files->unreadable;
}

/* --- The files --- */

/* HOME, or what the user database says: a service often has no HOME. */
static const char *home_directory(apr_uid_t uid, apr_pool_t *pool)
{
    const char *home = getenv("HOME");
    char *name = NULL;
    char *directory = NULL;

    if (home != NULL && home[0] == '/') {
        return home;
    }
    if (apr_uid_name_get(&name, uid, pool) == APR_SUCCESS
        && apr_uid_homepath_get(&directory, name, pool) == APR_SUCCESS) {
        return directory;
    }
    return NULL;
}

static const char *variable_of(sst_aws_file_t kind)
{
    return kind == SST_AWS_FILE_CONFIG ? "AWS_CONFIG_FILE"
                                       : "AWS_SHARED_CREDENTIALS_FILE";
}

/* "~/..." as it stands when there is no home directory: it will be missed
 * under that name.
 */
static const char *in_home(const char *path, apr_uid_t uid, apr_pool_t *pool)
{
    const char *home = home_directory(uid, pool);

    return home != NULL ? apr_pstrcat(pool, home, path + 1, (char *) NULL)
                        : path;
}

const char *sst_aws_file_named(sst_aws_file_t kind, apr_uid_t uid,
                               apr_pool_t *pool)
{
    const char *path = getenv(variable_of(kind));

    if (path == NULL || *path == '\0') {
        return NULL;
    }
    return strncmp(path, "~/", 2) == 0 ? in_home(path, uid, pool) : path;
}

const char *sst_aws_file_path(sst_aws_file_t kind, apr_uid_t uid,
                              apr_pool_t *pool)
{
    const char *named = sst_aws_file_named(kind, uid, pool);

    return named != NULL ? named
        : in_home(kind == SST_AWS_FILE_CONFIG ? "~/.aws/config"
                                              : "~/.aws/credentials", uid,
                  pool);
}

static sst_status_t load_one(sst_aws_files_t *files, sst_aws_file_t kind,
                             apr_uid_t uid, sst_error_t *err)
{
    const char *path = sst_aws_file_path(kind, uid, files->pool);
    sst_error_t found;
    sst_status_t status;
    char *text;

    sst_error_clear(&found);
    status = sst_text_file_read(&text, path, FILE_MAX, &found, files->pool);
    if (status == SST_OK) {
        sst_aws_files_parse(files, kind, text);
        return SST_OK;
    }
    if (status == SST_DENIED) {
        files->unreadable = path;
    }
    if (sst_aws_file_named(kind, uid, files->pool) == NULL) {
        return SST_OK;
    }
    return sst_error_set(err, status, found.os, "%s: %s", variable_of(kind),
                         found.text);
}

sst_status_t sst_aws_files_load(sst_aws_files_t **out, apr_uid_t uid,
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_aws_files_t *files = sst_aws_files_new(pool);
    sst_status_t status = load_one(files, SST_AWS_FILE_CONFIG, uid, err);

    if (status == SST_OK) {
        status = load_one(files, SST_AWS_FILE_CREDENTIALS, uid, err);
    }
    *out = status == SST_OK ? files : NULL;
    return status;
}
