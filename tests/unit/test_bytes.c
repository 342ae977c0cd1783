/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Spans, reader and writer, hex and base64url, decimal numbers, comparison. */

#include "tests/unit/unit.h"

#include <apr_strings.h>

/* --- Spans --- */

static void a_text_is_a_span_without_its_nul(void **state)
{
    (void) state;
    assert_int_equal(sst_span_text("abc").len, 3);
    assert_int_equal(sst_span_text("").len, 0);
    assert_int_equal(sst_span_text(NULL).len, 0);
}

/* --- Reading --- */

static void integers_are_read_big_endian(void **state)
{
    static const unsigned char bytes[] = {
        0xfe, 1, 2, 3, 4, 0x81, 2, 3, 4, 5, 6, 7, 8
    };
    sst_reader_t reader = sst_reader(sst_span(bytes, sizeof(bytes)));

    (void) state;
    assert_int_equal(sst_read_u8(&reader), 0xfe);
    assert_int_equal(sst_read_u32(&reader), 0x01020304);
    assert_true(sst_read_u64(&reader) == APR_UINT64_C(0x8102030405060708));
    assert_int_equal(reader.rest.len, 0);
    assert_false(reader.failed);
}

static void a_read_beyond_the_end_answers_zero_and_fails(void **state)
{
    static const unsigned char bytes[] = { 9, 9, 9 };
    sst_reader_t reader = sst_reader(sst_span(bytes, sizeof(bytes)));

    (void) state;
    assert_int_equal(sst_read_u32(&reader), 0);
    assert_true(reader.failed);
}

static void a_failed_reader_stays_failed(void **state)
{
    static const unsigned char bytes[] = { 9, 9, 0, 9 };
    sst_reader_t reader = sst_reader(sst_span(bytes, sizeof(bytes)));
    unsigned char out[2] = { 7, 7 };

    (void) state;
    (void) sst_read_u64(&reader);
    assert_int_equal(sst_read_u8(&reader), 0);
    assert_int_equal(sst_read_bytes(&reader, 1).len, 0);
    assert_int_equal(sst_read_cstring(&reader).len, 0);
    sst_read_into(&reader, out, sizeof(out));
    assert_zero(out, sizeof(out));
    assert_true(reader.failed);
}

static void a_huge_length_does_not_wrap(void **state)
{
    sst_reader_t reader = sst_reader(unit_text("abc"));

    (void) state;
    assert_null(sst_read_bytes(&reader, (apr_size_t) -1).data);
    assert_true(reader.failed);
}

static void bytes_are_read_in_place_or_copied(void **state)
{
    const char *text = "abcdef";
    sst_reader_t reader = sst_reader(unit_text(text));
    char out[3];

    (void) state;
    assert_ptr_equal(sst_read_bytes(&reader, 2).data, text);
    sst_read_into(&reader, out, sizeof(out));
    assert_memory_equal(out, "cde", 3);
    assert_int_equal(reader.rest.len, 1);
}

static void an_empty_read_at_the_end_is_no_failure(void **state)
{
    sst_reader_t reader = sst_reader(sst_span(NULL, 0));

    (void) state;
    assert_int_equal(sst_read_bytes(&reader, 0).len, 0);
    assert_false(reader.failed);
    (void) sst_read_u8(&reader);
    assert_true(reader.failed);
}

static void a_cstring_ends_at_its_nul(void **state)
{
    sst_span_t copy = unit_exact_copy(sst_span("ab\0\0c", 5));
    sst_reader_t reader = sst_reader(copy);
    sst_span_t text = sst_read_cstring(&reader);

    (void) state;
    assert_int_equal(text.len, 2);
    assert_string_equal((const char *) text.data, "ab");
    text = sst_read_cstring(&reader);
    assert_int_equal(text.len, 0);
    assert_string_equal((const char *) text.data, "");
    text = sst_read_cstring(&reader);
    assert_null(text.data);
    assert_true(reader.failed);
    unit_exact_free(copy);
}

/* --- Writing --- */

static void integers_are_written_big_endian(void **state)
{
    unsigned char bytes[13];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));

    sst_write_u8(&writer, 0xfe);
    sst_write_u32(&writer, 0x01020304);
    sst_write_u64(&writer, APR_UINT64_C(0x8102030405060708));
    assert_false(writer.failed);
    assert_span_equal(sst_written(&writer),
                      unit_hex("fe 01020304 8102030405060708", *state));
}

