# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Throw-away certificates: a CA and one leaf for all node listeners, made at each start."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = dt.timedelta(days=7)
Authority = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]
Subjects = tuple[x509.GeneralName, ...]


@dataclass(frozen=True)
class Certificates:
    """Where the PEM files are, and the fingerprint that `GET /nodes` shows."""

    ca_path: Path
    leaf_path: Path
    fingerprint: str
    subjects: Subjects
    authority: Authority

    def server_context(self) -> ssl.SSLContext:
        """Make the TLS context of the listeners."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.leaf_path)
        return context


def make(directory: Path, addresses: list[str], names: list[str]) -> Certificates:
    """Write ca.pem and leaf.pem (with its key, mode 0600) into the directory."""
    authority = _authority()
    by_name = tuple(x509.DNSName(name) for name in names)
    subjects = (*(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses), *by_name)
    ca_path, leaf_path = directory / "ca.pem", directory / "leaf.pem"
    ca_path.write_bytes(authority[1].public_bytes(serialization.Encoding.PEM))
    fingerprint = _write_leaf(leaf_path, authority, subjects)
    return Certificates(ca_path, leaf_path, fingerprint, subjects, authority)


def renewed(made: Certificates, *, by_same_authority: bool) -> Certificates:
    """Write another leaf in place of the present one; ca.pem stays, so that only its own CA is trusted still."""
    authority = made.authority if by_same_authority else _authority()
    fingerprint = _write_leaf(made.leaf_path, authority, made.subjects)
    return replace(made, fingerprint=fingerprint, authority=authority)


def _write_leaf(path: Path, authority: Authority, subjects: Subjects) -> str:
    """Make a certificate with its key and give its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = next(subject.value for subject in subjects if isinstance(subject, x509.DNSName))
    leaf = _leaf(key, authority[0], name, subjects)
    path.touch(mode=0o600)
    path.write_bytes(_private(key) + leaf.public_bytes(serialization.Encoding.PEM))
    return leaf.fingerprint(hashes.SHA256()).hex(":").upper()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _authority() -> Authority:
    """Make the CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("pve.drs simulator CA", "pve.drs simulator CA", key)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage_of_authority(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _usage_of_authority() -> x509.KeyUsage:
    """An authority signs certificates and nothing else."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey, name: str, subjects: Subjects
) -> x509.Certificate:
    """Make the certificate that every listener shows."""
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(name, "pve.drs simulator CA", key)
        .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
