# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""No guest goes to a node with an older Proxmox VE than its own; an upgrade goes from old nodes to new ones."""

from __future__ import annotations

import re

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.per_pair import PairConstraint
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest


def build(given: Given) -> PairConstraint:
    """Versions are known of nodes that were asked, which are both ends of every move that is made (pve-api 3.5)."""
    told = {node.name: node.details.version for node in given.cluster.nodes if node.details}
    versions = {name: version for name, version in told.items() if version}

    def reason(_guest: Guest, source: str, target: str) -> str | None:
        here, there = versions.get(source), versions.get(target)
        if here is None or there is None or numbers_of(there) >= numbers_of(here):
            return None
        return f"{target} runs Proxmox VE {there}, which is older than {here} of {source}"

    return PairConstraint(name="version", concerns=lambda _guest: bool(versions), reason=reason)


def numbers_of(version: str) -> tuple[int, ...]:
    """As in 9.2.11; 9.2.2 is older, and a test version such as 9.0.0~11 counts as what it will become."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("~")[0]))
