# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Visitors, who come from outside of the machines."""

import http.client

from rig.browser import TIMEOUT_S, Browser

HOST = "www.example.org"


class Visitor(Browser):
    """A browser that asks one address of the network, whatever that is."""

    def __init__(self, network, address, jar=None):
        super().__init__(80, host=HOST, jar=jar)
        self.network = network
        self.address = address

    def at(self, httpd):
        """The same browser, sent elsewhere by its balancer: what it is given
        there, it has here."""
        other = Visitor(self.network, httpd.address)
        other.jar = self.jar
        return other

    def twin(self):
        return Visitor(self.network, self.address, self.jar)

    def connect(self):
        connection = http.client.HTTPConnection(self.address, self.port,
                                                timeout=TIMEOUT_S)
        connection.sock = self.network.connect(self.address, self.port,
                                               TIMEOUT_S)
        return connection
