#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

session=
i=0
while [ "$i" -lt "${SESSION_STORE_COUNT:-0}" ]; do
    session=$session$(printenv "SESSION_STORE_$i")
    i=$((i + 1))
done
visits=$(printf '%s\n' "$session" | tr '&' '\n' | sed -n 's/^visits=//p')
visits=$((${visits:-0} + 1))
printf 'X-Session-Store: set &visits=%d&\n' "$visits"
printf 'Content-Type: text/plain\n\nvisit %d\n' "$visits"
