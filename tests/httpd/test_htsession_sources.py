# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Where htsession finds httpd and keys, and what it says when it can do
nothing with what it has found."""

import os
import subprocess

import pytest

from rig import build, conf
from rig.htsession import Tool, by_name
from rig.members import logged_in, who
from rig.redis import Redis


@pytest.fixture
def server(httpd):
    return httpd(conf.SESSIONS + conf.FORM)


def program(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def run(server, *words, path=None, **options):
    environment = server.environment()
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([build.htsession(), *words], env=environment,
                          stderr=subprocess.PIPE, text=True, **options)


# --- httpd

def test_httpd_is_the_first_one_of_the_path(server, tmp_path):
    logged_in(server.browser(), "alice")
    of_server = " ".join(server.command('"$@"'))
    for name in ("apache2ctl", "httpd"):    # Debian's way to start it, others'
        program(tmp_path, name, f"exec {of_server}")
    found = run(server, "count", path=tmp_path)
    assert found.returncode == 0 and ": 1 session, 1 signed in" in found.stdout
    program(tmp_path, "httpd-of-ours", f"exec {of_server}")
    assert run(server, "count", "-x", "httpd-of-ours",
               path=tmp_path).stdout == found.stdout


def test_an_httpd_that_is_nowhere_is_a_failure(server):
    done = run(server, "list", "-x", "httpd-of-nobody")
    assert done.returncode == 1 and "httpd was not found" in done.stderr
    done = run(server, "list", "-x", "/nowhere/httpd")
    assert done.returncode == 1 and "/nowhere/httpd cannot be run" in done.stderr


def test_an_httpd_that_crashes_is_a_failure_with_its_last_words(server,
                                                                tmp_path):
    crash = program(tmp_path, "httpd", "echo on fire; kill -9 $$")
    done = run(server, "list", "-x", crash)
    assert done.returncode == 1 and "on fire" in done.stderr


# --- Keys

def test_keys_may_come_from_a_program(server, tmp_path):
    browser = logged_in(server.browser(), "alice")
    keys = program(tmp_path, "vault", f'[ "$1" = mine ] && cat '
                   f"{server.path('keys')}")
    tool = Tool(server, "--store", f"dir:{server.path('store')}", "--keys",
                f"exec:{keys} mine", "--server", "localhost")
    assert tool.sessions("--user", "alice")[0]["readable"]
    tool("revoke", "--user", "alice")
    assert who(browser) is None


def test_servers_with_keys_of_their_own_may_share_a_store(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shop.example
    SessionStoreKeys file:@ROOT@/shop.keys
</VirtualHost>
""", start=False)
    build.keygen(server.path("shop.keys"))
    server.start()
    browsers = [logged_in(server.browser(host=host), "alice")
                for host in ("localhost", "shop.example")]
    tool = Tool(server)
    assert [one["readable"] for one in tool.sessions()] == [True, True]
    assert ": 2 sessions ended\n" in tool("revoke", "--user", "alice").out
    assert [who(browser) for browser in browsers] == [None, None]


# --- Sessions

def test_what_cannot_be_read_is_shown_with_the_reason(server):
    logged_in(server.browser(), "alice")
    path, = server.store.files("rows")
    row = "".join(path.split(os.sep)[-2:])
    os.remove(server.path("keys"))
    build.keygen(server.path("keys"))
    assert "no: its key is not in the ring" in Tool(server)("show", row).out
    server.store.overwrite(path, b"not sealed by anybody")
    assert "no: the record is damaged" in Tool(server)("show", row).out


def test_a_session_that_a_store_does_not_change_is_counted(httpd):
    redis = Redis()
    try:
        server = httpd(conf.SESSIONS.replace(
            conf.STORE, f"{conf.KEYS}SessionStore {redis.url} timeout=10s\n")
            + conf.FORM)
        server.log.allow("SST0310|SST0205|redis://")
        logged_in(server.browser(), "alice")
        redis.refuse_writes()
        result = Tool(server).run("set", "--user", "alice", "role=none")
        assert result.code == 1
        assert ": 0 sessions changed, 1 could not be\n" in result.out
        assert "MISCONF" in result.err or "writes" in result.err
    finally:
        redis.remove()


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["count"],
                                   ["keys"], ["doctor"], ["--help"],
                                   ["revoke", "--help"]], ids=" ".join)
def test_output_that_cannot_be_written_is_a_failure(server, words):
    logged_in(server.browser(), "alice")
    command = words if "--help" in words else [
        *words, *by_name(server, f"dir:{server.path('store')}").options]
    with open("/dev/full", "w") as full:
        done = run(server, *command, stdout=full)
    assert done.returncode == 1
    assert "the output cannot be written: No space left" in done.stderr
