# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""HA rules as Proxmox's balancer looks them up, and the nodes that they leave (proxmox-crs 4, 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import ON_BOTH, USING, Leader
from ansible_collections.pve.drs.plugins.module_utils.core.ha.affinity import partners, preferred, priorities
from ansible_collections.pve.drs.plugins.module_utils.core.ha.bundles import Service, movable_bundles
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import RulesInForce

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinities:
    """By HA id: priorities of the nodes allowed, partners, and those to be kept apart from."""

    node_priorities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    together: Mapping[str, frozenset[str]] = field(default_factory=dict)
    apart: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where HA guests are and are going, and which nodes are up."""

    services: Mapping[str, Service]
    targets: Mapping[str, str]
    online: tuple[str, ...]


def affinities(rules: RulesInForce, nodes: Collection[str]) -> Affinities:
    """From the rules that are in force."""
    return Affinities(
        node_priorities={sid: priorities(rule, nodes) for rule in rules.on_nodes for sid in rule.sids},
        together=partners(rules.positive),
        apart=partners(rules.negative),
    )


def leaders(rules: Affinities, now: Situation) -> tuple[Leader, ...]:
    """All that may be moved for the sake of balance, with their targets, in order of their ids as text."""
    found = []
    for sid, members in sorted(movable_bundles(now.services, rules.together).items()):
        targets = _allowed(rules, now, sid) - {now.services[sid].node}
        if targets:
            found.append(Leader(sid=sid, members=members, targets=tuple(sorted(targets))))
    return tuple(found)


def start_targets(rules: Affinities, now: Situation, sid: str) -> frozenset[str]:
    """Where a guest may be started or brought up: with the most of its partners, where some are running."""
    allowed = _allowed(rules, now, sid)
    seats = Counter(
        node for partner in rules.together.get(sid, NOBODY) for node in used_nodes(now, partner) if node in allowed
    )
    if not seats:
        return allowed
    return frozenset({min(seats, key=lambda node: (-seats[node], node))})


def used_nodes(now: Situation, sid: str) -> tuple[str, ...]:
    """The nodes on which a guest counts: where it is and, on its way, where it goes; none when stopped."""
    service = now.services.get(sid)
    if service is None:
        return ()
    here = (service.node,) if service.state in USING or service.state in ON_BOTH else ()
    return (*here, now.targets[sid]) if service.state in ON_BOTH and sid in now.targets else here


def _allowed(rules: Affinities, now: Situation, sid: str) -> frozenset[str]:
    by_node = rules.node_priorities.get(sid)
    allowed = frozenset(now.online) if by_node is None else preferred(by_node, now.online)
    taken = {node for other in rules.apart.get(sid, NOBODY) for node in used_nodes(now, other)}
    return allowed - taken
