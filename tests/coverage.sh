#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# How much of the library its own tests reach: units, the contract, the seeds of
# the fuzzers, and the suites of Redis and DynamoDB, in a build of its own in
# build/coverage. Needs gcovr (Debian's package of that name), and what
# `./quickstart test redis dynamodb` installs.
#
# usage: tests/coverage.sh
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/coverage

mkdir -p "$build"
cd "$build"
[ -f Makefile ] || "$top/configure" CC=gcc LDFLAGS=--coverage \
    CFLAGS="-g -O0 --coverage -fprofile-update=atomic"
find . -name '*.gcda' -delete
make -j"$(nproc)" check
failed=no
make check-redis || failed=yes
make check-dynamodb || failed=yes
gcovr --root "$top" --filter "$top/lib/" --object-directory . \
    --sort-uncovered --print-summary --txt coverage.txt .
printf 'file by file: %s\n' "$build/coverage.txt"
if [ "$failed" = yes ]; then
    printf 'some tests failed, and what they would have reached is missing\n'
    exit 1
fi
