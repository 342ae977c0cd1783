/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading a key file and deriving what sessions need from its keys. */

#include "lib/keyring.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "lib/private_file.h"

#define KEY_PREFIX "key1:"
#define KEY_PREFIX_LEN (sizeof(KEY_PREFIX) - 1)
#define PASSPHRASE_PREFIX "passphrase:"
#define KEY_FILE_MAX 65536

/* What makes a key of a passphrase: 64 MiB of memory, half a second or so. The
 * salt is fixed, so that all servers that know the passphrase have the same
 * key.
 */
#define SCRYPT_SALT "mod_session_store passphrase 1"
#define SCRYPT_N 65536
#define SCRYPT_R 8
#define SCRYPT_P 2

/* A text on its way to a ring. */
typedef struct source_t {
    const char *name;           /* for messages */
    int may_stretch;            /* there is time for scrypt */
    int line;                   /* the number of the line at hand */
} source_t;

static apr_status_t wipe_ring(void *data)
{
    sst_keyring_t *ring = data;

    sst_wipe(ring->keys, SST_KEYRING_MAX * sizeof(*ring->keys));
    ring->count = 0;
    return APR_SUCCESS;
}

static sst_keyring_t *make_ring(apr_pool_t *pool)
{
    sst_keyring_t *ring = apr_pcalloc(pool, sizeof(*ring));

    ring->keys = apr_pcalloc(pool, SST_KEYRING_MAX * sizeof(*ring->keys));
    apr_pool_cleanup_register(pool, ring, wipe_ring, apr_pool_cleanup_null);
    return ring;
}

/* --- Derivation --- */

static sst_status_t derive(unsigned char *out, apr_size_t len,
                           const unsigned char *raw, const char *use,
                           sst_error_t *err)
{
    return sst_hkdf(out, len, sst_span(raw, SST_KEY_LEN),
                    sst_span(NULL, 0), sst_span_text(use), err);
}

static sst_status_t derive_key(sst_key_t *out, const unsigned char *raw,
                               sst_error_t *err)
{
    sst_status_t status;

    status = derive(out->id, sizeof(out->id), raw, "sst1 key id", err);
    if (status == SST_OK) {
        status = derive(out->ticket, sizeof(out->ticket), raw,
                        "sst1 ticket", err);
    }
    if (status == SST_OK) {
        status = derive(out->index, sizeof(out->index), raw,
                        "sst1 index", err);
    }
    if (status == SST_OK) {
        status = derive(out->data, sizeof(out->data), raw, "sst1 data", err);
    }
    if (status == SST_OK) {
        status = derive(out->admin, sizeof(out->admin), raw,
                        "sst1 admin", err);
    }
    return status;
}

static sst_status_t prepare_mac(const sst_mac_t **out,
                                const unsigned char key[SST_KEY_LEN],
                                sst_error_t *err, apr_pool_t *pool)
{
    sst_mac_t *mac;
    sst_status_t status = sst_mac_create(&mac, sst_span(key, SST_KEY_LEN),
                                         err, pool);

    *out = mac;
    return status;
}

static sst_status_t prepare_hkdf(const sst_mac_t **out,
                                 const unsigned char material[SST_KEY_LEN],
                                 sst_error_t *err, apr_pool_t *pool)
{
    sst_mac_t *prepared;
    sst_status_t status = sst_hkdf_prepare(&prepared,
                                           sst_span(material, SST_KEY_LEN),
                                           sst_span(NULL, 0), err, pool);

    *out = prepared;
    return status;
}

/* What requests need of a key, computed ahead. */
static sst_status_t prepare_ring(sst_keyring_t *ring, sst_error_t *err,
                                 apr_pool_t *pool)
{
    sst_status_t status = SST_OK;
    int i;

    for (i = 0; i < ring->count && status == SST_OK; i++) {
        sst_key_t *key = &ring->keys[i];

        status = prepare_mac(&key->ticket_mac, key->ticket, err, pool);
        if (status == SST_OK) {
            status = prepare_mac(&key->index_mac, key->index, err, pool);
        }
        if (status == SST_OK) {
            status = prepare_hkdf(&key->data_hkdf, key->data, err, pool);
        }
        if (status == SST_OK) {
            status = prepare_hkdf(&key->admin_hkdf, key->admin, err, pool);
        }
    }
    return status;
}

/* --- Text --- */

