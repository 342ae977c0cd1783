/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Keys, tickets and records as make_golden.py computed them from the format's
 * description: what is stored today has to be readable tomorrow.
 */

#include "tests/unit/unit.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#include "lib/carried.h"
#include "lib/entries.h"
#include "lib/meta.h"
#include "lib/not_before.h"
#include "lib/record.h"
#include "lib/ticket.h"
#include "tests/unit/memory_store.h"

#define VECTORS "tests/unit/golden/vectors.txt"

/* --- The file --- */

static char *read_file(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *text;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ,
                                   APR_OS_DEFAULT, pool), APR_SUCCESS);
    assert_int_equal(apr_file_info_get(&info, APR_FINFO_SIZE, file),
                     APR_SUCCESS);
    text = apr_pcalloc(pool, (apr_size_t) info.size + 1);
    assert_int_equal(apr_file_read_full(file, text, (apr_size_t) info.size,
                                        NULL), APR_SUCCESS);
    assert_int_equal(apr_file_close(file), APR_SUCCESS);
    return text;
}

static void add_field(apr_table_t *one, char *line)
{
    char *value = strchr(line, ' ');

    assert_non_null(value);
    *value++ = '\0';
    apr_table_addn(one, line, strcmp(value, "-") == 0 ? "" : value);
}

/* The cases of one kind: an array of apr_table_t *. */
static apr_array_header_t *cases_of(const char *kind, apr_pool_t *pool)
{
    apr_array_header_t *cases = apr_array_make(pool, 8,
                                               sizeof(apr_table_t *));
    const char *wanted = apr_pstrcat(pool, "[", kind, "]", NULL);
    char *text = read_file(unit_source_path(VECTORS, pool), pool);
    apr_table_t *one = NULL;
    char *rest = NULL;
    char *line = apr_strtok(text, "\n", &rest);

    while (line != NULL) {
        if (line[0] == '[') {
            one = apr_table_make(pool, 8);
            if (strcmp(line, wanted) == 0) {
                APR_ARRAY_PUSH(cases, apr_table_t *) = one;
            }
        }
        else {
            assert_non_null(one);
            add_field(one, line);
        }
        line = apr_strtok(NULL, "\n", &rest);
    }
    assert_in_range(cases->nelts, 1, 100);
    return cases;
}

static const apr_table_t *nth(const apr_array_header_t *cases, int i)
{
    return APR_ARRAY_IDX(cases, i, apr_table_t *);
}

/* --- Fields --- */

static const char *text_of(const apr_table_t *one, const char *name)
{
    const char *value = apr_table_get(one, name);

    assert_non_null(value);
    return value;
}

static sst_span_t bytes_of(const apr_table_t *one, const char *name,
                           apr_pool_t *pool)
{
    return unit_hex(text_of(one, name), pool);
}

static apr_uint64_t number_of(const apr_table_t *one, const char *name)
{
    apr_uint64_t number;

    assert_status(sst_decimal_decode(&number, unit_text(text_of(one, name))),
                  SST_OK);
    return number;
}

static sst_keyring_t *ring_of(const apr_table_t *one, const char *name,
                              apr_pool_t *pool)
{
    sst_keyring_t *ring;

    assert_status(sst_keyring_parse(&ring, unit_text(text_of(one, name)),
                                    VECTORS, NULL, pool), SST_OK);
    return ring;
}

static sst_scope_t scope_of(const apr_table_t *one)
{
    sst_scope_t scope;

    scope.tenant = text_of(one, "tenant");
    scope.cookie = text_of(one, "cookie");
    return scope;
}

/* --- Keys --- */

