# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Logging in and out at the members' site, and what a ticket consists of."""

from rig.server import PASSWORDS

COOKIE = "session"


def login(browser, user, password=None):
    """Sends the login form; answers the response."""
    form = {"httpd_username": user,
            "httpd_password": password or PASSWORDS[user]}
    return browser.post("/dologin", form)


def logged_in(browser, user):
    """Logs in and makes sure that it worked."""
    response = login(browser, user)
    assert response.status == 302, response
    assert response.get("Location").endswith("/private/index.html")
    assert who(browser) == user
    return browser


def who(browser, **options):
    """The user that a protected page sees, or None when it wants a login."""
    response = browser.get("/private/probe/user", **options)
    if response.status == 302:
        assert response.get("Location").endswith("/login.html"), response
        return None
    assert response.status == 200, response
    return response.text.splitlines()[0].partition(":")[2]


def entries(browser, **options):
    """The session as httpd sees it now."""
    response = browser.get("/probe/get", **options)
    assert response.status == 200, response
    return response.entries


class Ticket:
    """The parts of a ticket: id.secret.revision.check"""

    def __init__(self, text):
        self.text = text
        self.id, self.secret, self.revision, self.check = text.split(".")

    @classmethod
    def of(cls, browser, name=COOKIE):
        return cls(browser.jar[name])


def same_session(a, b):
    return a.id == b.id and a.secret == b.secret


def differ(a, b):
    """A new id and a new secret."""
    return a.id != b.id and a.secret != b.secret


def as_cookie(text, name=COOKIE):
    return f"{name}={text}"
