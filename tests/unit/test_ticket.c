/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Tickets: only those that were made here, for this cookie and tenant, check;
 * rows and users have digests that tenants do not share.
 */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/ticket.h"

static const sst_scope_t scope = { "shop.example", "session" };

static void mint(sst_ticket_t *ticket, const sst_keyring_t *ring)
{
    assert_status(sst_ticket_mint(ticket, &ring->keys[0], NULL), SST_OK);
}

static void format(char text[SST_TICKET_MAX + 1], const sst_ticket_t *ticket,
                   const sst_scope_t *where)
{
    assert_status(sst_ticket_format(text, ticket, where, NULL), SST_OK);
}

static sst_status_t parse(sst_ticket_t *out, sst_span_t text,
                          const sst_keyring_t *ring, const sst_scope_t *where)
{
    sst_span_t copy = unit_exact_copy(text);
    sst_status_t status;

    memset(out, 7, sizeof(*out));
    status = sst_ticket_parse(out, copy, ring, where, NULL);
    unit_exact_free(copy);
    return status;
}

static void assert_no_ticket(sst_span_t text, const sst_keyring_t *ring,
                             const sst_scope_t *where)
{
    sst_ticket_t ticket;

    assert_status(parse(&ticket, text, ring, where), SST_INVALID);
    assert_zero(&ticket, sizeof(ticket));
}

/* --- Making and reading --- */

static void each_ticket_has_an_id_and_a_secret_of_its_own(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    sst_ticket_t a;
    sst_ticket_t b;

    mint(&a, ring);
    mint(&b, ring);
    assert_memory_not_equal(a.id, b.id, SST_ID_LEN);
    assert_memory_not_equal(a.secret, b.secret, SST_SECRET_LEN);
    assert_memory_not_equal(a.id, a.secret, SST_ID_LEN);
    assert_true(a.revision == 0);
    assert_ptr_equal(a.key, &ring->keys[0]);
}

static void what_is_written_is_read(void **state)
{
    static const apr_uint64_t revisions[] = {
        0, 1, 42, APR_UINT64_C(4294967296), APR_UINT64_C(9223372036854775807)
    };
    sst_keyring_t *ring = unit_ring("1", *state);
    apr_size_t i;

    for (i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
        char text[SST_TICKET_MAX + 1];
        sst_ticket_t made;
        sst_ticket_t read;

        mint(&made, ring);
        made.revision = revisions[i];
        format(text, &made, &scope);
        assert_in_range(strlen(text), 32 + 22 + 1 + 16 + 3, SST_TICKET_MAX);
        assert_status(parse(&read, unit_text(text), ring, &scope), SST_OK);
        assert_memory_equal(read.id, made.id, SST_ID_LEN);
        assert_memory_equal(read.secret, made.secret, SST_SECRET_LEN);
        assert_true(read.revision == made.revision);
        assert_ptr_equal(read.key, made.key);
    }
}

static void a_revision_beyond_all_tickets_gives_none(void **state)
{
    char text[SST_TICKET_MAX + 1] = "something";
    sst_ticket_t ticket;
    sst_error_t err;

    mint(&ticket, unit_ring("1", *state));
    ticket.revision = APR_UINT64_MAX;
    sst_error_clear(&err);
    assert_status(sst_ticket_format(text, &ticket, &scope, &err),
                  SST_INTERNAL);
    assert_error(&err, SST_INTERNAL);
    assert_zero(text, sizeof(text));
}

static void a_ticket_needs_no_quoting_in_a_cookie(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;

    mint(&ticket, ring);
    format(text, &ticket, &scope);
    assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
                     strlen(text));
}

/* --- Forgery --- */

