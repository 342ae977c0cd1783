/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The module's own symbol, by which its configuration is found: the only one
 * that httpd can see.
 */
#ifndef SST_MODULE_H
#define SST_MODULE_H

#include <httpd.h>
#include <http_config.h>

extern module AP_MODULE_DECLARE_DATA session_store_module
    __attribute__((visibility("default")));

#endif
