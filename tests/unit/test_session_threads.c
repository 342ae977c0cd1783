/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Sessions that many threads use at once: no change is lost, and what one of
 * them has ended is ended for all.
 */

#include "tests/unit/unit.h"

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "tests/unit/session_rig.h"

#define CLIENTS_MAX 8

/* A client that saves its own entry again and again, each time after loading
 * the session anew, as requests do. Counts what cmocka, which belongs to the
 * main thread, then looks at.
 */
typedef struct client_t {
    const rig_t *rig;
    const char *ticket;
    int number;
    int changes;                /* how many it makes */
    int made;                   /* saves that answered that they were done */
    int gone;                   /* times that the session was found ended */
    int failed;                 /* anything else */
    int ends_at;                /* change with which it ends it, 0 for none */
} client_t;

static apr_time_t client_deadline(void)
{
    return apr_time_now() + apr_time_from_sec(120);
}

static sst_status_t change_entry(client_t *client, int value,
                                 apr_pool_t *pool)
{
    sst_span_t candidate = sst_span_text(client->ticket);
    sst_session_t *session;
    sst_outcome_t outcome;
    apr_table_t *entries;
    sst_status_t status = sst_session_load(&session, &client->rig->site,
                                           &candidate, 1, client_deadline(),
                                           NULL, pool);

    if (status != SST_OK) {
        return status;
    }
    if (value == client->ends_at) {
        return sst_session_end(session, client_deadline(), NULL, pool);
    }
    entries = apr_table_copy(pool, session->base);
    apr_table_set(entries, apr_psprintf(pool, "client-%d", client->number),
                  apr_itoa(pool, value));
    status = sst_session_save(&outcome, session, entries, 0,
                              client_deadline(), NULL, pool);
    if (status == SST_OK && outcome.saved == SST_SAVED_GONE) {
        return SST_NOT_FOUND;
    }
    return status;
}

static void *APR_THREAD_FUNC run_client(apr_thread_t *thread, void *data)
{
    client_t *client = data;
    int value;

    for (value = 1; value <= client->changes; value++) {
        apr_pool_t *pool;
        sst_status_t status;

        if (apr_pool_create(&pool, apr_thread_pool_get(thread))
            != APR_SUCCESS) {
            client->failed++;
            return NULL;
        }
        status = change_entry(client, value, pool);
        client->made += status == SST_OK;
        client->gone += status == SST_NOT_FOUND;
        client->failed += status != SST_OK && status != SST_NOT_FOUND;
        apr_pool_destroy(pool);
    }
    return NULL;
}

static void make_clients(client_t *clients, int count, rig_t *rig,
                         const char *ticket, int changes)
{
    int i;

    memset(clients, 0, sizeof(*clients) * (apr_size_t) count);
    for (i = 0; i < count; i++) {
        clients[i].rig = rig;
        clients[i].ticket = ticket;
        clients[i].number = i;
        clients[i].changes = changes;
    }
}

static void run_clients(client_t *clients, int count, apr_pool_t *pool)
{
    apr_thread_t *threads[CLIENTS_MAX];
    apr_status_t rv;
    int i;

    for (i = 0; i < count; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, run_client,
                                           &clients[i], pool), APR_SUCCESS);
    }
    for (i = 0; i < count; i++) {
        assert_int_equal(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
    }
}

static void no_change_of_many_clients_is_lost(int count, int changes,
                                              apr_pool_t *pool)
{
    client_t clients[CLIENTS_MAX];
    const apr_table_t *entries;
    sst_session_t *session;
    const char *ticket;
    rig_t rig;
    int i;

    rig_make(&rig, pool);
    ticket = rig_login(&rig, "first=1");
    make_clients(clients, count, &rig, ticket, changes);
    run_clients(clients, count, pool);
    session = rig_session(&rig, ticket);
    entries = session->base;
    for (i = 0; i < count; i++) {
        assert_int_equal(clients[i].failed, 0);
        assert_int_equal(clients[i].made, changes);
        assert_string_equal(apr_table_get(entries,
                                          apr_psprintf(pool, "client-%d",
                                                       i)),
                            apr_itoa(pool, changes));
    }
    /* One revision for each change: none was written over another. */
    assert_true(session->version.revision
                == (apr_uint64_t) (1 + count * changes));
    assert_string_equal(apr_table_get(entries, "first"), "1");
}

static void two_clients_keep_a_thousand_changes(void **state)
{
    no_change_of_many_clients_is_lost(2, 500, *state);
}

static void eight_clients_keep_every_change(void **state)
{
    no_change_of_many_clients_is_lost(CLIENTS_MAX, 40, *state);
}

static void a_session_ended_among_many_clients_stays_ended(void **state)
{
    client_t clients[CLIENTS_MAX];
    const char *ticket;
    rig_t rig;
    int i;

    rig_make(&rig, *state);
    ticket = rig_login(&rig, "s-user=alice");
    make_clients(clients, CLIENTS_MAX, &rig, ticket, 40);
    clients[0].ends_at = 10;
    run_clients(clients, CLIENTS_MAX, *state);
    assert_string_equal(rig_finds(&rig, ticket), "not found");
    assert_int_equal(sst_memory_records(rig.store), 0);
    assert_int_equal(sst_memory_index_entries(rig.store), 0);
    assert_int_equal(clients[0].made, 10);
    for (i = 0; i < CLIENTS_MAX; i++) {
        assert_int_equal(clients[i].failed, 0);
        assert_int_equal(clients[i].made + clients[i].gone, 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(two_clients_keep_a_thousand_changes),
        UNIT_TEST(eight_clients_keep_every_change),
        UNIT_TEST(a_session_ended_among_many_clients_stays_ended)
    };

    return cmocka_run_group_tests_name("sessions of many threads", tests,
                                       unit_start, unit_stop);
}
