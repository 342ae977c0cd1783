/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Records: read whole or not at all; a box opens only where it was sealed. */

#include "tests/unit/unit.h"

#include <stdlib.h>

#include <zlib.h>

#include "lib/record.h"
#include "tests/unit/deflated_box.h"

#define NEVER_DEFLATE ((apr_size_t) -1)

static const unsigned char secret[SST_SECRET_LEN] = "0123456789abcde";

/* A record's place: its row and the keys that belong there. */
typedef struct place_t {
    sst_keyring_t *ring;
    sst_row_t row;
    sst_box_key_t key;
} place_t;

static void make_place(place_t *place, apr_pool_t *pool)
{
    place->ring = unit_ring("12", pool);
    memset(&place->row, 0x11, sizeof(place->row));
    place->key.key = &place->ring->keys[0];
    place->key.row = &place->row;
    place->key.secret = secret;
}

static void make_header(sst_record_t *record, const place_t *place)
{
    memset(record, 0, sizeof(*record));
    memset(record->version.token, 0x77, SST_TOKEN_LEN);
    record->version.revision = 5;
    memcpy(record->key_id, place->key.key->id, SST_KEY_ID_LEN);
    record->created_s = 1700000000;
    record->deadline_s = 1700086400;
}

static void seal(sst_record_t *record, sst_box_kind_t kind, const char *plain,
                 const place_t *place, apr_pool_t *pool)
{
    assert_status(sst_record_seal(record, kind, unit_text(plain), &place->key,
                                  NEVER_DEFLATE, NULL, pool), SST_OK);
}

static const char *const plains[SST_BOX_KINDS] = {
    "the data", "the meta text", "the overlay"
};

/* A record with all three boxes. */
static void make_record(sst_record_t *record, const place_t *place,
                        apr_pool_t *pool)
{
    int i;

    make_header(record, place);
    for (i = 0; i < SST_BOX_KINDS; i++) {
        seal(record, (sst_box_kind_t) (i + 1), plains[i], place, pool);
    }
}

static void assert_opens(const sst_record_t *record, sst_box_kind_t kind,
                         const place_t *place, sst_span_t expected,
                         apr_pool_t *pool)
{
    sst_span_t plain;

    assert_status(sst_record_open(&plain, record, kind, &place->key, NULL,
                                  pool), SST_OK);
    assert_span_equal(plain, expected);
}

