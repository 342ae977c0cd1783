# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""phpMyAdmin: databases of MariaDB. The login is in cookies that are sealed
with a secret of the program's own; the session holds the tokens of its forms
and much that it has looked up."""

import html
import re

from programs.mariadb import PASSWORD, USER

CONFIG = """\
<?php
$cfg['blowfish_secret'] = 'a-secret-of-thirty-two-letters-1';
$cfg['Servers'][1]['auth_type'] = 'cookie';
$cfg['Servers'][1]['host'] = 'localhost';
$cfg['Servers'][1]['socket'] = '{socket}';
"""
INDEX = "/phpmyadmin/index.php"


class PhpMyAdmin:
    folder = "phpmyadmin"
    password = PASSWORD
    stays_after_expiry = False

    def __init__(self, database):
        self.database = database

    def install(self, shelf):
        pages = ("usr", "share", "phpmyadmin")
        config = shelf.path("etc", "phpmyadmin", "config.inc.php")
        temporary = shelf.path("var", "lib", "phpmyadmin", "tmp")
        vendor = (*pages, "libraries", "vendor_config.php")
        shelf.replace("/etc/phpmyadmin/config.inc.php", config, *vendor)
        shelf.replace("/var/lib/phpmyadmin/tmp", temporary, *vendor)
        shelf.write(CONFIG.format(socket=self.database.socket),
                    "etc", "phpmyadmin", "config.inc.php")
        shelf.give("var", "lib", "phpmyadmin", "tmp")
        return shelf.path(*pages)

    def home(self, visitor):
        return visitor.open(INDEX)

    def is_logged_in(self, page):
        return page.link_with("route=/logout") is not None

    def login(self, visitor, password):
        page = self.home(visitor)
        return visitor.submit(page.form_with("pma_username"), {
            "pma_username": USER, "pma_password": password})

    def sql(self, visitor, statement):
        """Runs a statement in the form for that."""
        page = visitor.open(INDEX + "?route=/database/sql&db=notes")
        form = page.form_with("sql_query", "token")
        return visitor.submit(form, {"sql_query": statement})

    def save(self, visitor, name, text):
        self.sql(visitor, f"INSERT INTO notes VALUES ('{name}', '{text}')")

    def read(self, visitor, name):
        page = self.sql(visitor, "SELECT CONCAT('<<', text, '>>') FROM notes "
                                 f"WHERE name = '{name}'")
        found = re.search("<<([^<>']*)>>", html.unescape(page.text))
        return found and found.group(1)

    def logout(self, visitor):
        page = visitor.open(INDEX + "?route=/database/sql&db=notes")
        token = page.form_with("token").fields["token"]
        visitor.post(page.link_with("route=/logout"), {"token": token})
