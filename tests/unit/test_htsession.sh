#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# What a user sees of htsession: output, exit codes, and the key files it
# leaves behind. Run from the build's top folder.
#
# Conditions are handed over unexpanded.
# shellcheck disable=SC2016

htsession=$(pwd)/htsession
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
cd "$folder" || exit 1

passed=0
failed=0

# rule TEXT CONDITION...: the condition is a command.
rule()
{
    text=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $text"
        sed 's/^/    /' out err
    fi
}

# exits CODE ARGUMENTS...: of htsession; its output goes to out and err.
exits()
{
    expected=$1
    shift
    "$htsession" "$@" >out 2>err
    [ $? -eq "$expected" ]
}

says() { grep -q -e "$2" "$1"; }
empty() { [ ! -s "$1" ]; }
mode_is() { [ "$(stat -c %a "$2")" = "$1" ]; }
lacks() { ! grep -q -e "$2" "$1"; }
keys_in() { grep -c '^key1:[A-Za-z0-9_-]\{43\}$' "$1"; }
has_keys() { [ "$(keys_in "$2")" -eq "$1" ]; }
same() { cmp -s "$1" "$2"; }
nothing_at() { [ ! -e "$1" ]; }
one_line() { [ "$(wc -l <"$1")" -eq 1 ]; }

: >out
: >err

# --- Usage

rule "--help is asked for and succeeds" exits 0 --help
rule "--help lists the verbs" says out '^  keygen '
rule "--help says nothing on the error output" empty err
rule "--version succeeds" exits 0 --version
rule "--version names program and version" says out '^htsession [0-9]'
rule "a verb's --help succeeds" exits 0 keygen --help
rule "a verb's --help names the verb" says out 'htsession keygen \[PATH\]'
rule "a verb's --help makes no key" lacks out '^key1:'
rule "--help behind an argument is found" exits 0 keygen some.keys --help
rule "--help behind an argument makes no file" nothing_at some.keys
rule "no verb is wrong usage" exits 2
rule "wrong usage points to the help" says err 'htsession --help'
rule "wrong usage writes nothing to the output" empty out
rule "an unknown verb is wrong usage" exits 2 keygne
rule "an unknown verb is named" says err '"keygne"'
rule "an unknown option is wrong usage" exits 2 --frobnicate
rule "a verb's unknown option is wrong usage" exits 2 keygen --frobnicate
rule "two paths are wrong usage" exits 2 keygen a.keys b.keys
rule "wrong usage makes no file" nothing_at a.keys

# --- A key as text

rule "without a path a key is printed" exits 0 keygen
rule "the printed key is a line of a key file" has_keys 1 out
rule "nothing but the key is printed" one_line out
cp out first
rule "a second key can be printed" exits 0 keygen
rule "two keys are never the same" eval '! same first out'
rule "a key that cannot be written is a failure" eval \
    '"$htsession" keygen >/dev/full 2>err; [ $? -eq 1 ]'

# --- A new key file

umask 000
rule "a new key file is made" exits 0 keygen new.keys
rule "a new key file holds one key" has_keys 1 new.keys
rule "a new key file is its owner's alone" mode_is 600 new.keys
rule "a new key file says what it is" says new.keys '^# .*mod_session_store'
rule "a key that went to a file is not shown" lacks out 'key1:'
rule "the temporary file is gone" nothing_at new.keys.new
umask 022
rule "a folder that is not there is a failure" exits 1 keygen no/such.keys
rule "the failure names the file" says err 'no/such.keys'

# --- A key on top

cp new.keys before
chmod 640 new.keys
rule "a second key goes into the file" exits 0 keygen new.keys
rule "there are two keys then" has_keys 2 new.keys
rule "the old key is the lower one" eval \
    '[ "$(grep ^key1 new.keys | tail -n 1)" = "$(grep ^key1 before)" ]'
rule "the head stays above the keys" eval \
    '[ "$(head -n 1 new.keys)" = "$(head -n 1 before)" ]'
rule "the mode is kept" mode_is 640 new.keys

ln -s new.keys link.keys
rule "a symbolic link is followed" exits 0 keygen link.keys
rule "a symbolic link stays one" test -L link.keys
rule "the file behind the link has the key" has_keys 3 new.keys

: >empty.keys
rule "an empty file takes a key" exits 0 keygen empty.keys
rule "an empty file has one key then" has_keys 1 empty.keys
rule "an empty file is closed to others" mode_is 640 empty.keys

printf '# only a comment' >comment.keys
rule "a file with an open last line takes a key" exits 0 keygen comment.keys
rule "the key stands on a line of its own" has_keys 1 comment.keys

# --- What must not be changed

echo 'root:x:0:0' >other
cp other before
rule "a file that is no key file is refused" exits 1 keygen other
rule "the refusal says which line" says err 'other, line 1 '
rule "a file that is no key file stays as it was" same other before
rule "a refused file leaves no temporary file" nothing_at other.new

cp new.keys open.keys
chmod 644 open.keys
cp open.keys before
rule "a key file that others can read is refused" exits 1 keygen open.keys
rule "the refusal says how to mend it" says err 'chmod 600'
rule "a key file that is refused stays as it was" same open.keys before

: >full.keys
i=0
while [ $i -lt 32 ]; do
    "$htsession" keygen >>full.keys
    i=$((i + 1))
done
chmod 600 full.keys
cp full.keys before
rule "a full ring takes no more keys" exits 1 keygen full.keys
rule "a full ring stays as it was" same full.keys before

cp new.keys before
: >new.keys.new
rule "a key file that is being changed is left alone" exits 1 keygen new.keys
rule "the message names the file in the way" says err 'new\.keys\.new exists'
rule "the file in the way is not removed" test -e new.keys.new
rule "a key file left alone stays as it was" same new.keys before

# --- Many at once

insist()
{
    tries=0
    while [ $tries -lt 5000 ] && ! "$htsession" keygen "$1"; do
        tries=$((tries + 1))
    done >/dev/null 2>&1
}

i=0
while [ $i -lt 8 ]; do
    insist crowd.keys &
    i=$((i + 1))
done
wait
rule "of keys added at once none is lost" has_keys 8 crowd.keys

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
