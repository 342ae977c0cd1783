# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Checks a signed request as AWS does. The arithmetic is botocore's; what is
asked of a request beside it is written here."""

import calendar
import dataclasses
import re
import secrets
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/ ]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request,"
    r" SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$")
SKEW = 300


@dataclasses.dataclass
class Keys:
    key_id: str
    secret: str
    token: str = None
    expires: float = None
    revoked: bool = False


class Refused(Exception):
    """The error's type and message, as the service gives them."""

    def __init__(self, kind, message):
        super().__init__(kind, message)
        self.kind = kind
        self.message = message


class Authority:
    """Who gives credentials, and knows those it gave."""

    def __init__(self):
        self.known = {}

    def issue(self, seconds=None, token=True):
        keys = Keys("AK" + secrets.token_hex(9).upper(),
                    secrets.token_urlsafe(30) + "/+=")
        if token:
            keys.token = secrets.token_urlsafe(700) + "//+=="
        if seconds is not None:
            keys.expires = time.time() + seconds
        self.known[keys.key_id] = keys
        return keys

    def find(self, key_id, token, now):
        keys = self.known.get(key_id)
        if keys is None or keys.revoked or keys.token != token:
            raise Refused("UnrecognizedClientException",
                          "The security token included in the request is"
                          " invalid.")
        if keys.expires is not None and keys.expires <= now:
            raise Refused("ExpiredTokenException",
                          "The security token included in the request is"
                          " expired")
        return keys


def invalid(message):
    return Refused("InvalidSignatureException", message)


def check_headers(request, signed):
    names = [name for name, _ in request.headers]
    for name in names:
        if name == "host" or name.startswith("x-amz-"):
            if name not in signed:
                raise invalid(f"the header {name} is not signed")
    for name in signed:
        if names.count(name) != 1:
            raise invalid(f"the signed header {name} comes"
                          f" {names.count(name)} times")
    if signed != sorted(signed):
        raise invalid("the signed headers are not in order")


def check_time(stamp, now):
    then = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    if then < now - SKEW:
        raise invalid(f"Signature expired: {stamp} is now earlier than the"
                      " allowed time")
    if then > now + SKEW:
        raise invalid(f"Signature not yet current: {stamp} is still later"
                      " than the allowed time")


def signature_of(keys, request, signed, stamp, region, service):
    aws = AWSRequest(method=request.method, data=request.body,
                     url=f"http://{request.header('host')}{request.path}")
    for name in signed:
        aws.headers[name] = request.header(name)
    aws.context["timestamp"] = stamp
    auth = SigV4Auth(Credentials(keys.key_id, keys.secret), service, region)
    text = auth.string_to_sign(aws, auth.canonical_request(aws))
    return auth.signature(text, aws)


def verify(request, authority, now, service, region=None):
    """The keys that a request is signed with; else raises Refused."""
    match = AUTHORIZATION.match(request.header("authorization", ""))
    if match is None:
        raise Refused("IncompleteSignatureException",
                      "the Authorization header is not as it should be")
    key_id, date, signed_region, signed_service, names, given = match.groups()
    signed = names.split(";")
    stamp = request.header("x-amz-date", "")
    check_headers(request, signed)
    if not re.match(r"\d{8}T\d{6}Z$", stamp) or stamp[:8] != date:
        raise invalid("the date of the scope is not that of x-amz-date")
    check_time(stamp, now)
    keys = authority.find(key_id, request.header("x-amz-security-token"), now)
    if signed_service != service or region not in (None, signed_region):
        raise invalid("the credential is scoped to another region or service")
    if signature_of(keys, request, signed, stamp, signed_region,
                    service) != given:
        raise invalid("The request signature we calculated does not match the"
                      " signature you provided.")
    return keys
