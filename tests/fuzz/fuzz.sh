#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Builds the fuzz targets as fuzzers, with sanitizers, and runs them.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
work=${FUZZ_DIR:-$build/fuzz-work}
engine=libfuzzer

# shellcheck source=tests/fuzz/soaks.sh
. "$top/tests/fuzz/soaks.sh"

usage()
{
    cat <<TEXT
Usage: tests/fuzz/fuzz.sh [--afl] TARGET [SECONDS]
       tests/fuzz/fuzz.sh [--afl] --all SECONDS [JOBS]
       tests/fuzz/fuzz.sh --soak CPU_SECONDS SECONDS [JOBS]
       tests/fuzz/fuzz.sh --table
       tests/fuzz/fuzz.sh --keep

TARGET   that one, from its seeds and from what was found before, until it is
         stopped or SECONDS are over; by libFuzzer, or with --afl by AFL++
--all    every target for SECONDS, JOBS at a time [as many as processors]
--soak   for SECONDS, JOBS at a time [1], one target after the other until
         libFuzzer has had each for CPU_SECONDS of processor time, all days
         together; only where nobody else wants a processor. A target that has
         failed waits until it or its parser changes.
--table  what all runs came to since the parsers changed last, as Markdown
--keep   moves the runs of \$FUZZ_DIR to tests/fuzz/soaks.tsv, and writes the
         table of docs/testing.md anew

Inputs are kept in \$FUZZ_DIR (build/fuzz-work): those that lead somewhere new in
corpus-TARGET, those that fail in crash-*, timeout-*, oom-*, leak-*; a line for
each run in runs.tsv. Targets: $(targets | paste -s -d ' ')
TEXT
}

die()
{
    printf 'fuzz.sh: %s\n' "$*" >&2
    exit 2
}

# build_fuzzers [TARGET]: the fuzzers of the engine, or one of them.
build_fuzzers()
{
    local folder=$build/fuzz cc=clang
    if [ "$engine" = afl++ ]; then
        folder=$build/fuzz-afl
        cc=afl-clang-fast
        export AFL_QUIET=1
    fi
    command -v "$cc" >/dev/null || die "$cc was not found; it is in Debian's" \
        "packages clang and afl++"
    mkdir -p "$folder" "$work"
    (
        flock 9
        if [ ! -f "$folder/Makefile" ]; then
            [ -x "$top/configure" ] || (cd "$top" && autoreconf -fi)
            cd "$folder" &&
                "$top/configure" --enable-fuzzers CC="$cc" CFLAGS=-g
        fi &&
            make -s -C "$folder" -j"$(nproc)" \
                "${1:+tests/fuzz/fuzz_}${1:-fuzzers}"
    ) 9>"$folder.lock" >&2
}

# cpu_of LOG: the seconds that bash's `time` has written to its end.
cpu_of() { awk '/^cpu /{cpu = $2 + $3} END {printf "%.0f", cpu}' "$1"; }

# is_slow PROGRAM INPUT: it takes long without others that want the processor.
is_slow()
{
    ! (ulimit -t 20 && "$1" "$2") >/dev/null 2>&1
}

# run_libfuzzer TARGET SECONDS: fails when the target does. An input that was
# too slow by the clock is no finding if it was the machine that was.
run_libfuzzer()
{
    local target=$1 seconds=$2 log=$work/log-$1 result=0 count edges state
    local program=$build/fuzz/tests/fuzz/fuzz_$1 folder slow
    local folders=("$work/corpus-$1" "$top/tests/fuzz/seeds/$1")
    local TIMEFORMAT='cpu %U %S'
    folder=$work/afl-$target/default/queue
    [ ! -d "$folder" ] || folders+=("$folder")
    mkdir -p "$work/corpus-$target"
    state=$(state_of "$target")
    { time "$program" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=1024 -max_len=8192 -artifact_prefix="$work/" \
        -print_final_stats=1 "${folders[@]}"; } >"$log" 2>&1 || result=1
    slow=$(sed -n 's/.*Test unit written to \(.*\/timeout-.*\)/\1/p' "$log")
    if [ -n "$slow" ] && ! is_slow "$program" "$slow"; then
        rm "$slow"
        result=0
    fi
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    note "$target" "$state" libfuzzer "${count:-0}" "$(cpu_of "$log")" \
        "${edges:-0}" "$result"
    return "$result"
}