static void what_does_not_fit_writes_nothing_and_fails(void **state)
{
    unsigned char bytes[4] = { 7, 7, 7, 7 };
    sst_writer_t writer = sst_writer(bytes, 3);

    (void) state;
    sst_write_u8(&writer, 1);
    sst_write_u32(&writer, 0xffffffff);
    assert_true(writer.failed);
    assert_int_equal(writer.len, 1);
    assert_int_equal(bytes[1], 7);
    assert_int_equal(bytes[3], 7);
}

static void a_failed_writer_stays_failed(void **state)
{
    unsigned char bytes[4];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));

    (void) state;
    sst_write_u64(&writer, 1);
    sst_write_u8(&writer, 1);
    sst_write_bytes(&writer, unit_text("x"));
    assert_true(writer.failed);
    assert_int_equal(sst_written(&writer).len, 0);
}

static void a_writer_fills_to_the_last_byte(void **state)
{
    unsigned char bytes[4];
    sst_writer_t writer = sst_writer(bytes, sizeof(bytes));

    (void) state;
    sst_write_bytes(&writer, unit_text("abcd"));
    sst_write_bytes(&writer, sst_span(NULL, 0));
    assert_false(writer.failed);
    assert_int_equal(writer.len, 4);
    sst_write_u8(&writer, 0);
    assert_true(writer.failed);
}

/* --- Hex --- */

static void hex_is_lower_case(void **state)
{
    static const unsigned char bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
    char text[SST_HEX_LEN(sizeof(bytes)) + 1];

    (void) state;
    sst_hex_encode(text, sst_span(bytes, sizeof(bytes)));
    assert_string_equal(text, "000fa5ff");
    sst_hex_encode(text, sst_span(NULL, 0));
    assert_string_equal(text, "");
}

static void every_byte_survives_hex(void **state)
{
    int value;

    (void) state;
    for (value = 0; value < 256; value++) {
        unsigned char byte = (unsigned char) value;
        unsigned char back = (unsigned char) ~byte;
        char text[3];

        sst_hex_encode(text, sst_span(&byte, 1));
        assert_status(sst_hex_decode(&back, 1, unit_text(text)), SST_OK);
        assert_int_equal(back, byte);
    }
}

static void only_lower_case_digits_are_hex(void **state)
{
    int value;

    (void) state;
    for (value = 0; value < 256; value++) {
        int valid = value != 0
            && strchr("0123456789abcdef", value) != NULL;
        unsigned char text[4];
        unsigned char out[2];
        int place;

        for (place = 0; place < 4; place++) {
            memcpy(text, "1234", 4);
            text[place] = (unsigned char) value;
            memset(out, 7, sizeof(out));
            assert_status(sst_hex_decode(out, 2, sst_span(text, 4)),
                          valid ? SST_OK : SST_INVALID);
            if (!valid) {
                assert_zero(out, sizeof(out));
            }
        }
    }
}

static void hex_of_another_length_is_invalid(void **state)
{
    static const char *const texts[] = { "", "1", "12", "123", "12345",
                                         "123456", "12:34", "0x12" };
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        unsigned char out[2] = { 7, 7 };
        sst_span_t text = unit_exact_copy(unit_text(texts[i]));

        assert_status(sst_hex_decode(out, 2, text), SST_INVALID);
        assert_zero(out, sizeof(out));
        unit_exact_free(text);
    }
}

/* --- Base64url --- */

typedef struct vector_t {
    const char *plain;
    const char *encoded;
} vector_t;

/* RFC 4648 section 10, without the padding; the last ones show the alphabet of
 * section 5.
 */
