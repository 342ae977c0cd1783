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
rule "a verb's --help names the verb" says out 'htsession keygen .*\[PATH\]'
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

# --- A key that only opens, and its promotion

key_lines() { grep -v -e '^#' -e '^$' "$1"; }
id_in() { sed -n 's/.* key \([0-9a-f]\{16\}\) .*/\1/p' "$1"; }

rule "a key that only opens makes a file that is not there" \
    exits 0 keygen --last pair.keys
cp pair.keys before
rule "a key can be added below the others" exits 0 keygen --last pair.keys
id=$(id_in out)
rule "the id of the key below is told" test -n "$id"
rule "the step that comes next is told" says out "keygen --promote $id "
rule "a key added below leaves all that stands above it" eval \
    '[ "$(head -n -1 pair.keys)" = "$(cat before)" ]'
rule "a key added below is a key" has_keys 2 pair.keys
cp pair.keys before
rule "the key below is promoted by the beginning of its id" \
    exits 0 keygen --promote "$(printf %.12s "$id")" pair.keys
rule "the promotion names the whole id" says out "key $id seals, 2 in all"
rule "a promotion makes no key and loses none" eval \
    '[ "$(key_lines pair.keys | sort)" = "$(key_lines before | sort)" ]'
rule "the promoted key is the first one" eval \
    '[ "$(key_lines pair.keys | head -n 1)" = "$(tail -n 1 before)" ]'
rule "a promotion leaves the head above the keys" eval \
    '[ "$(grep "^#" pair.keys)" = "$(grep "^#" before)" ]'
rule "a promotion keeps the mode" mode_is 600 pair.keys
cp pair.keys before
rule "the key that seals can be promoted again" \
    exits 0 keygen --promote "$id" pair.keys
rule "a second promotion changes nothing" same pair.keys before
rule "a promotion leaves no temporary file" nothing_at pair.keys.new

{ echo '# old'; tail -n 1 before; echo '# oldest'; } >notes.keys
"$htsession" keygen | tr -d '\n' >>notes.keys
chmod 600 notes.keys
cp notes.keys before
rule "a key in an open last line gets one below it" \
    exits 0 keygen --last notes.keys
rule "each of them stands on a line of its own" has_keys 3 notes.keys
"$htsession" keygen --last notes.keys >out
id=$(id_in out)
"$htsession" keygen --last notes.keys >out
rule "a key between others is promoted" exits 0 keygen --promote "$id" notes.keys
rule "of the keys around it none is lost" has_keys 5 notes.keys
rule "comments between keys stay" eval \
    '[ "$(grep -c "^#" notes.keys)" -eq 2 ]'

rule "an id that is in no key of the file is refused" \
    exits 1 keygen --promote 0123456789abcdef0 pair.keys
rule "the refusal says where ids are listed" says err 'htsession keys'
i=0
while [ $i -lt 18 ]; do
    "$htsession" keygen --last many.keys >>ids
    i=$((i + 1))
done
# Of 17 ids, two begin with the same digit at least.
twin=$(sed -n 's/.* new key \(.\).*/\1/p' ids | sort | uniq -d | head -n 1)
cp many.keys before
rule "a beginning that several ids have is refused" \
    exits 1 keygen --promote "$twin" many.keys
rule "more digits are asked for" says err 'more digits'
rule "a refused promotion changes nothing" same many.keys before
rule "a file that is not there has no key to promote" \
    exits 1 keygen --promote "$id" none.keys
rule "a promotion makes no file" nothing_at none.keys
rule "both steps at once are wrong usage" \
    exits 2 keygen --last --promote "$id" pair.keys
rule "a key that only opens needs a file" exits 2 keygen --last
rule "a promotion needs a file" exits 2 keygen --promote "$id"
rule "a promotion needs an id" exits 2 keygen --promote '' pair.keys

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

mkdir folder.keys
rule "a folder is no key file" exits 1 keygen folder.keys
rule "the message says so" says err 'folder.keys is not a key file'

# limited ARGUMENTS...: of htsession, to which the disk gives one block.
limited()
{
    (
        trap '' XFSZ
        ulimit -f 1
        exits 1 "$@"
    )
}
cp many.keys before
rule "a key file that the disk does not take is a failure" \
    limited keygen many.keys
rule "the failure is the disk's" says err 'many\.keys\.new cannot be written'
rule "a key file that cannot be written stays as it was" same many.keys before
rule "what could not be written is removed" nothing_at many.keys.new

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
