# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""HA configuration -> what binds the guests of a cluster, as the HA manager reads it (drs-model 3.1, 3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.ha.affinity import preferred, priorities
from ansible_collections.pve.drs.plugins.module_utils.core.ha.checks import PAIR, DroppedRule
from ansible_collections.pve.drs.plugins.module_utils.core.ha.force import rules_in_force
from ansible_collections.pve.drs.plugins.module_utils.core.ha.groups import group_of, with_groups_as_rules
from ansible_collections.pve.drs.plugins.module_utils.core.ha.infer import implied_negative
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.ha import (
    IGNORING,
    HaConfig,
    NodeAffinity,
    ResourceAffinity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HaBundle:
    """Guests that must share a node, in order of vmid. Bundles may overlap, see `positive_sets`."""

    vmids: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaSeparation:
    """Guests that must be on nodes of their own, and so must those that share a bundle with them."""

    vmids: frozenset[int]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaPlace:
    """The nodes that a guest may use, and those of them that are best at the moment, by the rule `source`.

    With `fails_back` the HA manager takes the guest to a preferred node as soon as it is on another one.
    """

    allowed: frozenset[str]
    preferred: frozenset[str]
    fails_back: bool
    source: str


NO_PLACES: Mapping[int, HaPlace] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class HaReading:
    """Places are by vmid; `dropped` are the rules that the HA manager leaves out."""

    bundles: tuple[HaBundle, ...] = ()
    separations: tuple[HaSeparation, ...] = ()
    places: Mapping[int, HaPlace] = field(default_factory=lambda: NO_PLACES)
    dropped: tuple[DroppedRule, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line for each reason why a rule does not count."""
        lines = (
            f"{_named(dropped.rule)} does not count, Proxmox leaves it out: {dropped.reason}"
            for dropped in self.dropped
        )
        return tuple(dict.fromkeys(lines))

    @property
    def sources(self) -> dict[int, tuple[str, ...]]:
        """By vmid, in order: what binds the guest."""
        found: dict[int, list[str]] = defaultdict(list)
        bound = [(bundle.vmids, bundle.source) for bundle in self.bundles]
        bound += [(tuple(separation.vmids), separation.source) for separation in self.separations]
        bound += [((vmid,), place.source) for vmid, place in self.places.items()]
        for vmids, source in bound:
            for vmid in vmids:
                found[vmid].append(source)
        return {vmid: tuple(dict.fromkeys(found[vmid])) for vmid in sorted(found)}


def read_ha(cluster: Cluster) -> HaReading:
    """Guests that the cluster does not list, or that HA does not manage, are in no bundle, separation or place.

    Checks count them all the same, as Proxmox does.
    """
    config = with_groups_as_rules(cluster.ha)
    found = rules_in_force(config, len(cluster.nodes))
    vmids = _managed(cluster, config)
    # Bundles keep away from whatever one of their guests keeps away from, but not all members may count.
    partial = (rule for rule in found.positive if not rule.sids <= vmids.keys())
    negative = (*found.negative_as_written, *implied_negative(partial, found.negative_as_written))
    return HaReading(
        bundles=tuple(
            HaBundle(vmids=tuple(sorted(members)), source=source) for members, source in _bound(found.positive, vmids)
        ),
        separations=tuple(
            HaSeparation(vmids=frozenset(members), source=source) for members, source in _bound(negative, vmids)
        ),
        places=_places(cluster, config, found.on_nodes, vmids),
        dropped=found.dropped,
    )


def _managed(cluster: Cluster, config: HaConfig) -> dict[str, int]:
    """The vmids of guests that the HA manager looks after."""
    if config.mode == IGNORING:
        return {}
    managed = {resource.sid for resource in config.resources if resource.is_managed}
    return {guest.sid: guest.vmid for guest in cluster.guests if guest.sid in managed} if managed else {}


def _bound(rules: Iterable[ResourceAffinity], vmids: Mapping[str, int]) -> Iterator[tuple[list[int], str]]:
    """The members that count, where there are at least two."""
    for rule in rules:
        members = [vmids[sid] for sid in rule.sids if sid in vmids]
        if len(members) >= PAIR:
            yield members, ", ".join(map(_named, rule.inferred_from or (rule.name,)))


def _places(
    cluster: Cluster, config: HaConfig, rules: Iterable[NodeAffinity], vmids: Mapping[str, int]
) -> dict[int, HaPlace]:
    nodes = tuple(cluster.node_by_name)
    usable = frozenset(node.name for node in cluster.nodes if _is_usable(node))
    staying = {resource.sid for resource in config.resources if not resource.fails_back}
    found: dict[int, HaPlace] = {}
    for rule in rules:
        by_node = priorities(rule, nodes)
        best, allowed = preferred(by_node, usable), frozenset(by_node) & frozenset(nodes)
        for sid in rule.sids & vmids.keys():
            found[vmids[sid]] = HaPlace(
                allowed=allowed, preferred=best, fails_back=sid not in staying, source=_named(rule.name)
            )
    return found


def _is_usable(node: Node) -> bool:
    """Online in the eyes of the HA manager: a node in maintenance is not, and one that we empty soon will be."""
    return node.is_online and node.hastate in (None, "online") and not node.is_draining


def _named(rule: str) -> str:
    group = group_of(rule)
    return f"HA group {group}" if group else f"HA rule {rule}"
