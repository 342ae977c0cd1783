#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The module shows httpd its record and nothing else; a backend shows the
# registry its table and nothing else.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
module=.libs/mod_session_store.so
need "$module"

shown=$($NM -D --defined-only "$module" | awk '{ print $NF }')
[ "$shown" = session_store_module ] ||
    fail "$module shows: $(echo "$shown" | tr '\n' ' ')"

backends=0
for source in "$srcdir"/lib/backends/*.c; do
    name=$(basename "$source" .c)
    object=lib/backends/.libs/libsst_la-$name.o
    need "$object"
    backends=$((backends + 1))
    shown=$($NM -g --defined-only "$object" | awk '{ print $NF }')
    [ "$shown" = "sst_backend_$name" ] ||
        fail "backends/$name.c shows: $(echo "$shown" | tr '\n' ' ')"
done
[ "$backends" -gt 0 ] || fail "no backend was found"
finish
