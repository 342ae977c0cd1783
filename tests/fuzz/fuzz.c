/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the fuzz targets have in common. */

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

/* The keys of tests/unit/golden/vectors.txt. */
static const char keys[] =
    "key1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
    "key1:KqULR8kjQt3aHcy3dOUOSX11ljLbLDqLhrManXN_gVE\n";

/* Its first ticket. */
static const char ticket_text[] =
    "101112131415161718191a1b1c1d1e1f.8PHy8_T19vf4-fr7_P3-_w.1."
    "Ca1Ow0kr_ryKCN-5";

static const sst_scope_t scope = { "shop.example", "session" };

/* Lives as long as the process. */
static apr_pool_t *lasting;

static void drop_lasting_pool(void)
{
    apr_pool_destroy(lasting);
}

apr_pool_t *fuzz_lasting_pool(void)
{
    unsigned char byte;

    if (lasting == NULL) {
        fuzz_require(apr_initialize() == APR_SUCCESS, "APR starts");
        fuzz_require(apr_pool_create(&lasting, NULL) == APR_SUCCESS,
                     "there is a pool");
        /* Rings hold what OpenSSL has allocated, and have to go before it: what
         * is registered last runs first, and OpenSSL registers at its first
         * use.
         */
        fuzz_require(sst_random(&byte, 1, NULL) == SST_OK
                     && atexit(drop_lasting_pool) == 0, "it will end");
    }
    return lasting;
}

apr_pool_t *fuzz_pool(void)
{
    static apr_pool_t *pool;

    if (pool == NULL) {
        fuzz_require(apr_pool_create(&pool, fuzz_lasting_pool()) == APR_SUCCESS,
                     "there is a pool");
    }
    apr_pool_clear(pool);
    return pool;
}

void fuzz_require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s: this does not hold: %s\n", fuzz_target, what);
        abort();
    }
}

int fuzz_same(sst_span_t a, sst_span_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data,
                                                   a.len) == 0);
}

int fuzz_is_line(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text < ' ' || *text == 0x7f) {
            return 0;
        }
    }
    return 1;
}

const sst_keyring_t *fuzz_ring(void)
{
    static sst_keyring_t *ring;

    if (ring == NULL) {
        fuzz_require(sst_keyring_parse(&ring, sst_span_text(keys), "keys",
                                       NULL, fuzz_lasting_pool()) == SST_OK,
                     "the keys are read");
    }
    return ring;
}

const sst_scope_t *fuzz_scope(void)
{
    return &scope;
}

const sst_box_key_t *fuzz_box_key(void)
{
    static sst_ticket_t ticket;
    static sst_row_t row;
    static sst_box_key_t key;

    if (key.key == NULL) {
        fuzz_require(sst_ticket_parse(&ticket, sst_span_text(ticket_text),
                                      fuzz_ring(), &scope, NULL) == SST_OK
                     && sst_ticket_row(&row, &ticket, &scope,
                                       NULL) == SST_OK,
                     "the ticket is read");
        key.key = ticket.key;
        key.row = &row;
        key.secret = ticket.secret;
    }
    return &key;
}
