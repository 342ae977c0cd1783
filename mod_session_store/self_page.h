/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The page of self.c as HTML, and nothing for others. */
#ifndef SST_SELF_PAGE_H
#define SST_SELF_PAGE_H

#include <httpd.h>

#include "lib/admin.h"

/* What it shows. */
typedef struct sst_self_page_t {
    const apr_array_header_t *users;    /* const char *, one at least */
    const apr_array_header_t *sessions; /* sst_summary_t, newest first */
    const sst_row_t *own;               /* the session that asks */
    const char *token;                  /* for the form */
    const char *nonce;                  /* allows the page's style */
    int ended;                          /* sessions have just been ended */
} sst_self_page_t;

/* Names of the form's fields. */
#define SST_SELF_TOKEN "token"
#define SST_SELF_END "end"              /* a row in hex */
#define SST_SELF_OTHERS "others"

/* Sends it, its headers included. */
void sst_self_page_send(request_rec *r, const sst_self_page_t *page);

#endif
