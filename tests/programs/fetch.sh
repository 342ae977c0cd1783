#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# fetch.sh FOLDER: the packages of the programs, as Debian has them, into
# FOLDER. They are not installed: installing them would configure the system's
# own httpd. The libraries that they need are (see quickstart).

set -eu

packages='adminer dokuwiki phpliteadmin phpmyadmin roundcube-core'

folder=$1
mkdir -p "$folder"
cd "$folder"
for package in $packages; do
    set -- "$package"_*.deb
    [ -e "$1" ] || apt-get -q download "$package" || {
        # The lists may be old, or name what is no longer there.
        apt-get -q update
        apt-get -q download "$package"
    }
done
