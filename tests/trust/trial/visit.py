# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A visitor: fills a basket, signs in, looks and changes in several windows
at once, and ends the session in one of three ways. All is recorded, and judged
when the visit is over."""

import http.client
import random
import time

from rig.aside import Aside
from rig.browser import Browser
from rig.members import COOKIE, as_cookie

from . import linear
from .history import DONE, GONE, UNKNOWN, History, now
from .sites import PASSWORD

LOST = (OSError, http.client.HTTPException)
NAMES = ("a", "b", "c", "d")
SIGNED_IN = ("members-user", "members-pw")
PATIENCE = 6        # requests in vain, after which a window is closed
DOUBTS = 6          # writes without an answer in one session


class Wrong(AssertionError):
    """An answer that no fault explains."""


class Visit:
    """One session's life at `site`, as `user`. `tell` hears of each request:
    its kind, its answer (a status, or 0 for none), how long it took.
    `refusals` are statuses that refuse a request for now."""

    def __init__(self, site, user, tell, pause_s=0, steps=8, windows=3,
                 ending=None, refusals=(503,)):
        self.site = site
        self.user = user
        self.tell = tell
        self.pause_s = pause_s
        self.steps = steps
        self.windows = windows
        self.refusals = refusals
        self.ending = ending or random.choice(["logout", "clear", "revoke"])
        self.history = History()
        self.browser = Browser(site.server.port)
        self.first = None
        self.doubts = 0
        self.name = f"{user}-{time.time_ns():x}"

    # --- One request --------------------------------------------------------

    def ask(self, kind, method, path, ticket, form=None):
        """The response or None, with the times of start and end."""
        start = now()
        cookie = as_cookie(ticket) if ticket else ""
        try:
            response = (self.browser.post(path, form, cookie=cookie) if form
                        else self.browser.request(method, path,
                                                  cookie=cookie))
        except LOST:
            response = None
        end = now()
        self.tell(kind, response.status if response else 0,
                  (end - start) / 1e9)
        if response and response.status in self.refusals:
            if response.set_cookies:
                raise Wrong(f"a refusal with a cookie: {response}")
            response = None
        return response, start, end

    @staticmethod
    def new_ticket(response):
        tickets = [cookie.value for cookie in response.set_cookies
                   if cookie.name == COOKIE and not cookie.removes]
        return tickets[-1] if tickets else None

    def own(self, entries):
        """That these are entries of nobody else."""
        for name, value in entries.items():
            if name in NAMES + ("basket",) and not value.startswith(
                    self.name):
                raise Wrong(f"{self.name} is shown {name}={value}")
            if name == "members-user" and value != self.user:
                raise Wrong(f"{self.user} is shown the session of {value}")
        return entries

    # --- The course of a visit ----------------------------------------------

    def run(self):
        """Answers how many operations were recorded and judged."""
        if not self.begin():
            return 0
        ticket = self.sign_in()
        if ticket:
            self.look_around(ticket)
        self.judge()
        return len(self.history.ops)

    def begin(self):
        value = self.history.value(self.name)
        response, start, end = self.ask("begin", "GET",
                                        f"/probe/set?basket={value}", None)
        if response is None:
            return False
        self.first = self.new_ticket(response)
        if not self.first or response.status != 200:
            raise Wrong(f"no session begins: {response}")
        self.initial = self.site.model.begin(id_of(self.first),
                                             {"basket": value})
        return True

    def sign_in(self):
        """Another window goes on with the old ticket meanwhile."""
        window = Aside(self.window, 0, self.first, 3)
        op, ticket = self.rotate("login", self.first, "/dologin", 302, dict(
            zip(SIGNED_IN, (self.user, PASSWORD))), {
                "httpd_username": self.user, "httpd_password": PASSWORD})
        window.result()
        self.read(self.first, None)
        if op.outcome == GONE:
            raise Wrong(f"a login that begins no session: {op}")
        return ticket

    def look_around(self, ticket):
        windows = [Aside(self.window, number, ticket, self.steps + 4)
                   for number in range(1, self.windows)]
        self.window(0, ticket, self.steps)
        last = self.finish(ticket)
        for window in windows:
            window.result()
        for old in (self.first, ticket):
            self.read(old, None)
        if last:
            self.read(last, None)

    def finish(self, ticket):
        """Ends the session; answers the ticket of what is left of it."""
        if self.ending == "logout":
            return self.rotate("logout", ticket, "/logout", 307,
                               dict.fromkeys(SIGNED_IN))[1]
        start = now()
        if self.ending == "clear":
            response, start, end = self.ask("clear", "GET", "/probe/clear",
                                            ticket)
            done = response is not None
        else:
            done = self.site.revoke(self.user)
            end = now()
            self.tell("revoke", 200 if done else 0, (end - start) / 1e9)
        self.history.add("end", id=id_of(ticket), start=start, end=end,
                         outcome=DONE if done else UNKNOWN)
        return None

    def rotate(self, kind, ticket, path, status, sets, form=None):
        response, start, end = self.ask(kind, "GET", path, ticket, form)
        became = response and self.new_ticket(response)
        if response and response.status != status:
            raise Wrong(f"{kind}: {response}")
        op = self.history.add(
            "rotate", id=id_of(ticket), start=start, end=end, sets=sets,
            became=became and id_of(became),
            outcome=UNKNOWN if not response else DONE if became else GONE)
        return op, became

    # --- A window -----------------------------------------------------------

    def window(self, number, ticket, steps):
        seen = None
        vain = 0
        while steps > 0 and vain < PATIENCE:
            steps -= 1
            if random.random() < 0.5 and self.doubts < DOUBTS:
                answer, ticket, seen = self.write(number, ticket, seen)
            else:
                answer = self.read(ticket, seen)
            vain = 0 if answer == "there" else vain + 1
            if answer == "gone":
                return
            time.sleep(random.uniform(0, 2 * self.pause_s))

    def read(self, ticket, seen):
        response, start, end = self.ask("read", "GET", "/probe/get", ticket)
        if response is None:
            return "unknown"
        if response.status != 200:
            raise Wrong(f"a page: {response}")
        found = self.own(response.entries)
        self.history.add("read", id=id_of(ticket), start=start, end=end,
                         found=found or None, seen=seen)
        return "there" if found else "gone"

    def write(self, number, ticket, seen):
        value = self.history.value(self.name)
        names = random.sample(NAMES, random.choice((1, 1, 2)))
        sets = dict.fromkeys(names, value)
        words = "&".join(f"{name}={value}" for name in names)
        response, start, end = self.ask("write", "GET",
                                        f"/probe/set?{words}", ticket)
        about = {"id": id_of(ticket), "start": start, "end": end}
        if response is None:
            self.doubts += 1
            self.history.add("write", sets=sets, outcome=UNKNOWN, **about)
            return "unknown", ticket, seen
        if response.status != 200:
            raise Wrong(f"a change: {response}")
        sent = self.new_ticket(response)
        if sent and id_of(sent) != id_of(ticket):
            # There was no session: this one has begun another.
            self.history.add("read", found=None, seen=seen, **about)
            return "gone", ticket, seen
        read = self.history.add(
            "read", found=self.own(response.entries), but=frozenset(names),
            seen=seen, **about)
        about["after"] = (read,)
        if sent:
            op = self.history.add("write", sets=sets, seen=seen, **about)
            return "there", sent, op
        if not self.site.store.repeats:
            self.history.add("write", sets=sets, seen=seen, outcome=GONE,
                             **about)
            return "gone", ticket, seen
        # It may have come in time, its answer been lost, and the session have
        # ended before it was sent again.
        self.history.add("write", sets=sets, outcome=UNKNOWN, **about)
        self.history.add("read", found=None, seen=seen, **about)
        return "gone", ticket, seen

    def judge(self):
        first, last = (self.history.ops[index].start for index in (0, -1))
        for start, end in self.site.failovers:
            if start < last and end > first:
                self.history.fails_over(start, end)
        return linear.check(self.history.telling(), self.site.model,
                            self.initial)


def id_of(ticket):
    return ticket.partition(".")[0]
