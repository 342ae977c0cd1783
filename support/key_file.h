/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Changing a key file.
 *
 * It is replaced, never written in place: httpd may read it at any moment. The
 * new file, PATH.new, is made before the old one is read, and by one process
 * only, so that two changes at once cannot lose a key.
 */
#ifndef SST_KEY_FILE_H
#define SST_KEY_FILE_H

#include <apr_file_io.h>
#include <apr_pools.h>
#include <sys/stat.h>

#include "lib/keyring.h"

/* A key file on its way: what is stored now, and what replaces it. */
typedef struct sst_key_file_t {
    const char *path;           /* symbolic links resolved */
    const char *new_path;
    apr_file_t *new_file;
    int exists;
    struct stat info;           /* valid while exists */
    char *text;                 /* what is stored; of a file that does not
                                 * exist, what stands above its keys. Wiped
                                 * when the change is over */
    apr_size_t len;
    const sst_keyring_t *ring;  /* the keys in it; NULL when there is none */
} sst_key_file_t;

/* Makes the text that replaces a file's. *out is a buffer of *len bytes, which
 * the caller wipes, on failure too; NULL when the file stays as it is.
 */
typedef sst_status_t sst_key_file_edit_t(char **out, apr_size_t *len,
                                         const sst_key_file_t *file,
                                         void *baton, sst_error_t *err,
                                         apr_pool_t *pool);

/* Changes the file at `path`, or makes it, for its owner alone: `edit` says
 * how. Owner and mode stay, without the rights that a key file must never
 * grant. *file lives in `pool`. Expected: OK; what `edit` answers; CONFLICT
 * while another process changes it; INVALID when it is no key file; DENIED
 * where rights are missing, or are too wide; UNAVAILABLE when it cannot be
 * written.
 */
sst_status_t sst_key_file_change(sst_key_file_t *file, const char *path,
                                 sst_key_file_edit_t *edit, void *baton,
                                 sst_error_t *err,
                                 apr_pool_t *pool) SST_CHECKED;

/* Length of the first line, its end included. */
apr_size_t sst_key_file_line(const char *text, apr_size_t len);

/* How much of the text comes before the next key: comments, blank lines. */
apr_size_t sst_key_file_head(const char *text, apr_size_t len);

#endif
