#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""check_site.py FOLDER: the rules that the documents as HTML keep: every link
leads somewhere, nothing is fetched from elsewhere, every page is found."""

import glob
import os
import re
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

# What a page is fetched with, by element; the links of <a> are followed by
# people only.
FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src",
           "source": "src", "object": "data", "embed": "src"}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.fetched, self.tags = [], [], [], []
        self.current = []
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
            if "aria-current" in attributes:
                self.current.append(attributes["href"])
        if tag in FETCHED and FETCHED[tag] in attributes:
            self.fetched.append(attributes[FETCHED[tag]])


folder = os.path.realpath(sys.argv[1])
pages = {path: Page(path) for path in
         glob.glob(os.path.join(folder, "**", "*.html"), recursive=True)
         if os.path.dirname(path) == folder
         or os.path.basename(path) == "folder.html"}
documents = {path for path in pages if os.path.dirname(path) == folder}
problems = []


def rule(name, broken):
    """`broken` lists where the rule does not hold."""
    broken = sorted(set(broken))
    print(f"  {'FAILED ' if broken else 'ok     '} {name}")
    for one in broken:
        print(f"          {one}")
    problems.extend(broken)


def named(path):
    return os.path.relpath(path, folder)


def target_of(path, link):
    """(the file that a link means, the id in it)."""
    parts = urlsplit(link)
    other = os.path.normpath(os.path.join(os.path.dirname(path),
                                          unquote(parts.path))) \
        if parts.path else path
    return other, unquote(parts.fragment)


def is_broken(path, link):
    if re.match(r"https?://", link):
        return False
    other, fragment = target_of(path, link)
    if not other.startswith(folder + os.sep) or not os.path.isfile(other):
        return True
    return bool(fragment) and (other not in pages
                               or fragment not in pages[other].ids)


def style():
    with open(os.path.join(folder, "style.css"), encoding="utf-8") as file:
        return file.read()


rule("there are pages", [] if len(documents) > 15 else [str(len(documents))])
rule("each link leads to a page, a file or an http address",
     [f"{named(path)}: {link}" for path, page in pages.items()
      for link in page.links if is_broken(path, link)])
rule("no page fetches anything from elsewhere",
     [f"{named(path)}: {what}" for path, page in pages.items()
      for what in page.fetched
      if urlsplit(what).scheme or what.startswith("//")
      or is_broken(path, what)]
     + re.findall(r"@import[^;]*|url\([^)]*\)", style()))
rule("no page has a script",
     [named(path) for path, page in pages.items() if "script" in page.tags])
rule("every document is found from the first one",
     [named(path) for path in documents
      if path not in {target_of(os.path.join(folder, "index.html"), link)[0]
                      for link in pages[os.path.join(folder,
                                                     "index.html")].links}])
rule("each document shows where one is",
     [named(path) for path in documents
      if [target_of(path, link)[0] for link in pages[path].current]
      != [path]])
rule("each page has a title, a language and one first heading",
     [named(path) for path, page in pages.items()
      if page.tags.count("h1") != 1 or "title" not in page.tags
      or '<html lang="en">' not in page.text])
rule("no id is there twice",
     [f"{named(path)}: {one}" for path, page in pages.items()
      for one in page.ids if page.ids.count(one) > 1])
rule("the style knows light, dark and phones",
     [text for text in ("prefers-color-scheme: dark", "min-width", "--ground")
      if text not in style()])
print(f"{len(problems)} problems in {len(pages)} pages")
sys.exit(bool(problems))