static void keys_are_derived_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("key", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        const sst_key_t *key = &ring_of(one, "line", *state)->keys[0];

        assert_span_equal(sst_span(key->id, SST_KEY_ID_LEN),
                          bytes_of(one, "id", *state));
        assert_span_equal(sst_span(key->ticket, SST_KEY_LEN),
                          bytes_of(one, "ticket", *state));
        assert_span_equal(sst_span(key->index, SST_KEY_LEN),
                          bytes_of(one, "index", *state));
        assert_span_equal(sst_span(key->data, SST_KEY_LEN),
                          bytes_of(one, "data", *state));
        assert_span_equal(sst_span(key->admin, SST_KEY_LEN),
                          bytes_of(one, "admin", *state));
    }
}

/* --- Tickets and rows --- */

static void tickets_are_read_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("ticket", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        sst_scope_t scope = scope_of(one);
        sst_ticket_t ticket;
        sst_row_t row;

        assert_status(sst_ticket_parse(&ticket,
                                       unit_text(text_of(one, "text")),
                                       ring_of(one, "key", *state), &scope,
                                       NULL), SST_OK);
        assert_span_equal(sst_span(ticket.id, SST_ID_LEN),
                          bytes_of(one, "id", *state));
        assert_span_equal(sst_span(ticket.secret, SST_SECRET_LEN),
                          bytes_of(one, "secret", *state));
        assert_true(ticket.revision == number_of(one, "revision"));
        assert_status(sst_ticket_row(&row, &ticket, &scope, NULL), SST_OK);
        assert_span_equal(sst_span(row.bytes, SST_ROW_LEN),
                          bytes_of(one, "row", *state));
    }
}

static void tickets_are_written_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("ticket", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        sst_scope_t scope = scope_of(one);
        char text[SST_TICKET_MAX + 1];
        sst_ticket_t ticket;

        memcpy(ticket.id, bytes_of(one, "id", *state).data, SST_ID_LEN);
        memcpy(ticket.secret, bytes_of(one, "secret", *state).data,
               SST_SECRET_LEN);
        ticket.revision = number_of(one, "revision");
        ticket.key = &ring_of(one, "key", *state)->keys[0];
        assert_status(sst_ticket_format(text, &ticket, &scope, NULL), SST_OK);
        assert_string_equal(text, text_of(one, "text"));
    }
}

static void users_have_the_rows_they_had(void **state)
{
    apr_array_header_t *cases = cases_of("user", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        sst_span_t name = bytes_of(one, "name", *state);
        sst_scope_t scope;
        sst_row_t row;

        scope.tenant = text_of(one, "tenant");
        scope.cookie = "any";
        assert_status(sst_user_row(&row, &ring_of(one, "key",
                                                  *state)->keys[0], &scope,
                                   apr_pstrmemdup(*state,
                                                  (const char *) name.data,
                                                  name.len), NULL), SST_OK);
        assert_span_equal(sst_span(row.bytes, SST_ROW_LEN),
                          bytes_of(one, "row", *state));
    }
}

/* --- Records --- */

/* A record of the file, and what opens it. */
typedef struct stored_t {
    sst_record_t record;
    sst_ticket_t ticket;
    sst_row_t row;
    sst_box_key_t key;
} stored_t;

static void read_stored(stored_t *out, const apr_table_t *one,
                        apr_pool_t *pool)
{
    sst_scope_t scope = scope_of(one);

    assert_status(sst_ticket_parse(&out->ticket,
                                   unit_text(text_of(one, "ticket")),
                                   ring_of(one, "key", pool), &scope, NULL),
                  SST_OK);
    assert_status(sst_ticket_row(&out->row, &out->ticket, &scope, NULL),
                  SST_OK);
    assert_status(sst_record_parse(&out->record,
                                   bytes_of(one, "value", pool), NULL),
                  SST_OK);
    out->key.key = out->ticket.key;
    out->key.row = &out->row;
    out->key.secret = out->ticket.secret;
}

