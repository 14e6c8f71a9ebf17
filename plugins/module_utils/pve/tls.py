# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why there is no TLS connection, and what to do."""

from __future__ import annotations

import re

UNKNOWN_CA = "set ca_path to the cluster's CA (/etc/pve/pve-root-ca.pem on a node), or validate_certs to false"
TLS_HINTS = {
    "has expired": "renew it, with pvecm updatecerts --force on that node where the cluster's CA has signed it",
    "not yet valid": "compare the clocks of this machine and of that node",
    "mismatch": "give api_host a name or address that it holds",
}


def tls_hint(text: str) -> str:
    """Of what the TLS library says."""
    if "CERTIFICATE_VERIFY_FAILED" not in text:
        return "no TLS connection; is this the port of the Proxmox VE API, and is ca_path a certificate in PEM form?"
    cause = re.search(r"certificate verify failed: ([^(\]\"]*)", text)
    why = cause[1].strip(" .") if cause else "unknown issuer"
    todo = next((hint for part, hint in TLS_HINTS.items() if part in why), UNKNOWN_CA)
    return f"its certificate is not trusted ({why}); {todo}"