static void assert_closed(const sst_record_t *record, sst_box_kind_t kind,
                          const place_t *place, apr_pool_t *pool)
{
    sst_span_t plain = unit_text("not yet");
    sst_error_t err;

    sst_error_clear(&err);
    assert_status(sst_record_open(&plain, record, kind, &place->key, &err,
                                  pool), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_int_equal(plain.len, 0);
}

static void assert_all_closed(const sst_record_t *record,
                              const place_t *place, apr_pool_t *pool)
{
    int kind;

    for (kind = 1; kind <= SST_BOX_KINDS; kind++) {
        assert_closed(record, (sst_box_kind_t) kind, place, pool);
    }
}

/* --- Layout --- */

static void what_is_written_is_read(void **state)
{
    sst_record_t record;
    sst_record_t read;
    sst_span_t copy;
    place_t place;
    int kind;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    copy = unit_exact_copy(sst_record_format(&record, *state));
    assert_status(sst_record_parse(&read, copy, NULL), SST_OK);
    assert_memory_equal(&read.version, &record.version,
                        sizeof(record.version));
    assert_memory_equal(read.key_id, record.key_id, SST_KEY_ID_LEN);
    assert_true(read.created_s == record.created_s);
    assert_true(read.deadline_s == record.deadline_s);
    for (kind = 1; kind <= SST_BOX_KINDS; kind++) {
        assert_opens(&read, (sst_box_kind_t) kind, &place,
                     unit_text(plains[kind - 1]), *state);
    }
    unit_exact_free(copy);
}

static void a_value_begins_with_token_and_revision(void **state)
{
    sst_record_t record;
    sst_version_t version;
    sst_span_t bytes;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    bytes = sst_record_format(&record, *state);
    assert_status(sst_version_read(&version, bytes, NULL), SST_OK);
    assert_true(sst_version_equal(&version, &record.version));
    assert_int_equal(bytes.data[SST_VERSION_LEN], SST_RECORD_FORMAT);
}

static void any_of_the_boxes_may_be_absent(void **state)
{
    int present;

    for (present = 0; present < 8; present++) {
        sst_record_t record;
        sst_record_t read;
        sst_span_t bytes;
        place_t place;
        int i;

        make_place(&place, *state);
        make_header(&record, &place);
        for (i = 0; i < SST_BOX_KINDS; i++) {
            if (present & 1 << i) {
                seal(&record, (sst_box_kind_t) (i + 1), plains[i], &place,
                     *state);
            }
        }
        bytes = sst_record_format(&record, *state);
        assert_status(sst_record_parse(&read, bytes, NULL), SST_OK);
        for (i = 0; i < SST_BOX_KINDS; i++) {
            assert_opens(&read, (sst_box_kind_t) (i + 1), &place,
                         unit_text(present & 1 << i ? plains[i] : ""),
                         *state);
        }
    }
}

static void assert_unreadable(sst_span_t bytes)
{
    static const sst_record_t zero;
    sst_span_t copy = unit_exact_copy(bytes);
    sst_record_t read;
    sst_error_t err;

    memset(&read, 7, sizeof(read));
    sst_error_clear(&err);
    assert_status(sst_record_parse(&read, copy, &err), SST_CORRUPT);
    assert_error(&err, SST_CORRUPT);
    assert_memory_equal(&read, &zero, sizeof(zero));
    unit_exact_free(copy);
}

/* Boxes are listed one behind the other without a count, so that a record cut
 * between two of them reads as one with fewer: what is missing is then found
 * missing by whoever needs it.
 */
static int is_between_boxes(const sst_record_t *record, apr_size_t len)
{
    apr_size_t place = SST_VERSION_LEN + 1 + SST_KEY_ID_LEN + 8 + 8;
    int i;

    for (i = 0; i < SST_BOX_KINDS && place < len; i++) {
        place += 1 + 1 + 8 + 4 + record->boxes[i].bytes.len;
    }
    return place == len;
}

static void every_truncation_is_corrupt(void **state)
{
    sst_record_t record;
    sst_record_t read;
    sst_span_t bytes;
    place_t place;
    apr_size_t len;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    bytes = sst_record_format(&record, *state);
    for (len = 0; len < bytes.len; len++) {
        if (is_between_boxes(&record, len)) {
            assert_status(sst_record_parse(&read, sst_span(bytes.data, len),
                                           NULL), SST_OK);
        }
        else {
            assert_unreadable(sst_span(bytes.data, len));
        }
    }
}

static void bytes_behind_the_last_box_are_corrupt(void **state)
{
    unsigned char longer[1000];
    sst_record_t record;
    sst_span_t bytes;
    place_t place;
    apr_size_t more;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    bytes = sst_record_format(&record, *state);
    memset(longer, 0, sizeof(longer));
    memcpy(longer, bytes.data, bytes.len);
    for (more = 1; more < 100; more++) {
        assert_unreadable(sst_span(longer, bytes.len + more));
    }
}

#define HEADER "77777777777777777777777777777777 0000000000000005" \
    "01 1122334455667788 000000006553f100 0000000065554280"
#define BOX_OF(kind, deflated, len) \
    kind deflated "0000000000000005" len \
    "00000000000000000000000000000000000000000000000000000000"

typedef struct layout_t {
    const char *hex;
    sst_status_t status;
} layout_t;

static const layout_t layouts[] = {
    { HEADER, SST_OK },
    { HEADER BOX_OF("01", "00", "0000001c"), SST_OK },
    { HEADER BOX_OF("01", "01", "0000001c"), SST_OK },
    { HEADER BOX_OF("03", "00", "0000001c"), SST_OK },
    { HEADER BOX_OF("01", "00", "0000001c") BOX_OF("02", "00", "0000001c"),
      SST_OK },
    /* no such kind */
    { HEADER BOX_OF("00", "00", "0000001c"), SST_CORRUPT },
    { HEADER BOX_OF("04", "00", "0000001c"), SST_CORRUPT },
    { HEADER BOX_OF("ff", "00", "0000001c"), SST_CORRUPT },
    /* no such flag */
    { HEADER BOX_OF("01", "02", "0000001c"), SST_CORRUPT },
    { HEADER BOX_OF("01", "80", "0000001c"), SST_CORRUPT },
    /* twice, or in another order */
    { HEADER BOX_OF("01", "00", "0000001c") BOX_OF("01", "00", "0000001c"),
      SST_CORRUPT },
    { HEADER BOX_OF("02", "00", "0000001c") BOX_OF("01", "00", "0000001c"),
      SST_CORRUPT },
    /* shorter than nonce and tag, longer than the record */
    { HEADER "01 00 0000000000000005 00000000", SST_CORRUPT },
    { HEADER "01 00 0000000000000005 00000001 00", SST_CORRUPT },
    { HEADER BOX_OF("01", "00", "0000001b"), SST_CORRUPT },
    { HEADER BOX_OF("01", "00", "0000001d"), SST_CORRUPT },
    { HEADER BOX_OF("01", "00", "ffffffff"), SST_CORRUPT },
    /* another format */
    { "77777777777777777777777777777777 0000000000000005"
      "00 1122334455667788 000000006553f100 0000000065554280", SST_CORRUPT },
    { "77777777777777777777777777777777 0000000000000005"
      "02 1122334455667788 000000006553f100 0000000065554280", SST_CORRUPT }
};

static void a_layout_has_one_spelling(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        sst_span_t bytes = unit_hex(layouts[i].hex, *state);
        sst_record_t read;

        if (layouts[i].status != SST_OK) {
            assert_unreadable(bytes);
        }
        else {
            assert_status(sst_record_parse(&read, bytes, NULL), SST_OK);
            assert_span_equal(sst_record_format(&read, *state), bytes);
        }
    }
}

