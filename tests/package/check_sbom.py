#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""check_sbom.py SBOM SOURCES: the bill of materials against what git and
configure.ac say themselves, and against the rules of SPDX that it could break.
"""

import hashlib
import os
import re
import subprocess
import sys

# The licence itself, and where reuse keeps what it is told, are no sources.
NOT_LISTED = re.compile(r"LICENSE|LICENSES/.*|\.reuse/.*")

sbom, sources = sys.argv[1:]
with open(sbom, encoding="utf-8") as file:
    text = file.read()
problems = []


def rule(name, holds):
    print(f"  {'ok     ' if holds else 'FAILED '} {name}")
    if not holds:
        problems.append(name)


def values(tag, within=text):
    return re.findall(rf"^{tag}: (.*)$", within, re.MULTILINE)


def digest(path):
    with open(os.path.join(sources, path), "rb") as file:
        return hashlib.sha1(file.read()).hexdigest()


tracked = subprocess.run(["git", "-C", sources, "ls-files"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.split("\n")
expected = {path: digest(path) for path in tracked
            if path and not NOT_LISTED.fullmatch(path)
            and os.path.getsize(os.path.join(sources, path))}
listed = dict(re.findall(r"^FileName: \./(.*)\n(?:.*\n)*?"
                         r"FileChecksum: SHA1: (\w+)$", text, re.MULTILINE))
with open(os.path.join(sources, "configure.ac"), encoding="utf-8") as file:
    modules = set(re.findall(r"^PKG_CHECK_MODULES\(\[\w+\], \[([\w.-]+)",
                             file.read(), re.MULTILINE)) - {"cmocka"}
identifiers = values("SPDXID")
needed = re.findall(r"^Relationship: SPDXRef-mod-session-store DEPENDS_ON "
                    r"SPDXRef-(.*)$", text, re.MULTILINE)

rule("each file that git knows is listed, with its digest",
     len(expected) > 100 and listed == expected)
rule("each file is under the Apache licence",
     set(values("LicenseInfoInFile")) == {"Apache-2.0"})
rule("each library that configure looks for is listed, and httpd",
     modules and set(needed) == modules | {"httpd"})
rule("identifiers are made of what SPDX allows",
     all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name)
         for name in identifiers))
rule("and each is there once", len(set(identifiers)) == len(identifiers))
rule("every name that is referred to is there",
     set(re.findall(r"SPDXRef-[\w.-]+", text)) == set(identifiers))
rule("the verification code is that of the files",
     values("PackageVerificationCode")
     == [hashlib.sha1("".join(sorted(expected.values())).encode())
         .hexdigest()])
print(f"{7 - len(problems)} passed, {len(problems)} failed")
sys.exit(bool(problems))