static sst_span_t trimmed(sst_span_t text)
{
    while (text.len > 0 && apr_isspace(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && apr_isspace(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* The line at the front of *rest, which moves behind it. */
static sst_span_t next_line(sst_span_t *rest)
{
    const unsigned char *end = memchr(rest->data, '\n', rest->len);
    apr_size_t len = end ? (apr_size_t) (end - rest->data) : rest->len;
    sst_span_t line = sst_span(rest->data, len);
    apr_size_t taken = end ? len + 1 : len;

    rest->data += taken;
    rest->len -= taken;
    return line;
}

/* What follows `prefix` at the front of a line; 0 when it is not there. */
static int after_prefix(sst_span_t *out, sst_span_t line, const char *prefix)
{
    apr_size_t len = strlen(prefix);

    if (line.len < len || memcmp(line.data, prefix, len) != 0) {
        return 0;
    }
    *out = sst_span(line.data + len, line.len - len);
    return 1;
}

/* How many characters a text in UTF-8 has. */
static apr_size_t characters(sst_span_t text)
{
    apr_size_t count = 0;
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        count += (text.data[i] & 0xc0) != 0x80;
    }
    return count;
}

static sst_status_t stretch(unsigned char raw[SST_KEY_LEN],
                            sst_span_t passphrase, const source_t *source,
                            sst_error_t *err)
{
    if (characters(passphrase) < SST_PASSPHRASE_MIN) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s, line %d: a passphrase needs %d characters at "
                             "least; better still is a key, as `htsession "
                             "keygen` makes it", source->name, source->line,
                             SST_PASSPHRASE_MIN);
    }
    if (!source->may_stretch) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s, line %d is a passphrase, which takes too "
                             "long to read beside requests; reload httpd to "
                             "use this file", source->name, source->line);
    }
    return sst_scrypt(raw, SST_KEY_LEN, passphrase,
                      sst_span_text(SCRYPT_SALT), SCRYPT_N, SCRYPT_R,
                      SCRYPT_P, err);
}

static sst_status_t read_raw(unsigned char raw[SST_KEY_LEN], sst_span_t line,
                             const source_t *source, sst_error_t *err)
{
    sst_span_t text;

    if (after_prefix(&text, line, PASSPHRASE_PREFIX)) {
        return stretch(raw, trimmed(text), source, err);
    }
    if (after_prefix(&text, line, KEY_PREFIX)
        && sst_base64url_decode(raw, SST_KEY_LEN, text) == SST_OK) {
        return SST_OK;
    }
    return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                         "%s, line %d is not a key: a key is \"key1:\" "
                         "and 43 characters, as `htsession keygen` "
                         "writes it, or \"passphrase:\" and a text of %d "
                         "characters or more", source->name, source->line,
                         SST_PASSPHRASE_MIN);
}

static sst_status_t parse_key(sst_key_t *out, sst_span_t line,
                              const source_t *source, sst_error_t *err)
{
    unsigned char raw[SST_KEY_LEN];
    sst_status_t status = read_raw(raw, line, source, err);

    if (status == SST_OK) {
        status = derive_key(out, raw, err);
    }
    sst_wipe(raw, sizeof(raw));
    return status;
}

static sst_status_t add_line(sst_keyring_t *ring, sst_span_t line,
                             const source_t *source, sst_error_t *err)
{
    sst_key_t *key;
    sst_status_t status;

    if (line.len == 0 || line.data[0] == '#') {
        return SST_OK;
    }
    if (ring->count == SST_KEYRING_MAX) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s, line %d: a ring holds at most %d keys; "
                             "drop the oldest", source->name, source->line,
                             SST_KEYRING_MAX);
    }
    key = &ring->keys[ring->count];
    status = parse_key(key, line, source, err);
    if (status != SST_OK) {
        return status;
    }
    if (sst_keyring_find(ring, key->id) != NULL) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s, line %d: this key stands in the file twice",
                             source->name, source->line);
    }
    ring->count++;
    return SST_OK;
}

static sst_status_t parse(sst_keyring_t **out, sst_span_t text,
                          source_t *source, sst_error_t *err,
                          apr_pool_t *pool)
{
    sst_keyring_t *ring = make_ring(pool);

    *out = NULL;
    while (text.len > 0) {
        sst_span_t line = trimmed(next_line(&text));
        sst_status_t status;

        source->line++;
        status = add_line(ring, line, source, err);
        if (status != SST_OK) {
            return status;
        }
    }
    if (ring->count == 0) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%s holds no key; `htsession keygen %s` puts "
                             "one in", source->name, source->name);
    }
    if (prepare_ring(ring, err, pool) != SST_OK) {
        return SST_INTERNAL;
    }
    *out = ring;
    return SST_OK;
}

sst_status_t sst_keyring_parse(sst_keyring_t **out, sst_span_t text,
                               const char *name, sst_error_t *err,
                               apr_pool_t *pool)
{
    source_t source = { name, 1, 0 };

    return parse(out, text, &source, err, pool);
}

