/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Floors, below which no session store on Redis can be: what has to be done
 * for each request, and nothing else. There is one session for all browsers,
 * no expiry, no check of anything, and no failure but 503.
 *
 *   Floor PORT get      G: one GET, whose answer is thrown away
 *   Floor PORT decoded  S: GET and AES-256-GCM, decoded by mod_session
 *   Floor PORT entries  E: the same, handed to mod_session as entries
 *
 * hiredis' own blocking connection, one for each thread; ciphers are prepared
 * once for each thread; commands are formatted once.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_request.h>
#include <mod_session.h>

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define NONCE_LEN 12
#define TAG_LEN 16

module AP_MODULE_DECLARE_DATA floor_module;

typedef enum { FLOOR_GET, FLOOR_DECODED, FLOOR_ENTRIES } floor_mode_t;

typedef struct floor_conf_t {
    int port;                   /* 0: nothing to get here */
    floor_mode_t mode;
    const char *key;
    const char *get;            /* the command, formatted */
} floor_conf_t;

static __thread redisContext *connection;
static __thread EVP_CIPHER_CTX *opening;

static const unsigned char cipher_key[32] = "not a secret, not a secret, no.";

static const floor_conf_t *conf_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &floor_module);
}

/* --- Redis --- */

static redisReply *ask(const floor_conf_t *conf, const char *command,
                       apr_size_t len)
{
    void *reply = NULL;

    if (connection == NULL) {
        connection = redisConnect("127.0.0.1", conf->port);
    }
    if (connection == NULL || connection->err
        || redisAppendFormattedCommand(connection, command, len) != REDIS_OK
        || redisGetReply(connection, &reply) != REDIS_OK) {
        return NULL;
    }
    return reply;
}

static redisReply *get(const floor_conf_t *conf)
{
    return ask(conf, conf->get, strlen(conf->get));
}

static int get_once(request_rec *r)
{
    const floor_conf_t *conf = conf_of(r);
    redisReply *reply;
    int found;

    if (conf->port == 0 || conf->mode != FLOOR_GET || r->main != NULL) {
        return DECLINED;
    }
    reply = get(conf);
    found = reply != NULL && reply->type == REDIS_REPLY_STRING;
    freeReplyObject(reply);
    return found ? DECLINED : HTTP_SERVICE_UNAVAILABLE;
}

/* --- AES-256-GCM --- */

/* The plain text with a NUL behind it, or NULL. */
static char *opened(apr_size_t *len, const redisReply *reply,
                    apr_pool_t *pool)
{
    const unsigned char *sealed = (const unsigned char *) reply->str;
    unsigned char *plain;
    int done = 0;

    *len = (apr_size_t) reply->len - NONCE_LEN - TAG_LEN;
    plain = apr_palloc(pool, *len + 1);
    plain[*len] = '\0';
    if (opening == NULL) {
        opening = EVP_CIPHER_CTX_new();
        EVP_DecryptInit_ex(opening, EVP_aes_256_gcm(), NULL, cipher_key, NULL);
    }
    EVP_DecryptInit_ex(opening, NULL, NULL, NULL, sealed);
    EVP_DecryptUpdate(opening, plain, &done, sealed + NONCE_LEN, (int) *len);
    EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_GCM_SET_TAG, TAG_LEN,
                        (void *) (sealed + NONCE_LEN + *len));
    return EVP_DecryptFinal_ex(opening, plain + done, &done) == 1
        ? (char *) plain : NULL;
}

static char *sealed(const char *plain, apr_size_t len, apr_pool_t *pool)
{
    unsigned char *out = apr_palloc(pool, len + NONCE_LEN + TAG_LEN);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int done = 0;

    RAND_bytes(out, NONCE_LEN);
    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, cipher_key, out);
    EVP_EncryptUpdate(ctx, out + NONCE_LEN, &done,
                      (const unsigned char *) plain, (int) len);
    EVP_EncryptFinal_ex(ctx, out + NONCE_LEN + done, &done);
    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
                        out + NONCE_LEN + len);
    EVP_CIPHER_CTX_free(ctx);
    return (char *) out;
}

/* --- Entries, as names and values with a NUL each --- */

static void read_entries(apr_table_t *entries, const char *text,
                         apr_size_t len)
{
    const char *stop = text + len;

    while (text < stop) {
        const char *value = text + strlen(text) + 1;

        apr_table_addn(entries, text, value);
        text = value + strlen(value) + 1;
    }
}

