# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Adminer: databases of MariaDB. Password and tokens are in the session."""

import html
import re
import urllib.parse

from programs.mariadb import PASSWORD, USER

INDEX = "/adminer/adminer.php"


class Adminer:
    folder = "adminer"
    password = PASSWORD
    stays_after_expiry = False

    def __init__(self, database):
        self.server = "localhost:" + database.socket

    def install(self, shelf):
        return shelf.path("usr", "share", "adminer")

    def address(self, **more):
        return INDEX + "?" + urllib.parse.urlencode(
            {"server": self.server, "username": USER, "db": "notes", **more})

    def home(self, visitor):
        return visitor.open(self.address())

    def is_logged_in(self, page):
        return page.has_form("logout")

    def login(self, visitor, password):
        page = visitor.open(INDEX)
        return visitor.submit(page.form_with("auth[username]"), {
            "auth[driver]": "server", "auth[server]": self.server,
            "auth[username]": USER, "auth[password]": password,
            "auth[db]": "notes"})

    def sql(self, visitor, statement):
        """Runs a statement in the form for that."""
        page = visitor.open(self.address(sql=""))
        return visitor.submit(page.form_with("query"), {"query": statement})

    def save(self, visitor, name, text):
        self.sql(visitor, f"INSERT INTO notes VALUES ('{name}', '{text}')")

    def read(self, visitor, name):
        page = self.sql(visitor, "SELECT CONCAT('<<', text, '>>') FROM notes "
                                 f"WHERE name = '{name}'")
        found = re.search("<<([^<>']*)>>", html.unescape(page.text))
        return found and found.group(1)

    def logout(self, visitor):
        page = self.home(visitor)
        visitor.submit(page.form_with("logout"), {}, button="logout")
