/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The symbols by which configurations are found: the module's own, the only
 * one that httpd can see of it, and mod_session's.
 */
#ifndef SST_MODULE_H
#define SST_MODULE_H

#include <httpd.h>
#include <http_config.h>

#include <mod_session.h>

/* mod_session's are weak, so that a configuration without it gets a sentence
 * and not the loader's "undefined symbol": whoever uses one includes this.
 */
#pragma weak session_module
#pragma weak ap_hook_session_encode
#pragma weak ap_hook_session_load
#pragma weak ap_hook_session_save

extern module AP_MODULE_DECLARE_DATA session_store_module
    __attribute__((visibility("default")));

#endif
