# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""An IMAP server with one user and one empty mailbox: as much as a webmail
needs to be logged in."""

import re
import socketserver
import threading

USER = "reader"
PASSWORD = "mock-turtle-4"

ANSWERS = {
    "CAPABILITY": ["CAPABILITY IMAP4rev1 NAMESPACE"],
    "NAMESPACE": ['NAMESPACE (("" "/")) NIL NIL'],
    "LIST": ['LIST (\\HasNoChildren) "/" INBOX'],
    "LSUB": ['LSUB (\\HasNoChildren) "/" INBOX'],
    "SELECT": ["FLAGS (\\Seen)", "0 EXISTS", "0 RECENT",
               "OK [UIDVALIDITY 1] valid", "OK [UIDNEXT 1] next"],
    "STATUS": ["STATUS INBOX (MESSAGES 0 UNSEEN 0 UIDNEXT 1 UIDVALIDITY 1)"],
    "SEARCH": ["SEARCH"],
    "LOGOUT": ["BYE until then"],
}


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            tag, _, rest = line.partition(" ")
            command = rest.partition(" ")[0].upper()
            if command == "UID":
                command = rest.split(" ")[1].upper()
            for answer in ANSWERS.get(command, ()):
                self.say("* " + answer)
            self.say(f"{tag} {self.judge(command, rest)}")
            if command == "LOGOUT":
                return

    @staticmethod
    def judge(command, rest):
        words = [word.strip('"') for word in re.split(" +", rest)]
        if command == "LOGIN" and words[1:3] != [USER, PASSWORD]:
            return "NO no such user or password"
        return "OK done"

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True


class Imap:
    def __init__(self):
        self.listener = Listener(("127.0.0.1", 0), Conversation)
        self.port = self.listener.server_address[1]
        self.thread = threading.Thread(target=self.listener.serve_forever)

    def start(self):
        self.thread.start()

    def stop(self):
        self.listener.shutdown()
        self.thread.join()
        self.listener.server_close()
