# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The services that give credentials, on loopback: STS, the endpoint of a
container, the metadata service of an instance. Each hands out keys that the
proxy knows (an Authority's), and notes what it was asked."""

import json
import secrets
import time
import urllib.parse
import xml.sax.saxutils

from .signatures import Refused, verify
from .wire import Response, Server


def iso(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def document(keys, token="Token", **more):
    return {"AccessKeyId": keys.key_id, "SecretAccessKey": keys.secret,
            token: keys.token, "Expiration": iso(keys.expires), **more}


class Service:
    """Gives keys that live `seconds`."""

    def __init__(self, authority, seconds=3600, tls=None):
        self.authority = authority
        self.seconds = seconds
        self.given = []
        self.broken = False             # answers 500 while this is set
        self.instead = {}               # path: another Response
        self.server = Server(self.handle, tls=tls)
        self.url = self.server.url

    def give(self):
        keys = self.authority.issue(self.seconds)
        self.given.append(keys)
        return keys

    async def handle(self, request):
        if self.broken:
            return Response(500, b"out of order")
        return self.instead.get(request.path) or self.answer(request)

    def stop(self):
        self.server.stop()


class Sts(Service):
    web_token = None        # that AssumeRoleWithWebIdentity has to bring
    region = "eu-west-1"

    def __init__(self, *arguments, **options):
        self.forms = []
        super().__init__(*arguments, **options)

    def answer(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        self.forms.append(form)
        try:
            self.check(request, form)
        except Refused as refusal:
            return self.refuse(refusal)
        keys = self.give()
        action = form["Action"]
        text = "".join(f"<{k}>{xml.sax.saxutils.escape(v)}</{k}>"
                       for k, v in document(keys, "SessionToken").items())
        return Response(200, (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/'
            f'2011-06-15/"><{action}Result><Credentials>{text}</Credentials>'
            f"</{action}Result></{action}Response>").encode(),
            {"Content-Type": "text/xml"})

    def check(self, request, form):
        if form["Action"] == "AssumeRole":
            verify(request, self.authority, self.server.now(), "sts",
                   self.region)
        elif form.get("WebIdentityToken") != self.web_token:
            raise Refused("InvalidIdentityToken", "the token is not ours")

    @staticmethod
    def refuse(refusal):
        code = {"InvalidSignatureException": "SignatureDoesNotMatch"}.get(
            refusal.kind, refusal.kind)
        return Response(403, (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{refusal.message}</Message></Error></ErrorResponse>"
        ).encode(), {"Content-Type": "text/xml"})


class Container(Service):
    authorization = None

    def answer(self, request):
        if request.header("authorization") != self.authorization:
            return Response(401, b'{"code": "Unauthorized"}')
        return Response(200, json.dumps(document(self.give())).encode())


class Instance(Service):
    """Version 2 only: whoever brings no session token is refused."""
    role = "web-server"
    region = "eu-west-1"
    expired = False         # gives keys whose Expiration has passed

    def __init__(self, *arguments, **options):
        self.token = None
        self.asked = []
        super().__init__(*arguments, **options)

    def forget_token(self):
        self.token = secrets.token_urlsafe(40)

    def answer(self, request):
        self.asked.append((request.method, request.path))
        if (request.method, request.path) == ("PUT", "/latest/api/token"):
            assert request.header("x-aws-ec2-metadata-token-ttl-seconds")
            self.token = secrets.token_urlsafe(40)
            return Response(200, self.token.encode())
        if request.header("x-aws-ec2-metadata-token") != self.token:
            return Response(401)
        base = "/latest/meta-data/"
        if request.path == base + "placement/region":
            return Response(200, self.region.encode())
        if request.path == base + "iam/security-credentials/":
            return Response(200, self.role.encode())
        if request.path == base + "iam/security-credentials/" + self.role:
            return Response(200, json.dumps(self.document()).encode())
        return Response(404)

    def document(self):
        keys = self.give()
        answer = document(keys, Code="Success", Type="AWS-HMAC")
        if self.expired:
            answer["Expiration"] = iso(time.time() - 60)
        return answer
