# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How to reach and log in to a cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """`pve.drs.api`, declared for modules in `glue/arguments.py`; `pve.drs.api.environment` adds what plugins need."""

    DOCUMENTATION = r"""
---
options:
  api_host:
    description:
      - Names or addresses of one or more nodes of the cluster, separated by commas or given as a list.
        Each may have a port of its own, C(host:port).
      - They are tried in this order. When one does not answer, the next one is asked, also in the middle of a run;
        name at least two, so that a run does not depend on the node that it starts with.
      - If not set, the environment variable E(PROXMOX_HOST) is used.
    type: list
    elements: str
    required: true
  api_port:
    description:
      - Port of the API on all of O(api_host) that have no port of their own.
      - If not set, the environment variable E(PROXMOX_PORT) is used.
    type: int
    default: 8006
  api_user:
    description:
      - The user to log in as, with its realm, for example V(drs@pve).
      - May be left out when O(api_token_id) is the full C(user@realm!name).
      - If not set, the environment variable E(PROXMOX_USER) is used.
    type: str
  api_password:
    description:
      - Password of O(api_user). Use either this or a token.
      - If not set, the environment variable E(PROXMOX_PASSWORD) is used.
    type: str
  api_token_id:
    description:
      - Name of an API token of O(api_user), or the token's full id, C(user@realm!name). M(pve.drs.drs_access) makes one.
      - If not set, the environment variable E(PROXMOX_TOKEN_ID) is used.
    type: str
  api_token_secret:
    description:
      - Secret of the API token.
      - If not set, the environment variable E(PROXMOX_TOKEN_SECRET) is used.
    type: str
  validate_certs:
    description:
      - Whether to verify the certificates of the nodes.
      - Set to V(false) only where nobody else can be between this machine and the cluster. Better give O(ca_path).
      - If not set, the environment variable E(PROXMOX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificate of the authority that signed the nodes' certificates, in PEM format, on the machine that the module runs on.
      - On every node of a cluster it is found as C(/etc/pve/pve-root-ca.pem).
      - Cannot be combined with O(validate_certs=false).
    type: path
  api_timeout:
    description:
      - How long to wait for one answer of the API, in seconds.
    type: int
    default: 40
requirements:
  - proxmoxer >= 2.2
  - requests >= 2.28
"""

    # Merged into the options above by plugins that Ansible gives their options itself.
    ENVIRONMENT = r"""
---
options:
  api_host:
    env:
      - name: PROXMOX_HOST
  api_port:
    env:
      - name: PROXMOX_PORT
  api_user:
    env:
      - name: PROXMOX_USER
  api_password:
    env:
      - name: PROXMOX_PASSWORD
  api_token_id:
    env:
      - name: PROXMOX_TOKEN_ID
  api_token_secret:
    env:
      - name: PROXMOX_TOKEN_SECRET
  validate_certs:
    env:
      - name: PROXMOX_VALIDATE_CERTS
"""
