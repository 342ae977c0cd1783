#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Writes the seeds: the golden vectors, and what servers say, in the formats
that Redis and AWS document.

What else stands beside them is an input that once failed; or, in a file whose
name begins with "recorded-", what a server or a browser did say:
record_redis.py, record_dynamodb.py and record_httpd.py write those.
"""
import base64
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parent / "unit" / "golden" / "vectors.txt"


def cases():
    for block in VECTORS.read_text().strip().split("\n\n"):
        lines = block.split("\n")
        yield lines[0].strip("[]"), dict(line.split(" ", 1)
                                         for line in lines[1:])


def seed(target, name, data):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main():
    keys = []
    plains = {1: [], 2: [], 3: []}
    for number, (kind, case) in enumerate(cases()):
        name = "golden-%d" % number
        if kind == "key":
            keys.append(case["line"])
        elif kind == "ticket":
            seed("ticket", name, case["text"].encode())
        elif kind == "carried":
            seed("carried", name, case["text"].encode())
        elif kind == "record":
            seed("record", name, bytes.fromhex(case["value"]))
            for box, plain in plains.items():
                if case.get("plain%d" % box, "-") != "-":
                    plain.append(bytes.fromhex(case["plain%d" % box]))
    seed("keyring", "golden", ("# keys\n" + "\n".join(keys) + "\n").encode())
    for number, plain in enumerate(plains[1]):
        seed("entries", "golden-%d" % number, plain)
        seed("box", "golden-%d" % number,
             struct.pack(">I", len(plain)) + zlib.compress(plain))
    seed("entries", "merge", b"\xff".join(plains[1][:1] + plains[1][:2]))
    seed("entries", "overlay", b"\xff".join(
        [plains[1][0], plains[1][0], plains[3][0]]))
    for number, plain in enumerate(plains[2]):
        seed("meta", "golden-%d" % number, plain)
    for number, text in enumerate((
            "dir:/var/lib/sessions",
            "dir:/a\ntenant=shop\ntimeout=300ms",
            "any:x\ntext=a\npath=/p\ntime=5m\ncount=7\nchoice=bc",
            "any://user:password@host/0\ntime=9223372036854775807us",
            "redis://h\nunknown=1\nx",
            "any:\nchoice=z\ntime=1x\ncount=-1\npath=p\ntext=",
            "redis+sentinel://user@[::1]:26379,b/mymaster/3\nreplicas=1",
            "rediss+cluster://a:7000,b,10.0.0.1\nca=/etc/ca.pem",
            "redis+unix:/run/redis.sock\ndb=1",
            "dynamodb:sessions\nregion=eu-west-1\nkey=sid:S",
            "cookie:\ntenant=a")):
        seed("store", "url-%d" % number, text.encode())
    for number, text in enumerate((
            "set &a=1&b=%41+%2c&",
            "set &a=1&, append &a=2&, delete b, regenerate",
            "clear, set &colour=red&",
            "end, set &a=1&",
            "delete &a&b&, set a=",
            "set &members-user=root&",
            "set &a=%00&")):
        seed("verbs", "lines-%d" % number, text.encode())
    seed_servers()


def seed_servers():
    """What servers and AWS's files say."""
    seed("aws_files", "both", b"""# comment
[default]
region = eu-west-1
[profile web]
role_arn = arn:aws:iam::123456789012:role/web
source_profile = default
services = local
[services local]
dynamodb =
  endpoint_url = http://127.0.0.1:8000
\xff[default]
aws_access_key_id=AKIDEXAMPLE
aws_secret_access_key = secret ; comment
[web]
aws_session_token =
""")
    seed("aws_keys", "instance", b"""{"Code": "Success",
"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret",
"Token": "token", "Expiration": "2026-11-26T12:00:00Z"}""")
    seed("aws_keys", "time", b"2026-11-26T12:00:00.123+01:00")
    version = base64.b64encode(bytes(range(16))).decode()
    seed("item", "session", ("""{"sid": {"B": "%s"}, "exp": {"N": "1800000000"},
"rev": {"N": "7"}, "tok": {"B": "%s"}, "val": {"B": "AQIDBA=="},
"w3": {"B": "AAECAwQFBgcICQ=="}}""" % (
        base64.b64encode(bytes(32)).decode(), version)).encode())
    seed("item", "text", b'{"sid": {"S": "' + b"0a" * 32 + b'"}}')
    for number, text in enumerate((
            "MOVED 3999 127.0.0.1:6381", "ASK 16383 [::1]:6379",
            "MOVED 1 :6379", "NOSCRIPT No matching script",
            "WRONGPASS invalid username-password pair",
            "OOM command not allowed when used memory > 'maxmemory'",
            "{user}:1", "NOPERM this user has no permissions")):
        seed("redis_error", "error-%d" % number, text.encode())
    seed_cookies()
    seed_redis()
    seed_redis_heard()
    seed_dynamodb()
    seed_aws_answers()
    seed_places()


