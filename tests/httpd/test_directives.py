# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The reference of directives says what httpd says: where each one is allowed,
that its default is a line that httpd takes, and which values there are."""

import os
import re

import pytest

from rig import conf

REFERENCE = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                         "directives.md")


def sections():
    """The text of each directive by its name."""
    with open(REFERENCE, encoding="utf-8") as file:
        found = re.findall(r"^## (\w+) Directive\n(.*?)(?=^## |\Z)",
                           file.read(), re.MULTILINE | re.DOTALL)
    return dict(found)


SECTIONS = sections()


def cell(name, title):
    found = re.search(rf"^\| \*\*{title}\*\* \| (.*) \|$", SECTIONS[name],
                      re.MULTILINE)
    return found[1].replace("\\|", "|") if found else ""


def a_line(name):
    """One that is right: the default, or the first example of the section."""
    default = re.match(rf"`({name} .*?)`", cell(name, "Default"))
    line = default[1] if default else re.search(
        rf"^ *({name} .*)$", SECTIONS[name], re.MULTILINE)[1]
    for shown, ours in (("/var/lib/session_store", "@ROOT@/store"),
                        ("file:session_store.keys", "file:@ROOT@/keys"),
                        (" sign=file:/etc/apache2/forward-secret", ""),
                        ("/var/log/apache2", "@ROOT@/log")):
        line = line.replace(shown, ours)
    return line


PLACES = {"server config": "{}\n",
          "virtual host": "<VirtualHost *:@PORT@>\n{}\n</VirtualHost>\n",
          "directory": "<Location \"/x\">\n{}\n</Location>\n"}


def takes(httpd, text):
    """(Whether httpd takes it, what it says)."""
    code, said = httpd(conf.STORE + text, start=False).check_config()
    return code == 0, said


def test_there_are_directives():
    assert len(SECTIONS) > 12


def test_each_directive_is_taken_where_it_may_stand(httpd):
    text = "".join(PLACES[place].format(a_line(name)) for name in SECTIONS
                   for place in cell(name, "Context").split(", ")
                   if place in PLACES)
    taken, said = takes(httpd, text)
    assert taken, said


@pytest.mark.parametrize("name,place", [
    (name, place) for name in SECTIONS for place in PLACES
    if place not in cell(name, "Context").split(", ")])
def test_and_refused_where_it_may_not(httpd, name, place):
    taken, said = takes(httpd, PLACES[place].format(a_line(name)))
    assert not taken and name in said, said


@pytest.fixture(scope="module")
def with_files(module_httpd):
    """A server that reads a file of each directive in a folder of its own."""
    def write(server):
        for name in SECTIONS:
            os.mkdir(server.path("htdocs", name))
            with open(server.path("htdocs", name, "index.html"), "w") as file:
                file.write("here")
            with open(server.path("htdocs", name, ".htaccess"), "w") as file:
                file.write(server.fill_in(a_line(name)) + "\n")
    narrow = ("<Directory \"@ROOT@/htdocs\">\n"
              "    AllowOverride AuthConfig\n</Directory>\n")
    return module_httpd(conf.STORE + narrow, before_start=write)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_file_of_the_folder_may_have_it_or_not(with_files, name):
    status = with_files.browser().get(f"/{name}/").status
    if ".htaccess" in cell(name, "Context").split(", "):
        assert cell(name, "Override") == "AuthConfig" and status == 200
    else:
        with_files.log.expect(f"{name} not allowed here")
        assert cell(name, "Override") == "" and status == 500


# What is certainly none of its values, and a second word where one is wanted.
WRONG = {"SessionStoreTimeout": "idle=never",
         "SessionStoreMaxPerUser": "3 perhaps"}

ONE_OF_TWO = {"SessionStoreEnv"}


def stands_in(text, word):
    """As a whole word; one that ends in ":" or "=" goes on with its value."""
    end = "" if word[-1] in ":=" else r"(?![\w-])"
    return re.search(rf"(?<![\w-]){re.escape(word)}{end}", text, re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(set(SECTIONS) - {
    # Any text is a name, a pattern or a path.
    "SessionStoreUserKey", "SessionStoreHide", "SessionStoreAudit"}))
def test_the_values_that_httpd_names_stand_in_the_reference(httpd, name):
    wrong = WRONG.get(name, "no:good,value")
    taken, said = takes(httpd, f"{name} {wrong}\n")
    assert not taken
    if name in ONE_OF_TWO:
        assert f"{name} must be On or Off" in said
        return
    allowed = re.search(rf"{name}: .*allowed(?::| are) (.*)", said)
    assert allowed, said
    words = re.findall(r"[a-z][a-z+-]*[:=]|\b[a-z]+-[a-z]+\b|\b\d{4,}\b"
                       r"|\boff\b|\bauto\b|\bnone\b|\bdeny\b|\banonymous\b"
                       r"|\brefuse\b", allowed[1])
    with open(REFERENCE, encoding="utf-8") as file:
        reference = file.read() if "URL" in cell(name, "Syntax") \
            else SECTIONS[name]
    assert [word for word in words if not stands_in(reference, word)] == []
