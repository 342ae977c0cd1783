#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Each directive of the command table stands in docs/directives.md as a
# heading, and the other way round, with the places where the table allows it;
# the configuration that is installed names no other, and shows the defaults
# that stand there. What values are allowed, tests/httpd/test_directives.py asks
# httpd itself.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
table=$srcdir/mod_session_store/conf.c
manual=$srcdir/docs/directives.md
installed=$srcdir/share/session_store.conf.in
need "$table" "$manual" "$installed"

coded=$(grep -o '"SessionStore[A-Za-z]*"' "$table" | tr -d '"' | sort -u)
documented=$(grep '^#' "$manual" | grep -o 'SessionStore[A-Za-z]*' |
    sort -u)
used=$(sed -n 's/^#*\(SessionStore[A-Za-z]*\) .*/\1/p' "$installed" | sort -u)
[ -n "$coded" ] || fail "no directive was found in $table"
[ -n "$used" ] || fail "no directive was found in $installed"

# has LIST NAME
has() { printf '%s\n' "$1" | grep -qx -e "$2"; }

for name in $coded; do
    has "$documented" "$name" || fail "$name has no heading in $manual"
done
for name in $documented; do
    has "$coded" "$name" || fail "$name is in $manual and not in $table"
done
for name in $used; do
    has "$coded" "$name" || fail "$name is in $installed and not in $table"
done

# What the table says of a directive's place, in the words of the manual.
where()
{
    tr '\n' ' ' <"$table" | sed 's/  */ /g' | grep -o "(\"$1\", [^\"]*" |
        sed 's/.*, NULL, *\([A-Z_]*\),.*/\1/'
}

# row NAME TITLE: a cell of the table below a directive's heading.
row()
{
    sed -n "/^## $1 Directive/,/^## /s/^| \*\*$2\*\* | \(.*\) |\$/\1/p" \
        "$manual"
}

for name in $coded; do
    override=
    case $name$(where "$name") in
    # It belongs to the whole httpd, and refuses virtual hosts itself.
    SessionStoreCacheRSRC_CONF) context="server config" ;;
    *RSRC_CONF) context="server config, virtual host" ;;
    *WHERE_STORE) context="server config, virtual host, directory" ;;
    *WHERE_ANY)
        context="server config, virtual host, directory, .htaccess"
        override=AuthConfig
        ;;
    *) context="(unknown to this guard: $(where "$name"))" ;;
    esac
    [ "$(row "$name" Context)" = "$context" ] ||
        fail "$name is allowed in $context: $manual says $(row "$name" Context)"
    [ "$(row "$name" Override)" = "$override" ] ||
        fail "$name has Override \"$override\" in $table"
    for title in Description Syntax Default Status Module; do
        [ -n "$(row "$name" "$title")" ] || fail "$name has no $title in $manual"
    done
done
for line in '#define WHERE_STORE (RSRC_CONF | ACCESS_CONF)' \
    '#define WHERE_ANY (RSRC_CONF | OR_AUTHCFG)'
do
    grep -qxF "$line" "$table" ||
        fail "$table has no \"$line\" any more; mend this guard"
done

shown=$(sed -n 's/^#\(SessionStore[A-Za-z]* .*\)/\1/p' "$installed")
[ -n "$shown" ] || fail "no default was found in $installed"
while IFS= read -r line; do
    case $(row "${line%% *}" Default) in
    "\`$line\`"*) ;;
    *) fail "$installed shows \"$line\" as a default, $manual does not" ;;
    esac
done <<SHOWN
$shown
SHOWN
finish
