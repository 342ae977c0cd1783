# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What the fuzzers have done; fuzz.sh sources this file. A line of soaks.tsv
# says: day, target, state, engine, inputs, processor time in seconds, edges,
# findings. Runs are written to $runs first, in the same form, and moved to
# soaks.tsv, kept with the sources, where those of one day are one line.
# shellcheck shell=bash

: "${top:?is set by fuzz.sh}" "${work:?is set by fuzz.sh}"
soaks=$top/tests/fuzz/soaks.tsv
runs=$work/runs.tsv
manual=$top/docs/testing.md
table_head='| target | inputs | of them AFL++ | processor time | of it AFL++ |'
table_head+=' edges | findings | last run |'

# Those come first that read what comes over a network.
targets()
{
    local first='cookie ticket redis redis_heard redis_error dynamodb item
        aws_answers aws_keys record carried entries verbs'
    # shellcheck disable=SC2086
    {
        printf '%s\n' $first
        sed -n 's/^const char fuzz_target\[\] = "\(.*\)";/\1/p' \
            "$top"/tests/fuzz/fuzz_*.c
    } | awk '!seen[$0]++'
}

# The files that a target's comment names behind "Subject:": those that take
# foreign bytes apart, not what is called with the result; and where the fix of a
# finding was, if elsewhere, so that runs before it do not count.
subjects()
{
    sed -n 's/^ \* Subject: //p' "$top/tests/fuzz/fuzz_$1.c"
}

# A name for the state of a target and of its subjects, whatever their comments
# say: runs with the same one count together.
state_of()
{
    (
        cd "$top" || exit
        # A name of a file each.
        # shellcheck disable=SC2046
        perl -0777 -pe 's{("(?:\\.|[^"\\])*"|\x27(?:\\.|[^\x27\\])*\x27)
                          |(?:/\*.*?\*/|\s)+}{$1 // " "}gsex' \
            "tests/fuzz/fuzz_$1.c" $(subjects "$1")
    ) | sha256sum | cut -c 1-12
}

# locked COMMAND...: while nobody else writes to the runs.
locked()
{
    (flock 9 && "$@") 9>"$work/lock"
}

# note TARGET STATE ENGINE INPUTS CPU_SECONDS EDGES FINDINGS: a run has ended.
note()
{
    (IFS=$'\t'; locked printf '%s\t%s\n' "$(date -u +%Y-%m-%d)" "$*" >>"$runs")
    printf '%-12s %d inputs, %d edges\n' "$1" "$4" "$6"
}

lines() { cat "$soaks" "$runs" 2>/dev/null | sed '/^#/d' || true; }

# totals TARGET: what all runs in its present state come to, as words: inputs,
# of them AFL++'s; seconds, of them AFL++'s; edges, findings, the last day.
totals()
{
    lines | awk -F '\t' -v target="$1" -v state="$(state_of "$1")" '
        $2 == target && $3 == state {
            inputs[$4] += $5; seconds[$4] += $6; findings += $8
            if ($4 == "libfuzzer" && $7 > edges) edges = $7
            if ($1 > day) day = $1
        }
        END {
            printf "%.0f %.0f %.0f %.0f %d %d %s\n",
                inputs["libfuzzer"] + inputs["afl++"], inputs["afl++"],
                seconds["libfuzzer"] + seconds["afl++"], seconds["afl++"],
                edges, findings, day ? day : "-"
        }'
}

# waiting SECONDS: the targets that libFuzzer has not yet had for so long, those
# left out that have failed.
waiting()
{
    local target words
    for target in $(targets); do
        read -ra words < <(totals "$target")
        if [ "${words[5]}" -eq 0 ] &&
            [ $((words[2] - words[3])) -lt "$1" ]; then
            echo "$target"
        fi
    done
}

table()
{
    local target
    printf '%s\n|---|---|---|---|---|---|---|---|\n' "$table_head"
    for target in $(targets); do
        printf '%s %s\n' "$target" "$(totals "$target")"
    done | awk '
        function row(name, inputs, afl, seconds, of_afl, edges, findings, day) {
            printf "| %s | %.2f million | %.2f million | %.1f min | %.1f min |",
                name, inputs / 1e6, afl / 1e6, seconds / 60, of_afl / 60
            printf " %s | %d | %s |\n", edges, findings, day
        }
        {
            row("`" $1 "`", $2, $3, $4, $5, $6, $7, $8)
            for (i = 2; i <= 7; i++) sum[i] += $i
            if ($8 > day) day = $8
        }
        END { row("all", sum[2], sum[3], sum[4], sum[5], "", sum[7], day) }'
}

# The runs become part of what is kept.
move_runs()
{
    local sums
    sums=$(lines | awk -F '\t' -v OFS='\t' '
        {
            key = $1 OFS $2 OFS $3 OFS $4
            inputs[key] += $5; seconds[key] += $6; findings[key] += $8
            if ($7 > edges[key]) edges[key] = $7
        }
        END {
            for (key in inputs)
                printf "%s\t%.0f\t%.0f\t%d\t%d\n", key, inputs[key],
                    seconds[key], edges[key], findings[key]
        }' | LC_ALL=C sort)
    {
        grep '^#' "$soaks"
        [ -z "$sums" ] || printf '%s\n' "$sums"
    } >"$soaks.new"
    mv "$soaks.new" "$soaks"
    : >"$runs"
}

# The manual's table is made anew.
write_table()
{
    head=$table_head table=$(table) awk '
        $0 == ENVIRON["head"] { print ENVIRON["table"]; inside = 1 }
        $0 == "" { inside = 0 }
        !inside' "$manual" >"$manual.new"
    cat "$manual.new" >"$manual"
    rm "$manual.new"
}

keep()
{
    mkdir -p "$work"
    touch "$runs"
    locked move_runs
    write_table
}
