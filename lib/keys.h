/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Where a server's key ring comes from, and its exchange while the server runs.
 *
 * A ring itself never changes. Requests hold the one that is current; when its
 * file has changed, a new ring takes its place, and the old one is wiped as
 * soon as nobody holds it any more.
 *
 * The file is looked at by those who hold, at most every SST_KEYS_LOOK, and by
 * a process before its first hold. A key that appears on top opens at once, but
 * seals only after SST_KEYS_SETTLE: by then all processes know it, so that none
 * is shown a ticket whose key it has not read yet.
 */
#ifndef SST_KEYS_H
#define SST_KEYS_H

#include <apr_file_info.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "lib/keyring.h"
#include "lib/status.h"

#define SST_KEYS_LOOK apr_time_from_sec(2)
#define SST_KEYS_SETTLE apr_time_from_sec(10)

/* How long a program may take to print a ring. */
#define SST_KEYS_PROGRAM_TIMEOUT apr_time_from_sec(10)

/* Where a ring comes from: a key file, or a program that prints the text of
 * one. The texts belong to whoever fills this in.
 */
typedef struct sst_keys_source_t {
    const char *path;           /* of the file, or NULL */
    const char *const *argv;    /* program and arguments, NULL at the end; or
                                 * NULL */
} sst_keys_source_t;

/* What tells one state of a file from another. All zero: no file. */
typedef struct sst_keys_stamp_t {
    int exists;
    apr_ino_t inode;
    apr_off_t size;
    apr_time_t mtime;
    apr_time_t ctime;
} sst_keys_stamp_t;

/* Reads a ring from its source: the file, or what the program prints. *out
 * lives in `pool` and is wiped when the pool goes; *stamp says which state of
 * the file it is. Expected: as sst_keyring_load; of a program also UNAVAILABLE
 * and TIMEOUT.
 */
sst_status_t sst_keys_read(sst_keyring_t **out, sst_keys_stamp_t *stamp,
                           const sst_keys_source_t *source, sst_error_t *err,
                           apr_pool_t *pool) SST_CHECKED;

/* Looks whether there is a program that could be run, and runs nothing: for a
 * test of the configuration. Expected: OK; NOT_FOUND or DENIED.
 */
sst_status_t sst_keys_check_program(const sst_keys_source_t *source,
                                    sst_error_t *err,
                                    apr_pool_t *pool) SST_CHECKED;

/* A ring that may be exchanged. */
typedef struct sst_keys_t sst_keys_t;

/* Makes *out with a copy of `ring`, as sst_keys_read has read it. With `path`,
 * the file there is looked at while the server runs; NULL: the ring stays as it
 * is. Made before fork; every process then goes its own way. The copy is wiped
 * when `pool` goes. Expected: OK; INTERNAL.
 */
sst_status_t sst_keys_make(sst_keys_t **out, const sst_keyring_t *ring,
                           const char *path, const sst_keys_stamp_t *stamp,
                           sst_error_t *err, apr_pool_t *pool) SST_CHECKED;

typedef enum {
    SST_KEYS_SAME,              /* nothing new */
    SST_KEYS_NEW,               /* the ring was exchanged just now */
    SST_KEYS_KEPT               /* the file has changed and cannot be used; said
                                 * once for each change */
} sst_keys_news_t;

/* The current ring, held until `pool` goes. Looks at the file first, if that is
 * due at `now`. *news says what was found; *err is filled if it is KEPT. A file
 * that this process may not read is no news. Any thread may call.
 */
const sst_keyring_t *sst_keys_hold(sst_keys_news_t *news, sst_keys_t *keys,
                                   apr_time_t now, sst_error_t *err,
                                   apr_pool_t *pool);

#endif