static void headers_are_read_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("record", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        stored_t stored;

        read_stored(&stored, one, *state);
        assert_span_equal(sst_span(stored.record.version.token,
                                   SST_TOKEN_LEN),
                          bytes_of(one, "token", *state));
        assert_true(stored.record.version.revision
                    == number_of(one, "revision"));
        assert_true((apr_uint64_t) stored.record.created_s
                    == number_of(one, "created"));
        assert_true((apr_uint64_t) stored.record.deadline_s
                    == number_of(one, "deadline"));
        assert_memory_equal(stored.record.key_id, stored.ticket.key->id,
                            SST_KEY_ID_LEN);
    }
}

static void records_are_written_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("record", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        stored_t stored;

        read_stored(&stored, nth(cases, i), *state);
        assert_span_equal(sst_record_format(&stored.record, *state),
                          bytes_of(nth(cases, i), "value", *state));
    }
}

/* The box's plain text by the file, or the empty span. */
static sst_span_t plain_of(const apr_table_t *one, int kind,
                           apr_pool_t *pool)
{
    const char *name = apr_psprintf(pool, "plain%d", kind);

    return apr_table_get(one, name) ? bytes_of(one, name, pool)
                                    : sst_span(NULL, 0);
}

static void boxes_open_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("record", *state);
    int opened = 0;
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        stored_t stored;
        int kind;

        read_stored(&stored, one, *state);
        for (kind = 1; kind <= SST_BOX_KINDS; kind++) {
            const sst_box_t *box = &stored.record.boxes[kind - 1];
            sst_span_t plain;

            assert_status(sst_record_open(&plain, &stored.record,
                                          (sst_box_kind_t) kind, &stored.key,
                                          NULL, *state), SST_OK);
            assert_span_equal(plain, plain_of(one, kind, *state));
            if (box->bytes.len > 0) {
                opened |= 1 << (kind - 1) << (box->deflated ? 3 : 0);
                assert_true(box->revision
                            == number_of(one, apr_psprintf(*state,
                                                           "revision%d",
                                                           kind)));
            }
        }
    }
    /* Each kind, and two of them deflated. */
    assert_int_equal(opened, 0x1f);
}

/* --- Plain texts --- */

static const apr_table_t *first_record(apr_pool_t *pool)
{
    return nth(cases_of("record", pool), 0);
}

static void entries_are_written_and_read_as_before(void **state)
{
    sst_span_t plain = plain_of(first_record(*state), SST_BOX_DATA, *state);
    apr_table_t *read;
    apr_table_t *entries = apr_table_make(*state, 4);

    apr_table_setn(entries, "site-user", "alice");
    apr_table_setn(entries, "cart", "3 \xc3\xa4pfel & 1=2");
    apr_table_setn(entries, "empty", "");
    assert_span_equal(sst_entries_encode(entries, *state), plain);
    assert_status(sst_entries_decode(&read, plain, NULL, *state), SST_OK);
    assert_true(sst_entries_equal(read, entries, *state));
}

static void meta_is_written_and_read_as_before(void **state)
{
    const apr_table_t *one = first_record(*state);
    sst_span_t plain = plain_of(one, SST_BOX_META, *state);
    sst_meta_t meta;

    assert_status(sst_meta_decode(&meta, plain, NULL, *state), SST_OK);
    assert_true(meta.saved_s == 1700000123);
    assert_int_equal(meta.size, plain_of(one, SST_BOX_DATA, *state).len);
    assert_int_equal(meta.life_s, 1320);
    assert_string_equal(meta.client, "192.0.2.7");
    assert_string_equal(apr_array_pstrcat(*state, meta.users, ' '), "alice");
    assert_string_equal(apr_array_pstrcat(*state, meta.names, ' '),
                        "site-user cart empty");
    assert_span_equal(sst_meta_encode(&meta, *state), plain);
}

