/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Items as JSON and back, whatever is in them; and what errors mean. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

#include "lib/backends/dynamodb_fault.h"
#include "lib/backends/dynamodb_item.h"

static const sst_dynamodb_t binary_table = {
    .table = "sessions", .key_name = "sid", .ttl_name = "exp"
};
static const sst_dynamodb_t text_table = {
    .table = "sessions", .key_name = "username", .key_is_text = 1,
    .ttl_name = "exp"
};

static sst_version_t version_of(apr_byte_t token, apr_uint64_t revision)
{
    sst_version_t version;

    memset(version.token, token, sizeof(version.token));
    version.revision = revision;
    return version;
}

static sst_span_t value_of(const sst_version_t *version, const char *body,
                           apr_pool_t *pool)
{
    apr_size_t len = SST_VERSION_LEN + strlen(body);
    sst_writer_t writer = sst_writer(apr_palloc(pool, len), len);

    sst_write_bytes(&writer, sst_span(version->token, SST_TOKEN_LEN));
    sst_write_u64(&writer, version->revision);
    sst_write_bytes(&writer, sst_span_text(body));
    return sst_written(&writer);
}

static json_t *item_of(const sst_dynamodb_t *table,
                       const sst_version_t *version, int writer,
                       apr_pool_t *pool)
{
    sst_row_t row;

    memset(row.bytes, 0xa5, sizeof(row.bytes));
    return sst_dynamodb_encode(table, &row, value_of(version, "body", pool),
                               version, writer, 12345, pool);
}

static void what_was_encoded_is_decoded(void **state)
{
    static const sst_dynamodb_t *const tables[] = {
        &binary_table, &text_table
    };
    sst_version_t version = version_of(7, 42);
    sst_value_t value;
    sst_row_t row;
    json_t *item;
    int i;

    for (i = 0; i < 2; i++) {
        item = item_of(tables[i], &version, 3, *state);
        assert_status(sst_dynamodb_decode(&value, tables[i], item, NULL,
                                          *state), SST_OK);
        assert_span_equal(value.bytes, value_of(&version, "body", *state));
        assert_true(sst_version_equal(&value.version, &version));
        assert_int_equal(value.expires_s, 12345);
        assert_status(sst_dynamodb_get_row(&row, tables[i], item, *state),
                      SST_OK);
        assert_int_equal(row.bytes[31], 0xa5);
        json_decref(item);
    }
}

static void an_item_that_is_no_session_is_corrupt(void **state)
{
    static const char *const names[] = { "exp", "rev", "tok", "val", NULL };
    static const char *const values[] = {
        "{\"S\":\"1\"}", "{\"N\":\"-1\"}", "{\"N\":\"1e3\"}", "{\"B\":\"=\"}",
        "{\"B\":\"%%%%\"}", "{\"NULL\":true}", "{}", "[]", "1", NULL
    };
    sst_version_t version = version_of(7, 42);
    const char *const *name;
    const char *const *text;
    sst_value_t value;
    sst_error_t err;
    json_t *item;

    for (name = names; *name != NULL; name++) {
        for (text = values; *text != NULL; text++) {
            item = item_of(&binary_table, &version, 3, *state);
            json_object_set_new(item, *name, json_loads(*text,
                                                        JSON_DECODE_ANY,
                                                        NULL));
            sst_error_clear(&err);
            assert_status(sst_dynamodb_decode(&value, &binary_table, item,
                                              &err, *state), SST_CORRUPT);
            assert_error(&err, SST_CORRUPT);
            assert_int_equal(value.bytes.len, 0);
            json_decref(item);
        }
    }
}

static void a_key_of_the_other_kind_is_no_row(void **state)
{
    sst_version_t version = version_of(7, 42);
    json_t *item = item_of(&binary_table, &version, 0, *state);
    sst_dynamodb_t other = text_table;
    sst_row_t row;

    other.key_name = "sid";
    assert_status(sst_dynamodb_get_row(&row, &other, item, *state),
                  SST_CORRUPT);
    assert_zero(&row, sizeof(row));
    json_decref(item);
}

/* The item after `first` (writer 3) and a later write of another writer. */
static json_t *overwritten(const sst_version_t *first, int writer,
                           apr_uint64_t revision, apr_pool_t *pool)
{
    sst_version_t later = version_of(9, revision);
    json_t *item = item_of(&binary_table, &later, writer, pool);

    if (writer != 3) {
        json_object_set_new(item, sst_dynamodb_slot(3, pool),
                            sst_dynamodb_slot_value(first, pool));
    }
    return item;
}

