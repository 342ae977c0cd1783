#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Builds a fuzz target with clang's libFuzzer and sanitizers, and runs it from
# its seeds:
#
#     tests/fuzz/fuzz.sh TARGET [SECONDS]
#
# Everything is written to the folder $FUZZ_DIR (fuzz-work in the current one):
# what the fuzzer found interesting to corpus-TARGET, inputs that fail to
# crash-*, timeout-* and oom-*. Without SECONDS it runs until it is stopped.
set -eu

target=${1:?usage: tests/fuzz/fuzz.sh TARGET [SECONDS]}
seconds=${2:-0}
top=$(cd "$(dirname "$0")/../.." && pwd)
work=${FUZZ_DIR:-fuzz-work}
mkdir -p "$work/corpus-$target"

packages="apr-util-1 apr-1 openssl libcurl hiredis jansson zlib"
# shellcheck disable=SC2046,SC2086
${CC:-clang} -std=gnu99 -g -O1 \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
    -I"$top" $(pkg-config --cflags $packages) \
    $(find "$top/lib" -name '*.c') \
    "$top/tests/unit/deflated_box.c" \
    "$top/tests/fuzz/fuzz.c" "$top/tests/fuzz/fuzz_$target.c" \
    -o "$work/fuzz_$target" $(pkg-config --libs $packages)
exec "$work/fuzz_$target" -max_total_time="$seconds" -timeout=10 \
    -max_len=8192 -artifact_prefix="$work/" -print_final_stats=1 \
    "$work/corpus-$target" "$top/tests/fuzz/seeds/$target"
