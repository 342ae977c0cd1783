/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Reading a ring from its source, and exchanging it under those who use it. */

#include "lib/keys.h"

#include <string.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "lib/clock.h"
#include "lib/transport/program.h"

/* --- Programs --- */

static sst_status_t read_program(sst_keyring_t **out, const char *const *argv,
                                 sst_error_t *err, apr_pool_t *pool)
{
    const char *what = apr_pstrcat(pool, "exec:", argv[0], NULL);
    unsigned char *text;
    apr_size_t len;
    sst_status_t status;

    *out = NULL;
    status = sst_program_output(&text, &len, argv, what,
                                sst_clock() + SST_KEYS_PROGRAM_TIMEOUT,
                                err, pool);
    if (status == SST_OK) {
        status = sst_keyring_parse(out, sst_span(text, len), what, err, pool);
        sst_wipe(text, len);
    }
    return status;
}

sst_status_t sst_keys_check_program(const sst_keys_source_t *source,
                                    sst_error_t *err, apr_pool_t *pool)
{
    const char *path = source->argv[0];
    apr_finfo_t info;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE, pool);

    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_NOT_FOUND, rv,
                             "there is no program %s", path);
    }
    if (info.filetype != APR_REG || access(path, X_OK) != 0) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "%s is not a program that can be run", path);
    }
    return SST_OK;
}

/* --- Files --- */

static sst_keys_stamp_t stamp_of(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;
    sst_keys_stamp_t stamp;

    memset(&stamp, 0, sizeof(stamp));
    if (apr_stat(&info, path, APR_FINFO_INODE | APR_FINFO_SIZE
                 | APR_FINFO_MTIME | APR_FINFO_CTIME, pool) == APR_SUCCESS) {
        stamp.exists = 1;
        stamp.inode = info.inode;
        stamp.size = info.size;
        stamp.mtime = info.mtime;
        stamp.ctime = info.ctime;
    }
    return stamp;
}

static int same_stamp(const sst_keys_stamp_t *a,
                      const sst_keys_stamp_t *b)
{
    return a->exists == b->exists && a->inode == b->inode
        && a->size == b->size && a->mtime == b->mtime
        && a->ctime == b->ctime;
}

/* --- Both --- */

sst_status_t sst_keys_read(sst_keyring_t **out, sst_keys_stamp_t *stamp,
                           const sst_keys_source_t *source, sst_error_t *err,
                           apr_pool_t *pool)
{
    if (source->path == NULL) {
        memset(stamp, 0, sizeof(*stamp));
        return read_program(out, source->argv, err, pool);
    }
    /* Before the file: what is written in between is then seen as new. */
    *stamp = stamp_of(source->path, pool);
    return sst_keyring_load(out, source->path, err, pool);
}

/* --- The current ring --- */

/* A ring and who holds it, in a pool of its own, with an allocator of its own:
 * it may begin and end in any thread.
 */
typedef struct held_t {
    sst_keys_t *keys;
    apr_pool_t *pool;
    int holders;                /* the requests, and `keys` while current */
    sst_keyring_t *ring;
} held_t;

struct sst_keys_t {
    const char *path;
    apr_thread_mutex_t *mutex;  /* guards everything below, and each holders */
    held_t *current;
    sst_keys_stamp_t stamp;     /* of the file when it was read last */
    apr_time_t next_look;       /* 0: before the first request */
    apr_time_t settled;         /* when the first key begins to seal; 0: it
                                 * does */
};

/* Expected: OK; INTERNAL. */
static sst_status_t make_held(held_t **out, sst_keys_t *keys,
                              const sst_keyring_t *ring, int seals,
                              sst_error_t *err)
{
    apr_pool_t *pool = NULL;
    held_t *held;
    sst_status_t status;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv, "no memory for keys");
    }
    held = apr_pcalloc(pool, sizeof(*held));
    held->keys = keys;
    held->pool = pool;
    held->holders = 1;
    status = sst_keyring_copy(&held->ring, ring, err, pool);
    if (status != SST_OK) {
        apr_pool_destroy(pool);
        return status;
    }
    held->ring->seals = seals;
    *out = held;
    return SST_OK;
}

/* Under the mutex. */
static void let_go(held_t *held)
{
    held->holders--;
    if (held->holders == 0) {
        apr_pool_destroy(held->pool);
    }
}

static apr_status_t release(void *data)
{
    held_t *held = data;
    apr_thread_mutex_t *mutex = held->keys->mutex;

    (void) apr_thread_mutex_lock(mutex);
    let_go(held);
    (void) apr_thread_mutex_unlock(mutex);
    return APR_SUCCESS;
}

static apr_status_t release_current(void *data)
{
    sst_keys_t *keys = data;

    return release(keys->current);
}

