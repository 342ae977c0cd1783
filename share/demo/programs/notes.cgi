#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Notes that live in the session, one entry each, and a count of visits."""

import os
from html import escape

import page

NOTES_MAX = 6
NOTE_LEN_MAX = 200


def note_names(session):
    """The names of the entries that are notes: note-1, note-2 ..."""
    names = [f"note-{number}" for number in range(1, NOTES_MAX + 1)]
    return [name for name in names if name in session]


def changes_of(form, session):
    """What the form asks for, as changes of the session."""
    if form.get("delete") in note_names(session):
        return {form["delete"]: ""}
    text = form.get("text", "").strip()[:NOTE_LEN_MAX]
    free = [f"note-{number}" for number in range(1, NOTES_MAX + 1)
            if f"note-{number}" not in session]
    return {free[0]: text} if text and free else {}


def note_items(session):
    """The list of notes, each with its button."""
    items = "".join(f"""<li><span>{escape(session[name])}</span>
<form method="post" action="/notes">
<button class="quiet small" name="delete" value="{name}"
 aria-label="Delete the note: {escape(session[name])}">Delete</button>
</form></li>
""" for name in note_names(session))
    if not items:
        return "<p class=\"empty\">No notes yet.</p>\n"
    return f"<ul class=\"list\">\n{items}</ul>\n"


def note_form(session):
    """The form for one more note, while there is room."""
    if len(note_names(session)) == NOTES_MAX:
        return "<p class=\"hint\">The page is full: delete a note first.</p>\n"
    return f"""<form class="inline" method="post" action="/notes">
<div class="grow"><label for="text">A new note</label>
<input id="text" name="text" maxlength="{NOTE_LEN_MAX}" required></div>
<button type="submit">Keep it</button>
</form>
"""


def show_notes(session):
    """The page. Looking at it is counted, which is a change too."""
    visits = int(session.get("visits", "0")) + 1
    user = session.get("Demo-user")
    who = f"Signed in as <strong>{escape(user)}</strong>." if user else (
        "You are not signed in, and need not be.")
    times = "once" if visits == 1 else f"{visits} times"
    cookie = os.environ.get("HTTP_COOKIE")
    seen = escape(cookie) if cookie else "nothing"
    page.show("notes", "Notes", f"""
<h1>Notes</h1>
<p class="lead">A CGI program in Python. {who}
You have opened this page <strong>{times}</strong>.</p>
<section class="card">
{note_items(session)}</section>
<section class="card">
{note_form(session)}</section>
<h2>What this program is given</h2>
<section class="card">
{page.entries_table(session)}
<p class="hint">Of the cookie it is given {seen}: httpd keeps the ticket to
itself. A password is never among the entries.</p>
</section>
""", {"visits": visits})


def main():
    """One request."""
    session = page.read_session()
    if os.environ.get("REQUEST_METHOD") == "POST":
        page.redirect("/notes", changes_of(page.read_form(), session))
    else:
        show_notes(session)


main()
