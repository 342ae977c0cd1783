#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

# The library knows nothing of httpd: its include path has no httpd.h, and no
# file of it asks for one, for the glue or for the tool.

# shellcheck source=guard.sh
. "${srcdir:-.}/tests/guards/guard.sh"
need "$srcdir/lib/status.h" "$HTTPD_INCLUDEDIR/httpd.h"

compiles()
{
    # shellcheck disable=SC2086
    printf '#include <%s>\n' "$1" |
        $CC $LIB_CPPFLAGS $CPPFLAGS -x c -E -o /dev/null - 2>/dev/null
}

compiles apr.h || fail "the library's flags do not even find apr.h"
compiles httpd.h && fail "httpd.h is found with the library's flags"

# The names of httpd's headers as one pattern: ap_config|httpd|...
names=$(cd "$HTTPD_INCLUDEDIR" && printf '%s|' *.h | sed 's/\.h|/|/g; s/|$//')
fail_each "a header of httpd" <<FOUND
$(grep -rnE "# *include *[<\"]($names)\.h" "$srcdir/lib" "$srcdir/support")
FOUND

fail_each "a file above the library" <<FOUND
$(grep -rnE '#include *"(mod_session_store|support|tests)/' "$srcdir/lib")
FOUND
finish
