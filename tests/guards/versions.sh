#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The version is written down once for each kind of package and once for
# people; all mean the one of configure.ac.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
spec=$srcdir/packaging/mod_session_store.spec
need "$srcdir/configure.ac" "$srcdir/CHANGES" "$srcdir/debian/changelog" "$spec"

version=$(sed -n 's/^AC_INIT(\[mod_session_store\], \[\(.*\)\])$/\1/p' \
    "$srcdir/configure.ac")
[ -n "$version" ] || fail "configure.ac names no version"

# is_version WHERE WHAT-IT-SAYS
is_version()
{
    [ "$2" = "$version" ] ||
        fail "$1 says \"$2\" where configure.ac says $version"
}

is_version CHANGES "$(sed -n '/^[0-9]/{s/ .*//;p;q;}' "$srcdir/CHANGES")"
is_version debian/changelog \
    "$(sed -n '1s/^mod-session-store (\(.*\)) .*/\1/p' \
        "$srcdir/debian/changelog")"
is_version "the spec" "$(sed -n 's/^Version: *//p' "$spec")"
is_version "the spec's changelog" \
    "$(sed -n '/^%changelog/,$s/^\*.* - \(.*\)-[0-9]*$/\1/p' "$spec" |
        head -n 1)"
finish
