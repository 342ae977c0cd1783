#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Builds the fuzz targets as fuzzers, with sanitizers, and runs them.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build
work=${FUZZ_DIR:-$build/fuzz-work}
runs=$work/runs.txt

usage()
{
    cat <<TEXT
Usage: tests/fuzz/fuzz.sh [--afl] TARGET [SECONDS]
       tests/fuzz/fuzz.sh --all SECONDS [JOBS]
       tests/fuzz/fuzz.sh --soak CPU_SECONDS SECONDS
       tests/fuzz/fuzz.sh --table

TARGET   that one, from its seeds and from what was found before, until it is
         stopped or SECONDS are over; by libFuzzer, or with --afl by AFL++
--all    every target for SECONDS, JOBS at a time [as many as processors]
--soak   for SECONDS, always the target that has had the least processor time,
         until each has had CPU_SECONDS; only where nobody else wants a
         processor. One that has failed waits until it or its parser changes.
--table  what all runs came to since the parsers changed last, as Markdown

Inputs are kept in \$FUZZ_DIR (build/fuzz-work): those that lead somewhere new in
corpus-TARGET, those that fail in crash-*, timeout-*, oom-*, leak-*; a line for
each run in runs.txt. Targets: $(targets | paste -s -d ' ')
TEXT
}

targets()
{
    sed -n 's/^const char fuzz_target\[\] = "\(.*\)";/\1/p' \
        "$top"/tests/fuzz/fuzz_*.c
}

die()
{
    printf 'fuzz.sh: %s\n' "$*" >&2
    exit 2
}

# The files that a target's comment names behind "Subject:".
subjects()
{
    sed -n 's/^ \* Subject: //p' "$top/tests/fuzz/fuzz_$1.c"
}

# A name for the state of a target and of what it tests: runs with the same one
# count together.
state_of()
{
    local file
    (
        cd "$top"
        cat "tests/fuzz/fuzz_$1.c"
        # Words of a pattern each.
        # shellcheck disable=SC2046
        for file in $(subjects "$1"); do
            cat "$file"
        done
    ) | sha256sum | cut -c 1-12
}

# build_with ENGINE [TARGET]: the fuzzers, or one of them.
build_with()
{
    local folder=$build/fuzz cc=clang
    if [ "$1" = afl ]; then
        folder=$build/fuzz-afl
        cc=afl-clang-fast
        export AFL_QUIET=1
    fi
    command -v "$cc" >/dev/null || die "$cc was not found; it is in Debian's" \
        "packages clang and afl++"
    mkdir -p "$folder" "$work"
    if [ ! -f "$folder/Makefile" ]; then
        [ -x "$top/configure" ] || (cd "$top" && autoreconf -fi)
        (cd "$folder" && "$top/configure" --enable-fuzzers CC="$cc" CFLAGS=-g)
    fi >&2
    make -s -C "$folder" -j"$(nproc)" \
        "${2:+tests/fuzz/fuzz_}${2:-fuzzers}" >&2
}

# note TARGET ENGINE EXECUTIONS CPU_SECONDS EDGES FINDINGS: a line of runs.txt.
note()
{
    local target=$1
    shift
    printf '%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%d)" "$target" \
        "$(git -C "$top" rev-parse --short HEAD 2>/dev/null || echo -)" \
        "$(state_of "$target")" "$(IFS=$'\t'; echo "$*")" >>"$runs"
}

# run_libfuzzer TARGET SECONDS: fails when the target does.
run_libfuzzer()
{
    local target=$1 seconds=$2 log=$work/log-$1 result=0 count edges
    local TIMEFORMAT='cpu %U %S'
    mkdir -p "$work/corpus-$target"
    { time "$build/fuzz/tests/fuzz/fuzz_$target" \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 \
        -max_len=8192 -artifact_prefix="$work/" -print_final_stats=1 \
        "$work/corpus-$target" "$top/tests/fuzz/seeds/$target"; } \
        >"$log" 2>&1 || result=1
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    note "$target" libfuzzer "${count:-0}" \
        "$(awk '/^cpu /{printf "%.0f", $2 + $3}' "$log")" "${edges:-0}" \
        "$result"
    return "$result"
}

