# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Builders of HA rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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


def on_nodes(
    name: str, nodes: Mapping[str, int] | Iterable[str], *members: object, is_strict: bool = False
) -> NodeAffinity:
    """Nodes without priorities are of the same; the word ab is a and b."""
    by_node = dict(nodes) if isinstance(nodes, Mapping) else dict.fromkeys(nodes, 0)
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


def ha_from(text: Mapping[str, Any]) -> HaConfig:
    """Scenario files: `resources` by guest, `rules` by name with `together`, `apart` or `guests` and `nodes`, `mode`."""
    rules = [_rule(name, rule) for name, rule in text.get("rules", {}).items()]
    facts = {"mode": text["mode"]} if "mode" in text else {}
    if "resources" in text:
        told = {sid(str(guest)): options for guest, options in text["resources"].items()}
        facts["resources"] = tuple(HaResource(sid=name, **options) for name, options in sorted(told.items()))
    return ha_config(*rules, **facts)


def _rule(name: str, text: Mapping[str, Any]) -> NodeAffinity | ResourceAffinity:
    if "guests" in text:
        return on_nodes(name, text["nodes"], *text["guests"], is_strict=text.get("strict", False))
    return positive(name, *text["together"]) if "together" in text else negative(name, *text["apart"])


def _sids(members: tuple[object, ...]) -> frozenset[str]:
    return frozenset(sid(str(member)) for member in members)
