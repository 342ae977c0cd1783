# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What the scripts of tests/install and tests/package share: a test is a list
# of rules, each with its name. `folder` is the script's temporary one.
# shellcheck shell=bash

passed=0
failed=0

# rule TEXT CONDITION...
rule()
{
    local text=$1
    shift
    if "$@" >"${folder:?}/output" 2>&1; then
        passed=$((passed + 1))
        printf '  ok      %s\n' "$text"
    else
        failed=$((failed + 1))
        printf '  FAILED  %s\n' "$text"
        tail -n 30 "$folder/output" | sed 's/^/          /'
    fi
}

# Ends the script, with 1 if a rule has failed.
finish()
{
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
    exit
}

is_nothing() { [ ! -e "$1" ] && [ ! -h "$1" ]; }
