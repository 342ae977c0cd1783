# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Roundcube: a webmail. All that it knows of a visitor, the password for the
mail server included, is in the session; it makes a new id at the login."""

import re
import sqlite3

from programs.imap import PASSWORD, USER

CONFIG = """\
<?php
$config['db_dsnw'] = 'sqlite:///{database}?mode=0640';
$config['imap_host'] = '127.0.0.1:{port}';
$config['mail_domain'] = 'example.org';
$config['session_storage'] = 'php';
$config['des_key'] = 'twenty-four-bytes-of-key';
$config['login_rate_limit'] = 1000;
$config['ip_check'] = true;
$config['temp_dir'] = '{temporary}';
$config['log_driver'] = 'stdout';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['enable_installer'] = false;
"""
INDEX = "/roundcube/"
IDENTITY = "?_task=settings&_action=edit-identity&_iid=1&_framed=1"


class Roundcube:
    folder = "roundcube"
    password = PASSWORD
    stays_after_expiry = False

    def __init__(self, mail):
        self.mail = mail

    def install(self, shelf):
        data = ("var", "lib", "roundcube")
        # The links of this package are into folders of others.
        shelf.constants["INSTALL_PATH"] = shelf.path(*data) + "/"
        database = shelf.path(*data, "temp", "roundcube.sqlite")
        with open(shelf.path("usr", "share", "roundcube", "SQL",
                             "sqlite.initial.sql")) as file:
            statements = file.read()
        with sqlite3.connect(database) as connection:
            connection.executescript(statements)
        shelf.write(CONFIG.format(database=database, port=self.mail.port,
                                  temporary=shelf.path(*data, "temp")),
                    "etc", "roundcube", "config.inc.php")
        shelf.give(*data, "temp")
        return shelf.path(*data, "public_html")

    def home(self, visitor):
        return visitor.open(INDEX + "?_task=settings")

    def is_logged_in(self, page):
        return page.link_with("_task=logout") is not None

    def login(self, visitor, password):
        page = visitor.open(INDEX)
        return visitor.submit(page.form_with("_user", "_pass"),
                              {"_user": USER, "_pass": password})

    def form(self, visitor):
        return visitor.open(INDEX + IDENTITY).form_with("_organization")

    def save(self, visitor, _, text):
        visitor.submit(self.form(visitor), {"_organization": text})

    def read(self, visitor, _):
        return self.form(visitor).fields["_organization"]

    def logout(self, visitor):
        """As the script of the page does, which adds the token."""
        page = self.home(visitor)
        token = re.search('"request_token":"([^"]+)"', page.text).group(1)
        visitor.open(f"{page.link_with('_task=logout')}&_token={token}")