/* --- What a box is bound to --- */

/* One bit anywhere: either the record is not read, or a box does not open, or
 * the bit is of the header's version, which boxes are not bound to so that one
 * of them can be replaced.
 */
static void every_flipped_bit_is_noticed(void **state)
{
    sst_record_t record;
    sst_span_t bytes;
    place_t place;
    apr_size_t bit;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    bytes = sst_record_format(&record, *state);
    for (bit = SST_VERSION_LEN * 8; bit < bytes.len * 8; bit++) {
        unsigned char *byte = (unsigned char *) bytes.data + bit / 8;
        int noticed = 0;
        sst_record_t read;
        int kind;

        *byte ^= (unsigned char) (1 << bit % 8);
        noticed = sst_record_parse(&read, bytes, NULL) != SST_OK;
        for (kind = 1; kind <= SST_BOX_KINDS && !noticed; kind++) {
            sst_span_t plain;

            noticed = sst_record_open(&plain, &read, (sst_box_kind_t) kind,
                                      &place.key, NULL, *state) != SST_OK;
        }
        assert_true(noticed);
        *byte ^= (unsigned char) (1 << bit % 8);
    }
}

static void a_box_does_not_open_as_another_kind(void **state)
{
    sst_record_t record;
    place_t place;
    int from;
    int to;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    for (from = 0; from < SST_BOX_KINDS; from++) {
        for (to = 0; to < SST_BOX_KINDS; to++) {
            sst_record_t moved = record;

            if (from != to) {
                moved.boxes[to] = record.boxes[from];
                assert_closed(&moved, (sst_box_kind_t) (to + 1), &place,
                              *state);
            }
        }
    }
}

static void a_box_does_not_open_in_another_row(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    place.row.bytes[31] ^= 1;
    assert_all_closed(&record, &place, *state);
}

static void a_box_does_not_open_under_another_key(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    place.key.key = &place.ring->keys[1];
    assert_all_closed(&record, &place, *state);
}

static void a_box_is_bound_to_the_key_id(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    record.key_id[0] ^= 1;
    assert_all_closed(&record, &place, *state);
}