def seed_cookies():
    for number, text in enumerate((
            "session=101112", "a=b; session=1; session=2; c=d",
            "session=2.abc; x=y; session-1=def", "s=1.z; s-1=q; s-7=t",
            "session=3.a; session-1=b; session-2=c; session=2.d; session-1=e",
            "a=1, session=forged; session = spaced ; b", "session",
            "sessionx=1; xsession=2; session=")):
        seed("cookie", "field-%d" % number, text.encode())


# Operations of store_call.c, and the forms of Redis in fuzz_redis.c.
GET, PUT_OVER, REMOVE, TOUCH, PUT_NEW, REMOVE_OWN = 0, 3, 4, 5, 6, 7
LIST, ADD, FORGET, SCAN, EXAMINE, PURGE = 9, 10, 11, 12, 13, 14
CALLS = 15
SINGLE, UNIX, SENTINEL, CLUSTER, CONFIRMED = 0, 1, 2, 3, 4
NEXT = b"\xff\xfe"


def bulk(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


def array(*replies):
    return b"*%d\r\n%s" % (len(replies), b"".join(replies))


def number(value):
    return b":%d\r\n" % value


def value(earlier=0, told=None):
    """A stored value: token, revision, body, and so many earlier tokens; the
    mark may tell of more."""
    mark = bytes([earlier if told is None else told])
    return (bytes(range(1, 17)) + mark + b"tokens" * earlier
            + struct.pack(">Q", 7)[1:] + b"body")


def seed_redis():
    greeting = b"+OK\r\n+OK\r\n+PONG\r\n"
    role = array(bulk(b"master"), number(0), array())
    slots = array(
        array(number(0), number(8191),
              array(bulk(b"10.0.0.3"), number(6379), bulk(b"a" * 40))),
        array(number(8192), number(16383),
              array(bulk(b""), number(6380), bulk(b"b" * 40))))
    found = bulk(value()) + number(60000)
    master = array(bulk(b"10.0.0.9"), bulk(b"6379"))
    details = array(bulk(b"name"), bulk(b"mymaster"),
                    bulk(b"config-epoch"), bulk(b"3"))
    key = b"session_store:s:" + b"0a" * 32
    for name, form, call, pieces in (
            ("get", SINGLE, GET, [greeting + found]),
            ("get-none", SINGLE, GET, [greeting + b"$-1\r\n" + number(-2)]),
            ("get-rewritten", SINGLE, GET,
             [greeting + bulk(value(earlier=8)) + number(60000)]),
            ("get-short-of-tokens", SINGLE, GET,
             [greeting + bulk(value(earlier=1, told=255)) + number(60000)]),
            ("get-immortal", SINGLE, GET,
             [greeting + bulk(value()) + number(-1)]),
            ("get-for-ages", SINGLE, GET,
             [greeting + bulk(value()) + number(2 ** 63 - 1)]),
            ("get-unix", UNIX, GET, [b"+PONG\r\n" + found]),
            ("get-sentinel", SENTINEL, GET,
             [b"+PONG\r\n" + master + details, role + found]),
            ("get-replica", SENTINEL, GET,
             [b"+PONG\r\n" + master + details,
              array(bulk(b"slave"), bulk(b"10.0.0.1"), number(6379),
                    bulk(b"connected"), number(0)),
              b"+PONG\r\n" + master + details, role + found]),
            ("get-cluster", CLUSTER, GET,
             [b"+PONG\r\n" + slots, b"+PONG\r\n" + found]),
            ("get-moved", CLUSTER, GET,
             [b"+PONG\r\n" + slots,
              b"+PONG\r\n" + 2 * b"-MOVED 3999 10.0.0.4:6379\r\n",
              b"+PONG\r\n" + found]),
            ("get-ask", CLUSTER, GET,
             [b"+PONG\r\n" + slots,
              b"+PONG\r\n" + 2 * b"-ASK 3999 :6381\r\n",
              b"+PONG\r\n" + b"+OK\r\n" + bulk(value()) + b"+OK\r\n"
              + number(5)]),
            ("get-loading", SINGLE, GET,
             [greeting + 2 * b"-LOADING Redis is loading\r\n",
              greeting + found]),
            ("login-refused", SINGLE, GET,
             [b"-WRONGPASS invalid username-password pair\r\n" + greeting]),
            ("put", SINGLE, PUT_OVER, [greeting + number(1)]),
            ("put-no-script", SINGLE, PUT_OVER,
             [greeting + b"-NOSCRIPT No matching script.\r\n",
              greeting + number(0)]),
            ("put-beneath", SINGLE, PUT_OVER,
             [greeting, greeting + number(3)]),
            ("put-new", SINGLE, PUT_NEW, [greeting + b"+OK\r\n"]),
            ("put-conflict", SINGLE, PUT_NEW,
             [greeting + b"$-1\r\n", greeting + bulk(bytes(16))]),
            ("put-confirmed", CONFIRMED, PUT_NEW,
             [greeting + b"+OK\r\n" + number(1)]),
            ("touch", SINGLE, TOUCH, [greeting + number(1)]),
            ("remove", SINGLE, REMOVE, [greeting + number(1)]),
            ("remove-own", SINGLE, REMOVE_OWN, [greeting + number(-1)]),
            ("list", SINGLE, LIST,
             [greeting + array(bulk(b"0c" * 32), bulk(b"0d" * 32))]),
            ("list-binary", SINGLE, LIST, [greeting + array(bulk(bytes(32)))]),
            ("add", SINGLE, ADD,
             [greeting + number(0) + number(1) + number(1)]),
            ("forget", SINGLE, FORGET, [greeting + number(1)]),
            ("control-character-in-a-finding", UNIX, EXAMINE,
             [b"+PONG\r\n" + bulk(b"evicted_keys:1\x1b[2J\r\n")]),
            ("scan", SINGLE, SCAN,
             [greeting + array(bulk(b"17"), array(bulk(key))),
              greeting + found,
              greeting + array(bulk(b"0"), array(bulk(key))),
              greeting + found])):
        seed("redis", name, bytes([form * CALLS + call]) + NEXT.join(pieces))


def seed_redis_heard():
    single, unix, sentinel, cluster, sentinels = range(5)
    key = b"session_store:s:" + b"0a" * 32
    channel = b"__redis__:invalidate"
    listens = (number(5) + b"+OK\r\n"
               + array(bulk(b"subscribe"), bulk(channel), number(1)))
    pong = array(bulk(b"pong"), bulk(b""))
    changed = array(bulk(b"message"), bulk(channel), array(bulk(key)))
    flushed = array(bulk(b"message"), bulk(channel), b"$-1\r\n")
    master = array(bulk(b"10.0.0.9"), bulk(b"6379"))
    details = array(bulk(b"name"), bulk(b"mymaster"),
                    bulk(b"config-epoch"), bulk(b"3"))
    role = array(bulk(b"master"), number(0), array())
    slots = array(array(number(0), number(16383),
                        array(bulk(b"10.0.0.3"), number(6379))))
    switch = b"+switch-master"
    subscribed = array(bulk(b"subscribe"), bulk(switch), number(1))
    switched = array(bulk(b"message"), bulk(switch),
                     bulk(b"mymaster 10.0.0.9 6379 10.0.0.8 6379"))
    info = b"# Replication\r\nrole:master\r\nmin_slaves_good_slaves:1\r\n"
    for name, who, pieces in (
            ("changed", single,
             [b"+OK\r\n+OK\r\n+PONG\r\n" + listens + pong + changed]),
            ("flushed", unix, [b"+PONG\r\n" + listens + flushed + pong]),
            ("refused", unix,
             [b"+PONG\r\n" + number(5) + b"-NOPERM no rights\r\n"
              + array(bulk(b"subscribe"), bulk(channel), number(1))]),
            ("sentinel", sentinel,
             [b"+PONG\r\n" + master + details, role + listens + changed]),
            ("cluster", cluster,
             [b"+PONG\r\n" + slots,
              b"+PONG\r\n" + bulk(b"cluster_state:ok\r\n"),
              b"+PONG\r\n" + listens + pong + changed]),
            ("cluster-info-is-a-number", cluster,
             [b"+PONG\r\n" + slots, b"+PONG\r\n" + number(1)]),
            ("switched", sentinels,
             [b"+PONG\r\n" + subscribed + switched,
              b"+PONG\r\n" + master + details,
              b"+PONG\r\n" + master + details, role + bulk(info)]),
            ("info-is-a-number", sentinels,
             [b"+PONG\r\n" + subscribed, b"+PONG\r\n" + master + details,
              b"+PONG\r\n" + master + details, role + number(1)])):
        seed("redis_heard", name, bytes([who]) + NEXT.join(pieces))


def answer(code, document, *headers):
    return "\n".join(["%d" % code, *headers, "", document]).encode()


def seed_dynamodb():
    row = base64.b64encode(b"\x0a\x0a\x0a" + bytes(29)).decode()
    token = base64.b64encode(bytes(range(1, 17))).decode()
    item = ('{"sid": {"B": "%s"}, "exp": {"N": "1800003600"}, "rev": {"N": '
            '"7"}, "tok": {"B": "%s"}, "val": {"B": "Ym9keQ=="}}' % (
                row, token))
    fault = ('{"__type": "com.amazonaws.dynamodb.v20120810#%s", '
             '"message": "%s"}')
    throttled = answer(400, fault % (
        "ProvisionedThroughputExceededException", "slow down"),
        "x-amz-retry-after: 20")
    for name, call, pieces in (
            ("get", GET, [answer(200, '{"Item": %s}' % item)]),
            ("get-none", GET, [answer(200, "{}")]),
            ("get-checksum", GET,
             [answer(200, "{}", "x-amz-crc32: %d" % zlib.crc32(b"{}"))]),
            ("get-damaged", GET, [answer(200, "{}", "x-amz-crc32: 1"),
                                  answer(200, "{}")]),
            ("get-throttled", GET, [throttled, answer(200, "{}")]),
            ("get-failing", GET, [answer(500, fault % (
                "InternalServerError", "")), b"", answer(503, "")]),
            ("get-clock", GET, [answer(400, fault % (
                "InvalidSignatureException", "Signature expired: now"),
                "Date: Thu, 26 Nov 2026 12:00:00 GMT"),
                answer(200, "{}")]),
            ("get-identity", GET, [answer(400, fault % (
                "ExpiredTokenException", "The security token has expired")),
                answer(200, "{}")]),
            ("get-denied", GET, [answer(400, fault % (
                "AccessDeniedException", "not authorized"))]),
            ("get-condition", GET, [answer(400, fault % (
                "ConditionalCheckFailedException", "failed"))]),
            ("put", PUT_OVER, [answer(200, "{}")]),
            ("put-conflict", PUT_OVER, [answer(400, (fault % (
                "ConditionalCheckFailedException", "failed"))[:-1]
                + ', "Item": %s}' % item)]),
            ("put-new", PUT_NEW, [answer(200, "{}")]),
            ("touch", TOUCH, [answer(400, fault % (
                "ConditionalCheckFailedException", "failed"))]),
            ("remove", REMOVE, [answer(200, "{}")]),
            ("remove-own", REMOVE_OWN, [answer(400, (fault % (
                "ConditionalCheckFailedException", "failed"))[:-1]
                + ', "Item": {}}')]),
            ("list", LIST, [answer(200, '{"Item": {"sid": {"B": "%s"}, '
                                   '"exp": {"N": "1800003600"}, '
                                   '"rows": {"M": {"%s": {"N": '
                                   '"1800003600"}}}}}' % (row, "0c" * 32))]),
            ("add", ADD, [answer(200, "{}")]),
            ("forget", FORGET, [answer(200, "{}")]),
            ("scan", SCAN,
             [answer(200, '{"Items": [%s], "LastEvaluatedKey": {"sid": {"B":'
                     ' "%s"}}}' % (item, row)),
              answer(200, '{"Items": [%s]}' % item)]),
            ("examine", EXAMINE,
             [answer(200, '{"Table": {"TableStatus": "ACTIVE", "KeySchema": '
                     '[{"AttributeName": "sid", "KeyType": "HASH"}], '
                     '"AttributeDefinitions": [{"AttributeName": "sid", '
                     '"AttributeType": "B"}]}}'),
              answer(200, '{"TimeToLiveDescription": {"TimeToLiveStatus": '
                     '"ENABLED", "AttributeName": "exp"}}')])):
        seed("dynamodb", name, bytes([call]) + NEXT.join(pieces))


def seed_aws_answers():
    role, web, container, instance, region = range(5)
    credentials = """<AssumeRoleResponse
 xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>
<SecretAccessKey>wJalr&amp;XUtnFEMI</SecretAccessKey>
<SessionToken>AQoDYXdzEPT</SessionToken>
<Expiration>2026-11-26T13:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
    refusal = """<ErrorResponse
 xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>not authorized</Message></Error>
<RequestId>1</RequestId></ErrorResponse>"""
    keys = """{"Code": "Success", "AccessKeyId": "ASIAEXAMPLE",
"SecretAccessKey": "secret", "Token": "token",
"Expiration": "2026-11-26T12:00:00Z"}"""
    for name, who, pieces in (
            ("role", role, [answer(200, credentials)]),
            ("role-refused", role, [answer(403, refusal)]),
            ("role-busy", role, [answer(503, "busy")]),
            ("web", web, [b"eyJhbGciOi.e30.sig\n", answer(200, credentials)]),
            ("web-no-token", web, [b" \n", answer(200, credentials)]),
            ("container", container, [b"token", answer(200, keys)]),
            ("container-refused", container,
             [b"token", answer(401, "who is there?")]),
            ("instance", instance,
             [answer(200, "AQAAALH-k7i18JMkK-ORLZQfAa7nkNjQbKwpQPExNHqzk1oL"),
              answer(200, "web-role\nother"), answer(200, keys)]),
            ("instance-renews", instance,
             [answer(200, "old"), answer(401, ""), answer(200, "new"),
              answer(200, "web-role"), answer(200, keys)]),
            ("instance-no-role", instance,
             [answer(200, "token"), answer(404, "")]),
            ("region", region, [answer(200, "t"), answer(200, "eu-west-1")])):
        seed("aws_answers", name, bytes([who]) + NEXT.join(pieces))


def seed_places():
    """What lies in a token directory, in an index, and in a moved record."""
    for name, call, pieces in (
            ("get", GET, [value()]), ("get-short", GET, [b"short"]),
            ("put", PUT_OVER, [value(), b"tmp-1"]),
            ("remove", REMOVE_OWN, [value()]),
            ("list", LIST, [value(), b"0c" * 32, b"0c" * 31]),
            ("scan", SCAN, [value(), b"0c" * 31, b"tmp-x", b"other"]),
            ("purge", PURGE, [value(), b"tmp-0123456789", b"0c" * 32]),
            ("examine", EXAMINE, [value(), b"x"])):
        seed("dir", name, bytes([call]) + NEXT.join(pieces))
    seed("not_before", "rows", struct.pack(">Q", 1800000100) + bytes(56))
    seed("mark", "claimed", b"sst-move" + bytes(8) + value()[16:])
    seed("mark", "ended", b"sst-gone" + bytes(16))
    seed("mark", "value", value())
    source = ('{"server": "www.example.com", "keys": "file:/etc/keys", "uid":'
              ' 33, "gid": 33, "stores": [{"url": "dir:/var/lib/s", '
              '"options": ["tenant=a"]}], "cookies": ["session"], '
              '"user_keys": ["*-user"]}')
    seed("dump", "servers", ("AH00558: apache2: Could not determine\n%s\n%s\n"
                             "Syntax OK\n" % (source, source)).encode())
    seed("dump", "not-whole", b'{"server": "a", "keys": 1}\n{}\n[\n{"x\n')


if __name__ == "__main__":
    main()
