#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Each directive of the command table stands in docs/directives.md as a
# heading, and the other way round; the configuration that is installed names
# no other.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
table=$srcdir/mod_session_store/conf.c
manual=$srcdir/docs/directives.md
installed=$srcdir/share/session_store.conf.in
need "$table" "$manual" "$installed"

coded=$(grep -o '"SessionStore[A-Za-z]*"' "$table" | tr -d '"' | sort -u)
documented=$(grep '^#' "$manual" | grep -o 'SessionStore[A-Za-z]*' |
    sort -u)
used=$(sed -n 's/^#*\(SessionStore[A-Za-z]*\) .*/\1/p' "$installed" | sort -u)
[ -n "$coded" ] || fail "no directive was found in $table"
[ -n "$used" ] || fail "no directive was found in $installed"

# has LIST NAME
has() { printf '%s\n' "$1" | grep -qx -e "$2"; }

for name in $coded; do
    has "$documented" "$name" || fail "$name has no heading in $manual"
done
for name in $documented; do
    has "$coded" "$name" || fail "$name is in $manual and not in $table"
done
for name in $used; do
    has "$coded" "$name" || fail "$name is in $installed and not in $table"
done
finish