static void a_box_is_bound_to_both_times(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    record.created_s++;
    assert_all_closed(&record, &place, *state);
    record.created_s--;
    record.deadline_s = 0;
    assert_all_closed(&record, &place, *state);
    record.deadline_s = APR_INT64_C(1) << 62;
    assert_all_closed(&record, &place, *state);
}

static void a_box_is_bound_to_its_revision_and_flag(void **state)
{
    sst_record_t record;
    place_t place;
    int i;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    for (i = 0; i < SST_BOX_KINDS; i++) {
        sst_record_t edited = record;

        edited.boxes[i].revision++;
        assert_closed(&edited, (sst_box_kind_t) (i + 1), &place, *state);
        edited = record;
        edited.boxes[i].deflated = 1;
        assert_closed(&edited, (sst_box_kind_t) (i + 1), &place, *state);
    }
}

static void a_box_of_an_older_revision_says_so(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    record.version.revision = 9;
    seal(&record, SST_BOX_OVERLAY, "newer", &place, *state);
    assert_true(record.boxes[SST_BOX_DATA - 1].revision == 5);
    assert_true(record.boxes[SST_BOX_OVERLAY - 1].revision == 9);
    assert_opens(&record, SST_BOX_DATA, &place, unit_text("the data"),
                 *state);
    assert_opens(&record, SST_BOX_OVERLAY, &place, unit_text("newer"),
                 *state);
}

/* --- Who may open what --- */

static void the_data_needs_the_tickets_secret(void **state)
{
    static const unsigned char another[SST_SECRET_LEN] = "0123456789abcdf";
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    place.key.secret = another;
    assert_closed(&record, SST_BOX_DATA, &place, *state);
}

static void meta_and_overlay_need_no_secret(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    place.key.secret = NULL;
    assert_opens(&record, SST_BOX_META, &place, unit_text(plains[1]), *state);
    assert_opens(&record, SST_BOX_OVERLAY, &place, unit_text(plains[2]),
                 *state);
}

static void the_plaintext_is_not_in_the_record(void **state)
{
    sst_record_t record;
    sst_span_t bytes;
    place_t place;
    apr_size_t i;

    make_place(&place, *state);
    make_record(&record, &place, *state);
    bytes = sst_record_format(&record, *state);
    for (i = 0; i + 4 <= bytes.len; i++) {
        assert_memory_not_equal(bytes.data + i, "the ", 4);
    }
}

/* The nonce in front of a box. */
static const unsigned char *nonce_of(const sst_record_t *record,
                                     sst_box_kind_t kind)
{
    return record->boxes[kind - 1].bytes.data;
}

static void a_next_version_has_a_token_of_its_own(void **state)
{
    sst_record_t record;
    sst_version_t before;
    place_t place;

    make_place(&place, *state);
    make_header(&record, &place);
    before = record.version;
    assert_status(sst_record_renew(&record, NULL), SST_OK);
    assert_true(record.version.revision == before.revision + 1);
    assert_memory_not_equal(record.version.token, before.token,
                            SST_TOKEN_LEN);
}

static void no_nonce_is_used_twice(void **state)
{
    unsigned char seen[8][SST_AEAD_NONCE_LEN];
    sst_record_t record;
    place_t place;
    int i;
    int j;

    make_place(&place, *state);
    make_header(&record, &place);
    /* Two versions, of each both boxes, each sealed twice. */
    for (i = 0; i < 8; i++) {
        sst_box_kind_t kind = i % 2 ? SST_BOX_META : SST_BOX_DATA;

        if (i % 4 == 0) {
            assert_status(sst_record_renew(&record, NULL), SST_OK);
        }
        seal(&record, kind, "the same", &place, *state);
        memcpy(seen[i], nonce_of(&record, kind), SST_AEAD_NONCE_LEN);
        for (j = 0; j < i; j++) {
            assert_memory_not_equal(seen[i], seen[j], SST_AEAD_NONCE_LEN);
        }
        assert_opens(&record, kind, &place, unit_text("the same"), *state);
    }
}

