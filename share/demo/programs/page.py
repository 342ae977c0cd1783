# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What the demo's CGI programs share: the session, and the frame of a page.

A program reads the session from one variable of its environment and changes
it with one line of its answer. It needs no library for that.
"""

import os
import sys
from html import escape
from urllib.parse import parse_qsl, urlencode

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Session Store</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="{name}">
{top}<main id="main" class="wrap">
{main}</main>
{bottom}</body>
</html>
"""


def read_session():
    """The entries of the visitor's session, by name."""
    return dict(parse_qsl(os.environ.get("HTTP_SESSION", "")))


def read_form():
    """The fields of the form that was sent, by name."""
    length = int(os.environ.get("CONTENT_LENGTH") or 0)
    return dict(parse_qsl(sys.stdin.buffer.read(min(length, 65536)).decode(
        "utf-8", "replace")))


def write_session(changes):
    """The header line that changes the session; an empty value deletes."""
    return [("X-Replace-Session", urlencode(changes))] if changes else []


def send(headers, text=""):
    """Sends the answer."""
    lines = "".join(f"{name}: {value}\n" for name, value in headers)
    sys.stdout.buffer.write((lines + "\n" + text).encode("utf-8"))


def redirect(place, changes):
    """Sends the visitor to `place`, and changes the session."""
    send([("Status", "303 See Other"), ("Location", place)]
         + write_session(changes))


def show(name, title, main, changes=None):
    """Sends a page whose content is `main`."""
    text = FRAME.format(name=name, title=escape(title), main=main,
                        top=part("top"), bottom=part("bottom"))
    send([("Content-Type", "text/html; charset=utf-8")]
         + write_session(changes), text)


def part(name):
    """One of the pieces that all pages have."""
    path = os.path.join(os.environ["DEMO_PARTS"], name + ".html")
    with open(path, encoding="utf-8") as file:
        return file.read()


def entries_table(session):
    """What the program was given of the session, as a table."""
    rows = "".join(f"<tr><th scope=\"row\"><code>{escape(name)}</code></th>"
                   f"<td>{escape(value)}</td></tr>\n"
                   for name, value in sorted(session.items())
                   if name != "expiry")
    if not rows:
        return "<p class=\"empty\">Nothing: you have no session yet.</p>\n"
    return f"""<div class="scroll"><table>
<caption>HTTP_SESSION, in parts</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
"""
