# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The cluster's own automatic rebalancing: one bundle of HA guests at a time, when imbalance lasts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .ha_data import Service
from .ha_place import preferred, select_node

if TYPE_CHECKING:
    from .ha import Ha
    from .model import Guest

DEFAULT_THRESHOLD_PERCENT = 30.0
DEFAULT_MARGIN_PERCENT = 10.0
DEFAULT_HOLD_ROUNDS = 3


@dataclass(frozen=True)
class Shift:
    """A bundle that would move, and the imbalance afterwards."""

    imbalance: float
    leader: str
    target: str


def rebalance(ha: Ha) -> None:
    """Queue the best single move when the option `crs` asks for it and imbalance has lasted."""
    crs = ha.world.options.get("crs")
    if not isinstance(crs, dict) or not int(str(crs.get("ha-auto-rebalance", 0))) or ha.scheduler() == "basic":
        return
    if ha.queue or any(service.state != "started" or service.command for service in ha.services.values()):
        return
    loads = _loads(ha)
    present = imbalance(loads.values())
    threshold = float(crs.get("ha-auto-rebalance-threshold", DEFAULT_THRESHOLD_PERCENT)) / 100
    ha.unbalanced_rounds = ha.unbalanced_rounds + 1 if present > threshold else 0
    if ha.unbalanced_rounds < int(crs.get("ha-auto-rebalance-hold-duration", DEFAULT_HOLD_ROUNDS)):
        return
    margin = float(crs.get("ha-auto-rebalance-margin", DEFAULT_MARGIN_PERCENT)) / 100
    best = min(
        _shifts(ha, loads), key=lambda shift: (round(shift.imbalance, 9), shift.leader, shift.target), default=None
    )
    if best is not None and present - best.imbalance >= margin * present:
        ha.queue.append(("migrate" if best.leader.startswith("vm") else "relocate", best.leader, best.target))
        ha.unbalanced_rounds = 0


def imbalance(loads: Iterable[float]) -> float:
    """Standard deviation over mean, scaled to 0..1; 0 for fewer than two nodes or no load."""
    values = list(loads)
    mean = sum(values) / len(values) if values else 0.0
    if len(values) < 2 or mean <= 0:
        return 0.0
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return deviation / mean / math.sqrt(len(values) - 1)


def _loads(ha: Ha) -> dict[str, float]:
    loads = {}
    for name in ha.online_nodes():
        guests = [guest for guest in ha.world.guests_on[name].values() if guest.is_running]
        loads[name] = sum(_weight(ha, guest, name) for guest in guests)
    return loads


def _weight(ha: Ha, guest: Guest, name: str) -> float:
    """Share of a node that a guest takes: mean of cpu and memory."""
    node = ha.world.nodes[name]
    if ha.scheduler() == "static":
        return (guest.cores / node.cores + guest.memory / node.memory) / 2
    figures = ha.world.statistics.guest(guest.vmid)
    return (figures.cpu * figures.maxcpu / node.cores + figures.mem / node.memory) / 2 if figures else 0.0


def _shifts(ha: Ha, loads: Mapping[str, float]) -> Iterable[Shift]:
    for leader, members in bundles(ha.services, ha.rules.together).items():
        source = ha.services[leader].node
        guests = [ha.world.guests[ha.resources[member].vmid] for member in members]
        for target in loads if source in loads else ():
            if target != source and _is_allowed(ha, leader, target):
                yield Shift(imbalance(_shifted(ha, loads, guests, (source, target)).values()), leader, target)


def bundles(services: Mapping[str, Service], together: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    """Map the first of each movable bundle to its started members; spread or moving ones are left alone."""
    found: dict[str, list[str]] = {}
    for sid in sorted(sid for sid, service in services.items() if service.state == "started"):
        partners = [other for other in together(sid) if other in services]
        members = sorted([sid, *(other for other in partners if services[other].state == "started")])
        is_moving = any(services[other].state in ("migrate", "relocate") for other in partners)
        if sid == members[0] and not is_moving and len({services[member].node for member in members}) == 1:
            found[sid] = members
    return found


def _shifted(ha: Ha, loads: Mapping[str, float], guests: list[Guest], way: tuple[str, str]) -> dict[str, float]:
    source, target = way
    shifted = dict(loads)
    shifted[source] -= sum(_weight(ha, guest, source) for guest in guests if guest.is_running)
    shifted[target] += sum(_weight(ha, guest, target) for guest in guests if guest.is_running)
    return shifted


def _is_allowed(ha: Ha, sid: str, target: str) -> bool:
    """Whether the manager would leave the resource there."""
    priorities = ha.rules.priorities(ha.resources[sid], ha.online_nodes())
    at_rest = select_node(ha, ha.services[sid]) == ha.services[sid].node
    return target in preferred(priorities) and not ha.blocking(sid, target) and at_rest
