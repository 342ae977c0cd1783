/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* htsession keygen: a new server key, as a line of text or in a key file, and
 * which key of a file seals.
 *
 * Servers that share a store have to know a key before one of them seals with
 * it: --last adds a key that only opens, --promote lets it seal.
 */

#include <string.h>

#include <apr_strings.h>

#include "lib/bytes.h"
#include "lib/keyring.h"
#include "support/htsession.h"
#include "support/key_file.h"

#define ID_LEN SST_HEX_LEN(SST_KEY_ID_LEN)

/* What an edit is to do, and what came of it. */
typedef struct keygen_t {
    int last;                   /* the new key goes below the others */
    const char *wanted;         /* the beginning of the id of a key that is to
                                 * seal; NULL: a new one is made */
    char id[ID_LEN + 1];        /* of the key in question */
    int count;                  /* keys in the file now */
} keygen_t;

static void name_key(keygen_t *keygen, const sst_key_t *key)
{
    sst_hex_encode(keygen->id, sst_span(key->id, SST_KEY_ID_LEN));
    keygen->id[ID_LEN] = '\0';
}

/* --- A new key --- */

static sst_status_t name_new_key(keygen_t *keygen, const char *line,
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_keyring_t *ring;
    sst_status_t status
        = sst_keyring_parse(&ring, sst_span(line, SST_KEY_LINE_LEN),
                            "the new key", err, pool);

    if (status == SST_OK) {
        name_key(keygen, &ring->keys[0]);
    }
    return status;
}

/* A copy of the text in `out`, with a line put in at `at`. Answers how long it
 * is; the buffer has room for the line and two line ends.
 */
static apr_size_t put_line(char *out, const sst_key_file_t *file,
                           apr_size_t at, const char *line)
{
    char *end = out;

    memcpy(end, file->text, at);
    end += at;
    if (at > 0 && end[-1] != '\n') {
        *end++ = '\n';
    }
    memcpy(end, line, SST_KEY_LINE_LEN);
    end += SST_KEY_LINE_LEN;
    *end++ = '\n';
    memcpy(end, file->text + at, file->len - at);
    return (apr_size_t) (end - out) + file->len - at;
}

static sst_status_t add_key(char **out, apr_size_t *len,
                            const sst_key_file_t *file, void *baton,
                            sst_error_t *err, apr_pool_t *pool)
{
    keygen_t *keygen = baton;
    char line[SST_KEY_LINE_LEN + 1];
    sst_status_t status;

    *out = NULL;
    *len = 0;
    if (file->ring != NULL && file->ring->count >= SST_KEYRING_MAX) {
        return sst_error_set(err, SST_TOO_BIG, APR_SUCCESS,
                             "%s holds %d keys, which is as many as it may: "
                             "remove the last lines first", file->path,
                             file->ring->count);
    }
    keygen->count = file->ring != NULL ? file->ring->count + 1 : 1;
    status = sst_keyring_generate(line, err);
    if (status == SST_OK) {
        status = name_new_key(keygen, line, err, pool);
    }
    if (status == SST_OK) {
        *out = apr_pcalloc(pool, file->len + sizeof(line) + 2);
        *len = put_line(*out, file,
                        keygen->last ? file->len
                                     : sst_key_file_head(file->text,
                                                         file->len), line);
    }
    sst_wipe(line, sizeof(line));
    return status;
}

/* --- Another key on top --- */

/* The key of the ring whose id begins as wanted; -1 with the reason. */
static int find_key(const keygen_t *keygen, const sst_key_file_t *file,
                    sst_error_t *err)
{
    keygen_t each;
    int found = -1;
    int matches = 0;
    int i;

    for (i = 0; file->ring != NULL && i < file->ring->count; i++) {
        name_key(&each, &file->ring->keys[i]);
        if (strncmp(each.id, keygen->wanted, strlen(keygen->wanted)) == 0) {
            found = i;
            matches++;
        }
    }
    if (matches == 1) {
        return found;
    }
    (void) sst_error_set(err, SST_NOT_FOUND, APR_SUCCESS,
                         matches > 1 ? "%s holds several keys whose ids begin "
                         "with %s: give more digits"
                         : "%s holds no key %s; `htsession keys` lists the "
                         "ids", file->path, keygen->wanted);
    return -1;
}

/* Where the line of a key begins. */
static apr_size_t key_at(const sst_key_file_t *file, int index)
{
    apr_size_t at = sst_key_file_head(file->text, file->len);

    while (index-- > 0) {
        at += sst_key_file_line(file->text + at, file->len - at);
        at += sst_key_file_head(file->text + at, file->len - at);
    }
    return at;
}

/* The text with the line at `at` above all other keys. */
static void move_up(char **out, apr_size_t *len, const sst_key_file_t *file,
                    apr_size_t at, apr_pool_t *pool)
{
    apr_size_t head = sst_key_file_head(file->text, file->len);
    apr_size_t line = sst_key_file_line(file->text + at, file->len - at);
    char *end;

    *out = apr_pcalloc(pool, file->len + 2);
    end = *out;
    memcpy(end, file->text, head);
    end += head;
    memcpy(end, file->text + at, line);
    end += line;
    if (end[-1] != '\n') {
        *end++ = '\n';
    }
    memcpy(end, file->text + head, at - head);
    end += at - head;
    memcpy(end, file->text + at + line, file->len - at - line);
    *len = (apr_size_t) (end - *out) + file->len - at - line;
}

