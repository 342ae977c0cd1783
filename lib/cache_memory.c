/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Slots, generations and tallies in shared memory.
 *
 * The sequence number is a seqlock without fences (Boehm, "Can seqlocks get
 * along with programming language memory models?", MSPC 2012): each word of a
 * slot is stored with release and loaded with acquire, so that whoever reads a
 * new word sees the odd number too. Compilers and ThreadSanitizer can follow
 * that; on x86 these are plain moves.
 */

#include "lib/cache_memory.h"

#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "lib/clock.h"

/* Counts on whenever the memory changes in a way that no size tells: the order
 * of what is counted, a unit, which row lies where.
 */
#define LAYOUT "1"

#define WAYS 8              /* slots in a set */
#define GENERATIONS 4       /* for each slot */
#define STRIPES 16          /* so many may count without meeting */
#define LINE 64             /* bytes of a cache line */

#define WORD sizeof(apr_uint64_t)
#define ROW_WORDS (SST_ROW_LEN / WORD)

typedef struct tally_t {
    apr_uint64_t counts[SST_CACHE_EVENTS];
    char apart[LINE];
} tally_t;

typedef struct store_t {
    sst_cache_board_t board;
    char apart[LINE];
    tally_t tallies[STRIPES];
} store_t;

/* What finds a copy without a look at the slots: a page of memory that nobody
 * has looked at, the system need not have.
 */
typedef struct set_t {
    apr_uint64_t tags[WAYS];        /* the row's, or of whatever was there; 0:
                                     * nothing ever */
    apr_uint64_t used_s[WAYS];      /* when it was last of use */
} set_t;

/* The front of a slot, each a word of its own. The value follows. */
typedef struct head_t {
    apr_uint64_t store;             /* its index + 1; 0: never written */
    apr_uint64_t len;
    apr_uint64_t row[ROW_WORDS];
    apr_uint64_t epoch;
    apr_uint64_t generation;
    apr_uint64_t expires_s;
    apr_uint64_t read_at;
} head_t;

typedef struct slot_t {
    apr_uint64_t sequence;          /* odd: is being written */
    head_t head;
    apr_uint64_t value[];
} slot_t;

#define HEAD_WORDS (sizeof(head_t) / WORD)

struct sst_cache_memory_t {
    store_t *stores;                /* SST_CACHE_STORES */
    apr_uint64_t *generations;
    apr_size_t generation_count;
    set_t *sets;
    apr_size_t set_count;
    unsigned char *slots;
    apr_size_t slot_size;
    apr_size_t value_max;
};

/* --- Words --- */

static apr_uint64_t load(const apr_uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(apr_uint64_t *word, apr_uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void load_words(apr_uint64_t *out, const apr_uint64_t *words,
                       apr_size_t count)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        out[i] = load(&words[i]);
    }
}

static void store_words(apr_uint64_t *words, const void *data, apr_size_t len)
{
    const unsigned char *bytes = data;
    apr_size_t at;

    for (at = 0; at < len; at += WORD) {
        apr_uint64_t word = 0;

        memcpy(&word, bytes + at, len - at < WORD ? len - at : WORD);
        store(&words[at / WORD], word);
    }
}

static apr_size_t words_of(apr_size_t len)
{
    return (len + WORD - 1) / WORD;
}

/* --- Dividing the memory --- */

static apr_size_t slot_size_of(apr_size_t value_max)
{
    return sizeof(slot_t) + words_of(value_max) * WORD;
}

static apr_size_t set_bytes(apr_size_t value_max)
{
    return sizeof(set_t) + WAYS * (slot_size_of(value_max)
                                   + GENERATIONS * sizeof(apr_uint64_t));
}

apr_size_t sst_cache_memory_least(apr_size_t value_max)
{
    return SST_CACHE_STORES * sizeof(store_t) + set_bytes(value_max);
}

const char *sst_cache_memory_layout(apr_pool_t *pool)
{
    return apr_psprintf(pool, "layout " LAYOUT " of %" APR_SIZE_T_FMT " and %"
                        APR_SIZE_T_FMT, sst_cache_memory_least(0),
                        sizeof(struct sst_cache_memory_t));
}

sst_status_t sst_cache_memory_make(sst_cache_memory_t **out, void *base,
                                   apr_size_t size, apr_size_t value_max,
                                   sst_error_t *err, apr_pool_t *pool)
{
    sst_cache_memory_t *memory = apr_pcalloc(pool, sizeof(*memory));
    unsigned char *bytes = base;

    *out = NULL;
    if (size < sst_cache_memory_least(value_max)) {
        return sst_error_set(err, SST_INVALID, APR_SUCCESS,
                             "%" APR_SIZE_T_FMT " bytes are too few for a "
                             "cache of values of %" APR_SIZE_T_FMT " bytes",
                             size, value_max);
    }
    size -= SST_CACHE_STORES * sizeof(store_t);
    memory->value_max = value_max;
    memory->slot_size = slot_size_of(value_max);
    memory->set_count = size / set_bytes(value_max);
    memory->generation_count = memory->set_count * WAYS * GENERATIONS;
    memory->stores = (store_t *) bytes;
    bytes += SST_CACHE_STORES * sizeof(store_t);
    memory->generations = (apr_uint64_t *) bytes;
    bytes += memory->generation_count * sizeof(apr_uint64_t);
    memory->sets = (set_t *) bytes;
    memory->slots = bytes + memory->set_count * sizeof(set_t);
    *out = memory;
    return SST_OK;
}

sst_cache_board_t *sst_cache_board(const sst_cache_place_t *place)
{
    return &place->memory->stores[place->index].board;
}

/* --- Where a row lies --- */

/* Where to look for a row of a store. */
typedef struct spot_t {
    apr_uint64_t row[ROW_WORDS];
    apr_uint64_t tag;
    apr_size_t set;
    apr_uint64_t *generation;
} spot_t;

/* A row is an HMAC, so that nobody can choose where it comes to lie; stirred
 * all the same, for those that are none.
 */
static apr_uint64_t stirred(const apr_uint64_t *row, int index)
{
    apr_uint64_t sum = (apr_uint64_t) index;
    apr_size_t i;

    for (i = 0; i < ROW_WORDS; i++) {
        sum = (sum ^ row[i]) * 0x9e3779b97f4a7c15ULL;
        sum ^= sum >> 32;
    }
    return sum != 0 ? sum : 1;
}

static apr_size_t scaled(apr_uint64_t half, apr_size_t count)
{
    return (apr_size_t) ((half * count) >> 32);
}

static void find_spot(spot_t *out, const sst_cache_place_t *place,
                      const sst_row_t *row)
{
    const sst_cache_memory_t *memory = place->memory;

    memcpy(out->row, row->bytes, SST_ROW_LEN);
    out->tag = stirred(out->row, place->index);
    out->set = scaled(out->tag & 0xffffffff, memory->set_count);
    out->generation = &memory->generations[scaled(out->tag >> 32,
                                                  memory->generation_count)];
}

static slot_t *slot_at(const sst_cache_memory_t *memory, apr_size_t set,
                       int way)
{
    return (slot_t *) (memory->slots
                       + (set * WAYS + (apr_size_t) way) * memory->slot_size);
}

/* 1 when a copy with this front counts. */
static int counts(const head_t *head, const sst_cache_place_t *place,
                  const apr_uint64_t *generation)
{
    return head->store == (apr_uint64_t) place->index + 1
        && head->epoch == load(&sst_cache_board(place)->epoch)
        && head->generation == load(generation);
}

/* --- Finding --- */

void sst_cache_mark(sst_cache_mark_t *out, const sst_cache_place_t *place,
                    const sst_row_t *row)
{
    spot_t spot;

    find_spot(&spot, place, row);
    out->at = sst_uptime();
    out->epoch = load(&sst_cache_board(place)->epoch);
    out->generation = load(spot.generation);
}

/* 1 when the slot has the row's copy, whole, and it counts. */
static int read_slot(sst_value_t *out, apr_time_t *read_at,
                     const sst_cache_place_t *place, const spot_t *spot,
                     const slot_t *slot, apr_pool_t *pool)
{
    apr_uint64_t sequence = load(&slot->sequence);
    apr_uint64_t *bytes;
    head_t head;

    load_words((apr_uint64_t *) &head, (const apr_uint64_t *) &slot->head,
               HEAD_WORDS);
    if (sequence % 2 != 0 || head.len > place->memory->value_max
        || memcmp(head.row, spot->row, sizeof(head.row)) != 0
        || !counts(&head, place, spot->generation)) {
        return 0;
    }
    bytes = apr_palloc(pool, words_of((apr_size_t) head.len) * WORD);
    load_words(bytes, slot->value, words_of((apr_size_t) head.len));
    /* Once more: what was evicted meanwhile is not handed out. */
    if (load(&slot->sequence) != sequence
        || !counts(&head, place, spot->generation)) {
        return 0;
    }
    out->bytes = sst_span(bytes, (apr_size_t) head.len);
    out->expires_s = (apr_int64_t) head.expires_s;
    *read_at = (apr_time_t) head.read_at;
    return sst_version_read(&out->version, out->bytes, NULL) == SST_OK;
}

int sst_cache_find(sst_value_t *out, apr_time_t *read_at,
                   const sst_cache_place_t *place, const sst_row_t *row,
                   apr_pool_t *pool)
{
    static const sst_value_t nothing;
    sst_cache_memory_t *memory = place->memory;
    apr_uint64_t now_s;
    spot_t spot;
    set_t *set;
    int way;

    find_spot(&spot, place, row);
    set = &memory->sets[spot.set];
    *read_at = 0;
    for (way = 0; way < WAYS; way++) {
        *out = nothing;
        if (load(&set->tags[way]) == spot.tag
            && read_slot(out, read_at, place, &spot,
                         slot_at(memory, spot.set, way), pool)) {
            now_s = (apr_uint64_t) apr_time_sec(sst_uptime());
            if (load(&set->used_s[way]) != now_s) {
                store(&set->used_s[way], now_s);
            }
            return 1;
        }
    }
    *out = nothing;
    return 0;
}

/* --- Keeping --- */

/* 1 when what lies in a slot is of no use any more. What it is another writer
 * may be about to change: a wrong answer displaces a copy, and no more.
 */
static int is_useless(const sst_cache_memory_t *memory, const slot_t *slot)
{
    sst_cache_place_t place = { (sst_cache_memory_t *) memory, 0 };
    sst_row_t row;
    spot_t spot;
    head_t head;

    load_words((apr_uint64_t *) &head, (const apr_uint64_t *) &slot->head,
               HEAD_WORDS);
    if (head.store == 0 || head.store > SST_CACHE_STORES) {
        return 1;
    }
    place.index = (int) head.store - 1;
    memcpy(row.bytes, head.row, sizeof(row.bytes));
    find_spot(&spot, &place, &row);
    return !counts(&head, &place, spot.generation)
        || (apr_int64_t) head.expires_s
           <= (apr_int64_t) apr_time_sec(apr_time_now());
}

/* How gladly a slot is written over: the larger, the better. */
static apr_uint64_t worth_taking(const sst_cache_memory_t *memory,
                                 const spot_t *spot, int way)
{
    const set_t *set = &memory->sets[spot->set];
    const slot_t *slot = slot_at(memory, spot->set, way);
    apr_uint64_t tag = load(&set->tags[way]);

    if (tag == 0) {
        return APR_UINT64_MAX - 1;
    }
    if (load(&slot->sequence) % 2 != 0) {
        return 0;
    }
    if (tag == spot->tag) {
        return APR_UINT64_MAX;
    }
    return is_useless(memory, slot) ? APR_UINT64_MAX - 1
        : APR_UINT64_MAX / 2 - load(&set->used_s[way]);
}

/* The way to write to, or -1; *displaces is 1 when a good copy lies there. */
static int choose_way(int *displaces, const sst_cache_memory_t *memory,
                      const spot_t *spot)
{
    apr_uint64_t best = 0;
    int chosen = -1;
    int way;

    for (way = 0; way < WAYS; way++) {
        apr_uint64_t worth = worth_taking(memory, spot, way);

        if (worth > best) {
            best = worth;
            chosen = way;
        }
    }
    *displaces = best <= APR_UINT64_MAX / 2;
    return chosen;
}

/* A slot that was never used has a tag before it is written: should the writer
 * be killed, others see that it is taken.
 */
static void claim(apr_uint64_t *tag, const spot_t *spot)
{
    apr_uint64_t nobody = 0;

    (void) __atomic_compare_exchange_n(tag, &nobody, spot->tag, 0,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void write_slot(slot_t *slot, const head_t *head, sst_span_t bytes,
                       apr_uint64_t sequence)
{
    store_words((apr_uint64_t *) &slot->head, head, sizeof(*head));
    store_words(slot->value, bytes.data, bytes.len);
    store(&slot->sequence, sequence + 2);
}

void sst_cache_keep(const sst_cache_place_t *place, const sst_row_t *row,
                    const sst_value_t *value, const sst_cache_mark_t *mark)
{
    sst_cache_memory_t *memory = place->memory;
    apr_uint64_t sequence;
    head_t head;
    spot_t spot;
    slot_t *slot;
    int displaces;
    int way;

    if (value->bytes.len > memory->value_max) {
        sst_cache_count(place, SST_CACHE_TOO_BIG);
        return;
    }
    find_spot(&spot, place, row);
    way = choose_way(&displaces, memory, &spot);
    if (way < 0) {
        return;
    }
    head.store = (apr_uint64_t) place->index + 1;
    head.len = value->bytes.len;
    memcpy(head.row, spot.row, sizeof(head.row));
    head.epoch = mark->epoch;
    head.generation = mark->generation;
    head.expires_s = (apr_uint64_t) value->expires_s;
    head.read_at = (apr_uint64_t) mark->at;
    slot = slot_at(memory, spot.set, way);
    claim(&memory->sets[spot.set].tags[way], &spot);
    sequence = load(&slot->sequence);
    if (sequence % 2 != 0 || !counts(&head, place, spot.generation)
        || !__atomic_compare_exchange_n(&slot->sequence, &sequence,
                                        sequence + 1, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
        return;
    }
    store(&memory->sets[spot.set].tags[way], spot.tag);
    store(&memory->sets[spot.set].used_s[way],
          (apr_uint64_t) apr_time_sec(sst_uptime()));
    write_slot(slot, &head, value->bytes, sequence);
    sst_cache_count(place, SST_CACHE_KEPT);
    if (displaces) {
        sst_cache_count(place, SST_CACHE_DISPLACED);
    }
}

/* --- Evicting --- */

void sst_cache_evict(const sst_cache_place_t *place, const sst_row_t *row)
{
    spot_t spot;

    find_spot(&spot, place, row);
    (void) __atomic_add_fetch(spot.generation, 1, __ATOMIC_SEQ_CST);
    sst_cache_count(place, SST_CACHE_EVICTED);
}

void sst_cache_drop(const sst_cache_place_t *place)
{
    (void) __atomic_add_fetch(&sst_cache_board(place)->epoch, 1,
                              __ATOMIC_SEQ_CST);
    sst_cache_count(place, SST_CACHE_DROPPED);
}

/* --- Counting --- */

/* Processes and threads are told apart by their ids and by their stacks. */
void sst_cache_count(const sst_cache_place_t *place, sst_cache_event_t event)
{
    char here = '\0';
    apr_uintptr_t mixed = ((apr_uintptr_t) &here >> 16)
                          + (apr_uintptr_t) getpid();
    tally_t *tally = &place->memory->stores[place->index]
                      .tallies[mixed % STRIPES];

    (void) __atomic_add_fetch(&tally->counts[event], 1, __ATOMIC_RELAXED);
}

static void add_slot(sst_cache_figures_t *out, const sst_cache_place_t *place,
                     const slot_t *slot)
{
    head_t head;

    load_words((apr_uint64_t *) &head, (const apr_uint64_t *) &slot->head,
               HEAD_WORDS);
    if (load(&slot->sequence) % 2 == 0
        && head.store == (apr_uint64_t) place->index + 1
        && head.len <= place->memory->value_max
        && !is_useless(place->memory, slot)) {
        out->entries++;
        out->bytes += head.len;
    }
}

void sst_cache_figures(sst_cache_figures_t *out,
                       const sst_cache_place_t *place)
{
    const sst_cache_memory_t *memory = place->memory;
    const store_t *counted = &memory->stores[place->index];
    apr_size_t set;
    int i;
    int k;

    memset(out, 0, sizeof(*out));
    for (i = 0; i < STRIPES; i++) {
        for (k = 0; k < SST_CACHE_EVENTS; k++) {
            out->events[k] += load(&counted->tallies[i].counts[k]);
        }
    }
    for (set = 0; set < memory->set_count; set++) {
        for (i = 0; i < WAYS; i++) {
            if (load(&memory->sets[set].tags[i]) != 0) {
                add_slot(out, place, slot_at(memory, set, i));
            }
        }
    }
    out->slots = memory->set_count * WAYS;
    out->slot_size = memory->slot_size;
}
