# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A visitor: follows redirects and links, fills in forms, as a browser does."""

import urllib.parse
from html.parser import HTMLParser

REDIRECTS = (301, 302, 303, 307)
LIMIT = 10


class Form:
    def __init__(self, attributes):
        self.id = attributes.get("id", "")
        self.name = attributes.get("name", "")
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.multipart = "multipart" in attributes.get("enctype", "")
        self.fields = {}
        self.buttons = {}

    def has(self, names):
        return all(n in self.fields or n in self.buttons for n in names)


class Parser(HTMLParser):
    """The forms and links of a page. A field belongs to the form that was
    opened last: some programs close theirs where a parser does not look."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.links = []
        self.select = None
        self.area = None

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "form":
            self.forms.append(Form(attributes))
        elif self.forms:
            self.handle_field(tag, attributes, self.forms[-1])

    def handle_field(self, tag, attributes, form):
        name = attributes.get("name")
        value = attributes.get("value", "")
        if tag == "option" and self.select:
            if "selected" in attributes or self.select not in form.fields:
                form.fields[self.select] = value
        elif not name:
            return
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            form.fields[name] = ""
        elif tag == "button" or attributes.get("type") == "submit":
            form.buttons[name] = value
        elif tag == "input":
            self.handle_input(attributes.get("type", "text"), name, value,
                              "checked" in attributes, form)

    @staticmethod
    def handle_input(kind, name, value, checked, form):
        if kind in ("checkbox", "radio"):
            if checked:
                form.fields[name] = value or "on"
        elif kind not in ("button", "image", "reset", "file"):
            form.fields[name] = value

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.forms[-1].fields[self.area] += data


class Page:
    def __init__(self, response, path):
        self.response = response
        self.status = response.status
        self.path = path
        self.text = response.text
        parser = Parser()
        parser.feed(self.text)
        self.forms = parser.forms
        self.links = parser.links

    def has_form(self, *fields):
        return any(form.has(fields) for form in self.forms)

    def form_with(self, *fields):
        """The first form that has all these fields."""
        for form in self.forms:
            if form.has(fields):
                return form
        raise AssertionError(f"no form with {fields}: {self}")

    def link_with(self, part):
        """The first link with that text in its address, or None."""
        for link in self.links:
            if part in link:
                return link
        return None

    def __repr__(self):
        return f"<{self.status} {self.path} {self.text[:6000]!r}>"


class Visitor:
    def __init__(self, browser, origin):
        self.browser = browser
        self.origin = origin        # as http://host
        self.page = None

    def open(self, address):
        """Follows an address, relative to the page that is open."""
        return self.follow("GET", self.resolve(address))

    def resolve(self, address):
        base = self.page.path if self.page else "/"
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(base, address))
        return urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))

    def submit(self, form, fields, button=None):
        """Sends a form with these fields in place of its own; None leaves
        one out."""
        values = {name: value for name, value in
                  {**form.fields, **fields}.items() if value is not None}
        if button:
            values[button] = form.buttons[button]
        target = self.resolve(form.action or self.page.path)
        if form.method == "get":
            path = target.partition("?")[0]
            return self.open(f"{path}?{urllib.parse.urlencode(values)}")
        return self.post(target, values)

    def post(self, address, values):
        return self.follow("POST", self.resolve(address), values)

    def follow(self, method, path, values=None):
        for _ in range(LIMIT):
            response = self.send(method, path, values)
            self.page = Page(response, path)
            if response.status not in REDIRECTS:
                return self.page
            method = "GET"
            path = self.resolve(response.get("Location"))
        raise AssertionError(f"more than {LIMIT} redirects: {path}")

    def send(self, method, path, values):
        headers = [("User-Agent", "Mozilla/5.0"), ("Accept", "text/html"),
                   ("Accept-Language", "en"),
                   ("Referer", self.origin + (self.page.path if self.page
                                              else "/"))]
        if method == "POST":
            return self.browser.post(path, values, headers=headers)
        return self.browser.get(path, headers=headers)