static void every_flipped_bit_is_invalid(void **state)
{
    sst_keyring_t *ring = unit_ring("123", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    apr_size_t bit;

    mint(&ticket, ring);
    ticket.revision = 12345;
    format(text, &ticket, &scope);
    for (bit = 0; bit < strlen(text) * 8; bit++) {
        sst_span_t copy = unit_text(apr_pstrdup(*state, text));

        ((unsigned char *) copy.data)[bit / 8] ^= (unsigned char) (1
                                                                   << bit % 8);
        assert_no_ticket(copy, ring, &scope);
    }
}

static void every_truncation_is_invalid(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    apr_size_t len;

    mint(&ticket, ring);
    format(text, &ticket, &scope);
    for (len = 0; len < strlen(text); len++) {
        assert_no_ticket(sst_span(text, len), ring, &scope);
        assert_no_ticket(sst_span(text + strlen(text) - len, len), ring,
                         &scope);
    }
}

static void every_byte_more_is_invalid(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    apr_size_t place;

    mint(&ticket, ring);
    format(text, &ticket, &scope);
    for (place = 0; place <= strlen(text); place++) {
        static const char more[] = "0.=A \"-";
        const char *c;

        for (c = more; *c != '\0'; c++) {
            char *longer = apr_psprintf(*state, "%.*s%c%s", (int) place, text,
                                        *c, text + place);

            assert_no_ticket(unit_text(longer), ring, &scope);
        }
    }
}

static void a_ticket_has_one_spelling(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    char *upper;
    char *c;
    char *id_end;

    mint(&ticket, ring);
    /* An id with a letter in it, whatever was drawn. */
    ticket.id[0] = 0xab;
    ticket.revision = 7;
    format(text, &ticket, &scope);
    upper = apr_pstrdup(*state, text);
    for (c = upper; *c != '.'; c++) {
        if (*c >= 'a') {
            *c = (char) (*c - 'a' + 'A');
        }
    }
    assert_no_ticket(unit_text(upper), ring, &scope);
    id_end = strstr(text, ".7.");
    assert_non_null(id_end);
    *id_end = '\0';
    assert_no_ticket(unit_text(apr_psprintf(*state, "%s.07.%s", text,
                                            id_end + 3)), ring, &scope);
    assert_no_ticket(unit_text(apr_psprintf(*state, "%s.+7.%s", text,
                                            id_end + 3)), ring, &scope);
    assert_no_ticket(unit_text(apr_psprintf(*state, "%s.7.%s", text,
                                            id_end + 3 + 1)), ring, &scope);
    assert_no_ticket(unit_text(apr_psprintf(*state, "\"%s.7.%s\"", text,
                                            id_end + 3)), ring, &scope);
}

static void what_is_no_ticket_at_all_is_invalid(void **state)
{
    static const char *const texts[] = {
        "", ".", "..", "...", "....", "a.b.c.d", "deleted", "null",
        "00000000000000000000000000000000",
        "00000000000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAA.0.",
        ("00000000000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAA.0."
         "AAAAAAAAAAAAAAAA"),
        ("00000000000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAA."
         "99999999999999999999.AAAAAAAAAAAAAAAA")
    };
    sst_keyring_t *ring = unit_ring("1", *state);
    char *huge = apr_palloc(*state, 100000);
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_no_ticket(unit_text(texts[i]), ring, &scope);
    }
    memset(huge, '.', 100000);
    assert_no_ticket(sst_span(huge, 100000), ring, &scope);
    assert_no_ticket(sst_span(NULL, 0), ring, &scope);
}

