# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What was measured stands between two marks of a document."""

MEASURED, CURVES = "measured", "curves"


def begin(name):
    return f"<!-- {name}: begin -->"


def end(name):
    return f"<!-- {name}: end -->"


def write(path, text, name=MEASURED):
    """Puts it there, in place of what was measured before."""
    with open(path) as file:
        old = file.read()
    assert begin(name) in old and end(name) in old, f"no marks in {path}"
    before, _, rest = old.partition(begin(name))
    behind = rest.partition(end(name))[2]
    with open(path, "w") as file:
        file.write(f"{before}{begin(name)}\n\n{text}\n\n{end(name)}{behind}")
