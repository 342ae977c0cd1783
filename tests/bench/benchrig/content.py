# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What is in sessions: ten entries of words, which deflate as text does, in
requests of the tests' module that set them. The same each time."""

import random

ENTRIES = 10
LINE = 7000     # that many bytes of entries are set by one request


def words():
    letters = random.Random(1)
    return ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz",
                                    k=letters.randint(3, 10)))
            for _ in range(512)]


def text_of(length, picked, choice):
    text = ""
    while len(text) < length:
        text += choice.choice(picked) + "+"
    return text[:length]


def queries(size):
    """For a session of so many bytes: ["name0=...&name1=...", ...]"""
    picked, choice = words(), random.Random(2)
    found = [f"name{number}=" + text_of(size // ENTRIES, picked, choice)
             for number in range(ENTRIES)]
    return ["&".join(found)] if size <= LINE else found
