#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What a reader should never have to look for: lines that run off the screen,
# tabs, calls that have a safer sibling, work left undone.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
need "$srcdir/lib/status.h"

# in_sources OPTIONS: greps the C sources.
in_sources()
{
    (cd "$srcdir" && grep -rn --include='*.[ch]' "$@" \
        lib mod_session_store support tests)
}

fail_each "longer than 80 columns" <<FOUND
$(in_sources -E '^.{81}')
FOUND
fail_each "a tab" <<FOUND
$(in_sources "$(printf '\t')")
FOUND
fail_each "a blank at the end" <<FOUND
$(in_sources ' $')
FOUND
fail_each "a call that has a safer sibling" <<FOUND
$(in_sources -E \
    '(^|[^a-z_])(v?sprintf|str(cpy|cat|tok)|gets|ato[il]|alloca) *\(')
FOUND
fail_each "left undone" <<FOUND
$(in_sources -wE 'TO''DO|FIX''ME|XX''X|APR_ENOT''IMPL')
FOUND
finish