static char *append(char *at, const char *text)
{
    apr_size_t len = strlen(text) + 1;

    memcpy(at, text, len);
    return at + len;
}

static char *write_entries(apr_size_t *len, const apr_table_t *entries,
                           apr_pool_t *pool)
{
    const apr_array_header_t *all = apr_table_elts(entries);
    char *text;
    char *at;
    int i;

    *len = 0;
    for (i = 0; i < all->nelts; i++) {
        apr_table_entry_t *entry = &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        *len += strlen(entry->key) + strlen(entry->val) + 2;
    }
    text = at = apr_palloc(pool, *len + 1);
    for (i = 0; i < all->nelts; i++) {
        apr_table_entry_t *entry = &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        at = append(at, entry->key);
        at = append(at, entry->val);
    }
    return text;
}

/* --- mod_session's hooks --- */

static session_rec *make_record(const floor_conf_t *conf, apr_pool_t *pool)
{
    session_rec *record = apr_pcalloc(pool, sizeof(*record));
    redisReply *reply = get(conf);
    apr_size_t len = 0;
    char *plain = NULL;

    record->pool = pool;
    record->entries = apr_table_make(pool, 12);
    if (reply != NULL && reply->type == REDIS_REPLY_STRING) {
        plain = opened(&len, reply, pool);
    }
    freeReplyObject(reply);
    if (plain != NULL && conf->mode == FLOOR_DECODED) {
        record->encoded = plain;
    }
    else if (plain != NULL) {
        read_entries(record->entries, plain, len);
    }
    return record;
}

static apr_status_t load(request_rec *r, session_rec **out)
{
    const floor_conf_t *conf = conf_of(r);
    session_rec *record;

    if (conf->port == 0 || conf->mode == FLOOR_GET) {
        return DECLINED;
    }
    record = ap_get_module_config(r->request_config, &floor_module);
    if (record == NULL) {
        record = make_record(conf, r->pool);
        ap_set_module_config(r->request_config, &floor_module, record);
    }
    *out = record;
    return OK;
}

static apr_status_t save(request_rec *r, session_rec *record)
{
    const floor_conf_t *conf = conf_of(r);
    const char *plain = record->encoded ? record->encoded : "";
    apr_size_t len = strlen(plain);
    const char *argv[5] = { "SET", conf->key, NULL, "PX", "3600000" };
    size_t lens[5] = { 3, strlen(conf->key), 0, 2, 7 };
    char *command;
    redisReply *reply;
    int command_len;
    int stored;

    if (conf->port == 0 || conf->mode == FLOOR_GET) {
        return DECLINED;
    }
    if (conf->mode == FLOOR_ENTRIES) {
        plain = write_entries(&len, record->entries, r->pool);
    }
    argv[2] = sealed(plain, len, r->pool);
    lens[2] = len + NONCE_LEN + TAG_LEN;
    command_len = (int) redisFormatCommandArgv(&command, 5, argv, lens);
    reply = ask(conf, command, (apr_size_t) command_len);
    stored = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    redisFreeCommand(command);
    return stored ? OK : APR_EGENERAL;
}

/* --- Configuration --- */

static void *create_conf(apr_pool_t *pool, char *folder)
{
    return apr_pcalloc(pool, sizeof(floor_conf_t));
}

static const char *set_floor(cmd_parms *cmd, void *config, const char *port,
                             const char *mode)
{
    static const char *const modes[] = { "get", "decoded", "entries" };
    floor_conf_t *conf = config;
    int i;

    conf->port = (int) apr_atoi64(port);
    conf->key = "floor";
    conf->get = "*2\r\n$3\r\nGET\r\n$5\r\nfloor\r\n";
    for (i = 0; i < 3; i++) {
        if (strcmp(mode, modes[i]) == 0) {
            conf->mode = (floor_mode_t) i;
            return NULL;
        }
    }
    return "Floor PORT get|decoded|entries";
}

static const command_rec commands[] = {
    AP_INIT_TAKE2("Floor", set_floor, NULL, ACCESS_CONF,
                  "port of a Redis, and what is done with it"),
    { NULL }
};

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_fixups(get_once, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_session_load(load, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_session_save(save, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(floor) = {
    STANDARD20_MODULE_STUFF, create_conf, NULL, NULL, NULL, commands,
    register_hooks, 0
};