static void an_overlay_is_applied_as_before(void **state)
{
    const apr_table_t *one = nth(cases_of("record", *state), 2);
    apr_table_t *entries;
    apr_table_t *overlay;

    assert_status(sst_entries_decode(&entries, plain_of(one, SST_BOX_DATA,
                                                        *state),
                                     NULL, *state), SST_OK);
    assert_status(sst_entries_decode(&overlay, plain_of(one, SST_BOX_OVERLAY,
                                                        *state),
                                     NULL, *state), SST_OK);
    assert_non_null(apr_table_get(entries, "k7"));
    sst_entries_apply(entries, overlay);
    assert_null(apr_table_get(entries, "k7"));
    assert_string_equal(apr_table_get(entries, "role"), "guest");
}

static void what_browsers_carry_opens_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("carried", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        const sst_keyring_t *ring = ring_of(one, "key", *state);
        const sst_scope_t scope = scope_of(one);
        sst_span_t text = unit_text(text_of(one, "text"));
        sst_ticket_t ticket;
        sst_value_t value;
        sst_row_t row;

        assert_status(sst_ticket_parse(&ticket, sst_carried_ticket(text), ring,
                                       &scope, NULL), SST_OK);
        assert_status(sst_ticket_row(&row, &ticket, &scope, NULL), SST_OK);
        assert_status(sst_carried_open(&value, text, &ticket, &row, &scope,
                                       NULL, *state), SST_OK);
        assert_true(value.expires_s
                    == (apr_int64_t) number_of(one, "expires"));
        assert_span_equal(value.bytes, bytes_of(one, "value", *state));
    }
}

/* A second store that holds one entry, in its place. */
static sst_store_t *second_store(const apr_table_t *one, apr_pool_t *pool)
{
    sst_store_t *second;
    sst_row_t place;
    sst_row_t entry;

    assert_status(sst_row_from_hex(&place, unit_text(text_of(one, "place"))),
                  SST_OK);
    assert_status(sst_row_from_hex(&entry, unit_text(text_of(one, "entry"))),
                  SST_OK);
    assert_status(sst_store_open_with(&second, &sst_backend_memory, "memory:",
                                      0, NULL, NULL, pool), SST_OK);
    assert_status(second->ops->index_add(second, &place, &entry,
                                         APR_INT64_MAX / 2, APR_INT64_MAX,
                                         NULL, pool), SST_OK);
    return second;
}

static void the_end_of_a_users_sessions_is_read_as_before(void **state)
{
    apr_array_header_t *cases = cases_of("ended", *state);
    int i;

    for (i = 0; i < cases->nelts; i++) {
        const apr_table_t *one = nth(cases, i);
        sst_span_t name = bytes_of(one, "name", *state);
        sst_scope_t scope = { text_of(one, "tenant"), "" };
        sst_store_t store;
        apr_int64_t second_s;

        memset(&store, 0, sizeof(store));
        store.revocations = second_store(one, *state);
        assert_status(sst_not_before_get(
                          &second_s, &store,
                          &ring_of(one, "key", *state)->keys[0], &scope,
                          apr_pstrmemdup(*state, (const char *) name.data,
                                         name.len),
                          APR_INT64_MAX, NULL, *state), SST_OK);
        assert_true(second_s == (apr_int64_t) number_of(one, "second"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(keys_are_derived_as_before),
        UNIT_TEST(tickets_are_read_as_before),
        UNIT_TEST(tickets_are_written_as_before),
        UNIT_TEST(users_have_the_rows_they_had),
        UNIT_TEST(headers_are_read_as_before),
        UNIT_TEST(records_are_written_as_before),
        UNIT_TEST(boxes_open_as_before),
        UNIT_TEST(entries_are_written_and_read_as_before),
        UNIT_TEST(meta_is_written_and_read_as_before),
        UNIT_TEST(an_overlay_is_applied_as_before),
        UNIT_TEST(what_browsers_carry_opens_as_before),
        UNIT_TEST(the_end_of_a_users_sessions_is_read_as_before)
    };

    return cmocka_run_group_tests_name("golden vectors", tests, unit_start,
                                       unit_stop);
}
