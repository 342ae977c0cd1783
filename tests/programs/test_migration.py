# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What docs/migration.md shows for PHP: before and after, with one visitor."""

import os
import re
import shutil

import pytest

from rig import conf
from rig.browser import Browser
from rig.server import Server

from programs.places import HANDLER
from programs.site import php_module

DOCUMENT = os.path.join(os.path.dirname(HANDLER), "..", "docs",
                        "migration.md")
INSTALLED = "/usr/local/share/session_store/session_store.php"
PHP = """\
LoadModule php_module {module}
Alias /php @ROOT@/php
<Location /php>
    SetHandler application/x-httpd-php
</Location>
"""
PAGE = """\
<?php
session_start();
if (isset($_GET['end'])) {
    session_destroy();
} else {
    $_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
    echo 'visit ', $_SESSION['visits'];
}
"""


def shown(number):
    with open(DOCUMENT, encoding="utf-8") as file:
        part = file.read().partition("\n## PHP's own files, and phpredis\n")[2]
    blocks = re.findall(r"^```apache\n(.*?)^```$", part.partition("\n## ")[0],
                        re.MULTILINE | re.DOTALL)
    return blocks[number]


@pytest.fixture(scope="module", params=["files", "phpredis", "now"])
def server(request, redis):
    text = shown(["files", "phpredis", "now"].index(request.param))
    for there, here in (("/var/lib/php/sessions", "@ROOT@/php-sessions"),
                        ("/run/redis/redis.sock", redis.socket),
                        (INSTALLED, "@ROOT@/php/session_store.php")):
        text = text.replace(there, here)
    made = Server(conf.STORE + PHP.format(module=php_module()) + text,
                  mpm="prefork", folders=("php-sessions",))
    shutil.copy(HANDLER, made.path("php"))
    with open(made.path("php", "page.php"), "w") as file:
        file.write(PAGE)
    made.start()
    yield made
    made.stop()
    made.log.check()
    made.remove()


def test_a_visitor_is_counted_and_forgotten(server):
    browser = server.browser()
    assert browser.get("/php/page.php").text == "visit 1"
    assert browser.get("/php/page.php").text == "visit 2"
    assert server.browser().get("/php/page.php").text == "visit 1"
    browser.get("/php/page.php?end=1")
    assert browser.get("/php/page.php").text == "visit 1"


def test_a_cookie_from_before_begins_anew(server):
    browser = Browser(server.port, jar={"PHPSESSID": "a" * 26})
    assert browser.get("/php/page.php").text == "visit 1"
    assert browser.get("/php/page.php").text == "visit 2"
