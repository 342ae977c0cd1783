#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The verbs of `htsession --help` and of its manual page are the same.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
page=$srcdir/docs/htsession.8
need ./htsession "$page"

helped=$(./htsession --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p')
documented=$(sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$page")
[ -n "$helped" ] || fail "--help lists no verb"

for name in $helped; do
    printf '%s\n' "$documented" | grep -qx -e "$name" ||
        fail "the verb $name is not in $page"
done
for name in $documented; do
    printf '%s\n' "$helped" | grep -qx -e "$name" ||
        fail "the verb $name of $page is not in --help"
done
finish
