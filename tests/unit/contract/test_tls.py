# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Certificates that are signed by the right authority and wrong all the same, and proxies: what is told, and what to do."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading

import pytest

pytest.importorskip("proxmoxer", reason="the client needs proxmoxer")
pytest.importorskip("cryptography", reason="certificates are made with cryptography")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.pve.drs.plugins.module_utils.pve.client import Client
from ansible_collections.pve.drs.plugins.module_utils.pve.connection import Connection
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import NoHostAnswers

SECRET = "5b1f4a54-0c2e-4f0b-9c37-8a1f0d6e2b11"
DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


def certificate(folder, *, names, until):
    """A file with a key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pve1")])
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)  # noqa: FBT003 - signs, is a CA
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - 30 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "pve.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@contextlib.contextmanager
def serving(path):
    """Greet everybody with this certificate, on loopback; tells the port, and what was sent to it in clear after that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    heard = []

    def greet(listener):
        while True:
            try:
                caller, _unused = listener.accept()
            except OSError:
                return
            with caller, contextlib.suppress(OSError), context.wrap_socket(caller, server_side=True) as safe:
                heard.append(safe.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
WRONG = {
    "expired": ("127.0.0.1", [HERE], NOW - DAY, r"\(certificate has expired\); renew it"),
    "not yet valid": ("127.0.0.1", [HERE], NOW + 90 * DAY, r"\(certificate is not yet valid\); compare the clocks"),
    "another address": (
        "127.0.0.1",
        [x509.DNSName("pve1")],
        NOW + DAY,
        r"\(.*not valid for '127\.0\.0\.1'\); .* a name or address that it holds",
    ),
    "another name": (
        "localhost",
        [x509.DNSName("pve1")],
        NOW + DAY,
        r"\(.*not valid for 'localhost'\); .* a name or address that it holds",
    ),
}


@pytest.mark.parametrize(("host", "names", "until", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_a_certificate_is_told_before_anything_is_sent(tmp_path, host, names, until, expected):
    path = certificate(tmp_path, names=names, until=until)
    with serving(path) as (port, heard):
        given = Connection(hosts=(host,), port=port, user="drs@pve", token_id="test", token_secret=SECRET, ca_path=path)
        with Client(given) as client, pytest.raises(NoHostAnswers) as caught:
            client.get("version")
    assert re.search(expected, str(caught.value)), str(caught.value)
    assert b"".join(heard) == b""


def test_a_proxy_that_does_not_work_is_named_without_its_password(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://me:pr0xy-password@127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    given = Connection(hosts=("192.0.2.1",), user="drs@pve", token_id="test", token_secret=SECRET)
    with Client(given) as client, pytest.raises(NoHostAnswers) as caught:
        client.get("version")
    assert "192.0.2.1:8006 cannot be reached through the proxy of HTTPS_PROXY" in str(caught.value)
    assert "pr0xy" not in str(caught.value)
