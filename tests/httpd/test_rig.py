# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The rig keeps its promises: a line in the error log that a test did not
declare is a failure, and so is a declared one that is missing."""

from http.client import HTTPException

import pytest

from rig import conf
from rig.errorlog import ErrorLog, surprising

QUIET = """\
[Sat Nov 21 09:00:00 2026] [core:notice] [pid 1:tid 1] AH00094: Command line
[Sat Nov 21 09:00:00 2026] [session_store:debug] [pid 1:tid 1] SST0106: ready
[Sat Nov 21 09:00:00 2026] [http:trace4] [pid 1:tid 1] Host: localhost
""".splitlines()

LOUD = """\
[Sat Nov 21 09:00:00 2026] [core:warn] [pid 1:tid 1] AH00098: pid file
[Sat Nov 21 09:00:00 2026] [session_store:error] [pid 1:tid 1] SST0301: no
[Sat Nov 21 09:00:00 2026] [:emerg] [pid 1:tid 1] AH00020: Failed
[Sat Nov 21 09:00:00 2026] [core:notice] [pid 1] child exit signal Segment
==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x1
lib/bytes.c:12:3: runtime error: signed integer overflow
free(): double free detected in tcache 2
""".splitlines()


@pytest.mark.parametrize("line", QUIET)
def test_is_quiet(line):
    assert not surprising(line)


@pytest.mark.parametrize("line", LOUD)
def test_is_loud(line):
    assert surprising(line)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "error.log"
    path.write_text(LOUD[1] + "\n")
    return ErrorLog(path)


def test_an_undeclared_line_fails_the_test(log):
    with pytest.raises(AssertionError, match="SST0301"):
        log.check()


def test_a_declared_line_is_in_order(log):
    log.expect("SST0301: no")
    log.check()


def test_a_declared_line_that_is_missing_fails_the_test(log, monkeypatch):
    monkeypatch.setattr("rig.wait.LIMIT_S", 0)
    log.allow("SST0301")
    log.expect("SST0999")
    with pytest.raises(AssertionError, match="SST0999"):
        log.check()


def test_a_line_is_judged_once(log):
    log.allow("SST0301")
    log.check()
    log.check()


def test_the_error_log_of_a_server_is_watched(httpd):
    server = httpd(conf.SESSIONS)
    server.browser().get("/probe/log?level=3&text=of-the-probe")
    server.log.expect("of-the-probe")


def test_a_child_that_crashes_says_in_whose_code(httpd):
    server = httpd(conf.SESSIONS)
    server.log.expect(r"\[pid \d+\] crashed in a later thread: "
                      r"libc\S* mod_probe\.so apache2 mod_mpm_event\.so libc")
    server.log.allow("AH0005[12]: child pid .* Segmentation fault")
    with pytest.raises((HTTPException, OSError)):
        server.browser().get("/probe/crash")
    server.log.wait_for("AH0005[12]")
