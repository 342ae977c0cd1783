/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* A user's item, kept small: it is billed as a whole at each sign-in, and at
 * 400 KB its user could not sign in any more.
 *
 * A note outlives a session that nobody signs out of, up to the absolute end.
 * So each sign-in takes out some notes without a record, more than the one that
 * it adds, once there are many.
 */

#include "lib/backends/dynamodb_notes.h"

#include <string.h>

#include <apr_strings.h>

#include "lib/backends/dynamodb_item.h"
#include "lib/clock.h"
#include "lib/crypto.h"

/* Notes that are over are taken out when there are so many of them, and not
 * more at once than an expression may name.
 */
#define TRIM_MIN 8
#define TRIM_MAX 100

/* From so many notes on, the records of one in LOOK_SHARE are looked at, and
 * of LOOK_MAX at most: each look is a call.
 */
#define LOOK_MIN 16
#define LOOK_SHARE 8
#define LOOK_MAX 25

/* The row of a login that is under way is noted, and has no record yet: for a
 * minute at most, which is the longest time-out. Noted times are the service's,
 * by which no host is more than minutes off.
 */
#define YOUNG_S 3600

/* The ends of records are of their hosts' clocks, which may differ. */
#define SLACK_S 3600

typedef struct note_t {
    const char *name;           /* its attribute, in the item */
    json_t *value;              /* the same */
    sst_row_t row;
} note_t;

/* An item being looked through. */
typedef struct tidy_t {
    sst_dynamodb_t *dynamodb;
    const sst_row_t *user;
    apr_array_header_t *over;   /* note_t */
    apr_array_header_t *old;    /* note_t: not over, and of no login that is
                                 * under way */
    int count;                  /* notes */
    apr_pool_t *pool;
} tidy_t;

/* --- One note --- */

void sst_dynamodb_note_name(char out[SST_DYNAMODB_NOTE_LEN + 1],
                            const sst_row_t *row)
{
    sst_base64url_encode(out, sst_span(row->bytes, sizeof(row->bytes)));
}

int sst_dynamodb_note_row(sst_row_t *out, const char *name)
{
    return strlen(name) == SST_DYNAMODB_NOTE_LEN
        && sst_base64url_decode(out->bytes, sizeof(out->bytes),
                                sst_span_text(name)) == SST_OK;
}

#define FRACTION_LEN 10

json_t *sst_dynamodb_note_value(apr_int64_t until_s, apr_int64_t noted_s,
                                apr_pool_t *pool)
{
    return json_pack("{s:s}", "N",
                     apr_psprintf(pool, "%" APR_INT64_T_FMT ".%0*"
                                  APR_INT64_T_FMT, until_s, FRACTION_LEN,
                                  noted_s));
}

/* The digits behind the point; DynamoDB leaves zeros at their end out. */
static apr_int64_t read_fraction(const char *digits)
{
    apr_size_t len = strlen(digits);
    apr_uint64_t number = 0;

    if (len > FRACTION_LEN
        || sst_decimal_decode(&number, sst_span_text(digits)) != SST_OK) {
        return 0;
    }
    for (; len < FRACTION_LEN; len++) {
        number *= 10;
    }
    return (apr_int64_t) number;
}

/* Both times; *noted_s is 0 where that is not known. Answers 0 for what is no
 * number.
 */
static int read_times(apr_int64_t *until_s, apr_int64_t *noted_s,
                      const json_t *value)
{
    const char *text = json_string_value(json_object_get(value, "N"));
    apr_uint64_t whole = 0;
    const char *point;
    apr_size_t len;

    if (text == NULL) {
        return 0;
    }
    point = strchr(text, '.');
    len = point != NULL ? (apr_size_t) (point - text) : strlen(text);
    if (sst_decimal_decode(&whole, sst_span(text, len)) != SST_OK) {
        return 0;
    }
    *until_s = (apr_int64_t) whole;
    *noted_s = point != NULL ? read_fraction(point + 1) : 0;
    return 1;
}

/* --- Looking through --- */

/* By the clock that is behind, of the host's and the service's: what is taken
 * out too early is a session that ending its user's sessions would miss.
 */
static apr_int64_t now_s(const tidy_t *tidy)
{
    apr_int64_t own_s = apr_time_sec(apr_time_now());
    apr_int64_t service_s = sst_dynamodb_now_s(tidy->dynamodb);

    return own_s < service_s ? own_s : service_s;
}

/* 1 when it was noted so long ago that its login is not under way any more. */
static int is_old(const tidy_t *tidy, apr_int64_t noted_s)
{
    return noted_s != 0 && noted_s + YOUNG_S <= now_s(tidy);
}

/* What is no digest has no record (store.h): it begins with zeros. */
static int has_record(const sst_row_t *row)
{
    static const unsigned char zeros[3];

    return memcmp(row->bytes, zeros, sizeof(zeros)) != 0;
}

static void look_through(tidy_t *tidy, json_t *item)
{
    const char *name;
    json_t *value;

    tidy->over = apr_array_make(tidy->pool, TRIM_MIN, sizeof(note_t));
    tidy->old = apr_array_make(tidy->pool, LOOK_MIN, sizeof(note_t));
    json_object_foreach(item, name, value) {
        note_t note = { name, value, { { 0 } } };
        apr_int64_t until_s;
        apr_int64_t noted_s;

        if (!sst_dynamodb_note_row(&note.row, name)
            || !read_times(&until_s, &noted_s, value)) {
            continue;
        }
        tidy->count++;
        if (until_s <= now_s(tidy)) {
            APR_ARRAY_PUSH(tidy->over, note_t) = note;
        }
        else if (is_old(tidy, noted_s) && has_record(&note.row)) {
            APR_ARRAY_PUSH(tidy->old, note_t) = note;
        }
    }
}

