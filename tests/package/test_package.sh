#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# test_package.sh BUILD: the Debian package, as an administrator meets it. It is
# built from the tarball that `make dist` makes in the folder BUILD, looked over
# by lintian, installed with apt into a new system in a temporary folder,
# enabled, asked for a page, and purged.

# Conditions are handed over unexpanded, functions by their names.
# shellcheck disable=SC2016,SC2317

set -u
build=${1:?the folder of a build}
PATH=$PATH:/usr/sbin:/sbin
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
folder=$(mktemp -d /tmp/session-store-package.XXXXXX) || exit 1
root=$folder/root
package=libapache2-mod-session-store

inside() { chroot "$root" "$@"; }

cleanup()
{
    if [ -s "$root/run/apache2/apache2.pid" ]; then
        kill -KILL -- "-$(cat "$root/run/apache2/apache2.pid")" 2>/dev/null
    fi
    rm -rf --one-file-system "$folder"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
chmod 755 "$folder"

# shellcheck source=tests/rules.sh
. "$(dirname "${BASH_SOURCE[0]}")/../rules.sh"

# --- The tarball

make_tarball()
{
    make -C "$build" dist && mv "$build"/mod_session_store-*.tar.xz "$1"
}

rule "make dist makes a tarball" make_tarball "$folder/first.tar.xz"
rule "and a second time" make_tarball "$folder/second.tar.xz"
rule "both are the same, byte for byte" \
    cmp "$folder/first.tar.xz" "$folder/second.tar.xz"

# --- The package

unpack()
{
    mkdir "$folder/source" &&
        tar -xf "$folder/first.tar.xz" -C "$folder/source" \
            --strip-components=1
}

# The units run in a stage of their own.
build_package()
{
    cd "$folder/source" &&
        DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
            dpkg-buildpackage -us -uc
}

rule "the tarball holds the packaging" unpack
rule "dpkg-buildpackage builds it" build_package
[ "$failed" -eq 0 ] || finish
rule "lintian finds no error and no warning" \
    lintian --no-cfg --allow-root --fail-on error,warning \
    "$folder"/mod-session-store_*.changes

# --- A new system

# From the archives that this machine gets its own packages from.
new_system()
{
    local release sources
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    sources=$(find /etc/apt/sources.list /etc/apt/sources.list.d \
        -name '*.sources' -o -name '*.list' | sort)
    # shellcheck disable=SC2086
    mmdebstrap --variant=apt --include=apache2,curl \
        --customize-hook="copy-in $(echo "$folder/${package}"_*.deb) /root" \
        --customize-hook='chroot "$1" sh -c "apt-get install -y /root/*.deb"' \
        "$release" "$root" $sources
}

rule "apt installs it into a new system" new_system
[ "$failed" -eq 0 ] || finish

keys=/etc/apache2/session_store.keys
rule "a key was made" inside test -s "$keys"
rule "that only root can read" \
    [ "$(stat -c '%U %a' "$root$keys")" = "root 600" ]
rule "the module is not enabled unasked" \
    is_nothing "$root/etc/apache2/mods-enabled/session_store.load"
# dpkg-buildflags of Debian 12 knows nothing of control flow protection.
rule "the module and the tool are hardened" hardening-check --nocfprotection \
    "$root/usr/lib/apache2/modules/mod_session_store.so" \
    "$root/usr/bin/htsession"
rule "the tool runs" inside htsession --version
rule "its manual page is there" \
    inside test -f /usr/share/man/man8/htsession.8.gz
rule "so are the documents as HTML" \
    inside test -f /usr/share/doc/$package/html/index.html
rule "a2enmod enables it" inside a2enmod session_store cgid
rule "and mod_session with it" \
    inside test -h /etc/apache2/mods-enabled/session.load

# --- A page with a session

take_port()
{
    local port
    for ((port = 21000 + RANDOM % 9000; ; port++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

lay_out_site()
{
    port=$(take_port)
    echo "Listen 127.0.0.1:$port" >"$root/etc/apache2/ports.conf"
    rm -f "$root"/etc/apache2/sites-enabled/*
    cat >"$root/etc/apache2/conf-enabled/site.conf" <<'TEXT'
ServerName localhost
ScriptAlias "/page" "/usr/lib/cgi-bin/page"
<Location "/page">
    Session On
    SessionEnv On
    SessionHeader X-Replace-Session
</Location>
TEXT
    cat >"$root/usr/lib/cgi-bin/page" <<'TEXT'
#!/bin/sh
echo "X-Replace-Session: color=green"
echo "Content-Type: text/plain"
echo
echo "session: $HTTP_SESSION"
TEXT
    chmod 755 "$root/usr/lib/cgi-bin/page"
}

visit()
{
    curl -fsS --noproxy '*' --retry 50 --retry-connrefused --retry-delay 1 \
        --max-time 60 -b "$folder/jar" -c "$folder/jar" \
        "http://127.0.0.1:$port/page"
}

lay_out_site
rule "httpd starts" inside apache2ctl start
rule "a page sets an entry" visit
rule "the next one finds it" eval 'visit | grep -x "session: color=green"'
rule "the session lies in the token directory" \
    eval '[ "$(find "$root/var/lib/session_store/rows" -type f | wc -l)" = 1 ]'
rule "which belongs to httpd's user" \
    [ "$(stat -c %a "$root/var/lib/session_store")" = 700 ]

# --- And away

rule "apt removes it" inside apt-get purge -y "$package"
rule "the module is disabled" \
    is_nothing "$root/etc/apache2/mods-enabled/session_store.load"
rule "keys and sessions are gone" \
    inside sh -c "! ls -d $keys /var/lib/session_store"
rule "httpd starts without it" inside apache2ctl configtest
rule "httpd stops" inside apache2ctl stop
finish
