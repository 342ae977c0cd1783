# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Machines: each one a network namespace with an interface on one bridge,
with an /etc/hosts and an /etc/apache2 of its own. Nothing of it shows in the
namespace that the tests are run in."""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading

from netrig.run import ETC, NETNS, ip, remove_namespace

CLONE_NEWNET = 0x40000000
DOMAIN = "example.org"
# Frames for it reach nobody: what is sent there is lost, as behind a cable
# that was pulled out.
NOBODY = "02:00:00:00:00:ff"

libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    with open(path) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace):
    """This thread, and what it starts, is in that namespace meanwhile."""
    own = f"/proc/self/task/{threading.get_native_id()}/ns/net"
    with open(own) as home:
        enter(os.path.join(NETNS, namespace))
        try:
            yield
        finally:
            if libc.setns(home.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")


class Network:
    """A bridge in a namespace of its own, where visitors are too."""

    def __init__(self, run, label):
        self.run = run
        self.label = label
        self.hosts = []
        self.outside = run.name(f"{label}-outside")
        ip("netns", "add", self.outside)
        for words in (("link", "set", "lo", "up"),
                      ("link", "add", "bridge", "type", "bridge"),
                      ("address", "add", "192.0.2.1/24", "dev", "bridge"),
                      ("link", "set", "bridge", "up")):
            ip("-n", self.outside, *words)

    def host(self, name, number):
        """A new machine, 192.0.2.`number`."""
        host = Host(self, name, f"192.0.2.{number}")
        self.hosts.append(host)
        self.write_hosts()
        return host

    def forget(self, host):
        """Takes a machine away."""
        self.hosts.remove(host)
        host.remove()

    def write_hosts(self):
        lines = ["127.0.0.1 localhost"]
        lines += [f"{host.address} {host.name}.{DOMAIN}"
                  for host in self.hosts]
        for host in self.hosts:
            # In place: it is what a running machine has mounted.
            with open(os.path.join(host.etc, "hosts"), "w") as file:
                file.write("\n".join(lines) + "\n")

    def connect(self, address, port, timeout_s):
        """A visitor's connection."""
        with inside(self.outside):
            wire = socket.socket()
        try:
            wire.settimeout(timeout_s)
            wire.connect((address, port))
        except BaseException:
            wire.close()
            raise
        return wire

    def remove(self):
        for host in self.hosts:
            host.remove()
        remove_namespace(self.outside)


class Host:
    def __init__(self, network, name, address):
        self.network = network
        self.name = name
        self.address = address
        self.namespace = network.run.name(f"{network.label}-{name}")
        self.folder = os.path.join(network.run.folder,
                                   f"{network.label}-{name}")
        self.etc = os.path.join(self.folder, "etc")
        os.makedirs(self.etc)
        # ip-netns(8): what is in there is mounted over /etc.
        os.symlink(self.etc, os.path.join(ETC, self.namespace))
        self.plug_in()

    def plug_in(self):
        outside = self.network.outside
        ip("netns", "add", self.namespace)
        ip("-n", outside, "link", "add", self.name, "type", "veth",
           "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", outside, "link", "set", self.name, "master", "bridge", "up")
        for words in (("link", "set", "lo", "up"),
                      ("address", "add", f"{self.address}/24", "dev", "eth0"),
                      ("link", "set", "eth0", "up")):
            ip("-n", self.namespace, *words)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def launch(self, *command, **options):
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, *command],
            stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def run(self, *command, **options):
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace, *command], text=True,
            stdin=subprocess.DEVNULL, capture_output=True, **options)

    # --- The cable ----------------------------------------------------------

    def lose(self, *others):
        """What this machine sends to the others is lost, without a word."""
        for other in others:
            ip("-n", self.namespace, "neighbour", "replace", other.address,
               "lladdr", NOBODY, "dev", "eth0", "nud", "permanent")

    def find(self, *others):
        for other in others:
            ip("-n", self.namespace, "neighbour", "delete", other.address,
               "dev", "eth0")

    def remove(self):
        remove_namespace(self.namespace)
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def cut_off(host, *others):
    """Nothing of `host` reaches the others, and nothing of them it."""
    host.lose(*others)
    for other in others:
        other.lose(host)
    try:
        yield
    finally:
        host.find(*others)
        for other in others:
            other.find(host)
