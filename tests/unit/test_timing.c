/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* What the time of a ticket's verification tells: nothing of how far a guess
 * was right.
 *
 * The method is that of dudect (Reparaz, Balasch, Verbauwhede, "Dude, is my
 * code constant time?", 2017): samples of two classes are taken in turn, those
 * that something has interrupted are cropped, and Welch's t-test says whether
 * the rest have the same mean. Beside the real verification stands one with a
 * comparison that stops at the first wrong byte. Where the method sees that
 * leak, it would see ours: a run counts only then. What disturbs one run does
 * not disturb all of them, a leak does.
 */

#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/crypto.h"
#include "lib/ticket.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SAMPLES 100000          /* instrumented code shows no real times */
#else
#define SAMPLES 1000000
#endif

#define RUNS_MAX 8
#define TEXTS 64                /* tickets of each class */
#define CHECK_TEXT SST_BASE64URL_LEN(SST_CHECK_LEN)
#define KEPT_PER_CENT 70        /* the fastest of both classes */
#define T_MIN 10.0              /* dudect calls 4.5 suspect, 10 certain */
#define PART_OF_LEAK 10.0       /* a smaller difference is none */

static const sst_scope_t scope = { "shop.example", "session" };

/* Classes of guesses, in pairs that are compared. */
typedef enum {
    FIRST_WRONG = 0,            /* of the check: its first byte */
    LAST_WRONG,
    ID_KNOWN,                   /* a session's own id, and a wrong check */
    ID_UNKNOWN,
    LEAK_FIRST,                 /* as the first two, by way of the leak */
    LEAK_LAST,
    CLASSES
} class_t;

typedef struct text_t {
    char text[SST_TICKET_MAX + 1];
    char right[CHECK_TEXT + 1]; /* how its check should end */
} text_t;

typedef struct bench_t {
    sst_keyring_t *ring;
    text_t texts[CLASSES][TEXTS];
    float *times[CLASSES];      /* ns */
    size_t counts[CLASSES];
} bench_t;

/* --- Guesses --- */

static char *check_of(text_t *text)
{
    return text->text + strlen(text->text) - CHECK_TEXT;
}

/* Another character in place `at` of the check, so that one byte is wrong. */
static void spoil(text_t *text, size_t at)
{
    char *check = check_of(text);

    check[at] = check[at] == 'A' ? 'Z' : 'A';
}

static void make_text(text_t *out, bench_t *bench, class_t class,
                      const sst_ticket_t *known)
{
    sst_ticket_t ticket;

    assert_status(sst_ticket_mint(&ticket, &bench->ring->keys[0], NULL),
                  SST_OK);
    if (class != ID_UNKNOWN) {
        memcpy(ticket.id, known->id, sizeof(ticket.id));
    }
    assert_status(sst_ticket_format(out->text, &ticket, &scope, NULL), SST_OK);
    memcpy(out->right, check_of(out), CHECK_TEXT + 1);
    if (class == LAST_WRONG || class == LEAK_LAST) {
        spoil(out, CHECK_TEXT - 1);
    }
    else {
        spoil(out, 0);
    }
}

static void make_texts(bench_t *bench)
{
    sst_ticket_t known;
    int class;
    int i;

    assert_status(sst_ticket_mint(&known, &bench->ring->keys[0], NULL),
                  SST_OK);
    for (class = 0; class < CLASSES; class++) {
        for (i = 0; i < TEXTS; i++) {
            make_text(&bench->texts[class][i], bench, (class_t) class, &known);
        }
    }
}

/* --- Samples --- */

static double now_ns(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

/* What a naive comparison does. */
static int leaky_equal(const volatile char *a, const volatile char *b,
                       size_t len)
{
    size_t i = 0;

    while (i < len && a[i] == b[i]) {
        i++;
    }
    return i == len;
}

/* All classes take the same way, and read from the same place. */
static double sample(bench_t *bench, class_t class, unsigned int number)
{
    static text_t guess;
    size_t compared = class >= LEAK_FIRST ? CHECK_TEXT : 0;
    sst_ticket_t ticket;
    sst_status_t status;
    double began;
    double taken;
    int equal;

    memcpy(&guess, &bench->texts[class][number % TEXTS], sizeof(guess));
    began = now_ns();
    status = sst_ticket_parse(&ticket, sst_span_text(guess.text), bench->ring,
                              &scope, NULL);
    equal = leaky_equal(check_of(&guess), guess.right, compared);
    taken = now_ns() - began;
    assert_status(status, SST_INVALID);
    assert_int_equal(equal, compared == 0);
    return taken;
}

/* The class of the next sample is not to be foreseen, by no predictor. */
static void take_samples(bench_t *bench)
{
    unsigned char random[4096] = { 0 };
    int i;

    memset(bench->counts, 0, sizeof(bench->counts));
    for (i = 0; i < SAMPLES; i++) {
        unsigned int number = (unsigned int) i % (sizeof(random) / 2);
        class_t class;

        if (number == 0) {
            assert_status(sst_random(random, sizeof(random), NULL), SST_OK);
        }
        class = (class_t) (random[number * 2] % CLASSES);
        bench->times[class][bench->counts[class]++]
            = (float) sample(bench, class, random[number * 2 + 1]);
    }
}

/* --- Statistics --- */

typedef struct welch_t {
    double t;
    double apart;               /* of the means, ns */
} welch_t;

static int by_size(const void *a, const void *b)
{
    float x = *(const float *) a;
    float y = *(const float *) b;

    return (x > y) - (x < y);
}

/* The time below which so many per cent of both classes together lie. */
static float crop_at(const bench_t *bench, class_t class)
{
    size_t first = bench->counts[class];
    size_t count = first + bench->counts[class + 1];
    float *all = malloc(count * sizeof(*all));
    float limit;

    assert_non_null(all);
    memcpy(all, bench->times[class], first * sizeof(*all));
    memcpy(all + first, bench->times[class + 1],
           (count - first) * sizeof(*all));
    qsort(all, count, sizeof(*all), by_size);
    limit = all[count * KEPT_PER_CENT / 100];
    free(all);
    return limit;
}

static void moments(double *mean, double *variance_of_mean,
                    const bench_t *bench, class_t class, float limit)
{
    double sum = 0;
    double squares = 0;
    double count = 0;
    size_t i;

    for (i = 0; i < bench->counts[class]; i++) {
        double time = bench->times[class][i];

        if (time <= limit) {
            sum += time;
            squares += time * time;
            count++;
        }
    }
    assert_true(count > 100);
    *mean = sum / count;
    *variance_of_mean = (squares / count - *mean * *mean) / (count - 1);
}

/* Compares a class with the one behind it. */
static welch_t welch(const bench_t *bench, class_t class)
{
    float limit = crop_at(bench, class);
    double mean[2];
    double variance[2];
    welch_t result;

    moments(&mean[0], &variance[0], bench, class, limit);
    moments(&mean[1], &variance[1], bench, (class_t) (class + 1), limit);
    result.apart = fabs(mean[0] - mean[1]);
    result.t = result.apart / sqrt(variance[0] + variance[1] + 1e-12);
    return result;
}

static int differs(welch_t pair, welch_t leak)
{
    return pair.t > T_MIN && pair.apart > leak.apart / PART_OF_LEAK;
}

/* --- The tests --- */

static void make_bench(bench_t *bench, apr_pool_t *pool)
{
    int class;

    bench->ring = unit_ring("12", pool);
    make_texts(bench);
    for (class = 0; class < CLASSES; class++) {
        bench->times[class] = malloc(SAMPLES * sizeof(float));
        assert_non_null(bench->times[class]);
    }
}

static void drop_bench(bench_t *bench)
{
    int class;

    for (class = 0; class < CLASSES; class++) {
        free(bench->times[class]);
    }
}

static void time_tells_neither_a_right_byte_nor_a_known_id(void **state)
{
    bench_t bench;
    int found_nothing = 0;
    int runs;

    make_bench(&bench, *state);
    for (runs = 0; runs < RUNS_MAX && !found_nothing; runs++) {
        welch_t check;
        welch_t id;
        welch_t leak;

        take_samples(&bench);
        check = welch(&bench, FIRST_WRONG);
        id = welch(&bench, ID_KNOWN);
        leak = welch(&bench, LEAK_FIRST);
        print_message("first or last byte wrong: t=%.1f (%.2f ns); "
                      "id known or not: t=%.1f (%.2f ns); "
                      "planted leak: t=%.1f (%.2f ns)\n", check.t, check.apart,
                      id.t, id.apart, leak.t, leak.apart);
        found_nothing = leak.t > T_MIN && !differs(check, leak)
                        && !differs(id, leak);
    }
    drop_bench(&bench);
    assert_true(found_nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(time_tells_neither_a_right_byte_nor_a_known_id)
    };

    return cmocka_run_group_tests(tests, unit_start, unit_stop);
}
