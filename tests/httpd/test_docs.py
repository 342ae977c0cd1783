# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Every configuration in the documentation is one that httpd takes, and the
links between the documents lead somewhere."""

import glob
import os
import re
import shutil

import pytest

from rig import build, conf
from rig.elsewhere import Elsewhere
from rig.members import entries

TOP = os.path.join(os.path.dirname(__file__), "..", "..")

DOCUMENTS = [*(os.path.join(TOP, name) for name in (
                 "README.md", "CONTRIBUTING.md", "SECURITY.md")),
             *sorted(glob.glob(os.path.join(TOP, "docs", "*.md")))]

# The documents speak of Debian's places, the rig has its own.
PLACES = [("/etc/apache2/session_store.keys", "@ROOT@/keys"),
          ("/etc/apache2/members.passwd", "@ROOT@/conf/passwd"),
          ("/var/lib/session_store", "@ROOT@/store"),
          ("/var/log/apache2", "@ROOT@/log"),
          ("/usr/local/sbin/print-session-keys", "@ROOT@/print-keys"),
          ("/etc/apache2/forward-secret", "@ROOT@/forward-secret"),
          ("logs/", "log/"), ("dir:/srv/", "dir:@ROOT@/srv/"),
          ("*:80>", "*:@PORT@>")]


# Run by others: the configurations of migration.md stand for what was before,
# with other modules, and are run, before and after, by
# test_migration_guides.py and tests/programs; those of deployment.md are for
# several machines, which tests/deploy has.
RUN_ELSEWHERE = ("migration.md", "deployment.md")


def text_of(document):
    with open(document) as file:
        return file.read()


def configurations():
    """Every block of configuration, named by its document and its place."""
    for document in DOCUMENTS:
        if os.path.basename(document) in RUN_ELSEWHERE:
            continue
        blocks = re.findall(r"^```apache\n(.*?)^```", text_of(document),
                            re.MULTILINE | re.DOTALL)
        for number, block in enumerate(blocks, 1):
            yield pytest.param(
                block, id=f"{os.path.basename(document)}-{number}")


ALL = pytest.mark.parametrize("block", configurations())


def completed(block):
    """The block with what the documents take for granted around it."""
    for debian, rig in PLACES:
        block = block.replace(debian, rig)
    if "SessionStoreKeys" not in block:
        block = conf.KEYS + block
    if not re.search(r"^SessionStore ", block, re.MULTILINE):
        block = "SessionStore dir:@ROOT@/store\n" + block
    return block


def print_keys(server):
    path = server.path("print-keys")
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\ncat {server.path('keys')}\n")
    os.chmod(path, 0o755)


def prepared(httpd, block):
    server = httpd(completed(block), start=False, folders=["srv"],
                   modules=["authz_host"])
    print_keys(server)
    build.forward_secret(server.path("forward-secret"))
    return server


@ALL
def test_httpd_takes_the_configuration(httpd, block):
    code, said = prepared(httpd, block).check_config()
    assert code == 0, said


def is_local(block):
    """What needs no server besides."""
    return not re.search(r"^ *SessionStore +(?! |dir:|cookie:(?!.*redis))",
                         block, re.MULTILINE)


LOCAL = [block for block in configurations() if is_local(block.values[0])]
ELSEWHERE = [block for block in configurations()
             if not is_local(block.values[0])]


@pytest.mark.parametrize("block", LOCAL)
def test_a_site_with_the_configuration_answers(httpd, block):
    server = prepared(httpd, block)
    # The inner part of an example is shown without its outer part.
    if "forum Path" not in block:
        server.log.allow("SST0109")
    server.start()
    for place in ("/", "/probe/get"):
        assert server.browser().get(place).status == 200, place


@pytest.fixture(scope="module")
def elsewhere():
    made = Elsewhere()
    yield made
    made.remove()


PROBE = """
<Location "/probe">
    Session On
</Location>
"""


def had_sessions(server):
    """Its token directory is there, from before."""
    os.mkdir(server.path("store"), 0o700)
    if os.getuid() == 0:
        shutil.chown(server.path("store"), "www-data", "www-data")


@pytest.mark.parametrize("block", ELSEWHERE)
def test_a_site_with_the_servers_of_the_configuration_keeps_a_session(
        httpd, elsewhere, block):
    server = prepared(httpd, elsewhere.brought_here(block) + PROBE)
    elsewhere.prepare(server)
    if "MigrateFrom" in block:
        had_sessions(server)
    # There is one Redis behind its sentinel.
    server.log.allow("SST0204: .* has no min-replicas-to-write")
    server.start()
    browser = server.browser()
    assert browser.get("/probe/set?colour=green").status == 200
    assert entries(browser)["colour"] == "green"


def anchors(document):
    """The headings as GitHub makes anchors of them."""
    found = set()
    for title in re.findall(r"^#+ (.*)$", text_of(document), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", title.lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("document", DOCUMENTS,
                         ids=[os.path.basename(d) for d in DOCUMENTS])
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        other = os.path.normpath(os.path.join(os.path.dirname(document),
                                              path)) if path else document
        assert os.path.exists(other), target
        if anchor:
            assert anchor in anchors(other), target


def test_there_are_configurations():
    assert len(list(configurations())) > 20
