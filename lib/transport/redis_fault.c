/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* The table of Redis' error codes. */

#include "lib/transport/redis_fault.h"

#include <string.h>

#include <apr_strings.h>

#define TEXT_MAX 120    /* of Redis' own words in a message */

typedef struct fault_row_t {
    const char *code;
    sst_redis_fault_t fault;
    sst_status_t status;
    const char *remedy;
} fault_row_t;

static const fault_row_t rows[] = {
    { "LOADING", SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE,
      "it serves again when its data is loaded" },
    { "BUSY", SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE,
      "somebody's script blocks it: see SCRIPT KILL" },
    { "TRYAGAIN", SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE,
      "a slot is moving: it passes by itself" },
    { "CLUSTERDOWN", SST_REDIS_FAULT_WAIT, SST_UNAVAILABLE,
      "see CLUSTER INFO on the cluster's nodes" },
    { "MOVED", SST_REDIS_FAULT_MOVED, SST_UNAVAILABLE,
      "the node belongs to a cluster: use redis+cluster://" },
    { "ASK", SST_REDIS_FAULT_ASK, SST_UNAVAILABLE,
      "the node belongs to a cluster: use redis+cluster://" },
    { "READONLY", SST_REDIS_FAULT_PRIMARY, SST_UNAVAILABLE,
      "it is a replica: name the primary, or use redis+sentinel://" },
    { "ERR WAIT cannot be used with replica", SST_REDIS_FAULT_PRIMARY,
      SST_UNAVAILABLE,
      "it is a replica: name the primary, or use redis+sentinel://" },
    { "MASTERDOWN", SST_REDIS_FAULT_PRIMARY, SST_UNAVAILABLE,
      "it is a replica without its primary" },
    { "NOREPLICAS", SST_REDIS_FAULT_PRIMARY, SST_UNAVAILABLE,
      "too few replicas are connected for min-replicas-to-write" },
    { "NOSCRIPT", SST_REDIS_FAULT_SCRIPT, SST_UNAVAILABLE,
      "the script is sent again" },
    { "NOAUTH", SST_REDIS_FAULT_LOGIN, SST_DENIED,
      "give a password in the URL or with password-file=" },
    { "WRONGPASS", SST_REDIS_FAULT_LOGIN, SST_DENIED,
      "check user and password (URL, password-file=) against ACL LIST" },
    { "ERR invalid password", SST_REDIS_FAULT_LOGIN, SST_DENIED,
      "check the password (URL, password-file=) against requirepass" },
    { "ERR Client sent AUTH", SST_REDIS_FAULT_REFUSED, SST_DENIED,
      "it has no password: remove ours, or set one there" },
    { "ERR AUTH", SST_REDIS_FAULT_REFUSED, SST_DENIED,
      "it has no password: remove ours, or set one there" },
    { "NOPERM", SST_REDIS_FAULT_RIGHTS, SST_DENIED,
      "give the user this right with ACL SETUSER" },
    { "DENIED", SST_REDIS_FAULT_REFUSED, SST_DENIED,
      "it is in protected mode: give it a password" },
    { "OOM", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "its memory is full: raise maxmemory" },
    { "MISCONF", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "it cannot write to its disk: see its log" },
    { "WRONGTYPE", SST_REDIS_FAULT_TYPE, SST_CORRUPT,
      "somebody else writes under our prefix=" },
    { "ERR max number of clients", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "raise its maxclients, or lower pool=" },
    { "ERR DB index", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "the URL names a database that it does not have" },
    { "ERR invalid DB index", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "the URL names a database that it does not have" },
    { "ERR This instance has cluster support disabled",
      SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE,
      "it is no cluster: use redis:// or redis+sentinel://" },
    { "ERR No such master with that name", SST_REDIS_FAULT_REFUSED,
      SST_UNAVAILABLE, "the URL's path has to be the name Sentinel knows" }
};

