/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Owner, mode and kind of a file with a secret. */

#include "lib/private_file.h"

#include <unistd.h>

sst_status_t sst_private_file_check(apr_file_t *file, const char *path,
                                    sst_error_t *err)
{
    apr_finfo_t info;
    apr_status_t rv = apr_file_info_get(&info, APR_FINFO_OWNER
                                        | APR_FINFO_PROT | APR_FINFO_TYPE,
                                        file);

    if (rv != APR_SUCCESS || info.filetype != APR_REG) {
        return sst_error_set(err, SST_INVALID, rv,
                             "%s is not a regular file", path);
    }
    if (info.user != 0 && info.user != geteuid()) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "%s belongs to another user; `chown root %s`",
                             path, path);
    }
    if (info.protection & (APR_FPROT_GWRITE | APR_FPROT_WREAD
                           | APR_FPROT_WWRITE)) {
        return sst_error_set(err, SST_DENIED, APR_SUCCESS,
                             "%s can be read or written by others; "
                             "`chmod 600 %s`", path, path);
    }
    return SST_OK;
}
