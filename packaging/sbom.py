#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""sbom.py SOURCES VERSION: the bill of materials, SPDX 2.3 as tags and values.

Which files there are and under which licence, `reuse` knows; which libraries
the module is linked with, and of what age they may be, configure.ac does. Two
runs on one commit give the same bytes.
"""

import hashlib
import re
import subprocess
import sys
import time

NAME = "mod_session_store"
PACKAGE = "SPDXRef-mod-session-store"

# What configure.ac looks for, other than for tests: the project's name, its
# licence as SPDX spells it, and where it lives.
LIBRARIES = {
    "apr-1": ("APR", "Apache-2.0", "https://apr.apache.org/"),
    "apr-util-1": ("APR-util", "Apache-2.0", "https://apr.apache.org/"),
    # Since 3.0; 1.1.1 was under its own licence.
    "openssl": ("OpenSSL", "Apache-2.0", "https://www.openssl.org/"),
    "hiredis": ("hiredis", "BSD-3-Clause", "https://github.com/redis/hiredis"),
    "libcurl": ("libcurl", "curl", "https://curl.se/"),
    "jansson": ("Jansson", "MIT", "https://github.com/akheron/jansson"),
    "zlib": ("zlib", "Zlib", "https://zlib.net/"),
}
FOR_TESTS = {"cmocka"}
HTTPD = ("Apache httpd", "Apache-2.0", "https://httpd.apache.org/")


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def libraries(sources):
    """(pkg-config's name, its oldest version or "") of each library."""
    with open(f"{sources}/configure.ac", encoding="utf-8") as file:
        checks = re.findall(r"^PKG_CHECK_MODULES\(\[\w+\], "
                            r"\[([\w.-]+)(?: >= ([\w.]+))?\]",
                            file.read(), re.MULTILINE)
    return [check for check in checks if check[0] not in FOR_TESTS]


def described_files(sources):
    """reuse's words on each file, in the order of their names."""
    sections = run("reuse", "--root", sources, "spdx").split("\n\n")
    return sorted(section.strip() for section in sections
                  if section.startswith("FileName: "))


def verification_code(files):
    """SPDX 2.3, 7.9: over the files' digests, sorted."""
    digests = sorted(re.search(r"^FileChecksum: SHA1: (\w+)$", section,
                               re.MULTILINE).group(1) for section in files)
    return hashlib.sha1("".join(digests).encode()).hexdigest()


def requirement(identifier, name, licence, home, oldest):
    oldest = f"{oldest} or later" if oldest else "any version"
    return f"""\
PackageName: {name}
SPDXID: SPDXRef-{identifier}
PackageDownloadLocation: NOASSERTION
PackageHomePage: {home}
FilesAnalyzed: false
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: {licence}
PackageCopyrightText: NOASSERTION
PackageComment: <text>{oldest}; linked with, not part of the release</text>
Relationship: {PACKAGE} DEPENDS_ON SPDXRef-{identifier}
"""


def bill(sources, version):
    commit, seconds = run("git", "-C", sources, "log", "-1",
                          "--format=%H %ct").split()
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
    files = described_files(sources)
    yield f"""\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: {NAME}-{version}
DocumentNamespace: https://spdx.org/spdxdocs/{NAME}-{version}-{commit}
Creator: Organization: The {NAME} authors
Creator: Tool: {run("reuse", "--version").strip().replace(" ", "-")}
Created: {created}
Relationship: SPDXRef-DOCUMENT DESCRIBES {PACKAGE}
"""
    for module, oldest in [("httpd", "2.4"), *libraries(sources)]:
        about = HTTPD if module == "httpd" else LIBRARIES[module]
        yield requirement(module, *about, oldest)
    yield f"""\
PackageName: {NAME}
SPDXID: {PACKAGE}
PackageVersion: {version}
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: true
PackageVerificationCode: {verification_code(files)}
PackageLicenseConcluded: Apache-2.0
PackageLicenseInfoFromFiles: Apache-2.0
PackageLicenseDeclared: Apache-2.0
PackageCopyrightText: <text>2026 The {NAME} authors</text>
"""
    for section in files:
        yield section + "\n"


if __name__ == "__main__":
    print("\n".join(bill(*sys.argv[1:])), end="")
