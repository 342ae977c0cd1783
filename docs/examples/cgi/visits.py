#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

import os
from urllib.parse import parse_qsl, urlencode

count = int(os.environ.get("SESSION_STORE_COUNT", 0))
text = "".join(os.environ[f"SESSION_STORE_{i}"] for i in range(count))
session = dict(parse_qsl(text, keep_blank_values=True))
visits = int(session.get("visits", 0)) + 1

print("X-Session-Store: set &" + urlencode({"visits": visits}) + "&")
print("Content-Type: text/plain\n")
print(session.get("members-user", "stranger"), "is here for visit", visits)
