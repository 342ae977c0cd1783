# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Certificates for services on loopback, and a system that trusts one."""

import os
import shutil
import ssl
import subprocess

# Where Debian's libcurl looks, whatever the environment says.
SYSTEM = "/etc/ssl/certs"
BUNDLE = "ca-certificates.crt"


class Certificate:
    """Signed by itself; nobody trusts it."""

    def __init__(self, folder):
        folder.mkdir()
        self.path = str(folder / "certificate")
        self.key = str(folder / "key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                        "-nodes", "-days", "2", "-subj", f"/CN={folder.name}",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-out",
                        self.path, "-keyout", self.key],
                       check=True, capture_output=True)

    def context(self):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.path, self.key)
        return made

    def hash(self):
        return subprocess.run(["openssl", "x509", "-noout", "-hash", "-in",
                               self.path], check=True, capture_output=True,
                              text=True).stdout.strip()


def trusting(certificate, folder, by_name=True):
    """A command that runs another one in a system that trusts `certificate`
    and no other: by the bundle, and (`by_name`) by the folder of certificates
    that are named by their hash. The host's system stays as it is."""
    folder.mkdir()
    shutil.copy(certificate.path, folder / BUNDLE)
    if by_name:
        shutil.copy(certificate.path, folder / f"{certificate.hash()}.0")
    own = ["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]
    return ["unshare", *own, "sh", "-c",
            f'mount --bind "$0" {SYSTEM} && exec "$@"', str(folder)]
