# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""phpLiteAdmin: databases of SQLite. Its login is the session alone."""

import html
import re
import sqlite3
import urllib.parse

CONFIG = """\
<?php
$password = '{password}';
$directory = '{folder}';
"""


class PhpLiteAdmin:
    folder = "phpliteadmin"
    password = "tea-party-6"
    stays_after_expiry = False

    def install(self, shelf):
        data = shelf.path("var", "lib", "phpliteadmin")
        shelf.write(CONFIG.format(password=self.password, folder=data),
                    "etc", "phpliteadmin.config.php")
        shelf.give("var", "lib", "phpliteadmin")
        self.database = data + "/notes.sqlite"
        with sqlite3.connect(self.database) as database:
            database.execute("CREATE TABLE notes (name TEXT, text TEXT)")
        shelf.give("var", "lib", "phpliteadmin")
        return shelf.path("usr", "share", "phpliteadmin")

    def home(self, visitor):
        return visitor.open("/phpliteadmin/phpliteadmin.php")

    def is_logged_in(self, page):
        return page.has_form("logout")

    def login(self, visitor, password):
        page = self.home(visitor)
        return visitor.submit(page.form_with("password"),
                              {"password": password, "remember": None})

    def sql(self, visitor, statement):
        """Runs a statement in the form for that."""
        where = urllib.parse.urlencode({"database": self.database,
                                        "view": "sql"})
        page = visitor.open("/phpliteadmin/phpliteadmin.php?" + where)
        form = page.form_with("queryval")
        return visitor.submit(form, {"queryval": statement}, button="query")

    def save(self, visitor, name, text):
        self.sql(visitor, f"INSERT INTO notes VALUES ('{name}', '{text}')")

    def read(self, visitor, name):
        page = self.sql(visitor, "SELECT '<<' || text || '>>' FROM notes "
                                 f"WHERE name = '{name}'")
        found = re.search("<<([^<>']*)>>", html.unescape(page.text))
        return found and found.group(1)

    def logout(self, visitor):
        page = self.home(visitor)
        visitor.submit(page.form_with("logout"), {}, button="logout")
