#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The module shows httpd its record and nothing else. A backend shows the
# registry its table, and what its own files share bears its name.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
module=.libs/mod_session_store.so
need "$module"

shown=$($NM -D --defined-only "$module" | awk '{ print $NF }')
[ "$shown" = session_store_module ] ||
    fail "$module shows: $(echo "$shown" | tr '\n' ' ')"

# sst_backend_NAME in NAME.c, sst_NAME_... in NAME.c and NAME_*.c.
tables=0
for source in "$srcdir"/lib/backends/*.c; do
    file=$(basename "$source" .c)
    name=${file%%_*}
    object=lib/backends/.libs/libsst_la-$file.o
    need "$object"
    for symbol in $($NM -g --defined-only "$object" | awk '{ print $NF }'); do
        case $symbol in
        "sst_${name}_"*) ;;
        __odr_asan*) ;;         # the sanitizer's own
        "sst_backend_$file") tables=$((tables + 1)) ;;
        *) fail "backends/$file.c shows $symbol" ;;
        esac
    done
done
registered=$(grep -c '^extern const sst_store_ops_t sst_backend_' \
    "$srcdir/lib/backends/backends.h")
if [ "$tables" -ne "$registered" ] || [ "$tables" -eq 0 ]; then
    fail "$tables tables for $registered backends in backends.h"
fi
finish