static void an_empty_plaintext_is_a_box(void **state)
{
    sst_record_t record;
    place_t place;

    make_place(&place, *state);
    make_header(&record, &place);
    seal(&record, SST_BOX_DATA, "", &place, *state);
    assert_int_equal(record.boxes[0].bytes.len, SST_SEAL_OVERHEAD);
    assert_opens(&record, SST_BOX_DATA, &place, sst_span(NULL, 0), *state);
}

/* --- Deflating --- */

typedef struct deflate_case_t {
    apr_size_t len;
    apr_size_t deflate_min;
    int noise;              /* random bytes, which do not shrink */
    int deflated;
} deflate_case_t;

static const deflate_case_t deflate_cases[] = {
    { 1000, 0, 0, 1 },
    { 1000, 1000, 0, 1 },
    { 1000, 1001, 0, 0 },
    { 1000, 0, 1, 0 },
    { 100000, 512, 0, 1 },
    { 100000, 512, 1, 0 },
    { 0, 0, 0, 0 }, { 1, 0, 0, 0 }, { 4, 0, 0, 0 }, { 5, 0, 0, 0 },
    { 6, 0, 0, 0 }, { 12, 0, 0, 0 }
};

static void deflated_is_what_is_long_enough_and_shrinks(void **state)
{
    apr_size_t i;

    for (i = 0; i < sizeof(deflate_cases) / sizeof(deflate_case_t); i++) {
        const deflate_case_t *one = &deflate_cases[i];
        sst_span_t plain = unit_noise(9, one->len, *state);
        sst_record_t record;
        place_t place;

        if (!one->noise) {
            memset((unsigned char *) plain.data, 'z', plain.len);
        }
        make_place(&place, *state);
        make_header(&record, &place);
        assert_status(sst_record_seal(&record, SST_BOX_DATA, plain,
                                      &place.key, one->deflate_min, NULL,
                                      *state), SST_OK);
        assert_int_equal(record.boxes[0].deflated, one->deflated);
        assert_true(one->deflated
                    ? record.boxes[0].bytes.len < plain.len
                    : record.boxes[0].bytes.len
                      == plain.len + SST_SEAL_OVERHEAD);
        assert_opens(&record, SST_BOX_DATA, &place, plain, *state);
    }
}

static void every_length_around_the_break_even_survives(void **state)
{
    apr_size_t len;

    for (len = 0; len < 64; len++) {
        sst_span_t plain = unit_noise(1, len, *state);
        sst_record_t record;
        place_t place;

        memset((unsigned char *) plain.data, 'z', plain.len);
        make_place(&place, *state);
        make_header(&record, &place);
        assert_status(sst_record_seal(&record, SST_BOX_META, plain,
                                      &place.key, 0, NULL, *state), SST_OK);
        assert_in_range(record.boxes[1].bytes.len, SST_SEAL_OVERHEAD,
                        len + SST_SEAL_OVERHEAD);
        assert_opens(&record, SST_BOX_META, &place, plain, *state);
    }
}

static void seal_as_deflated(sst_record_t *record, sst_span_t text,
                             const place_t *place, apr_pool_t *pool)
{
    assert_status(deflated_box_seal(record, text, &place->key, pool), SST_OK);
}

/* A length and a deflated text of `zeros` zeros. */
static sst_span_t deflated_zeros(apr_uint32_t length, apr_size_t zeros,
                                 apr_pool_t *pool)
{
    uLongf room = compressBound((uLong) zeros);
    unsigned char *plain = calloc(1, zeros > 0 ? zeros : 1);
    unsigned char *text = apr_palloc(pool, room + 4);
    sst_writer_t writer = sst_writer(text, 4);

    sst_write_u32(&writer, length);
    assert_int_equal(compress2(text + 4, &room, plain, (uLong) zeros, 9),
                     Z_OK);
    free(plain);
    return sst_span(text, room + 4);
}

