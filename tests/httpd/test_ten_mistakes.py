# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Ten mistakes of an administrator: httpd says what docs/faq.md says it says.

Each test makes the mistake and takes the line that names it. With the test's
own paths and ports replaced by those of the FAQ, it has to be the FAQ's line,
word for word.
"""

import os
import re
import shutil

import pytest

from rig import conf
from rig.members import entries
from rig.ports import free_port
from rig.redis import Redis

FAQ = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "faq.md")

# What a start that fails says besides.
GIVES_UP = "SST010[123]|Configuration Failed|AH00020|AH00014|AH00016"


def quoted():
    """The lines of the FAQ by their headings."""
    with open(FAQ) as file:
        sections = re.findall(r"^## (.*?)\n\n```text\n(.*?)\n```\n",
                              file.read(), re.MULTILINE | re.DOTALL)
    return dict(sections)


def said(text, beginning):
    """The message that begins like this, without what httpd puts before."""
    for line in text.splitlines():
        if beginning in line:
            return line[line.index(beginning):]
    raise AssertionError(f"nothing begins with {beginning}:\n{text}")


def in_words_of_the_faq(message, server, port=None):
    message = message.replace(server.root + "/keys",
                              "/etc/apache2/session_store.keys")
    message = message.replace(server.root, "/srv")
    if port:
        message = message.replace(f":{port}", ":6379")
    message = re.sub(r"session [0-9a-f]{8} began \d+ s",
                     "session 9f0c6e21 began 3600 s", message)
    return message


def site(url):
    return conf.SESSIONS.replace("dir:@ROOT@/store purge=1h", url)


def says_at_the_start(httpd, text, beginning, make=None, **options):
    """What an httpd says that does not start."""
    server = httpd(text, start=False, **options)
    if make:
        make(server)
    server.log.allow(GIVES_UP)
    message = said(server.start_fails(), beginning)
    return in_words_of_the_faq(message, server)


def says_of_redis(httpd, url, port, make=None):
    """What an httpd says that starts, and whose store does not work."""
    server = httpd(site(url), start=False)
    if make:
        make(server)
    server.log.allow("SST03")
    server.log.expect("SST0204")
    server.start()
    assert server.browser().get("/probe/set?a=1").status == 503
    return in_words_of_the_faq(said(server.said(), "SST0204"), server, port)


@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


def test_the_path_is_wrong(httpd):
    assert says_at_the_start(httpd, site("dir:@ROOT@/none/store"),
                             "SST0103") == quoted()["The path is wrong"]


def test_the_owner_is_wrong(httpd):
    def make(server):
        os.mkdir(server.store.path, 0o700)

    assert says_at_the_start(httpd, conf.SESSIONS, "SST0103", make) \
        == quoted()["The owner is wrong"]


def test_the_password_is_wrong(httpd, redis):
    redis.ask("CONFIG", "SET", "requirepass", "right")

    def make(server):
        with open(server.path("password"), "w") as file:
            file.write("wrong\n")
        os.chmod(server.path("password"), 0o600)
        shutil.chown(server.path("password"), "www-data")

    url = redis.url + " password-file=@ROOT@/password"
    assert says_of_redis(httpd, url, redis.port, make) \
        == quoted()["The password is wrong"]


def test_the_port_is_closed(httpd):
    port = free_port()
    assert says_of_redis(httpd, f"redis://127.0.0.1:{port}", port) \
        == quoted()["The port is closed"]


def test_tls_meets_plain_text(httpd, redis):
    url = redis.url.replace("redis:", "rediss:")
    assert says_of_redis(httpd, url, redis.port) \
        == quoted()["TLS meets plain text"]


def test_the_key_file_is_missing(httpd):
    assert says_at_the_start(httpd, conf.SESSIONS, "SST0102", keys=False) \
        == quoted()["The key file is missing"]


def test_an_option_is_misspelt(httpd):
    assert says_at_the_start(httpd, site("dir:@ROOT@/store purg=1h"),
                             "SessionStore: ") \
        == quoted()["An option is misspelt"]


def test_mod_session_is_not_enabled(httpd):
    assert says_at_the_start(
        httpd, conf.STORE, "SST0101",
        lambda server: server.leave_out("session")) \
        == quoted()["mod_session is not enabled"]


OTHER_STORE = """\
<Location /probe/other>
    SessionStore dir:@ROOT@/second
    {cookie}
</Location>
"""


def test_two_stores_use_one_cookie(httpd):
    server = httpd(conf.SESSIONS + OTHER_STORE.format(cookie=""))
    server.log.expect("SST0109")
    assert in_words_of_the_faq(said(server.said(), "SST0109"), server) \
        == quoted()["Two stores use one cookie"]


def test_a_clock_is_off(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.stop()
    server.clock_off("-1h")
    server.log.expect("SST0332")
    server.start()
    assert entries(browser) == {"a": "1"}
    assert in_words_of_the_faq(said(server.said(), "SST0332"), server) \
        == quoted()["A clock is off"]


# --- And nothing is said without a mistake --------------------------------------

def test_there_are_ten_and_each_is_tested():
    tests = {name for name in globals() if name.startswith("test_")}
    assert len(quoted()) == 10
    for title in quoted():
        assert "test_" + title.lower().replace(" ", "_") in tests


@pytest.mark.parametrize("cookie", [
    "SessionStoreCookie other", "SessionStoreCookie session Path=/probe/x",
], ids=["name", "path"])
def test_two_stores_with_cookies_of_their_own_are_fine(httpd, cookie):
    outer = "SessionStoreCookie session Path=/cgi\n" if "Path" in cookie else ""
    server = httpd(conf.SESSIONS + outer + OTHER_STORE.format(cookie=cookie))
    assert "SST0109" not in server.said()


def test_one_store_named_at_two_places_is_fine(httpd):
    server = httpd(conf.SESSIONS + """\
<Location /probe/other>
    SessionStore dir:@ROOT@/store timeout=3s
</Location>
""")
    assert "SST0109" not in server.said()


def test_two_virtual_hosts_may_use_one_cookie(httpd):
    server = httpd(conf.KEYS + """\
<VirtualHost *:@PORT@>
    ServerName localhost
    SessionStore dir:@ROOT@/store
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName other.test
    SessionStore dir:@ROOT@/second
</VirtualHost>
""")
    assert "SST0109" not in server.said()


def test_two_tenants_of_one_store_need_two_cookies_as_well(httpd):
    server = httpd(conf.SESSIONS + """\
<Location /probe/other>
    SessionStore dir:@ROOT@/store tenant=other
</Location>
""")
    server.log.expect("SST0109")


def test_clocks_half_a_minute_apart_are_fine(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.stop()
    server.clock_off("-30s")
    server.start()
    assert entries(browser) == {"a": "1"}
    assert "SST0332" not in server.said()
