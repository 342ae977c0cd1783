# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The page of session-store-self, as a browser without script sees it."""

from html.parser import HTMLParser

PLACES = """\
<Location /sessions>
    SetHandler session-store-self
</Location>
<Location /private/sessions>
    SetHandler session-store-self
</Location>
"""


class SelfPage(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.token = None
        self.rows = []          # of each listed session, in their order
        self.own = []           # those that are marked as this one
        self.others_button = False
        self.titles = []
        self.times = []
        self.status = False
        self.inside = None
        self.marked = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        value = dict(attributes)
        if tag == "input" and value.get("name") == "token":
            self.token = value["value"]
        elif tag == "li":
            self.marked = value.get("aria-current") == "true"
        elif tag == "button" and value.get("name") == "end":
            self.rows.append(value["value"])
            if self.marked:
                self.own.append(value["value"])
        elif tag == "button" and value.get("name") == "others":
            self.others_button = True
        elif tag == "time":
            self.times.append(value["datetime"])
        elif tag == "p" and value.get("role") == "status":
            self.status = True
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "h2":
            self.titles.append(data.strip())

    def handle_endtag(self, tag):
        self.inside = None

    @property
    def other_rows(self):
        return [row for row in self.rows if row not in self.own]


def page_of(browser, path="/sessions", **options):
    response = browser.get(path, **options)
    assert response.status == 200, response
    return SelfPage(response.text)


def end(browser, row, token=None, path="/sessions"):
    """Presses the button of a session."""
    token = page_of(browser, path).token if token is None else token
    return browser.post(path, {"token": token, "end": row})


def end_others(browser, path="/sessions"):
    return browser.post(path, {"token": page_of(browser, path).token,
                               "others": "all"})
