# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""How pressed a node is, counted by hand for the judge: from the model and drs-model 2.7 alone."""

from collections.abc import Iterable, Mapping
from statistics import fmean

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

HOUR = 3600
SETTLE = 300


def pressure_of(cluster: Cluster, policy: Policy, name: str, where: Mapping[int, str]) -> float:
    """The highest share of a limit, with every guest where `where` says, and where somebody else is taking it."""
    here = [guest for guest in cluster.guests if guest.status not in {"stopped", "unknown"}]
    first = [guest for guest in here if guest.node == name]
    expected = {move.vmid for move in cluster.migrations if move.target == name}
    now = [guest for guest in here if where[guest.vmid] == name or guest.vmid in expected]
    node = next(node for node in cluster.nodes if node.name == name)
    found = [0.0]
    for resource, limits in policy.pressure_limits.items():
        for kind in ("some", "full", "spike"):
            limit = getattr(limits, kind)
            if limit:
                measured = _measured(cluster, name, resource, kind)
                found.append(_after(node, (resource, kind), measured, first, now) / limit)
    return max(found)


def is_settling(cluster: Cluster, name: str) -> bool:
    return cluster.history.now - _changed(cluster, name) < SETTLE


def _changed(cluster: Cluster, name: str) -> float:
    return max((move.ended for move in cluster.history.moves if name in {move.source, move.target}), default=0.0)


def _measured(cluster: Cluster, name: str, resource: str, kind: str) -> float:
    history = cluster.history.nodes[name]
    series = history.pressure_peaks[f"{resource}_some"] if kind == "spike" else history.pressure[f"{resource}_{kind}"]
    changed = _changed(cluster, name)
    begin = cluster.history.now - HOUR
    window = [
        v for time, v in series.samples if time >= (begin if is_settling(cluster, name) else max(begin, changed + 60))
    ]
    known = [value for value in window if value is not None]
    if kind == "spike":
        return max(known)
    return fmean(known) if len(known) >= 0.8 * len(window) else known[-1]


def _after(node: Node, what: tuple[str, str], value: float, first: list[Guest], now: list[Guest]) -> float:
    resource, kind = what
    if {guest.vmid for guest in first} == {guest.vmid for guest in now}:
        return value
    if resource == "io":
        return _io(kind, value, first, now)
    size = getattr(node.capacity, resource)
    change = _sum(now, resource) - _sum(first, resource)
    before = _sum(first, resource) if resource == "cpu" else node.usage.memory
    rho, then = before / size, (before + change) / size
    if then < rho:
        return value * (then / rho) ** 4
    if rho < 0.3:
        return max(value, 100 * _ready(then))
    return min(100.0, max(value, 100 * _ready(rho)) * (then / rho) ** 4)


def _io(kind: str, value: float, first: list[Guest], now: list[Guest]) -> float:
    gone = _local(first, "io_some") - _local(now, "io_some")
    if gone > 0:
        return value * (1 - gone / sum(_waits(guest, "io_some") for guest in first))
    name = "io_full" if kind == "full" else "io_some"
    come = min(1.0, max(0.0, (_local(now, name) - _local(first, name)) / 100))
    return 100 * (1 - (1 - value / 100) * (1 - come))


def _sum(guests: Iterable[Guest], resource: str) -> float:
    return sum(_unhindered(guest) if resource == "cpu" else guest.demand.memory for guest in guests)


def _unhindered(guest: Guest) -> float:
    """Cores that the guest would use without waiting (drs-model 2.5)."""
    some, vcpus, used = _waits(guest, "cpu_some") / 100, guest.vcpus or guest.size.cpu, guest.demand.cpu
    if not some:
        return used
    lost = min(0.9, (max(_waits(guest, "cpu_full") / 100, some / vcpus) + some) / 2)
    return max(used, min(vcpus, used / (1 - lost)))


def _local(guests: Iterable[Guest], name: str) -> float:
    return sum(_waits(guest, name) for guest in guests if guest.local_bytes)


def _waits(guest: Guest, name: str) -> float:
    return (guest.pressure or {}).get(name, 0.0)


def _ready(rho: float) -> float:
    return 0.3 * min(1.0, max(0.0, (rho - 0.7) / 0.3)) ** 2