static const fault_row_t other_row = {
    "", SST_REDIS_FAULT_REFUSED, SST_UNAVAILABLE, "see its log"
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int begins_with(sst_span_t text, const char *word)
{
    apr_size_t len = strlen(word);

    return text.len >= len && memcmp(text.data, word, len) == 0;
}

static const fault_row_t *row_at_front(sst_span_t text)
{
    apr_size_t i;

    for (i = 0; i < ROW_COUNT; i++) {
        if (begins_with(text, rows[i].code)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Before 7.0 a script's failure came as "ERR Error running script (...): ...",
 * with the code of the command that failed somewhere inside.
 */
static const fault_row_t *row_inside(sst_span_t text)
{
    const fault_row_t *row = NULL;
    apr_size_t i;

    for (i = 1; row == NULL && i < text.len; i++) {
        if (text.data[i - 1] == ' ') {
            apr_size_t skip = text.data[i] == '-' ? i + 1 : i;

            row = row_at_front(sst_span(text.data + skip, text.len - skip));
        }
    }
    return row;
}

static const fault_row_t *find_row(sst_span_t text)
{
    const fault_row_t *row = begins_with(text, "ERR Error running script")
        ? row_inside(text) : row_at_front(text);

    return row ? row : &other_row;
}

sst_redis_fault_t sst_redis_fault(sst_span_t text)
{
    return find_row(text)->fault;
}

/* Redis' own words, as far as they may be shown: an unknown command is quoted
 * with its arguments, which may be a password.
 */
static void quote(char out[TEXT_MAX + 1], sst_span_t text)
{
    apr_size_t len = text.len < TEXT_MAX ? text.len : TEXT_MAX;
    char *arguments;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        int shown = text.data[i] >= ' ' && text.data[i] < 0x7f;

        out[i] = (char) (shown ? text.data[i] : '?');
    }
    out[len] = '\0';
    arguments = strstr(out, ", with args");
    if (arguments != NULL) {
        *arguments = '\0';
    }
}

/* What ACL SETUSER calls the right that Redis names in these words, as
 * " (+get)"; or empty, when it names none.
 */
static void name_right(char out[TEXT_MAX + 1], const char *words)
{
    static const char before[] = "to run the '";
    const char *name = strstr(words, before);
    apr_size_t len;

    out[0] = '\0';
    if (name == NULL) {
        return;
    }
    name += sizeof(before) - 1;
    len = strcspn(name, "'");
    if (len > 0 && name[len] == '\'') {
        apr_snprintf(out, TEXT_MAX, " (+%.*s)", (int) len, name);
    }
}

sst_status_t sst_redis_fault_error(sst_span_t text, const char *node,
                                   const char *user, sst_error_t *err)
{
    const fault_row_t *row = find_row(text);
    char words[TEXT_MAX + 1];
    char right[TEXT_MAX + 1];

    quote(words, text);
    name_right(right, row->fault == SST_REDIS_FAULT_RIGHTS ? words : "");
    return sst_error_set(err, row->status, APR_SUCCESS,
                         "Redis %s (user %s) refused: %s; %s%s", node, user,
                         words, row->remedy, right);
}

sst_status_t sst_redis_fault_target(unsigned int *slot, sst_span_t *target,
                                    sst_span_t text)
{
    const unsigned char *number;
    const unsigned char *host;
    apr_uint64_t value = 0;

    *slot = 0;
    *target = sst_span(NULL, 0);
    number = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
    if (number == NULL) {
        return SST_INVALID;
    }
    number++;
    host = memchr(number, ' ', text.len - (apr_size_t) (number - text.data));
    if (host == NULL
        || sst_decimal_decode(&value,
                              sst_span(number,
                                       (apr_size_t) (host - number)))
           != SST_OK || value > 16383) {
        return SST_INVALID;
    }
    host++;
    *slot = (unsigned int) value;
    *target = sst_span(host, text.len - (apr_size_t) (host - text.data));
    return target->len > 0 ? SST_OK : SST_INVALID;
}
