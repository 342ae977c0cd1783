# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Cookies that were not made by the server under test."""

import base64
import secrets


def ticket():
    """Looks like a ticket in every respect but its check."""
    def text(length):
        raw = base64.urlsafe_b64encode(secrets.token_bytes(length))
        return raw.decode().rstrip("=")
    return f"{secrets.token_hex(16)}.{text(16)}.1.{text(12)}"


def bit_flips(value):
    """Every way to turn over one bit of `value` that still is a cookie's
    value for httpd."""
    for position, character in enumerate(value):
        for bit in range(8):
            flipped = chr(ord(character) ^ (1 << bit))
            if flipped.isascii() and flipped.isprintable() \
                    and flipped not in ';, "\\':
                yield value[:position] + flipped + value[position + 1:]
