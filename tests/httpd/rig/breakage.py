# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Ways in which a store fails, each undone at the end of its `with`."""

import contextlib
import os
import subprocess


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


@contextlib.contextmanager
def missing(store):
    """The directory is gone, as when a disk is not mounted."""
    aside = store.path + ".aside"
    os.rename(store.path, aside)
    try:
        yield
    finally:
        os.rename(aside, store.path)


@contextlib.contextmanager
def read_only(store):
    """The file system went read-only."""
    mount("--bind", store.path, store.path)
    mount("-o", "remount,ro,bind", store.path)
    try:
        yield
    finally:
        subprocess.run(["umount", store.path], check=True)


@contextlib.contextmanager
def wrong_owner(store):
    """Somebody gave the directory to root."""
    status = os.stat(store.path)
    os.chown(store.path, 0, 0)
    try:
        yield
    finally:
        os.chown(store.path, status.st_uid, status.st_gid)


@contextlib.contextmanager
def no_rights(store):
    """Somebody took all rights away."""
    status = os.stat(store.path)
    os.chmod(store.path, 0)
    try:
        yield
    finally:
        os.chmod(store.path, status.st_mode & 0o7777)


@contextlib.contextmanager
def full(store):
    """Not a byte is left on the disk; only for a store on its own small
    file system."""
    ballast = os.path.join(os.path.dirname(store.path), "ballast")
    with open(ballast, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(b"\0" * 512):
                pass
    try:
        yield
    finally:
        os.unlink(ballast)
