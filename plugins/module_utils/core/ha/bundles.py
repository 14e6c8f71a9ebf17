# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Bundles that may be moved to even out the load, as Proxmox's own balancer sees them (proxmox-crs 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNDER_WAY = ("migrate", "relocate")
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Service:
    """Where a resource is, and its state in the eyes of the HA manager."""

    node: str
    state: str


def movable_bundles(
    services: Mapping[str, Service], together: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """Started resources with their started partners, all on one node and none under way; by the first sid as text."""
    found: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for sid in sorted(sid for sid, service in services.items() if service.state == "started"):
        members = () if sid in seen else _bundle(sid, together.get(sid, NOBODY), services)
        seen.update(members)
        if members:
            found[members[0]] = members
    return found


def _bundle(sid: str, partners: frozenset[str], services: Mapping[str, Service]) -> tuple[str, ...]:
    """Nothing when it must not be moved now; stopped partners do not count."""
    known = {partner: services[partner] for partner in partners | {sid} if partner in services}
    if any(service.state in UNDER_WAY for service in known.values()):
        return ()
    started = tuple(sorted(member for member, service in known.items() if service.state == "started"))
    return started if len({known[member].node for member in started}) == 1 else ()