/* --- Looking at records --- */

/* Whether there is no record, or one that has expired everywhere. Expected: OK.
 */
static sst_status_t look_at(int *gone, const tidy_t *tidy, const note_t *note,
                            apr_time_t deadline)
{
    sst_dynamodb_t *dynamodb = tidy->dynamodb;
    sst_dynamodb_answer_t answer;
    apr_int64_t expires_s;
    const json_t *record;
    sst_status_t status;

    *gone = 0;
    status = sst_dynamodb_call(&answer, dynamodb, "GetItem",
                               json_pack("{s:o, s:b, s:s, s:{s:s}}",
                                         "Key",
                                         sst_dynamodb_key(dynamodb, &note->row,
                                                          tidy->pool),
                                         "ConsistentRead", 1,
                                         "ProjectionExpression", "#x",
                                         "ExpressionAttributeNames",
                                         "#x", dynamodb->ttl_name),
                               deadline, NULL, tidy->pool);
    if (status != SST_OK) {
        return status;
    }
    record = json_object_get(answer.document, "Item");
    *gone = record == NULL
        || (sst_dynamodb_get_number(&expires_s, record, dynamodb->ttl_name)
            == SST_OK && expires_s + SLACK_S <= now_s(tidy));
    return SST_OK;
}

/* Of `most` old notes those whose record is gone. Where to begin is a matter of
 * chance: the oldest may be sessions that live on, before which nobody would
 * ever come to the others.
 */
static apr_array_header_t *find_gone(const tidy_t *tidy, int most,
                                     apr_time_t deadline)
{
    apr_array_header_t *found = apr_array_make(tidy->pool, LOOK_MAX,
                                               sizeof(note_t));
    sst_status_t status;
    apr_uint32_t dice = 0;
    int i;

    status = sst_random(&dice, sizeof(dice), NULL);
    for (i = 0; i < most && i < tidy->old->nelts && status == SST_OK
         && sst_clock() < deadline; i++) {
        int nth = (int) ((dice + (apr_uint32_t) i)
                         % (apr_uint32_t) tidy->old->nelts);
        const note_t *note = &APR_ARRAY_IDX(tidy->old, nth, note_t);
        int gone;

        status = look_at(&gone, tidy, note, deadline);
        if (gone) {
            APR_ARRAY_PUSH(found, note_t) = *note;
        }
    }
    return found;
}

/* --- Taking out --- */

/* REMOVE #0, #1 ... as long as these notes are what they were: a session that
 * moves in from another store is noted anew before its record is written.
 */
static json_t *drop_input(const tidy_t *tidy,
                          const apr_array_header_t *notes, int count)
{
    const sst_dynamodb_t *dynamodb = tidy->dynamodb;
    json_t *names = json_pack("{s:s}", "#k", dynamodb->key_name);
    json_t *values = json_object();
    const char *condition = "attribute_exists(#k)";
    const char *expression = "REMOVE ";
    int i;

    for (i = 0; i < count; i++) {
        const note_t *note = &APR_ARRAY_IDX(notes, i, note_t);
        const char *name = apr_psprintf(tidy->pool, "#%d", i);
        const char *value = apr_psprintf(tidy->pool, ":%d", i);

        expression = apr_pstrcat(tidy->pool, expression, i > 0 ? ", " : "",
                                 name, (char *) NULL);
        condition = apr_pstrcat(tidy->pool, condition, " AND ", name, " = ",
                                value, (char *) NULL);
        json_object_set_new(names, name, json_string(note->name));
        json_object_set(values, value, note->value);
    }
    return json_pack("{s:o, s:s, s:s, s:o, s:o}",
                     "Key", sst_dynamodb_key(dynamodb, tidy->user, tidy->pool),
                     "UpdateExpression", expression,
                     "ConditionExpression", condition,
                     "ExpressionAttributeNames", names,
                     "ExpressionAttributeValues", values);
}

static int drop(const tidy_t *tidy, const apr_array_header_t *notes,
                apr_time_t deadline)
{
    int count = notes->nelts < TRIM_MAX ? notes->nelts : TRIM_MAX;
    sst_dynamodb_answer_t answer;

    if (count == 0
        || sst_dynamodb_call(&answer, tidy->dynamodb, "UpdateItem",
                             drop_input(tidy, notes, count), deadline, NULL,
                             tidy->pool) != SST_OK) {
        return 0;
    }
    return count;
}

static int share_of(int count)
{
    int share = count >= LOOK_MIN ? count / LOOK_SHARE : 0;

    return share < LOOK_MAX ? share : LOOK_MAX;
}

/* The end of a part of the time that is left. */
static apr_time_t part_of(apr_time_t deadline, int parts)
{
    apr_time_t now = sst_clock();

    return now + (deadline - now) / parts;
}

int sst_dynamodb_notes_tidy(sst_dynamodb_t *dynamodb, const sst_row_t *user,
                            json_t *item, int full, apr_time_t deadline,
                            apr_pool_t *pool)
{
    tidy_t tidy = { dynamodb, user, NULL, NULL, 0, pool };
    const apr_array_header_t *notes;

    look_through(&tidy, item);
    notes = tidy.over;
    if (notes->nelts < (full ? 1 : TRIM_MIN)) {
        notes = find_gone(&tidy, full ? LOOK_MAX : share_of(tidy.count),
                          part_of(deadline, 4));
    }
    return drop(&tidy, notes, part_of(deadline, 2));
}
