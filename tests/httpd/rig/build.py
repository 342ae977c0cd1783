# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Where the things under test are, as the build tells by its environment."""

import os
import re
import secrets
import subprocess

MODULES = os.environ.get("SST_HTTPD_MODULES", "/usr/lib/apache2/modules")
HTTPD = os.environ.get("SST_HTTPD", "/usr/sbin/apache2")


def built(variable, what):
    path = os.environ.get(variable)
    if not path or not os.path.exists(path):
        raise RuntimeError(f"set {variable} to the built {what}: "
                           "`make check-httpd` does")
    return os.path.abspath(path)


def module():
    return built("SST_MODULE", "mod_session_store.so")


def module_of_another_layout(path):
    """Makes at `path` a module whose shared memory is not that of the one under
    test: the numbers of its layouts, which are texts in it, are others."""
    with open(module(), "rb") as file:
        text = file.read()
    text, count = re.subn(rb"layout (\d) of ",
                          lambda found: b"layout %d of "
                          % ((int(found[1]) + 1) % 10), text)
    assert count > 0, "the module names no layout"
    with open(path, "wb") as file:
        file.write(text)
    return path


def probe():
    return built("SST_PROBE", "mod_probe.so")


def htsession():
    return built("SST_HTSESSION", "htsession program")


def keygen(path):
    """Makes a key file, as an administrator does."""
    subprocess.run([htsession(), "keygen", path], check=True,
                   stdout=subprocess.DEVNULL)


def sanitizers():
    """The runtime libraries of the sanitizers that the module was built
    with."""
    with open(module(), "rb") as file:
        text = file.read()
    return [name for name in ("libasan.so", "libtsan.so", "libubsan.so")
            if name.encode() in text]


def is_sanitized():
    return bool(sanitizers())


def sanitizer_environment():
    """What lets a plain httpd load a module built with sanitizers."""
    names = sanitizers()
    if not names:
        return {}
    found = [subprocess.run(["gcc", f"-print-file-name={name}"], check=True,
                            capture_output=True, text=True).stdout.strip()
             for name in names]
    # httpd leaves the freeing of its pools to the end of the process. mod_php
    # loads its extensions in a way that the sanitizers refuse: without them.
    return {"LD_PRELOAD": " ".join(os.path.realpath(f) for f in found),
            "PHP_INI_SCAN_DIR": "/nonexistent",
            "ASAN_OPTIONS": "detect_leaks=0",
            "TSAN_OPTIONS": os.environ.get("TSAN_OPTIONS", ""),
            "UBSAN_OPTIONS": "print_stacktrace=1"}


def forward_secret(path):
    """Makes a secret for SessionStoreForward."""
    with open(path, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secrets.token_hex(32) + "\n")
