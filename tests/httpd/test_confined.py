# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""An httpd that systemd or AppArmor confines: it says what docs/operations.md
says it says, and with what that page tells to do, it works."""

import os
import re
import shutil
import subprocess

import pytest

from rig import conf
from rig.breakage import mount

OPERATIONS = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                          "operations.md")
DIRECTORY = "/var/lib/session_store"
SITE = conf.SESSIONS.replace("dir:@ROOT@/store purge=1h", "dir:@ROOT@/var/store")


def blocks():
    """The examples of the page, without their fences."""
    with open(OPERATIONS, encoding="utf-8") as file:
        return re.findall(r"^```(?:ini|text)\n(.*?)^```$", file.read(),
                          re.MULTILINE | re.DOTALL)


def shown_as(path):
    """The file that the page shows under that path."""
    found, = [block for block in blocks() if block.startswith(f"# {path}\n")]
    return found


def says(server, message):
    """The server's line, in the words of the page."""
    line, = [line for line in server.said().splitlines() if message in line]
    return line[line.index("SST"):].replace(server.path("var", "store"),
                                            DIRECTORY)


@pytest.fixture
def site(httpd):
    made = httpd(SITE, start=False, folders=["var"])
    # As /var/lib is: root's, and open to be gone through.
    shutil.chown(made.path("var"), "root", "root")
    yield made


@pytest.fixture
def read_only(site):
    """What ProtectSystem=strict does to /var."""
    mount("--bind", site.path("var"), site.path("var"))
    mount("-o", "remount,ro,bind", site.path("var"))
    yield site
    site.stop()
    subprocess.run(["umount", "--recursive", site.path("var")], check=True)


def make_as_tmpfiles_does(server):
    """The line of tmpfiles.d, at the place that the test has."""
    line = shown_as("/etc/tmpfiles.d/session-store.conf").replace(
        DIRECTORY, server.path("var", "store"))
    path = server.path("conf", "tmpfiles.conf")
    with open(path, "w") as file:
        file.write(line)
    subprocess.run(["systemd-tmpfiles", "--create", path], check=True)


def keeps_a_session(server):
    browser = server.browser()
    browser.get("/probe/set?basket=3")
    assert browser.get("/probe/get").entries == {"basket": "3"}


def test_a_file_system_that_systemd_protects_is_told(read_only):
    read_only.log.allow("SST0103|AH00020|AH00016")
    read_only.start_fails()
    assert says(read_only, "SST0103") + "\n" in blocks()


def test_a_directory_that_is_there_and_named_is_enough(site):
    make_as_tmpfiles_does(site)
    folder, store = site.path("var"), site.path("var", "store")
    mount("--bind", folder, folder)
    try:
        # As ReadWritePaths= does: the rest is read-only, and this is not.
        mount("--bind", store, store)
        mount("-o", "remount,ro,bind", folder)
        site.start()
        keeps_a_session(site)
        site.stop()
    finally:
        subprocess.run(["umount", "--recursive", folder], check=True)


def without_chown(server):
    """Its httpd may give no file away, as under AppArmor's profile."""
    command = server.command
    server.command = lambda *arguments: [
        "setpriv", "--bounding-set=-chown", *command(*arguments)]


def test_an_httpd_that_may_give_nothing_away_says_so(site):
    without_chown(site)
    # mod_cgid cannot either.
    site.log.allow("SST0103|AH00020|AH00016|AH01246")
    site.start_fails()
    assert says(site, "SST0103") + "\n" in blocks()


def test_systemd_takes_the_drop_ins(tmp_path):
    (tmp_path / "redis-server.service").write_text(
        "[Service]\nExecStart=/bin/true\n")
    drop_ins = tmp_path / "apache2.service.d"
    drop_ins.mkdir()
    for name in ("session-store.conf", "strict.conf"):
        text = shown_as(f"/etc/systemd/system/apache2.service.d/{name}")
        (drop_ins / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "apache2.service"],
        env={**os.environ, "SYSTEMD_UNIT_PATH":
             f"{tmp_path}:/lib/systemd/system"},
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) not in done.stderr


def test_apparmor_takes_the_rules(tmp_path):
    rules = shown_as("/etc/apparmor.d/local/usr.sbin.apache2")
    profile = tmp_path / "profile"
    profile.write_text(f"profile apache2 /usr/sbin/apache2 {{\n{rules}}}\n")
    subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache",
                    str(profile)], check=True)