/* --- File --- */

static sst_status_t check_file(apr_file_t *file, const char *path,
                               apr_size_t *size, sst_error_t *err)
{
    sst_status_t status = sst_private_file_check(file, path, err);
    apr_finfo_t info;
    apr_status_t rv;

    *size = 0;
    if (status != SST_OK) {
        return status;
    }
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv != APR_SUCCESS || info.size > KEY_FILE_MAX) {
        return sst_error_set(err, SST_INVALID, rv,
                             "%s is larger than %d bytes: not a key file",
                             path, KEY_FILE_MAX);
    }
    *size = (apr_size_t) info.size;
    return SST_OK;
}

static sst_status_t open_failed(apr_status_t rv, const char *path,
                                sst_error_t *err)
{
    if (APR_STATUS_IS_ENOENT(rv) || APR_STATUS_IS_ENOTDIR(rv)) {
        return sst_error_set(err, SST_NOT_FOUND, rv,
                             "%s does not exist; `htsession keygen %s` "
                             "makes it", path, path);
    }
    return sst_error_set(err, SST_DENIED, rv, "%s cannot be read", path);
}

static sst_status_t parse_file(sst_keyring_t **out, apr_file_t *file,
                               source_t *source, sst_error_t *err,
                               apr_pool_t *pool)
{
    const char *path = source->name;
    unsigned char *text;
    apr_size_t size;
    apr_size_t got = 0;
    apr_status_t rv;
    sst_status_t status = check_file(file, path, &size, err);

    if (status != SST_OK) {
        return status;
    }
    text = apr_palloc(pool, size + 1);
    rv = apr_file_read_full(file, text, size, &got);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        status = sst_error_set(err, SST_DENIED, rv, "%s cannot be read",
                               path);
    }
    else {
        status = parse(out, sst_span(text, got), source, err, pool);
    }
    sst_wipe(text, size);
    return status;
}

static sst_status_t load(sst_keyring_t **out, source_t *source,
                         sst_error_t *err, apr_pool_t *pool)
{
    const char *path = source->name;
    apr_file_t *file = NULL;
    sst_status_t status;
    /* Non-blocking: opening a FIFO would else wait for somebody to write. */
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ
                                    | APR_FOPEN_BINARY | APR_FOPEN_NONBLOCK,
                                    APR_OS_DEFAULT, pool);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return open_failed(rv, path, err);
    }
    status = parse_file(out, file, source, err, pool);
    (void) apr_file_close(file);
    return status;
}

sst_status_t sst_keyring_load(sst_keyring_t **out, const char *path,
                              sst_error_t *err, apr_pool_t *pool)
{
    source_t source = { path, 1, 0 };

    return load(out, &source, err, pool);
}

sst_status_t sst_keyring_reload(sst_keyring_t **out, const char *path,
                                sst_error_t *err, apr_pool_t *pool)
{
    source_t source = { path, 0, 0 };

    return load(out, &source, err, pool);
}

/* --- Keys --- */

sst_status_t sst_keyring_copy(sst_keyring_t **out, const sst_keyring_t *ring,
                              sst_error_t *err, apr_pool_t *pool)
{
    sst_keyring_t *copy = make_ring(pool);
    sst_status_t status;

    copy->count = ring->count;
    copy->seals = ring->seals;
    memcpy(copy->keys, ring->keys,
           (apr_size_t) ring->count * sizeof(ring->keys[0]));
    status = prepare_ring(copy, err, pool);
    *out = status == SST_OK ? copy : NULL;
    return status;
}

const sst_key_t *sst_keyring_sealing(const sst_keyring_t *ring)
{
    return &ring->keys[ring->seals];
}

const sst_key_t *sst_keyring_find(const sst_keyring_t *ring,
                                  const unsigned char id[SST_KEY_ID_LEN])
{
    int i;

    for (i = 0; i < ring->count; i++) {
        if (memcmp(ring->keys[i].id, id, SST_KEY_ID_LEN) == 0) {
            return &ring->keys[i];
        }
    }
    return NULL;
}

sst_status_t sst_keyring_generate(char out[SST_KEY_LINE_LEN + 1],
                                  sst_error_t *err)
{
    unsigned char raw[SST_KEY_LEN];
    sst_status_t status = sst_random(raw, sizeof(raw), err);

    out[0] = '\0';
    if (status == SST_OK) {
        memcpy(out, KEY_PREFIX, KEY_PREFIX_LEN);
        sst_base64url_encode(out + KEY_PREFIX_LEN,
                             sst_span(raw, sizeof(raw)));
    }
    sst_wipe(raw, sizeof(raw));
    return status;
}