# AFL++ writes what it finds to folders of its own.
run_afl()
{
    local target=$1 seconds=$2 out=$work/afl-$1 count cpu edges found
    local TIMEFORMAT='cpu %U %S' log=$work/log-afl-$1
    export AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1 AFL_NO_UI=1
    export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
    { time afl-fuzz -V "$seconds" -m none -t 5000+ \
        -i "$top/tests/fuzz/seeds/$target" -o "$out" -- \
        "$build/fuzz-afl/tests/fuzz/fuzz_$target"; } >"$log" 2>&1 ||
        { tail -n 20 "$log"; return 1; }
    count=$(sed -n 's/^execs_done *: //p' "$out/default/fuzzer_stats")
    edges=$(sed -n 's/^edges_found *: //p' "$out/default/fuzzer_stats")
    found=$(sed -n 's/^saved_\(crashes\|hangs\) *: //p' \
        "$out/default/fuzzer_stats" | paste -s -d + | bc)
    cpu=$(awk '/^cpu /{printf "%.0f", $2 + $3}' "$log")
    note "$target" afl++ "$count" "$cpu" "$edges" "$found"
    [ "$found" -eq 0 ]
}

# told TARGET: what its last run said, in a line.
told()
{
    tail -n 1 "$runs" | awk -F '\t' -v target="$1" \
        '{printf "%-12s %d inputs, %d edges, %d s\n", target, $6, $8, $7}'
}

run_one()
{
    if run_libfuzzer "$1" "$2"; then
        grep -P "\t$1\t" "$runs" | awk -F '\t' 'END {
            printf "%-12s %d inputs, %d edges\n", $2, $6, $8 }'
    else
        tail -n 40 "$work/log-$1"
        printf '%-12s FAILED; the input is in %s\n' "$1" "$work"
        return 1
    fi
}

run_all()
{
    build_with libfuzzer
    export -f run_one run_libfuzzer note state_of subjects
    export work build top runs
    targets | xargs -P "${2:-$(nproc)}" -I{} bash -c "run_one {} $1"
}

# The processor time of each target that is to run, the least first.
waiting()
{
    local target state
    for target in $(targets); do
        state=$(state_of "$target")
        awk -F '\t' -v target="$target" -v state="$state" -v goal="$1" '
            $2 == target && $4 == state { cpu += $7; failed += $9 }
            END { if (cpu < goal && !failed) print cpu + 0, target }' \
            "$runs"
    done | sort -n
}

soak()
{
    local goal=$1 ends=$((SECONDS + $2)) target
    mkdir -p "$work"
    touch "$runs"
    while [ "$SECONDS" -lt "$ends" ]; do
        target=$(waiting "$goal" | head -n 1 | cut -d ' ' -f 2)
        [ -n "$target" ] || break
        if build_with libfuzzer "$target"; then
            run_one "$target" 60 || true
        else
            sleep 20
        fi
    done
}

table()
{
    local target state
    printf '| target | inputs | processor time, s | edges | findings |\n'
    printf '|---|---|---|---|---|\n'
    for target in $(targets); do
        state=$(state_of "$target")
        awk -F '\t' -v target="$target" -v state="$state" '
            $2 == target && $4 == state {
                count += $6; cpu += $7; failed += $9
                if ($5 == "libfuzzer" && $8 > edges) edges = $8
            }
            END {
                printf "| `%s` | %d | %d | %d | %d |\n", target, count, cpu,
                    edges, failed
            }' "$runs"
    done
}

case ${1:-} in
--all) run_all "${2:?}" "${3:-$(nproc)}" ;;
--soak)
    chrt --idle -p 0 $$
    renice -n 19 -p $$ >/dev/null
    soak "${2:?}" "${3:?}"
    ;;
--table) table ;;
--afl)
    build_with afl "${2:?}"
    run_afl "$2" "${3:-999999999}"
    ;;
-* | '')
    usage
    exit 2
    ;;
*)
    targets | grep -qx "$1" || die "there is no target $1"
    build_with libfuzzer "$1"
    run_one "$1" "${2:-0}"
    ;;
esac
