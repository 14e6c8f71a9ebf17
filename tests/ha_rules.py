# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Builders of HA rules."""

from __future__ import annotations

from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    HaResource,
    NodeAffinity,
    ResourceAffinity,
)


def sid(text: str) -> str:
    """A bare number is a virtual machine."""
    return text if ":" in text else f"vm:{text}"


def positive(name: str, *members: object) -> ResourceAffinity:
    return ResourceAffinity(name=name, sids=_sids(members), is_positive=True)


def negative(name: str, *members: object) -> ResourceAffinity:
    return ResourceAffinity(name=name, sids=_sids(members), is_positive=False)


def on_nodes(name: str, nodes: dict[str, int] | str, *members: object, is_strict: bool = False) -> NodeAffinity:
    """Nodes as one word are of equal priority: ab is a and b."""
    by_node = dict.fromkeys(nodes, 0) if isinstance(nodes, str) else nodes
    return NodeAffinity(name=name, sids=_sids(members), nodes=by_node, is_strict=is_strict)


def ha_config(*rules: NodeAffinity | ResourceAffinity, **facts: object) -> HaConfig:
    """All members of the rules are resources, unless `resources` says otherwise."""
    members = sorted({member for rule in rules for member in rule.sids})
    facts.setdefault("resources", tuple(HaResource(sid=member) for member in members))
    return HaConfig(
        node_affinities=tuple(rule for rule in rules if isinstance(rule, NodeAffinity)),
        resource_affinities=tuple(rule for rule in rules if isinstance(rule, ResourceAffinity)),
        **facts,
    )


def _sids(members: tuple[object, ...]) -> frozenset[str]:
    return frozenset(sid(str(member)) for member in members)
