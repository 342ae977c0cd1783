#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# Each source says under which licence it is, in its first lines.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
need "$srcdir/Makefile.am" "$srcdir/configure.ac" "$srcdir/quickstart"

sources()
{
    echo Makefile.am
    echo configure.ac
    echo quickstart
    find .ci -type f 2>/dev/null
    find docs lib mod_session_store share support tests -type f \( \
        -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name '*.mk' \
        -o -name '*.php' -o -name '*.css' -o -name '*.cgi' -o -name '*.[0-9]' \
        \)
}

list=$(cd "$srcdir" && sources)
for file in $list; do
    # Written in two parts, or they would be taken for this file's own.
    for line in 'SPDX-License-''Identifier: Apache-2.0' \
        'SPDX-FileCopyright''Text: 20[0-9][0-9] The mod_session_store authors'
    do
        head -n 5 "$srcdir/$file" | grep -q -e "$line" ||
            fail "$file does not say \"$line\""
    done
done
finish
