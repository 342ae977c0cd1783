/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* mod_session's text of the entries. Before it calls the provider that is to
 * save, it writes all entries as a form, for providers that store texts: with
 * each request that has changed its session, and with SessionMaxAge with every
 * one. Nobody reads that of our sessions, so it is made of no entries.
 */
#ifndef SST_ENCODE_H
#define SST_ENCODE_H

#include "mod_session_store/request.h"

/* Registers two hooks, close in front of mod_session's and close behind it:
 * other modules find record->entries as they are.
 */
void sst_encode_register(void);

/* Puts the entries back, should the second hook not have been reached. */
void sst_encode_reveal(sst_request_t *state);

#endif
