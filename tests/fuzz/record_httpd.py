#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Writes seeds of what passes a real httpd: cookies as Chromium sends them,
what PHP's session handler says in its header, and what is stored. The keys are
those of the golden vectors, which the targets know. `make record-seeds` runs
this."""
import contextlib
import pathlib
import re
import socket
import sys
import tempfile
import threading

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

from hearing import hear  # noqa: E402
from make_seeds import cases, seed  # noqa: E402
from rig import conf, phpstore  # noqa: E402
from rig.server import Server  # noqa: E402

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
         " --disable-background-networking --disable-component-update"
         " --disable-sync --disable-dev-shm-usage").split()

SITE = """\
SessionStoreKeys file:@ROOT@/golden
SessionStore {store} tenant=shop.example
SessionStoreCookie session
SessionStoreEnv On
SessionEnv On
Session On
"""

# What scripts of other people leave in a browser.
SCRIPT = """
for (const cookie of arguments[0]) document.cookie = cookie + "; Path=/";
return document.cookie;
"""
OTHERS = (
    "_ga=GA1.1.1234567890.1764000000", "_gid=GA1.1.987654321.1764000000",
    "PHPSESSID=s%3Aab12cd34.ef56%2Fgh78", "theme=dark; SameSite=Lax",
    'prefs={"lang":"de","tz":"Europe/Berlin"}', "empty=", "novalue",
    "session-note=none of ours", "consent=CP1.YAA==|1~0,2", "a=b=c=d",
    "grüße=schön", "long=" + "0123456789abcdef" * 24)


class Tape:
    """In front of httpd: keeps what browsers send."""

    def __init__(self, port):
        self.target = port
        self.said = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                upstream = socket.create_connection(("127.0.0.1",
                                                     self.target))
                said = bytearray()
                self.said.append(said)
                for source, target, kept in ((peer, upstream, said),
                                             (upstream, peer, bytearray())):
                    threading.Thread(target=hear, daemon=True,
                                     args=(source, target, kept)).start()

    def cookies(self):
        """The Cookie fields, each once."""
        fields = []
        for said in self.said:
            fields += re.findall(rb"\r\nCookie: ([^\r\n]*)", bytes(said))
        return list(dict.fromkeys(fields))


@contextlib.contextmanager
def chromium():
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                                  options=options)
        try:
            yield driver
        finally:
            driver.quit()


@contextlib.contextmanager
def httpd(text, fpm=False, folders=()):
    server = Server(text, keys=False, fpm=fpm, folders=folders)
    try:
        keys = [case["line"] for kind, case in cases() if kind == "key"]
        path = pathlib.Path(server.path("golden"))
        path.write_text("\n".join(keys[:2]) + "\n")
        path.chmod(0o600)
        yield server
    finally:
        server.stop()
        server.remove()


def visit(driver, tape):
    """A few pages with a growing session, among cookies of others."""
    site = f"http://localhost:{tape.port}"
    driver.get(f"{site}/index.html")
    driver.execute_script(SCRIPT, OTHERS[:3])
    for number in range(3):
        driver.get(f"{site}/probe/set?basket{number}={'item-' * 9}{number}")
    driver.execute_script(SCRIPT, OTHERS[3:])
    driver.get(f"{site}/probe/set?name=a%20b&empty=&sign=%26%3D")
    driver.get(f"{site}/probe/get")


def record_cookies(store, name, *visits):
    with httpd(SITE.format(store=store)) as server, chromium() as driver:
        server.start()
        tape = Tape(server.port)
        visit(driver, tape)
        for path in visits:
            driver.get(f"http://localhost:{tape.port}{path}")
        fields = tape.cookies()
        assert any(b"session=" in field for field in fields), fields
        for number, field in enumerate(fields):
            seed("cookie", f"recorded-{name}-{number}", field)
        for number, path in enumerate(server.store.files("rows")):
            seed("record", f"recorded-{name}-{number}",
                 server.store.read(path))
        return fields


def values(fields, name):
    """What the fields have as a cookie's value."""
    found = [value for field in fields
             for value in re.findall(rb"(?:^|; )%s=([^;]*)" % name, field)]
    return list(dict.fromkeys(found))


def record_programs():
    """The lines that the session handler says to httpd, from php-cgi's own
    output."""
    with httpd(SITE.format(store="dir:@ROOT@/store")
               + conf.PHP["cgi"] + phpstore.PLACES["cgi"],
               folders=["php-log", "said"]) as server:
        phpstore.install(server)
        program = pathlib.Path(server.path("php-bin", "php-store"))
        program.write_text(program.read_text().replace("exec ", "")
                           .rstrip() + " | tee \"$(mktemp "
                           f"{server.path('said')}/XXXXXXXX)\"\n")
        server.start()
        browser = server.browser()
        for steps in (
                ["start", ("set", "name", "grüße & mehr"), "get"],
                ["start", ("fill", "big", 9000)],
                ["start", ("bytes", "all"), ("set", "empty", "")],
                ["start", "share"], ["start", ("unset", "big")],
                ["start", ("regenerate", True)], ["start", "clear"],
                ["start", "destroy"]):
            phpstore.run(browser, "/php-cgi/steps.php", *steps)
        lines = []
        for path in sorted(pathlib.Path(server.path("said")).iterdir()):
            lines += re.findall(rb"(?im)^X-Session-Store: (.*?)\r?$",
                                path.read_bytes())
        assert len(set(lines)) > 4, lines
        for number, line in enumerate(dict.fromkeys(lines)):
            seed("verbs", f"recorded-php-{number}", line)


def main():
    tickets = values(record_cookies("dir:@ROOT@/store", "ticket"), b"session")
    for number, ticket in enumerate(tickets):
        seed("ticket", f"recorded-{number}", ticket)
    fields = record_cookies("cookie:", "carried",
                            *[f"/probe/set?more{n}={n}{'x1y2z3' * 150}"
                              for n in range(6)])
    for number, text in enumerate(values(fields, b"session")):
        seed("carried", f"recorded-{number}", text)
    record_programs()


main()
