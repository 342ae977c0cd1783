/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Scripts: sent by their digest, and whole when the server does not know them
 * (after its start, SCRIPT FLUSH, a failover). Nothing has to be installed.
 */

#include "lib/backends/redis.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_sha1.h>
#include <apr_strings.h>

#include "lib/clock.h"

#define SCRIPT_ARGS_MAX 4

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define EARLIER_LEN TEXT(SST_REDIS_EARLIER_LEN)
#define EARLIER TEXT(SST_REDIS_EARLIER_MAX) "*" EARLIER_LEN

/* How long a server that refused us scripts is not asked again. */
#define FORBIDDEN_S 60

static const char *const scripts[SST_REDIS_SCRIPTS] = {
    /* SST_REDIS_SCRIPT_PUT: expected token, the value's token and what follows
     * its mark, milliseconds to live. SST_REDIS_PUT_*. The value is stored with
     * the tokens of the writes before it. What has landed before is written
     * too, as it is: a primary that was cut off then refuses it, and WAIT has
     * something to wait for.
     */
    "local s=redis.call('GETRANGE',KEYS[1],0,16+" EARLIER ") "
    "local t=string.sub(s,1,16) "
    "local e=string.sub(s,18,17+(string.byte(s,17) or 0)*" EARLIER_LEN ") "
    "if t==ARGV[1] then "
    "if t~='' then "
    "e=string.sub(string.sub(t,1," EARLIER_LEN ")..e,1," EARLIER ") end "
    "redis.call('SET',KEYS[1],"
    "ARGV[2]..string.char(#e/" EARLIER_LEN ")..e..ARGV[3],'PX',ARGV[4]) "
    "return 1 end "
    "if t==ARGV[2] then "
    "redis.call('PEXPIRE',KEYS[1],ARGV[4]) return 2 end "
    "if t=='' then return -1 end "
    "if string.find(e,string.sub(ARGV[2],1," EARLIER_LEN "),1,true) then "
    "local p=redis.call('PTTL',KEYS[1]) "
    "if p>0 then redis.call('PEXPIRE',KEYS[1],p) end return 3 end "
    "return 0",

    /* SST_REDIS_SCRIPT_REMOVE: expected token. 1 removed, 0 another version
     * is stored, -1 nothing is.
     */
    "local t=redis.call('GETRANGE',KEYS[1],0,15) "
    "if t=='' then return -1 end "
    "if t~=ARGV[1] then return 0 end "
    "redis.call('DEL',KEYS[1]) "
    "return 1",

    /* SST_REDIS_SCRIPT_INDEX: row, its expiry, the time before which entries
     * are dropped (all in seconds). The set lives as long as its last entry.
     * ZADD comes first, because a server without memory refuses it only when
     * nothing was written before. 1.
     */
    "local s=redis.call('ZSCORE',KEYS[1],ARGV[1]) "
    "if not s or tonumber(s)<tonumber(ARGV[2]) then "
    "redis.call('ZADD',KEYS[1],ARGV[2],ARGV[1]) end "
    "redis.call('ZREMRANGEBYSCORE',KEYS[1],'-inf',ARGV[3]) "
    "local e=redis.call('ZREVRANGE',KEYS[1],0,0,'WITHSCORES') "
    "if e[2] then redis.call('EXPIRE',KEYS[1],"
    "string.format('%d',tonumber(e[2])-tonumber(ARGV[3]))) end "
    "return 1"
};

static const char *digest(const char *text, apr_pool_t *pool)
{
    unsigned char bytes[APR_SHA1_DIGESTSIZE];
    char *hex = apr_palloc(pool, SST_HEX_LEN(sizeof(bytes)) + 1);
    apr_sha1_ctx_t sha1;

    apr_sha1_init(&sha1);
    apr_sha1_update(&sha1, text, (unsigned int) strlen(text));
    apr_sha1_final(bytes, &sha1);
    sst_hex_encode(hex, sst_span(bytes, sizeof(bytes)));
    return hex;
}

void sst_redis_scripts_init(sst_redis_t *redis)
{
    int i;

    for (i = 0; i < SST_REDIS_SCRIPTS; i++) {
        redis->digests[i] = digest(scripts[i], redis->pool);
    }
}

