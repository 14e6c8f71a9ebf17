# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Relieve nodes whose guests have to wait: pressure stall information of the kernel (drs-model 2.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.given import Given
from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.methods.method import Method
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.needs import Needs
from ansible_collections.pve.drs.plugins.module_utils.core.model.reading import Reading
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.gauge import PressureGauge
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.measured import is_settling, pressures


def gauge(given: Given) -> PressureGauge:
    """In parts of the limits. Raises NoMeasurement where a node records no pressure, as before Proxmox VE 9."""
    found = pressures(given)
    waits = _by_vmid(given, "io_some")
    return PressureGauge(
        pressures=found,
        limits=given.policy.pressure_limits,
        readings={"cpu": _cpu(given), "memory": _memory(given), **_local_waits(given)},
        waiting=_reading(given, lambda guest: waits[guest.vmid]).nodes,
        guessed=frozenset(guest.vmid for guest in given.cluster.guests if _is_guess(guest)),
        settling=frozenset(node for node in found if is_settling(given, node)),
    )


def _cpu(given: Given) -> Reading:
    cores = {node.name: node.capacity.cpu for node in given.cluster.nodes if node.capacity}
    wanted = cpu_demands(given.cluster)
    return replace(_reading(given, lambda guest: wanted[guest.vmid]), capacity=cores)


def _memory(given: Given) -> Reading:
    used = {node.name: node.usage.memory for node in given.cluster.nodes if node.usage}
    sizes = {node.name: node.capacity.memory for node in given.cluster.nodes if node.capacity}
    return replace(_reading(given, lambda guest: guest.demand.memory), nodes=used, capacity=sizes)


def _local_waits(given: Given) -> dict[str, Reading]:
    """Time that guests wait for storage of their node; those on shared storage wait for it everywhere."""
    return {name: _local_reading(given, _by_vmid(given, name)) for name in ("io_some", "io_full")}


def _local_reading(given: Given, waits: dict[int, float]) -> Reading:
    return _reading(given, lambda guest: waits[guest.vmid] if guest.local_bytes else 0.0)


def _is_guess(guest: Guest) -> bool:
    return guest.is_estimated or guest.pressure is None or guest.local_volumes is None


def _by_vmid(given: Given, name: str) -> dict[int, float]:
    """Fractions of time; what is not known is not held against a guest, nor counted on."""
    return {guest.vmid: (guest.pressure or {}).get(name, 0.0) / 100.0 for guest in given.cluster.guests}


def _reading(given: Given, amount: Callable[[Guest], float]) -> Reading:
    """Sums over the running guests of each node."""
    guests = {guest.vmid: amount(guest) if guest.is_active else 0.0 for guest in given.cluster.guests}
    nodes: dict[str, float] = defaultdict(float)
    for guest in given.cluster.guests:
        nodes[guest.node] += guests[guest.vmid]
    return Reading(nodes=nodes, capacity={}, guests=guests)


PSI = Method(
    name="psi",
    describes="pressure",
    gauge=gauge,
    needs=Needs(node_pressure=True, guest_pressure=True, volumes=True, recent_moves=True),
    evens_out=False,
)