# stat_of NAME: of AFL++'s own file.
stat_of()
{
    sed -n "s/^$1 *: //p" "$work/afl-$target/default/fuzzer_stats"
}

# run_afl TARGET SECONDS: begins anew, from what libFuzzer has found.
run_afl()
{
    local target=$1 seconds=$2 log=$work/log-afl-$1 state found=0 file
    local program=$build/fuzz-afl/tests/fuzz/fuzz_$1 out=$work/afl-$1
    local TIMEFORMAT='cpu %U %S'
    export AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1
    export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
    rm -rf "$out" "$out.in"
    mkdir "$out.in"
    find "$top/tests/fuzz/seeds/$target" "$work/corpus-$target" -type f \
        -exec cp -t "$out.in" {} + 2>/dev/null || true
    state=$(state_of "$target")
    { time afl-fuzz -V "$seconds" -m none -t 5000+ -i "$out.in" -o "$out" \
        -- "$program"; } >"$log" 2>&1 ||
        return 1
    for file in "$out"/default/crashes/id* "$out"/default/hangs/id*; do
        case $file in
        */id\*) ;;
        */hangs/*) ! is_slow "$program" "$file" || found=$((found + 1)) ;;
        *) found=$((found + 1)) ;;
        esac
    done
    note "$target" "$state" afl++ "$(stat_of execs_done)" "$(cpu_of "$log")" \
        "$(stat_of edges_found)" "$found"
    [ "$found" -eq 0 ]
}

run_one()
{
    local log=$work/log-$1
    if [ "$engine" = afl++ ]; then
        log=$work/log-afl-$1
        run_afl "$1" "${2:-999999999}"
    else
        run_libfuzzer "$1" "${2:-0}"
    fi || {
        tail -n 40 "$log"
        printf '%-12s FAILED; the input is in %s\n' "$1" "$work"
        return 1
    }
}

run_all()
{
    local option=()
    [ "$engine" = libfuzzer ] || option=(--afl)
    build_fuzzers
    targets | xargs -P "${2:-$(nproc)}" -I{} "$0" "${option[@]}" {} "$1"
}

# Fails when somebody else runs the target, or it cannot be built.
soak_target()
{
    (
        flock -n 8 && build_fuzzers "$1" || exit 1
        run_one "$1" 300 || true
    ) 8>"$work/busy-$1"
}

# The first that can be run: each for a minute, then each for all its time.
soak_next()
{
    local target
    for target in $(waiting 60) $(waiting "$1"); do
        soak_target "$target" && return
    done
    return 1
}

# soak CPU_SECONDS SECONDS
soak()
{
    local ends=$((SECONDS + $2))
    while [ "$SECONDS" -lt "$ends" ] && [ -n "$(waiting "$1")" ]; do
        soak_next "$1" || sleep 20
    done
}

soak_together()
{
    local job
    for ((job = 0; job < ${3:-1}; job++)); do
        soak "$1" "$2" &
    done
    wait
}

mkdir -p "$work"
if [ "${1:-}" = --afl ]; then
    engine=afl++
    shift
fi
case ${1:-} in
--all) run_all "${2:?}" "${3:-}" ;;
--soak)
    chrt --idle -p 0 $$
    renice -n 19 -p $$ >/dev/null
    soak_together "${2:?}" "${3:?}" "${4:-}"
    ;;
--table) table ;;
--keep) keep ;;
-* | '')
    usage
    exit 2
    ;;
*)
    targets | grep -qx -e "$1" || die "there is no target $1"
    build_fuzzers "$1"
    run_one "$1" "${2:-}"
    ;;
esac