static sst_status_t send_as(sst_redis_replies_t *out,
                            const sst_redis_t *redis, const char *command,
                            const char *script, sst_span_t key, int argc,
                            const sst_span_t *argv, apr_time_t deadline,
                            sst_error_t *err, apr_pool_t *pool)
{
    sst_span_t parts[4 + SCRIPT_ARGS_MAX];

    parts[0] = sst_span_text(command);
    parts[1] = sst_span_text(script);
    parts[2] = sst_span_text("1");
    parts[3] = key;
    memcpy(parts + 4, argv, (apr_size_t) argc * sizeof(*argv));
    return sst_redis_write(out, redis, key, 4 + argc, parts, deadline, err,
                           pool);
}

/* By its digest, and whole to a server that does not know it. What was sent
 * twice stays so: a server that does not know the script may have taken over
 * from one that has run it.
 */
static sst_status_t send_script(sst_redis_replies_t *out,
                                const sst_redis_t *redis,
                                sst_redis_script_t script, sst_span_t key,
                                int argc, const sst_span_t *argv,
                                apr_time_t deadline, sst_error_t *err,
                                apr_pool_t *pool)
{
    sst_status_t status = send_as(out, redis, "EVALSHA",
                                  redis->digests[script], key, argc, argv,
                                  deadline, err, pool);

    if (out->fault == SST_REDIS_FAULT_SCRIPT) {
        int replayed = out->replayed;

        sst_redis_replies_clear(out);
        sst_error_clear(err);
        status = send_as(out, redis, "EVAL", scripts[script], key, argc, argv,
                         deadline, err, pool);
        out->replayed |= replayed;
    }
    return status;
}

/* 1 when the refusal is about scripts as such, and not about a key or about a
 * command inside of ours.
 */
static int refuses_scripts(const sst_redis_replies_t *replies)
{
    sst_span_t text = sst_redis_reply_text(sst_redis_replies_error(replies));
    char words[160];

    apr_cpystrn(words, text.len > 0 ? (const char *) text.data : "",
                text.len < sizeof(words) ? text.len + 1 : sizeof(words));
    return strstr(words, "'eval") != NULL || strstr(words, "'EVAL") != NULL
        || strstr(words, "command `EVAL") != NULL;
}

static int scripts_are_forbidden(sst_redis_t *redis)
{
    return apr_atomic_read32(&redis->no_scripts_until_s)
        > (apr_uint32_t) apr_time_sec(sst_clock());
}

static void forbid_scripts(sst_store_t *store)
{
    sst_redis_t *redis = store->impl;
    apr_uint32_t now_s = (apr_uint32_t) apr_time_sec(sst_clock());

    if (apr_atomic_xchg32(&redis->no_scripts_until_s, now_s + FORBIDDEN_S)
        == 0) {
        sst_store_notify(store, SST_DENIED,
                         "%s lets its user run no scripts: of two requests "
                         "that change a session at the same moment the later "
                         "one wins; give the user +evalsha and +eval",
                         store->name);
    }
}

sst_status_t sst_redis_script_run(apr_int64_t *answer, int *replayed,
                                  int *forbidden, sst_store_t *store,
                                  sst_redis_script_t script, sst_span_t key,
                                  int argc, const sst_span_t *argv,
                                  apr_time_t deadline, sst_error_t *err,
                                  apr_pool_t *pool)
{
    sst_redis_t *redis = store->impl;
    sst_redis_replies_t replies;
    sst_error_t trial;
    sst_status_t status;

    *answer = 0;
    *replayed = 0;
    *forbidden = scripts_are_forbidden(redis);
    if (*forbidden) {
        return SST_DENIED;
    }
    sst_error_clear(&trial);
    status = send_script(&replies, redis, script, key, argc, argv, deadline,
                         &trial, pool);
    if (status == SST_OK) {
        *answer = sst_redis_reply_number(replies.items[0], 0);
        *replayed = replies.replayed;
    }
    else if (refuses_scripts(&replies)) {
        forbid_scripts(store);
        *forbidden = 1;
        status = SST_DENIED;
    }
    else {
        (void) sst_error_set(err, status, trial.os, "%s", trial.text);
    }
    sst_redis_replies_clear(&replies);
    return status;
}
