# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What should-rules say of a placement: what it costs not to keep them (drs-model 3.2, 3.7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Trigger
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

NAME = "preferences"
NOBODY: Counter[str] = Counter()
NOWHERE = ""
NO_PREFERENCES: Mapping[int, tuple[Preference, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ShouldRules:
    """All of them, heaviest first, and those of each guest."""

    ordered: tuple[Preference, ...] = ()
    by_guest: Mapping[int, tuple[Preference, ...]] = field(default_factory=lambda: NO_PREFERENCES)

    def triggers(self, placement: Placement) -> Iterator[Trigger]:
        """One for each that is not kept."""
        for preference in self.ordered:
            if not is_kept(placement, preference):
                yield Trigger(name=NAME, reason=complaint(placement, preference))

    def kind(self, placement: Placement, vmids: Sequence[int], nodes: frozenset[str]) -> frozenset[str]:
        """The nodes on which the guests keep every rule, however light, at least as well as now."""
        return self.wishes(placement, vmids).kind(nodes) if nodes else nodes

    def wishes(self, placement: Placement, vmids: Sequence[int]) -> Wishes:
        """What is wished for guests that move as one."""
        found = {id(p): p for vmid in vmids for p in self.by_guest.get(vmid, ())}.values()
        return Wishes(tuple(_share(placement, preference, vmids) for preference in found))


@dataclass(frozen=True, slots=True)
class Share:
    """How one rule sees guests that move as one: how many it names, what they cost now, where its others are."""

    preference: Preference
    members: int
    now: float
    others: Counter[str]

    def at(self, node: str) -> float:
        """What it costs when they are on the node."""
        if self.preference.type == "run_on":
            return 0.0 if node in self.preference.nodes else self.preference.weight * self.members
        return self.preference.weight * differing(self.preference, {node: self.members}, self.others)

    def kind(self, nodes: frozenset[str]) -> frozenset[str]:
        """The nodes on which it costs no more than now; those without any of the others cost alike."""
        if self.preference.type == "run_on":
            return nodes if self.at(NOWHERE) <= self.now else nodes & self.preference.nodes
        kept = frozenset(node for node in nodes & self.others.keys() if self.at(node) <= self.now)
        return kept | (nodes - self.others.keys()) if self.at(NOWHERE) <= self.now else kept


@dataclass(frozen=True, slots=True)
class Wishes:
    """All the should-rules that name guests which move as one."""

    shares: tuple[Share, ...]

    def gain(self, node: str) -> float:
        """What keeping rules better on that node is worth; negative where it costs."""
        return sum((share.now - share.at(node) for share in self.shares), start=0.0)

    def kind(self, nodes: frozenset[str]) -> frozenset[str]:
        """The nodes on which every rule, however light, is kept at least as well as now."""
        for share in self.shares:
            nodes = share.kind(nodes)
        return nodes


NO_SHOULD_RULES = ShouldRules()


def should_rules(preferences: Iterable[Preference]) -> ShouldRules:
    """Equal weights stay in their order."""
    ordered = tuple(sorted(preferences, key=lambda preference: -preference.weight))
    by_guest: dict[int, list[Preference]] = defaultdict(list)
    for preference in ordered:
        for vmid in preference.vmids:
            by_guest[vmid].append(preference)
    return ShouldRules(ordered, {vmid: tuple(found) for vmid, found in by_guest.items()})


def where(placement: Placement, vmids: Iterable[int]) -> Counter[str]:
    """How many of the guests each node holds."""
    return Counter([placement.node_of[vmid] for vmid in vmids])


def differing(preference: Preference, here: Mapping[str, int], beside: Counter[str] | None = None) -> int:
    """Guests off their nodes, pairs that meet, or guests away from where most of them are.

    What is amiss among those `beside` alone does not count, save for `together`, which is about all of them.
    """
    others = NOBODY if beside is None else beside
    if preference.type == "run_on":
        return sum(count for node, count in here.items() if node not in preference.nodes)
    if preference.type == "separate":
        return sum(count * others[node] + count * (count - 1) // 2 for node, count in here.items())
    most = max(others.values(), default=0)
    return len(preference.vmids) - max(most, *(count + others[node] for node, count in here.items()))


def _share(placement: Placement, preference: Preference, vmids: Sequence[int]) -> Share:
    members = set(preference.vmids).intersection(vmids)
    here = where(placement, members)
    others = NOBODY if preference.type == "run_on" else where(placement, preference.vmids) - here
    return Share(preference, len(members), preference.weight * differing(preference, here, others), others)


def is_kept(placement: Placement, preference: Preference) -> bool:
    return not differing(preference, where(placement, preference.vmids))


def cost_of(placement: Placement, preference: Preference) -> float:
    """Its weight for each guest or pair that is amiss; nothing when it is kept."""
    return preference.weight * differing(preference, where(placement, preference.vmids))


def complaint(placement: Placement, preference: Preference) -> str:
    """In words, naming who is where."""
    if preference.type == "run_on":
        away = [vmid for vmid in preference.vmids if placement.node_of[vmid] not in preference.nodes]
        return f"{preference.source} wants {_named(placement, away)} on {' or '.join(sorted(preference.nodes))}"
    if preference.type == "separate":
        counts = where(placement, preference.vmids)
        meeting = [vmid for vmid in preference.vmids if counts[placement.node_of[vmid]] > 1]
        return f"{preference.source} wants {_named(placement, meeting)} on different nodes"
    return f"{preference.source} wants {_named(placement, preference.vmids)} on one node"


def _named(placement: Placement, vmids: Sequence[int]) -> str:
    return ", ".join(f"{placement.guest(vmid).label} (on {placement.node_of[vmid]})" for vmid in vmids)
