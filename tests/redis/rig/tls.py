# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Certificates of a private authority."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Writes certificates and keys into a folder."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = self.write(name, self.make(named(name), self.key, [],
                                               is_ca=True), self.key)[0]

    def make(self, subject, key, names, is_ca=False, days=(-2, 30)):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder(
            subject_name=subject, issuer_name=named(self.name),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now + days[0] * DAY,
            not_valid_after=now + days[1] * DAY)
        builder = builder.add_extension(
            x509.BasicConstraints(is_ca, None), critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, name, certificate, key):
        paths = (f"{self.folder}/{name}.crt", f"{self.folder}/{name}.key")
        with open(paths[0], "wb") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
        with open(paths[1], "wb") as file:
            file.write(key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
        return paths

    def issue(self, name, hosts=(), addresses=(), days=(-2, 30)):
        """(certificate, key): for host names and IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host) for host in hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address))
                  for address in addresses]
        return self.write(name, self.make(named(name), key, names,
                                          days=days), key)
