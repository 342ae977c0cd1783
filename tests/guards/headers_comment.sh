#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The headers are the contract: each function that one declares stands in a
# paragraph that begins with a comment, or in a section whose title says where
# to see what its functions do.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
need "$srcdir/lib/status.h"

found=$(find "$srcdir/lib" "$srcdir/support" -name '*.h' | sort | while IFS= read -r header; do
    # A paragraph ends at an empty line; a struct's members are no prototypes.
    awk -v header="${header#"$srcdir"/}" '
        /^$/ { documented = referred }
        /^\/\*/ { documented = 1 }
        /^\/\* ---/ { documented = referred = /; see [a-z_]+ / }
        /^(typedef )?(struct|enum|union)( [a-z_0-9]+)? \{/ { inside = 1 }
        !inside && /^[a-z].*[ *]sst_[a-z0-9_]+\(/ {
            functions++
            if (!documented) {
                printf "%s:%d: %s\n", header, NR, $0
            }
        }
        /^\}/ { inside = 0 }' "$header"
done)
fail_each "a function without a comment" <<FOUND
$found
FOUND
grep -q '^sst_status_t sst_random(' "$srcdir/lib/crypto.h" ||
    fail "prototypes look different now; mend this guard's pattern"
finish
