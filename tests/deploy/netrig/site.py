# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A whole site: nodes, the balancer in front of them, a store behind them."""

import contextlib
import re
import subprocess

from rig import build
from rig.wait import until

from netrig import guide
from netrig.net import Network
from netrig.stores import STORES
from netrig.web import Balancer, Node


def patient(text):
    """On a machine that is busy with other things, a store that is late has
    not failed."""
    return re.sub(r"^(SessionStore .*)$", r"\1 timeout=10s", text,
                  flags=re.MULTILINE)


def new_keys():
    done = subprocess.run([build.htsession(), "keygen"], check=True,
                          capture_output=True, text=True)
    return done.stdout


class Site:
    def __init__(self, run, kind, count=3, ahead_s=None, more=""):
        """`ahead_s` says for each node how far its clock is ahead; `more` is
        configuration for each of them, behind the guide's."""
        self.kind = kind
        self.keys = new_keys()
        self.more = more
        self.network = Network(run, kind)
        self.nodes = []
        try:
            self.store = STORES[kind](self.network)
            for number in range(count):
                self.add_node(ahead_s and ahead_s[number])
            self.balancer = Balancer(self.network.host("balancer", 10))
            self.balancer.start()
            self.wait_until_balanced(self.nodes)
        except BaseException:
            self.network.remove()
            raise

    def add_node(self, ahead_s=None):
        """One more server, that the balancer does not know yet."""
        number = len(self.nodes) + 1
        host = self.network.host(f"www{number}", 10 + number)
        node = Node(host, self.keys)
        node.environment_of_store = self.store.environment
        node.write("conf-enabled/sessions.conf", patient(
            guide.text(self.store.sessions)))
        node.write("conf-enabled/zz-more.conf", self.more)
        if ahead_s is not None:
            node.clock_ahead(ahead_s)
        self.store.prepare(node)
        self.nodes.append(node.start())
        return node

    @contextlib.contextmanager
    def impatient(self, *nodes):
        """The guide's own configuration: requests wait for a second."""
        self.configure(nodes, guide.text(self.store.sessions))
        try:
            yield
        finally:
            self.configure(nodes, patient(guide.text(self.store.sessions)))

    def configure(self, nodes, text):
        for node in nodes:
            node.write("conf-enabled/sessions.conf", text)
            node.graceful()

    def remove_node(self, node):
        """A server less, that the balancer knows no more."""
        node.stop()
        self.nodes.remove(node)
        self.network.forget(node.host)

    def visitor(self, **options):
        """Somebody who comes to the site as everybody does."""
        return self.balancer.visitor(**options)

    def log_text(self):
        return "\n".join(f"--- {httpd.name}\n{httpd.log.text()[-4000:]}"
                         for httpd in [*self.nodes, self.balancer])

    def wait_until_balanced(self, nodes):
        for node in nodes:
            until(lambda node=node: self.balancer.status_of(node.name).strip()
                  == "Init Ok", f"the balancer to find {node.name} well")

    def take_out(self, node):
        node.out_of_turn()
        until(lambda: "HcFl" in self.balancer.status_of(node.name),
              f"the balancer to leave {node.name} alone")

    def put_back(self, node):
        node.in_turn()
        self.wait_until_balanced([node])

    def check_logs(self):
        """No crash, on no machine."""
        for httpd in [*self.nodes, self.balancer]:
            text = httpd.log.whole()
            assert "exit signal" not in text, text[-4000:]

    def remove(self):
        self.network.remove()
