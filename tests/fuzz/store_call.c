/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The operations of a store, and what may come of them. */

#include "tests/fuzz/store_call.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define EXPIRES_S 1800003600

static const sst_row_t row = { { 0x0a, 0x0a, 0x0a } };
static const sst_row_t user = { { 0x0b, 0x0b, 0x0b } };
static const sst_version_t version = { { 1, 2, 3 }, 7 };

/* A value whose version is the one above, with a revision of 8. */
static const unsigned char value[SST_VERSION_LEN + 4] = {
    1, 2, 3, [SST_VERSION_LEN - 1] = 8, 'b', 'o', 'd', 'y'
};

const sst_row_t *store_row(void)
{
    return &row;
}

const sst_row_t *store_user(void)
{
    return &user;
}

static void hear(void *baton, const sst_store_t *store, sst_status_t status,
                 const char *text)
{
    (void) baton;
    (void) store;
    (void) status;
    fuzz_require(text[0] != '\0' && fuzz_is_line(text), "a notice is one line");
}

sst_store_t *store_ready(const char *url, int argc, const char *const *argv,
                         apr_pool_t *pool)
{
    sst_store_t *store;
    sst_error_t err;

    sst_error_clear(&err);
    fuzz_require(sst_store_open(&store, url, argc, argv, &err, pool)
                 == SST_OK, "the store is opened");
    store->notify = hear;
    fuzz_require(store->ops->start(store, &err, pool) == SST_OK,
                 "the store is started");
    return store;
}

/* Statuses that the contract expects of an operation, as bits. */
#define BIT(status) (1u << (status))

static void check(sst_status_t status, unsigned int expected,
                  const sst_error_t *err)
{
    if (status == SST_OK || (expected & BIT(status)) != 0) {
        return;
    }
    fuzz_require(status == SST_UNAVAILABLE || status == SST_TIMEOUT
                 || status == SST_DENIED || status == SST_CORRUPT
                 || status == SST_INTERNAL || status == SST_TOO_BIG,
                 "whatever a server says, it is a failure of a known kind");
    fuzz_require(err->status != SST_OK && err->text[0] != '\0'
                 && fuzz_is_line(err->text), "a failure says what it is");
}

static void check_value(const sst_value_t *out, sst_status_t status)
{
    if (status == SST_OK) {
        fuzz_require(out->bytes.len >= SST_VERSION_LEN,
                     "a value has a version");
    }
    else {
        fuzz_require(out->bytes.len == 0, "a failure leaves no value");
    }
}

static sst_status_t each(void *baton, const sst_row_t *found,
                         const sst_value_t *in, apr_pool_t *pool)
{
    (void) pool;
    fuzz_require(found != NULL, "a record has a row");
    /* What is damaged may be shown as an empty value. */
    if (in->bytes.len > 0) {
        check_value(in, SST_OK);
    }
    return ++*(int *) baton < 20 ? SST_OK : SST_TOO_BIG;
}

static void tell(void *baton, sst_finding_t finding, const char *name,
                 const char *text)
{
    (void) baton;
    (void) finding;
    fuzz_require(fuzz_is_line(name) && fuzz_is_line(text),
                 "a finding is one line");
}

static void call_reading(sst_store_t *store, unsigned int choice,
                         apr_time_t deadline, apr_pool_t *pool)
{
    const apr_uint64_t revisions[] = { 0, 3, SST_REVISION_LATEST };
    sst_value_t out;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    memset(&out, 0xee, sizeof(out));
    status = store->ops->get(&out, store, &row, revisions[choice % 3],
                             deadline, &err, pool);
    check(status, BIT(SST_NOT_FOUND), &err);
    check_value(&out, status);
}

static void call_writing(sst_store_t *store, unsigned int choice,
                         apr_time_t deadline, apr_pool_t *pool)
{
    const sst_version_t *expected = choice % 2 == 0 ? NULL : &version;
    sst_error_t err;

    sst_error_clear(&err);
    switch (choice % 3) {
    case 0:
        check(store->ops->put(store, &row, sst_span(value, sizeof(value)),
                              EXPIRES_S, expected, deadline, &err, pool),
              BIT(SST_CONFLICT) | BIT(SST_NOT_FOUND), &err);
        return;
    case 1:
        check(store->ops->remove(store, &row, expected, deadline, &err, pool),
              BIT(SST_CONFLICT) | BIT(SST_NOT_FOUND), &err);
        return;
    default:
        check(store->ops->touch(store, &row, EXPIRES_S, deadline, &err, pool),
              BIT(SST_NOT_FOUND), &err);
        return;
    }
}

static void call_index(sst_store_t *store, unsigned int choice,
                       apr_time_t deadline, apr_pool_t *pool)
{
    apr_array_header_t *rows = NULL;
    sst_error_t err;
    sst_status_t status;

    sst_error_clear(&err);
    switch (choice % 3) {
    case 0:
        status = store->ops->index_list(&rows, store, &user, deadline, &err,
                                        pool);
        fuzz_require(status != SST_OK || rows != NULL, "a list is there");
        break;
    case 1:
        status = store->ops->index_add(store, &user, &row, EXPIRES_S,
                                       deadline, &err, pool);
        break;
    default:
        status = store->ops->index_remove(store, &user, &row, deadline, &err,
                                          pool);
        break;
    }
    check(status, 0, &err);
}

static void call_looking(sst_store_t *store, unsigned int choice,
                         apr_time_t deadline, apr_pool_t *pool)
{
    sst_examiner_t examiner = { tell, NULL, 0, 0 };
    sst_purge_t purge = { 0, 0, 0 };
    sst_error_t err;
    int count = 0;

    sst_error_clear(&err);
    switch (choice % 3) {
    case 0:
        check(store->ops->scan(store, each, &count, &err, pool),
              BIT(SST_TOO_BIG), &err);
        return;
    case 1:
        check(store->ops->examine(store, &examiner, deadline, &err, pool), 0,
              &err);
        return;
    default:
        check(store->ops->purge(&purge, store, EXPIRES_S, 1000, &err, pool),
              0, &err);
        return;
    }
}

void store_call(sst_store_t *store, unsigned int choice, apr_time_t deadline,
                apr_pool_t *pool)
{
    choice %= STORE_CALLS;
    if (choice < 3) {
        call_reading(store, choice, deadline, pool);
    }
    else if (choice < 9) {
        call_writing(store, choice, deadline, pool);
    }
    else if (choice < 12) {
        call_index(store, choice, deadline, pool);
    }
    else {
        call_looking(store, choice, deadline, pool);
    }
}