static const vector_t base64url_vectors[] = {
    { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
    { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
    { "\xfb\xff\xbf", "-_-_" }, { "\xff\xff\xff", "____" },
    { "\xfb\xef\xbe", "----" }
};

static void base64url_follows_rfc_4648(void **state)
{
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(base64url_vectors) / sizeof(vector_t); i++) {
        const vector_t *vector = &base64url_vectors[i];
        sst_span_t plain = unit_text(vector->plain);
        unsigned char back[8];
        char text[16];

        assert_int_equal(SST_BASE64URL_LEN(plain.len),
                         strlen(vector->encoded));
        sst_base64url_encode(text, plain);
        assert_string_equal(text, vector->encoded);
        if (plain.len > 0) {
            assert_status(sst_base64url_decode(back, plain.len,
                                               unit_text(text)), SST_OK);
            assert_memory_equal(back, plain.data, plain.len);
        }
    }
}

static void every_length_survives_base64url(void **state)
{
    apr_size_t len;

    for (len = 1; len <= SST_BASE64URL_MAX; len++) {
        sst_span_t plain = unit_noise((apr_uint32_t) len, len, *state);
        unsigned char back[SST_BASE64URL_MAX];
        char text[SST_BASE64URL_LEN(SST_BASE64URL_MAX) + 1];
        sst_span_t copy;

        sst_base64url_encode(text, plain);
        assert_int_equal(strlen(text), SST_BASE64URL_LEN(len));
        copy = unit_exact_copy(unit_text(text));
        assert_status(sst_base64url_decode(back, len, copy), SST_OK);
        assert_memory_equal(back, plain.data, len);
        unit_exact_free(copy);
    }
}

static void more_than_the_maximum_is_invalid(void **state)
{
    unsigned char out[SST_BASE64URL_MAX + 1];
    char text[SST_BASE64URL_LEN(SST_BASE64URL_MAX + 1) + 1];

    (void) state;
    memset(out, 0, sizeof(out));
    sst_base64url_encode(text, sst_span(out, sizeof(out)));
    memset(out, 7, sizeof(out));
    assert_status(sst_base64url_decode(out, sizeof(out), unit_text(text)),
                  SST_INVALID);
    assert_zero(out, sizeof(out));
}

static void base64url_has_one_spelling(void **state)
{
    static const char *const texts[] = {
        "Zg==",         /* padding */
        "Zh",           /* a bit that is not used is set */
        "Zv",
        "Z",            /* no whole byte */
        "Zg=",
        "Z ",
        "Z+", "Z/",     /* the other alphabet */
        "Zg\n",
        ""
    };
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        unsigned char out[1] = { 7 };

        assert_status(sst_base64url_decode(out, 1, unit_text(texts[i])),
                      SST_INVALID);
        assert_zero(out, 1);
    }
}

/* Among all texts of two characters, exactly 256 spell one byte. */
static void each_byte_is_spelled_once(void **state)
{
    int found[256];
    int a;
    int b;

    (void) state;
    memset(found, 0, sizeof(found));
    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            unsigned char text[2];
            unsigned char out;

            text[0] = (unsigned char) a;
            text[1] = (unsigned char) b;
            if (sst_base64url_decode(&out, 1, sst_span(text, 2)) == SST_OK) {
                found[out]++;
            }
        }
    }
    for (a = 0; a < 256; a++) {
        assert_int_equal(found[a], 1);
    }
}

static void base64url_of_another_length_is_invalid(void **state)
{
    static const char *const texts[] = { "", "Zm", "Zm9", "Zm9vY", "Zm9vYg" };
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        unsigned char out[3] = { 7, 7, 7 };

        assert_status(sst_base64url_decode(out, 3, unit_text(texts[i])),
                      SST_INVALID);
        assert_zero(out, sizeof(out));
    }
}

/* --- Decimal numbers --- */

typedef struct number_t {
    const char *text;
    sst_status_t status;
    apr_uint64_t value;
} number_t;

static const number_t numbers[] = {
    { "0", SST_OK, 0 },
    { "1", SST_OK, 1 },
    { "10", SST_OK, 10 },
    { "4294967296", SST_OK, APR_UINT64_C(4294967296) },
    { "9223372036854775807", SST_OK, APR_UINT64_C(9223372036854775807) },
    { "9223372036854775808", SST_INVALID, 0 },
    { "9999999999999999999", SST_INVALID, 0 },
    { "10000000000000000000", SST_INVALID, 0 },
    { "18446744073709551617", SST_INVALID, 0 },
    { "", SST_INVALID, 0 },
    { "00", SST_INVALID, 0 },
    { "01", SST_INVALID, 0 },
    { "+1", SST_INVALID, 0 },
    { "-1", SST_INVALID, 0 },
    { " 1", SST_INVALID, 0 },
    { "1 ", SST_INVALID, 0 },
    { "1.0", SST_INVALID, 0 },
    { "0x1", SST_INVALID, 0 },
    { "1a", SST_INVALID, 0 }
};

static void decimal_numbers_have_one_spelling(void **state)
{
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        apr_uint64_t value = 77;
        sst_span_t text = unit_exact_copy(unit_text(numbers[i].text));

        assert_status(sst_decimal_decode(&value, text), numbers[i].status);
        assert_true(value == numbers[i].value);
        unit_exact_free(text);
    }
}