static sst_status_t promote_key(char **out, apr_size_t *len,
                                const sst_key_file_t *file, void *baton,
                                sst_error_t *err, apr_pool_t *pool)
{
    keygen_t *keygen = baton;
    int index;

    *out = NULL;
    *len = 0;
    if (!file->exists) {
        return sst_error_set(err, SST_NOT_FOUND, APR_SUCCESS,
                             "%s does not exist", file->path);
    }
    index = find_key(keygen, file, err);
    if (index < 0) {
        return SST_NOT_FOUND;
    }
    keygen->count = file->ring->count;
    name_key(keygen, &file->ring->keys[index]);
    if (index > 0) {
        move_up(out, len, file, key_at(file, index), pool);
    }
    return SST_OK;
}

/* --- The verb --- */

#define RELOAD "reload httpd to use it, unless its children may read this file"

static void say_what_was_done(const sst_cli_t *cli, const keygen_t *keygen,
                              const sst_key_file_t *file)
{
    if (keygen->wanted != NULL) {
        apr_file_printf(cli->out, "%s: key %s seals, %d in all; " RELOAD "\n",
                        file->path, keygen->id, keygen->count);
    }
    else if (!file->exists) {
        apr_file_printf(cli->out, "%s: made, with one key\n", file->path);
    }
    else if (keygen->last) {
        apr_file_printf(cli->out, "%s: new key %s below the others, %d in "
                        "all; when every server has this file, `htsession "
                        "keygen --promote %s %s` lets it seal\n", file->path,
                        keygen->id, keygen->count, keygen->id, file->path);
    }
    else {
        apr_file_printf(cli->out, "%s: new key on top, %d in all; " RELOAD
                        "\n", file->path, keygen->count);
    }
}

static sst_exit_t keygen_file(const sst_cli_t *cli, const char *path)
{
    keygen_t keygen;
    sst_key_file_t file;
    sst_error_t err;

    memset(&keygen, 0, sizeof(keygen));
    keygen.last = cli->args->last;
    keygen.wanted = cli->args->promote;
    sst_error_clear(&err);
    if (sst_key_file_change(&file, path,
                            keygen.wanted != NULL ? promote_key : add_key,
                            &keygen, &err, cli->pool) != SST_OK) {
        return sst_cli_failed(cli, &err);
    }
    say_what_was_done(cli, &keygen, &file);
    return SST_EXIT_DONE;
}

/* Straight to the descriptor: a stream's buffer could not be wiped. */
static sst_exit_t keygen_print(const sst_cli_t *cli)
{
    char line[SST_KEY_LINE_LEN + 1];
    sst_error_t err;
    apr_status_t rv;
    sst_status_t status;

    sst_error_clear(&err);
    status = sst_keyring_generate(line, &err);
    if (status == SST_OK) {
        line[SST_KEY_LINE_LEN] = '\n';
        rv = apr_file_write_full(cli->out, line, sizeof(line), NULL);
        if (rv != APR_SUCCESS) {
            status = sst_error_set(&err, SST_UNAVAILABLE, rv,
                                   "the key cannot be written");
        }
    }
    sst_wipe(line, sizeof(line));
    return status == SST_OK ? SST_EXIT_DONE : sst_cli_failed(cli, &err);
}

static sst_exit_t keygen_run(const sst_cli_t *cli, int argc,
                             const char *const *argv)
{
    const sst_args_t *args = cli->args;

    if (args->last && args->promote != NULL) {
        return sst_cli_misused(cli, "--last and --promote are two steps: "
                               "between them, every server gets the file");
    }
    if (args->promote != NULL && args->promote[0] == '\0') {
        return sst_cli_misused(cli, "--promote wants the id of a key");
    }
    if (argc == 0 && (args->last || args->promote != NULL)) {
        return sst_cli_misused(cli, "--last and --promote want the name of a "
                               "key file");
    }
    return argc == 0 ? keygen_print(cli) : keygen_file(cli, argv[0]);
}

const sst_verb_t sst_verb_keygen = {
    .name = "keygen",
    .arguments = "[OPTION...] [PATH]",
    .summary = "makes a server key",
    .help =
        "Makes a new server key from the system's random numbers.\n"
        "\n"
        "With PATH, the name of a key file, the key goes into that file. A\n"
        "file that does not exist is made, readable by its owner only. In a\n"
        "file that exists the key is put on top: it seals from the next\n"
        "reload of httpd on (without one, where httpd's children may read\n"
        "the file), and the keys below it still open what they sealed. The\n"
        "file is replaced in one step and keeps its owner and mode.\n"
        "\n"
        "Several servers with one store have to know a key before one of\n"
        "them seals with it. With --last the new key is put below the\n"
        "others, where it opens only; when every server has the file,\n"
        "--promote makes no key but moves that one to the top.\n"
        "\n"
        "Without PATH, the key is written to the standard output as a line\n"
        "of a key file. It is a secret: send it to a file or a pipe.\n",
    .options = "lp",
    .arguments_max = 1,
    .run = keygen_run
};