static void our_write_is_known_by_its_token(void **state)
{
    sst_version_t first = version_of(7, 42);
    sst_version_t rival = version_of(8, 42);
    sst_version_t next = version_of(7, 43);
    json_t *item = item_of(&binary_table, &first, 3, *state);

    assert_true(sst_dynamodb_landed(item, &first, 3, 0, *state));
    assert_false(sst_dynamodb_landed(item, &rival, 3, 1, *state));
    assert_false(sst_dynamodb_landed(item, &next, 3, 1, *state));
    json_decref(item);
}

static void a_lost_write_is_seen_below_those_of_others(void **state)
{
    sst_version_t first = version_of(7, 42);
    sst_version_t rival = version_of(8, 42);
    json_t *item = overwritten(&first, 5, 4711, *state);

    assert_true(sst_dynamodb_landed(item, &first, 3, 1, *state));
    assert_false(sst_dynamodb_landed(item, &rival, 3, 1, *state));
    assert_false(sst_dynamodb_landed(item, &first, 3, 0, *state));
    assert_false(sst_dynamodb_landed(item, &first, 4, 1, *state));
    json_decref(item);
}

static void a_number_that_another_process_used_shows_no_write(void **state)
{
    sst_version_t first = version_of(7, 42);
    json_t *item = overwritten(&first, 3, 44, *state);

    assert_false(sst_dynamodb_landed(item, &first, 3, 1, *state));
    json_decref(item);
}

static void errors_are_known_with_and_without_a_prefix(void **state)
{
    (void) state;
    assert_int_equal(sst_dynamodb_fault(
        400, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailed"
        "Exception", ""), SST_DYNAMODB_CONDITION);
    assert_int_equal(sst_dynamodb_fault(
        400, "com.amazon.coral.availability#ThrottlingException", ""),
        SST_DYNAMODB_THROTTLED);
    assert_int_equal(sst_dynamodb_fault(
        400, "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflict"
        "Exception", ""), SST_DYNAMODB_BUSY);
    assert_int_equal(sst_dynamodb_fault(
        400, "com.amazon.coral.service#ExpiredTokenException", ""),
        SST_DYNAMODB_IDENTITY);
    assert_int_equal(sst_dynamodb_fault(400, "AccessDeniedException", ""),
                     SST_DYNAMODB_RIGHTS);
    assert_int_equal(sst_dynamodb_fault(400, "SomethingNew", ""),
                     SST_DYNAMODB_REFUSED);
}

static void a_refused_signature_is_told_from_a_wrong_clock(void **state)
{
    static const char *const type
        = "com.amazon.coral.service#InvalidSignatureException";

    (void) state;
    assert_int_equal(sst_dynamodb_fault(
        400, type, "Signature expired: 20150830T123600Z is now earlier than"
        " 20150830T124100Z"), SST_DYNAMODB_CLOCK);
    assert_int_equal(sst_dynamodb_fault(
        400, type, "Signature not yet current: 20150830T123600Z is still"
        " later than 20150830T123000Z"), SST_DYNAMODB_CLOCK);
    assert_int_equal(sst_dynamodb_fault(
        400, type, "The request signature we calculated does not match"),
        SST_DYNAMODB_RIGHTS);
}

static void codes_without_a_type_are_judged_by_their_number(void **state)
{
    (void) state;
    assert_int_equal(sst_dynamodb_fault(503, NULL, ""),
                     SST_DYNAMODB_TRANSIENT);
    assert_int_equal(sst_dynamodb_fault(429, NULL, ""),
                     SST_DYNAMODB_THROTTLED);
    assert_int_equal(sst_dynamodb_fault(404, NULL, ""), SST_DYNAMODB_REFUSED);
}

static void no_fault_ends_as_an_answer_about_a_record(void **state)
{
    int fault;

    (void) state;
    for (fault = SST_DYNAMODB_THROTTLED; fault <= SST_DYNAMODB_REFUSED;
         fault++) {
        sst_status_t status
            = sst_dynamodb_fault_status((sst_dynamodb_fault_t) fault);

        assert_true(status >= SST_DENIED);
        assert_true(status != SST_INVALID && status != SST_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_encoded_is_decoded),
        UNIT_TEST(an_item_that_is_no_session_is_corrupt),
        UNIT_TEST(a_key_of_the_other_kind_is_no_row),
        UNIT_TEST(our_write_is_known_by_its_token),
        UNIT_TEST(a_lost_write_is_seen_below_those_of_others),
        UNIT_TEST(a_number_that_another_process_used_shows_no_write),
        UNIT_TEST(errors_are_known_with_and_without_a_prefix),
        UNIT_TEST(a_refused_signature_is_told_from_a_wrong_clock),
        UNIT_TEST(codes_without_a_type_are_judged_by_their_number),
        UNIT_TEST(no_fault_ends_as_an_answer_about_a_record)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