static void a_number_is_written_in_digits(void **state)
{
    static const struct { apr_uint64_t value; const char *text; } cases[] = {
        { 0, "0" }, { 9, "9" }, { 10, "10" }, { 4711, "4711" },
        { APR_UINT64_C(9223372036854775807), "9223372036854775807" },
        { APR_UINT64_MAX, "18446744073709551615" }
    };
    unsigned char buffer[SST_DECIMAL_MAX];
    apr_size_t i;

    (void) state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_writer_t writer = sst_writer(buffer, sizeof(buffer));

        sst_write_decimal(&writer, cases[i].value);
        assert_false(writer.failed);
        assert_span_equal(sst_written(&writer), unit_text(cases[i].text));
        /* One digit too many for its room. */
        writer = sst_writer(buffer, strlen(cases[i].text) - 1);
        sst_write_decimal(&writer, cases[i].value);
        assert_true(writer.failed);
    }
}

static void only_digits_are_decimal(void **state)
{
    int value;

    (void) state;
    for (value = 0; value < 256; value++) {
        unsigned char text[2];
        apr_uint64_t out;

        text[0] = '1';
        text[1] = (unsigned char) value;
        assert_status(sst_decimal_decode(&out, sst_span(text, 2)),
                      value >= '0' && value <= '9' ? SST_OK : SST_INVALID);
    }
}

/* --- Secrets --- */

static void equal_means_every_byte(void **state)
{
    unsigned char a[32];
    unsigned char b[32];
    int bit;

    (void) state;
    memset(a, 0x5a, sizeof(a));
    memset(b, 0x5a, sizeof(b));
    assert_true(sst_bytes_equal(sst_span(a, 32), sst_span(b, 32)));
    for (bit = 0; bit < 256; bit++) {
        b[bit / 8] ^= (unsigned char) (1 << bit % 8);
        assert_false(sst_bytes_equal(sst_span(a, 32), sst_span(b, 32)));
        b[bit / 8] ^= (unsigned char) (1 << bit % 8);
    }
}

static void bytes_of_different_length_differ(void **state)
{
    (void) state;
    assert_false(sst_bytes_equal(unit_text("ab"), unit_text("abc")));
    assert_false(sst_bytes_equal(unit_text(""), unit_text("a")));
    assert_true(sst_bytes_equal(sst_span(NULL, 0), unit_text("")));
}

static void a_wipe_leaves_zeros(void **state)
{
    unsigned char bytes[5] = { 1, 2, 3, 4, 5 };

    (void) state;
    sst_wipe(bytes, 4);
    assert_zero(bytes, 4);
    assert_int_equal(bytes[4], 5);
    sst_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_text_is_a_span_without_its_nul),
        UNIT_TEST(integers_are_read_big_endian),
        UNIT_TEST(a_read_beyond_the_end_answers_zero_and_fails),
        UNIT_TEST(a_failed_reader_stays_failed),
        UNIT_TEST(a_huge_length_does_not_wrap),
        UNIT_TEST(bytes_are_read_in_place_or_copied),
        UNIT_TEST(an_empty_read_at_the_end_is_no_failure),
        UNIT_TEST(a_cstring_ends_at_its_nul),
        UNIT_TEST(integers_are_written_big_endian),
        UNIT_TEST(what_does_not_fit_writes_nothing_and_fails),
        UNIT_TEST(a_failed_writer_stays_failed),
        UNIT_TEST(a_writer_fills_to_the_last_byte),
        UNIT_TEST(hex_is_lower_case),
        UNIT_TEST(every_byte_survives_hex),
        UNIT_TEST(only_lower_case_digits_are_hex),
        UNIT_TEST(hex_of_another_length_is_invalid),
        UNIT_TEST(base64url_follows_rfc_4648),
        UNIT_TEST(every_length_survives_base64url),
        UNIT_TEST(more_than_the_maximum_is_invalid),
        UNIT_TEST(base64url_has_one_spelling),
        UNIT_TEST(each_byte_is_spelled_once),
        UNIT_TEST(base64url_of_another_length_is_invalid),
        UNIT_TEST(decimal_numbers_have_one_spelling),
        UNIT_TEST(a_number_is_written_in_digits),
        UNIT_TEST(only_digits_are_decimal),
        UNIT_TEST(equal_means_every_byte),
        UNIT_TEST(bytes_of_different_length_differ),
        UNIT_TEST(a_wipe_leaves_zeros)
    };

    return cmocka_run_group_tests_name("bytes", tests, unit_start, unit_stop);
}
