# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""All programs, and the servers that some of them need."""

from contextlib import ExitStack

from programs.adminer import Adminer
from programs.dokuwiki import DokuWiki
from programs.imap import Imap
from programs.mariadb import MariaDb
from programs.phpliteadmin import PhpLiteAdmin
from programs.phpmyadmin import PhpMyAdmin
from programs.places import HANDLER
from programs.roundcube import Roundcube
from programs.shelf import Shelf

NAMES = ("adminer", "dokuwiki", "phpliteadmin", "phpmyadmin", "roundcube")


class Everything:
    def __init__(self, packages):
        self.running = ExitStack()
        try:
            self.set_up(packages)
        except BaseException:
            self.running.close()
            raise

    def start(self, kind, *arguments):
        made = kind(*arguments)
        self.running.callback(made.stop)
        made.start()
        return made

    def set_up(self, packages):
        self.shelf = self.start(Shelf, packages)
        database = self.start(MariaDb)
        mail = self.start(Imap)
        programs = (Adminer(database), DokuWiki(), PhpLiteAdmin(),
                    PhpMyAdmin(database), Roundcube(mail))
        self.programs = {program.folder: program for program in programs}
        self.folders = {program.folder: program.install(self.shelf)
                        for program in programs}
        self.shelf.write_places(HANDLER)

    def stop(self):
        self.running.close()