sst_status_t sst_keys_make(sst_keys_t **out, const sst_keyring_t *ring,
                           const char *path, const sst_keys_stamp_t *stamp,
                           sst_error_t *err, apr_pool_t *pool)
{
    sst_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));
    apr_status_t rv = apr_thread_mutex_create(&keys->mutex,
                                              APR_THREAD_MUTEX_DEFAULT, pool);

    sst_status_t status;

    *out = NULL;
    if (rv != APR_SUCCESS) {
        return sst_error_set(err, SST_INTERNAL, rv, "no mutex for keys");
    }
    keys->path = apr_pstrdup(pool, path);
    keys->stamp = *stamp;
    status = make_held(&keys->current, keys, ring, ring->seals, err);
    if (status != SST_OK) {
        return status;
    }
    apr_pool_cleanup_register(pool, keys, release_current,
                              apr_pool_cleanup_null);
    *out = keys;
    return SST_OK;
}

/* --- Looking at the file, under the mutex --- */

static int same_key(const sst_key_t *a, const sst_key_t *b)
{
    return memcmp(a->id, b->id, SST_KEY_ID_LEN) == 0;
}

static int same_keys(const sst_keyring_t *a, const sst_keyring_t *b)
{
    int i = 0;

    while (i < a->count && i < b->count
           && same_key(&a->keys[i], &b->keys[i])) {
        i++;
    }
    return i == a->count && i == b->count;
}

/* Which key of the new ring seals for now: the one that did, as long as it is
 * there.
 */
static int sealing_now(const sst_keyring_t *old, const sst_keyring_t *ring)
{
    const sst_key_t *sealing = sst_keyring_find(ring,
                                                sst_keyring_sealing(old)->id);

    return sealing != NULL ? (int) (sealing - ring->keys) : 0;
}

static sst_keys_news_t exchange(sst_keys_t *keys, const sst_keyring_t *ring,
                                int seals, sst_error_t *err)
{
    held_t *held;

    if (make_held(&held, keys, ring, seals, err) != SST_OK) {
        return SST_KEYS_KEPT;
    }
    let_go(keys->current);
    keys->current = held;
    return SST_KEYS_NEW;
}

static sst_keys_news_t take_over(sst_keys_t *keys, const sst_keyring_t *ring,
                                 apr_time_t now, sst_error_t *err)
{
    const sst_keyring_t *old = keys->current->ring;
    int seals;

    if (same_keys(old, ring)) {
        return SST_KEYS_SAME;
    }
    seals = sealing_now(old, ring);
    if (seals == 0) {
        keys->settled = 0;
    }
    else if (keys->settled == 0 || !same_key(&old->keys[0], &ring->keys[0])) {
        keys->settled = now + SST_KEYS_SETTLE;
    }
    return exchange(keys, ring, seals, err);
}

static sst_keys_news_t read_again(sst_keys_t *keys, apr_time_t now,
                                  sst_error_t *err, apr_pool_t *pool)
{
    sst_keyring_t *ring;
    sst_error_t failure;

    sst_error_clear(&failure);
    if (sst_keyring_reload(&ring, keys->path, &failure, pool) == SST_OK) {
        return take_over(keys, ring, now, err);
    }
    /* Nothing else is to be expected of a file that only root may read. */
    if (APR_STATUS_IS_EACCES(failure.os)) {
        return SST_KEYS_SAME;
    }
    *err = failure;
    return SST_KEYS_KEPT;
}

static sst_keys_news_t look(sst_keys_t *keys, apr_time_t now,
                            sst_error_t *err, apr_pool_t *pool)
{
    sst_keys_stamp_t stamp = stamp_of(keys->path, pool);

    keys->next_look = now + SST_KEYS_LOOK;
    if (keys->settled != 0 && now >= keys->settled
        && exchange(keys, keys->current->ring, 0, err) == SST_KEYS_NEW) {
        keys->settled = 0;
    }
    if (same_stamp(&stamp, &keys->stamp)) {
        return SST_KEYS_SAME;
    }
    keys->stamp = stamp;
    return read_again(keys, now, err, pool);
}

/* A clock that was set back must not keep anybody from looking. */
static int look_is_due(const sst_keys_t *keys, apr_time_t now)
{
    return keys->path != NULL
        && (now >= keys->next_look
            || now < keys->next_look - SST_KEYS_LOOK);
}

const sst_keyring_t *sst_keys_hold(sst_keys_news_t *news, sst_keys_t *keys,
                                   apr_time_t now, sst_error_t *err,
                                   apr_pool_t *pool)
{
    held_t *held;

    *news = SST_KEYS_SAME;
    (void) apr_thread_mutex_lock(keys->mutex);
    if (look_is_due(keys, now)) {
        apr_pool_t *scratch;

        apr_pool_create(&scratch, pool);
        *news = look(keys, now, err, scratch);
        apr_pool_destroy(scratch);
    }
    held = keys->current;
    held->holders++;
    (void) apr_thread_mutex_unlock(keys->mutex);
    apr_pool_cleanup_register(pool, held, release, apr_pool_cleanup_null);
    return held->ring;
}
