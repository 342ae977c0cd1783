#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# test_rpm.sh BUILD: the package for Fedora, as far as Debian's rpm and httpd
# can tell. It is built from the tarball that `make dist` makes in the folder
# BUILD, with an apxs and macros that name Fedora's places; what is in it is
# read, loaded into an httpd, and its scriptlet is run in a temporary folder.

# Conditions are handed over unexpanded, functions by their names.
# shellcheck disable=SC2016,SC2317

set -u
build=${1:?the folder of a build}
PATH=$PATH:/usr/sbin:/sbin
umask 022
export LC_ALL=C.UTF-8
folder=$(mktemp -d /tmp/session-store-rpm.XXXXXX) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP

# shellcheck source=tests/rules.sh
. "$(dirname "${BASH_SOURCE[0]}")/../rules.sh"

packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../packaging" && pwd)
spec=$packaging/mod_session_store.spec
root=$folder/root

# What httpd-devel and Fedora's rpm define, and Debian's rpm does not.
fedora=(
    -D "_topdir $folder/rpm"
    -D "_httpd_apxs $folder/apxs"
    -D "_httpd_moddir /usr/lib64/httpd/modules"
    -D "_httpd_modconfdir /etc/httpd/conf.modules.d"
    -D "_httpd_mmn 20120211x8664"
    -D "_docdir /usr/share/doc"
    -D "_licensedir /usr/share/licenses"
    -D "debug_package %{nil}"
    -D "_build_id_links none"
)

# Says Fedora's places; the headers are those of the httpd that is here.
make_apxs()
{
    cat >"$folder/apxs" <<TEXT
#!/bin/sh
case \$2 in
INCLUDEDIR) exec $(command -v apxs) -q INCLUDEDIR ;;
LIBEXECDIR) echo /usr/lib64/httpd/modules ;;
SYSCONFDIR) echo /etc/httpd/conf ;;
esac
TEXT
    chmod 755 "$folder/apxs"
}

make_tarball()
{
    make -C "$build" dist && mv "$build"/mod_session_store-*.tar.xz "$folder"
}

# The units run in a stage of their own.
build_package()
{
    rpmbuild -ta --nodeps --nocheck "${fedora[@]}" \
        "$folder"/mod_session_store-*.tar.xz
}

has_no_complaint()
{
    rpmlint -c "$packaging/rpmlint.toml" "$spec" "$@" | tee "$folder/lint"
    grep -q ' 0 errors, 0 warnings' "$folder/lint"
}

# Its files, but for the documents.
contents()
{
    rpm -qpl "$package" | grep -v -e '^/usr/share/doc/' \
        -e '^/usr/share/licenses/'
}

has_its_files()
{
    contents | diff - /dev/fd/3 3<<'TEXT'
/etc/httpd/conf.modules.d/10-session_store.conf
/usr/bin/htsession
/usr/lib64/httpd/modules/mod_session_store.so
/usr/share/man/man8/htsession.8
/usr/share/session_store
/usr/share/session_store/session_store.php
TEXT
}

unpack()
{
    mkdir "$root" &&
        (cd "$root" && rpm2cpio "$package" | cpio --quiet -id)
}

make_apxs
rule "rpmspec reads the spec" rpmspec --parse "${fedora[@]}" "$spec"
rule "make dist makes a tarball" make_tarball
rule "rpmbuild builds the tarball, and packs all that is installed" \
    build_package
[ "$failed" -eq 0 ] || finish
package=$(echo "$folder"/rpm/RPMS/*/*.rpm)
rule "rpmlint finds no error and no warning" \
    has_no_complaint "$package" "$folder"/rpm/SRPMS/*.rpm
rule "the files are where Fedora has them" has_its_files
rule "the documents and the licence are there" \
    eval 'rpm -qpl "$package" | grep -c -e /README.md$ -e /docs/guide.md$ \
        -e /SECURITY.md$ -e /LICENSE$ | grep -x 4'
rule "mod_session and httpd's interface are required" \
    eval 'rpm -qpR "$package" | grep -c -x -e mod_session \
        -e "httpd-mmn = 20120211x8664" | grep -x 2'
rule "an edited configuration is kept" \
    eval 'rpm -qp --qf "[%{FILENAMES} %{FILEFLAGS:fflags}\n]" "$package" |
        grep -x "/etc/httpd/conf.modules.d/10-session_store.conf cn"'
rule "it unpacks" unpack

# --- Its parts, at work

conf=$root/etc/httpd/conf.modules.d/10-session_store.conf
keys=$root/etc/httpd/session_store.keys

# What rpm runs once the files are in place, below the temporary root.
run_post()
{
    rpm -qp --qf '%{POSTIN}' "$package" |
        sed -E "s#/usr/bin/|/etc/httpd/#$root&#g" | sh -e
}

takes_configuration()
{
    cat >"$folder/httpd.conf" <<TEXT
ServerRoot "$root/etc/httpd"
ServerName localhost
Listen 127.0.0.1:1
PidFile "$folder/httpd.pid"
ErrorLog "$folder/error.log"
LoadModule mpm_event_module $(apxs -q LIBEXECDIR)/mod_mpm_event.so
LoadModule authz_core_module $(apxs -q LIBEXECDIR)/mod_authz_core.so
LoadModule session_module $(apxs -q LIBEXECDIR)/mod_session.so
$(sed -e "s|/usr/lib64|$root&|" -e "s|file:/etc|file:$root/etc|" "$conf")
TEXT
    apache2 -t -f "$folder/httpd.conf"
}

rule "sessions are where the policy of SELinux lets httpd write" \
    grep -qx 'SessionStore dir:/var/lib/httpd/session_store' "$conf"
rule "the scriptlet makes a key" run_post
rule "that only its owner can read" [ "$(stat -c %a "$keys")" = 600 ]
cp "$keys" "$folder/keys"
rule "and keeps one that is there" \
    eval 'run_post && cmp "$keys" "$folder/keys"'
rule "httpd takes the packaged module and its configuration" \
    takes_configuration
finish
