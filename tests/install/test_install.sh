#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# test_install.sh SOURCES: what an administrator on Debian does: make install,
# a2enmod, start, make uninstall. All of it below a temporary folder, with a
# copy of /etc/apache2; the system's own httpd never notices.

# Conditions are handed over unexpanded, functions by their names.
# shellcheck disable=SC2016,SC2317

set -u
sources=${1:?the folder of the sources}
PATH=$PATH:/usr/sbin:/sbin
umask 022
folder=$(mktemp -d /tmp/session-store-install.XXXXXX) || exit 1
httpd_pid=

stop()
{
    if [ -n "$httpd_pid" ]; then
        kill -TERM "$httpd_pid" 2>/dev/null
        wait "$httpd_pid" 2>/dev/null
        httpd_pid=
    fi
}

cleanup()
{
    stop
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
chmod 755 "$folder"

# shellcheck source=tests/rules.sh
. "$(dirname "${BASH_SOURCE[0]}")/../rules.sh"

is_file() { [ -f "$1" ]; }
has() { grep -q -e "$2" "$1"; }
lacks() { ! grep -q -e "$2" "$1"; }
first_line() { [ "$(head -n 1 "$1")" = "$2" ]; }
mode_is() { [ "$(stat -c %a "$2")" = "$1" ]; }
same() { cmp "$1" "$2"; }

root=$folder/root
etc=$folder/etc/apache2
keys=$etc/session_store.keys
conf=$etc/mods-available/session_store.conf
load=$etc/mods-available/session_store.load
store=$folder/lib/session_store

install() { make -C "$folder/build" install "$@" >"$folder/said" 2>&1; }
uninstall() { make -C "$folder/build" uninstall "$@" >"$folder/said" 2>&1; }

configure()
{
    mkdir "$folder/build" && cd "$folder/build" &&
        "$sources/configure" -q --prefix="$folder/usr" \
            --with-moduledir="$folder/modules" --with-confdir="$etc" \
            --with-storedir="$store" && make -s -j"$(nproc)"
}

# Names, times, owners and modes of what belongs to the system's own httpd.
systems_own()
{
    find /etc/apache2 /var/lib/apache2 /usr/lib/apache2 -printf \
        '%p %T@ %C@ %u %m\n' 2>/dev/null | sort
}
systems_own >"$folder/systems-own"

if [ ! -d /etc/apache2/mods-available ]; then
    echo "/etc/apache2 is not Debian's: apt-get install apache2"
    exit 1
fi
mkdir -p "$folder/etc" "$folder/lib" "$folder/state" "$folder/run/socks"
cp -R /etc/apache2 "$etc"
# Sites and settings of this machine are none of ours.
rm -f "$etc"/sites-enabled/* "$etc"/conf-enabled/* \
    "$etc"/mods-enabled/session* "$etc"/mods-available/session_store*
if ! configure >"$folder/output" 2>&1; then
    cat "$folder/output"
    exit 1
fi

# --- Into a package

rule "make install takes a DESTDIR" install DESTDIR="$root"
rule "the module is there" is_file "$root$folder/modules/mod_session_store.so"
rule "libtool's file is not" is_nothing \
    "$root$folder/modules/mod_session_store.la"
rule "the tool is there" is_file "$root$folder/usr/bin/htsession"
rule "its manual page is there" is_file \
    "$root$folder/usr/share/man/man8/htsession.8"
rule "what a2enmod needs is there" is_file "$root$load"
rule "a package holds no key" is_nothing "$root$keys"
rule "and its maker is told what to run" has "$folder/said" \
    "htsession keygen $keys"
rule "make uninstall takes a DESTDIR" uninstall DESTDIR="$root"
rule "and leaves no file" eval '[ -z "$(find "$root" -type f)" ]'

# --- Into the system

rule "make install succeeds" install
rule "the .load file begins with what a2enmod reads" first_line "$load" \
    '# Depends: session'
rule "it loads the module" has "$load" \
    "^LoadModule session_store_module $folder/modules/mod_session_store.so$"
rule "the configuration names the store" has "$conf" "^SessionStore dir:$store$"
rule "and the keys" has "$conf" "^SessionStoreKeys file:$keys$"
rule "nothing is left to fill in" lacks "$conf" '@[a-z_]*@'
rule "a key was made" has "$keys" '^key1:'
rule "for its owner only" mode_is 600 "$keys"
rule "the store is left to httpd" is_nothing "$store"
rule "the next step is named" has "$folder/said" 'a2enmod session_store'

cp "$keys" "$folder/keys-before"
echo '# mine' >>"$conf"
rule "make install again succeeds" install
rule "it keeps the keys" same "$keys" "$folder/keys-before"
rule "it keeps an edited configuration" has "$conf" '^# mine$'
rule "it puts the new one beside it" is_file "$conf.new"

# --- Enabled, and started

enable()
{
    APACHE_CONFDIR="$etc" APACHE_STATE_DIRECTORY="$folder/state" a2enmod -q "$@"
}

program=$folder/cgi/count
mkdir "$folder/cgi"
cat >"$program" <<'CGI'
#!/bin/sh
printf 'Content-Type: text/plain\nX-Replace-Session: seen=yes\n\n%s\n' \
    "session: $HTTP_SESSION"
CGI
chmod 755 "$program"
cat >"$etc/conf-enabled/zz-test.conf" <<CONF
ServerName localhost
Session On
SessionEnv On
SessionHeader X-Replace-Session
ScriptAlias "/count" "$program"
<Directory "$folder/cgi">
    Require all granted
</Directory>
CONF

# Nothing of the copy writes to the system's own places.
export APACHE_RUN_DIR=$folder/run APACHE_LOG_DIR=$folder/run
export APACHE_LOCK_DIR=$folder/run APACHE_PID_FILE=$folder/run/httpd.pid
APACHE_RUN_USER=$(id -un)
APACHE_RUN_GROUP=$(id -gn)
if [ "$(id -u)" -eq 0 ]; then
    APACHE_RUN_USER=www-data
    APACHE_RUN_GROUP=www-data
fi
export APACHE_RUN_USER APACHE_RUN_GROUP

httpd=(apache2 -d "$etc" -f "$etc/apache2.conf")
visit()
{
    curl -sS --noproxy '*' -m 30 -b "$folder/jar" -c "$folder/jar" \
        "http://127.0.0.1:$port/count"
}

# Starts it at a port that it can have. It ends its whole process group when it
# stops, so it gets one of its own.
start()
{
    local try
    for ((port = 20000 + RANDOM % 10000; ; port++)); do
        echo "Listen 127.0.0.1:$port" >"$etc/ports.conf"
        : >"$folder/run/error.log"
        setsid "${httpd[@]}" -DFOREGROUND >"$folder/run/startup" 2>&1 &
        httpd_pid=$!
        for ((try = 0; try < 300; try++)); do
            if ! kill -0 "$httpd_pid" 2>/dev/null; then
                break
            fi
            [ -s "$APACHE_PID_FILE" ] && return 0
            sleep 0.1
        done
        if ! grep -q 'could not bind' "$folder/run/startup" \
            "$folder/run/error.log"
        then
            cat "$folder/run/startup" "$folder/run/error.log"
            return 1
        fi
    done
}

rule "a2enmod session_store succeeds" enable session_store
rule "it enables mod_session too" test -h "$etc/mods-enabled/session.load"
rule "the test's own modules are enabled" enable cgid
rule "httpd finds the configuration right" "${httpd[@]}" -t
rule "httpd starts" start
rule "it has made the store" test -d "$store"
rule "for itself only" mode_is 700 "$store"
rule "a first visit begins a session" eval '[ "$(visit)" = "session: " ]'
rule "which is in the store" eval '[ -n "$(find "$store" -size +0 -type f)" ]'
rule "a second visit finds it" eval '[ "$(visit)" = "session: seen=yes" ]'
rule "httpd had nothing to complain of" lacks "$folder/run/error.log" \
    ':\(warn\|error\|crit\|alert\|emerg\)\]'
stop
rule "httpd stops, and takes its pid file along" is_nothing "$APACHE_PID_FILE"

# --- And away

rule "make uninstall succeeds" uninstall
rule "the module is gone" is_nothing "$folder/modules/mod_session_store.so"
rule "the tool is gone" is_nothing "$folder/usr/bin/htsession"
rule "the .load file is gone" is_nothing "$load"
rule "an edited configuration stays" has "$conf" '^# mine$'
rule "the keys stay" same "$keys" "$folder/keys-before"
rule "the sessions stay" eval '[ -n "$(find "$store" -size +0 -type f)" ]'
rule "who left it enabled is told" has "$folder/said" 'a2dismod session_store'

unchanged() { systems_own | cmp "$folder/systems-own" -; }
rule "the system's own httpd was not touched" unchanged

finish