static void a_part_of_another_ticket_is_invalid(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char a[SST_TICKET_MAX + 1];
    char b[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    int part;

    mint(&ticket, ring);
    ticket.revision = 1;
    format(a, &ticket, &scope);
    mint(&ticket, ring);
    ticket.revision = 2;
    format(b, &ticket, &scope);
    for (part = 0; part < 4; part++) {
        static const int begin[] = { 0, 33, 56, 58 };
        static const int len[] = { 32, 22, 1, 16 };
        char *mixed = apr_pstrdup(*state, a);

        memcpy(mixed + begin[part], b + begin[part], (size_t) len[part]);
        assert_no_ticket(unit_text(mixed), ring, &scope);
    }
}

/* --- Scope --- */

static void a_ticket_of_another_place_is_invalid(void **state)
{
    static const sst_scope_t others[] = {
        { "shop.example", "session2" },
        { "shop.example", "sessio" },
        { "shop.example", "Session" },
        { "shop.example", "" },
        { "shop2.example", "session" },
        { "Shop.example", "session" },
        { "", "session" },
        { "session", "shop.example" },
        /* the same letters, cut at another place */
        { "hop.example", "sessions" },
        { "nshop.example", "sessio" }
    };
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;
    apr_size_t i;

    mint(&ticket, ring);
    format(text, &ticket, &scope);
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_no_ticket(unit_text(text), ring, &others[i]);
    }
}

static void an_empty_tenant_is_a_tenant(void **state)
{
    static const sst_scope_t nobody = { "", "session" };
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t made;
    sst_ticket_t read;

    mint(&made, ring);
    format(text, &made, &nobody);
    assert_status(parse(&read, unit_text(text), ring, &nobody), SST_OK);
    assert_no_ticket(unit_text(text), ring, &scope);
}

static const char *text_of(apr_size_t len, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, len + 1);

    memset(text, 't', len);
    text[len] = '\0';
    return text;
}

static void the_longest_scope_works(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_scope_t longest;
    sst_ticket_t made;
    sst_ticket_t read;
    sst_row_t row;

    longest.tenant = text_of(SST_SCOPE_TEXT_MAX, *state);
    longest.cookie = longest.tenant;
    mint(&made, ring);
    format(text, &made, &longest);
    assert_status(parse(&read, unit_text(text), ring, &longest), SST_OK);
    assert_status(sst_ticket_row(&row, &made, &longest, NULL), SST_OK);
    assert_status(sst_user_row(&row, made.key, &longest, "user", NULL),
                  SST_OK);
}

static void a_scope_that_is_too_long_is_an_error_and_not_cut(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1] = "x";
    sst_scope_t too_long;
    sst_ticket_t ticket;
    sst_error_t err;
    sst_row_t row;

    too_long.tenant = text_of(4 * SST_SCOPE_TEXT_MAX, *state);
    too_long.cookie = "session";
    mint(&ticket, ring);
    sst_error_clear(&err);
    assert_status(sst_ticket_format(text, &ticket, &too_long, &err),
                  SST_INVALID);
    assert_error(&err, SST_INVALID);
    assert_string_equal(text, "");
    memset(&row, 7, sizeof(row));
    assert_status(sst_ticket_row(&row, &ticket, &too_long, NULL),
                  SST_INVALID);
    assert_zero(&row, sizeof(row));
    memset(&row, 7, sizeof(row));
    assert_status(sst_user_row(&row, ticket.key, &too_long, "user", NULL),
                  SST_INVALID);
    assert_zero(&row, sizeof(row));
}

/* --- Rings --- */

static void a_ticket_of_an_older_key_still_checks(void **state)
{
    sst_keyring_t *before = unit_ring("1", *state);
    sst_keyring_t *after = unit_ring("321", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t made;
    sst_ticket_t read;

    mint(&made, before);
    format(text, &made, &scope);
    assert_status(parse(&read, unit_text(text), after, &scope), SST_OK);
    assert_ptr_equal(read.key, &after->keys[2]);
    assert_memory_equal(read.id, made.id, SST_ID_LEN);
}

static void a_ticket_of_a_key_that_has_gone_is_invalid(void **state)
{
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;

    mint(&ticket, unit_ring("1", *state));
    format(text, &ticket, &scope);
    assert_no_ticket(unit_text(text), unit_ring("23", *state), &scope);
}

static void a_forged_ticket_is_described_once_and_without_its_text(
    void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    sst_ticket_t ticket;
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_ticket_parse(&ticket, unit_text("forged!"), ring,
                                   &scope, &err), SST_INVALID);
    assert_error(&err, SST_INVALID);
    assert_null(strstr(err.text, "forged!"));
}

