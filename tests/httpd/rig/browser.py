# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A client that keeps cookies as a browser does, and shows what it got."""

import base64
import http.client
import socket
import ssl
import urllib.parse
from email.utils import parsedate_to_datetime
from datetime import datetime, timezone

TIMEOUT_S = 60


class Response:
    def __init__(self, raw):
        self.status = raw.status
        self.reason = raw.reason
        self.headers = raw.getheaders()
        self.body = raw.read()
        self.text = self.body.decode("utf-8", "replace")

    def all(self, name):
        """Every header line of that name."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name):
        """The value of a header that may stand once at most."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None

    @property
    def set_cookies(self):
        return [SetCookie(line) for line in self.all("Set-Cookie")]

    @property
    def entries(self):
        """The session as the page shows it: lines `name=value`."""
        pairs = (line.partition("=") for line in self.text.splitlines()
                 if "=" in line)
        return {name: value for name, _, value in pairs
                if name != "expiry"}

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.text[:400]!r}>"


class SetCookie:
    """A Set-Cookie line in parts."""

    def __init__(self, line):
        first, *rest = line.split(";")
        self.line = line
        self.name, _, self.value = first.strip().partition("=")
        self.attributes = {}
        for part in rest:
            name, _, value = part.strip().partition("=")
            self.attributes[name.lower()] = value

    @property
    def removes(self):
        if self.attributes.get("max-age") == "0":
            return True
        expires = self.attributes.get("expires")
        if not expires:
            return False
        return parsedate_to_datetime(expires) < datetime.now(timezone.utc)


class Browser:
    """One visitor. Sends the cookies it was given, follows nothing."""

    def __init__(self, port, tls=False, host="localhost", jar=None):
        self.port = port
        self.tls = tls
        self.host = host
        self.jar = dict(jar or {})

    def twin(self):
        """Another window: the same cookies from now on, but its own."""
        return Browser(self.port, self.tls, self.host, self.jar)

    def connect(self):
        if self.tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=TIMEOUT_S, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=TIMEOUT_S)

    def cookie_header(self):
        return "; ".join(f"{n}={v}" for n, v in self.jar.items())

    def request(self, method, path, body=None, headers=(), cookie=None):
        """`cookie` replaces what the jar would send; "" sends none."""
        connection = self.connect()
        try:
            connection.putrequest(method, path, skip_host=True,
                                  skip_accept_encoding=True)
            connection.putheader("Host", self.host)
            connection.putheader("Connection", "close")
            value = self.cookie_header() if cookie is None else cookie
            if value:
                connection.putheader("Cookie", value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, text in headers:
                connection.putheader(name, text)
            connection.endheaders(body)
            response = Response(connection.getresponse())
        finally:
            connection.close()
        if cookie is None:
            self.keep(response)
        return response

    def keep(self, response):
        for cookie in response.set_cookies:
            if cookie.removes:
                self.jar.pop(cookie.name, None)
            else:
                self.jar[cookie.name] = cookie.value

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, form, headers=(), **options):
        body = urllib.parse.urlencode(form).encode()
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self.request("POST", path, body, [kind, *headers], **options)


def basic_authorization(user, password):
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return ("Authorization", f"Basic {token}")


def raw_exchange(port, request):
    """Sends bytes as they are; answers all bytes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as wire:
        wire.sendall(request)
        answer = b""
        while True:
            part = wire.recv(65536)
            if not part:
                return answer
            answer += part
