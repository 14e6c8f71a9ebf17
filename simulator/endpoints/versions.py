# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Version numbers of the profiles, and GET /version (pve-api.md 3.1)."""

from __future__ import annotations

from .call import Call, Handler, Row

VERSIONS = {"8.4": "8.4.21", "9.0": "9.0.11", "9.2": "9.2.11"}
REPOSITORY = "5f1c0d2e9ab34c67"


def version_of(call: Call, node: str) -> str:
    """Give the pve-manager version that a node runs."""
    return call.world.nodes[node].pve_version or VERSIONS[call.profile]


def version(call: Call) -> Row:
    """Answer for the node that was asked; every node may run another version during an upgrade."""
    full = version_of(call, call.node)
    return {"version": full, "release": ".".join(full.split(".")[:2]), "repoid": REPOSITORY}


HANDLERS: dict[str, Handler] = {"GET /version": version, "GET /nodes/{node}/version": version}
