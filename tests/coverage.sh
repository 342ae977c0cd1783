#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# How much of the library, the module and htsession the tests reach, as gcov
# counts it, in a build of its own in build/coverage. Fails when a test does, or
# when library and module together fall below the bar.
#
# usage: sudo tests/coverage.sh [PART...]
#
# PART is one of: units redis dynamodb httpd starve. Without one, all of them
# are run, and counting begins anew; with some, they add to what was counted
# before: HTTPD_TESTS=test_login.py tests/coverage.sh httpd
#
# It takes some twenty minutes, and is no part of `./quickstart test`. It needs
# gcovr (Debian's package of that name), and what `./quickstart test` installs.
set -euo pipefail

lines_bar=95
branches_bar=80

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/coverage
export HTTPD_TESTS=${HTTPD_TESTS:-}

run_units() { make -j"$(nproc)" check; }
run_redis() { make check-redis; }
run_dynamodb() { make check-dynamodb; }
run_httpd() { make -e check-httpd HTTPD_JOBS=2; }
run_starve() { make check-trust TRUST_TESTS=test_starve.py; }

# A process writes its counts when it ends. httpd's children are somebody else
# by then: the files lie where everybody can go, and are made for all to write.
prepare()
{
    mkdir -p "$build"
    cd "$build"
    [ -x "$top/configure" ] || (cd "$top" && autoreconf -fi)
    counts=$(cat counts 2>/dev/null) || true
    if [ ! -d "$counts" ]; then
        counts=$(mktemp -d)
        chmod 755 "$counts"
        "$top/configure" CC=gcc LDFLAGS=--coverage CFLAGS="-g -O0 --coverage \
            -fprofile-update=atomic -fprofile-dir=$counts"
        make clean
        printf '%s\n' "$counts" >counts
    fi
    make -j"$(nproc)"
    make -j"$(nproc)" check TESTS=
    make trust_starve
    rm -f -- *conftest.gcno
}

# count_of OBJECT: where gcc has it write.
count_of()
{
    local path=$build/${1#./}
    printf '%s/%s.gcda' "$counts" "${path//\//#}"
}

# objects FOLDER...: whatever was built to be counted.
objects() { find "$@" -name '*.gcno' | sed 's/\.gcno$//'; }

# begin_counts WHICH: all anew, or those of objects that were built since.
begin_counts()
{
    local object count
    objects . | while read -r object; do
        count=$(count_of "$object")
        if [ "$1" = all ] || [ "$object.gcno" -nt "$count" ]; then
            : >"$count"
        fi
        chmod 666 "$count"
    done
}

# Counts of threads that were at work when their process ended may contradict
# each other: gcov then says less than 0, which gcovr has to pass over.
gather_counts()
{
    local object parts=(lib mod_session_store support)
    objects "${parts[@]}" | while read -r object; do
        rm -f "$object.gcda"
        if [ -s "$(count_of "$object")" ]; then
            cp "$(count_of "$object")" "$object.gcda"
        fi
    done
    gcovr --root "$top" --object-directory . --gcov-ignore-parse-errors \
        --json counts.json "${parts[@]}"
}

# report NAME FOLDER... [-- OPTION...]: in NAME.txt, file by file.
report()
{
    local name=$1 options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=(--filter "$top/$1/")
        shift
    done
    [ $# -eq 0 ] || options+=("${@:2}")
    printf '\n%s, file by file in %s\n' "$name" "$build/$name.txt"
    gcovr --root "$top" --add-tracefile counts.json --sort-uncovered \
        --print-summary --txt "$name.txt" "${options[@]}"
}

if [ $# -eq 0 ]; then
    parts=(units redis dynamodb httpd starve)
    which=all
else
    parts=("$@")
    which=new
fi
prepare
begin_counts "$which"
failed=()
for part in "${parts[@]}"; do
    "run_$part" || failed+=("$part")
done
gather_counts
report lib lib
report mod_session_store mod_session_store
report support support
report together lib mod_session_store -- --fail-under-line "$lines_bar" \
    --fail-under-branch "$branches_bar" || failed+=(bar)
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'failed: %s\n' "${failed[*]}"
    exit 1
fi
