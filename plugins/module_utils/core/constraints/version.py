# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""No guest goes to a node with an older Proxmox VE than its own; an upgrade goes from old nodes to new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_pair import PairConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> PairConstraint:
    """Versions are known of nodes that were asked, which are both ends of every move that is made (pve-api 3.5)."""
    told = {node.name: node.details.version for node in given.cluster.nodes if node.details}
    older = _older({name: version for name, version in told.items() if version})

    def reason(_guest: Guest, source: str, target: str) -> str | None:
        return older.get((source, target))

    return PairConstraint(name="version", concerns=lambda _guest: bool(older), reason=reason)


def _older(versions: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Why not from one node to another, for those pairs of which the second one is older."""
    numbers = {name: numbers_of(version) for name, version in versions.items()}
    pairs = ((here, there) for here in numbers for there in numbers if numbers[there] < numbers[here])
    return {
        (here, there): f"{there} runs Proxmox VE {versions[there]}, which is older than {versions[here]} of {here}"
        for here, there in pairs
    }


def numbers_of(version: str) -> tuple[int, ...]:
    """As in 9.2.11; 9.2.2 is older, and a test version such as 9.0.0~11 counts as what it will become."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("~")[0]))
