#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The golden vectors are what make_golden.py prints, and were not edited.
unit=${srcdir:-.}/tests/unit
# Debian's own, which has Debian's python3-cryptography.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

if ! "$python" -c 'import cryptography'; then
    echo "$0: Python's cryptography is missing" \
        "(Debian: python3-cryptography, Fedora: python3-cryptography)" >&2
    exit 1
fi
"$python" "$unit/make_golden.py" | diff -u "$unit/golden/vectors.txt" - || {
    echo "$0: $unit/golden/vectors.txt is not what make_golden.py prints" >&2
    exit 1
}
