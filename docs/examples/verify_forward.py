# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Reads a header that SessionStoreForward has set and signed."""

import hashlib
import hmac
import re
import time
from urllib.parse import unquote

WINDOW_S = 300


def forwarded(headers, name, secret, now=time.time):
    """The value of the header `name` ("X-User"), or None when httpd has not
    set it within the last five minutes. `headers` is a mapping like those of
    Python's frameworks; `secret` is the file's line, as bytes."""
    value = headers.get(name)
    signature = re.fullmatch(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})",
                             headers.get(name + "-Signature") or "")
    if value is None or signature is None:
        return None
    stamp, given = signature.groups()
    text = f"{name.lower()}\n{stamp}\n{value}".encode("ascii", "replace")
    right = hmac.new(secret, text, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, given):
        return None
    return unquote(value) if abs(now() - int(stamp)) <= WINDOW_S else None
