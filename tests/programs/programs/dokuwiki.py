# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""DokuWiki: a wiki in files. Beside PHP's session it has a cookie of its own,
sealed with the session's id: it logs in again after the session's end, where PHP
takes an old id back from the browser."""

import hashlib

USERS = """\
# users.auth.php
# <?php exit()?>
writer:{password}:The Writer:writer@localhost:user
"""
RIGHTS = """\
# acl.auth.php
# <?php exit()?>
*               @ALL        1
*               @user       8
"""
LOCAL = """\
<?php
$conf['savedir'] = '{data}';
$conf['useacl'] = 1;
$conf['disableactions'] = 'register';
$conf['passcrypt'] = 'smd5';
"""


class DokuWiki:
    folder = "dokuwiki"
    password = "rabbit-hole-3"
    stays_after_expiry = True

    def install(self, shelf):
        shelf.constants["DOKU_MAIN_CONF"] = shelf.path("etc", "dokuwiki") + "/"
        # One of the forms of password that it reads.
        digest = hashlib.sha1(self.password.encode()).hexdigest()
        shelf.write(USERS.format(password=digest), "var", "lib", "dokuwiki",
                    "acl", "users.auth.php")
        shelf.write(RIGHTS, "var", "lib", "dokuwiki", "acl", "acl.auth.php")
        shelf.write(LOCAL.format(data=shelf.path("var/lib/dokuwiki/data")),
                    "etc", "dokuwiki", "local.php")
        shelf.give("var", "lib", "dokuwiki", "data")
        return shelf.path("usr", "share", "dokuwiki")

    def home(self, visitor):
        return visitor.open("/dokuwiki/doku.php?id=start")

    def is_logged_in(self, page):
        return page.link_with("do=logout") is not None

    def login(self, visitor, password):
        page = visitor.open("/dokuwiki/doku.php?id=start&do=login")
        return visitor.submit(page.form_with("u", "p"),
                              {"u": "writer", "p": password})

    def save(self, visitor, name, text):
        page = visitor.open(f"/dokuwiki/doku.php?id={name}&do=edit")
        form = page.form_with("wikitext")
        visitor.submit(form, {"wikitext": text}, button="do[save]")

    def read(self, visitor, name):
        page = visitor.open(f"/dokuwiki/doku.php?id={name}&do=edit")
        return page.form_with("wikitext").fields["wikitext"].strip()

    def logout(self, visitor):
        page = self.home(visitor)
        visitor.open(page.link_with("do=logout"))
