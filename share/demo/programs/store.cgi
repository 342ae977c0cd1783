#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Shows what somebody sees who gets hold of the store's files."""

import os
from html import escape
from pathlib import Path

import page

SHOWN_MAX = 3
LISTED_MAX = 20
DUMP_LEN = 96
TELLING_LEN = 3         # shorter texts may turn up in any random bytes


def store_files():
    """The files below the store, the newest first."""
    top = Path(os.environ["DEMO_STORE"])
    found = []
    for path in top.rglob("*"):
        try:
            if path.is_file():
                found.append((path.stat().st_mtime, path.relative_to(top),
                              path.read_bytes()))
        except FileNotFoundError:
            pass                # it ended while we looked
    return sorted(found, key=lambda item: item[0], reverse=True)


def hex_dump(data):
    """The bytes as a dump: offset, hex, printable characters."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at:at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at:04x}  {row.hex(' '):<47}  {text}")
    return "\n".join(lines)


def file_table(files):
    """Names and sizes."""
    if not files:
        return ("<p class=\"empty\">The store is empty. Open the "
                "<a href=\"/notes\">notes page</a>, and your session will be "
                "here.</p>\n")
    rows = "".join(f"<tr><td><code>{escape(str(name))}</code></td>"
                   f"<td class=\"number\">{len(data):,}</td></tr>\n"
                   for _, name, data in files[:LISTED_MAX])
    more = len(files) - LISTED_MAX
    rest = f"<p class=\"hint\">and {more} more</p>\n" if more > 0 else ""
    return f"""<div class="scroll"><table>
<thead><tr><th scope="col">File</th>
<th class="number" scope="col">Bytes</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
{rest}"""


def dumps(files):
    """The first bytes of the newest files that have any."""
    return "".join(f"""<h3><code>{escape(str(name))}</code></h3>
<pre tabindex="0" aria-label="The first bytes">{escape(hex_dump(
    data[:DUMP_LEN]))}</pre>
""" for _, name, data in [item for item in files if item[2]][:SHOWN_MAX])


def search_table(session, files):
    """Looks for the visitor's own entries in all names and bytes."""
    texts = sorted({text for pair in session.items() for text in pair
                    if len(text) >= TELLING_LEN and pair[0] != "expiry"})
    if not texts:
        return ("<p class=\"empty\">Your session holds nothing to look for "
                "yet.</p>\n")
    rows = ""
    for text in texts:
        raw = text.encode("utf-8")
        hits = sum(raw in data or raw in os.fsencode(name)
                   for _, name, data in files)
        rows += (f"<tr><td>{escape(text)}</td>"
                 f"<td class=\"number\">{hits}</td></tr>\n")
    return f"""<div class="scroll"><table id="search">
<caption>The names and values of your own session, looked for in every
file</caption>
<thead><tr><th scope="col">Looked for</th>
<th class="number" scope="col">Files with it</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
"""


def main():
    """One request."""
    session = page.read_session()
    files = store_files()
    page.show("store", "The store", f"""
<h1>What the store holds</h1>
<p class="lead">These are the files of <code>{escape(
    os.environ["DEMO_STORE"])}</code>, as somebody sees them who has stolen the
disk. (A real site has no such page.)</p>
<section class="card">
<h2>Files</h2>
{file_table(files)}</section>
<section class="card">
<h2>Can your session be found in them?</h2>
{search_table(session, files)}</section>
<section class="card">
<h2>Bytes</h2>
<p class="soft">A file's name is a keyed digest of the session's number. Its
content is sealed under a key that takes the server's key and the secret in
your cookie together.</p>
{dumps(files)}</section>
""")


main()