/* --- Rows --- */

static void a_row_names_a_session_of_one_tenant(void **state)
{
    static const sst_scope_t other_cookie = { "shop.example", "other" };
    static const sst_scope_t other_tenant = { "shop2.example", "session" };
    sst_keyring_t *ring = unit_ring("12", *state);
    sst_ticket_t ticket;
    sst_ticket_t another;
    sst_row_t row;
    sst_row_t again;

    mint(&ticket, ring);
    another = ticket;
    another.revision = 77;
    another.secret[0] ^= 1;
    assert_status(sst_ticket_row(&row, &ticket, &scope, NULL), SST_OK);
    assert_status(sst_ticket_row(&again, &another, &scope, NULL), SST_OK);
    assert_memory_equal(&row, &again, sizeof(row));
    assert_status(sst_ticket_row(&again, &ticket, &other_cookie, NULL),
                  SST_OK);
    assert_memory_equal(&row, &again, sizeof(row));
    assert_status(sst_ticket_row(&again, &ticket, &other_tenant, NULL),
                  SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
    another.id[15] ^= 1;
    assert_status(sst_ticket_row(&again, &another, &scope, NULL), SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
    ticket.key = &ring->keys[1];
    assert_status(sst_ticket_row(&again, &ticket, &scope, NULL), SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
}

static void a_users_row_depends_on_name_tenant_and_key(void **state)
{
    static const sst_scope_t other_tenant = { "shop2.example", "session" };
    sst_keyring_t *ring = unit_ring("12", *state);
    sst_row_t row;
    sst_row_t again;

    assert_status(sst_user_row(&row, &ring->keys[0], &scope, "alice", NULL),
                  SST_OK);
    assert_status(sst_user_row(&again, &ring->keys[0], &scope, "alice", NULL),
                  SST_OK);
    assert_memory_equal(&row, &again, sizeof(row));
    assert_status(sst_user_row(&again, &ring->keys[0], &scope, "Alice", NULL),
                  SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
    assert_status(sst_user_row(&again, &ring->keys[0], &other_tenant, "alice",
                               NULL), SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
    assert_status(sst_user_row(&again, &ring->keys[1], &scope, "alice", NULL),
                  SST_OK);
    assert_memory_not_equal(&row, &again, sizeof(row));
}

static void a_users_name_may_be_empty_or_huge(void **state)
{
    sst_keyring_t *ring = unit_ring("1", *state);
    sst_row_t empty;
    sst_row_t huge;
    sst_row_t huger;

    assert_status(sst_user_row(&empty, &ring->keys[0], &scope, "", NULL),
                  SST_OK);
    assert_status(sst_user_row(&huge, &ring->keys[0], &scope,
                               text_of(100000, *state), NULL), SST_OK);
    assert_status(sst_user_row(&huger, &ring->keys[0], &scope,
                               text_of(100001, *state), NULL), SST_OK);
    assert_memory_not_equal(&empty, &huge, sizeof(huge));
    assert_memory_not_equal(&huge, &huger, sizeof(huge));
}

/* --- Forms --- */

static const char *form_token(const sst_ticket_t *ticket,
                              const sst_scope_t *place, apr_pool_t *pool)
{
    char *token = apr_palloc(pool, SST_FORM_TOKEN_TEXT + 1);

    assert_status(sst_ticket_form_token(token, ticket, place, NULL), SST_OK);
    assert_int_equal(strlen(token), SST_FORM_TOKEN_TEXT);
    return token;
}

static void a_forms_token_belongs_to_one_session(void **state)
{
    static const sst_scope_t here = { "shop.example", "session" };
    static const sst_scope_t there = { "other.example", "session" };
    const sst_keyring_t *ring = unit_ring("12", *state);
    sst_ticket_t ticket;
    sst_ticket_t other;
    const char *token;

    assert_status(sst_ticket_mint(&ticket, &ring->keys[0], NULL), SST_OK);
    token = form_token(&ticket, &here, *state);
    other = ticket;
    other.revision = 7;
    assert_string_equal(form_token(&other, &here, *state), token);
    assert_string_not_equal(form_token(&ticket, &there, *state), token);
    other.secret[3] ^= 1;
    assert_string_not_equal(form_token(&other, &here, *state), token);
    other = ticket;
    other.id[3] ^= 1;
    assert_string_not_equal(form_token(&other, &here, *state), token);
    other = ticket;
    other.key = &ring->keys[1];
    assert_string_not_equal(form_token(&other, &here, *state), token);
}

static void a_forms_token_says_nothing_of_the_ticket(void **state)
{
    static const sst_scope_t here = { "shop.example", "session" };
    const sst_keyring_t *ring = unit_ring("1", *state);
    char text[SST_TICKET_MAX + 1];
    sst_ticket_t ticket;

    assert_status(sst_ticket_mint(&ticket, &ring->keys[0], NULL), SST_OK);
    assert_status(sst_ticket_format(text, &ticket, &here, NULL), SST_OK);
    assert_null(strstr(text, form_token(&ticket, &here, *state)));
}

static void where_there_is_no_form_token_it_is_empty(void **state)
{
    const sst_keyring_t *ring = unit_ring("1", *state);
    sst_scope_t place = { NULL, "session" };
    char tenant[SST_SCOPE_TEXT_MAX + 700];
    char token[SST_FORM_TOKEN_TEXT + 1] = "x";
    sst_ticket_t ticket;

    memset(tenant, 'x', sizeof(tenant) - 1);
    tenant[sizeof(tenant) - 1] = '\0';
    place.tenant = tenant;
    assert_status(sst_ticket_mint(&ticket, &ring->keys[0], NULL), SST_OK);
    assert_status(sst_ticket_form_token(token, &ticket, &place, NULL),
                  SST_INVALID);
    assert_string_equal(token, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_ticket_has_an_id_and_a_secret_of_its_own),
        UNIT_TEST(what_is_written_is_read),
        UNIT_TEST(a_revision_beyond_all_tickets_gives_none),
        UNIT_TEST(a_ticket_needs_no_quoting_in_a_cookie),
        UNIT_TEST(every_flipped_bit_is_invalid),
        UNIT_TEST(every_truncation_is_invalid),
        UNIT_TEST(every_byte_more_is_invalid),
        UNIT_TEST(a_ticket_has_one_spelling),
        UNIT_TEST(what_is_no_ticket_at_all_is_invalid),
        UNIT_TEST(a_part_of_another_ticket_is_invalid),
        UNIT_TEST(a_ticket_of_another_place_is_invalid),
        UNIT_TEST(an_empty_tenant_is_a_tenant),
        UNIT_TEST(the_longest_scope_works),
        UNIT_TEST(a_scope_that_is_too_long_is_an_error_and_not_cut),
        UNIT_TEST(a_ticket_of_an_older_key_still_checks),
        UNIT_TEST(a_ticket_of_a_key_that_has_gone_is_invalid),
        UNIT_TEST(a_forged_ticket_is_described_once_and_without_its_text),
        UNIT_TEST(a_row_names_a_session_of_one_tenant),
        UNIT_TEST(a_users_row_depends_on_name_tenant_and_key),
        UNIT_TEST(a_users_name_may_be_empty_or_huge),
        UNIT_TEST(a_forms_token_belongs_to_one_session),
        UNIT_TEST(a_forms_token_says_nothing_of_the_ticket),
        UNIT_TEST(where_there_is_no_form_token_it_is_empty)
    };

    return cmocka_run_group_tests_name("ticket", tests, unit_start,
                                       unit_stop);
}
