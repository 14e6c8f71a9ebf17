# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Which HA rules are dropped and why, what is inferred, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ansible_collections.pve.drs.plugins.module_utils.core.ha.affinity import partners, priorities
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import RulesInForce, rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    HaConfig,
    NodeAffinity,
    ResourceAffinity,
)

Case = dict[str, Any]
INFERRED = "(inferred)"  # names of inferred rules are up to whoever infers them


def differences(case: Case) -> Iterator[str]:
    """What Proxmox reads otherwise than we do."""
    found = rules_in_force(config_of(case), len(case["nodes"]))
    expected = case["expected"]
    pairs = {
        "dropped": (_expected_drops(case), Counter((d.rule, d.code, d.guest) for d in found.dropped)),
        "rules_after": (_expected_rules(case), Counter([*_node_rules(found), *_resource_rules(found)])),
        "node_affinity": (expected["node_affinity"], _node_affinity(found, case["nodes"])),
        "together": (expected["together"], _listed(partners(found.positive))),
        "apart": (expected["apart"], _listed(partners(found.negative))),
    }
    yield from (f"{name} should be {theirs}, and is {ours}" for name, (theirs, ours) in pairs.items() if theirs != ours)


def config_of(case: Case) -> HaConfig:
    """The rules of a case as we keep them."""
    on_nodes = [rule for rule in case["rules"] if rule["type"] == "node-affinity"]
    affinities = [rule for rule in case["rules"] if rule["type"] == "resource-affinity"]
    return HaConfig(
        node_affinities=tuple(
            NodeAffinity(nodes=rule["nodes"], is_strict=rule["strict"], **_common(rule)) for rule in on_nodes
        ),
        resource_affinities=tuple(
            ResourceAffinity(is_positive=rule["affinity"] == "positive", **_common(rule)) for rule in affinities
        ),
    )


def _common(rule: Case) -> Case:
    return {"name": rule["id"], "sids": frozenset(rule["resources"]), "is_disabled": rule["disabled"]}


def _expected_drops(case: Case) -> Counter[object]:
    return Counter((d["rule"], d["reason"], d.get("guest")) for d in case["expected"]["dropped"])


def _expected_rules(case: Case) -> Counter[object]:
    """Disabled rules are no part of what is left."""
    rules = [rule for rule in case["expected"]["rules_after"] if not rule["disabled"]]
    return Counter(_expected_rule(rule) for rule in rules)


def _expected_rule(rule: Case) -> tuple[object, ...]:
    name = INFERRED if rule["inferred"] else rule["id"]
    details = (rule["affinity"],) if "affinity" in rule else (frozenset(rule["nodes"].items()), rule["strict"])
    return (name, frozenset(rule["resources"]), *details)


def _node_rules(found: RulesInForce) -> Iterator[tuple[object, ...]]:
    for rule in found.on_nodes:
        yield (rule.name, rule.sids, frozenset(rule.nodes.items()), rule.is_strict)


def _resource_rules(found: RulesInForce) -> Iterator[tuple[object, ...]]:
    for rule in (*found.positive, *found.negative):
        affinity = "positive" if rule.is_positive else "negative"
        yield (INFERRED if rule.is_inferred else rule.name, rule.sids, affinity)


def _node_affinity(found: RulesInForce, nodes: list[str]) -> dict[str, dict[str, int]]:
    return {sid: priorities(rule, nodes) for rule in found.on_nodes for sid in rule.sids}


def _listed(relation: dict[str, frozenset[str]]) -> dict[str, list[str]]:
    return {sid: sorted(others) for sid, others in relation.items()}
