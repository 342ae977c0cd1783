#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Includes run downwards. Left the part of the library that includes, right
# the parts that it may include; a part that is not listed is not allowed.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
need "$srcdir/lib/status.h" "$srcdir/mod_session_store/report.c"

# A backend's files: backends/dir, backends/dir_index, ... Other backends and
# the registry know none of them.
family()
{
    printf '%s' "${1%%_*}"
}

# A backend sees sealed bytes and rows: nothing that could open them, no
# ticket, no user. It may ask crypto for random bytes.
allowed()
{
    case $1 in
    audit_line | clock | status | flock | times) echo ;;
    bytes | monitor) echo status ;;
    crypto) echo bytes status ;;
    entries | meta) echo bytes status ;;
    form) echo bytes entries status ;;
    verbs) echo bytes entries form status ;;
    store) echo bytes status times backends/backends ;;
    cache) echo bytes cache_memory cache_watch status store ;;
    cache_memory) echo bytes status store ;;
    cache_watch) echo cache_memory status store ;;
    migrate) echo bytes migrate_mark migrate_row status store ;;
    migrate_mark) echo bytes crypto status store ;;
    migrate_row) echo bytes migrate_mark status store ;;
    private_file) echo status ;;
    keyring) echo bytes crypto private_file status ;;
    keys) echo bytes keyring status transport/program ;;
    ticket) echo bytes crypto keyring status store ;;
    record) echo bytes crypto keyring status store ticket ;;
    admin) echo admin_record keyring meta record status store ticket ;;
    admin_record) echo admin record ;;
    admin_set) echo admin admin_record entries ;;
    session_row) echo bytes crypto entries keyring meta record session \
        session_carried status store ticket ;;
    carried) echo bytes crypto status store ticket ;;
    not_before) echo bytes crypto keyring status store ticket ;;
    session_carried) echo carried entries not_before session ;;
    session_limit) echo admin entries session ;;
    session_save) echo entries session session_carried session_limit \
        session_row ;;
    session) echo carried keyring session_carried session_row status store \
        ticket ;;
    backends/*) echo bytes crypto flock status store times backends/backends \
        'transport/*' "$(family "$1")*" ;;
    transport/*) echo bytes crypto monitor private_file status times \
        'transport/*' ;;
    *) return 1 ;;
    esac
}

# may PART OTHER: PART may include OTHER. The clock is below everything.
may()
{
    [ "$1" = "$2" ] || [ "$2" = clock ] && return 0
    for may_name in $(set -f; allowed "$1"); do
        # shellcheck disable=SC2254
        case $2 in
        $may_name) return 0 ;;
        esac
    done
    return 1
}

includes_of()
{
    sed -n 's/^ *# *include *"lib\/\([^"]*\)\.h".*/\1/p' "$1"
}

set -f
for file in $(cd "$srcdir/lib" && find . -name '*.[ch]' | sort); do
    part=${file#./}
    part=${part%.[ch]}
    if ! allowed "$part" >/dev/null; then
        fail "lib/$part has no place among the layers; give it one here"
    fi
    for other in $(includes_of "$srcdir/lib/$file"); do
        may "$part" "$other" ||
            fail "lib/${file#./} includes lib/$other.h, which is not below it"
    done
done
set +f

# One place for each foreign matter.
fail_each "OpenSSL outside crypto.c and the transports" <<FOUND
$(grep -rln '#include *<openssl/' "$srcdir/lib" "$srcdir/support" \
    "$srcdir/mod_session_store" | grep -v -e '/lib/crypto\.c$' \
    -e '/lib/transport/')
FOUND
fail_each "a wait by the time of day; monitor.h has one that is not" <<FOUND
$(grep -rnw -e 'apr_thread_cond_[a-z]*' -e 'pthread_cond_[a-z]*' \
    "$srcdir/lib" "$srcdir/support" "$srcdir/mod_session_store" |
    grep -v '/lib/monitor\.c:')
FOUND
fail_each "a log call outside report.c" <<FOUND
$(grep -rnw -e 'ap_log_[a-z]*error_*' "$srcdir/mod_session_store" |
    grep -v '/report\.c:')
FOUND
finish