static void a_deflated_text_has_to_have_the_length_it_says(void **state)
{
    static const struct {
        apr_uint32_t length;
        apr_size_t zeros;
        int opens;
    } cases[] = {
        { 1000, 1000, 1 }, { 999, 1000, 0 }, { 1001, 1000, 0 },
        { 1, 1000, 0 }, { 0, 1000, 0 }, { 0, 0, 0 }
    };
    apr_size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sst_record_t record;
        place_t place;

        make_place(&place, *state);
        make_header(&record, &place);
        seal_as_deflated(&record, deflated_zeros(cases[i].length,
                                                 cases[i].zeros, *state),
                         &place, *state);
        if (cases[i].opens) {
            sst_span_t plain;

            assert_status(sst_record_open(&plain, &record, SST_BOX_META,
                                          &place.key, NULL, *state), SST_OK);
            assert_int_equal(plain.len, cases[i].length);
        }
        else {
            assert_closed(&record, SST_BOX_META, &place, *state);
        }
    }
}

/* What the length says is refused before anything is inflated, and what is
 * behind it never fills more than the length says.
 */
static void a_deflate_bomb_is_bounded(void **state)
{
    sst_record_t record;
    place_t place;
    sst_span_t bomb = deflated_zeros(SST_BOX_PLAIN_MAX + 1,
                                     (apr_size_t) SST_BOX_PLAIN_MAX + 1,
                                     *state);

    make_place(&place, *state);
    make_header(&record, &place);
    assert_in_range(bomb.len, 1, SST_BOX_PLAIN_MAX / 500);
    seal_as_deflated(&record, bomb, &place, *state);
    assert_closed(&record, SST_BOX_META, &place, *state);
    memcpy((unsigned char *) bomb.data, "\xff\xff\xff\xff", 4);
    seal_as_deflated(&record, bomb, &place, *state);
    assert_closed(&record, SST_BOX_META, &place, *state);
    memcpy((unsigned char *) bomb.data, "\0\0\0\x10", 4);
    seal_as_deflated(&record, bomb, &place, *state);
    assert_closed(&record, SST_BOX_META, &place, *state);
}

static void a_deflated_text_that_is_none_is_corrupt(void **state)
{
    static const char *const texts[] = {
        "", "00", "000000", "00000010", "00000010 789c", "00000010 ffffffff"
    };
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sst_record_t record;
        place_t place;

        make_place(&place, *state);
        make_header(&record, &place);
        seal_as_deflated(&record, unit_hex(texts[i], *state), &place,
                         *state);
        assert_closed(&record, SST_BOX_META, &place, *state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_written_is_read),
        UNIT_TEST(a_value_begins_with_token_and_revision),
        UNIT_TEST(any_of_the_boxes_may_be_absent),
        UNIT_TEST(every_truncation_is_corrupt),
        UNIT_TEST(bytes_behind_the_last_box_are_corrupt),
        UNIT_TEST(a_layout_has_one_spelling),
        UNIT_TEST(every_flipped_bit_is_noticed),
        UNIT_TEST(a_box_does_not_open_as_another_kind),
        UNIT_TEST(a_box_does_not_open_in_another_row),
        UNIT_TEST(a_box_does_not_open_under_another_key),
        UNIT_TEST(a_box_is_bound_to_the_key_id),
        UNIT_TEST(a_box_is_bound_to_both_times),
        UNIT_TEST(a_box_is_bound_to_its_revision_and_flag),
        UNIT_TEST(a_box_of_an_older_revision_says_so),
        UNIT_TEST(the_data_needs_the_tickets_secret),
        UNIT_TEST(meta_and_overlay_need_no_secret),
        UNIT_TEST(the_plaintext_is_not_in_the_record),
        UNIT_TEST(a_next_version_has_a_token_of_its_own),
        UNIT_TEST(no_nonce_is_used_twice),
        UNIT_TEST(an_empty_plaintext_is_a_box),
        UNIT_TEST(deflated_is_what_is_long_enough_and_shrinks),
        UNIT_TEST(every_length_around_the_break_even_survives),
        UNIT_TEST(a_deflated_text_has_to_have_the_length_it_says),
        UNIT_TEST(a_deflate_bomb_is_bounded),
        UNIT_TEST(a_deflated_text_that_is_none_is_corrupt)
    };

    return cmocka_run_group_tests_name("record", tests, unit_start,
                                       unit_stop);
}
