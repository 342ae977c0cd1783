# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What the guards share; each one sources this file from the build's top
# folder. `srcdir` is the top of the sources.
# shellcheck shell=sh

set -u
: "${srcdir:?is set by make check}"
guard_failures=0

# fail TEXT: says what breaks the rule, and goes on.
fail()
{
    printf '%s\n' "$1"
    guard_failures=$((guard_failures + 1))
}

# need PATH...: a guard that finds nothing to look at guards nothing.
need()
{
    for guard_path; do
        if [ ! -e "$guard_path" ]; then
            fail "$guard_path is not there, so this guard cannot hold"
            finish
        fi
    done
}

# fail_each TEXT: fails with TEXT for each line of the standard input.
fail_each()
{
    while IFS= read -r guard_line; do
        [ -z "$guard_line" ] || fail "$1: $guard_line"
    done
}

finish()
{
    [ "$guard_failures" -eq 0 ]
    exit
}
